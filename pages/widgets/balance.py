"""Balanced classes on page Generate: how many fakes each class gets, and the button that downloads the training table."""

import streamlit as st

from core import formatting
from core.access.quotas import check_download
from core.generation.balance import Balance, class_columns
from core.generation.export import FORMATS
from core.presentation import plots
from core.store.datasets import open_source
from core.store.run import Run
from pages import access, session
from pages.components.chart import chart
from pages.components.download import download_button
from pages.widgets.conditions import chosen_condition
from pages.widgets.legend import legend
from pages.widgets.text import plain

FEW_REALS = 10  # of a class, below which its fakes are warned of
INSIDE = ("csv", "parquet")  # formats of the files in the folder


@st.cache_resource(max_entries=2, show_spinner="Counting classes …")
def counted(run_id: str, name: str, _run: Run) -> Balance:
    """The reals of a run by their class; run_id identifies the run."""
    return Balance.of(_run.config, open_source(_run.config, _run.data_dir), name)


def balance_classes(run: Run, seed: int) -> None:
    """Where the twin can be asked for a class: make all classes equally frequent."""
    columns = class_columns(run.config)
    if not columns:
        return
    st.subheader(
        "Balance the classes",
        help="A model that learns from many signals of one class and few of another tends to overlook the rare one.",
    )
    with st.container(key="balance"):
        left, right = st.columns([1, 2.6], gap="large")
    with left:
        column = chosen_condition(
            columns,
            "Which class",
            f"balance-{run.id}",
            "All classes of this condition become equally frequent. Other conditions vary as in real signals.",
        )
        balance = counted(run.id, column.name, run)
        n_fakes = int(balance.n_fake.sum())
        if n_fakes:
            with session.show_errors():
                controls(run, seed, column.name, balance.n_signals)
        else:
            st.info("All classes are equally frequent already, so there is nothing to add.", icon=":material/balance:")
    with right:
        legend("fake", "balance-legend")
        chart(
            plots.class_counts(balance.column.classes, balance.n_real, balance.n_fake),
            "balance-counts",
            "How many reals and how many fakes each class gets in the training table.",
        )
        if n_fakes:
            st.caption(story(balance, n_fakes))
        for sentence in warnings(balance):
            st.warning(sentence, icon=":material/warning:")


def controls(run: Run, seed: int, name: str, n_signals: int) -> None:
    """The format of the tables, and the button."""
    form = st.segmented_control(
        "Tables as",
        INSIDE,
        default=INSIDE[0],
        required=True,
        format_func=lambda form: FORMATS[form].title,
        key="balance-format",
        help="One row per signal: its conditions, “origin” (real or fake), and its samples. Classes are written by name.",
    )
    query = {"run": run.id, "column": name, "seed": seed, "format": form}
    check_download(access.settings(), n_signals, run.config.source)
    download_button("Balance the classes", query, "download-balanced", path="balanced")
    st.caption(
        f"A ZIP file with {formatting.quantity(n_signals, 'signal')}: a table to train a model on, and one to test it on. "
        "The seed above decides which fakes; the same seed gives the same file."
    )


def story(balance: Balance, n_fakes: int) -> str:
    """What is in the two tables."""
    n_training, n_test = (formatting.quantity(len(part), "real") for part in (balance.training, balance.test))
    return (
        f"To train on: {n_training} that the twin may have learned from, and {formatting.quantity(n_fakes, 'fake')} of the "
        f"rarer classes. To test on: {n_test} "
        "that the twin never saw, as frequent as they occur. Fakes repeat what the reals of their class have shown; they "
        "cannot stand for what was never recorded. Page **Fidelity** measures whether they help a model: *Does it help?*"
    )


def warnings(balance: Balance) -> list[str]:
    """Sentences about classes of which the twin has seen nothing or little."""
    named = {f"“{plain(name)}”": n for name, n in zip(balance.column.classes, balance.n_real.tolist(), strict=True)}
    none, few = [name for name in named if not named[name]], [name for name in named if 0 < named[name] < FEW_REALS]
    sentences = []
    if none:
        sentences.append(
            f"The twin learned from no signal of {', '.join(none)}, so it can make none: record some, and train it again."
        )
    if few:
        sentences.append(
            f"There are fewer than {FEW_REALS} reals of {', '.join(few)}. Fakes of such a class vary as those few do: record "
            "more before you rely on them."
        )
    return sentences
