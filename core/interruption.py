"""Lets the caller of a long computation, such as a report or the initialization of networks, end it in the middle.

Long loops call `checkpoint()` a few times a second. Inside `interruptible(check)` that calls `check`, which may raise;
anywhere else it does nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_check: ContextVar[Callable[[], None] | None] = ContextVar("check", default=None)


def checkpoint() -> None:
    """A point at which a long computation may be ended; raises whatever the check raises."""
    check = _check.get()
    if check is not None:
        check()


def interrupted(items: Iterable[T]) -> Iterator[T]:
    """The items, with a checkpoint before each."""
    for item in items:
        checkpoint()
        yield item


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Have every checkpoint of this thread call `check`."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)
