"""Train a twin and watch it learn."""

import streamlit as st

from core import figures, words
from core.config import PRESETS, Preset, RunConfig, TrainingConfig, preset_config, validated
from core.errors import WavetwinError
from core.metrics import Metrics
from core.runs import Request, Run, State, Status
from core.signals import open_source
from pages.widgets import state
from pages.widgets.chart import chart
from pages.widgets.fields import fields
from pages.widgets.glossary import TERMS
from pages.widgets.legend import legend
from pages.widgets.run_badge import run_badge
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles

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
    source = state.current_source()
    st.markdown(
        f"**Source:** {source.waveform} waves, {source.noise_color} noise of {words.number(source.noise_amplitude)}, "
        f"{words.count(source.n_samples)} samples."
    )
    st.page_link("signals.py", label="Change the source", icon=":material/graphic_eq:")
    values = fields(preset.training, FIRST, f"training-{name}")
    title = st.text_input("Name", placeholder="what to call this run", max_chars=80, key="run-name")
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
        start(name, preset, values, network_values, title)


def start(name: str, preset: Preset, training: dict, network: dict, title: str) -> None:
    """Put a new run in the queue and look at it."""
    try:
        base = preset_config(name, state.current_source()).model_dump()
        base["training"] = preset.training.model_dump() | training
        base["network"] = preset.network.model_dump() | network
        run = state.manager().start(validated(RunConfig, base), title)
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    state.pick(run)
    st.rerun()


def ask(run: Run, request: Request) -> None:
    """Pause or stop the run, wherever it is trained."""
    try:
        state.manager().request(run.id, request)
    except WavetwinError as error:
        st.session_state["run_problem"] = str(error)


def resume(run: Run) -> None:
    """Go on from the last checkpoint."""
    try:
        state.manager().resume(run.id)
    except WavetwinError as error:
        st.session_state["run_problem"] = str(error)


def live(run: Run) -> None:
    """The run as it stands, once a second while it trains."""
    was = run.status.state

    # A run at rest may be resumed in another browser.
    @st.fragment(run_every=1.0 if was.is_live else 3.0 if was.is_resumable else None)
    def view() -> None:
        with state.in_words():
            status = run.status
            if status.state.is_live != was.is_live:
                st.rerun()  # which sets the timer anew
            show(run, status)

    view()


def show(run: Run, status: Status) -> None:
    """All of a run: where it stands, its fakes beside reals, its figures."""
    header(run, status)
    metrics, snapshot, reals = run.metrics, run.last_snapshot, run.reals
    if snapshot is None or reals is None:
        st.info(
            "Waiting for its turn: one training runs at a time."
            if status.state is State.QUEUED and status.step == 0
            else "Getting ready: the first fakes appear in a moment.",
            icon=":material/hourglass_top:",
        )
        return
    step, fakes = snapshot
    legend(f"fake, at step {words.count(step)}", "legend")
    times = open_source(run.config.source).times
    chart(
        figures.signal_pairs(times, reals, fakes),
        "live-signals",
        f"Four real signals above four fake ones at step {step}, on one scale.",
    )
    st.caption(what_is_seen(metrics, status))
    tiles(figures_of(metrics), "figures")
    curves(run, metrics)


def header(run: Run, status: Status) -> None:
    """Name, state, what can be done, and how far it is."""
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
            st.page_link("generate.py", label="Generate signals", icon=":material/output:")
    total = run.config.training.steps
    st.progress(min(1.0, status.step / total), text=progress_text(status, total))
    if problem := st.session_state.pop("run_problem", None):
        st.error(plain(problem), icon=":material/error:")
    if status.error:
        st.error(plain(status.error), icon=":material/error:")
    if status.state is State.INTERRUPTED:
        st.warning(
            "The program that trained this run ended before the run did. Nothing up to its last checkpoint is lost: "
            "press Resume to go on.",
            icon=":material/power_off:",
        )


def progress_text(status: Status, total: int) -> str:
    """Step, speed and time left."""
    parts = [f"Step {words.count(status.step)} of {words.count(total)}"]
    if status.state is State.RUNNING and status.steps_per_second:
        parts.append(f"{words.number(status.steps_per_second)} steps/s")
        parts.append(f"{words.duration((total - status.step) / status.steps_per_second)} left")
    elif status.seconds:
        parts.append(f"{words.duration(status.seconds)} of training")
    return " · ".join(parts)


def what_is_seen(metrics: Metrics, status: Status) -> str:
    """The picture in plain words."""
    sentence = (
        "The real signals stay the same. The fakes always come from the same random numbers, so each change is something "
        "that the generator learned."
    )
    distance = metrics.last("distance")
    if distance is None:
        return sentence
    if distance < 1.3:
        verdict = "By this rough measure they are about as near to real signals as other real signals are."
    else:
        verdict = (
            f"They are now {words.number(distance)} times as far from real signals as other real signals are: a number "
            "near 1 is the goal."
        )
    return f"{sentence} {verdict}" + ("" if status.state.is_live else " The best of them is what the twin hands over.")


def figures_of(metrics: Metrics) -> list[Tile]:
    """The newest figures with their courses."""

    def tile(key: str, label: str, meaning: str, percent: bool = False) -> Tile:
        value = metrics.last(key)
        text = "–" if value is None else f"{100 * value:.0f} %" if percent else words.number(value)
        return Tile(label, text, meaning, metrics[key][1])

    distances = metrics["distance"][1]
    best = f"best {words.number(distances.min())}; " if len(distances) else ""
    return [
        tile("distance", "Distance to real", f"{best}1 is the floor"),
        tile("d_accuracy", "Discriminator is right", "50 % is guessing", percent=True),
        tile("d_real", "It takes reals for real", "how surely, on average", percent=True),
        tile("d_fake", "It takes fakes for real", "how surely, on average", percent=True),
    ]


def curves(run: Run, metrics: Metrics) -> None:
    """How the figures developed."""
    n_steps = run.config.training.steps
    smoothing = st.slider(
        "Smoothing", 0.0, 0.99, 0.8, 0.01, key="smoothing", help="Averages each curve over its neighbours: 0 shows all."
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**Losses of both networks**", help=TERMS["loss"])
        chart(figures.losses(metrics, n_steps, smoothing), "losses", "Losses of discriminator and generator by step.")
    with right:
        st.markdown("**How often the discriminator is right**", help=TERMS["discriminator"])
        chart(
            figures.certainty(metrics, n_steps, smoothing), "certainty", "Share of right answers of the discriminator."
        )
    st.markdown("**Distance to real**", help=TERMS["distance to real"])
    chart(figures.distances(metrics, n_steps), "distance", "Distance to real by step, in multiples of its floor.")


st.title("Train")
st.html(
    '<p class="wt-lead">Start a training and watch two networks at work: one makes fakes, the other tries to catch '
    "them.</p>"
)
with st.container(key="split"):
    controls, picture = st.columns([1, 2.6], gap="large")
with controls:
    new_training()
with picture:
    run = state.picked_run()
    if run is None:
        st.info(
            "Here you will see real signals beside fakes that get better every second. Press **Start training** to begin.",
            icon=":material/model_training:",
        )
    else:
        live(run)
