"""What a conditional twin is asked for, as widgets."""

from collections.abc import Sequence

import streamlit as st

from core import formatting
from core.config import Column
from core.generation.conditions import Wish, unseen
from pages.widgets.text import plain

NATURAL, VALUE, RANGE = "As it occurs", "A value", "A range"


def label(column: Column) -> str:
    """A condition's name and unit as words."""
    name = column.name.replace("_", " ")
    return f"{name[0].upper()}{name[1:]}" + (f" ({column.unit})" if column.unit else "")


def wishes(columns: Sequence[Column], key: str) -> dict[str, Wish]:
    """Ask for each condition; what lies beyond the training is warned of."""
    found: dict[str, Wish] = {}
    for column in columns:
        wish = _classes(column, f"{key}-{column.name}") if column.classes else _number(column, f"{key}-{column.name}")
        if wish is not None:
            found[column.name] = wish
    for sentence in unseen(columns, found):
        st.warning(plain(sentence), icon=":material/warning:")
    return found


def _classes(column: Column, key: str) -> Wish | None:
    chosen = st.multiselect(
        plain(label(column)),
        column.classes,
        key=key,
        placeholder="As they occur",
        help="Signals of these classes, equally many of each; of all classes, as often as they occur, where none is chosen.",
    )
    return tuple(chosen) or None


def _number(column: Column, key: str) -> Wish | None:
    span = f"from {formatting.number(column.minimum)} to {formatting.number(column.maximum)}"
    kind = st.segmented_control(
        plain(label(column)),
        [NATURAL, VALUE, RANGE],
        default=NATURAL,
        required=True,
        key=f"{key}-kind",
        help=f"The training saw it {span}.",
    )
    if kind == NATURAL:
        return None
    middle = (column.minimum + column.maximum) / 2
    step = column.spread / 100 or 1.0
    if kind == VALUE:
        value = st.number_input(f"Value, {span}", value=middle, step=step, format="%g", key=f"{key}-value")
        return value, value
    low, high = st.columns(2)
    ends = (
        low.number_input("From", value=column.minimum, step=step, format="%g", key=f"{key}-low"),
        high.number_input("To", value=column.maximum, step=step, format="%g", key=f"{key}-high"),
    )
    if ends[0] > ends[1]:
        st.caption("The range runs backwards; its ends are taken the other way round.")
    return min(ends), max(ends)
