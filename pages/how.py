"""Adversarial training step by step, on a copy that never changes a run."""

import streamlit as st

from core import formatting
from core.config import RunConfig, preset_config
from core.demos.rehearsal import Rehearsal
from core.errors import WavetwinError
from core.presentation import plots
from core.presentation.palette import FAKE, REAL
from core.store.paths import default_data_dir
from core.store.run import Run
from core.training.losses import Loss
from pages import session
from pages.components.chart import chart
from pages.components.stage import Scene, stage
from pages.widgets.channel import picked_channel
from pages.widgets.glossary import TERMS, glossary
from pages.widgets.page_header import page_header
from pages.widgets.phases import StageResult, stage_results
from pages.widgets.text import plain

UNTRAINED, TRAINED = "Untrained", "The run's"
SCENE = "rehearsal"  # in the session: one at a time
N_STAGE_FAKES = 4  # after each stage
EXPLAINED_TERMS = ("latent", "generator", "discriminator", "gradient", "step", "loss")

LOSS_TITLES: dict[Loss, str] = {
    "minmax": "Min-max, with the generator's non-saturating half (Goodfellow et al. 2014)",
    "relativistic": "Relativistic (Jolicoeur-Martineau 2018; Huang et al. 2024)",
}
FORMULAS: dict[Loss, tuple[str, ...]] = {
    "minmax": (
        r"\min_G \max_D \; \mathbb{E}[\log \sigma(D(x))] + \mathbb{E}[\log(1 - \sigma(D(G(z))))]",
        r"L_D = \mathbb{E}[\mathrm{softplus}(-D(x))] + \mathbb{E}[\mathrm{softplus}(D(G(z)))], \quad "
        r"L_G = \mathbb{E}[\mathrm{softplus}(-D(G(z)))]",
    ),
    "relativistic": (
        r"L_D = \mathbb{E}[\mathrm{softplus}(D(G(z)) - D(x))], \quad L_G = \mathbb{E}[\mathrm{softplus}(D(x) - D(G(z)))]",
    ),
}
PENALTY = (
    r"L_D + \frac{\gamma}{2} \left( \mathbb{E} \lVert \nabla D(x) \rVert^2 "
    r"+ \mathbb{E} \lVert \nabla D(G(z)) \rVert^2 \right)"
)


def choice(run: Run | None) -> str:
    """Ask which networks to show: those of the run, where it has any."""
    if run is None:
        st.caption("There is no run yet. These networks are untrained: watch them start from nothing.")
        return UNTRAINED
    if run.checkpoints.last_step is None:
        st.caption(
            "This run has no checkpoint of its two networks. These are untrained: watch them start from nothing."
        )
        return UNTRAINED
    return st.segmented_control(
        "Networks",
        [TRAINED, UNTRAINED],
        default=TRAINED,
        required=True,
        key="how-networks",
        help="The run’s networks from its newest checkpoint, or the article’s networks before their first step.",
    )


def untrained_config(run: Run | None) -> RunConfig:
    """The article's networks on the source of the run, or on the one that is set."""
    if run is None:
        return preset_config("article", session.current_source())
    return preset_config("article", run.config.source, run.config.conditions)


def set_scene(run: Run | None, networks: str) -> tuple[Scene, RunConfig]:
    """The rehearsal of this session; a new one where something else is chosen."""
    config = run.config if run and networks == TRAINED else untrained_config(run)
    wanted = (run.id if run else None, networks, config.model_dump_json())
    known, scene = st.session_state.get(SCENE, (None, None))
    if known != wanted:
        st.session_state.pop(SCENE, None)
        with st.spinner("Setting up the two networks …"):
            rehearsal = Rehearsal.of(run) if run and networks == TRAINED else None
            scene = Scene(rehearsal or Rehearsal.fresh(config, run.data_dir if run else default_data_dir()))
        st.session_state[SCENE] = wanted, scene
    return scene, config


def start_again() -> None:
    """Forget the rehearsal; the next one starts from the newest checkpoint."""
    st.session_state.pop(SCENE, None)


def show_status(run: Run | None, networks: str, scene: Scene) -> None:
    """Say which state this is a copy of, and offer a newer one if the run has it."""
    label = "Start again"
    if run and networks == TRAINED:
        began, newest = scene.rehearsal.began_at, run.checkpoints.last_step
        st.caption(
            f"A copy of “{plain(run.name)}” at step {began:,}. It continues to learn here; the run itself does not "
            "change."
        )
        if newest is not None and newest > began:
            label = f"Load step {newest:,}"
    else:
        st.caption("The article’s two networks before their first step. Nothing here is saved.")
    st.button(label, key="how-again", icon=":material/restart_alt:", on_click=start_again)


def explain_animation(config: RunConfig) -> None:
    """Say what the animation shows."""
    st.caption(
        "Fakes are **orange and dashed**, real signals **blue and solid**. The **grey hill** under each signal shows "
        "where the discriminator looked: where a small change of the signal would change its output most. You always "
        "see the same few signals; each update learns from many others."
    )
    if config.training.loss == "relativistic":
        st.caption(
            "This discriminator compares signals. Below a real signal you see how sure it is that this one is real "
            "rather than an average fake; below a fake, how sure it is that this one is real rather than an average real."
        )


def explain_training() -> None:
    """Explain adversarial training in a few sentences, and the terms of this page."""
    st.subheader("Why both get better")
    st.markdown(
        "The discriminator is trained to be right about every signal. The generator is trained to make it wrong about "
        "the fakes. Each improves in response to the other, until fakes and real signals look the same and the "
        "discriminator can only guess: it is right 50 % of the time."
    )
    st.markdown("\n".join(f"- **{term[0].upper()}{term[1:]}**: {TERMS[term]}" for term in EXPLAINED_TERMS))


def for_engineers(config: RunConfig) -> None:
    """Show the losses of core/training/losses.py."""
    training = config.training
    with st.expander("For engineers: what each network minimises"):
        st.markdown(
            "$x$ is a real signal, $z$ the latents, $D$ the discriminator's logit, $G$ the generator, $\\sigma$ the "
            "logistic function, $\\mathrm{softplus}(a) = \\log(1 + e^a)$. One step is one update of $D$ and then one "
            "of $G$, with Adam."
        )
        for loss, title in LOSS_TITLES.items():
            st.markdown(f"**{title}**{' · used here' if loss == training.loss else ''}")
            for formula in FORMULAS[loss]:
                st.latex(formula)
        st.markdown(
            f"**Gradient penalty** on the discriminator's inputs, here with $\\gamma$ = {training.gamma:g}"
            f"{'' if training.gamma else ' (none)'}:"
        )
        st.latex(PENALTY)
        st.markdown(
            "The preset Article uses min-max without a penalty; Quick, Standard and Thorough use the relativistic loss "
            "with γ = 3. *Where it looked* is |∂D/∂x| for each sample, in units of the signals’ standard deviation."
        )


def show(run: Run | None) -> None:
    """The animation with its controls beside it."""
    source = run.config.source if run else session.current_source()
    with st.container(key="split"):
        controls, picture = st.columns([1, 3.2], gap="large")
    with controls:
        networks = choice(run)
        channel = picked_channel(source.n_channels, "how-channel")
    with picture:
        try:
            scene, config = set_scene(run, networks)
        except WavetwinError as error:
            if networks == UNTRAINED:
                raise
            st.warning(f"{plain(str(error))} You see untrained networks instead.", icon=":material/info:")
            networks = UNTRAINED
            scene, config = set_scene(run, networks)

    is_live = run is not None and networks == TRAINED and run.status.state.is_live

    @st.fragment(run_every=5.0 if is_live else None)
    def notice() -> None:
        with session.show_errors():
            show_status(run, networks, scene)

    @st.fragment
    def play() -> None:
        with session.show_errors():
            stage(scene, channel, source.times, source.unit, "stage")

    with controls:
        notice()
        explain_animation(config)
    with picture:
        play()
    if run:
        show_stages(run, channel, networks == TRAINED)
    explain_training()
    for_engineers(config)


def describe_stage(found: StageResult) -> str:
    """What happened in a stage of the initialization, and how easily its fakes are told."""
    accuracy = found.kept.figures.get("accuracy")
    told = (
        ""
        if accuracy is None
        else f" Classifiers are right about {formatting.percent(accuracy)} of real and fake signals; 50 % is guessing."
    )
    return f"**{found.words.title}.** {found.words.meaning}{told}"


def show_stages(run: Run, channel: int, are_animated: bool) -> None:
    """What each stage before the first step added, in fakes and in words."""
    found, reals = stage_results(run), run.reals
    if not found or reals is None:
        return
    rows = [(reals[:N_STAGE_FAKES, channel], REAL, "Real")]
    rows += [(one.kept.fakes[:N_STAGE_FAKES, channel], FAKE, one.words.title) for one in found]
    source = run.config.source
    st.subheader("Before the first step")
    st.markdown(
        "This run did not start from random weights. It measured the real signals first, stage by stage. Here are fakes after "
        "each stage; "
        + (
            "the animation above shows how the two networks continue from there."
            if are_animated
            else "the untrained networks above have none of this."
        )
    )
    chart(
        plots.panels(source.times, rows, source.units),
        "how-stages",
        f"Real signals, and below them fakes after each of {len(found)} stages.",
    )
    st.markdown("\n".join(f"{number}. {describe_stage(one)}" for number, one in enumerate(found, 1)))


page_header(
    "How it works",
    "Two networks train against each other, here slowly enough to watch. Press Single step or Play.",
)
show(session.picked_run())
glossary()
