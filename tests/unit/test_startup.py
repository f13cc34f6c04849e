"""What is loaded only when it is used."""

import subprocess
import sys

import pytest

import core

HEAVY = ("torch", "scipy", "sklearn", "streamlit")


def loaded(code: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after running some code."""
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return set(HEAVY) & set(process.stderr.split())


@pytest.mark.parametrize(
    "module", ["core", "core.errors", "core.config", "core.formatting", "core.seeds", "core.signals.batch"]
)
def test_a_light_module_loads_nothing_heavy(module):
    assert loaded(f"import {module}") == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"], ["generate", "--unknown"]])
def test_the_command_line_loads_nothing_heavy_before_it_knows_what_to_do(arguments):
    assert loaded(f"from core.__main__ import main; main({arguments})") == set()


@pytest.mark.parametrize("arguments", [["runs"], ["export-config"]])
def test_commands_that_compute_nothing_load_no_torch(arguments):
    assert "torch" not in loaded(f"from core.__main__ import main; main({arguments})")


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
