"""Does it help? On page Fidelity: whether a model learns more with the fakes of a conditional twin than without them."""

from functools import partial

import streamlit as st

from core import formatting
from core.errors import WavetwinError
from core.fidelity.report import OnProgress
from core.fidelity.usefulness import VARIANT_TITLES, Task, Variant, findings
from core.jobs.evaluation import EvaluationManager
from core.jobs.usefulness import measure_usefulness
from core.presentation import plots
from core.store.run import Run
from pages import access, session
from pages.components.chart import chart
from pages.widgets.conditions import chosen_condition
from pages.widgets.text import plain

FEW_TESTED = 10  # signals of a class, below which a figure is warned of


def does_it_help(run: Run, manager: EvaluationManager, is_timed: bool) -> None:
    """The question, what was measured, and the button that measures. is_timed: the page is kept up to date already."""
    if not run.config.columns:
        return
    key = f"usefulness-{run.id}"
    st.subheader(
        "Does it help?",
        help="A model learns to predict a condition from signals: from reals, from fakes, from both, and from reals with plain "
        "augmentation. It is tested on reals that neither the twin nor the model saw.",
    )
    with st.container(key="usefulness"):
        left, right = st.columns([1, 2.6], gap="large")
    with left:
        name = chosen_condition(run.config.columns, "What the model predicts", f"told-{run.id}").name
        task = run.usefulness.tasks.get(name)
        if task is None or access.may_change_run(run):
            measure_button(run, name, key, manager, again=task is not None)
    with right:
        progress(key, manager, is_timed)
        if task:
            show(run, task)
        elif manager.measurement(key) is None:
            st.info(
                "Not measured yet. **Measure usefulness** trains small models with and without fakes, and says whether the "
                "fakes earn their place. It takes about a minute.",
                icon=":material/school:",
            )


def measure_button(run: Run, name: str, key: str, manager: EvaluationManager, again: bool) -> None:
    """The button that puts the measurement in the queue."""
    going_on = manager.measurement(key)
    if st.button(
        "Measure usefulness again" if again else "Measure usefulness",
        key="measure-usefulness",
        icon=":material/school:",
        width="stretch",
        disabled=going_on is not None and not going_on.error,
    ):
        try:
            manager.start(key, run.name, partial(kept, run, name), access.owner())
        except WavetwinError as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            st.rerun()


def kept(run: Run, name: str, tell: OnProgress) -> None:
    """Measure; what is found is kept with the run."""
    measure_usefulness(run, name, tell)


def progress(key: str, manager: EvaluationManager, is_timed: bool) -> None:
    """How far the measurement is, kept up to date."""

    @st.fragment(run_every=None if is_timed else 0.7)
    def view() -> None:
        with session.show_errors():
            measuring = manager.measurement(key)
            if measuring is None:
                st.rerun()
            elif measuring.error:
                st.error(plain(measuring.error), icon=":material/error:")
                if access.may_cancel(measuring):
                    st.button("Dismiss", key="dismiss-usefulness", on_click=manager.cancel, args=(key,))
            else:
                text = f"Measuring: {measuring.doing}" if measuring.doing else "Waiting for its turn"
                st.progress(min(1.0, measuring.share), text=f"{text} …")
                if access.may_cancel(measuring):
                    st.button(
                        "Cancel", key="cancel-usefulness", icon=":material/close:", on_click=manager.cancel, args=(key,)
                    )

    if manager.measurement(key) is not None:
        view()


def show(run: Run, task: Task) -> None:
    """The sentence, the picture, and what they are based on."""
    for title, detail in findings(task):
        st.markdown(f"**{plain(title)}** {plain(detail)}")
    series = {
        f"{formatting.quantity(trial.n_reals, 'real')}": [
            (trial.scores[variant].value, trial.scores[variant].low, trial.scores[variant].high) for variant in Variant
        ]
        for trial in task.trials
    }
    told = "classes recognised / %" if task.column.classes else "error / % of the range"
    chart(
        plots.estimates([VARIANT_TITLES[variant] for variant in Variant], series, told),
        "usefulness-chart",
        "How well a model does that learned from reals, fakes, both, or reals with augmentation, with 95 % intervals.",
    )
    st.caption(plain(basis(task)))
    step = run.load_surrogate().step
    if step != task.step:
        st.warning(
            f"This was measured {formatting.moment(task.step)}, but training has moved on to step "
            f"{formatting.count(step)}. Measure again.",
            icon=":material/history:",
        )
    if task.n_rarest is not None and task.n_rarest < FEW_TESTED:
        st.warning(
            f"Of the rarest class only {formatting.quantity(task.n_rarest, 'signal')} could be tested, so chance decides "
            "much of this: hold out more recordings of it.",
            icon=":material/warning:",
        )


def basis(task: Task) -> str:
    """What the figures mean and where they come from."""
    first, *fewer = task.trials
    meaning = (
        "Higher is better; each class counts the same, however rare it is."
        if task.column.classes
        else "Lower is better. Plain augmentation also changes what some numbers measure, such as an amplitude."
    )
    texts = [
        meaning,
        f"The model is {task.model}, tested on {formatting.quantity(task.n_tested, 'real')} that neither it nor the twin saw; "
        f"means of {task.n_seeds} seeds with 95 % intervals.",
        f"To {formatting.quantity(first.n_reals, 'real')}, {formatting.count(first.n_added)} fakes or augmented "
        "copies were added "
        "(jitter, scaling, time warping).",
    ]
    if first.n_learned > first.n_reals:
        texts.append(f"The twin learned from {formatting.count(first.n_learned)} reals, of which the model got a part.")
    texts += [
        f"With {formatting.quantity(trial.n_reals, 'real')}, the fakes come from another twin that learned from those alone."
        for trial in fewer
    ]
    return " ".join(texts)
