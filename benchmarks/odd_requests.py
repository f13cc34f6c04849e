"""Odd requests to a server: each is answered or refused, soon, in bounded memory, and none leaves a traceback in its log.

    python -m benchmarks.odd_requests --count 20000

They go to all that the server offers besides the pages: /api, /media, /assets, /healthz, /metrics and uploads. They ask for
little where they are right, and are wrong in one or several ways: values, texts that are no text, addresses, methods, headers.
"""

import argparse
import itertools
import json
import socket
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np

from benchmarks._server import serve
from benchmarks.load import Watch
from core.config import TrainingConfig, changed, preset_config
from core.generation.export import FORMATS
from core.jobs.training import train
from core.routes.endpoints import ENDPOINTS, Endpoint
from core.signals.faults import FAULTS
from core.store.runs import RunStore

SLOW = 10.0  # s without a byte, after which an answer counts as hanging
MOST_READ = 1 << 20  # bytes of an answer, after which the rest is left, as by somebody who cancels
N_AT_ONCE = 6
GROWTH = 300  # MB that the server may grow by
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW", "get", "")
OTHERS = (
    *("/healthz", "/metrics", "/api/openapi.json", "/api/{}"),
    "/media/{}",
    "/assets/{}/chart.js",
    "/_stcore/upload_file/{}/{}",
)
ODD = """0
-1
1e9
nan
inf
1.5
١٢
true
null
[]
{}
[[]]
{"a":1}
'
"
\\
../../etc/passwd
..%2f..%2f
%00
%ff
%zz
%
é
<script>alert(1)</script>
{{7*7}}
=1+1
20260101-000000-0000
con""".splitlines()
ODD += ["", "\x00", "\r\nSet-Cookie: a=b", "\ud800", "a\tb", "￿", "x" * 5000, "9" * 400, "." * 300, "/" * 300]
HEADERS = """Range: bytes=0-10
Range: bytes=-1
Range: x
Accept-Encoding: gzip, br, zstd
Accept: */*;q=x
If-None-Match: *
Cookie: wavetwin_visitor=x
Cookie: _streamlit_user=x; _streamlit_user_1=y
Cookie: =;=;;
Host: evil.org
Host:
X-Forwarded-Host: evil.org
Content-Length: 5
Content-Type: application/json
Transfer-Encoding: chunked
Expect: 100-continue
Upgrade: websocket
Authorization: Basic =
X: é""".splitlines()


@dataclass(frozen=True)
class Outcome:
    """What came of one request. status: 0 where the connection was closed without an answer."""

    line: str
    status: int
    seconds: float
    error: str = ""

    @property
    def is_bad(self) -> bool:
        return self.status >= 500 or self.seconds > SLOW or bool(self.error)


class Requests:
    """Odd requests by their numbers: the same number and seed give the same one."""

    def __init__(self, run_ids: list[str], host: str, seed: int) -> None:
        self.run_ids, self.host, self.seed = run_ids, host, seed

    def __call__(self, number: int) -> bytes:
        rng = np.random.default_rng([self.seed, number])
        if rng.random() < 0.2:
            path = OTHERS[rng.integers(len(OTHERS))]
            path, query = path.format(*(_odd(rng) for _ in range(2))), ""
        else:
            endpoint = ENDPOINTS[rng.integers(len(ENDPOINTS))]
            path = endpoint.path.replace("{ticket}", "t" if rng.random() < 0.5 else _odd(rng))
            query = self._query(endpoint, rng)
        method = "GET" if rng.random() < 0.85 else METHODS[rng.integers(len(METHODS))]
        headers = [f"Host: {self.host}", "Connection: close"]
        headers += [HEADERS[rng.integers(len(HEADERS))] for _ in range(rng.integers(0, 3)) if rng.random() < 0.3]
        target = _spoiled(f"{path}?{query}" if query else path, rng)
        lines = [f"{method} {target} HTTP/1.1", *headers, "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogatepass")

    def _query(self, endpoint: Endpoint, rng: np.random.Generator) -> str:
        if not endpoint.query:
            return ""
        names = getattr(import_module(f"core.routes.{endpoint.module}"), endpoint.query).model_fields
        right: dict[str, Callable[[], object]] = {
            "run": lambda: self.run_ids[rng.integers(len(self.run_ids))],
            "kind": lambda: ("fake", "real")[rng.integers(2)],
            "count": lambda: int(rng.integers(1, 60)),
            "seed": lambda: int(rng.integers(0, 9)),
            "format": lambda: "json" if endpoint.module == "replay" else [*FORMATS][rng.integers(len(FORMATS))],
            "conditions": lambda: json.dumps({"amplitude": _odd(rng) if rng.random() < 0.5 else "5..6"}),
            "faults": lambda: json.dumps({"kinds": [[*FAULTS][rng.integers(len(FAULTS))]], "share": rng.random()}),
            "ticket": lambda: "t",
            "at": lambda: f"{rng.integers(9)}_{rng.normal():.2f},{rng.normal():.2f}",
            "to": lambda: str(rng.integers(9)),
            "share": lambda: round(float(rng.random()), 2),
            "channel": lambda: int(rng.integers(2)),
        }
        wrong = (
            1.0 if endpoint.module == "twin" else rng.choice([0.0, 0.2, 0.6])
        )  # the twin's file takes a process of its own
        chosen = {name: _odd(rng) if rng.random() < wrong else right.get(name, lambda: "x")() for name in names}
        pairs = [(name, value) for name, value in chosen.items() if name == "run" or rng.random() < 0.7]
        if rng.random() < 0.1:
            pairs.append((_odd(rng)[:40], _odd(rng)))
        if rng.random() < 0.1:
            pairs.append(pairs[0])
        return "&".join(f"{_quoted(name)}={_quoted(str(value))}" for name, value in pairs)


def _odd(rng: np.random.Generator) -> str:
    return ODD[rng.integers(len(ODD))]


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def _spoiled(target: str, rng: np.random.Generator) -> str:
    """A few characters replaced, now and then; lines stay whole."""
    if rng.random() < 0.15:
        for _ in range(rng.integers(1, 4)):
            place = int(rng.integers(1, len(target) + 1))
            target = target[:place] + _odd(rng)[: rng.integers(1, 20)] + target[place + 1 :]
    return target.replace("\r", "").replace("\n", "").replace(" ", "+")


def asked(address: tuple[str, int], content: bytes) -> Outcome:
    """Send a request and read its answer."""
    line = b" | ".join(content.split(b"\r\n")).decode("utf-8", "replace")[:600]
    started, status, n_read = time.perf_counter(), 0, 0
    try:
        with socket.create_connection(address, timeout=SLOW) as connection:
            connection.sendall(content)
            head = connection.recv(1 << 16)
            if head.startswith(b"HTTP/1.1 100 "):  # the server would like to see the rest
                head = connection.recv(1 << 16)
            if head.startswith(b"HTTP/1.1 "):
                status = int(head[9:12])
            while head and n_read < MOST_READ and (piece := connection.recv(1 << 16)):
                n_read += len(piece)
    except (ConnectionResetError, BrokenPipeError):
        pass
    except TimeoutError:
        return Outcome(line, status, time.perf_counter() - started, "no byte for so long")
    return Outcome(line, status, time.perf_counter() - started)


def main() -> int:
    """Print what came of it; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir, log = Path(folder), Path(folder) / "server.log"
        config = changed(
            preset_config("article"), training=TrainingConfig(steps=20).model_dump(), conditions=("amplitude",)
        )
        train(config, data_dir=data_dir)
        with log.open("wb") as errors, serve(data_dir, errors) as server:
            parts = urlsplit(server.url)
            runs = [run.id for run in RunStore(data_dir).all()]
            requests = Requests(runs, parts.netloc, options.seed)
            address = (parts.hostname or "", parts.port or 0)

            def one(number: int) -> Outcome:
                return asked(address, requests(number))

            for path in ("signals?count=1", "explore?at=1", "replay"):  # what is loaded once
                urllib.request.urlopen(f"{server.url}/api/{path}{'&' if '?' in path else '?'}run={runs[0]}").read()
            with ThreadPoolExecutor(N_AT_ONCE) as pool, Watch(server.pid) as watch:
                found = list(pool.map(one, range(options.count)))
            after = asked(
                address, f"GET /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
            )
        logged = log.read_text("utf-8", "replace")
    return told(found, after, watch, logged)


def told(found: list[Outcome], after: Outcome, watch: Watch, logged: str) -> int:
    """Print what came of it; 1 where anything went wrong."""
    statuses = Counter(outcome.status for outcome in found)
    print(
        f"{len(found):,} requests: "
        + ", ".join(f"{n:,} × {status or 'closed'}" for status, n in sorted(statuses.items()))
    )
    print(f"longest: {max(outcome.seconds for outcome in found):.1f} s")
    settled, last = watch.samples[len(watch.samples) // 4].megabytes, watch.samples[-1].megabytes
    print(f"memory: {settled:.0f} MB after a quarter of them, {watch.peak:.0f} MB at most, {last:.0f} MB at the end")
    print(f"log: {logged.count('Traceback')} tracebacks; afterwards /healthz answers {after.status}")
    bad = [outcome for outcome in found if outcome.is_bad]
    for outcome in itertools.islice(bad, 40):
        print(f"{outcome.status} after {outcome.seconds:.1f} s {outcome.error}: {outcome.line}")
    print(logged[:8000] if "Traceback" in logged else "")
    return bool(bad or "Traceback" in logged or after.status != 200 or watch.peak > settled + GROWTH)


if __name__ == "__main__":
    sys.exit(main())
