"""Runs whose files are broken: every page passes over what cannot be read, says so in words, and shows the rest."""

import shutil
from collections.abc import Callable

import pytest

from core.store.run import Run
from tests.pages.visits import PAGES, figure, go, is_well, names, shown, tile_texts, visit


def write(name: str, content: bytes) -> Callable[[Run], None]:
    return lambda run: (run.path / name).write_bytes(content)


def half(pattern: str) -> Callable[[Run], None]:
    """Leaves half of each file of that pattern."""

    def damage(run: Run) -> None:
        for file in run.path.glob(pattern):
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    return damage


def without(name: str) -> Callable[[Run], None]:
    return lambda run: (run.path / name).unlink()


GARBAGE = (
    b'\x00\xff\n{}\n[]\n7\n"x"\n{"step": "x"}\n{"step": 10, "distance": null}\n{"step": 20, "d_loss": "x"}\n{"step": 30'
)

UNREADABLE = {
    "broken settings": write("config.json", b"{"),
    "settings of another version": write("config.json", b'{"network": {"architecture": "quantum"}}'),
    "no settings": without("config.json"),
    "empty status": write("status.json", b""),
    "status of another version": write("status.json", b'{"state": "dreaming"}'),
    "no status": without("status.json"),
}
HALF_READABLE = {
    "garbage for figures": write("metrics.jsonl", GARBAGE),
    "no figures": without("metrics.jsonl"),
    "truncated snapshots": half("snapshots/*"),
    "empty snapshots": lambda run: [file.write_bytes(b"") for file in run.path.glob("snapshots/*")],
    "truncated reals": half("reals.npy"),
    "truncated twin": half("surrogate.safetensors"),
    "empty twin": write("surrogate.safetensors", b""),
    "no twin": without("surrogate.safetensors"),
    "truncated checkpoints": half("checkpoints/*"),
    "no folders": lambda run: [shutil.rmtree(run.path / name) for name in ("snapshots", "checkpoints")],
    "name that is no text": write("name.txt", b"\xff\xfe\xfa"),
    "no name": without("name.txt"),
}


@pytest.mark.parametrize("damage", UNREADABLE.values(), ids=UNREADABLE)
def test_a_run_that_cannot_be_read_is_said_once_and_the_others_shown(damage, add_run):
    good, broken = add_run("Good"), add_run("Broken")
    damage(broken)
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert session.sidebar.selectbox[0].options == ["Good"], page
        assert session.query_params["run"] == good.id, page
        assert [broken.id in shown(text.value) for text in session.warning] == ([True] if page == "runs" else []), page
    assert names(session) == ["Good"]


def test_an_address_with_an_unreadable_run_leads_to_another_one(add_run):
    good, broken = add_run("Good"), add_run("Broken")
    (broken.path / "config.json").write_text("{")
    session = visit("train", run=broken.id)
    assert is_well(session)
    assert session.query_params["run"] == good.id


def test_pages_work_where_the_only_run_cannot_be_read(add_run):
    (add_run().path / "config.json").write_text("{")
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert not session.sidebar.selectbox, page


@pytest.mark.parametrize("damage", HALF_READABLE.values(), ids=HALF_READABLE)
def test_a_run_with_a_broken_file_still_shows_the_rest(damage, add_run):
    add_run("Good")
    broken = add_run("Broken")
    damage(broken)
    session = visit("home", run=broken.id)
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert len(session.sidebar.selectbox[0].options) == 2, page
        assert len(session.error) <= 1, page
    assert names(session)[1] == "Good"
    assert len(names(session)) == 2


@pytest.mark.parametrize("damage", ["truncated twin", "empty twin"])
def test_a_twin_that_cannot_be_read_is_said_in_a_sentence(damage, add_run):
    HALF_READABLE[damage](add_run())
    session = visit("generate")
    assert len(session.error) == 1
    assert "cannot be read" in session.error[0].value


def test_figures_that_cannot_be_read_are_left_out(add_run):
    HALF_READABLE["garbage for figures"](add_run())
    session = visit("train")
    assert is_well(session)
    assert not any(word in text for text in tile_texts(session, "figures") for word in ("nan", "inf"))
    assert all(trace["y"]["bdata"] == "" for trace in figure(session, "losses")["data"])
