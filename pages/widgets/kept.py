"""What takes a page some seconds: its progress is shown, leaving the page ends it, and what came of the last few is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import streamlit as st

T = TypeVar("T")
Tell = Callable[[float], None]  # the share that is done


class Kept(Generic[T]):
    """What came of the last few computations of one kind, by their keys, for all sessions; what was used last stays longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, text: str, compute: Callable[[Tell], T]) -> T:
        """What is kept under a key, or is computed now, with a bar that says `text`.

        Where the reader goes on meanwhile, Streamlit ends the script at the next move of the bar; nothing is kept then. Hence
        no cache of Streamlit's own, in which nothing may be shown.
        """
        found = self._found.get(key)
        if found is None:
            bar = st.progress(0.0, text=text)

            def show(share: float) -> None:
                bar.progress(min(1.0, share), text=text)

            found = compute(show)
            bar.empty()
        self._found[key] = found
        self._found.move_to_end(key)
        while len(self._found) > self._most:
            self._found.popitem(last=False)
        return found
