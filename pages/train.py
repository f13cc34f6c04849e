"""Train a twin and watch it learn."""

from contextlib import suppress
from typing import Any

import streamlit as st

from core import formatting
from core.config import PRESETS, RunConfig, SourceConfig, TrainingConfig, preset_config, validated
from core.demos.replay import too_early
from core.errors import ConfigError, WavetwinError
from core.networks import ARCHITECTURES
from core.presentation import plots
from core.store.runs import Run
from core.store.status import Request, State, Status
from core.training.diagnostics import diagnose
from core.training.metrics import Metrics
from core.training.selection import STOP_SENTENCES, StopReason, handed_over
from pages import session
from pages.components.chart import chart
from pages.components.replay import address, player
from pages.widgets.channel import picked_channel
from pages.widgets.conditions import label
from pages.widgets.expectation import DEVICES, expectation
from pages.widgets.fields import fields
from pages.widgets.glossary import TERMS
from pages.widgets.legend import legend
from pages.widgets.page_header import page_header
from pages.widgets.phases import how_far, phases, share_done, stage_results
from pages.widgets.run_badge import run_badge
from pages.widgets.source import described
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles

FIRST = ["steps", "seed"]  # settings that are shown at once; the others are folded
VIEWS = ["Now", "Replay"]


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
    if st.button(
        "Start training",
        type="primary",
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
        run = session.manager().start(settings(name, conditions, training, network), title)
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    session.pick(run)
    st.rerun()


def ask(run: Run, request: Request) -> None:
    """Pause or stop the run, wherever it is training."""
    try:
        session.manager().request(run.id, request)
    except WavetwinError as error:
        st.session_state["run_problem"] = str(error)


def resume(run: Run) -> None:
    """Continue from the last checkpoint."""
    try:
        session.manager().resume(run.id)
    except WavetwinError as error:
        st.session_state["run_problem"] = str(error)


def live(run: Run) -> None:
    """Show the run, updated once a second while it trains."""
    was = run.status.state

    # A run at rest may be resumed in another browser.
    @st.fragment(run_every=1.0 if was.is_live else 3.0 if was.is_resumable else None)
    def view() -> None:
        with session.show_errors():
            status = run.status
            if status.state.is_live != was.is_live:
                st.rerun()  # which restarts the timer
            show(run, status)

    view()


def show(run: Run, status: Status) -> None:
    """Show a run: its state, and its present or its replay."""
    header(run, status)
    view = st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == "Replay":
        past(run, status)
    else:
        present(run, status)


def past(run: Run, status: Status) -> None:
    """Show the replay of the training."""
    steps, n_stages = run.snapshots.steps, len(run.stages.all())
    if len(steps) + n_stages < 2 or run.reals is None:
        waiting = "Waiting for its turn: one training runs at a time. " if status.state is State.QUEUED else ""
        st.info(waiting + too_early(len(steps) + n_stages), icon=":material/hourglass_top:")
        return
    st.caption(what_is_replayed(run))
    channel = picked_channel(run.config.source.n_channels, "live-channel")
    player(run, channel, f"{n_stages} {len(steps)} {steps[-1:]}", wanted_step())
    with st.container(horizontal=True):
        st.link_button("Download as a web page", address(run, channel, "html"), icon=":material/download:")
        st.link_button("Download as an animated GIF", address(run, channel, "gif"), icon=":material/download:")
    st.caption(
        "The web page opens in any browser, also offline, with the same player. The GIF fits into slides and messages."
    )


def what_is_replayed(run: Run) -> str:
    """What a replay shows, in plain words."""
    sentence = (
        "Press Play, or use the arrow keys. Each fake always comes from the same random numbers, so you see "
        "how it changes."
    )
    return f"{sentence} {ARCHITECTURES[run.config.network.architecture].replay_note}".strip()


def wanted_step() -> int:
    """The step in the page's URL; 0 without one."""
    text = st.query_params.get("step", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def present(run: Run, status: Status) -> None:
    """Show what is wrong, fakes beside reals, and the metrics."""
    metrics, stages, snapshot, reals = run.metrics, stage_results(run), run.snapshots.last, run.reals
    for found in diagnose(metrics):
        st.warning(f"**{found.title}** {found.sentence} {found.advice}", icon=":material/troubleshoot:")
    source = run.config.source
    times, units = source.times, source.units
    if reals is None or not (snapshot or stages):
        st.info(
            "Waiting for its turn: one training runs at a time."
            if status.state is State.QUEUED and status.step == 0
            else "Getting ready. The first fakes will appear below real signals soon.",
            icon=":material/hourglass_top:",
        )
        if reals is not None:
            chart(plots.signal_rows(times, reals, n_rows=1, units=units), "live-signals", "Four real signals.")
        return
    if snapshot:
        fakes, moment = snapshot[1], f"at step {formatting.count(snapshot[0])}"
    else:
        fakes, moment = stages[-1].kept.fakes, f"after stage {len(stages)}, {stages[-1].words.title}"
    legend(f"fake, {moment}", "legend")
    channel = picked_channel(source.n_channels, "live-channel")
    chart(
        plots.signal_pairs(times, reals, fakes, channel, units),
        "live-signals",
        f"Four real signals above four fake ones {moment}, on one scale.",
    )
    st.caption(what_is_seen(metrics, status))
    if snapshot:
        tiles(metric_tiles(metrics), "figures")
        curves(run, metrics, status)


def stage_figures(run: Run, name: str) -> list[float]:
    """A figure of the stages before the first step, of those that have it."""
    return [stage.figures[name] for stage in run.stages.all() if name in stage.figures]


def header(run: Run, status: Status) -> None:
    """Show name, state, buttons and progress."""
    title, buttons = st.columns([1, 1.15], vertical_alignment="center")
    with title, st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run.name), width="content")
        run_badge(status.state)
    with buttons, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if status.state.is_live:
            st.button("Pause", key="pause", icon=":material/pause:", on_click=ask, args=(run, Request.PAUSE))
        if status.state.is_resumable:
            st.button("Resume", key="resume", icon=":material/play_arrow:", on_click=resume, args=(run,))
        if status.state.is_live or status.state is State.PAUSED:
            st.button("Stop", key="stop", icon=":material/stop:", on_click=ask, args=(run, Request.STOP))
        if run.has_surrogate:
            st.page_link("fidelity.py", label="Judge it", icon=":material/straighten:")
            st.page_link("generate.py", label="Generate signals", icon=":material/output:")
    st.progress(share_done(run, status), text=progress_text(run, status))
    phases(run, status, "phases")
    stop_reason(status)
    if problem := st.session_state.pop("run_problem", None):
        st.error(plain(problem), icon=":material/error:")
    if status.error:
        st.error(plain(status.error), icon=":material/error:")
    if status.state is State.INTERRUPTED:
        st.warning(
            "The program ended while it trained this run. Everything up to the last checkpoint is saved: press "
            "Resume to continue.",
            icon=":material/power_off:",
        )


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
    if status.state.is_live and (request := run.requested()):
        parts.append(f"will {request} in a moment")
    return " · ".join(parts)


def what_is_seen(metrics: Metrics, status: Status) -> str:
    """What the plots show, in plain words."""
    sentence = (
        "The real signals stay the same. Each fake always comes from the same random numbers, so every change is "
        "something that the generator learned."
    )
    distance = metrics.last("distance")
    if distance is None:
        return sentence
    verdict = (
        f"Their distance to real is a rough measure: they are now {formatting.nearness(distance)} (1 is the floor)."
    )
    rule = " The twin is the best state so far. The first state stays the best until a later one is clearly better."
    return f"{sentence} {verdict}" + ("" if status.state.is_live else rule)


def metric_tiles(metrics: Metrics) -> list[Tile]:
    """The newest metrics with their history."""

    def text(key: str, percent: bool = False) -> str:
        value = metrics.last(key)
        return "–" if value is None else f"{100 * value:.0f} %" if percent else formatting.number(value)

    distances = metrics["distance"][1]
    best = handed_over(metrics)
    twin = "" if best is None else f"the twin's: {formatting.number(distances[best])}; "
    sure = f"50 % is guessing; sure that reals are real {text('d_real', percent=True)}, fakes {text('d_fake', percent=True)}"
    accuracy = Tile(
        "Classifiers are right", text("accuracy", percent=True), told_interval(metrics), metrics["accuracy"][1]
    )
    return [
        *([accuracy] if has_accuracy(metrics) else []),
        Tile("Distance to real", text("distance"), f"{twin}1 is the floor", distances),
        Tile("Diversity of fakes", text("diversity"), "1 is as varied as reals", metrics["diversity"][1]),
        Tile(
            "Discriminator is right",
            text("d_accuracy", percent=True),
            sure,
            metrics["d_accuracy"][1],
        ),
    ]


def has_accuracy(metrics: Metrics) -> bool:
    """Whether classifiers were tried on the run; they were not on runs of version 0.1."""
    return metrics.last("accuracy") is not None


def told_interval(metrics: Metrics) -> str:
    """The 95 % confidence interval of the classifiers' accuracy, and its floor: reals against reals."""
    low, high, floor = (metrics.last(f"accuracy_{name}") for name in ("low", "high", "floor"))
    if low is None or high is None or floor is None:
        return "50 % is guessing"
    return f"{100 * low:.0f} to {100 * high:.0f} %; floor {100 * floor:.0f} %"


def n_shown_steps(run: Run, status: Status) -> int:
    """How many steps the plots leave room for: those taken, or those that a run in progress may still take."""
    training = run.config.training
    if status.state is State.FINISHED:
        return max(1, status.step)
    room = training.patience * (1 + status.step // training.patience) if training.patience else training.steps
    return min(room, training.steps)


def curves(run: Run, metrics: Metrics, status: Status) -> None:
    """Plots of the metrics by step."""
    n_steps = n_shown_steps(run, status)
    smoothing = st.slider(
        "Smoothing", 0.0, 0.99, 0.8, 0.01, key="smoothing", help="Averages neighbouring steps. 0 shows every value."
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**Losses of both networks**", help=TERMS["loss"])
        chart(
            plots.losses(metrics, n_steps, smoothing, run.config.training.loss),
            "losses",
            "Losses of discriminator and generator by step.",
        )
    with right:
        st.markdown("**How often the discriminator is right**", help=TERMS["discriminator"])
        chart(plots.certainty(metrics, n_steps, smoothing), "certainty", "Accuracy of the discriminator by step.")
    with left:
        st.markdown("**Distance to real**", help=TERMS["distance to real"])
        chart(
            plots.distances(metrics, n_steps, stage_figures(run, "distance")),
            "distance",
            "Distance to real by step, in multiples of its floor.",
        )
    with right:
        if not has_accuracy(metrics):
            return
        st.markdown("**How often classifiers tell fakes from reals**", help=TERMS["classifier"])
        chart(
            plots.told_apart(metrics, n_steps, stage_figures(run, "accuracy")),
            "told-apart",
            "Accuracy of classifiers on held-out reals and fakes by step.",
        )


page_header(
    "Train",
    "Start a training and watch two networks at work: one makes fakes, the other tries to catch them.",
)
with st.container(key="split"):
    controls, picture = st.columns([1, 2.6], gap="large")
with controls:
    new_training()
with picture:
    run = session.picked_run()
    if run is None:
        st.info(
            "Here you will see real signals beside fakes that get better every second. Press **Start training** to "
            "begin.",
            icon=":material/model_training:",
        )
    else:
        live(run)
