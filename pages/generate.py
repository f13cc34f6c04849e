"""Generate new signals with a twin and download them."""

from typing import Any

import orjson
import streamlit as st

from core import formatting
from core.access.quotas import check_download
from core.config import MAX_SEED, RecordingsConfig
from core.generation.conditions import format_conditions, parse_conditions
from core.generation.export import FORMATS, Content, Kind, column_names
from core.generation.savings import savings
from core.generation.surrogate import Surrogate
from core.presentation import plots
from core.routes.downloads import MAX_COUNT
from core.seeds import BLOCK
from core.signals.faults import MASK
from core.store.datasets import open_source
from core.store.orders import Order
from core.store.run import Run
from pages import access, session
from pages.components.chart import chart
from pages.components.download import download_button
from pages.components.web import link
from pages.widgets.balance import balance_classes
from pages.widgets.channel import picked_channel
from pages.widgets.conditions import condition_fields
from pages.widgets.faults import fault_fields, fault_picture, faults_shown
from pages.widgets.format_picker import is_possible, picked_format
from pages.widgets.legend import legend
from pages.widgets.page_header import page_header
from pages.widgets.portable import portable_twin
from pages.widgets.standing import standing
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles
from pages.widgets.twin import twin_of

DEFAULT_COUNT = 100_000
ROUNDED = ("wav16", "awg", "keysight")  # formats whose values are not the same numbers


@st.cache_data(max_entries=8, show_spinner="Generating a few signals …")
def preview(
    run_id: str, step: int, seed: int, requested: dict[str, str], channel: int, _run: Run, _twin: Surrogate
) -> dict[str, plots.Figure]:
    """Plots of the first signals of a seed beside reals, and of their spectra. run_id and step identify the twin."""
    source = _run.config.source
    real = next(open_source(_run.config, _run.data_dir).stream(BLOCK, seed)).signals
    fake = _twin.sample(BLOCK, seed, parse_conditions(_run.config.columns, requested))
    one = slice(channel, channel + 1)
    return {
        "signals": plots.signal_pairs(source.times, real, fake, channel, source.units),
        "psd": plots.spectra(source.sampling_rate, {"Real": real[:, one], "Fake": fake[:, one]}, source.units),
    }


@st.cache_data(max_entries=64, show_spinner=False)
def about_bytes(
    run_id: str,
    step: int,
    count: int,
    seed: int,
    requested: dict[str, str],
    faults: dict[str, Any],
    format_name: str,
    _order: Order,
) -> float:
    """About how large the file of an order is; the other arguments identify it."""
    return _order.about_bytes(format_name)


def controls(run: Run) -> tuple[Order, str]:
    """Widgets for the signals that are wanted and the format of their file, which it returns."""
    st.session_state.setdefault("count", DEFAULT_COUNT)
    n = st.number_input(
        "How many signals",
        min_value=1,
        max_value=MAX_COUNT,
        step=1000,
        key="count",
        help="Up to a million here; the command line has no limit.",
    )
    seed = st.number_input(
        "Seed",
        min_value=0,
        max_value=MAX_SEED,
        value=0,
        key="seed",
        help="The same seed and number give exactly the same file; another seed gives other signals.",
    )
    requested = condition_fields(run.config.columns, f"condition-{run.id}")
    faults = fault_fields()
    return Order(run, n, seed, "fake", requested, faults), picked_format()


def downloads(order: Order, format_name: str, step: int) -> None:
    """Buttons and links for the file, how large it is, the same number of reals, and what goes with them."""
    content = Content.of(order.run.config, order.faults)
    if not is_possible(format_name, order.count, content):
        return
    check_download(access.settings(), order.count, order.run.config.source)
    query = {"run": order.run.id, "count": order.count, "seed": order.seed, "format": format_name}
    if order.faults:
        query["faults"] = order.faults.model_dump_json()
    requested = format_conditions(order.run.config.columns, order.requested)
    fakes = {**query, "kind": "fake"} | ({"conditions": orjson.dumps(requested).decode()} if requested else {})
    n = formatting.quantity(order.count, "signal")
    seconds = download_button(f"Download {n}", fakes, "download-fake", True)
    if seconds is not None:
        st.session_state["took"] = (order.run.id, order.count, seconds)
    faults = order.faults.model_dump(mode="json") if order.faults else {}
    n_bytes = about_bytes(order.run.id, step, order.count, order.seed, requested, faults, format_name, order)
    st.caption(f"The file is about {formatting.size(round(n_bytes))}.")
    if order.faults and not FORMATS[format_name].has_marks:
        download_button("Which samples are faulty (CSV)", fakes, "download-marks", path=f"signals/{MASK}.csv")
    reals = formatting.quantity(order.count, "real")
    download_button(f"{reals}, for comparison", {**query, "kind": "real"}, "download-real")
    place = "is inside the file, too" if FORMATS[format_name].has_card else "goes with the file"
    st.caption(
        f"The card of these signals {place}: [for people]({link('signals/card.md', fakes)}) · "
        f"[for programs]({link('signals/card.json', fakes)}).",
        help="What the signals are, where they come from, how far the twin can be trusted, and what not to conclude.",
    )


def saved(run: Run, n: int) -> None:
    """What the same number of real experiments would have cost, beside what the twin needs."""
    source = run.config.source
    saving = savings(source, n)
    took_run, took_n, seconds = st.session_state.get("took", (None, 0, 0.0))
    tiles(
        [
            Tile("Experiments saved", formatting.count(n), "one per signal"),
            Tile(
                "Money saved", formatting.money(saving.dollars), f"at {formatting.money(source.experiment_cost)} each"
            ),
            Tile(
                "Time saved",
                formatting.duration(saving.seconds),
                f"at {formatting.duration(60 * source.experiment_minutes)} each",
            ),
            Tile("Time needed", formatting.duration(seconds), "for your last download")
            if (took_run, took_n) == (run.id, n)
            else Tile("Time needed", "–", "measured when you download"),
        ],
        "savings",
    )


def file_content(run: Run, format_name: str) -> str:
    """What a file of the run's signals contains."""
    form = FORMATS[format_name]
    parts = [_table_content(run) if form.kind is Kind.TABLES else form.summary]
    if format_name not in ROUNDED:
        parts.append("Values are in the units of the source, and you read back exactly the same 32-bit numbers.")
    parts.append(
        "The file name holds the run, the number of signals and the seed: with the conditions and faults you chose, these are "
        "all you need to make the same file again."
    )
    return " ".join(parts)


def _table_content(run: Run) -> str:
    source = run.config.source
    several = source.n_channels > 1
    sample = plain(column_names(source.times, source.units)[1])
    rows = "One row per channel of each signal" if several else "One row per signal"
    lead = ["`signal` and `channel`, both counted from 1"] if several else []
    if run.config.columns:
        lead.append(f"the conditions {', '.join(f'“{plain(column.name)}”' for column in run.config.columns)}")
    before = f" Before the samples come {' and '.join(lead)}." if lead else ""
    return f"{rows}, one column per sample. The header gives the time of each sample, for example “{sample}”.{before}"


def kept_of_recordings(twin: Surrogate) -> str:
    """What a twin of recordings keeps of them."""
    if twin.generator.holds_reals:
        return (
            "This twin was made by an earlier version and contains up to 4,096 of your recordings unchanged; anyone who gets its "
            "file gets them, too. Train it again before you share it."
        )
    return (
        "The twin's file holds no recording, only averages, axes and blends of them, and the values of conditions as they "
        "occurred. Its fakes can still show which signals it was trained on: on page Fidelity, *Membership* says how easily. "
        "The folder of the run also keeps up to 64 recordings that were held out, to show them beside the fakes."
    )


page_header(
    "Generate",
    "Generate as many new signals with the twin as you like, and download them as a file.",
)
run = session.picked_run()
twin = twin_of(run, "There is no twin yet.", ":material/model_training:")
if run is not None and twin is not None:
    with st.container(key="split"):
        left, right = st.columns([1, 2.6], gap="large")
    with left:
        order, format_name = controls(run)
        with session.show_errors():
            downloads(order, format_name, twin.step)
        status = run.status
        st.caption(f"From {standing(run, twin)}" + (" It is still training." if status.state.is_live else ""))
        st.page_link("fidelity.py", label="How true is it?", icon=":material/straighten:")
    with right:
        saved(run, order.count)
        requested = format_conditions(run.config.columns, order.requested)
        if order.faults:
            faults_shown(fault_picture(run.id, twin.step, order.seed, requested, order.faults, twin), order.faults)
        st.subheader("The first few, beside real signals")
        legend("fake", "legend")
        if requested:
            st.caption("The fakes have the conditions you chose; the reals are as they occur.")
        if order.faults:
            st.caption("Here the fakes are shown without the faults.")
        channel = picked_channel(run.config.source.n_channels, "preview-channel")
        plotted = preview(run.id, twin.step, order.seed, requested, channel, run, twin)
        chart(plotted["signals"], "preview", "Four real signals above the first four fake signals, on the same scale.")
        st.subheader("Spectra", help="Power spectral density (PSD), averaged over the signals.")
        chart(plotted["psd"], "preview-psd", "Mean power spectral density of real and fake signals.")
        with st.expander("What is in the file"):
            st.markdown(file_content(run, format_name))
        with st.expander("The twin itself, as a file that runs anywhere"):
            portable_twin(run)
        if isinstance(run.config.source, RecordingsConfig):
            with st.expander("What the twin keeps of your recordings"):
                st.markdown(kept_of_recordings(twin))
    balance_classes(run, order.seed)
