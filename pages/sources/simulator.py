"""The simulator as the source: its settings, and the signals that they give."""

from typing import Any

import streamlit as st

from core import formatting
from core.config import SimulatorConfig, changed
from core.errors import ConfigError
from core.presentation import plots
from core.seeds import Purpose, numpy_rng
from core.signals.simulator import Parameters, Simulator
from core.store.saved_sources import SavedSources
from pages import access, session
from pages.components.chart import chart
from pages.widgets.channel import picked_channel
from pages.widgets.fields import fields, label
from pages.widgets.text import plain

N_SHOWN = 12
N_DRAWN = 2000  # signals behind the spectrum and the histograms
GROUPS = {
    "Wave": ["waveform", "amplitude", "bias", "angular_frequency", "phase"],
    "Noise": ["noise_amplitude", "noise_color"],
    "Samples": ["n_samples", "t_start", "t_end"],
    "Channels": ["n_channels", "channel_phase"],
    "Cost of a real experiment": ["experiment_cost", "experiment_minutes"],
}


def controls() -> SimulatorConfig:
    """The settings as widgets; a sentence stands below those that are invalid, and the last valid ones stay."""
    source = last_settings()
    # Other settings (loaded, or reset) need fresh widgets.
    key = f"source-{st.session_state.setdefault('source_version', 0)}"
    values: dict[str, Any] = {}
    below = {}  # a place for a sentence, by the name of the field that it is about
    for title, names in GROUPS.items():
        if title == "Wave":
            for name in names:
                values |= fields(source, [name], key)
                below[name] = st.empty()
        else:
            with st.expander(title, expanded=title == "Noise"):
                values |= fields(source, names, key)
            below |= dict.fromkeys(names, st.empty())  # outside, where it is seen also when the group is closed
    try:
        given = changed(source, **values)
    except ConfigError as error:
        sentence = f"{plain(str(error))} The plots show the last valid settings."
        below[invalid_field(source, values)].error(sentence, icon=":material/error:")
        return source
    take_as_source(given)
    for warning in given.warnings():
        below["angular_frequency"].warning(warning, icon=":material/warning:")
    return given


def invalid_field(source: SimulatorConfig, values: dict[str, Any]) -> str:
    """The first of these settings that is impossible whatever the others are."""
    for name, value in values.items():
        try:
            changed(source, **{name: value})
        except ConfigError:
            return name
    return "t_end"  # it is beside t_start, and no others are impossible only together


def last_settings() -> SimulatorConfig:
    """The simulator's last settings, even if recordings are the source now."""
    source = session.current_source()
    return source if isinstance(source, SimulatorConfig) else st.session_state.get("simulator", SimulatorConfig())


def take_as_source(source: SimulatorConfig) -> None:
    """Use these settings from now on."""
    session.set_source(source)
    st.session_state["simulator"] = source


def take(source: SimulatorConfig) -> None:
    """Show other settings in the widgets."""
    take_as_source(source)
    st.session_state["source_version"] += 1


def saved_settings() -> None:
    """Widgets to save, load and share settings."""
    library = SavedSources()
    with st.expander("Save, load and share"):
        may_change = access.may_change_shared()
        if may_change:
            _save(library)
        names = library.names()
        if names:
            chosen = st.selectbox("Saved settings", names, key="saved-name")
            load, delete = st.columns(2)
            load.button("Load", key="load", on_click=_load, args=(library, chosen), width="stretch")
            if may_change:
                delete.button("Delete", key="forget", on_click=_delete, args=(library, chosen), width="stretch")
        st.button("Reset to defaults", key="defaults", on_click=take, args=(SimulatorConfig(),))
        if problem := st.session_state.pop("saved_problem", None):
            st.error(plain(problem), icon=":material/error:")
        st.caption("The URL of this page stores the settings. Copy it to share them.")


def _save(library: SavedSources) -> None:
    name = st.text_input("Name for these settings", max_chars=60, key="save-name")
    if st.button("Save", key="save", disabled=not name.strip()):
        try:
            library.save(name, last_settings())
            st.toast(f"Saved as “{plain(name.strip())}”.")
        except ConfigError as error:
            st.error(plain(str(error)), icon=":material/error:")


def _load(library: SavedSources, name: str) -> None:
    try:
        take(library.load(name))
    except ConfigError as error:
        st.session_state["saved_problem"] = str(error)


def _delete(library: SavedSources, name: str) -> None:
    try:
        library.delete(name)
    except ConfigError as error:
        st.session_state["saved_problem"] = str(error)


def draw_again() -> None:
    """Draw other signals of the same source."""
    st.session_state["draw"] = st.session_state.get("draw", 0) + 1


def fixed(source: SimulatorConfig) -> str:
    """What is the same for all signals, in a sentence."""
    names = [name for name in Parameters._fields if getattr(source, name).count == 1]
    values = [f"{label(SimulatorConfig, name).lower()} {getattr(source, name).minimum:g}" for name in names]
    return f"All signals share {', '.join(values)}." if values else ""


@st.cache_data(max_entries=8, show_spinner=False)
def pictures(source: SimulatorConfig, draw: int, channel: int) -> dict[str, plots.Figure]:
    """A dozen signals of a channel, the mean spectrum, and histograms of the parameters."""
    simulator = Simulator(source)
    signals, parameters = simulator.draw(N_DRAWN, numpy_rng(draw, Purpose.REALS))
    return {
        "signals": plots.signal_rows(simulator.times, signals[:N_SHOWN], channel=channel),
        "psd": plots.spectra(source.sampling_rate, {"Real": signals[:, channel : channel + 1]}),
        "histograms": plots.histograms(
            {
                label(SimulatorConfig, name): (getattr(source, name), getattr(parameters, name))
                for name in parameters._fields
                if getattr(source, name).count > 1
            }
        ),
    }


def show() -> None:
    """The settings beside the signals that they give."""
    with st.container(key="split"):
        left, right = st.columns([1, 2.4], gap="large")
    with left:
        source = controls()
        saved_settings()
    with right:
        emitted(source)


def emitted(source: SimulatorConfig) -> None:
    """A dozen signals, their parameters and their spectrum."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("A dozen real signals")
        st.button("Draw again", key="draw-again", on_click=draw_again, icon=":material/refresh:")
        next_step()
    st.caption(
        f"x(t) = A·w(ω·t + φ) + b + noise, with {source.waveform} waves and {source.noise_color} noise; "
        f"{formatting.count(source.n_samples)} samples, {formatting.number(source.sampling_rate)} per second."
    )
    drawn = pictures(source, st.session_state.get("draw", 0), picked_channel(source.n_channels, "channel"))
    chart(drawn["signals"], "signals", "Twelve real signals over time, all on one scale.")
    st.subheader("Parameters of the signals")
    st.caption(
        f"Drawn for {formatting.count(N_DRAWN)} signals. Every value in a range is equally likely. {fixed(source)}"
    )
    chart(drawn["histograms"], "histograms", "Histograms of the signals’ parameters.")
    st.subheader("Spectrum", help="Power spectral density (PSD), averaged over the signals.")
    chart(drawn["psd"], "psd", "Mean power spectral density of the signals.")


def next_step() -> None:
    """The link that one follows once the source is as it should be."""
    with st.container(key="next", width="content"):
        st.page_link("train.py", label="Train a twin of this source", icon=":material/arrow_forward:")
