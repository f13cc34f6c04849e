"""What the server does and takes, in the text format of Prometheus, for those who watch over it."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from core.routes.turns import room
from core.store.paths import default_data_dir
from core.store.runs import RunStore
from core.store.status import State


def figures(_request: Request) -> Response:
    """Runs, speed and answers, with the process's memory, processor time and open files (these on Linux only)."""
    registry = CollectorRegistry()
    registry.register(_Runs(RunStore(default_data_dir())))
    registry.register(_Downloads())
    body = generate_latest(registry) + generate_latest(REGISTRY)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


class _Runs(Collector):
    """The runs of a store as they stand when they are asked for, whoever trains them."""

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def collect(self) -> Iterator[Metric]:
        """How many runs there are in each state, and how fast those in training are."""
        statuses = self.store.statuses()
        counts = Counter(status.state for status in statuses)
        runs = GaugeMetricFamily("wavetwin_runs", "Runs in the data folder by state.", labels=["state"])
        for state in State:
            runs.add_metric([state], counts[state])
        yield runs
        running = (status for status in statuses if status.state is State.RUNNING)
        speed = sum(status.steps_per_second for status in running)
        yield GaugeMetricFamily("wavetwin_steps_per_second", "Training steps per second, of all runs together.", speed)


class _Downloads(Collector):
    """The downloads of this process as they stand."""

    def collect(self) -> Iterator[Metric]:
        """How many are made and sent, and how many wait for room."""
        downloads = GaugeMetricFamily("wavetwin_downloads", "Downloads under way by state.", labels=["state"])
        downloads.add_metric(["running"], room.n_under_way)
        downloads.add_metric(["waiting"], room.n_waiting)
        yield downloads
