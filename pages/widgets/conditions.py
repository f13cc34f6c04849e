"""Widgets for the conditions that a conditional twin is asked for."""

from collections.abc import Sequence

import streamlit as st

from core import formatting
from core.config import Column
from core.generation.conditions import Requested, out_of_range
from pages.widgets.text import plain

NATURAL, VALUE, RANGE = "As it occurs", "A value", "A range"


def label(column: Column) -> str:
    """A condition's name and unit as words."""
    name = column.name.replace("_", " ")
    return f"{name[0].upper()}{name[1:]}" + (f" ({column.unit})" if column.unit else "")


def chosen_condition(columns: Sequence[Column], title: str, key: str, help: str | None = None) -> Column:
    """One of the conditions, by choice of the reader where there are several."""
    if len(columns) == 1:
        return columns[0]
    by_name = {column.name: column for column in columns}
    name = st.selectbox(title, list(by_name), format_func=lambda name: plain(label(by_name[name])), key=key, help=help)
    return by_name[name]


def condition_fields(columns: Sequence[Column], key: str) -> dict[str, Requested]:
    """Widgets for each condition, and a warning where one is beyond the range of the training."""
    requested: dict[str, Requested] = {}
    for column in columns:
        field = _class_field if column.classes else _number_field
        value = field(column, f"{key}-{column.name}")
        if value is not None:
            requested[column.name] = value
    for sentence in out_of_range(columns, requested):
        st.warning(plain(sentence), icon=":material/warning:")
    return requested


def _class_field(column: Column, key: str) -> Requested | None:
    chosen = st.multiselect(
        plain(label(column)),
        column.classes,
        key=key,
        placeholder="As they occur",
        help="The classes you choose appear equally often. Choose none to get all of them, as often as in real signals.",
    )
    return tuple(chosen) or None


def _number_field(column: Column, key: str) -> Requested | None:
    span = f"from {formatting.number(column.minimum)} to {formatting.number(column.maximum)}"
    kind = st.segmented_control(
        plain(label(column)),
        [NATURAL, VALUE, RANGE],
        default=NATURAL,
        required=True,
        key=f"{key}-kind",
        help=f"The twin was trained with values {span}.",
    )
    if kind == NATURAL:
        return None
    middle = (column.minimum + column.maximum) / 2
    step = column.spread / 100 or 1.0
    if kind == VALUE:
        value = st.number_input(f"Value, {span}", value=middle, step=step, format="%g", key=f"{key}-value")
        return value, value
    low, high = st.columns(2)
    limits = (
        low.number_input("From", value=column.minimum, step=step, format="%g", key=f"{key}-low"),
        high.number_input("To", value=column.maximum, step=step, format="%g", key=f"{key}-high"),
    )
    if limits[0] > limits[1]:
        st.caption("The limits are in reverse order, so they are swapped.")
    return min(limits), max(limits)
