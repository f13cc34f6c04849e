"""What came of the last few computations of one kind, for all sessions."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from pages.widgets.waiting import Tell, waited

T = TypeVar("T")


class _Found(NamedTuple, Generic[T]):
    value: T
    used: float  # when it was used last


class Kept(Generic[T]):
    """What is kept by its key; what was used last stays longest, and nothing that was not used for so many seconds."""

    def __init__(self, most: int, seconds: float = float("inf")) -> None:
        self._most = most
        self._seconds = seconds
        self._found: OrderedDict[Hashable, _Found[T]] = OrderedDict()
        self._one_at_a_time = Lock()  # of the sessions, for what is used last is changed in several steps

    def get(
        self,
        key: Hashable,
        text: str,
        compute: Callable[[Tell], T],
        share: float = 0.0,
        on_cancel: Callable[[], None] | None = None,
    ) -> T:
        """What is kept under a key, or is computed now and waited for, see `waited`; where that is ended, nothing is kept.

        No cache of Streamlit's own, in which nothing may be shown.
        """
        with self._one_at_a_time:
            self._forget()
            found = self._found.get(key)
        value = waited(text, compute, share, on_cancel) if found is None else found.value
        with self._one_at_a_time:
            self._found[key] = _Found(value, time.monotonic())
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return value

    def _forget(self) -> None:
        now = time.monotonic()
        for key in [key for key, found in self._found.items() if now - found.used > self._seconds]:
            del self._found[key]
