"""What tests of commands share: a data directory of their own, and a finished run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.__main__ import main
from core.store.run import Run
from core.store.runs import RunStore
from tests.unit.commands.outcomes import Outcome, written


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(capsys) -> Callable[..., Outcome]:
    """Does what a command line does, without a process of its own."""

    def run(*arguments: object) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory, tiny_config) -> Run:
    """A finished run; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAVETWIN_DATA", str(folder))
        assert main(["train", "--config", str(written(tiny_config, folder / "tiny.json")), "--name", "Mine"]) == 0
    return RunStore(folder).all()[0]


@pytest.fixture
def run(finished, monkeypatch) -> Run:
    """The finished run, where the command looks for it."""
    monkeypatch.setenv("WAVETWIN_DATA", str(finished.path.parent.parent))
    return finished


@pytest.fixture
def tiny(tiny_config, tmp_path) -> Path:
    """A settings file for a short training."""
    return written(tiny_config, tmp_path / "tiny.json")
