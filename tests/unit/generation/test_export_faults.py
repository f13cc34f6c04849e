"""What files hold besides good signals: planted faults with their labels and marks, conditions, and the card."""

import csv
import io
import itertools
import zipfile

import h5py
import numpy as np
import pytest
from nptdms import TdmsFile
from pyarrow import parquet
from scipy.io import loadmat

from core.config import RunConfig, SimulatorConfig
from core.errors import ConfigError
from core.generation.export import FORMATS, Content, check, encode, encode_marks
from core.recordings.import_files import read_recordings
from core.signals.batch import Batch, collect
from core.signals.faults import FaultSettings, plant
from core.signals.simulator import Simulator
from tests.unit.generation.cards import card

N = 60
FAULTS = FaultSettings(kinds=("missing", "spikes"), share=0.6)
WITHOUT_HOLES = FaultSettings(kinds=("spikes", "offset"), share=0.6)
EXACT = ["csv", "csv.gz", "parquet", "npz", "mat", "h5", "tdms", "wav"]  # with the rate


def made(n_channels: int, faults: FaultSettings | None, n: int = N) -> tuple[Batch, Content]:
    """Signals at 100 Hz with an amplitude each, and what is in a file of them."""
    config = RunConfig(
        source=SimulatorConfig(n_channels=n_channels, n_samples=51, t_end=0.5), conditions=("amplitude",)
    )
    pieces = Simulator(config.source, config.conditions).stream(n, 0)
    whole = collect(plant(pieces, faults, np.ones(n_channels), 0) if faults else pieces, n)
    return whole, Content.of(config, faults, card(faults=faults))


def written(name: str, whole: Batch, content: Content, cuts: tuple[int, ...] = ()) -> bytes:
    pieces = (whole[start:end] for start, end in itertools.pairwise([0, *cuts, len(whole)]))
    return b"".join(encode(pieces, len(whole), content, name))


def files_in(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """A file, or the signals in a ZIP file of them."""
    if not name.startswith("wav"):
        return [(f"signals.{FORMATS[name].ending}", content)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(member, archive.read(member)) for member in archive.namelist() if member.endswith(".wav")]


def labels(whole: Batch, content: Content) -> list[str]:
    return [content.columns[-1].classes[int(place)] for place in whole.conditions[:, -1]]


@pytest.mark.parametrize("faults", [None, WITHOUT_HOLES], ids=["good", "faulty"])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("name", EXACT)
def test_what_is_written_is_read_here_with_the_same_values_and_rate(name, n_channels, faults):
    whole, content = made(n_channels, faults)
    found = read_recordings(files_in(name, written(name, whole, content)))
    np.testing.assert_array_equal(np.stack(found.values), whole.signals)
    np.testing.assert_allclose(found.rates, 100)
    if faults and name in ("csv", "parquet", "npz", "mat", "h5"):
        assert [str(label) for label in found.labels["fault"]] == labels(whole, content)
        np.testing.assert_allclose(found.labels["amplitude"], whole.conditions[:, 0], rtol=1e-6)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("name", FORMATS)
def test_the_bytes_do_not_depend_on_the_pieces(name, n_channels):
    whole, content = made(n_channels, WITHOUT_HOLES)
    assert written(name, whole, content, (1, 40)) == written(name, whole, content)


@pytest.mark.parametrize("n_channels", [1, 3])
def test_labels_and_marks_come_with_every_format_that_holds_them(n_channels):
    whole, content = made(n_channels, FAULTS)
    shape = (N, 51) if n_channels == 1 else (N, 3, 51)
    faulty, signals = whole.faulty.reshape(shape), whole.signals.reshape(shape)

    arrays = np.load(io.BytesIO(written("npz", whole, content)), allow_pickle=False)
    np.testing.assert_array_equal(arrays["signals"], signals)
    np.testing.assert_array_equal(arrays["faulty"], faulty)
    assert arrays["fault"].tolist() == labels(whole, content)

    variables = loadmat(io.BytesIO(written("mat", whole, content)))
    np.testing.assert_array_equal(variables["signals"], signals)
    np.testing.assert_array_equal(variables["faulty"], faulty)
    assert [text.strip() for text in variables["fault"].tolist()] == labels(whole, content)

    with h5py.File(io.BytesIO(written("h5", whole, content))) as file:
        np.testing.assert_array_equal(file["signals"], signals)
        np.testing.assert_array_equal(file["faulty"], faulty)
        assert file["fault"].asstr()[:].tolist() == labels(whole, content)
        np.testing.assert_array_equal(file["amplitude"], whole.conditions[:, 0])

    table = parquet.read_table(io.BytesIO(written("parquet", whole, content)))
    np.testing.assert_array_equal(np.array(table["faulty"].to_pylist()).reshape(shape), faulty)
    assert table["fault"].to_pylist()[::n_channels] == labels(whole, content)

    groups = TdmsFile.read(io.BytesIO(written("tdms", whole, content))).groups()
    marks = [[group[f"channel {c + 1} faulty"][:] for c in range(n_channels)] for group in groups]
    np.testing.assert_array_equal(np.array(marks, bool), whole.faulty)
    assert [group.properties["fault"] for group in groups] == labels(whole, content)
    assert [group.properties["amplitude"] for group in groups] == whole.conditions[:, 0].tolist()


def test_missing_values_are_empty_cells_of_a_csv_and_marks_a_table_of_their_own():
    whole, content = made(3, FAULTS)
    header, *rows = csv.reader(io.StringIO(written("csv", whole, content).decode()))
    assert header[:4] == ["signal", "channel", "amplitude", "fault"]
    holes = np.array([[cell == "" for cell in row[4:]] for row in rows])
    np.testing.assert_array_equal(holes, np.isnan(whole.signals).reshape(holes.shape))
    first, *marks = csv.reader(io.StringIO(b"".join(encode_marks(iter([whole]), N, content)).decode()))
    assert first == header
    assert [row[:4] for row in marks] == [row[:4] for row in rows]
    np.testing.assert_array_equal(
        np.array([[int(cell) for cell in row[4:]] for row in marks]), whole.faulty.reshape(holes.shape)
    )


def test_the_card_is_inside_where_there_is_room_for_it():
    whole, content = made(1, WITHOUT_HOLES)
    said = content.card.to_json().decode()
    inside = {}
    inside["npz"] = np.load(io.BytesIO(written("npz", whole, content)))["card"].item()
    inside["mat"] = loadmat(io.BytesIO(written("mat", whole, content)))["card"].item()
    with h5py.File(io.BytesIO(written("h5", whole, content))) as file:
        inside["h5"] = file.attrs["card"]
    schema = parquet.read_schema(io.BytesIO(written("parquet", whole, content)))
    inside["parquet"] = schema.metadata[b"wavetwin"].decode()
    inside["tdms"] = TdmsFile.read(io.BytesIO(written("tdms", whole, content))).properties["card"]
    for name in ("wav", "wav16", "awg", "siglent", "keysight"):
        with zipfile.ZipFile(io.BytesIO(written(name, whole, content))) as archive:
            inside[name] = archive.read("card.json").decode()
            assert archive.read("card.md").decode() == content.card.to_markdown()
    assert inside == dict.fromkeys(inside, said)
    assert set(inside) == {name for name, form in FORMATS.items() if form.has_card}


def test_names_of_conditions_are_none_that_a_file_uses_itself():
    names = ("signals", "1. größe / N", "faulty", "signals", "ω")
    config = RunConfig(source=SimulatorConfig())
    columns = tuple(config.source.columns[0].model_copy(update={"name": name}) for name in names)
    found = Content(np.arange(5.0), columns=columns).names
    assert found == ["signals_2", "c_1__gr__e___N", "faulty_2", "signals_3", "c__"]


@pytest.mark.parametrize(
    ("name", "count", "n_channels", "says"),
    [
        ("wav", 10_001, 1, "10,000 signals at most"),
        ("siglent", 5_000, 3, "3,333 signals at most"),
        ("tdms", 1_001, 1, "1,000 signals at most"),
        ("tdms", 334, 3, "333 signals at most"),
        ("mat", 1_000_000, 1, "980,392 signals at most"),
    ],
)
def test_more_than_a_format_can_hold_is_refused_in_words(name, count, n_channels, says):
    _, content = made(n_channels, None, 1)
    with pytest.raises(ConfigError, match=says):
        check(name, count, content)


@pytest.mark.parametrize("name", ["wav", "wav16", "awg", "siglent", "keysight"])
def test_missing_values_are_refused_where_a_format_has_none(name):
    whole, content = made(1, FAULTS)
    with pytest.raises(ConfigError, match="no missing values"):
        encode(iter([whole]), N, content, name)
