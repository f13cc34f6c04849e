import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import SimulatorConfig
from core.errors import ConfigError
from core.store.saved_sources import MAX_NAME, SavedSources

MINE = SimulatorConfig(waveform="square", n_samples=64)


@pytest.fixture
def library(tmp_path) -> SavedSources:
    return SavedSources(tmp_path)


def test_a_library_begins_empty(library):
    assert library.names() == []


def test_saved_settings_come_back(library):
    library.save("Mine", MINE)
    assert library.names() == ["Mine"]
    assert library.load("Mine") == MINE


def test_saving_again_replaces_what_had_the_name(library):
    library.save("Mine", MINE)
    library.save("Mine", SimulatorConfig())
    assert library.names() == ["Mine"]
    assert library.load("Mine") == SimulatorConfig()


def test_names_come_in_the_order_of_the_alphabet(library):
    for name in ("b", "C", "a"):
        library.save(name, MINE)
    assert library.names() == ["a", "b", "C"]


def test_deleted_settings_are_gone(library):
    library.save("Mine", MINE)
    library.save("Other", MINE)
    library.delete("Mine")
    assert library.names() == ["Other"]
    with pytest.raises(ConfigError):
        library.load("Mine")


def test_deleting_what_is_gone_is_no_matter(library):
    library.delete("Mine")


def test_spaces_around_and_within_a_name_are_tidied(library):
    library.save("  my \n source ", MINE)
    assert library.names() == ["my source"]


@pytest.mark.parametrize("name", ["", "  ", "\n", "x" * (MAX_NAME + 1)])
def test_a_name_that_is_none_is_refused(name, library):
    with pytest.raises(ConfigError, match="Give the settings a name"):
        library.save(name, MINE)
    assert library.names() == []


@pytest.mark.parametrize("name", [".", "..", "../outside", "/etc/passwd", "a/b", ".hidden", "a.json", "%41", "x\x00y"])
def test_every_name_stays_inside_the_library(name, library, tmp_path):
    library.save(name, MINE)
    assert library.names() == [name]
    assert library.load(name) == MINE
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [library.root]
    library.delete(name)
    assert library.names() == []


letters = st.characters(exclude_categories=("Cs",))


@given(name=st.text(letters, min_size=1, max_size=MAX_NAME).filter(str.strip))
def test_any_name_can_be_saved(name, tmp_path_factory):
    library = SavedSources(tmp_path_factory.mktemp("library"))
    library.save(name, MINE)
    (listed,) = library.names()
    assert listed == " ".join(name.split())
    assert library.load(listed) == MINE


@pytest.mark.parametrize("letter", ["ж", "信", "😀", "/"])
def test_a_name_may_be_as_long_in_every_alphabet(letter, library):
    library.save(letter * MAX_NAME, MINE)
    assert library.names() == [letter * MAX_NAME]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"n_samples": 1}', b'{"nonsense": 1}', b"\xff"])
def test_broken_settings_are_said_in_a_sentence(content, library):
    library.save("Mine", MINE)
    next(library.root.iterdir()).write_bytes(content)
    assert library.names() == ["Mine"]
    with pytest.raises(ConfigError):
        library.load("Mine")


def test_where_nothing_can_be_written_a_sentence_says_so(library):
    library.root.write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="Nothing can be written"):
        library.save("Mine", MINE)


def test_the_library_lies_below_the_data_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    SavedSources().save("Mine", MINE)
    assert SavedSources(tmp_path).load("Mine") == MINE


def test_half_written_settings_are_never_listed(library):
    library.save("Mine", MINE)
    (library.root / "Other.123").write_text("{")
    assert library.names() == ["Mine"]
