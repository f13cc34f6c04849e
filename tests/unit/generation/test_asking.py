"""Asking a conditional twin for signals: on the command line and over the web."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.__main__ import main
from core.config import SimulatorConfig, changed
from core.errors import ConfigError
from core.generation.export import Content, encode
from core.jobs.training import train
from core.routes import API
from core.store.orders import Order
from core.store.run import Run

CONDITIONS = ("bias", "amplitude")


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config) -> Run:
    """A finished run of two channels that can be asked for two numbers; tests leave it as it is."""
    config = changed(tiny_config, source=SimulatorConfig(n_samples=32, n_channels=2), conditions=CONDITIONS)
    return train(config, "Mine", tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _in_its_place(run, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(run.data_dir))


@pytest.fixture
def generate(run, tmp_path, capsys) -> Callable[..., tuple[int, Path, str]]:
    """Does what `generate` does; the exit code, the file and what it says to the user."""

    def call(*options: str, count: int = 40, name: str = "csv") -> tuple[int, Path, str]:
        out = tmp_path / "signals"
        given = ["--count", str(count), "--format", name, "--out", str(out), *options]
        code = main(["generate", "--run", run.id, *given])
        return code, out, capsys.readouterr().err

    return call


@pytest.fixture
def ask(run) -> Callable[..., object]:
    client = TestClient(Starlette(routes=API))
    return lambda **query: client.get("/api/signals", params={"run": run.id, "count": 40} | query)


def expected(run: Run, name: str, conditions: dict, count: int = 40) -> bytes:
    stream = run.load_surrogate().stream(count, 0, conditions)
    content = Content.of(run.config, card=Order(run, count, requested=conditions).card())
    return b"".join(encode(stream, count, content, name))


@pytest.mark.parametrize("name", ["csv", "csv.gz", "parquet", "npy"])
def test_the_command_and_the_web_give_the_same_file(name, run, generate, ask):
    code, out, said = generate("--condition", "bias=3", "--condition", "amplitude=2..4", name=name)
    assert (code, said) == (0, "")
    answer = ask(format=name, conditions=orjson.dumps({"bias": "3", "amplitude": "2..4"}).decode())
    assert answer.status_code == 200
    assert out.read_bytes() == answer.content == expected(run, name, {"bias": (3.0, 3.0), "amplitude": (2.0, 4.0)})


def test_a_table_says_what_was_asked_for(generate):
    _, out, _ = generate("--condition", "bias = 3", count=500)
    found = pd.read_csv(out)
    assert list(found.columns[:4]) == ["signal", "channel", *CONDITIONS]
    assert len(found) == 1000
    assert set(found["bias"]) == {3}
    assert found["amplitude"].nunique() > 25


def test_without_conditions_they_come_as_they_occur(run, generate, ask):
    _, out, _ = generate()
    assert out.read_bytes() == ask().content == ask(conditions="{}").content == expected(run, "csv", {})
    assert pd.read_csv(out)["bias"].nunique() > 20


def test_reals_come_with_their_conditions(generate, ask):
    code, out, _ = generate("--real")
    assert code == 0
    assert out.read_bytes() == ask(kind="real").content
    found = pd.read_csv(io.BytesIO(out.read_bytes()))
    level = found.iloc[:, 4:].mean(axis=1)
    assert np.corrcoef(level, found["bias"])[0, 1] > 0.8


def test_a_condition_beyond_the_training_is_warned_of_and_clamped(generate):
    code, out, said = generate("--condition", "bias=50")
    assert code == 0
    assert "The twin was trained with “bias” from 0.1 to 10." in said
    assert set(pd.read_csv(out)["bias"]) == {10}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--condition", "bias"], "“bias” is not a condition; give a name and a value"),
        (["--condition", "bias=much"], "“much” is not a value of “bias”"),
        (["--condition", "weight=3"], "This twin has no condition “weight”; choose one of: bias, amplitude."),
        (["--condition", "bias=3", "--real"], "Real signals come as they are"),
    ],
)
def test_what_cannot_be_asked_for_ends_the_command_with_a_sentence(options, says, generate):
    code, out, said = generate(*options)
    assert code != 0
    assert says in said
    assert not out.exists()


@pytest.mark.parametrize(
    "conditions",
    ["", "{", "[]", "3", "null", '{"bias": 3}', '{"bias": "much"}', '{"weight": "3"}', '{"bias": "4..2"}', "x" * 4001],
    ids=lambda conditions: conditions[:20],
)
def test_impossible_conditions_are_answered_with_a_sentence(conditions, ask):
    answer = ask(conditions=conditions)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    ("n", "wanted", "says"),
    [
        (5, {"amplitud": (8, 10)}, "no condition “amplitud”"),
        (5, {"bias": (3, 2)}, "swap its limits"),
        (-1, {}, "The count is -1; give 0 or more."),
    ],
)
def test_a_program_that_asks_for_what_there_is_not_is_refused_at_once(n, wanted, says, run):
    twin = run.load_surrogate()
    for ask in (twin.sample, twin.stream):
        with pytest.raises(ConfigError, match=says):
            ask(n, 0, wanted)


def test_a_program_may_ask_for_a_single_value(run):
    twin = run.load_surrogate()
    np.testing.assert_array_equal(twin.sample(5, 0, {"bias": 3}), twin.sample(5, 0, {"bias": (3, 3)}))
