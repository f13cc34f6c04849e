"""A run's name, state, buttons and progress, and why it stopped."""

from datetime import UTC, datetime

import streamlit as st

from core import formatting
from core.errors import WavetwinError
from core.store.run import Run
from core.store.status import Request, State, Status
from core.training.selection import STOP_SENTENCES, StopReason
from pages import access, session
from pages.widgets.expectation import DEVICES
from pages.widgets.phases import how_far, phases, share_done
from pages.widgets.queue import trained_by
from pages.widgets.run_badge import run_badge
from pages.widgets.text import plain


def header(run: Run, status: Status) -> None:
    """Show name, state, buttons and progress."""
    title, buttons = st.columns([1, 1.15], vertical_alignment="center")
    with title, st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run.name), width="content")
        run_badge(status.state)
    with buttons, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        may_change = access.may_change_run(run)
        if may_change and status.state.is_live:
            st.button("Pause", key="pause", icon=":material/pause:", on_click=ask, args=(run, Request.PAUSE))
        if may_change and status.state.is_resumable:
            st.button("Resume", key="resume", icon=":material/play_arrow:", on_click=resume, args=(run,))
        if may_change and (status.state.is_live or status.state is State.PAUSED):
            st.button("Stop", key="stop", icon=":material/stop:", on_click=ask, args=(run, Request.STOP))
        if run.has_surrogate:
            st.page_link("fidelity.py", label="Judge it", icon=":material/straighten:")
            st.page_link("generate.py", label="Generate signals", icon=":material/output:")
    st.progress(share_done(run, status), text=progress_text(run, status))
    started_by(run, status)
    phases(run, status, "phases")
    stop_reason(status)
    if problem := st.session_state.pop("run_problem", None):
        st.error(plain(problem), icon=":material/error:")
    if status.error:
        st.error(plain(status.error), icon=":material/error:")
    if status.state is State.INTERRUPTED:
        going_on = "the next free worker will resume it" if run.sweep else "press Resume to continue"
        st.warning(
            f"The program ended while it trained this run. Everything up to the last checkpoint is saved: {going_on}.",
            icon=":material/power_off:",
        )


def started_by(run: Run, status: Status) -> None:
    """Who started the run, when it will be deleted, and whether its time is used up."""
    owner = run.owner
    if owner is None:
        return
    sentences = [f"Started by {plain(owner.name)}."]
    if owner.expires_at:
        sentences.append(f"It will be deleted on {datetime.fromtimestamp(owner.expires_at, UTC):%d %B at %H:%M} UTC.")
    if owner.minutes and status.seconds >= 60 * owner.minutes and not status.state.is_live:
        sentences.append(f"It ended because a training may take {formatting.quantity(owner.minutes, 'minute')} here.")
    st.caption(" ".join(sentences))


def stop_reason(status: Status) -> None:
    """Why the training stopped, once it did."""
    if status.stop_reason not in STOP_SENTENCES:
        return
    reason = StopReason(status.stop_reason)
    if reason is StopReason.INDISTINGUISHABLE:
        st.success(STOP_SENTENCES[reason], icon=":material/check_circle:")
    elif reason is StopReason.NO_GAIN:
        st.info(STOP_SENTENCES[reason], icon=":material/trending_flat:")
    else:
        st.caption(STOP_SENTENCES[reason])


def progress_text(run: Run, status: Status) -> str:
    """Step or phase, speed, time left, device, and a pending request."""
    total = run.config.training.steps
    parts = [how_far(run, status)]
    if status.state is State.RUNNING and status.steps_per_second:
        parts.append(f"{formatting.number(status.steps_per_second)} steps/s")
        left = formatting.duration((total - status.step) / status.steps_per_second)
        parts.append(f"at most {left} left" if run.config.training.patience else f"{left} left")
    elif status.seconds and status.state is not State.RUNNING:
        parts.append(f"{formatting.duration(status.seconds)} of training")
    if status.device:
        parts.append(DEVICES.get(status.device, status.device))
    if status.processes > 1:
        parts.append(f"{status.processes} processes")
    if status.state is State.RUNNING and (worker := run.worker) and not worker.is_here:
        parts.append(f"by {trained_by(worker)}")
    if status.state.is_live and (request := run.requested()):
        parts.append(f"will {request} in a moment")
    return " · ".join(parts)


def ask(run: Run, request: Request) -> None:
    """Pause or stop the run, wherever it is training."""
    try:
        session.manager().request(run.id, request)
    except WavetwinError as error:
        st.session_state["run_problem"] = str(error)


def resume(run: Run) -> None:
    """Continue from the last checkpoint."""
    try:
        session.resume_training(run)
    except WavetwinError as error:
        st.session_state["run_problem"] = str(error)
