"""Is the twin true? The verdict, the score sheet and the pictures of a run's twin, or of any two files."""

import hashlib
from functools import partial
from itertools import groupby
from typing import Any

import streamlit as st

from core import formatting
from core.errors import WavetwinError
from core.fidelity.pictures import Picture
from core.fidelity.report import N_FULL, N_QUICK, Report, evaluate
from core.jobs.evaluation import EvaluationManager, Measurement, evaluate_run
from core.presentation import report_page
from core.presentation.report_plots import figure_of
from core.recordings.reading.files import KINDS, read_signals
from core.recordings.reading.limits import MAX_BYTES
from core.store.paths import default_data_dir
from core.store.runs import Run
from pages import session
from pages.components.chart import chart
from pages.widgets.channel import picked_channel
from pages.widgets.legend import legend
from pages.widgets.score_sheet import compared_sheets, score_sheet, verdict_card
from pages.widgets.text import plain

TWIN, FILES = "The run’s twin", "Two files"
DEPTHS = {"quick": "Quick: some 10 seconds", "full": "Full: 2 to 3 minutes"}


def manager() -> EvaluationManager:
    """Measures in the background, for all sessions."""
    return EvaluationManager.of(default_data_dir())


def measure_button(key: str, name: str, work: Any, again: bool, disabled: bool = False) -> None:
    """The choice of depth, and the button that puts a measurement in the queue."""
    depth = st.radio(
        "How thorough",
        list(DEPTHS),
        format_func=DEPTHS.get,
        key=f"depth-{key}",
        help=f"Quick takes {formatting.count(N_QUICK)} signals a side and the fast measures; full takes "
        f"{formatting.count(N_FULL)} and every measure. Long signals are fewer, so that the time stays the same.",
    )
    going_on = manager().measurement(key)
    if st.button(
        "Measure again" if again else "Measure",
        type="primary",
        key="measure",
        icon=":material/straighten:",
        width="stretch",
        disabled=disabled or (going_on is not None and not going_on.error),
    ):
        try:
            manager().start(key, name, partial(work, depth == "quick"))
        except WavetwinError as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            st.rerun()


def progress(key: str) -> bool:
    """How far the measurement is, kept up to date; whether there is one."""
    if manager().measurement(key) is None:
        return False

    @st.fragment(run_every=0.7)
    def view() -> None:
        with session.show_errors():
            measuring = manager().measurement(key)
            if measuring is None:
                st.rerun()
            show_progress(key, measuring)

    view()
    return True


def show_progress(key: str, measuring: Measurement) -> None:
    """One measurement that waits, is being done, or came to grief."""
    if measuring.error:
        st.error(plain(measuring.error), icon=":material/error:")
        st.button("Dismiss", key="dismiss", on_click=manager().cancel, args=(key,))
        return
    text = f"Measuring: {measuring.doing.lower()}" if measuring.doing else "Waiting for its turn"
    st.progress(min(1.0, measuring.share), text=f"{text} …")
    st.caption("Each measure is taken twice: on the fakes, and on real signals for its floor. You may leave this page.")
    st.button("Cancel", key="cancel", icon=":material/close:", on_click=manager().cancel, args=(key,))


def downloads(report: Report) -> None:
    """The report as a file."""
    name = f"wavetwin-fidelity-{report.subject.run_id or 'files'}"
    st.download_button(
        "Report, as a page",
        partial(report_page.as_html, report),
        f"{name}.html",
        "text/html",
        key="report-html",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        help="One file with everything in it: it opens and prints anywhere, without Wavetwin and offline.",
    )
    kinds = (("CSV", report_page.as_csv, "text/csv"), ("JSON", report_page.as_json, "application/json"))
    for column, (label, as_file, mime) in zip(st.columns(2), kinds, strict=True):
        extension = label.lower()
        column.download_button(
            label,
            as_file(report),
            f"{name}.{extension}",
            mime,
            key=f"report-{extension}",
            width="stretch",
            on_click="ignore",
        )


def show(report: Report) -> None:
    """All of a report."""
    verdict_card(report, "verdict")
    st.caption(plain(report_page.basis(report)))
    st.subheader("Score sheet", help="Floor: what the measure says of two sets of real signals. Ratio: value ÷ floor.")
    score_sheet(report.scores, "sheet")
    legend("fake", "legend")
    pictures(report, picked_channel(report.subject.n_channels, "fidelity-channel"))


def pictures(report: Report, channel: int) -> None:
    """All pictures; narrow ones share a row."""
    for is_wide, group in groupby(report.pictures, key=lambda picture: picture.is_wide):
        row = list(group)
        n_columns = 1 if is_wide else 2
        for start in range(0, len(row), n_columns):
            for column, picture in zip(
                st.columns(n_columns, gap="medium"), row[start : start + n_columns], strict=False
            ):
                with column:
                    plot(picture, channel)


def plot(picture: Picture, channel: int) -> None:
    """One picture with what one sees in it."""
    st.markdown(f"**{plain(picture.title)}**")
    st.caption(plain(picture.caption))
    chart(figure_of(picture, channel), f"picture-{picture.key}", f"{picture.title}. {picture.caption}")


def compare(run: Run, report: Report) -> None:
    """The sheets of other runs beside this one."""
    others = {other.id: other for other in session.store().readable()[0] if other.id != run.id and other.report}
    if not others:
        return
    st.subheader("Compare with other runs")
    chosen = st.multiselect(
        "Runs that were measured",
        list(others),
        format_func=lambda run_id: f"{others[run_id].name} ({run_id[-4:]})",
        key="compared-runs",
        max_selections=4,
        placeholder="Choose runs",
    )
    found = {f"{others[run_id].name} ({run_id[-4:]})": others[run_id].report for run_id in chosen if run_id in others}
    if found:
        compared_sheets({run.name: report, **{name: one for name, one in found.items() if one}}, "compared")


def of_run() -> None:
    """Judge the twin of the chosen run."""
    run = session.picked_run()
    if run is None or not run.has_surrogate:
        if run is None:
            st.info("There is no twin to judge yet. Train one first.", icon=":material/model_training:")
        else:
            st.info(
                f"“{plain(run.name)}” has not learned anything yet. Wait for its first fakes.",
                icon=":material/hourglass_top:",
            )
        st.page_link("train.py", label="Go to Train", icon=":material/arrow_forward:")
        return
    report = run.report
    left, right = st.columns([1, 2.6], gap="large")
    with left:
        measure_button(
            run.id, run.name, lambda quick, tell: evaluate_run(run, quick, on_progress=tell), report is not None
        )
        if report:
            downloads(report)
    with right:
        waiting = progress(run.id)
        if report:
            older(run, report)
            show(report)
            compare(run, report)
        elif not waiting:
            st.info(
                "Nothing was measured yet. **Measure** compares the twin's fakes with real signals that its training never "
                "saw, and says in a sentence whether they can stand in for them.",
                icon=":material/straighten:",
            )


def older(run: Run, report: Report) -> None:
    """Say so where the twin has changed since."""
    step = run.load_surrogate().step
    if step != report.subject.step:
        st.warning(
            f"This report is of the twin as it was at step {formatting.count(report.subject.step or 0)}; now it is that of step "
            f"{formatting.count(step)}. Measure again.",
            icon=":material/history:",
        )


def of_files() -> None:
    """Judge any fakes against any reals."""
    left, right = st.columns([1, 2.6], gap="large")
    with left:
        files = [
            st.file_uploader(
                label,
                type=list(KINDS),
                max_upload_size=-(-MAX_BYTES // 2**20),
                key=key,
                help=f"A signal in each row. {', '.join(KINDS)}.",
            )
            for label, key in (("Real signals", "reals-file"), ("Fake signals", "fakes-file"))
        ]
        rate = st.number_input(
            "Sampling rate / Hz",
            min_value=0.0,
            value=1.0,
            key="rate",
            help="Samples in a second; only the axes depend on it.",
        )
        contents = [file.getvalue() for file in files if file]
        key = hashlib.sha256(b"".join([str(rate).encode(), *contents])).hexdigest() if len(contents) == 2 else ""
        names = [file.name for file in files if file]

        def work(quick: bool, tell: Any) -> Report:
            real, fake = (read_signals(name, content) for name, content in zip(names, contents, strict=True))
            return evaluate(real, fake, rate, quick=quick, name=names[1], on_progress=tell)

        report = manager().report(key)
        measure_button(key or "files", " and ".join(names), work, report is not None, disabled=not key)
        if report:
            downloads(report)
    with right:
        waiting = bool(key) and progress(key)
        if report:
            show(report)
        elif not waiting:
            st.info(
                "Give a file of real signals and one of fakes, whoever made them, with one signal in each row. A third of the "
                "reals is what fakes are compared with, a third gives the floors, and copies are looked for in the last.",
                icon=":material/upload_file:",
            )


st.title("Fidelity")
st.html(
    '<p class="wt-lead">Is the twin true? Measured against real signals that its training never saw; every figure stands '
    "beside its floor, which is what it says of two sets of real signals.</p>"
)
subject = st.segmented_control("What to judge", [TWIN, FILES], default=TWIN, required=True, key="subject")
if subject == FILES:
    of_files()
else:
    of_run()
