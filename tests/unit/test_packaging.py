"""What `pip install .` installs."""

import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import core
from core.store import paths

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("__pycache__", ".pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel of this checkout; building it takes half a second."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def in_metadata(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def test_the_wheel_holds_every_file_of_core_and_pages_and_what_starts_the_dashboard(wheel):
    files = [path for room in ("core", "pages") for path in (ROOT / room).rglob("*") if path.is_file()]
    expected = {str(path.relative_to(ROOT)) for path in files if not any(part in str(path) for part in LEFT_OUT)}
    found = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert found == expected | {"dashboard.py", ".streamlit/config.toml"}
    assert {".typed", ".json", ".safetensors", ".html", ".js", ".css", ".svg"} <= {Path(name).suffix for name in found}


def test_the_wheel_brings_the_command(wheel):
    assert "wavetwin = core.__main__:wavetwin" in in_metadata(wheel, "entry_points.txt")


def test_the_wheel_has_the_version_of_the_code(wheel):
    metadata = Parser().parsestr(in_metadata(wheel, "METADATA"))
    assert metadata["Version"] == core.__version__
    assert metadata["License-Expression"] == "MIT"


def test_the_wheel_needs_what_requirements_txt_lists(wheel):
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    listed = {re.split(r"\s*#", line)[0].lower() for line in lines if line[0].isalpha()}
    needed = Parser().parsestr(in_metadata(wheel, "METADATA")).get_all("Requires-Dist")
    assert {one for one in needed if "extra ==" not in one} == listed


def test_heavy_formats_are_an_extra(wheel):
    needed = Parser().parsestr(in_metadata(wheel, "METADATA")).get_all("Requires-Dist")
    assert [one for one in needed if "extra == 'formats'" in one and one.startswith("wfdb")]


def pins(name: str) -> dict[str, str]:
    """The exact versions in a list of requirements."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = (re.match(r"([\w.-]+)==([\w.]+)", line) for line in lines)
    return {one[1].lower().replace("_", "-"): one[2] for one in found if one}


def test_the_lock_has_what_requirements_txt_lists_and_the_versions_of_all_it_brings():
    locked, listed, constrained = pins("requirements.lock"), pins("requirements.txt"), pins("constraints.txt")
    assert listed.keys() - locked.keys() == {"torch"}
    known = constrained | listed
    elsewhere = {"colorama"}  # on Windows alone
    assert locked == {name: known.get(name) for name in locked.keys() - elsewhere} | {
        name: locked[name] for name in locked.keys() & elsewhere
    }


def test_every_locked_version_has_a_hash():
    entries = re.split(r"\n(?=\w)", (ROOT / "requirements.lock").read_text("utf-8"))[1:]
    assert len(entries) > 50
    assert all(" --hash=sha256:" in entry for entry in entries)


def test_the_licences_are_those_of_the_locked_versions():
    lines = (ROOT / "docs/licences.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]
    listed = {
        cells[1].lower().replace("_", "-"): cells[2] for cells in ([c.strip() for c in row.split("|")] for row in rows)
    }
    assert listed.pop("torch").startswith(pins("requirements.txt")["torch"])
    assert {name: version for name, version in pins("requirements.lock").items() if name in listed} == listed


def test_the_image_takes_files_that_are_there():
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    assert all(list(ROOT.glob(line[1:])) for line in ignored if line.startswith("!"))


def test_sign_in_is_an_extra(wheel):
    needed = Parser().parsestr(in_metadata(wheel, "METADATA")).get_all("Requires-Dist")
    assert [one for one in needed if "extra == 'team'" in one and one.lower().startswith("authlib")]


# Where data are kept


def test_data_of_a_checkout_are_kept_beside_the_dashboard(monkeypatch):
    monkeypatch.delenv("WAVETWIN_DATA", raising=False)
    assert paths.default_data_dir() == ROOT / "data"


def test_data_of_an_installation_are_kept_in_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("WAVETWIN_DATA", raising=False)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    folder = paths.default_data_dir()
    assert folder.name == "wavetwin"
    assert tmp_path not in folder.parents
    assert Path.home() in folder.parents


def test_the_environment_decides_where_data_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    assert paths.default_data_dir() == tmp_path


# The command


def test_the_command_alone_opens_the_dashboard(monkeypatch):
    from core.__main__ import wavetwin

    started = []
    monkeypatch.setattr("runpy.run_module", lambda module, **_: started.append([module, *sys.argv]))
    monkeypatch.setattr(sys, "argv", ["wavetwin"])
    assert wavetwin() == 0
    assert started == [["streamlit", "streamlit", "run", str(ROOT / "dashboard.py")]]


def test_the_dashboard_is_served_where_it_is_told(monkeypatch):
    from core.__main__ import wavetwin

    started = []
    monkeypatch.setattr("runpy.run_module", lambda module, **_: started.append(sys.argv[3:]))
    monkeypatch.setattr(
        sys, "argv", ["wavetwin", "dashboard", "--port", "8600", "--address", "0.0.0.0", "--no-browser"]
    )
    assert wavetwin() == 0
    assert started == [["--server.port", "8600", "--server.address", "0.0.0.0", "--server.headless", "true"]]


def test_the_command_says_its_version(monkeypatch, capsys):
    from core.__main__ import wavetwin

    monkeypatch.setattr(sys, "argv", ["wavetwin", "--version"])
    with pytest.raises(SystemExit, match="0"):
        wavetwin()
    assert capsys.readouterr().out == f"Wavetwin {core.__version__}\n"
