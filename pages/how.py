"""How two networks learn from each other, step by step, on a copy that no run ever notices."""

import streamlit as st

from core.config import RunConfig, preset_config
from core.demos.rehearsal import Rehearsal
from core.errors import WavetwinError
from core.store.paths import default_data_dir
from core.store.runs import Run
from core.training.losses import Loss
from pages import session
from pages.components.stage import Scene, stage
from pages.widgets.channel import picked_channel
from pages.widgets.glossary import TERMS, glossary
from pages.widgets.text import plain

UNTRAINED, TRAINED = "Untrained", "The run's"
SCENE = "rehearsal"  # in the session: one at a time
PLAIN = ("latent", "generator", "discriminator", "gradient", "step", "loss")

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
    """Which networks to look at: those of the run, where it has any."""
    if run is None:
        st.caption("There is no run yet, so these networks have learned nothing: watch them begin.")
        return UNTRAINED
    if run.checkpoints.last_step is None:
        st.caption(
            "This run holds no saved state of its two networks, so these have learned nothing yet: watch them begin."
        )
        return UNTRAINED
    return st.segmented_control(
        "Networks",
        [TRAINED, UNTRAINED],
        default=TRAINED,
        required=True,
        key="how-networks",
        help="The run's networks as its newest checkpoint holds them, or the article's before their first step.",
    )


def untrained_config(run: Run | None) -> RunConfig:
    """The article's networks on the source of the run, or on the one that is set."""
    if run is None:
        return preset_config("article", session.current_source())
    return preset_config("article", run.config.source, run.config.conditions)


def set_scene(run: Run | None, networks: str) -> tuple[Scene, RunConfig]:
    """The rehearsal that is kept for this session; another one where something else is chosen."""
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
    """Forget the rehearsal; the next one begins from the newest checkpoint."""
    st.session_state.pop(SCENE, None)


def standing(run: Run | None, networks: str, scene: Scene) -> None:
    """Which state this is a copy of, and a newer one where the run has it by now."""
    label = "Start again"
    if run and networks == TRAINED:
        began, newest = scene.rehearsal.began_at, run.checkpoints.last_step
        st.caption(
            f"A copy of “{plain(run.name)}” as it stood at step {began:,}. It goes on learning here; the run itself is "
            "not touched."
        )
        if newest is not None and newest > began:
            label = f"Take up step {newest:,}"
    else:
        st.caption("The article's two networks, before their first step. Nothing that happens here is kept.")
    st.button(label, key="how-again", icon=":material/restart_alt:", on_click=start_again)


def explained(config: RunConfig) -> None:
    """What the picture shows, in plain words."""
    st.caption(
        "**Orange and dashed** are fakes, **blue and solid** reals. The **grey hill** under each signal shows where the "
        "discriminator looked: where a small change of the signal would change its verdict most. These signals are always "
        "the same, and stand for many: each update learns from others."
    )
    if config.training.loss == "relativistic":
        st.caption(
            "This discriminator compares. Its figure for a real says how surely it would pick that one as the real beside "
            "an average fake; its figure for a fake, how surely it would pick that one beside an average real."
        )


def in_plain_words() -> None:
    """The game in three sentences, and the words of this page."""
    st.subheader("The game")
    st.markdown(
        "The discriminator wants to be right about every signal. The generator wants it to be wrong about its fakes. What one "
        "wins the other loses, and this is why both get better, until fakes and reals look the same and the best that the "
        "discriminator can do is guess: 50 %."
    )
    st.markdown("\n".join(f"- **{term[0].upper()}{term[1:]}**: {TERMS[term]}" for term in PLAIN))


def for_engineers(config: RunConfig) -> None:
    """The losses as core/training/losses.py has them."""
    training = config.training
    with st.expander("For engineers: what each network minimises"):
        st.markdown(
            "$x$ is a real, $z$ a latent, $D$ the discriminator's logit, $G$ the generator, $\\sigma$ the logistic function, "
            "$\\mathrm{softplus}(a) = \\log(1 + e^a)$. One step is one update of $D$ and then one of $G$, with Adam."
        )
        for loss, title in LOSS_TITLES.items():
            st.markdown(f"**{title}**{' · played here' if loss == training.loss else ''}")
            for formula in FORMULAS[loss]:
                st.latex(formula)
        st.markdown(
            f"**Gradient penalty** on the discriminator's inputs, here with $\\gamma$ = {training.gamma:g}"
            f"{'' if training.gamma else ' (none)'}:"
        )
        st.latex(PENALTY)
        st.markdown(
            "The preset Article plays min-max without a penalty; Quick, Standard and Thorough play the relativistic game "
            "with γ = 3. *Where it looked* is |∂D/∂x| for each sample, in units of the signals' deviation."
        )


def show(run: Run | None) -> None:
    """The picture with its controls beside it."""
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
            st.warning(f"{plain(str(error))} Here are untrained networks instead.", icon=":material/info:")
            networks = UNTRAINED
            scene, config = set_scene(run, networks)

    is_live = run is not None and networks == TRAINED and run.status.state.is_live

    @st.fragment(run_every=5.0 if is_live else None)
    def notice() -> None:
        with session.show_errors():
            standing(run, networks, scene)

    @st.fragment
    def play() -> None:
        with session.show_errors():
            stage(scene, channel, source.times, source.unit, "stage")

    with controls:
        notice()
        explained(config)
    with picture:
        play()
    in_plain_words()
    for_engineers(config)


st.title("How it works")
st.html(
    '<p class="wt-lead">Two networks learn by playing against each other. Here they do it slowly enough to watch: press '
    "Single step, or Play.</p>"
)
show(session.picked_run())
glossary()
