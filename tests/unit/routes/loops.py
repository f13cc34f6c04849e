"""Event loops for tests."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio.from_thread import start_blocking_portal

T = TypeVar("T")


def in_loop(do: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """What a coroutine function returns, in a thread of its own: in this one a browser of other tests may keep a loop."""
    with start_blocking_portal() as portal:
        return portal.call(do, *arguments)
