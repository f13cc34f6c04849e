"""Where a training stands: fakes beside reals, metrics, and what is wrong."""

import streamlit as st

from core import formatting
from core.presentation import plots, training_plots
from core.store.run import Run
from core.store.status import State, Status
from core.training.diagnostics import diagnose
from core.training.metrics import Metrics
from core.training.selection import handed_over
from pages.components.chart import chart
from pages.widgets.channel import picked_channel
from pages.widgets.glossary import TERMS
from pages.widgets.legend import legend
from pages.widgets.phases import StageResult, stage_results
from pages.widgets.queue import waiting_text
from pages.widgets.tiles import Tile, tiles


def present(run: Run, status: Status) -> None:
    """Show what is wrong, fakes beside reals, and the metrics."""
    metrics, stages, snapshot, reals = run.metrics, stage_results(run), run.snapshots.last, run.reals
    for found in diagnose(metrics):
        st.warning(f"**{found.title}** {found.sentence} {found.advice}", icon=":material/troubleshoot:")
    source = run.config.source
    times, units = source.times, source.units
    if reals is None or not (snapshot or stages):
        st.info(
            waiting_text(run)
            if status.state is State.QUEUED and status.step == 0
            else "Getting ready. The first fakes will appear below real signals soon."
            if status.state.is_live
            else "This run ended before it had any fakes to show. Resume it to go on.",
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
        curves(run, stages, metrics, status)


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
    sure = (
        f"50 % is guessing; reals look {text('d_real', percent=True)} real to it, fakes {text('d_fake', percent=True)}"
    )
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


def curves(run: Run, stages: list[StageResult], metrics: Metrics, status: Status) -> None:
    """Plots of the metrics by step."""
    n_steps = n_shown_steps(run, status)
    smoothing = st.slider(
        "Smoothing", 0.0, 0.99, 0.8, 0.01, key="smoothing", help="Averages neighbouring steps. 0 shows every value."
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**Losses of both networks**", help=TERMS["loss"])
        chart(
            training_plots.losses(metrics, n_steps, smoothing, run.config.training.loss),
            "losses",
            "Losses of discriminator and generator by step.",
        )
    with right:
        st.markdown("**How often the discriminator is right**", help=TERMS["discriminator"])
        chart(
            training_plots.certainty(metrics, n_steps, smoothing), "certainty", "Accuracy of the discriminator by step."
        )
    with left:
        st.markdown("**Distance to real**", help=TERMS["distance to real"])
        chart(
            training_plots.distances(metrics, n_steps, stage_figures(stages, "distance")),
            "distance",
            "Distance to real by step, in multiples of its floor.",
        )
    with right:
        if not has_accuracy(metrics):
            return
        st.markdown("**How often classifiers tell fakes from reals**", help=TERMS["classifier"])
        chart(
            training_plots.told_apart(metrics, n_steps, stage_figures(stages, "accuracy")),
            "told-apart",
            "Accuracy of classifiers on held-out reals and fakes by step.",
        )


def n_shown_steps(run: Run, status: Status) -> int:
    """How many steps the plots leave room for: those taken, or those that a run in progress may still take."""
    training = run.config.training
    if status.state is State.FINISHED:
        return max(1, status.step)
    room = training.patience * (1 + status.step // training.patience) if training.patience else training.steps
    return min(room, training.steps)


def stage_figures(stages: list[StageResult], name: str) -> list[float]:
    """A figure of the stages before the first step, of those that have it."""
    return [stage.kept.figures[name] for stage in stages if name in stage.kept.figures]
