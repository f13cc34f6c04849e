"""Downloads at once: in bounded memory, in order of arrival, all alike, and nobody keeps the others waiting."""

from collections.abc import Awaitable, Callable, Generator
from threading import Event as ThreadEvent
from threading import Lock

import anyio
import pytest
from anyio import CapacityLimiter, Event, create_task_group, sleep_forever, wait_all_tasks_blocked

from core.routes import turns
from core.routes.turns import FileInTurn, Progress, Room
from tests.unit.routes.loops import in_loop

SIZE = 10  # of the room


@pytest.fixture
def room(monkeypatch) -> Room:
    monkeypatch.setattr(turns, "SMALL", 1)  # the pieces of these tests stay what they are
    monkeypatch.setattr(turns, "BUFFERS", 0)
    room = Room(SIZE)
    monkeypatch.setattr(turns, "room", room)
    return room


# Room


class Visits:
    """Those who come for a part of a room, in their order, and leave when they are told to."""

    def __init__(self, room: Room) -> None:
        self.room, self.inside, self.leaves = room, [], {}

    async def come(self, name: str, n_bytes: int) -> None:
        self.leaves[name] = Event()
        async with self.room.part(n_bytes):
            self.inside.append(name)
            try:
                await self.leaves[name].wait()
            finally:
                self.inside.remove(name)

    async def leave(self, name: str) -> None:
        self.leaves[name].set()
        await wait_all_tasks_blocked()


def with_visits(room: Room, do: Callable[[Visits, anyio.abc.TaskGroup], Awaitable[None]]) -> None:
    """Do something with a room; then all who are left go away, and it must be empty."""

    async def visited() -> None:
        async with create_task_group() as tasks:
            await do(Visits(room), tasks)
            tasks.cancel_scope.cancel()

    in_loop(visited)
    assert (room.n_under_way, room.n_waiting, room._taken) == (0, 0, 0)


async def arrive(tasks: anyio.abc.TaskGroup, visits: Visits, **sizes: int) -> None:
    for name, n_bytes in sizes.items():
        tasks.start_soon(visits.come, name, n_bytes)
        await wait_all_tasks_blocked()


def test_whoever_finds_no_room_waits_in_order_of_arrival(room):
    async def do(visits, tasks):
        await arrive(tasks, visits, a=6, b=4, c=6, d=1)
        assert visits.inside == ["a", "b"]
        assert (room.n_under_way, room.n_waiting) == (2, 2)
        await visits.leave("b")
        assert visits.inside == ["a"]  # d, who would fit, came later than c
        await visits.leave("a")
        assert visits.inside == ["c", "d"]

    with_visits(room, do)


def test_who_needs_more_than_there_is_has_it_alone(room):
    async def do(visits, tasks):
        await arrive(tasks, visits, small=1, large=10 * SIZE, other=1)
        assert visits.inside == ["small"]
        await visits.leave("small")
        assert visits.inside == ["large"]
        await visits.leave("large")
        assert visits.inside == ["other"]

    with_visits(room, do)


def test_who_goes_away_while_waiting_lets_in_those_behind(room):
    async def do(visits, tasks):
        await arrive(tasks, visits, a=5)
        async with create_task_group() as impatient:
            await arrive(impatient, visits, b=6)
            await arrive(tasks, visits, c=5)
            assert visits.inside == ["a"]
            impatient.cancel_scope.cancel()
        await wait_all_tasks_blocked()
        assert visits.inside == ["a", "c"]

    with_visits(room, do)


def test_who_goes_away_when_let_in_leaves_the_room_to_others(room):
    async def do(visits, tasks):
        async with create_task_group() as impatient:
            async with room.part(SIZE):
                await arrive(impatient, visits, b=SIZE)
            assert (room.n_under_way, visits.inside) == (1, [])  # b is let in, and does not know it yet
            impatient.cancel_scope.cancel()
        await arrive(tasks, visits, c=SIZE)
        assert visits.inside == ["c"]

    with_visits(room, do)


# Files


class Reader:
    """Somebody who reads an answer: `sent` keeps what came; nothing more does after `n_read` messages."""

    def __init__(self, n_read: int | None = None) -> None:
        self.sent: list[bytes] = []
        self.gone = Event()
        self._n_left = n_read

    async def send(self, message) -> None:
        if self._n_left == 0:
            await sleep_forever()
        self._n_left = self._n_left and self._n_left - 1
        self.sent.append(message.get("body", b"headers"))

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}


class Pieces:
    """A file of numbered pieces that remembers what was made of it, and whether it was closed."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.made, self.is_closed = pieces, [], False

    def __call__(self) -> Generator[bytes]:
        try:
            for piece in self.pieces:
                self.made.append(piece)
                yield piece
        finally:
            self.is_closed = True


def file_of(
    pieces: Generator[bytes], progress: Progress | None = None, n_bytes: int = SIZE, is_on_disk: bool = False
) -> FileInTurn:
    return FileInTurn(
        pieces, n_bytes, progress or Progress(3), is_on_disk=is_on_disk, media_type="text/csv", headers={}
    )


class ClosedFirst(Room):
    """A room that remembers whether the file was closed when its part was given back."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(SIZE)
        self.pieces, self.was_closed = pieces, []

    def _give_back(self, n_bytes: int) -> None:
        self.was_closed.append(self.pieces.is_closed)
        super()._give_back(n_bytes)


@pytest.mark.parametrize("n_read", [2, None], ids=["given up", "to its end"])
def test_memory_is_free_before_the_next_one_comes_in(n_read, monkeypatch):
    pieces = Pieces(b"a", b"b", b"c")
    monkeypatch.setattr(turns, "SMALL", 1)
    monkeypatch.setattr(turns, "room", room := ClosedFirst(pieces))
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    in_loop(give, file_of(pieces()), Reader(n_read))
    assert room.was_closed == [True]


async def give(file: FileInTurn, reader: Reader) -> None:
    await file({"type": "http"}, reader.receive, reader.send)


def test_a_file_is_sent_whole_and_its_progress_is_told(room):
    reader, progress, pieces = Reader(), Progress(3), Pieces(b"a", b"", b"b")
    in_loop(give, file_of(pieces(), progress), reader)
    assert b"".join(reader.sent) == b"headersab"
    assert reader.sent[-1] == b""
    assert progress.as_json() | {"seconds": 0} == {"count": 3, "sent": 3, "seconds": 0, "waiting": False, "done": True}
    assert pieces.is_closed


def test_a_large_piece_is_sent_in_slices(room, monkeypatch):
    monkeypatch.setattr(turns, "SLICE", 2)
    reader = Reader()
    in_loop(give, file_of(Pieces(b"abcde")()), reader)
    assert reader.sent == [b"headers", b"ab", b"cd", b"e", b""]


def test_small_pieces_are_sent_together_up_to_a_rest(room, monkeypatch):
    monkeypatch.setattr(turns, "SMALL", 3)
    reader = Reader()
    in_loop(give, file_of(Pieces(b"a", b"b", b"cd", b"e", b"", b"fghi", b"j")()), reader)
    assert reader.sent == [b"headers", b"abcd", b"e", b"fghi", b"j", b""]


def test_of_a_download_that_waits_nothing_is_made_but_its_answer_has_begun(room):
    reader, progress, pieces = Reader(), Progress(3), Pieces(b"a")

    async def do(visits, tasks):
        await arrive(tasks, visits, before=1)
        tasks.start_soon(give, file_of(pieces(), progress), reader)
        await wait_all_tasks_blocked()
        assert reader.sent == [b"headers"]
        assert pieces.made == []
        assert progress.as_json() == {"count": 3, "sent": 0, "seconds": 0, "waiting": True, "done": False}
        await visits.leave("before")
        while not progress.ended:
            await anyio.sleep(0.001)
        assert b"a" in reader.sent

    with_visits(room, do)


def test_who_goes_away_while_waiting_is_no_longer_waited_for(room):
    reader, progress = Reader(), Progress(3)

    async def do(visits, tasks):
        await arrive(tasks, visits, before=1)
        tasks.start_soon(give, file_of(Pieces(b"a")(), progress), reader)
        await wait_all_tasks_blocked()
        assert room.n_waiting == 1
        reader.gone.set()
        while not progress.ended:
            await anyio.sleep(0.001)
        assert room.n_waiting == 0
        assert progress.as_json()["done"]
        assert not progress.as_json()["waiting"]

    with_visits(room, do)


def test_who_goes_away_in_the_middle_frees_the_room_and_what_was_held(room):
    reader, progress, pieces = Reader(n_read=2), Progress(3), Pieces(b"a", b"b", b"c")

    async def do(visits, tasks):
        tasks.start_soon(give, file_of(pieces(), progress), reader)
        while len(reader.sent) < 2:
            await anyio.sleep(0.001)
        reader.gone.set()
        while not pieces.is_closed:
            await anyio.sleep(0.001)
        await arrive(tasks, visits, next=SIZE)
        assert visits.inside == ["next"]
        assert progress.sent < progress.count

    with_visits(room, do)


def test_who_stops_reading_is_sent_away_and_the_next_comes_in(room, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    stalled, next_one = Reader(n_read=2), Reader()
    pieces = Pieces(b"a", b"b", b"c")

    async def both() -> None:
        async with create_task_group() as tasks:
            tasks.start_soon(give, file_of(pieces()), stalled)
            await wait_all_tasks_blocked()
            tasks.start_soon(give, file_of(Pieces(b"x")()), next_one)

    in_loop(both)
    assert stalled.sent == [b"headers", b"a"]
    assert pieces.is_closed
    assert b"x" in next_one.sent


def test_a_file_on_the_disk_needs_no_room_while_it_is_sent(room):
    slow, other, pieces = Reader(n_read=1), Reader(), Pieces(b"", b"", b"a")

    async def do(visits, tasks):
        tasks.start_soon(give, file_of(pieces(), is_on_disk=True), slow)
        tasks.start_soon(give, file_of(Pieces(b"x")()), other)
        while other.sent[-1:] != [b""]:
            await anyio.sleep(0.001)
        assert slow.sent == [b"headers"]
        assert not pieces.is_closed
        slow.gone.set()
        while not pieces.is_closed:
            await anyio.sleep(0.001)

    with_visits(room, do)


def test_those_under_way_get_on_alike(room, monkeypatch):
    monkeypatch.setattr(turns, "_makers", CapacityLimiter(1))  # more than one may overtake each other
    order = []

    def pieces(name: str) -> Generator[bytes]:
        for _ in range(20):
            order.append(name)
            yield b"x"

    async def all_at_once() -> None:
        async with create_task_group() as tasks:
            for name in "abcde":
                tasks.start_soon(give, file_of(pieces(name), n_bytes=1), Reader())

    in_loop(all_at_once)
    for n_done in range(5, 101, 5):
        counts = [order[:n_done].count(name) for name in "abcde"]
        assert max(counts) - min(counts) <= 1


def test_no_more_are_made_at_a_time_than_there_are_makers(room):
    at_work, most, guard, waits = 0, 0, Lock(), ThreadEvent()

    def pieces() -> Generator[bytes]:
        nonlocal at_work, most
        for _ in range(5):
            with guard:
                at_work += 1
                most = max(most, at_work)
            waits.wait(0.002)
            with guard:
                at_work -= 1
            yield b"x"

    async def all_at_once() -> None:
        async with create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(give, file_of(pieces(), n_bytes=1), Reader())

    in_loop(all_at_once)
    assert most == turns.N_MAKERS
