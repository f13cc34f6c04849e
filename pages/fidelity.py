"""How true is the twin? The verdict, the scorecard and the plots for a run's twin, or for any two files."""

import hashlib
from collections.abc import Callable
from functools import partial
from itertools import groupby

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import formatting
from core.errors import WavetwinError
from core.fidelity.pictures import Picture
from core.fidelity.report import N_FULL, N_QUICK, OnProgress, Report, evaluate
from core.jobs.evaluation import EvaluationManager, Measurement, evaluate_run
from core.presentation import report_page
from core.presentation.report_plots import figure_of
from core.recordings.reading.files import KINDS, read_signals
from core.recordings.reading.limits import MAX_MB
from core.store.paths import default_data_dir
from core.store.run import Run
from pages import access, session
from pages.components.chart import chart
from pages.widgets import limits
from pages.widgets.channel import picked_channel
from pages.widgets.legend import legend
from pages.widgets.page_header import page_header
from pages.widgets.scorecard import compared_scorecards, scorecard, verdict_card
from pages.widgets.text import plain
from pages.widgets.usefulness import does_it_help

TWIN, FILES = "The run’s twin", "Two files"
DEPTHS = {"quick": "Quick: about 10 seconds", "full": "Full: 2 to 3 minutes"}
Evaluation = Callable[[bool, OnProgress], Report]  # is given whether to be quick


def manager() -> EvaluationManager:
    """Evaluates in the background, for all sessions."""
    return EvaluationManager.of(default_data_dir())


def measure_button(key: str, name: str, evaluation: Evaluation, again: bool, disabled: bool = False) -> None:
    """The choice of depth, and the button that puts a measurement in the queue."""
    depth = st.radio(
        "How thorough",
        list(DEPTHS),
        format_func=lambda depth: DEPTHS[depth],
        key=f"depth-{key}",
        help=f"Quick compares {formatting.count(N_QUICK)} signals a side by the fast measures; full compares "
        f"{formatting.count(N_FULL)} by every measure. Fewer are compared where signals are long, so the time stays the "
        "same.",
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
            manager().start(key, name, partial(evaluation, depth == "quick"), access.owner())
        except WavetwinError as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            st.rerun()


def progress(key: str) -> bool:
    """Show how far an evaluation is, and keep that up to date; returns whether there is one."""
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
    """An evaluation that waits, is under way, or has failed."""
    if measuring.error:
        st.error(plain(measuring.error), icon=":material/error:")
        if access.may_cancel(measuring):
            st.button("Dismiss", key="dismiss", on_click=manager().cancel, args=(key,))
        return
    text = f"Measuring: {measuring.doing.lower()}" if measuring.doing else "Waiting for its turn"
    st.progress(min(1.0, measuring.share), text=f"{text} …")
    st.caption(
        "Each measure is computed twice: for the fakes, and for real signals to find its floor. You can leave this page."
    )
    if access.may_cancel(measuring):
        st.button("Cancel", key="cancel", icon=":material/close:", on_click=manager().cancel, args=(key,))


def downloads(report: Report) -> None:
    """The report as a file."""
    name = f"wavetwin-fidelity-{report.subject.run_id or 'files'}"
    st.download_button(
        "Report as a web page",
        partial(report_page.as_html, report),
        f"{name}.html",
        "text/html",
        key="report-html",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        help="One file with everything in it. It opens and prints anywhere, offline and without Wavetwin.",
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


def show_verdict(report: Report) -> None:
    """The verdict, and what it is based on."""
    verdict_card(report.verdict, "verdict")
    st.caption(plain(report_page.basis(report)))


def show_details(report: Report) -> None:
    """The scorecard, and the plots beside it."""
    with st.container(key="evidence"):
        left, right = st.columns([1, 1.42], gap="medium")
    with left:
        st.subheader(
            "Scorecard",
            help="The floor is the same measure between two sets of real signals: no twin can honestly do better. "
            "Click a measure to see what its value means.",
        )
        explain = st.toggle("Explain every value", key="explain")
        weakest = [report.verdict.weakest] if report.verdict.weakest else []
        scorecard(report.scores, "scorecard", explained=[score.key for score in report.scores] if explain else weakest)
    with right:
        channel = picked_channel(report.subject.n_channels, "fidelity-channel")
        legend("fake", "legend")
        plots(report, channel)


def plots(report: Report, channel: int) -> None:
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
    """The scorecards of other runs beside this one."""
    others = {other.id: other for other in session.store().readable()[0] if other.id != run.id and other.has_report}
    if not others:
        return
    st.subheader("Compare with other runs")
    chosen = st.multiselect(
        "Measured runs",
        list(others),
        format_func=lambda run_id: f"{others[run_id].name} ({run_id[-4:]})",
        key="compared-runs",
        max_selections=4,
        placeholder="Choose runs",
    )
    reports = {f"{others[run_id].name} ({run_id[-4:]})": others[run_id].report for run_id in chosen if run_id in others}
    if found := {name: one for name, one in reports.items() if one}:
        compared_scorecards({run.name: report, **found}, "compared")
    for name in (name for name in reports if name not in found):
        st.caption(plain(f"The report of {name} cannot be read; measure that run again."))


def of_run() -> None:
    """Evaluate the twin of the chosen run."""
    run = session.picked_run()
    if run is None or not run.has_surrogate:
        if run is None:
            st.info("There is no twin to evaluate yet. Train one first.", icon=":material/model_training:")
        else:
            st.info(
                f"“{plain(run.name)}” has not learned anything yet. Wait for its first fakes.",
                icon=":material/hourglass_top:",
            )
        st.page_link("train.py", label="Go to Train", icon=":material/arrow_forward:")
        return
    report = run.report
    left, right = controls_and_verdict()
    with left:
        if report is None or access.may_change_run(run):
            measure_button(
                run.id, run.name, lambda quick, tell: evaluate_run(run, quick, on_progress=tell), report is not None
            )
        if report:
            downloads(report)
    with right:
        waiting = progress(run.id)
        if report:
            older(run, report)
            show_verdict(report)
        elif not waiting:
            st.info(
                "This twin has not been measured yet. **Measure** compares its fakes with real signals that its training "
                "never saw, and says whether they can stand in for real signals.",
                icon=":material/straighten:",
            )
    values_of_fakes(run)
    does_it_help(run, manager(), is_timed=waiting)
    if report:
        show_details(report)
        compare(run, report)


def controls_and_verdict() -> list[DeltaGenerator]:
    """The two columns at the top; on a phone the verdict comes first."""
    with st.container(key="split"):
        return st.columns([1, 2.6], gap="large")


def older(run: Run, report: Report) -> None:
    """Say so if the twin has changed since."""
    step = run.load_surrogate().step
    if step != report.subject.step:
        st.warning(
            f"This report describes the twin {formatting.moment(report.subject.step or 0)}, but training has moved on "
            f"to step {formatting.count(step)}. Measure again.",
            icon=":material/history:",
        )


def values_of_fakes(run: Run) -> None:
    """Which values the twin gives its fakes, where anything was found of those of the reals."""
    found = run.load_surrogate().scaling.limits
    if sentences := found.sentences(run.config.source.units.value) if found else []:
        with st.expander("What values its fakes can have"):
            limits.told(sentences)


def of_files() -> None:
    """Evaluate any fakes against any reals."""
    if not access.uploads_allowed():
        return
    left, right = controls_and_verdict()
    with left:
        files = [
            st.file_uploader(
                label,
                type=list(KINDS),
                max_upload_size=MAX_MB,
                key=key,
                help=f"One signal in each row. File types: {', '.join(KINDS)}.",
            )
            for label, key in (("Real signals", "reals-file"), ("Fake signals", "fakes-file"))
        ]
        rate = st.number_input(
            "Sampling rate / Hz",
            min_value=0.0,
            value=None,
            placeholder="not known",
            key="rate",
            help="Samples per second. It sets the axes of the plots and the unit of frequencies. If empty, time counts samples.",
        )
        contents = [file.getvalue() for file in files if file]
        key = hashlib.sha256(b"".join([str(rate).encode(), *contents])).hexdigest() if len(contents) == 2 else ""
        names = [file.name for file in files if file]

        def evaluate_files(quick: bool, tell: OnProgress) -> Report:
            real, fake = (read_signals(name, content) for name, content in zip(names, contents, strict=True))
            return evaluate(real, fake, rate, quick=quick, name=names[1], on_progress=tell)

        report = manager().report(key)
        measure_button(key or "files", " and ".join(names), evaluate_files, report is not None, disabled=not key)
        if report:
            downloads(report)
    with right:
        waiting = bool(key) and progress(key)
        if report:
            show_verdict(report)
        elif not waiting:
            st.info(
                "Choose a file of real signals and a file of fakes, from any generator, with one signal in each row. The "
                "reals are split into three parts: fakes are compared with the first, the second gives the floors, and "
                "copies are looked for in the third.",
                icon=":material/upload_file:",
            )
    if report:
        show_details(report)


page_header(
    "Fidelity",
    "How true is the twin? Its fakes are compared with real signals that its training never saw. Beside "
    "each value stands its floor: the same measure between two sets of real signals.",
)
subject = st.segmented_control("What to evaluate", [TWIN, FILES], default=TWIN, required=True, key="subject")
if subject == FILES:
    of_files()
else:
    of_run()
