import orjson
import pytest

from core.config import RunConfig, SimulatorConfig, load_config
from core.errors import ConfigError
from core.file_format import FileFormat, FileModel, NewerVersionError, fault


class Thing(FileModel):
    file_format = FileFormat("wavetwin-thing", 3)

    size: int


def test_a_file_says_what_it_is_first():
    assert Thing(size=5).to_json() == b'{"format":"wavetwin-thing","version":3,"size":5}'


@pytest.mark.parametrize("header", [{}, {"format": "wavetwin-thing", "version": 3}, {"version": 1}])
def test_this_version_and_those_before_are_read(header):
    assert Thing.from_json(orjson.dumps(header | {"size": 5})) == Thing(size=5)


def test_a_newer_version_is_told_from_a_broken_file():
    with pytest.raises(NewerVersionError):
        Thing.from_json(b'{"format":"wavetwin-thing","version":4,"weight":5}')


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"size":"large"}',
        b'{"format":"wavetwin-other","version":9,"size":5}',
        b'{"format":["wavetwin-thing"],"size":5}',
        b'{"version":"4","size":5}',
        b'{"version":true,"size":5}',
        b'{"version":null,"size":5}',
    ],
)
def test_anything_else_is_broken(content):
    with pytest.raises(ValueError, check=lambda error: not isinstance(error, NewerVersionError)):
        Thing.from_json(content)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NewerVersionError(), "a.json was written by a newer version of Wavetwin; update Wavetwin to open it"),
        (FileNotFoundError(2, "No such file"), "a.json is missing; mend it"),
        (PermissionError(13, "Permission denied"), "a.json cannot be read (Permission denied); mend it"),
        (ValueError("at line 3"), "a.json is broken; mend it"),
    ],
)
def test_a_fault_is_said_with_what_to_do(error, words, tmp_path):
    assert fault(tmp_path / "a.json", error, "mend it") == words


def test_settings_of_a_newer_version_or_of_another_kind_are_refused_in_words(tmp_path):
    file = tmp_path / "run.json"
    file.write_bytes(orjson.dumps({"format": "wavetwin-run-config", "version": 99, "mood": "good"}))
    with pytest.raises(ConfigError, match=r"run\.json was written by a newer version of Wavetwin; update"):
        load_config(RunConfig, file)
    file.write_bytes(SimulatorConfig().to_json())
    with pytest.raises(
        ConfigError, match=r"of another kind \(wavetwin-source-config\); give one of wavetwin-run-config"
    ):
        load_config(RunConfig, file)
