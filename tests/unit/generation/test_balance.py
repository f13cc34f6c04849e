import io
import zipfile

import numpy as np
import orjson
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.__main__ import main
from core.config import changed
from core.errors import ConfigError
from core.generation.balance import TABLES, Balance, class_column
from core.generation.export import FORMATS
from core.routes import API
from core.store.datasets import open_source
from core.store.orders import Order

STATES = {"new", "worn", "broken"}


@pytest.fixture(scope="module")
def balance(unbalanced) -> Balance:
    return Balance.of(unbalanced.config, open_source(unbalanced.config, unbalanced.data_dir))


@pytest.fixture(autouse=True)
def _in_its_place(unbalanced, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(unbalanced.data_dir))


@pytest.fixture
def generate(unbalanced, tmp_path, capsys):
    """Does what `generate --balance` does; the exit code, the file and what it says to the user."""

    def call(*options: str, out: str = "table"):
        code = main(["generate", "--run", unbalanced.id, "--out", str(tmp_path / out), "--balance", *options])
        said = capsys.readouterr()
        return code, tmp_path / out, said.out + said.err

    return call


def table(content: bytes, name: str = "csv") -> pd.DataFrame:
    file = io.BytesIO(content)
    return (
        pd.read_parquet(file)
        if name == "parquet"
        else pd.read_csv(file, compression="gzip" if name == "csv.gz" else None)
    )


def files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


# How many


def test_every_class_comes_to_be_as_frequent_as_the_most_frequent_one(balance):
    assert len(set(balance.n_real.tolist())) > 1
    assert set((balance.n_real + balance.n_fake).tolist()) == {balance.n_real.max()}


def test_all_reals_are_either_learned_from_or_tested_on(balance, unbalanced):
    assert len(balance.training) + len(balance.test) == unbalanced.config.source.n_signals
    both = np.concatenate([balance.training.signals, balance.test.signals])
    assert len(np.unique(both.reshape(len(both), -1), axis=0)) == len(both)


def test_a_class_without_any_real_gets_no_fakes(balance):
    counts = Balance(balance.config, balance.index, balance.training, balance.test, np.array([5, 0, 2])).n_fake
    assert counts.tolist() == [0, 0, 3]


def test_the_class_is_found_by_itself_or_by_its_name(unbalanced):
    assert class_column(unbalanced.config).name == class_column(unbalanced.config, "state").name == "state"


@pytest.mark.parametrize(
    ("conditions", "name", "sentence"),
    [
        (("load",), "", "This twin has no classes to balance"),
        (("state", "load"), "load", "“load” is no class that this twin knows; choose one of: state."),
    ],
)
def test_what_is_no_class_is_refused(conditions, name, sentence, unbalanced):
    with pytest.raises(ConfigError, match=sentence):
        class_column(changed(unbalanced.config, conditions=conditions), name)


# The table


@pytest.mark.parametrize("name", TABLES)
def test_the_table_has_all_classes_equally_often_and_says_what_is_fake(name, balance, generate):
    code, out, said = generate("state", "--format", name)
    assert code == 0, said
    found = table(out.read_bytes(), name).iloc[::2]  # one row of the two channels
    assert set(found["state"].value_counts()) == {balance.n_real.max()}
    assert set(found["state"]) == STATES
    assert found["origin"].value_counts().to_dict() == {"real": len(balance.training), "fake": balance.n_fake.sum()}


def test_reals_are_the_recordings_as_they_were(balance, generate):
    found = table(generate()[1].read_bytes())
    samples = found.loc[found["origin"] == "real", [name for name in found if name.startswith("t=")]]
    np.testing.assert_array_equal(
        samples.to_numpy(np.float32).reshape(balance.training.signals.shape), balance.training.signals
    )


def test_a_rarer_class_is_made_up_by_signals_of_its_own(balance, generate):
    found = table(generate()[1].read_bytes())
    fakes = found[found["origin"] == "fake"]
    levels = fakes[[name for name in found if name.startswith("t=")]].to_numpy()
    for state in ("worn", "broken"):
        chosen = levels[(fakes["state"] == state).to_numpy()]
        assert len(np.unique(chosen, axis=0)) == len(chosen)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(generate):
    for out in ("table.csv", "folder.zip"):
        first = generate(out=out)[1].read_bytes()
        assert generate(out=out)[1].read_bytes() == first
        assert generate("--seed", "1", out=out)[1].read_bytes() != first


def test_a_folder_also_holds_reals_to_test_on(balance, generate, unbalanced):
    code, out, said = generate("--format", "parquet", out="folder.zip")
    assert (code, said.split(" in ")[0]) == (0, f"{balance.n_signals:,} signals")
    content = files(out.read_bytes())
    assert set(content) == {"README.txt", "training.parquet", "test.parquet"}
    test = table(content["test.parquet"], "parquet")
    assert set(test["origin"]) == {"real"}
    assert len(test) == 2 * len(balance.test)
    story = content["README.txt"].decode()
    assert "broken" in story
    assert all(f"- {caution}" in story for caution in Order(unbalanced, 1).card().cautions)


def test_the_web_gives_the_same_folder_as_the_command(generate, unbalanced):
    client = TestClient(Starlette(routes=API))
    answer = client.get("/api/balanced", params={"run": unbalanced.id, "seed": 0, "ticket": "t"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert f"wavetwin-{unbalanced.id}-balanced-seed0.zip" in answer.headers["content-disposition"]
    assert answer.content == generate(out="folder.zip")[1].read_bytes()
    progress = orjson.loads(client.get("/api/downloads/t").content)
    assert progress["sent"] == progress["count"] > 0
    assert progress["done"]


def test_the_origin_finds_a_name_that_is_free(balance):
    columns = balance.config.source.columns
    named = changed(
        balance.config,
        source=balance.config.source.model_dump() | {"columns": [columns[0].model_dump() | {"name": "origin"}]},
        conditions=("origin",),
    )
    assert [column.name for column in Balance(named, 0, *[None] * 3)._content.columns] == ["origin", "origin_"]


# Wrong questions


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--count", "5"), "leave out --count"),
        (("--real",), "leave out --count, --real"),
        (("--format", "npy"), "cannot name the class of a signal"),
        (("speed",), "“speed” is no class"),
    ],
)
def test_a_wrong_command_is_told_in_a_sentence(options, sentence, generate):
    arguments = options if options[0] == "speed" else ("state", *options)
    code, out, said = generate(*arguments)
    assert code == 2
    assert sentence in said
    assert not out.exists()


@pytest.mark.parametrize("query", [{"format": "npy"}, {"column": "load"}, {"run": "none"}])
def test_a_wrong_question_over_the_web_is_told_in_a_sentence(query, unbalanced):
    answer = TestClient(Starlette(routes=API)).get("/api/balanced", params={"run": unbalanced.id} | query)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"].endswith(".")


def test_formats_of_tables_are_formats():
    assert set(TABLES) <= set(FORMATS)
