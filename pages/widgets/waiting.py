"""What takes a page some seconds: its progress is shown, and leaving the page or pressing Cancel ends it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import Thread
from typing import Generic, TypeVar, cast

import streamlit as st

from core.interruption import interruptible

T = TypeVar("T")
Tell = Callable[[float], None]  # the share that is done

SHOWN_AFTER = 0.3  # seconds, so that nothing flickers
LOOK_EVERY = 0.2

_numbers = count()  # for the keys of buttons, of which a page may show several one after the other


class LeftError(Exception):
    """Nobody waits any more."""


@dataclass
class _Work(Generic[T]):
    """Something that is done in a thread of its own, in which nothing of Streamlit may be called."""

    compute: Callable[[Tell], T]
    share: float
    is_left: bool = False
    result: T | None = None
    error: BaseException | None = None

    def do(self) -> None:
        try:
            with interruptible(self._look):
                self.result = self.compute(self._tell)
        except BaseException as error:
            self.error = error

    def _tell(self, share: float) -> None:
        self.share = min(1.0, share)
        self._look()

    def _look(self) -> None:
        if self.is_left:
            raise LeftError


def waited(
    text: str, compute: Callable[[Tell], T], share: float = 0.0, on_cancel: Callable[[], None] | None = None
) -> T:
    """What `compute` returns or raises, with a bar that says `text` meanwhile; share: that is done before.

    on_cancel: what a button does that is shown besides. Where the reader presses it, or goes on to something else, Streamlit ends
    the script at the next move of the bar, and the computation ends at its next checkpoint (core.interruption).
    """
    work = _Work(compute, share)
    thread = Thread(target=work.do, name="wavetwin-page", daemon=True)
    thread.start()
    try:
        thread.join(SHOWN_AFTER)
        if thread.is_alive():
            _watch(thread, work, text, on_cancel)
    finally:
        work.is_left = True
    if work.error is not None:
        raise work.error
    return cast(T, work.result)


def _watch(thread: Thread, work: _Work[T], text: str, on_cancel: Callable[[], None] | None) -> None:
    """Show how far it is until it is done."""
    bar, button = st.progress(work.share, text=text), st.empty()
    if on_cancel:
        button.button("Cancel", key=f"cancel-{next(_numbers)}", icon=":material/close:", on_click=on_cancel)
    while thread.is_alive():
        bar.progress(work.share, text=text)
        thread.join(LOOK_EVERY)
    bar.empty()
    button.empty()
