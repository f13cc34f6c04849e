import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from core.__main__ import main
from core.errors import FidelityError
from core.fidelity import report as report_module
from core.fidelity import usefulness
from core.fidelity.report import MIN_SIGNALS, Report
from core.fidelity.scorecard import measures
from core.fidelity.verdict import LEVEL_TITLES
from core.jobs.training import train
from core.store.run import Run
from core.store.runs import RunStore

Outcome = tuple[int, str, str]  # exit code, stdout, stderr
SHORT = ("boosted_trees", "w1_noise", "psd")  # lines of the sheet


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_config) -> Run:
    """A finished run that tests copy."""
    return train(tiny_config, "Mine", tmp_path_factory.mktemp("finished"))


@pytest.fixture(autouse=True)
def _few(monkeypatch, tmp_path) -> None:
    """A data directory, as few signals as can be judged, and a short sheet."""
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("core.fidelity.report.N_QUICK", MIN_SIGNALS)
    monkeypatch.setattr("core.fidelity.report.N_FULL", 2 * MIN_SIGNALS)
    monkeypatch.setattr("core.jobs.evaluation.N_FULL", MIN_SIGNALS)
    monkeypatch.setattr(report_module, "measures", lambda *given: [one for one in measures(*given) if one.key in SHORT])


@pytest.fixture
def run(finished, store) -> Run:
    """A run with a twin, where the command looks for it."""
    run = Run(store.root / finished.id)
    shutil.copytree(finished.path, run.path)
    return run


@pytest.fixture
def command(capsys) -> Callable[..., Outcome]:
    """Does what a command line does, without a process of its own."""

    def evaluate(*arguments: object) -> Outcome:
        try:
            code = main(["evaluate", *map(str, arguments)])
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return evaluate


def refused(outcome: Outcome) -> str:
    """The one sentence on stderr; nothing is on stdout."""
    code, out, err = outcome
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Traceback" not in err
    return err.strip()


def test_a_report_is_said_in_a_line_and_kept_with_the_run(command, run):
    code, out, _ = command("--run", run.id, "--quick")
    verdict = run.report.verdict
    assert code == 0
    assert out == f"{verdict.title}. {verdict.sentence} {verdict.advice}\n"
    assert run.report.subject.n_signals == MIN_SIGNALS
    assert run.report.subject.quick


def test_without_a_wish_the_whole_sheet_is_measured(command, run):
    assert command("--run", run.id)[0] == 0
    assert not run.report.subject.quick
    assert run.report.subject.n_signals == 2 * MIN_SIGNALS


def test_for_programs_there_is_one_json_object_without_pictures(command, run):
    code, out, _ = command("--run", run.id, "--quick", "--json")
    assert code == 0
    assert out.count("\n") == 1
    result = orjson.loads(out)
    assert set(result) == set(Report.model_fields) - {"pictures"}
    assert result == run.report.model_dump(mode="json", exclude={"pictures"})
    assert result["subject"]["run_id"] == run.id
    assert [score["key"] for score in result["scores"]] == list(SHORT)


def test_a_page_is_written_beside(command, run, tmp_path):
    code, out, _ = command("--run", run.id, "--quick", "--html", tmp_path / "report.html", "--json")
    assert code == 0
    text = (tmp_path / "report.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert LEVEL_TITLES[orjson.loads(out)["verdict"]["level"]] in text
    assert "Fidelity of “Mine”" in text
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "runs"}


def test_progress_is_shown_where_somebody_looks(command, run, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    _, _, err = command("--run", run.id, "--quick")
    assert "100%" in err
    assert "plots" in err


def test_progress_is_not_shown_where_nobody_looks(command, run):
    assert command("--run", run.id, "--quick")[2] == ""


@pytest.mark.parametrize("run_id", ["20200101-000000-dead", "../../x", "nonsense", ""])
def test_an_unknown_run_is_refused_in_a_sentence(run_id, command):
    assert "There is no run" in refused(command("--run", run_id, "--quick"))


@pytest.mark.parametrize("line", ["", "--quick", "--run", "--unknown", "--run x --html"])
def test_a_wrong_command_is_refused_in_a_sentence(line, command):
    assert "--help" in refused(command(*line.split()))


def test_a_run_without_a_twin_is_refused_in_a_sentence(command, tiny_config):
    run = RunStore().create(tiny_config)
    assert "There is no trained twin" in refused(command("--run", run.id, "--quick", "--json"))
    assert run.report is None


def test_a_broken_twin_is_refused_in_a_sentence(command, run):
    (run.path / "surrogate.safetensors").write_bytes(b"{")
    assert "cannot be read" in refused(command("--run", run.id, "--quick"))


@pytest.mark.parametrize("place", ["missing/report.html", ".", "/"])
def test_a_page_that_cannot_be_written_is_refused_in_a_sentence(place, command, run):
    sentence = refused(command("--run", run.id, "--quick", "--html", place))
    assert place in sentence


@pytest.mark.parametrize("place", ["missing/report.html", "."])
def test_who_gave_html_is_not_told_of_another_option(place, command, run):
    assert "--out" not in refused(command("--run", run.id, "--quick", "--html", Path(place)))


def test_what_cannot_be_compared_is_refused_in_a_sentence(command, run, monkeypatch):
    def too_few(*_: object, **__: object) -> None:
        raise FidelityError("There are too few signals.")

    monkeypatch.setattr("core.jobs.evaluation.judge", too_few)
    assert refused(command("--run", run.id, "--quick")) == "There are too few signals."


def test_an_interrupted_measurement_leaves_no_report(command, run, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.jobs.evaluation.judge", lambda *_, **__: interrupt())
    code, out, err = command("--run", run.id, "--quick")
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert run.report is None


# Usefulness


def test_usefulness_is_measured_kept_and_told(command, unbalanced, tmp_path, monkeypatch):
    for name, value in (("N_SEEDS", 2), ("MIN_ADDED", 60), ("N_KERNELS", 16), ("N_TREES", 5), ("N_DRAWN", 50)):
        monkeypatch.setattr(usefulness, name, value)
    shutil.copytree(unbalanced.data_dir, tmp_path, dirs_exist_ok=True)
    code, out, _ = command("--run", unbalanced.id, "--usefulness", "load", "--json")
    assert code == 0
    found = orjson.loads(out)
    task = Run(tmp_path / "runs" / unbalanced.id).usefulness.tasks["load"]
    assert found.pop("sentence") == usefulness.sentence(task)
    assert found == task.model_dump(mode="json")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [(["--quick"], "leave out --quick and --html"), ([], "This twin knows no condition")],
)
def test_what_has_no_usefulness_is_told_in_a_sentence(options, sentence, command, run):
    code, _, said = command("--run", run.id, "--usefulness", *options)
    assert code == 2
    assert sentence in said
