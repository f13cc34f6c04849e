"""Recordings as the source: the data sets that are kept, samples to try, and new files."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core import formatting
from core.config import Column, Experiment, RecordingsConfig, changed
from core.errors import WavetwinError
from core.presentation import plots
from core.recordings.samples import SAMPLES
from core.seeds import Purpose, numpy_rng
from core.signals.value_limits import ValueLimits
from core.store.dataset_files import KeptDataSet
from pages import access, session
from pages.components.chart import chart
from pages.sources import simulator, upload
from pages.widgets import limits
from pages.widgets.channel import picked_channel
from pages.widgets.conditions import label
from pages.widgets.fields import fields
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles

N_SHOWN = 12
N_IN_SPECTRUM = 2000  # signals
N_IN_LIMITS = 4096  # signals


def show() -> None:
    """The kept data sets beside the chosen one, or beside what is being read of new files."""
    kept = session.data_sets().all()
    if name := st.session_state.pop(upload.JUST_KEPT, None):
        st.toast(f"Saved as “{plain(name)}”.", icon=":material/check:")
    with st.container(key="split"):
        left, right = st.columns([1, 2.4], gap="large")
    with left:
        files = upload.drop_zone()
        if not files:
            chosen = kept_sets(kept)
            samples()
            if problem := st.session_state.pop("data_set_problem", None):
                st.error(plain(problem), icon=":material/error:")
    with right:
        if files:
            upload.made_ready(files)
        elif chosen:
            with session.show_errors():
                one_set(chosen)
        else:
            yours = (
                "You have no data sets yet. Add your recordings: tables (CSV, Excel, Parquet), NumPy, MATLAB, HDF5, WAV and "
                "more. Or try a sample"
            )
            st.info(
                f"{yours if access.may_upload() else 'Try a sample'}, which is simulated from the equations of a machine or a "
                "heart.",
                icon=":material/upload_file:",
            )


def kept_sets(kept: list[KeptDataSet]) -> KeptDataSet | None:
    """Choose one of the saved data sets, which becomes the source."""
    source = session.current_source()
    if not kept:
        if isinstance(source, RecordingsConfig):  # which were deleted
            session.set_source(simulator.last_settings())
        return None
    ids = [one.config.dataset for one in kept]
    names = {one.config.dataset: one.config.name for one in kept}
    chosen = source.dataset if isinstance(source, RecordingsConfig) and source.dataset in ids else ids[0]
    found = kept[ids.index(chosen)]
    if not isinstance(source, RecordingsConfig) or source.dataset != chosen:
        session.set_source(found.config)
    st.session_state["chosen-set"] = chosen  # the widget shows the source, whoever set it
    st.selectbox(
        "Data set",
        ids,
        format_func=lambda one: names.get(one, one),
        key="chosen-set",
        on_change=choose,
        help="Recordings that were prepared and saved. The next training uses the one you choose.",
    )
    source = session.current_source()
    with st.expander("Cost of a real experiment"):
        options = fields(source, list(Experiment.model_fields), f"costs-{chosen}")
    with st.expander("What values can be"):
        options |= fields(source, ["limit_values"], f"values-{chosen}")
        with session.show_errors():
            value_limits(found.config)
    session.set_source(changed(found.config, **options))
    if access.may_change_shared():
        rename_or_delete(found)
    return found


def rename_or_delete(kept: KeptDataSet) -> None:
    """What can be done with a saved data set."""
    chosen = kept.config.dataset
    with st.expander("Rename or delete"):
        st.text_input("Name", kept.config.name, max_chars=80, key=f"name-{chosen}")
        st.button("Rename", key="rename-set", on_click=rename, args=(chosen,), width="stretch")
        if st.button("Delete", key="delete-set", width="stretch"):
            delete(kept.config)


@st.dialog("Delete permanently?")
def delete(config: RecordingsConfig) -> None:
    """Ask before a data set is deleted."""
    st.markdown(f"This deletes the data set “{plain(config.name)}”. You cannot undo it.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="confirm-delete-set", icon=":material/delete:"):
            attempt(session.data_sets().delete, config.dataset)
            st.rerun()
        if st.button("Cancel", key="cancel-delete-set"):
            st.rerun()


@st.cache_data(max_entries=8, show_spinner="Looking at the values …")
def found_limits(config: RecordingsConfig) -> list[str]:
    """What values the signals of a data set can take, in sentences."""
    signals = session.data_sets().load(config.dataset).signals
    rows = numpy_rng(0, Purpose.REALS).permutation(len(signals))[:N_IN_LIMITS]
    return ValueLimits.find(np.asarray(signals[np.sort(rows)])).sentences(config.unit)


def value_limits(config: RecordingsConfig) -> None:
    """Say what values the signals of a data set can take."""
    sentences = found_limits(config)
    if not sentences:
        st.markdown("No limits found: these recordings take any value, with no visible resolution.")
    limits.told(sentences)


def choose() -> None:
    """Take the data set that was picked as the source."""
    attempt(take_set, st.session_state["chosen-set"])


def take_set(chosen: str) -> None:
    """Take a kept data set as the source."""
    session.set_source(session.data_sets().config(chosen))


def rename(chosen: str) -> None:
    """Give a data set the name in the field, which may have been typed just before the click."""
    attempt(session.data_sets().rename, chosen, st.session_state[f"name-{chosen}"])


def attempt(do: Callable[..., object], *values: str) -> None:
    """Do something with the saved data sets, and show below them why it failed."""
    try:
        do(*values)
    except WavetwinError as error:
        st.session_state["data_set_problem"] = str(error)


def samples() -> None:
    """Data sets that come with Wavetwin."""
    st.markdown("**Samples to try**")
    for name, sample in SAMPLES.items():
        st.button(
            sample.title,
            key=f"sample-{name}",
            help=sample.summary,
            on_click=take_sample,
            args=(name,),
            icon=":material/science:",
            width="stretch",
        )


def take_sample(name: str) -> None:
    """Keep a sample and take it as the source."""
    try:
        upload.take_kept(session.keep_data_set(SAMPLES[name].make()))
    except WavetwinError as error:
        st.session_state["data_set_problem"] = str(error)


@st.cache_data(max_entries=8, show_spinner="Reading the data set …")
def pictures(config: RecordingsConfig, draw: int, channel: int) -> dict[str, plots.Figure]:
    """A dozen signals of a channel, and the mean spectrum."""
    signals = session.data_sets().load(config.dataset).signals
    rows = numpy_rng(draw, Purpose.REALS).permutation(len(signals))
    some = np.asarray(signals[np.sort(rows[:N_IN_SPECTRUM])])
    shown = np.asarray(signals[rows[:N_SHOWN]])
    return {
        "signals": plots.signal_rows(config.times, shown, -(-len(shown) // 4), channel, config.units),
        "psd": plots.spectra(config.sampling_rate, {"Real": some[:, channel : channel + 1]}, config.units),
    }


def one_set(kept: KeptDataSet) -> None:
    """What a data set holds."""
    config = kept.config
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(config.name))
        simulator.next_step()
    tiles(
        [
            Tile(
                "Signals",
                formatting.count(config.n_signals),
                f"from {formatting.quantity(config.n_recordings, 'recording')}",
            ),
            Tile(
                "Samples each",
                formatting.count(config.n_samples),
                f"{formatting.number(config.sampling_rate)} per second"
                if config.is_rate_known
                else "sampling rate not known",
            ),
            Tile(
                "Channels", formatting.count(config.n_channels), f"in {config.unit}" if config.unit else "no unit given"
            ),
            Tile(
                "Held out",
                formatting.percent(config.held_out_share),
                "of the recordings; no training uses them, so they can judge the twin",
            ),
        ],
        "data-set",
    )
    if config.columns:
        known = ", ".join(f"{label(column)}{_extent(column)}" for column in config.columns)
        st.caption(plain(f"Known for each signal: {known}. You can ask a twin for it."))
    channel = picked_channel(config.n_channels, "set-channel")
    drawn = pictures(config, st.session_state.get("draw", 0), channel)
    title, button = st.columns([2, 1], vertical_alignment="center")
    title.subheader("A dozen signals")
    button.button("Draw again", key="draw-again", on_click=draw_again, icon=":material/refresh:", width="stretch")
    chart(drawn["signals"], "signals", "Twelve recorded signals over time, all on one scale.")
    st.subheader("Spectrum", help="Power spectral density (PSD), averaged over the signals.")
    chart(drawn["psd"], "psd", "Mean power spectral density of the signals.")
    if kept.story:
        with st.expander("How it was prepared"):
            st.markdown(plain(kept.story))


def draw_again() -> None:
    """Other signals of the same set."""
    st.session_state["draw"] = st.session_state.get("draw", 0) + 1


def _extent(column: Column) -> str:
    if column.classes:
        shown = ", ".join(column.classes[:6])
        return f" ({shown}{', …' if len(column.classes) > 6 else ''})"
    return f" from {formatting.number(column.minimum)} to {formatting.number(column.maximum)}"
