"""Balanced classes: a training table of reals and as many fakes of each rarer class as it takes, beside reals to test on.

The training table holds the reals that the twin may have learned from. The others, which it never saw, are left as they
are: on them a model can be tested honestly that learned from the table.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from core.config import Column, RunConfig
from core.errors import ConfigError
from core.formatting import quantity
from core.generation.export import FORMATS, Content, encode
from core.generation.export.archive import zipped
from core.generation.surrogate import Surrogate
from core.seeds import Purpose, derived_seed, numpy_rng
from core.signals.batch import Batch
from core.signals.source import Source

TABLES = ("csv", "csv.gz", "parquet")  # formats whose files have a column for the class
ORIGINS = ("real", "fake")
Watch = Callable[[Iterator[Batch]], Iterator[Batch]]


@dataclass(frozen=True)
class Balance:
    """The reals of a run by their class, and how many fakes make all classes equally frequent.

    training: the reals that the twin may have learned from; test: those that it never saw. index: of the class among the
    conditions. n_real: (n_classes,), of the training table.
    """

    config: RunConfig
    index: int
    training: Batch
    test: Batch
    n_real: np.ndarray

    @classmethod
    def of(cls, config: RunConfig, source: Source, name: str = "") -> Self:
        """The balance of the condition `name`, or of the only one that is a class. Raises ConfigError where there is none."""
        column = class_column(config, name)
        seed, everything = config.training.seed, np.iinfo(np.int32).max
        learned = source.distinct(everything, numpy_rng(seed, Purpose.BALANCE))
        selection = source.held_out(everything, seed)
        training = Batch(
            np.concatenate([learned.signals, selection.signals]),
            np.concatenate([learned.conditions, selection.conditions]),
        )
        index = config.columns.index(column)
        counts = np.bincount(training.conditions[:, index].astype(int), minlength=len(column.classes))
        return cls(config, index, training, source.fresh(everything, seed), counts)

    @property
    def column(self) -> Column:
        """The class that is balanced."""
        return self.config.columns[self.index]

    @property
    def n_fake(self) -> np.ndarray:
        """How many fakes each class gets, (n_classes,); none where there is no real, for no twin knows such a class."""
        return np.where(self.n_real > 0, self.n_real.max() - self.n_real, 0)

    @property
    def n_rows(self) -> int:
        """Signals in the training table."""
        return len(self.training) + int(self.n_fake.sum())

    def training_table(self, twin: Surrogate, seed: int) -> Iterator[Batch]:
        """The reals, then the fakes class by class, with their origin as the last condition."""
        yield _with_origin(self.training, 0)
        for place, n in enumerate(self.n_fake.tolist()):
            if n:
                # Each class has a seed of its own, or the signals of two classes would share their random numbers.
                of_class = {self.column.name: (self.column.classes[place],)}
                for piece in twin.stream(n, derived_seed(seed, Purpose.BALANCE, place), of_class):
                    yield _with_origin(piece, 1)

    @property
    def n_signals(self) -> int:
        """Signals in the whole folder."""
        return self.n_rows + len(self.test)

    def file(self, twin: Surrogate, seed: int, format_name: str, watch: Watch = iter) -> Iterator[bytes]:
        """The training table as one file in one of TABLES; `watch` sees its signals go by."""
        return encode(watch(self.training_table(twin, seed)), self.n_rows, self._content, format_name)

    def folder(
        self, twin: Surrogate, seed: int, format_name: str, cautions: Sequence[str], watch: Watch = iter
    ) -> Iterator[bytes]:
        """A ZIP file with the training table, the reals to test on, and what they are; `watch` sees the signals go by.

        cautions: what not to conclude from fakes of this twin, in sentences.
        """
        training = self.file(twin, seed, format_name, watch)
        test = encode(watch(iter([_with_origin(self.test, 0)])), len(self.test), self._content, format_name)
        return zipped(
            [
                ("README.txt", iter([self.story(twin, seed, cautions).encode()])),
                (f"training.{format_name}", training),
                (f"test.{format_name}", test),
            ]
        )

    def story(self, twin: Surrogate, seed: int, cautions: Sequence[str]) -> str:
        """What is in the folder, for whoever opens it."""
        rows = "\n".join(
            f"  {name}: {quantity(int(real), 'real')}, {quantity(int(fake), 'fake')}"
            for name, real, fake in zip(self.column.classes, self.n_real, self.n_fake, strict=True)
        )
        return (
            f"Balanced classes, made with Wavetwin (twin at step {twin.step}, seed {seed}).\n\n"
            f"training: all reals that the twin may have learned from, and fakes that make every “{self.column.name}” equally "
            f"frequent. Column “{self._content.columns[-1].name}” says which is which.\n{rows}\n\n"
            f"test: {quantity(len(self.test), 'real')} that the twin never saw, as frequent as they occur. Test your model on "
            "these alone, and train it on none of them.\n\n"
            "What not to conclude:\n" + "".join(f"- {caution}\n" for caution in cautions)
        )

    @property
    def _content(self) -> Content:
        content = Content.of(self.config)
        origin = Column(name=_free_name("origin", content.columns), classes=ORIGINS)
        return replace(content, columns=(*content.columns, origin))


def class_columns(config: RunConfig) -> list[Column]:
    """The conditions that are classes and not numbers."""
    return [column for column in config.columns if column.classes]


def class_column(config: RunConfig, name: str = "") -> Column:
    """The condition of that name, or the only one that is a class. Raises ConfigError where there is none, or several."""
    known = class_columns(config)
    names = ", ".join(column.name for column in known)
    if not known:
        raise ConfigError(
            "This twin has no classes to balance; train one on recordings with a column of classes, as a condition."
        )
    if not name and len(known) > 1:
        raise ConfigError(f"This twin knows several classes; choose one of: {names}.")
    found = next((column for column in known if column.name == name or not name), None)
    if found is None:
        raise ConfigError(f"“{name[:80]}” is no class that this twin knows; choose one of: {names}.")
    return found


def check_table(format_name: str) -> None:
    """Raise ConfigError where files of a format cannot name the class of a signal."""
    if format_name not in TABLES:
        raise ConfigError(
            f"A file of the format {FORMATS[format_name].title} cannot name the class of a signal; choose one of: "
            f"{', '.join(TABLES)}."
        )


def _with_origin(batch: Batch, place: int) -> Batch:
    origin = np.full((len(batch), 1), place, np.float32)
    return Batch(batch.signals, np.hstack([batch.conditions, origin]))


def _free_name(name: str, columns: tuple[Column, ...]) -> str:
    """The name, with a sign behind it where a column has it already."""
    taken = {column.name for column in columns}
    while name in taken:
        name += "_"
    return name
