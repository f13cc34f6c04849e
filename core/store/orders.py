"""Signals of a run as somebody wants them: which ones, with what planted in them, and the card that describes them."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from core.config import SimulatorConfig, SourceConfig
from core.errors import ConfigError
from core.fidelity.measure import Grade
from core.generation.card import Card, SignalsCard, SourceCard, TrainingCard, VerdictCard
from core.generation.conditions import RequestedConditions, format_conditions, out_of_range
from core.generation.design import Design
from core.generation.export import Content, check, encode, encode_marks
from core.seeds import BLOCK
from core.signals.batch import Batch, collect
from core.signals.faults import FaultSettings, plant
from core.store.datasets import open_source
from core.store.run import Run
from core.training.selection import STOP_SENTENCES, StopReason

if TYPE_CHECKING:  # torch is loaded where a twin is used
    from core.fidelity.report import Report
    from core.generation.surrogate import Surrogate

Watch = Callable[[Iterator[Batch]], Iterator[Batch]]
N_VALUES_WEIGHED = 200_000  # of signals that are written to tell how large a file of many is; below half a second
EXPERIMENT = ("experiment_cost", "experiment_minutes", "kind")  # settings of a source that say nothing of its signals


@dataclass(frozen=True)
class Order:
    """Signals of a run: how many, of which seed, fake or real, what is asked of the twin, and which faults are planted.

    The twin is loaded once, and what it is like told once: so an order is for one use, and made anew for the next.
    Methods raise RunNotFoundError or RunFileError where they need a twin and there is none that can be read, DataSetError where
    they need the data set and it is gone.
    """

    run: Run
    count: int
    seed: int = 0
    kind: Literal["fake", "real"] = "fake"
    requested: RequestedConditions = field(default_factory=dict)
    faults: FaultSettings | None = None
    design: Design | None = None  # how what is asked for is gone through

    def __post_init__(self) -> None:
        if self.design:
            self.design.check(self.requested, self.count)
        if self.kind == "real" and self.requested:
            raise ConfigError("Real signals come as they are; ask for no conditions, or ask for fakes.")

    def pieces(self) -> Iterator[Batch]:
        """The signals in pieces, with their faults."""
        # The twin knows the standard deviation of the source, which faults are measured in; so reals with faults need it, too.
        twin = self._twin if self.kind == "fake" or self.faults else None
        if twin is not None and self.kind == "fake":
            pieces = twin.stream(self.count, self.seed, self.requested, design=self.design)
        else:
            pieces = open_source(self.run.config, self.run.data_dir).stream(self.count, self.seed)
        if twin is None or self.faults is None:
            return pieces
        return plant(pieces, self.faults, twin.scaling.std, self.seed)

    def content(self) -> Content:
        """What is in a file of the signals besides their values."""
        return Content.of(self.run.config, self.faults, self.card())

    def check(self, format_name: str) -> None:
        """Raise what `encoded` would: ConfigError where a file cannot hold the signals, and what the class says."""
        check(format_name, self.count, self.content())
        self.pieces()

    def encoded(self, format_name: str, watch: Watch = iter) -> Iterator[bytes]:
        """The file of the signals, of which `watch` sees the pieces go by. Raises ConfigError where it cannot hold them."""
        content = self.content()
        check(format_name, self.count, content)
        return encode(watch(self.pieces()), self.count, content, format_name)

    def about_bytes(self, format_name: str) -> float:
        """About how large the file will be, from two files of its first signals. Raises what `encoded` would."""
        content = self.content()
        values_each = content.n_channels * len(content.times)
        more = min(self.count, BLOCK, max(2, N_VALUES_WEIGHED // values_each))
        few = -(-more // 4)
        first = collect(replace(self, count=more).pieces(), more)
        n_bytes = {n: sum(map(len, encode(iter([first[:n]]), n, content, format_name))) for n in (few, more)}
        each = (n_bytes[more] - n_bytes[few]) / max(1, more - few)
        return n_bytes[more] + (self.count - more) * each

    def check_marks(self) -> None:
        """Raise what `encoded_marks` would."""
        self._check_faults()
        self.pieces()

    def encoded_marks(self, watch: Watch = iter) -> Iterator[bytes]:
        """A CSV file with 1 for each sample that a fault changed, and 0 elsewhere. Raises ConfigError where none are planted."""
        self._check_faults()
        return encode_marks(watch(self.pieces()), self.count, self.content())

    def _check_faults(self) -> None:
        if self.faults is None:
            raise ConfigError("No faults are planted, so there is nothing to mark; choose some faults first.")

    def card(self) -> Card:
        """The description that travels with the signals."""
        return self._card

    @cached_property
    def _twin(self) -> "Surrogate":
        return self.run.load_surrogate()

    @cached_property
    def _card(self) -> Card:
        config, source = self.run.config, self.run.config.source
        content = Content.of(config, self.faults)
        twin = self._twin if self.kind == "fake" or self.run.has_surrogate else None
        report = self.run.report
        signals = SignalsCard(
            kind=self.kind,
            count=self.count,
            seed=self.seed,
            n_channels=source.n_channels,
            n_samples=source.n_samples,
            sampling_rate=content.rate if source.units.is_timed else None,
            start=float(source.times[0]),
            unit=source.unit,
            columns=content.columns,
            requested=format_conditions(config.columns, self.requested),
            out_of_range=tuple(out_of_range(config.columns, self.requested)),
            design=self.design,
            faults=self.faults,
        )
        training = _training(self.run, twin) if twin else None
        return Card.of(signals, _source(source), training, _verdict(report) if report else None)


def _source(source: SourceConfig) -> SourceCard:
    if isinstance(source, SimulatorConfig):
        return SourceCard(kind=source.kind, settings=source.model_dump(mode="json", exclude=set(EXPERIMENT)))
    return SourceCard(kind=source.kind, name=source.name, n_signals=source.n_signals, license=source.license)


def _training(run: Run, twin: "Surrogate") -> TrainingCard:
    config, status = run.config, run.status
    is_told = status.stop_reason in list(StopReason)
    return TrainingCard(
        run=run.id,
        name=run.name,
        started_by=run.owner.name if run.owner else "",
        preset=config.preset,
        architecture=config.network.architecture,
        seed=config.training.seed,
        steps=status.step,
        step=twin.step,
        distance=twin.distance,
        ended=STOP_SENTENCES[StopReason(status.stop_reason)] if is_told else f"The training is {status.state}.",
        sha256=hashlib.sha256(run.surrogate_file.read_bytes()).hexdigest(),
    )


def _verdict(report: "Report") -> VerdictCard:
    return VerdictCard(
        title=report.verdict.title,
        sentence=report.verdict.sentence,
        is_good=report.verdict.grade is Grade.GOOD,
        step=report.subject.step,
        is_quick=report.subject.quick,
        n_signals=report.subject.n_signals,
        measured_at=report.subject.measured_at,
    )
