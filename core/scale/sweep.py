"""Sweeps: many runs from one file, of every seed with every preset, source and training setting that it names.

name = "how much noise"
seeds = [0, 1, 2]
presets = ["quick", "standard"]

[training]
gamma = [1.0, 3.0]           # one value, or a list of which each is tried

[[sources]]
name = "quiet"
noise_amplitude = 0.1        # settings of the simulator

[[sources]]
dataset = "0123456789abcdef" # a data set that is kept

[[sources]]
files = ["beats.csv"]        # recordings, folders or patterns of them, seen from the folder of this file
conditions = ["class"]
"""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple, Self

import orjson

from core.config import (
    MAX_SEED,
    PRESETS,
    DataSetOptions,
    RecordingsConfig,
    RunConfig,
    SimulatorConfig,
    SourceConfig,
    SourceOptions,
    TrainingConfig,
    changed,
    preset_config,
    validated,
)
from core.errors import ConfigError, WavetwinError
from core.formatting import name_of, quantity
from core.recordings.import_files import ReadSettings
from core.recordings.preparation.prepare import Preparation
from core.store.datasets import DataSetStore
from core.store.intake import take_in
from core.store.run import MAX_NAME

MAX_RUNS = 10_000  # of one sweep; more are a slip
KEYS = ("name", "run_name", "seeds", "presets", "sources", "training")
OF_EVERY_SOURCE = ("name", "conditions")
SETTINGS = [name for name in TrainingConfig.model_fields if name != "seed"]  # which may be swept

FilesOf = Callable[[list[Path]], list[Path]]  # those in folders, and those that patterns match


class Planned(NamedTuple):
    """A run of a sweep."""

    name: str
    config: RunConfig


@dataclass(frozen=True)
class Sweep:
    """What a file asks for. `Sweep.read` says in a sentence what is wrong with one."""

    name: str
    run_name: str  # a pattern such as "{sweep} · {preset} · seed {seed}"
    seeds: list[int]
    presets: list[str]
    sources: list[dict[str, Any]]
    training: dict[str, list[Any]]  # the values of each setting that are tried
    folder: Path  # from which files are seen

    @classmethod
    def read(cls, path: Path) -> Self:
        """A sweep from a TOML or JSON file. Raises ConfigError, which names the key and what may stand there."""
        values = _parsed(path)
        _check_keys("A sweep", values, KEYS)
        name = name_of(_text("name", values.get("name", path.stem)), MAX_NAME)
        sources = values.get("sources", [{}])
        if not isinstance(sources, list) or not sources or not all(isinstance(one, dict) for one in sources):
            raise ConfigError("sources must be a list of tables; write one table [[sources]] for each source.")
        training = values.get("training", {})
        if not isinstance(training, dict):
            raise ConfigError(f"training must be a table of settings: {', '.join(SETTINGS)}.")
        _check_keys("[training]", training, SETTINGS)
        sweep = cls(
            name=name or path.stem,
            run_name=_text("run_name", values.get("run_name", "")),
            seeds=[_seed(seed) for seed in _list("seeds", values.get("seeds", 0))],
            presets=[_preset(preset) for preset in _list("presets", values.get("presets", next(iter(PRESETS))))],
            sources=sources,
            training={name: _list(name, given) for name, given in training.items()},
            folder=path.parent,
        )
        _check_pattern(sweep.pattern, sweep._words(0, "", sweep.presets[0], dict.fromkeys(sweep.training, "")))
        return sweep

    @property
    def pattern(self) -> str:
        """How its runs are named: as it says, or by all that differs between them."""
        parts = ["{source}"] if len(self.sources) > 1 else []
        parts += ["{preset}"] if len(self.presets) > 1 else []
        parts += [f"{name} {{{name}}}" for name, values in self.training.items() if len(values) > 1]
        parts += ["seed {seed}"] if len(self.seeds) > 1 else []
        return self.run_name or " · ".join(["{sweep}", *parts])

    def runs(self, data_sets: DataSetStore, files_of: FilesOf, keep_in: DataSetStore | None = None) -> list[Planned]:
        """Its runs, the first seed of everything first. Files become data sets in `keep_in`, by default in `data_sets`.

        Raises ConfigError, which says which source or setting is impossible, and what reading files raises.
        """
        files = _Files(self.folder, files_of, keep_in or data_sets)
        sources = [_source(number, given, files, data_sets) for number, given in enumerate(self.sources, 1)]
        settings = [dict(zip(self.training, values, strict=True)) for values in product(*self.training.values())]
        n = len(self.seeds) * len(sources) * len(self.presets) * len(settings)
        if n > MAX_RUNS:
            raise ConfigError(f"That sweep has {quantity(n, 'run')}; leave out some, it may have {MAX_RUNS:,}.")
        return list(self._runs(sources, settings))

    def _runs(self, sources: "list[_Source]", settings: list[dict[str, Any]]) -> Iterator[Planned]:
        for seed, source, preset, given in product(self.seeds, sources, self.presets, settings):
            config = preset_config(preset, source.config, source.conditions)
            config = changed(config, training=config.training.model_dump() | given | {"seed": seed})
            words = self._words(seed, source.name, preset, given)
            yield Planned(name_of(self.pattern.format(**words), MAX_NAME), config)

    def _words(self, seed: int, source: str, preset: str, training: Mapping[str, Any]) -> dict[str, Any]:
        """What may stand in a pattern."""
        return {"sweep": self.name, "source": source, "preset": preset, "seed": seed, **training}


class _Source(NamedTuple):
    name: str
    config: SourceConfig
    conditions: tuple[str, ...]


class _Files(NamedTuple):
    folder: Path
    files_of: FilesOf
    keep_in: DataSetStore


def _source(number: int, given: Mapping[str, Any], files: _Files, data_sets: DataSetStore) -> _Source:
    """The source that a table [[sources]] describes."""
    conditions = tuple(map(str, _list("conditions", given.get("conditions", []), may_be_empty=True)))
    own = {key: value for key, value in given.items() if key not in OF_EVERY_SOURCE}
    config: SourceConfig
    try:
        if "files" in given:
            config = _from_files(given, files)
        elif "dataset" in given:
            _check_keys(
                "A source that is a data set", given, ("dataset", *OF_EVERY_SOURCE, *SourceOptions.model_fields)
            )
            kept = data_sets.config(str(own.pop("dataset")))
            config = changed(kept, **own)
        else:
            known = [name for name in SimulatorConfig.model_fields if name != "kind"]
            _check_keys("A simulator", given, (*OF_EVERY_SOURCE, *known, "dataset", "files"))
            config = validated(SimulatorConfig, own)
        preset_config(next(iter(PRESETS)), config, conditions)  # whether it has these conditions
    except WavetwinError as error:
        raise ConfigError(f"Source {number}: {error}") from None
    name = config.name if isinstance(config, RecordingsConfig) else f"source {number}"
    return _Source(_text("name", given.get("name", name)), config, conditions)


def _from_files(given: Mapping[str, Any], files: _Files) -> RecordingsConfig:
    models = (ReadSettings, Preparation, DataSetOptions)
    known = [key for model in models for key in model.model_fields]
    _check_keys("A source from files", given, ("files", *OF_EVERY_SOURCE, *known))
    reading, preparation, options = (
        {key: value for key, value in given.items() if key in model.model_fields} for model in models
    )
    paths = [files.folder / _text("files", name) for name in _list("files", given["files"])]
    config, _ = take_in(files.keep_in, files.files_of(paths), validated(ReadSettings, reading), **preparation)
    return changed(config, **options)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The sweep {path} cannot be read ({error.strerror}); check its name and place.") from None
    try:
        values = orjson.loads(content) if path.suffix == ".json" else tomllib.loads(content.decode())
    except ValueError as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise ConfigError(f"The sweep {path} is not valid {kind} ({error}); correct it there.") from None
    if not isinstance(values, dict):
        raise ConfigError(f"The sweep {path} is empty; use these keys: {', '.join(KEYS)}.")
    return values


def _check_keys(where: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    for key in given:
        if key not in known:
            raise ConfigError(f"{where} has no key “{key[:60]}”; use one of: {', '.join(dict.fromkeys(known))}.")


def _check_pattern(pattern: str, words: Mapping[str, Any]) -> None:
    """Raise ConfigError where a pattern of names cannot be filled with such words."""
    try:
        fields = {field for _, field, _, _ in Formatter().parse(pattern) if field is not None}
        if fields <= words.keys():  # no attributes or items of a word either
            pattern.format(**words)
            return
    except ValueError:  # a brace without its partner, or a format that does not fit
        pass
    allowed = ", ".join(f"{{{name}}}" for name in words)
    raise ConfigError(f"run_name is “{pattern[:60]}”; use text and {allowed}.")


def _list(key: str, given: Any, may_be_empty: bool = False) -> list[Any]:
    """A list of values, of which one may stand alone."""
    values = given if isinstance(given, list) else [given]
    if not values and not may_be_empty:
        raise ConfigError(f"{key} is empty; give one value or a list.")
    return values


def _seed(given: Any) -> int:
    if type(given) is not int or not 0 <= given <= MAX_SEED:
        raise ConfigError(f"seeds has {str(given)[:60]!r}; give whole numbers from 0 to {MAX_SEED:,}.")
    return given


def _preset(given: Any) -> str:
    if given not in PRESETS:
        raise ConfigError(f"presets has {str(given)[:60]!r}; use one of: {', '.join(PRESETS)}.")
    return str(given)


def _text(key: str, given: Any) -> str:
    if not isinstance(given, str):
        raise ConfigError(f"{key} has {str(given)[:60]!r}; give text in quotes.")
    return given
