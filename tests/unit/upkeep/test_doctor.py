import errno
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from core.store.datasets import DataSetStore
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request, State, Status
from core.upkeep.doctor import Examination, examine, mend
from core.upkeep.findings import SET_ASIDE, Kind
from tests.unit.trainings import executed


def flip(file: Path, place: int = -20) -> None:
    """Change one bit of a file, near its end."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def spoil(name: str, content: bytes = b"{") -> Callable[[Path], object]:
    return lambda folder: next(folder.glob(name)).write_bytes(content)


def write_values(name: str, **values: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        file = next(folder.glob(name))
        file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | values))

    return change


def places(found: Examination, data_dir: Path) -> list[str]:
    return [str(finding.place.relative_to(data_dir)) for finding in found.findings]


def test_a_sound_folder_has_no_findings(data_dir):
    found = examine(data_dir)
    assert (found.n_runs, found.n_data_sets, found.n_sources, found.findings) == (1, 1, 1, [])


def test_an_empty_folder_has_none_either(tmp_path):
    assert examine(tmp_path) == Examination(0, 0, 0, [])


MENDED = {  # what is done to a folder, and which file is found
    "settings": (spoil("runs/*/config.json"), "runs/*/config.json"),
    "status": (spoil("runs/*/status.json", b""), "runs/*/status.json"),
    "the name": (spoil("runs/*/name.txt", b"\xff\xfe\xfa"), "runs/*/name.txt"),
    "metrics": (spoil("runs/*/metrics.jsonl", b'{"step":10,"d_loss":1}\nx\n{"step":20,"d_lo'), "runs/*/metrics.jsonl"),
    "reals": (spoil("runs/*/reals.npy"), "runs/*/reals.npy"),
    "a snapshot": (spoil("runs/*/snapshots/00000020.npy"), "runs/*/snapshots/00000020.npy"),
    "a checkpoint": (
        lambda folder: flip(next(folder.glob("runs/*/checkpoints/00000060*"))),
        "runs/*/checkpoints/00000060*",
    ),
    "a report": (
        lambda folder: next(folder.glob("runs/*-*")).joinpath("fidelity.json").write_text("[]"),
        "runs/*/fidelity.json",
    ),
    "usefulness": (
        lambda folder: next(folder.glob("runs/*-*")).joinpath("usefulness.json").write_text("[]"),
        "runs/*/usefulness.json",
    ),
    "a data set's settings": (spoil("datasets/*/dataset.json"), "datasets/*"),
    "a source": (spoil("sources/Slow.json"), "sources/Slow.json"),
    "examples": (spoil("examples.json"), "examples.json"),
}


@pytest.mark.parametrize(("damage", "place"), MENDED.values(), ids=MENDED)
def test_what_is_damaged_is_found_and_mended_without_losing_anything(damage, place, data_dir):
    damage(data_dir)
    before = {file.read_bytes() for file in data_dir.rglob("*") if file.is_file()}
    found = examine(data_dir)
    assert [Path(one).match(place) for one in places(found, data_dir)] == [True]
    assert found.findings[0].kind is Kind.DAMAGED
    assert before == {file.read_bytes() for file in data_dir.rglob("*") if file.is_file()}
    assert mend(found.findings[0]) is None
    assert examine(data_dir).findings == []
    assert before <= {file.read_bytes() for file in data_dir.rglob("*") if file.is_file()}
    (run,) = RunStore(data_dir).all()
    assert run.status.state is State.FINISHED
    assert run.status.step == 60
    assert DataSetStore(data_dir).config(run.config.source.dataset).held_out_share == 0.3


def test_a_run_without_settings_and_without_a_twin_is_set_aside_as_a_whole(run, data_dir):
    (run.path / "config.json").unlink()
    run.surrogate_file.unlink()
    (finding,) = examine(data_dir).findings
    assert finding.place == run.path
    assert mend(finding) is None
    assert RunStore(data_dir).all() == []
    assert len(list((data_dir / SET_ASIDE).glob(f"*/runs/{run.id}/checkpoints/*"))) == 2


def test_the_last_checkpoint_stays_also_where_it_is_broken(run, data_dir):
    for file in run.checkpoints.files():
        flip(file)
    findings = examine(data_dir).findings
    assert [finding.place for finding in findings] == run.checkpoints.files()
    assert [finding.mend for finding in findings] == [None, None]


@pytest.mark.parametrize(
    "name", ["runs/*/surrogate.safetensors", "datasets/*/signals.npy", "datasets/*/conditions.npy"]
)
def test_a_single_wrong_bit_is_found(name, data_dir):
    file = next(data_dir.glob(name))
    flip(file)
    (finding,) = examine(data_dir).findings
    assert file.is_relative_to(finding.place)
    assert finding.kind is Kind.DAMAGED
    assert finding.mend is None


def test_a_data_set_whose_settings_are_broken_and_whose_arrays_are_not_whole_has_to_come_from_a_backup(data_dir):
    for name in ("dataset.json", "signals.npy"):
        spoil(f"datasets/*/{name}")(data_dir)
    (finding,) = examine(data_dir).findings
    assert (finding.kind, finding.mend) == (Kind.DAMAGED, None)


def test_a_data_set_is_described_by_the_runs_that_can_be_read(run, data_dir):
    newest = shutil.copytree(run.path, run.path.with_name("20990101-120000-0000"))
    spoil("datasets/*/dataset.json")(data_dir)
    (newest / "config.json").write_bytes(b"{")
    (finding,) = [one for one in examine(data_dir).findings if one.place.parent.name == "datasets"]
    assert mend(finding) is None
    assert DataSetStore(data_dir).config(run.config.source.dataset).held_out_share == 0.3


@pytest.mark.parametrize(("has_twin", "state"), [(True, State.FINISHED), (False, State.INTERRUPTED)])
def test_a_run_without_checkpoints_and_status_stands_where_its_curves_end(has_twin, state, run, data_dir):
    shutil.rmtree(run.path / "checkpoints")
    (run.path / "status.json").unlink()
    if not has_twin:
        run.surrogate_file.unlink()
    for finding in examine(data_dir).findings:
        if finding.mend:
            assert mend(finding) is None
    mended = Run(run.path).status
    assert (mended.state, mended.step) == (state, 60)


def of_version_9(name: str) -> Callable[[Path], object]:
    """Change the version in the header of a file of arrays."""

    def change(folder: Path) -> None:
        file = next(folder.glob(name))
        file.write_bytes(re.sub(rb'(version[\\":]+)\d', rb"\g<1>9", file.read_bytes(), count=1))

    return change


@pytest.mark.parametrize("name", ["runs/*/surrogate.safetensors", "runs/*/checkpoints/*40.safetensors"])
def test_twins_and_checkpoints_of_a_newer_version_are_left_alone(name, data_dir):
    of_version_9(name)(data_dir)
    (finding,) = examine(data_dir).findings
    assert (finding.kind, finding.mend) == (Kind.NEWER, None)
    assert finding.place.match(name)


def test_a_report_of_a_newer_version_is_left_alone(run, data_dir, report_on):
    run.save_report(report_on(run.id))
    write_values("runs/*/fidelity.json", version=99)(data_dir)
    (finding,) = examine(data_dir).findings
    assert (finding.place.name, finding.kind, finding.mend) == ("fidelity.json", Kind.NEWER, None)


def test_what_cannot_be_moved_is_said(run, data_dir, monkeypatch):
    spoil("runs/*/reals.npy")(data_dir)
    (finding,) = examine(data_dir).findings

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.store.atomic.rename", full)
    assert mend(finding) == f"{finding.place} could not be mended (No space left on device)."
    assert finding.place.exists()


def test_curves_that_cannot_be_opened_are_found(run, data_dir):
    (run.path / "metrics.jsonl").unlink()
    assert examine(data_dir).findings == []
    (run.path / "metrics.jsonl").mkdir()
    (finding,) = examine(data_dir).findings
    assert (finding.kind, finding.place.name) == (Kind.DAMAGED, "metrics.jsonl")
    assert mend(finding) is None
    assert examine(data_dir).findings == []


def test_a_data_set_that_is_gone_is_missed(run, data_dir):
    shutil.rmtree(data_dir / "datasets")
    (finding,) = examine(data_dir).findings
    assert finding.kind is Kind.MISSING
    assert finding.place.name == run.config.source.dataset


def test_a_report_on_another_run_is_found(run, data_dir, report_on):
    run.save_report(report_on("20200101-120000-0000"))
    (finding,) = examine(data_dir).findings
    assert finding.kind is Kind.STRAY
    assert mend(finding) is None
    assert run.report is None


@pytest.mark.parametrize(
    "name", ["runs/*/config.json", "runs/*/status.json", "datasets/*/dataset.json", "sources/*.json", "examples.json"]
)
def test_files_of_a_newer_version_are_left_alone(name, data_dir):
    write_values(name, version=99)(data_dir)
    kinds = {(finding.kind, finding.mend) for finding in examine(data_dir).findings}
    assert kinds == {(Kind.NEWER, None)}


def test_a_training_that_was_interrupted_is_no_loss(run, data_dir):
    run.write_status(Status(state=State.RUNNING, step=40))
    (finding,) = examine(data_dir).findings
    assert finding.kind is Kind.INTERRUPTED
    assert not finding.kind.is_loss
    assert run.id in finding.remedy


def test_a_request_that_nobody_will_read_is_found_and_one_to_a_training_is_not(run, data_dir):
    run.claim()
    run.write_status(Status(state=State.RUNNING))
    run.request(Request.STOP)
    assert examine(data_dir).findings == []
    run.write_status(Status(state=State.FINISHED))
    run.release()
    (finding,) = examine(data_dir).findings
    assert finding.place == run.path / "request"
    assert mend(finding) is None
    assert examine(data_dir).findings == []


def test_a_run_that_is_being_trained_is_not_mended(run, data_dir):
    (run.path / "reals.npy").write_bytes(b"")
    run.claim()
    (finding,) = examine(data_dir).findings
    assert "trained already" in mend(finding)
    run.release()
    assert (run.path / "reals.npy").exists()


def test_temporary_files_of_the_dead_are_deleted_and_those_of_the_living_are_not(run, data_dir):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    old = time.time() - 120
    for process in (int(dead.stdout), os.getpid()):
        for folder in (run.path, run.path / "checkpoints", data_dir):
            file = folder / f".x.{process}-1.wavetwin-part"
            file.touch()
            os.utime(file, (old, old))
    findings = examine(data_dir).findings
    assert [finding.kind for finding in findings] == [Kind.LEFT_OVER] * 3
    assert [mend(finding) for finding in findings] == [None] * 3
    assert examine(data_dir).findings == []
    assert len(list(data_dir.rglob("*.wavetwin-part"))) == 3


def test_what_lies_among_the_runs_and_is_none_is_said(data_dir):
    (data_dir / "runs" / "copy of my run").mkdir()
    (finding,) = examine(data_dir).findings
    assert (finding.kind, finding.mend) == (Kind.STRAY, None)


def test_a_mended_run_goes_on_to_the_same_twin(run, data_dir):
    twin = run.surrogate_file.read_bytes()
    flip(run.checkpoints.files()[-1])
    (run.path / "status.json").unlink()
    for finding in examine(data_dir).findings:
        assert mend(finding) is None
    mended = Run(run.path)
    assert (mended.status.state, mended.status.step) == (State.INTERRUPTED, 40)
    assert executed(mended).state is State.FINISHED
    assert run.surrogate_file.read_bytes() == twin
    np.testing.assert_array_equal(run.metrics["d_loss"][0], range(10, 61, 10))
