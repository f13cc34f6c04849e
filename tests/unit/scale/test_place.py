import pytest

from core.errors import ConfigError, ShardError
from core.scale.place import Place


@pytest.fixture(params=["folder", "memory"])
def place(request, tmp_path) -> Place:
    return Place(str(tmp_path / "a") if request.param == "folder" else f"memory://{tmp_path.name}/a")


def test_what_is_written_is_read(place):
    place.write("b/c.json", b"old")
    place.write("b/c.json", b"new")
    assert place.read("b/c.json") == b"new"
    assert place.names("b") == {"c.json"}


def test_nothing_is_where_nothing_was_written(place):
    assert place.read("c.json") is None
    assert place.names() == place.names("b") == set()
    place.remove("c.json")


def test_a_removed_file_is_gone(place):
    place.write("c.json", b"content")
    place.remove("c.json")
    assert place.read("c.json") is None


def test_an_address_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match=r"“nowhere://a” cannot be used .*give a folder"):
        Place("nowhere://a")


def test_a_place_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "a").write_text("a file")
    with pytest.raises(ShardError, match=r"c.json cannot be written at .*check the address"):
        Place(str(tmp_path / "a")).write("c.json", b"")
