"""The card of signals: what they are, where they come from, how far they can be trusted, and what they do not show.

It travels with every export, inside the file where its format has room for a description and beside it where not, as JSON for
programs and as Markdown for people. What it says follows from the run alone, so the same signals have the same card.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from core import formatting
from core.config import Column, Model
from core.file_format import FileFormat, FileModel
from core.generation.design import Design
from core.signals.faults import FAULTS, FaultSettings
from core.version import __version__

NOT_JUDGED = (
    "Nobody has measured how true this twin is. Do not conclude anything from its fakes about the source before page Fidelity, "
    "or the command evaluate, has judged it."
)
OLDER_VERDICT = (
    "The verdict is that of another state of the twin, at step {step}. Judge the twin again before you rely on these "
    "signals."
)
QUICK_VERDICT = "The verdict comes from a quick evaluation, which sees only large differences."
REALS = "These are real signals of the run's source, not fakes: nothing said about the twin applies to them."
SHOWN_ONLY = (
    "A twin knows only what its reals have shown. Its fakes say nothing about states, loads or faults of the source that "
    "were not among them, and rare events are as rare or rarer."
)
FAULTS_ARE_MODELS = (
    "The faults were planted by simple rules. A detector that finds them is not yet proven on the faults of the real "
    "source."
)


class SourceCard(Model):
    """Where the real signals come from."""

    kind: str = Field(description="simulator or recordings.")
    name: str = Field("", description="Of the data set.")
    n_signals: int | None = Field(None, description="In the data set.")
    license: str = Field("", description="Of the data, as the user gave it.")
    settings: dict[str, Any] = Field({}, description="Of the simulator.")


class TrainingCard(Model):
    """How the twin was made."""

    run: str
    name: str
    started_by: str = Field("", description="Who started the run; empty where nobody had signed in.")
    preset: str
    architecture: str
    seed: int
    steps: int = Field(description="Steps that the run took.")
    step: int = Field(description="Step of the twin, the best state.")
    distance: float = Field(description="To held-out reals, in multiples of its floor.")
    ended: str = Field("", description="Why the training ended, in words.")
    sha256: str = Field(description="Digest of the twin's file.")


class VerdictCard(Model):
    """What the last report on the twin found."""

    title: str
    sentence: str
    is_good: bool = Field(description="The fakes may stand in for real signals in most uses.")
    step: int | None = Field(None, description="Step of the twin that was judged.")
    is_quick: bool
    n_signals: int = Field(description="A side.")
    measured_at: datetime


class SignalsCard(Model):
    """Which signals they are: with the twin's file, all it takes to make them again."""

    kind: str = Field(description="fake or real.")
    count: int
    seed: int
    n_channels: int
    n_samples: int
    sampling_rate: float | None = Field(description="In Hz; None where nobody knows it.")
    start: float = Field(description="Time of the first sample, in seconds.")
    unit: str = Field("", description="Of the values.")
    columns: tuple[Column, ...] = Field((), description="The conditions that each signal comes with.")
    requested: dict[str, str] = Field({}, description="What was asked of the twin.")
    design: Design | None = Field(None, description="How what was asked for is gone through; at random where None.")
    out_of_range: tuple[str, ...] = Field((), description="What was asked beyond the range of the training.")
    faults: FaultSettings | None = Field(None, description="What was planted in them.")


class Card(Model, FileModel):
    """The description of a set of signals."""

    file_format = FileFormat("wavetwin-card", 3)

    wavetwin: str = Field(description="The version that made them.")
    signals: SignalsCard
    source: SourceCard
    training: TrainingCard | None = Field(None, description="None of real signals whose run has no twin yet.")
    verdict: VerdictCard | None = None
    cautions: tuple[str, ...] = Field((), description="What not to conclude from the signals.")

    @classmethod
    def of(
        cls, signals: SignalsCard, source: SourceCard, training: TrainingCard | None, verdict: VerdictCard | None
    ) -> Self:
        """The card of signals, with the cautions that follow from it."""
        return cls(
            wavetwin=__version__,
            signals=signals,
            source=source,
            training=training,
            verdict=verdict,
            cautions=tuple(_cautions(signals, training, verdict)),
        )

    def to_markdown(self) -> str:
        """For people."""
        signals, unit = self.signals, self.signals.unit or "no unit known"
        noun = f"{signals.kind} signal"
        parts = [
            f"# {formatting.quantity(signals.count, noun)}",
            self._story(),
            "## What not to conclude",
            _bullets(self.cautions),
            "## The signals",
            _bullets(
                [
                    f"{formatting.quantity(signals.n_channels, 'channel')} of {formatting.count(signals.n_samples)} samples",
                    f"{signals.sampling_rate:.9g} samples per second, the first at {signals.start:.9g} s"
                    if signals.sampling_rate
                    else "The sampling rate is not known.",
                    f"Values: {unit}",
                    *map(_condition, signals.columns),
                    *(f"Asked for: {name} = {text}" for name, text in signals.requested.items()),
                    *_design(signals.design),
                    *_faults(signals.faults),
                    f"Seed {signals.seed}: the same twin, seed and number give the same signals.",
                ]
            ),
            "## The source",
            _bullets(self._source()),
        ]
        if self.training:
            parts += ["## The training", _bullets(_training(self.training))]
        if self.verdict:
            parts += ["## The verdict", _bullets(_verdict(self.verdict))]
        return "\n\n".join(parts) + f"\n\nMade with Wavetwin {self.wavetwin}.\n"

    def _story(self) -> str:
        if self.signals.kind == "real":
            return "Drawn from the real signals of the source below."
        return "Made by a generative adversarial network, the twin of the source below. They were never measured."

    def _source(self) -> list[str]:
        source = self.source
        if source.kind == "simulator":
            settings = (f"{name.replace('_', ' ')} {_setting(value)}" for name, value in source.settings.items())
            return [f"Wavetwin's simulator: {', '.join(settings)}"]
        n = formatting.quantity(source.n_signals or 0, "signal")
        return [f"Recordings: “{source.name}”, {n}", f"Licence of the data: {source.license or 'not given'}"]


def _cautions(signals: SignalsCard, training: TrainingCard | None, verdict: VerdictCard | None) -> Iterator[str]:
    if signals.kind == "real":
        yield REALS
    else:
        yield from _doubts(training, verdict) if verdict else [NOT_JUDGED]
        yield from signals.out_of_range
    if signals.faults:
        yield FAULTS_ARE_MODELS
    if signals.kind == "fake":
        yield SHOWN_ONLY


def _doubts(training: TrainingCard | None, verdict: VerdictCard) -> Iterator[str]:
    """What a verdict leaves open."""
    if not verdict.is_good:
        yield f"{verdict.title}. {verdict.sentence}"
    if training and verdict.step not in (None, training.step):
        yield OLDER_VERDICT.format(step=formatting.count(verdict.step or 0))
    if verdict.is_quick:
        yield QUICK_VERDICT


def _setting(value: Any) -> str:
    """A setting of the simulator; a range by its ends."""
    if not isinstance(value, dict):
        return f"{value:g}" if isinstance(value, float) else str(value)
    low, high = value["minimum"], value["maximum"]
    return f"{low:g}" if low == high else f"{low:g} to {high:g} in steps of {value['step']:g}"


def _condition(column: Column) -> str:
    values = ", ".join(column.classes) if column.classes else f"{column.minimum:g} to {column.maximum:g} {column.unit}"
    return f"Condition “{column.name}”: {values.strip()}"


def _design(design: Design | None) -> list[str]:
    if design is None:
        return []
    if design.kind == "sobol":
        return ["Requested conditions follow a scrambled Sobol sequence"]
    return [f"Requested conditions follow a grid of {design.steps} values of each range, repeated"]


def _faults(faults: FaultSettings | None) -> list[str]:
    if faults is None:
        return []
    kinds = ", ".join(FAULTS[kind].title.lower() for kind in faults.ordered)
    share, length = formatting.percent(faults.share), formatting.percent(faults.length)
    return [
        f"Planted faults: {kinds}, in {share} of the signals, strength {faults.strength:g}, for {length} of a signal"
    ]


def _training(training: TrainingCard) -> list[str]:
    return [
        f"Run “{training.name}” ({training.run}), preset {training.preset}, architecture {training.architecture}, "
        f"seed {training.seed}",
        *([f"Started by {training.started_by}"] if training.started_by else []),
        f"The twin is the state {formatting.moment(training.step)} of {formatting.count(training.steps)}. "
        f"{training.ended}".strip(),
        f"The fakes are {formatting.nearness(training.distance)}.",
        f"SHA-256 of the twin's file: {training.sha256}",
    ]


def _verdict(verdict: VerdictCard) -> list[str]:
    step = f" of the state {formatting.moment(verdict.step)}" if verdict.step is not None else ""
    return [
        f"{verdict.title}. {verdict.sentence}",
        f"Measured on {verdict.measured_at:%d %B %Y}{step}, {formatting.count(verdict.n_signals)} signals a side.",
    ]


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
