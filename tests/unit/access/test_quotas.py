import pytest

from core.access.people import VISITOR_COOKIE, Person
from core.access.quotas import check_download, why_no_more_data, why_no_training, why_not_now
from core.access.settings import Access
from core.config import SimulatorConfig
from core.errors import AccessError

ADA, EVE = Person("1", "Ada"), Person("2", "Eve")


def add(store, config, person=None, n=1):
    return [store.create(config, "Any", person and person.owner(Access())) for _ in range(n)]


def test_nobody_is_stopped_where_nothing_is_set(store, tiny_config):
    add(store, tiny_config, ADA, 3)
    assert why_no_training(Access(), ADA, store) == ""
    assert why_no_more_data(Access(), ADA, store.root.parent, 10**12) == ""
    check_download(Access(), 10**6, tiny_config.source)


def test_each_person_keeps_so_many_runs(store, tiny_config):
    access = Access(max_runs=2)
    add(store, tiny_config, ADA, 2)
    add(store, tiny_config)
    assert "You keep 2 runs" in why_no_training(access, ADA, store)
    assert why_no_training(access, EVE, store) == ""


def test_without_sign_in_all_are_one_person_and_examples_count_for_nobody(store, tiny_config):
    example, mine = add(store, tiny_config, n=2)
    (example.path / "origin.txt").write_text("train")
    assert why_no_training(Access(max_runs=2), None, store) == ""
    assert "You keep 1 run," in why_no_training(Access(max_runs=1), None, store)
    assert mine.owner is None


def test_the_disk_of_a_person_fills(store, tiny_config):
    (run,) = add(store, tiny_config, ADA)
    (run.path / "checkpoints" / "any").write_bytes(bytes(3_000_000))
    data_dir = store.root.parent
    assert "take 3 MB; each person may keep 3 MB" in why_no_training(Access(max_disk_mb=3), ADA, store)
    assert why_no_training(Access(max_disk_mb=4), ADA, store) == ""
    assert "and this data set 2 MB" in why_no_more_data(Access(max_disk_mb=4), ADA, data_dir, 2_000_000)
    assert why_no_more_data(Access(max_disk_mb=4), EVE, data_dir, 2_000_000) == ""


def test_data_sets_count_too(store, tiny_config):
    folder = store.root.parent / "datasets" / ("0" * 16)
    folder.mkdir(parents=True)
    ADA.owner(Access()).keep(folder)
    (folder / "signals.npy").write_bytes(bytes(2_000_000))
    assert "take 2 MB" in why_no_more_data(Access(max_disk_mb=1), ADA, store.root.parent)


def test_the_queue_is_bounded_for_all_together(store, tiny_config):
    waiting = add(store, tiny_config, ADA, 2)
    for run in waiting:
        run.claim()
    assert "2 trainings wait already" in why_no_training(Access(max_queue=2), EVE, store)
    assert "The queue is full" in why_not_now(Access(max_queue=1), store)
    assert why_no_training(Access(max_queue=3), EVE, store) == ""
    for run in waiting:
        run.release()


def test_visitors_without_cookies_train_nothing(store):
    assert "cookie" in why_no_training(Access(mode="visitor"), None, store)
    assert why_no_training(Access(mode="visitor"), Person.visiting({VISITOR_COOKIE: "a"}), store) == ""


def test_all_visitors_together_keep_so_many_runs(store, tiny_config):
    access = Access(mode="visitor", max_visitor_runs=1)
    store.create(tiny_config, "Any", ADA.owner(access))
    assert "keeps no more runs" in why_no_training(access, EVE, store)


def test_a_download_has_a_size():
    source = SimulatorConfig(n_samples=250, n_channels=2)  # 2000 bytes a signal
    access = Access(max_download_mb=1)
    check_download(access, 500, source)
    with pytest.raises(AccessError, match=r"501 signals take 1 MB .* ask for 500 at most"):
        check_download(access, 501, source)
