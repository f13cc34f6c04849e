"""How recordings are made ready: the settings of `Preparation` as widgets."""

from typing import Any

import streamlit as st

from core.config import Model, validated
from core.recordings.preparation.labels import few_numbers
from core.recordings.preparation.prepare import Preparation
from core.recordings.reading.raw import Recorded
from pages.widgets.fields import fields

FLAWS = ["missing", "max_gap", "constant", "duplicates", "clipped", "outliers"]


def preparation_controls(suggested: Preparation, recorded: Recorded, key: str) -> Preparation:
    """The settings, which begin as suggested; another `key` begins anew. Raises ConfigError for impossible ones."""
    st.subheader("Preparation")
    name, unit, rate = st.columns([1.4, 0.8, 1.2])
    with name:
        values: dict[str, Any] = {"name": _text(suggested, "name", key)}
    with unit:
        values["unit"] = _text(suggested, "unit", key)
    with rate:
        values["sampling_rate"] = _optional(suggested, "sampling_rate", "Samples per second (Hz)", "as read", key)
    lengths = {part.shape[1] for part in recorded.values}
    if st.toggle(
        "Cut into windows",
        value=suggested.window is not None,
        key=f"cut-{key}",
        help="Each window is a signal of its own. For long recordings, such as a minute of sound.",
    ):
        values |= _windows(suggested, key)
    elif len(lengths) > 1 or st.toggle("Change the length", key=f"change-{key}"):
        values |= _length(suggested, key)
    with st.expander("What to do about flaws"):
        values |= fields(suggested, FLAWS, f"prepare-{key}")
    ambiguous = [column for column, cells in recorded.labels.items() if few_numbers(cells)]
    if ambiguous:
        values["numbers"] = tuple(
            st.multiselect(
                "Columns that are quantities, not classes",
                ambiguous,
                default=[column for column in suggested.numbers if column in ambiguous],
                key=f"numbers-{key}",
                placeholder="none",
                help=Preparation.model_fields["numbers"].description,
            )
        )
    return validated(Preparation, values)


def _windows(suggested: Preparation, key: str) -> dict[str, Any]:
    columns = st.columns(3)
    with columns[0]:
        window = _optional(suggested, "window", "Window (samples)", "whole", key)
    with columns[1]:
        hop = _optional(suggested, "hop", "Hop (samples)", "at its end", key)
    with columns[2]:
        offset = _optional(suggested, "offset", "Offset (samples)", "none", key)
    return {"window": window, "hop": hop, "offset": offset or 0}


def _length(suggested: Preparation, key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        values = fields(suggested, ["lengths"], f"prepare-{key}")
    with right:
        values["n_samples"] = _optional(suggested, "n_samples", "Samples of a signal", "what most have", key)
    return values


def _text(model: Model, field: str, key: str) -> str:
    info = type(model).model_fields[field]
    limit = next(item.max_length for item in info.metadata if hasattr(item, "max_length"))
    label = field.capitalize()
    return st.text_input(label, getattr(model, field), max_chars=limit, key=f"{field}-{key}", help=info.description)


def _optional(model: Model, field: str, label: str, empty: str, key: str) -> Any:
    """A number that may be left out."""
    info = type(model).model_fields[field]
    return st.number_input(
        label,
        value=getattr(model, field) or None,
        step=1 if field != "sampling_rate" else None,
        format="%d" if field != "sampling_rate" else "%g",
        placeholder=empty,
        key=f"{field}-{key}",
        help=info.description,
    )
