import numpy as np
import pandas as pd
import pytest

from core.generation.card import Card
from core.generation.export import FORMATS, Content, encode
from core.signals.faults import FAULTS, FaultSettings
from core.store.datasets import open_source
from core.store.orders import Order
from tests.unit.commands.outcomes import last_line, refused


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("options", [[], ["--real"]], ids=["fake", "real"])
def test_a_file_of_every_format_holds_the_signals_of_the_seed(options, name, command, run, tmp_path):
    out = tmp_path / "signals"
    code, text, _ = command(
        *("generate", "--run", run.id, "--count", 300, "--seed", 3, "--format", name, "--out", out, "--json", *options)
    )
    assert code == 0
    origin = open_source(run.config) if options else run.load_surrogate()
    content = Content.of(run.config, card=Order(run, 300, 3, "real" if options else "fake").card())
    assert out.read_bytes() == b"".join(encode(origin.stream(300, 3), 300, content, name))
    result = last_line(text)
    assert result.pop("seconds") > 0
    beside = [] if FORMATS[name].has_card else [f"{out}.card.json", f"{out}.card.md"]
    size = out.stat().st_size
    assert result == {"run_id": run.id, "path": str(out), "count": 300, "bytes": size, "beside": beside}
    assert sorted(map(str, tmp_path.iterdir())) == [str(out), *beside]


@pytest.mark.parametrize("name", FORMATS)
def test_the_name_of_a_file_says_its_format(name, command, run, tmp_path):
    for out, options in ((f"one.{FORMATS[name].ending}", []), ("two", ["--format", name])):
        assert command("generate", "--run", run.id, "--count", 20, "--out", tmp_path / out, *options)[0] == 0
    assert (tmp_path / f"one.{FORMATS[name].ending}").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("out", "options", "says"),
    [
        ("y.wav", ["--format", "wav"], "A file of the format wav ends in .wav.zip, and y.wav does not;"),
        ("y.csv", ["--format", "parquet"], "A file of the format parquet ends in .parquet, and y.csv does not;"),
        ("y.csv.gz", ["--format", "csv"], "ends in .csv, and y.csv.gz does not;"),
        ("y.awg.zip", ["--format", "wav"], "ends in .wav.zip, and y.awg.zip does not;"),
        ("y.zip", ["--format", "csv"], "ends in .csv, and y.zip does not;"),
        ("y.xlsx", [], "The name y.xlsx says no format; let it end in one of .csv, .csv.gz, .parquet,"),
        ("y.wav", [], "The name y.wav says no format;"),
    ],
)
def test_a_name_that_contradicts_the_format_or_says_none_is_refused(out, options, says, command, run, tmp_path):
    outcome = command("generate", "--run", run.id, "--count", 20, "--out", tmp_path / out, *options)
    assert refused(outcome)
    assert says in outcome[2]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("out", "name"), [("y.zip", "wav"), ("y.gz", "csv.gz"), ("y.txt", "csv"), ("Y.NPY", "npy")])
def test_a_name_that_does_not_contradict_the_format_is_taken(out, name, command, run, tmp_path):
    assert command("generate", "--run", run.id, "--count", 20, "--format", name, "--out", tmp_path / out)[0] == 0


def test_generating_says_what_was_written(command, run, tmp_path):
    code, out, _ = command("generate", "--run", run.id, "--count", 1, "--out", tmp_path / "one.csv")
    assert code == 0
    assert out.startswith(f"1 signal in {tmp_path / 'one.csv'} (")


def test_a_file_is_replaced(command, run, tmp_path):
    (tmp_path / "one.csv").write_text("old")
    command("generate", "--run", run.id, "--count", 1, "--out", tmp_path / "one.csv")
    assert (tmp_path / "one.csv").read_text().startswith("t=0 s")


def test_faults_are_planted_labelled_and_marked(command, run, tmp_path):
    options = ("--faults", "spikes,offset", "--fault-share", 1, "--fault-strength", 2, "--fault-length", 0.5)
    code, text, _ = command(
        *("generate", "--run", run.id, "--count", 40, "--out", tmp_path / "some.csv", "--json", *options)
    )
    assert code == 0
    names = ["some.card.json", "some.card.md", "some.faulty.csv"]
    assert last_line(text)["beside"] == [str(tmp_path / name) for name in names]
    table, marks = (pd.read_csv(tmp_path / name) for name in ("some.csv", "some.faulty.csv"))
    assert set(table["fault"]) == {"spikes", "offset"}
    assert list(marks.columns) == list(table.columns)
    assert (marks.iloc[:, 1:].sum(axis=1) > 0).all()
    faults = Card.from_json((tmp_path / "some.card.json").read_bytes()).signals.faults
    assert faults == FaultSettings(kinds=("spikes", "offset"), share=1, strength=2, length=0.5)


def test_all_faults_can_be_planted_at_once(command, run, tmp_path):
    out = tmp_path / "some.npz"
    code, *_ = command(
        *("generate", "--run", run.id, "--count", 200, "--format", "npz", "--out", out, "--faults", "all")
    )
    assert code == 0
    assert set(np.load(out)["fault"]) == {"none", *FAULTS}
    assert [path.name for path in tmp_path.iterdir()] == ["some.npz"]  # it holds the card and the marks


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--faults", "rust"), "rust"),
        (("--faults", "spikes", "--fault-share", "2"), "Share"),
        (("--fault-share", "0.5"), "Say which faults"),
        (("--faults", "missing", "--format", "wav"), "no missing values"),
        (("--format", "tdms", "--count", "5000"), "at most"),
    ],
)
def test_impossible_faults_and_formats_are_refused_in_a_sentence(options, says, command, run, tmp_path):
    code, _, error = command("generate", "--run", run.id, "--out", tmp_path / "some", *options)
    assert code == 2
    assert says in error
    assert not list(tmp_path.iterdir())
