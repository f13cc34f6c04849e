import gc
import hashlib
import io
from collections.abc import Iterator
from functools import partial

import numpy as np
import orjson
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from core.access.guard import Guard
from core.access.settings import Access
from core.config import changed
from core.generation.card import Card
from core.generation.export import FORMATS, Content, encode
from core.jobs.manager import JobManager
from core.jobs.training import train
from core.presentation.web_files import WebFiles
from core.routes import API, downloads, lifespan, routes
from core.routes.downloads import MAX_COUNT
from core.routes.turns import Progress
from core.signals.batch import Batch
from core.store.datasets import open_source
from core.store.orders import Order
from core.store.owner import Owner
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config) -> Run:
    """A finished run; tests leave it as it is."""
    return train(tiny_config, "Mine", tmp_path_factory.mktemp("data"))


@pytest.fixture
def client(run, monkeypatch) -> TestClient:
    monkeypatch.setenv("WAVETWIN_DATA", str(run.path.parent.parent))
    return TestClient(Starlette(routes=API))


def asked(client: TestClient, run: Run, **query):
    return client.get("/api/signals", params={"run": run.id, "count": 5} | query)


# Downloads


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["fake", "real"])
def test_every_format_holds_the_signals_of_the_seed(kind, name, client, run):
    answer = asked(client, run, kind=kind, count=300, seed=3, format=name)
    origin = run.load_surrogate() if kind == "fake" else open_source(run.config)
    content = Content.of(run.config, card=Order(run, 300, 3, kind).card())
    assert answer.status_code == 200
    assert answer.content == b"".join(encode(origin.stream(300, 3), 300, content, name))


@pytest.mark.parametrize(("name", "form"), FORMATS.items())
def test_a_download_says_what_it_is(name, form, client, run):
    answer = asked(client, run, kind="real", seed=3, format=name)
    assert answer.headers["content-type"].split(";")[0] == form.media_type
    disposition = f'attachment; filename="wavetwin-{run.id}-real-5-seed3.{form.ending}"'
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["content-encoding"] == "identity"
    assert answer.headers["cache-control"] == "no-store"


def test_fakes_of_seed_0_as_csv_unless_asked_otherwise(client, run):
    answer = asked(client, run)
    assert f"wavetwin-{run.id}-fake-5-seed0.csv" in answer.headers["content-disposition"]
    assert answer.text.startswith("t=0 s,")
    assert answer.text.count("\n") == 6


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_question_gets_the_same_bytes(name, client, run):
    assert asked(client, run, format=name).content == asked(client, run, format=name).content


def test_other_seeds_and_kinds_get_other_signals(client, run):
    contents = {asked(client, run, **query).content for query in ({}, {"seed": 1}, {"kind": "real"})}
    assert len(contents) == 3


def test_fewer_signals_are_the_first_of_more(client, run):
    few, many = (asked(client, run, count=n, format="npy").content for n in (3, 2000))
    assert many[128:].startswith(few[128:])


FAULTS = '{"kinds": ["spikes", "missing"], "share": 0.5}'


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_planted_faults_come_with_their_labels_and_marks(kind, client, run):
    query = {"kind": kind, "count": 700, "faults": FAULTS}
    table = pd.read_csv(io.StringIO(asked(client, run, **query).text))
    assert set(table["fault"].fillna("none")) == {"none", "spikes", "missing"}
    marks = client.get("/api/signals/faulty.csv", params={"run": run.id} | query)
    assert f"wavetwin-{run.id}-{kind}-700-seed0.faulty.csv" in marks.headers["content-disposition"]
    faulty = pd.read_csv(io.StringIO(marks.text))
    assert list(faulty.columns) == list(table.columns)
    good = pd.read_csv(io.StringIO(asked(client, run, kind=kind, count=700).text)).to_numpy()
    np.testing.assert_array_equal(faulty.iloc[:, 1:].to_numpy() == 1, table.iloc[:, 1:].to_numpy() != good)


def test_nothing_is_marked_where_no_faults_are_planted(client, run):
    answer = client.get("/api/signals/faulty.csv", params={"run": run.id, "count": 5})
    assert answer.status_code == 400
    assert is_a_sentence(answer)


def test_a_card_goes_with_every_download(client, run):
    query = {"run": run.id, "count": 5, "seed": 3, "faults": FAULTS}
    found = client.get("/api/signals/card.json", params=query)
    assert f"wavetwin-{run.id}-fake-5-seed3.card.json" in found.headers["content-disposition"]
    card = Card.from_json(found.content)
    assert (card.signals.count, card.signals.seed, card.training.run) == (5, 3, run.id)
    assert card.training.sha256 == hashlib.sha256(run.surrogate_file.read_bytes()).hexdigest()
    page = client.get("/api/signals/card.md", params=query)
    assert page.text == card.to_markdown()
    assert page.headers["content-type"].startswith("text/markdown")


def test_a_card_says_who_started_the_run(client, run):
    assert "Started by" not in client.get("/api/signals/card.md", params={"run": run.id, "count": 5}).text
    Owner(id="1", name="Ada").keep(run.path)
    try:
        assert "Started by Ada" in client.get("/api/signals/card.md", params={"run": run.id, "count": 5}).text
    finally:
        (run.path / "owner.json").unlink()


@pytest.mark.parametrize("path", ["signals", "signals/faulty.csv"])
def test_a_download_may_be_limited(path, run, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(run.path.parent.parent))
    guard = Middleware(Guard, Access(max_download_mb=1), lambda cookies: {})
    client = TestClient(Starlette(routes=API, middleware=[guard]))
    query = {"run": run.id, "count": 7813, "faults": FAULTS}
    answer = client.get(f"/api/{path}", params=query)
    assert answer.status_code == 403
    assert "ask for 7,812 at most" in answer.json()["error"]
    assert client.get(f"/api/{path}", params=query | {"count": 10}).status_code == 200


# Wrong questions


def is_a_sentence(answer) -> bool:
    error = answer.json()["error"]
    return error.endswith(".") and "\n" not in error


@pytest.mark.parametrize(
    "query",
    [
        {"count": 0},
        {"count": -1},
        {"count": MAX_COUNT + 1},
        {"count": "many"},
        {"count": "1.5"},
        {"count": ""},
        {"seed": -1},
        {"seed": 2**31},
        {"kind": "other"},
        {"kind": "fake\n"},
        {"format": "exe"},
        {"format": "csvxgz"},
        {"ticket": "x" * 65},
        {"unknown": 1},
        {"faults": "spikes"},
        {"faults": '{"kinds": ["rust"]}'},
        {"count": 10_001, "format": "wav"},
        {"kind": "real", "conditions": '{"amplitude": "5"}'},
    ],
    ids=str,
)
def test_an_impossible_question_is_answered_with_a_sentence(query, client, run):
    answer = asked(client, run, **query)
    assert answer.status_code == 400
    assert is_a_sentence(answer)


@pytest.mark.parametrize("missing", ["run", "count"])
def test_a_question_without_a_run_or_a_count_is_answered_with_a_sentence(missing, client, run):
    query = {"run": run.id, "count": 5}
    del query[missing]
    answer = client.get("/api/signals", params=query)
    assert answer.status_code == 400
    assert missing in answer.text
    assert is_a_sentence(answer)


@pytest.mark.parametrize(
    "run_id", ["20200101-000000-dead", "..", "../../x", "", "x" * 5000], ids=lambda run_id: run_id[:9]
)
@pytest.mark.parametrize("kind", ["fake", "real"])
def test_an_unknown_run_is_not_found(kind, run_id, client):
    answer = client.get("/api/signals", params={"run": run_id, "count": 5, "kind": kind})
    assert answer.status_code == 404
    assert is_a_sentence(answer)


@pytest.fixture
def fresh(store, tiny_config, monkeypatch, tmp_path) -> Run:
    """A run that has learned nothing yet, in a data directory of its own."""
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    return store.create(tiny_config)


def test_a_twin_that_is_not_there_yet_is_not_found(client, fresh):
    answer = asked(client, fresh)
    assert answer.status_code == 404
    assert is_a_sentence(answer)


def test_reals_need_no_twin(client, fresh):
    assert asked(client, fresh, kind="real").status_code == 200


@pytest.mark.parametrize("name", ["config.json", "surrogate.safetensors"])
def test_a_run_with_a_broken_file_is_refused_with_a_sentence(name, client, fresh):
    (fresh.path / name).write_bytes(b"{")
    answer = asked(client, fresh)
    assert answer.status_code == 409
    assert is_a_sentence(answer)


@pytest.mark.parametrize("path", ["/api/runs", "/api/nope/deeper", "/api/", "/api/signals/none.csv"])
@pytest.mark.parametrize("base_path", ["", "/twins"])
def test_an_address_that_there_is_not_is_answered_with_a_sentence(base_path, path):
    answer = TestClient(Starlette(routes=routes(WebFiles(), base_path))).get(f"{base_path}{path}")
    assert answer.status_code == 404
    assert is_a_sentence(answer)
    assert "/api/docs" in answer.json()["error"]


def test_nobody_can_post(client, run):
    assert client.post("/api/signals", params={"run": run.id, "count": 5}).status_code == 405


# Progress


def test_a_ticket_tells_how_far_its_download_is(client, run):
    asked(client, run, count=1500, ticket="abc")
    answer = client.get("/api/downloads/abc")
    assert answer.headers["cache-control"] == "no-store"
    progress = answer.json()
    assert progress.pop("seconds") >= 0
    assert progress == {"count": 1500, "sent": 1500, "waiting": False, "done": True}


def test_progress_is_told_while_signals_are_sent():
    progress = Progress(3, begun=0.0)
    pieces = downloads._counted(iter([Batch.unconditional(np.zeros((n, 1, 4))) for n in (2, 1)]), progress)
    next(pieces)
    next(pieces)
    assert progress.as_json() | {"seconds": 0} == {"count": 3, "sent": 2, "seconds": 0, "waiting": False, "done": False}


def test_an_unknown_ticket_is_not_found(client):
    answer = client.get("/api/downloads/unknown")
    assert answer.status_code == 404
    assert is_a_sentence(answer)


def test_a_refused_download_leaves_no_ticket(client, run):
    asked(client, run, count=0, ticket="refused")
    assert client.get("/api/downloads/refused").status_code == 404


def test_only_the_newest_tickets_are_kept(client, run, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_KEPT_TICKETS", 2)
    for ticket in ("t1", "t2", "t3"):
        asked(client, run, ticket=ticket)
    statuses = [client.get(f"/api/downloads/{ticket}").status_code for ticket in ("t1", "t2", "t3")]
    assert statuses == [404, 200, 200]


def test_a_download_without_a_ticket_is_not_remembered(client, run):
    before = len(downloads._progress)
    asked(client, run)
    assert len(downloads._progress) == before


# The server's life


def test_a_run_in_progress_is_saved_when_the_server_ends(tmp_path, monkeypatch, tiny_config):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    endless = changed(tiny_config, training=tiny_config.training.model_dump() | {"steps": 10_000_000})
    with TestClient(Starlette(routes=API, lifespan=lifespan)) as client:
        run = JobManager.of(tmp_path).start(endless)
        assert asked(client, run, kind="real").status_code == 200
        assert RunStore().get(run.id).status.state.is_live
    gc.unfreeze()  # what the server's life set aside
    assert run.status.state is State.INTERRUPTED


@pytest.fixture
def cold(tmp_path, monkeypatch) -> Iterator[None]:
    """A server has an empty data folder and cannot warm up."""

    def fail() -> None:
        raise MemoryError

    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    monkeypatch.setattr("core.training.cost.machine_pace", fail)
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("cold")
def test_a_server_that_cannot_warm_up_answers_and_says_where_it_is_open(caplog):
    with TestClient(Starlette(routes=API, lifespan=partial(lifespan, address="0.0.0.0"))) as client:
        assert client.get("/api/downloads/none").status_code == 404
    assert "Warming up failed" in caplog.text
    assert "0.0.0.0" in caplog.text


@pytest.mark.usefixtures("cold")
def test_a_server_for_visitors_deletes_what_is_over(tiny_config):
    over = RunStore().create(tiny_config, "Any", Owner(id="1", name="Any", expires_at=1.0))
    with TestClient(Starlette(routes=API, lifespan=partial(lifespan, access=Access(mode="visitor")))):
        wait_until(lambda: not over.path.exists())


def test_progress_is_plain_json(client, run):
    asked(client, run, ticket="json")
    assert orjson.loads(client.get("/api/downloads/json").content)["count"] == 5


# Explore


def explored(client: TestClient, run: Run, path: str = "", **query):
    return client.get(f"/api/explore{path}", params={"run": run.id, "at": "1"} | query)


def test_a_point_is_answered_with_all_that_is_drawn(client, run):
    found = explored(client, run).json()
    assert len(found["z"]) == len(found["directions"]) == 3
    assert found["seed"] == 1
    assert {"signal", "frequencies", "power", "quantities", "at"} <= set(found)
    assert "clean" not in found  # the article's networks do not model noise separately
    again = explored(client, run, at=found["at"]).json()
    assert again["z"] == pytest.approx(found["z"], abs=0.01)


def test_a_walk_is_answered_at_its_share(client, run):
    ends = [explored(client, run, at=at).json() for at in ("1", "2")]
    half = explored(client, run, at="1", to="2", share=0.5).json()
    assert half["z"] == pytest.approx(np.mean([end["z"] for end in ends], axis=0), abs=1e-4)
    assert explored(client, run, at="1", to="2", share=1).json()["signal"] == ends[1]["signal"]


def test_the_nearest_reals_come_with_how_near_reals_are_to_each_other(client, run):
    found = explored(client, run, "/nearest").json()
    assert len(found["reals"]) == len(found["distances"]) == 3
    assert "new real signals usually differ" in found["note"]


def test_a_point_is_heard(client, run):
    answer = explored(client, run, "/sound", clean="true")
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.content.startswith(b"RIFF")


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"at": "nonsense"}, 400, "cannot be read"),
        ({"at": "1_1,2,3,1"}, 400, "this twin has 3"),
        ({"channel": 1}, 400, "no channel 1"),
        ({"share": 2, "to": "2"}, 400, "less than or equal to 1"),
    ],
)
@pytest.mark.parametrize("path", ["", "/nearest", "/sound"])
def test_a_wrong_point_is_refused_in_a_sentence(client, run, path, query, status, says):
    answer = explored(client, run, path, **query)
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert is_a_sentence(answer)
