import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import RunConfig
from core.errors import RunFileError, RunNotFoundError
from core.generation.surrogate import Surrogate
from core.networks import Conditions
from core.networks.article import article_generator
from core.signals.scaling import Scaling
from core.store import snapshots

ROOT = Path(__file__).parents[3]


def fakes(value: float = 0) -> np.ndarray:
    return np.full((2, 1, 32), value, np.float32)


def test_metrics_are_appended_and_rewound(run):
    for step in (10, 20, 30):
        run.log_metrics(step, {"d_loss": step / 10})
        run.log_metrics(step, {"distance": np.float64(step).item()})
    assert run.metrics["d_loss"][0].tolist() == [10, 20, 30]
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'garbage\n{"step":40,"d_lo')
    assert run.metrics["d_loss"][1].tolist() == [1, 2, 3]
    run.rewind(20)
    run.log_metrics(30, {"d_loss": 33})
    steps, values = run.metrics["d_loss"]
    assert (steps.tolist(), values.tolist()) == ([10, 20, 30], [1, 2, 33])


def test_a_figure_that_is_no_number_is_left_out(run):
    run.log_metrics(10, {"distance": float("nan"), "d_loss": 1.0})
    assert run.metrics.last("distance") is None
    assert run.metrics.last("d_loss") == 1.0


def test_reals_come_back(store, run):
    run.save_reals(fakes(3))
    np.testing.assert_array_equal(store.get(run.id).reals, fakes(3))


def test_the_newest_snapshot_comes_back(run):
    for step in (0, 20, 100):
        run.snapshots.save(step, fakes(step))
    step, newest = run.snapshots.last
    assert step == 100
    np.testing.assert_array_equal(newest, fakes(100))


def test_snapshots_are_bounded_and_the_first_and_the_newest_stay(run, monkeypatch):
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 8)
    for step in range(100):
        run.snapshots.save(step, fakes(step))
        kept = sorted(int(file.stem) for file in (run.path / "snapshots").iterdir())
        assert len(kept) <= 8
        assert kept[0] == 0
        assert kept[-1] == run.snapshots.last[0] == step


def test_snapshots_are_kept_from_all_along_the_run(run, monkeypatch):
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 8)
    for step in range(100):
        run.snapshots.save(step, fakes(step))
    kept = sorted(int(file.stem) for file in (run.path / "snapshots").iterdir())
    assert max(np.diff(np.sqrt(kept))) < 5
    assert kept[1] < 25  # denser at first


def test_long_signals_have_fewer_snapshots(run, monkeypatch):
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOT_BYTES", 15 * fakes().nbytes)
    for step in range(40):
        run.snapshots.save(step, fakes(step))
    assert len(run.snapshots.steps) == 15
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOT_BYTES", 1)
    for step in range(40, 80):
        run.snapshots.save(step, fakes(step))
    assert len(run.snapshots.steps) == 15  # each new one takes the place of an old one


def test_a_snapshot_is_found_by_its_step(run):
    run.snapshots.save(20, fakes(20))
    assert run.snapshots.steps == [20]
    np.testing.assert_array_equal(run.snapshots.load(20), fakes(20))
    assert run.snapshots.load(40) is None


UNCLOSED = b"\x93NUMPY\x01\x00\x10\x00{(('descr': '<f4'\n"  # a header that Python cannot parse
BROKEN_ARRAYS = [b"", b"garbage", b"\x93NUMPY\x01\x00", np.zeros(3).tobytes(), UNCLOSED]


@pytest.mark.parametrize("content", BROKEN_ARRAYS)
def test_a_broken_snapshot_is_passed_over(run, content):
    run.snapshots.save(20, fakes(20))
    run.snapshots.save(40, fakes(40))
    (run.path / "snapshots" / "00000040.npy").write_bytes(content)
    assert run.snapshots.last[0] == 20
    (run.path / "snapshots" / "00000020.npy").write_bytes(content)
    assert run.snapshots.last is None


def test_a_half_written_snapshot_is_passed_over(run):
    run.snapshots.save(20, fakes(20))
    run.snapshots.save(40, fakes(40))
    file = run.path / "snapshots" / "00000040.npy"
    file.write_bytes(file.read_bytes()[:-1])
    assert run.snapshots.last[0] == 20


def test_a_snapshot_that_a_killed_process_was_writing_is_in_nobodys_way(run, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: sys.exit("killed"))
        with pytest.raises(SystemExit):
            run.snapshots.save(20, fakes(20))
    assert run.snapshots.last is None
    run.rewind(0)
    run.snapshots.save(20, fakes(20))
    assert run.snapshots.last[0] == 20


@pytest.mark.parametrize("content", BROKEN_ARRAYS)
def test_broken_reals_are_as_good_as_none(run, content):
    (run.path / "reals.npy").write_bytes(content)
    assert run.reals is None


def test_pickled_arrays_are_not_read(run):
    np.save(run.path / "reals.npy", np.array([{}]), allow_pickle=True)
    assert run.reals is None


def test_rewinding_forgets_later_snapshots(run):
    for step in (0, 20, 40):
        run.snapshots.save(step, fakes(step))
    run.rewind(20)
    assert run.snapshots.last[0] == 20
    run.rewind(-1)
    assert run.snapshots.last is None


def state(step: int) -> dict[str, torch.Tensor]:
    return {"step": torch.tensor(step), "weights": torch.full((3, 2), float(step))}


def test_the_newest_checkpoint_comes_back(store, run):
    for step in (20, 40, 100):
        run.checkpoints.save(step, state(step))
    loaded = store.get(run.id).checkpoints.load()
    assert loaded.keys() == state(100).keys()
    assert all(torch.equal(loaded[name], value) for name, value in state(100).items())


def test_only_the_newest_checkpoints_are_kept(run):
    for step in range(0, 200, 20):
        run.checkpoints.save(step, state(step))
    files = sorted(file.name for file in (run.path / "checkpoints").iterdir())
    assert files == ["00000160.safetensors", "00000180.safetensors"]


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:20], lambda content: b""])
def test_the_checkpoint_before_a_broken_one_is_taken(run, damage):
    run.checkpoints.save(20, state(20))
    run.checkpoints.save(40, state(40))
    files = sorted((run.path / "checkpoints").iterdir())
    files[1].write_bytes(damage(files[1].read_bytes()))
    assert run.checkpoints.load()["step"] == 20
    files[0].write_bytes(damage(files[0].read_bytes()))
    with pytest.raises(RunFileError, match="cannot be resumed"):
        run.checkpoints.load()


def surrogate(config: RunConfig) -> Surrogate:
    torch.manual_seed(0)
    generator = article_generator(config.network, 1, 32, Conditions(torch.empty(0, 0), [])).eval()
    return Surrogate(generator, Scaling(0, 1), config, step=20, distance=3.5)


def test_a_surrogate_comes_back(store, run, tiny_config):
    run.save_surrogate(surrogate(tiny_config))
    assert run.has_surrogate
    loaded = store.get(run.id).load_surrogate()
    np.testing.assert_array_equal(loaded.sample(4), surrogate(tiny_config).sample(4))
    assert (loaded.step, loaded.distance) == (20, 3.5)


def test_a_run_without_a_surrogate_says_so(run):
    with pytest.raises(RunNotFoundError, match="no trained twin"):
        run.load_surrogate()


def test_a_broken_surrogate_is_refused_with_a_sentence(run, tiny_config):
    run.save_surrogate(surrogate(tiny_config))
    file = run.path / "surrogate.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RunFileError, match="cannot be read"):
        run.load_surrogate()


def test_nothing_half_written_is_left_behind(run, tiny_config):
    run.save_reals(fakes())
    run.snapshots.save(0, fakes())
    run.checkpoints.save(0, state(0))
    run.save_surrogate(surrogate(tiny_config))
    run.rename("Other")
    run.rewind(0)
    left = [path for path in run.path.rglob("*") if path.name.startswith(".")]
    assert left == []
