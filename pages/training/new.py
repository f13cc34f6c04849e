"""The settings of a new training, and the button that starts it."""

from contextlib import suppress
from typing import Any

import streamlit as st

from core.config import PRESETS, RunConfig, SourceConfig, TrainingConfig, preset_config, validated
from core.errors import ConfigError, WavetwinError
from pages import session
from pages.widgets.conditions import label
from pages.widgets.expectation import expectation
from pages.widgets.fields import fields
from pages.widgets.source import described
from pages.widgets.text import plain

FIRST = ["steps", "seed"]  # settings that are shown at once; the others are folded


def new_training() -> None:
    """The settings of a new training and the button that starts it."""
    st.subheader("New training")
    name = st.selectbox(
        "Preset",
        list(PRESETS),
        format_func=lambda preset: PRESETS[preset].title,
        help="Networks and training settings that go together.",
        key="preset",
    )
    preset = PRESETS[name]
    st.caption(preset.summary)
    duration = st.container()
    source = session.current_source()
    st.markdown(f"**Source:** {plain(described(source))}.")
    st.page_link("signals.py", label="Change the source", icon=":material/graphic_eq:")
    conditions = chosen_conditions(source)
    values = fields(preset.training, FIRST, f"training-{name}")
    title = st.text_input("Name", placeholder="a name for this run", max_chars=80, key="run-name")
    with st.expander("More settings"):
        others = [field for field in TrainingConfig.model_fields if field not in FIRST]
        values |= fields(preset.training, others, f"training-{name}")
        networks = [field for field in type(preset.network).model_fields if field != "architecture"]
        network_values = fields(preset.network, networks, f"network-{name}")
    reason = session.why_no_training_now()
    if reason:
        st.warning(plain(reason), icon=":material/block:")
    if st.button(
        "Start training",
        type="primary",
        disabled=bool(reason),
        key="start",
        icon=":material/play_arrow:",
        width="stretch",
    ):
        start(name, conditions, values, network_values, title)
    with suppress(ConfigError):  # pressing the button shows it
        duration.caption(expectation(settings(name, conditions, values, network_values)))


def chosen_conditions(source: SourceConfig) -> tuple[str, ...]:
    """Widgets for the conditions that the twin will be trained with."""
    if not source.columns:
        return ()
    columns = {column.name: column for column in source.columns}
    chosen = st.multiselect(
        "Signals on demand",
        list(columns),
        format_func=lambda name: label(columns[name]),
        # Other columns need a fresh widget.
        key=f"conditions-{'-'.join(columns)}",
        placeholder="none: signals as they occur",
        max_selections=8,
        help="Properties that you can later ask the twin for, such as signals of one amplitude only. Both networks see them "
        "for every signal. Engineers call this a conditional GAN.",
    )
    return tuple(chosen)


def settings(name: str, conditions: tuple[str, ...], training: dict[str, Any], network: dict[str, Any]) -> RunConfig:
    """A preset with the settings that were changed; raises ConfigError where they are impossible."""
    base = preset_config(name, session.current_source(), conditions).model_dump()
    base["training"] |= training
    base["network"] |= network
    return validated(RunConfig, base)


def start(
    name: str, conditions: tuple[str, ...], training: dict[str, Any], network: dict[str, Any], title: str
) -> None:
    """Queue a new run and show it."""
    try:
        run = session.start_training(settings(name, conditions, training, network), title)
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    session.pick(run)
    st.rerun()
