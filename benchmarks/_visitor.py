"""A visitor without a browser: speaks Streamlit's protocol over a websocket, opens pages, reruns them and obeys their timers."""

import asyncio
import time
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PAGES = ("", "how", "signals", "train", "fidelity", "spot", "generate", "anomalies", "explore", "runs")  # "" is Home
PATIENCE = 60.0  # seconds, after which a rerun counts as failed


@dataclass
class Tally:
    """What visitors met: how long each rerun took from the request to its end, by page, and what went wrong."""

    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


class Visitor:
    """One session, at one page at a time. Use it as an asynchronous context."""

    def __init__(self, url: str, run_id: str, tally: Tally) -> None:
        self._address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
        self._query = urlencode({"run": run_id})
        self._tally = tally
        self._page = ""
        self._timers: dict[str, float] = {}  # seconds between two reruns of a fragment, by its id
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> "Visitor":
        self._socket = await connect(self._address, subprotocols=[Subprotocol("streamlit")], max_size=None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket:
            await self._socket.close()

    async def open(self, page: str) -> None:
        """Go to a page."""
        self._page = page
        await self._rerun()

    async def stay(self, seconds: float) -> None:
        """Look at the page as long, while its fragments rerun by their timers; then rerun all of it, as a click does."""
        end = time.monotonic() + seconds
        due = {fragment: time.monotonic() + interval for fragment, interval in self._timers.items()}
        while due and min(due.values()) < end:
            fragment = min(due, key=lambda one: due[one])
            await asyncio.sleep(max(0.0, due[fragment] - time.monotonic()))
            await self._rerun(fragment)
            due = {one: due.get(one, 0) for one in self._timers}
            if fragment in due:
                due[fragment] = time.monotonic() + self._timers[fragment]
        await asyncio.sleep(max(0.0, end - time.monotonic()))
        await self._rerun()

    async def _rerun(self, fragment: str = "") -> None:
        request = BackMsg()
        request.rerun_script.query_string = self._query
        request.rerun_script.page_name = self._page
        request.rerun_script.fragment_id = fragment
        request.rerun_script.is_auto_rerun = bool(fragment)
        if not fragment:
            self._timers.clear()
        assert self._socket
        started = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._socket.send(request.SerializeToString())
                while not self._is_end(await self._message()):
                    pass
        except TimeoutError:
            self._fail(f"no end after {PATIENCE:.0f} s")
        else:
            name = self._page or "home"
            self._tally.milliseconds.setdefault(name, []).append(1000 * (time.perf_counter() - started))

    async def _message(self) -> ForwardMsg:
        assert self._socket
        content = await self._socket.recv()
        assert isinstance(content, bytes)
        return ForwardMsg.FromString(content)

    def _is_end(self, message: ForwardMsg) -> bool:
        """Take up a message; whether it is the last of a rerun."""
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            self._timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._timers.pop(fragment, None)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._look_at(message.delta)
        elif kind in ("page_not_found", "session_event"):
            self._fail(kind)
        return kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def _look_at(self, delta: Delta) -> None:
        element = delta.new_element
        if element.WhichOneof("type") == "exception":
            self._fail(element.exception.message)
        elif element.WhichOneof("type") == "alert" and element.alert.format == Alert.ERROR:
            self._fail(element.alert.body)

    def _fail(self, what: str) -> None:
        self._tally.failures.append(f"{self._page or 'home'}: {what}")
