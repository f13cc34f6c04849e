"""What is loaded only when it is used."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

import core
from core.config import preset_config
from core.store.runs import RunStore

HEAVY = ("torch", "scipy", "sklearn", "streamlit")
LIGHT = ("core", "core.errors", "core.config", "core.formatting", "core.seeds", "core.signals.batch")


def loaded(*statements: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after some statements, whose SystemExit ends nothing."""
    steps = "".join(f"try:\n    {statement}\nexcept SystemExit: pass\n" for statement in statements)
    script = f"import sys\n{steps}print(*sys.modules, file=sys.stderr)"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return set(HEAVY) & set(process.stderr.split())


def loaded_by(*commands: list[str]) -> set[str]:
    """The same after some command lines."""
    return loaded("from core.__main__ import main", *(f"main({arguments})" for arguments in commands))


def test_light_modules_load_nothing_heavy():
    assert loaded(*(f"import {module}" for module in LIGHT)) == set()


def test_the_command_line_loads_nothing_heavy_before_it_knows_what_to_do():
    assert loaded_by(["--help"], ["--version"], ["train", "--help"], ["generate", "--unknown"]) == set()


def test_commands_that_compute_nothing_load_no_torch():
    assert "torch" not in loaded_by(["runs"], ["export-config"])


def test_the_server_is_up_before_what_computes_is_loaded():
    assert loaded("import dashboard") == {"streamlit"}


@pytest.fixture
def runs(tmp_path) -> Callable[..., subprocess.CompletedProcess]:
    """Does `runs` in a process of its own, where there is a run of an odd name."""
    RunStore(tmp_path).create(preset_config("quick"), "Prüfstand")
    command = [sys.executable, "-m", "core", "runs"]

    def call(stdout: int, *options: str, **more: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"WAVETWIN_DATA": str(tmp_path)} | more
        return subprocess.run([*command, *options], stdout=stdout, stderr=subprocess.PIPE, env=environment)

    return call


def test_a_reader_that_goes_away_ends_a_command_quietly(runs):
    ours, theirs = os.pipe()
    os.close(ours)
    process = runs(theirs)
    os.close(theirs)
    assert (process.returncode, process.stderr) == (141, b"")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_the_encoding_of_the_output_lacks_is_replaced(runs, options):
    process = runs(subprocess.PIPE, *options, PYTHONIOENCODING="ascii")
    assert (process.returncode, process.stderr) == (0, b"")
    assert b"Pr?fstand" in process.stdout


def test_heavy_packages_would_be_seen():
    assert "scipy" in loaded("import scipy")


@pytest.mark.parametrize("name", core.__all__)
def test_a_public_name_is_there_when_it_is_used(name):
    assert getattr(core, name).__module__.startswith("core.") if name != "PRESETS" else core.PRESETS
    assert name in dir(core)


def test_an_unknown_name_is_refused_as_usual():
    with pytest.raises(AttributeError, match="module 'core' has no attribute 'nothing'"):
        _ = core.nothing
