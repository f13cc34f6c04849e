import pytest
from anyio import create_task_group, sleep_forever, to_thread, wait_all_tasks_blocked
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.presentation.web_files import WebFiles
from core.routes import routes
from core.routes.turns import Room
from core.store.status import State
from tests.unit.routes.loops import in_loop


@pytest.fixture
def figures(tmp_path, monkeypatch):
    """What Prometheus reads: a value for each name with its labels, after requests to other addresses."""
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    client = TestClient(Starlette(routes=routes(WebFiles())))

    def read(*addresses: str) -> dict[tuple[str, ...], float]:
        for address in addresses:
            client.get(address)
        text = client.get("/metrics").text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {(sample.name, *sample.labels.values()): sample.value for sample in samples}

    return read


def test_runs_are_counted_by_state_and_their_speed_is_summed(figures, store, tiny_config):
    runs = [store.create(tiny_config) for _ in range(4)]
    for run, state in zip(runs, (State.RUNNING, State.RUNNING, State.QUEUED, State.FINISHED), strict=True):
        run.claim()
        run.write_status(run.status.model_copy(update={"state": state, "steps_per_second": 1.5}))
    (runs[3].path / "status.json").write_text("{")
    found = figures()
    assert [found["wavetwin_runs", state] for state in ("running", "queued", "finished")] == [2, 1, 0]
    assert found["wavetwin_steps_per_second",] == 3
    for run in runs:
        run.release()


def test_answers_are_counted_under_their_endpoint(figures):
    endpoint = "/api/downloads/{ticket}"
    before = figures()
    after = figures("/api/downloads/one", "/api/downloads/two", "/healthz")

    def gained(*name: str) -> float:
        return after[name] - before.get(name, 0)

    (answers,) = [name for name in after if name[0] == "wavetwin_answers_total" and name[1] == endpoint]
    assert gained(*answers) == 2
    assert gained("wavetwin_sent_bytes_total", endpoint) > 0
    assert after["wavetwin_answers_in_progress",] == 0


def test_downloads_that_run_and_wait_are_told(figures, monkeypatch):
    room = Room(10)
    monkeypatch.setattr("core.routes.monitoring.room", room)

    async def told() -> dict[tuple[str, ...], float]:
        async with create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(_keeps, room)
            await wait_all_tasks_blocked()
            found = await to_thread.run_sync(figures)
            tasks.cancel_scope.cancel()
        return found

    found = in_loop(told)
    assert [found["wavetwin_downloads", state] for state in ("running", "waiting")] == [2, 1]


async def _keeps(room: Room) -> None:
    async with room.part(5):
        await sleep_forever()


def test_memory_and_processor_time_of_the_process_are_told(figures):
    assert figures()["process_resident_memory_bytes",] > 1e6
