"""Settings of a model as widgets: labels, tooltips, units and bounds all come from the model's own fields."""

import math
from typing import Any, get_args, get_origin

import annotated_types
import streamlit as st
from pydantic.fields import FieldInfo

from core.config import Model, Unit, ValueRange

LABELS = {  # where a field's name says too little
    "n_samples": "number of samples",
    "n_channels": "channels",
    "t_start": "start",
    "t_end": "end",
    "noise_color": "noise colour",
    "experiment_cost": "cost per experiment",
    "experiment_minutes": "time per experiment",
    "n_eval": "evaluate every",
    "ema_decay": "EMA decay",
    "gamma": "gradient penalty",
    "width": "generator width",
    "latent_dim": "latent size",
    "license": "licence",
}
RANGE = "It takes values from the first number to the second, a step apart, each equally likely. If both are equal, it is fixed."


def fields(model: Model, names: list[str], key: str) -> dict[str, Any]:
    """A widget for each named field, with the model's value in it; returns what is set, unchecked, by name.

    key: the widgets' keys begin with it; another one makes fresh widgets, which take the model's values again.
    """
    return {name: _field(model, name, f"{key}-{name}") for name in names}


def label(model: type[Model], name: str) -> str:
    """A field's name and unit as words."""
    words = LABELS.get(name, name.replace("_", " "))
    unit = next((item.symbol for item in model.model_fields[name].metadata if isinstance(item, Unit)), None)
    words = words[0].upper() + words[1:]
    return f"{words} ({unit})" if unit else words


def _field(model: Model, name: str, key: str) -> Any:
    info = type(model).model_fields[name]
    text, value = label(type(model), name), getattr(model, name)
    if isinstance(value, bool):
        return st.toggle(text, value, help=info.description, key=key)
    if isinstance(value, ValueRange):
        return _range(text, value, info.description, key)
    if get_origin(info.annotation) is not None and isinstance(value, str):
        choices = list(get_args(info.annotation))
        return st.selectbox(text, choices, index=choices.index(value), help=info.description, key=key)
    if isinstance(value, str):
        limit = next((item.max_length for item in info.metadata if isinstance(item, annotated_types.MaxLen)), None)
        return st.text_input(text, value, max_chars=limit, help=info.description, key=key)
    if isinstance(value, tuple):
        given = st.text_input(
            text, ", ".join(map(str, value)), help=f"{info.description} Separate numbers with commas.", key=key
        )
        return [part.strip() for part in given.split(",") if part.strip()]
    lowest, highest = _bounds(info)
    kind = type(value)
    return st.number_input(
        text,
        value=value,
        min_value=None if lowest is None else kind(lowest),
        max_value=None if highest is None else kind(highest),
        step=1 if kind is int else _step(value),
        format="%d" if kind is int else "%g",
        help=info.description,
        key=key,
    )


def _range(text: str, value: ValueRange, description: str | None, key: str) -> dict[str, float]:
    """Three numbers beside each other under one label, which alone has a tooltip: three more would leave no room."""
    st.markdown(f"**{text}**", help=f"{description} {RANGE}")
    columns = st.container(key=f"narrow-{key}").columns(3, gap="small", wrap=False)
    return {
        part: column.number_input(
            short,
            value=getattr(value, part),
            step=value.step,
            format="%g",
            key=f"{key}-{part}",
        )
        for column, part, short in zip(columns, ("minimum", "maximum", "step"), ("from", "to", "step"), strict=True)
    }


def _bounds(info: FieldInfo) -> tuple[Any, Any]:
    """The smallest and the largest value that the field takes, None where there is no such bound."""
    lowest = next((item.ge for item in info.metadata if isinstance(item, annotated_types.Ge)), None)
    highest = next((item.le for item in info.metadata if isinstance(item, annotated_types.Le)), None)
    return lowest, highest


def _step(value: float) -> float:
    """A tenth of the value's own power of ten."""
    return 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.1
