"""Files that are made while they are sent: in bounded memory, in turn, and for nobody who keeps others waiting.

A download first finds room: those that are being made take at most ROOM bytes together, and who finds none waits in order of
arrival, with nothing made yet. N_MAKERS threads make them piece by piece, in turn, so that all get on alike and pages get their
share of the processor. Who takes less than SLICE bytes in PATIENCE seconds is sent away.
"""

import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter, Event, move_on_after, to_thread
from starlette.responses import StreamingResponse
from starlette.types import Send

log = logging.getLogger(__name__)

ROOM = 256_000_000  # bytes
N_MAKERS = 2  # of which one may be at a piece that takes long
SLICE = 1 << 20  # bytes that are handed to the network together
BUFFERS = 2 * SLICE  # that each download has on its way to the network
PATIENCE = 60.0  # seconds
SMALL = 1 << 16  # bytes: pieces of fewer are made and sent together, such as those of a ZIP with thousands of files

T = TypeVar("T")


class Room:
    """So many bytes of memory, given out in order of arrival. For the event loop alone."""

    def __init__(self, n_bytes: int) -> None:
        self.n_bytes = n_bytes
        self.n_under_way = 0
        self._taken = 0
        self._waiting: deque[tuple[int, Event]] = deque()

    @property
    def n_waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @asynccontextmanager
    async def part(self, n_bytes: int) -> AsyncIterator[None]:
        """A part of the room, once it is free and all who came before have theirs; all of it where it is too small."""
        n_bytes = min(n_bytes, self.n_bytes)
        await self._take(n_bytes)
        try:
            yield
        finally:
            self._give_back(n_bytes)

    async def _take(self, n_bytes: int) -> None:
        mine = (n_bytes, Event())
        self._waiting.append(mine)
        self._admit()
        try:
            await mine[1].wait()
        except BaseException:  # whoever waited has gone away
            if mine in self._waiting:
                self._waiting.remove(mine)
                self._admit()
            else:
                self._give_back(n_bytes)
            raise

    def _give_back(self, n_bytes: int) -> None:
        self._taken -= n_bytes
        self.n_under_way -= 1
        self._admit()

    def _admit(self) -> None:
        """Let in who comes next, as long as there is room."""
        while self._waiting and self._taken + self._waiting[0][0] <= self.n_bytes:
            n_bytes, turn = self._waiting.popleft()
            self._taken += n_bytes
            self.n_under_way += 1
            turn.set()


room = Room(ROOM)
_makers = CapacityLimiter(N_MAKERS)


@dataclass
class Progress:
    """The progress of a download of so many signals. Times are of `time.monotonic`."""

    count: int
    sent: int = 0  # signals that were handed to the network
    begun: float | None = None  # None while it waits
    ended: float | None = None

    def as_json(self) -> dict[str, float]:
        """For the page that shows it; seconds are counted without those of waiting."""
        seconds = 0.0 if self.begun is None else (self.ended or time.monotonic()) - self.begun
        waits = self.begun is None and self.ended is None
        return {
            "count": self.count,
            "sent": self.sent,
            "seconds": seconds,
            "waiting": waits,
            "done": self.ended is not None,
        }


class FileInTurn(StreamingResponse):
    """An answer with a file that is made when its turn comes.

    pieces: of the file; nothing is done before the first is asked for, and an empty one is a rest. n_bytes: about how much memory
    it takes to make them. is_on_disk: it is whole on the disk before the first piece that is not empty, so that memory is free
    while it is sent.
    """

    def __init__(
        self,
        pieces: Generator[bytes],
        n_bytes: int,
        progress: Progress,
        *,
        is_on_disk: bool,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__((), media_type=media_type, headers=headers)
        self._pieces = pieces
        self._n_bytes = n_bytes + BUFFERS
        self._progress = progress
        self._is_on_disk = is_on_disk

    async def stream_response(self, send: Send) -> None:
        """Say at once that the file will come, then wait, and send it."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async with room.part(self._n_bytes), self._closing(is_needed=self._is_on_disk):
                self._progress.begun = time.monotonic()
                piece = await self._next()
                while piece == b"":
                    piece = await self._next()
                if not self._is_on_disk:
                    await self._send_from(piece, send)
            if self._is_on_disk:
                async with self._closing():
                    await self._send_from(piece, send)
        finally:
            self._progress.ended = time.monotonic()

    @asynccontextmanager
    async def _closing(self, is_needed: bool = False) -> AsyncIterator[None]:
        """Free at the end what the file holds, unless it is needed; also where the reader has gone away."""
        try:
            yield
        except BaseException:
            is_needed = False
            raise
        finally:
            if not is_needed:
                with CancelScope(shield=True):
                    await _in_turn(self._pieces.close)

    async def _next(self) -> bytes | None:
        """What is made in one turn: a piece, or several small ones up to a rest; None at the end."""
        return await _in_turn(self._some)

    def _some(self) -> bytes | None:
        some: list[bytes] = []
        for piece in self._pieces:
            some.append(piece)
            if not piece or sum(map(len, some)) >= SMALL:
                break
        return b"".join(some) if some else None

    async def _send_from(self, piece: bytes | None, send: Send) -> None:
        """Send this piece and all that come after it, unless the reader stops reading."""
        while piece is not None:
            for start in range(0, len(piece), SLICE):
                with move_on_after(PATIENCE) as patience:
                    await send({"type": "http.response.body", "body": piece[start : start + SLICE], "more_body": True})
                if patience.cancelled_caught:
                    log.warning("A download was given up: its reader took less than %d bytes in %g s", SLICE, PATIENCE)
                    return
            piece = await self._next()
        self._progress.sent = self._progress.count
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _in_turn(do: Callable[[], T]) -> T:
    """What a maker's thread returns, after all who came before."""
    return await to_thread.run_sync(do, limiter=_makers)
