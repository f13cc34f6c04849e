"""Planting faults on page Generate: the settings, a picture of what they do, and what the labels are."""

import numpy as np
import streamlit as st

from core import formatting
from core.config import validated
from core.errors import ConfigError
from core.generation.conditions import parse_conditions
from core.generation.surrogate import Surrogate
from core.presentation.faults_plot import Example, planted_faults
from core.presentation.plots import Figure
from core.seeds import BLOCK
from core.signals.batch import Batch
from core.signals.faults import FAULTS, FaultSettings, plant
from pages.components.chart import chart
from pages.components.markup import markup
from pages.widgets.fields import fields

LEGEND = """<div class="wt-key">
<span><svg viewBox="0 0 30 8"><line class="wt-before" x2="30" y1="4" y2="4"/></svg>before</span>
<span><svg viewBox="0 0 30 8"><line class="wt-fake" x2="30" y1="4" y2="4"/></svg>with the fault</span>
<span><svg viewBox="0 0 30 8"><circle class="wt-marked" cx="15" cy="4" r="3"/></svg>marked as faulty</span>
</div>"""


def fault_fields() -> FaultSettings | None:
    """Widgets for the faults to plant, which they return; None where none are wanted."""
    is_wanted = st.toggle(
        "Plant faults to test a detector",
        key="plant",
        bind="query-params",
        help="To test a detector of faults, you need faulty signals and the truth about them. Wavetwin puts simple faults into "
        "some of the signals and labels them: which signals, which fault, which samples.",
    )
    if not is_wanted:
        return None
    usual = FaultSettings()
    kinds = st.multiselect(
        "Faults",
        list(FAULTS),
        default=list(usual.kinds),
        format_func=lambda kind: FAULTS[kind].title,
        key="fault-kinds",
        help=FaultSettings.model_fields["kinds"].description,
    )
    if not kinds:
        st.caption("Choose at least one fault.")
        return None
    values = fields(usual, ["share", "strength", "length"], "fault")
    try:
        return validated(FaultSettings, values | {"kinds": kinds})
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
        return None


@st.cache_data(max_entries=8, show_spinner="Planting faults …")
def fault_picture(
    run_id: str, step: int, seed: int, requested: dict[str, str], settings: FaultSettings, _twin: Surrogate
) -> Figure | None:
    """The first signal of a download with each kind of fault; None where the first ones have none. run_id and step: the twin."""
    config = _twin.config
    good = _twin.sample(BLOCK, seed, parse_conditions(config.columns, requested))
    (faulty,) = plant(iter([Batch.unconditional(good)]), settings, _twin.scaling.std, seed)
    examples = []
    for label, kind in enumerate(settings.ordered, start=1):
        found = np.flatnonzero(faulty.conditions[:, -1] == label)
        if len(found) and faulty.faulty is not None:
            number = int(found[0])
            channel = int(faulty.faulty[number].any(axis=1).argmax())
            place = f"signal {number + 1}" + (f", channel {channel + 1}" if good.shape[1] > 1 else "")
            parts = (values[number, channel] for values in (good, faulty.signals, faulty.faulty))
            examples.append(Example(f"<b>{FAULTS[kind].title}</b> · {place}", *parts))
    return planted_faults(config.source.times, examples, config.source.units) if examples else None


def faults_shown(figure: Figure | None, settings: FaultSettings) -> None:
    """The picture, and what the chosen faults do at a strength of 1."""
    st.subheader("The first signal with each fault")
    if figure is None:
        st.info(
            f"None of the first {formatting.count(BLOCK)} signals has a fault. Choose a larger share to see some.",
            icon=":material/info:",
        )
        return
    markup(LEGEND, "faults-legend")
    chart(
        figure, "faults", "The first signal with each kind of fault, before and after, with the changed samples marked."
    )
    with st.expander("What the faults do, and how they are labelled"):
        st.markdown(
            "\n".join(f"- **{FAULTS[kind].title}**: {FAULTS[kind].meaning}" for kind in settings.ordered)
            + "\n\nThat is at a strength of 1. *Standard deviation* is that of the real signals, so a strength means the same in "
            "all of them. Column `fault` says which fault a signal has, or `none`. A fault that changed nothing, such as a stuck "
            "sensor in a flat stretch, counts as none. CSV files get a second table with 1 for each sample that a fault changed; "
            "most other formats hold these marks themselves, under the name `faulty`."
        )
