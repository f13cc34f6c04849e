"""What in recordings is unlike the source of a run, and where."""

import hashlib
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from core import formatting
from core.config import MAX_SEED, RecordingsConfig
from core.errors import WavetwinError
from core.generation.anomaly import DEFAULT_RATE, AnomalyDetector
from core.jobs.anomalies import Found, detector_of, find, promise, reals_to_try, windows_of
from core.presentation import anomaly_plots
from core.recordings.preparation.alike import Alike
from core.recordings.reading.limits import MAX_MB
from core.signals.faults import FAULTS, FaultSettings, plant
from core.store.run import Run
from pages import access, session
from pages.components.chart import chart
from pages.widgets.channel import picked_channel
from pages.widgets.kept import Kept
from pages.widgets.legend import legend
from pages.widgets.page_header import page_header
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles
from pages.widgets.twin import twin_of

FILES, PLANTED = "Files", "Planted faults"
RATES = {0.001: "0.1 %", 0.01: "1 %", 0.05: "5 %", 0.1: "10 %"}  # of false alarms
N_PLANTED = 24  # signals to try with, half of them faulty
N_OFFERED = 200  # windows to look at
TRIED = FaultSettings(kinds=tuple(kind for kind in FAULTS if kind != "missing"), share=0.5, strength=1.0, length=0.2)


class Chosen(NamedTuple):
    """Windows to look at, what identifies them, and the reals without which the threshold is set, as theirs are among them."""

    content: str
    windows: Alike
    apart: np.ndarray | None = None


@st.cache_resource
def detectors() -> Kept[AnomalyDetector]:
    """What tells anomalies, by the run and the step of its twin."""
    return Kept(2)


@st.cache_resource
def comparisons() -> Kept[Found]:
    """What was found in windows at the usual rate of false alarms, by the twin and by what identifies the windows."""
    return Kept(4)


def found_in(run: Run, step: int, chosen: Chosen, rate: float) -> Found:
    """What is found in windows; another rate needs no new comparison."""
    twin = (run.id, step)
    detector = detectors().get(twin, "Learning what is usual …", partial(detector_of, run))
    if chosen.apart is not None:
        detector = detector.without(chosen.apart)
    found = comparisons().get(
        (*twin, chosen.content),
        "Comparing with the twin …",
        lambda tell: find(chosen.windows, run, detector, tell=tell),
    )
    return replace(found, threshold=detector.threshold(rate))


@st.cache_resource
def windows_read() -> Kept[Alike]:
    """The windows in files, by the run and by what identifies the files."""
    return Kept(4, 3600.0)


@st.cache_resource(max_entries=2, show_spinner="Planting faults …")
def planted_windows(run_id: str, seed: int, _run: Run) -> Chosen:
    """Real signals that the twin never saw, in half of which a fault was planted; their names say which."""
    reals, apart = reals_to_try(_run, N_PLANTED, seed)
    batch = next(plant(iter([reals]), TRIED, reals.signals.std(axis=(0, 2)), seed))
    titles = ["no fault", *(FAULTS[kind].title.lower() for kind in TRIED.ordered)]
    names = [f"{number}, {titles[int(label)]}" for number, label in enumerate(batch.conditions[:, -1], start=1)]
    numbers = np.arange(len(batch))
    story = "Real signals that the twin never saw, about half with a planted fault; the threshold is set on others."
    return Chosen(f"planted-{seed}", Alike(batch.signals, numbers, np.zeros_like(numbers), names, [story]), apart)


def given_windows(run: Run) -> Chosen | None:
    """The files that were dropped, cut into windows; None where there are none."""
    if not access.uploads_allowed():
        return None
    dropped = st.file_uploader(
        "Recordings to look at",
        accept_multiple_files=True,
        max_upload_size=MAX_MB,
        key="anomaly-files",
        help="The same file types as on page Signals, and the same channels, unit and beginning as the recordings that the "
        "twin learned from.",
    )
    if not dropped:
        return None
    files = [(file.name, file.getvalue()) for file in dropped]
    content = hashlib.sha256(b"".join(name.encode() + data for name, data in files)).hexdigest()
    return Chosen(content, windows_read().get((run.id, content), "Reading …", lambda tell: windows_of(files, run)))


def chosen_windows(run: Run) -> Chosen | None:
    """What to look at, by choice of the reader."""
    kind = st.segmented_control(
        "What to look at",
        [FILES, PLANTED],
        default=FILES,
        required=True,
        key="look-at",
        bind="query-params",
        help="Planted faults: real signals that the twin never saw, about half of them with a fault. See what is found and "
        "what is not.",
    )
    if kind == FILES:
        return given_windows(run)
    seed = st.number_input(
        "Seed", min_value=0, max_value=MAX_SEED, value=0, key="planted-seed", help="Another seed plants other faults."
    )
    return planted_windows(run.id, int(seed), run)


def figures(found: Found) -> None:
    """How many windows there are, and how many of them are unlike the source."""
    n, threshold = len(found.is_anomaly), found.threshold
    tiles(
        [
            Tile("Windows", formatting.count(n), "that were looked at"),
            Tile("Anomalies", formatting.count(int(found.is_anomaly.sum())), "above the threshold"),
            Tile("False alarms", formatting.percent(threshold.rate), "of good windows, on average"),
            Tile("Real signals", formatting.count(threshold.n_reals), "that set the threshold"),
        ],
        "anomaly-tiles",
    )


def names_of(found: Found) -> list[str]:
    """What each window is called: its recording, and where it begins in it."""
    return [
        f"{found.windows.names[source]}"
        + (f", from {start / found.sampling_rate:.4g} {found.units.time}" if start else "")
        for source, start in zip(found.windows.sources, found.windows.starts, strict=True)
    ]


def one_window(run: Run, found: Found, names: list[str], key: str) -> None:
    """A window to look at, the most unlike first."""
    order = np.argsort(-found.anomalies.scores)[:N_OFFERED].tolist()
    scores = found.anomalies.scores
    left, right = st.columns([2.4, 1])
    with left:
        chosen = st.selectbox(
            "Window",
            order,
            format_func=lambda i: f"{names[i]} · score {formatting.number(float(scores[i]))}",
            key=f"window-{key}",
            help="The most unlike first.",
        )
    with right:
        worst = int(found.anomalies.residuals[chosen].max(axis=1).argmax())
        channel = picked_channel(run.config.source.n_channels, f"anomaly-channel-{key}-{chosen}", worst)
    legend("nearest that the twin can make", "anomaly-legend", real="signal")
    start = found.windows.starts[chosen] / found.sampling_rate
    times = run.config.source.times + (start if isinstance(run.config.source, RecordingsConfig) else 0)
    chart(
        anomaly_plots.window(
            times,
            found.windows.signals[chosen],
            found.anomalies.nearest[chosen],
            found.anomalies.residuals[chosen],
            channel,
            found.units,
        ),
        "anomaly-window",
        "The signal over the nearest one that the twin can make, and a strip that shows where they differ more than usual.",
    )
    verdict = "an anomaly" if found.is_anomaly[chosen] else "usual"
    st.caption(
        f"This window counts as **{verdict}**: {formatting.percent(float(found.p_values[chosen]))} of real signals are as unlike "
        "the twin or more. The strip is grey where the signal is as near as real ones usually are, and red where it is "
        f"{anomaly_plots.LARGEST_RESIDUAL:g} times as far."
    )


def results(run: Run, found: Found, key: str) -> None:
    """All that was found."""
    figures(found)
    for sentence in found.windows.story:
        st.caption(plain(sentence))
    st.subheader("How unlike the source?")
    names = names_of(found)
    chart(
        anomaly_plots.scores(found.anomalies.scores, found.is_anomaly, found.threshold.value, names),
        "anomaly-scores",
        "The score of each window, and the threshold above which it counts as an anomaly.",
    )
    st.caption(plain(promise(found.threshold, len(names))))
    st.subheader("Where?")
    one_window(run, found, names, key)
    with st.expander("What the score is"):
        st.markdown(explanation(found))


def explanation(found: Found) -> str:
    """How the score comes about."""
    discriminator = (
        "- the discriminator’s doubt that it is real"
        if "discriminator" in found.anomalies.parts
        else "- (This run keeps no discriminator, which would have a say, too.)"
    )
    return (
        "For each window, the twin finds the nearest signal that it can make. The residual, the window minus that signal, is "
        "divided by the usual residual of the real signals most like it. The score is the largest of these, each relative to "
        "its normal range:\n\n"
        "- the residual of the whole window\n"
        "- what is left of its worst short stretch, beside the rest of it\n"
        f"- how rough that is where it is roughest\n{discriminator}\n\n"
        "A window that is unlike the source need not be faulty: a new operating point is unlike it, too. A fault that leaves a "
        "signal as it could have been is not found."
    )


page_header(
    "Anomalies",
    "Find recordings that are unusual for this source. Each window is compared with the nearest signal that the twin can make, "
    "and you see which windows differ more than real signals do, and where.",
)
run = session.picked_run()
twin = twin_of(run, "There is no twin to compare with yet.", ":material/troubleshoot:")
if run is not None and twin is not None:
    with st.container(key="split"):
        left, right = st.columns([1, 2.6], gap="large")
    with left:
        rate = st.selectbox(
            "False alarms",
            list(RATES),
            index=list(RATES).index(DEFAULT_RATE),
            format_func=lambda rate: RATES[rate],
            key="false-alarms",
            help="Share of good windows that may be flagged as anomalies. Fewer false alarms mean more missed anomalies.",
        )
        problem, chosen = "", None
        try:
            chosen = chosen_windows(run)
        except WavetwinError as error:
            problem = str(error)
    with right:
        if problem:
            st.error(plain(problem), icon=":material/error:")
        elif chosen is None:
            yours = "Drop recordings, and see how unlike the source they are. Or choose"
            st.info(
                f"{yours if access.may_upload() else 'Choose'} **Planted faults** to try it with real signals in which faults "
                "were planted.",
                icon=":material/troubleshoot:",
            )
        else:
            with session.show_errors():
                results(run, found_in(run, twin.step, chosen, rate), chosen.content)
