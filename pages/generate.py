"""Draw new signals from a twin and download them."""

import orjson
import streamlit as st

from core import formatting
from core.config import MAX_SEED
from core.generation.conditions import parsed, written
from core.generation.export import FORMATS, column_names
from core.generation.savings import savings
from core.generation.surrogate import Surrogate
from core.presentation import plots
from core.routes.downloads import MAX_COUNT
from core.seeds import BLOCK
from core.store.datasets import open_source
from core.store.runs import Run
from pages import session
from pages.components.chart import chart
from pages.components.download import download_button
from pages.widgets.channel import picked_channel
from pages.widgets.legend import legend
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles
from pages.widgets.twin import twin_of
from pages.widgets.wishes import wishes

DEFAULT_COUNT = 100_000


@st.cache_data(max_entries=8, show_spinner="Drawing a few signals …")
def pictures(
    run_id: str, step: int, seed: int, asked: dict[str, str], channel: int, _run: Run, _twin: Surrogate
) -> dict[str, plots.Figure]:
    """The first signals of a seed beside reals, and both spectra; run_id and step say which twin it is."""
    source = _run.config.source
    real = next(open_source(_run.config, _run.data_dir).stream(BLOCK, seed)).signals
    fake = _twin.sample(BLOCK, seed, parsed(_run.config.columns, asked))
    one = slice(channel, channel + 1)
    return {
        "signals": plots.signal_pairs(source.times, real, fake, channel, source.unit),
        "psd": plots.spectra(source.sampling_rate, {"Real": real[:, one], "Fake": fake[:, one]}, source.unit),
    }


def controls(run: Run) -> tuple[int, int, dict[str, str]]:
    """How many signals from which seed, what is asked for, and the buttons that download them."""
    n = st.number_input(
        "How many signals",
        min_value=1,
        max_value=MAX_COUNT,
        value=DEFAULT_COUNT,
        step=1000,
        key="count",
        help="Up to a million here; the command line makes more.",
    )
    seed = st.number_input(
        "Seed",
        min_value=0,
        max_value=MAX_SEED,
        value=0,
        key="seed",
        help="The same seed and number give the same file, to the last byte; another seed gives other signals.",
    )
    name = st.selectbox(
        "File format",
        list(FORMATS),
        format_func=lambda name: FORMATS[name].title,
        key="format",
        help="CSV opens everywhere: a row for each signal, a column for each moment in time. Parquet and NumPy are smaller "
        "and load faster.",
    )
    columns = run.config.columns
    asked = written(columns, wishes(columns, f"wish-{run.id}"))
    query = {"run": run.id, "count": n, "seed": seed, "format": name}
    fakes = {**query, "kind": "fake"} | ({"wishes": orjson.dumps(asked).decode()} if asked else {})
    seconds = download_button(f"Download {formatting.quantity(n, 'signal')}", fakes, "download-fake", True)
    if seconds is not None:
        st.session_state["took"] = (run.id, n, seconds)
    download_button(f"{formatting.quantity(n, 'real')}, for comparison", {**query, "kind": "real"}, "download-real")
    return n, seed, asked


def saved(run: Run, n: int) -> None:
    """What real experiments would have taken, and what this took."""
    source = run.config.source
    saving = savings(source, n)
    took_run, took_n, seconds = st.session_state.get("took", (None, 0, 0.0))
    tiles(
        [
            Tile("Experiments saved", formatting.count(n), "one for each signal"),
            Tile(
                "Money saved", formatting.money(saving.dollars), f"at {formatting.money(source.experiment_cost)} each"
            ),
            Tile(
                "Time saved",
                formatting.duration(saving.seconds),
                f"at {formatting.duration(60 * source.experiment_minutes)} each",
            ),
            Tile("Time it took", formatting.duration(seconds), "for the last download")
            if (took_run, took_n) == (run.id, n)
            else Tile("Time it takes", "–", "measured when you download"),
        ],
        "savings",
    )


def file_content(run: Run) -> str:
    """What one finds in a file of the run's signals."""
    source = run.config.source
    several = source.n_channels > 1
    sample = plain(column_names(source.times, source.unit)[1])
    rows = "One row for each channel of each signal" if several else "One row for each signal"
    lead = ["`signal` and `channel` count both from 1"] if several else []
    if run.config.columns:
        names = ", ".join(f"`{column.name}`" for column in run.config.columns)
        lead.append(f"{names} say what was asked for (NumPy files hold the signals alone)")
    before = f" Before the samples, {'; '.join(lead)}." if lead else ""
    return (
        f"{rows} and one column for each sample. The header says when, in seconds, each sample is taken, as in “{sample}”."
        f"{before} Values are in the units of the source and read back as exactly the same 32-bit numbers. "
        "The file's name holds the run, the number of signals and the seed: with what was asked for, they are all one needs "
        "to make the same file again."
    )


st.title("Generate")
st.html('<p class="wt-lead">Draw as many new signals from the twin as you like, and take them with you as a file.</p>')
run = session.picked_run()
twin = twin_of(run, "There is no twin yet.", ":material/model_training:")
if run is not None and twin is not None:
    with st.container(key="split"):
        left, right = st.columns([1, 2.6], gap="large")
    with left:
        n, seed, asked = controls(run)
        status = run.status
        st.caption(
            f"From “{plain(run.name)}” as it was at step {formatting.count(twin.step)}, the state it hands over: "
            f"{formatting.nearness(twin.distance)}." + (" It is still learning." if status.state.is_live else "")
        )
        if report := run.report:
            st.caption(f"Its last report: **{report.verdict.title}**.")
        st.page_link("fidelity.py", label="How true is it?", icon=":material/straighten:")
    with right:
        saved(run, n)
        st.subheader("The first of them, beside real ones")
        legend("fake", "legend")
        if asked:
            st.caption("The fakes are what you asked for; the reals are as they occur.")
        channel = picked_channel(run.config.source.n_channels, "preview-channel")
        drawn = pictures(run.id, twin.step, seed, asked, channel, run, twin)
        chart(drawn["signals"], "preview", "Four real signals above the first four fake ones, on one scale.")
        st.subheader("Their spectra", help="Power spectral density (PSD), averaged over the signals.")
        chart(drawn["psd"], "preview-psd", "Mean power spectral density of real and fake signals.")
        with st.expander("What is in the file"):
            st.markdown(file_content(run))
