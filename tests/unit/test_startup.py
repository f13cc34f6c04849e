"""What is loaded only when it is used."""

import subprocess
import sys

import pytest

import core

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


def test_heavy_packages_would_be_seen():
    assert "scipy" in loaded("import scipy")


@pytest.mark.parametrize("name", core.__all__)
def test_a_public_name_is_there_when_it_is_used(name):
    assert getattr(core, name).__module__.startswith("core.") if name != "PRESETS" else core.PRESETS
    assert name in dir(core)


def test_an_unknown_name_is_refused_as_usual():
    with pytest.raises(AttributeError, match="module 'core' has no attribute 'nothing'"):
        _ = core.nothing
