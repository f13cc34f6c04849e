from datetime import UTC, datetime

import orjson
import pytest

from core.config import Column, SimulatorConfig
from core.generation.card import (
    FAULTS_ARE_MODELS,
    NOT_JUDGED,
    QUICK_VERDICT,
    REALS,
    SHOWN_ONLY,
    Card,
    SourceCard,
    VerdictCard,
)
from core.signals.faults import FaultSettings
from core.version import __version__
from tests.unit.generation.cards import card

GOOD = VerdictCard(
    title="Hard to tell from real",
    sentence="They can stand in.",
    is_good=True,
    step=450,
    is_quick=False,
    n_signals=10_000,
    measured_at=datetime(2026, 11, 25, tzinfo=UTC),
)


def changed(**values) -> VerdictCard:
    return GOOD.model_copy(update=values)


def test_a_card_comes_back_from_its_json():
    made = card(faults=FaultSettings(), verdict=GOOD, columns=(Column(name="load", unit="N"),))
    assert Card.from_json(made.to_json()) == made
    values = orjson.loads(made.to_json())
    assert values["format"] == "wavetwin-card"
    assert values["wavetwin"] == __version__


@pytest.mark.parametrize(
    ("made", "cautions"),
    [
        (card(), (NOT_JUDGED, SHOWN_ONLY)),
        (card(verdict=GOOD), (SHOWN_ONLY,)),
        (card(verdict=changed(is_quick=True)), (QUICK_VERDICT, SHOWN_ONLY)),
        (card(verdict=GOOD, faults=FaultSettings()), (FAULTS_ARE_MODELS, SHOWN_ONLY)),
        (card(verdict=GOOD, out_of_range=("Too far.",)), ("Too far.", SHOWN_ONLY)),
        (card(kind="real", verdict=GOOD), (REALS,)),
    ],
)
def test_a_card_says_what_may_not_be_concluded(made, cautions):
    assert made.cautions == cautions
    for sentence in cautions:
        assert f"- {sentence}" in made.to_markdown()


def test_fakes_that_are_told_apart_and_verdicts_on_another_state_are_doubted():
    easy = changed(title="Easy to tell from real", sentence="Do not base decisions on them.", is_good=False, step=100)
    first, second, _ = card(verdict=easy).cautions
    assert first == "Easy to tell from real. Do not base decisions on them."
    assert "another state of the twin, at step 100" in second


def test_the_page_for_people_says_all_that_matters():
    source = SourceCard(kind="recordings", name="Pumps", n_signals=500, license="CC BY 4.0")
    made = card(
        verdict=GOOD,
        source=source,
        faults=FaultSettings(kinds=("jitter",), share=0.25),
        columns=(Column(name="state", classes=("new", "worn")), Column(name="load", unit="N", maximum=5)),
        requested={"state": "worn"},
        unit="mV",
    )
    text = made.to_markdown()
    for part in (
        "# 100 fake signals",
        "never measured",
        "“Pumps”, 500 signals",
        "Licence of the data: CC BY 4.0",
        "1 channel of 51 samples",
        "100 samples per second",
        "Values: mV",
        "Condition “state”: new, worn",
        "Condition “load”: 0 to 5 N",
        "Asked for: state = worn",
        "clock jitter, in 25 % of the signals",
        "Seed 3",
        "step 450 of 500. Classifiers could only guess.",
        "ab" * 32,
        "Hard to tell from real. They can stand in.",
        "Measured on 25 November 2026 of the state at step 450, 10,000 signals a side.",
        f"Made with Wavetwin {__version__}.",
    ):
        assert part in text


def test_what_is_not_known_is_said():
    text = card(sampling_rate=None, source=SourceCard(kind="recordings", name="x", n_signals=1)).to_markdown()
    assert "The sampling rate is not known." in text
    assert "Licence of the data: not given" in text
    assert "no unit known" in text


def test_real_signals_are_not_called_fakes():
    settings = SimulatorConfig().model_dump(mode="json", include={"waveform", "amplitude", "phase", "t_end"})
    text = card(kind="real", source=SourceCard(kind="simulator", settings=settings)).to_markdown()
    assert text.startswith("# 100 real signals")
    assert "never measured" not in text
    assert "amplitude 0.1 to 10 in steps of 0.1, phase 0, waveform sine, t end 18.8496" in text
