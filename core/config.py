"""Every setting, with its meaning, unit, range and default: one frozen model for each thing that is set.

A field's description is the tooltip that the pages show, its `Unit` stands beside the label, and its bounds
are what both the pages and the command line enforce.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializeAsAny,
    Tag,
    ValidationError,
    model_validator,
)

from core.errors import ConfigError
from core.file_format import FileFormat, FileModel, NewerVersionError

LARGEST = 1e6  # physical values beyond this are a slip of the keyboard
MAX_SEED = 2**31 - 1
MAX_GRID_VALUES = 10_000_000
FINEST_STEP = 1e-18
MAX_SENTENCES = 4  # of one error
MAX_CHANNELS = 64
MAX_SIMULATED_CHANNELS = 16
MIN_SAMPLES, MAX_SAMPLES = 16, 4096
MIN_REALS = 20  # signals that a training learns from


@dataclass(frozen=True)
class Unit:
    """The physical unit of a field, as shown beside its label."""

    symbol: str


class Model(BaseModel):
    """Immutable settings; unknown names, NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Physical = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]


class ValueRange(Model):
    """The values minimum, minimum + step, … up to maximum, each equally likely."""

    minimum: Physical = Field(description="The smallest value.")
    maximum: Physical = Field(description="The largest value; the same as the smallest for a fixed one.")
    step: Physical = Field(description="The distance from one possible value to the next.")

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(
                f"the minimum ({self.minimum:g}) is above the maximum ({self.maximum:g}); swap or change them"
            )
        if self.step <= 0:
            raise ValueError(f"the step is {self.step:g}; give a step above 0")
        finest = max(FINEST_STEP, 1.01 * (self.maximum - self.minimum) / MAX_GRID_VALUES)
        if self.step < finest:
            raise ValueError(f"the step ({self.step:g}) is too fine; give a step of at least {1.01 * finest:.3g}")
        return self

    @property
    def count(self) -> int:
        """How many values there are, at least 1."""
        return math.floor((self.maximum - self.minimum) / self.step + 1e-6) + 1

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw `n` values, float64 of shape (n,), each exactly on the grid and never above the maximum."""
        values = self.minimum + self.step * rng.integers(0, self.count, n)
        # 0.1 + 2 × 0.1 is meant to be 0.3, not 0.30000000000000004.
        decimals = max(_decimals(self.minimum), _decimals(self.step))
        return np.clip(np.round(values, decimals), self.minimum, self.maximum)


def _decimals(value: float) -> int:
    """How many digits after the point a number is written with."""
    exponent = Decimal(repr(value)).as_tuple().exponent
    return max(0, -int(exponent))


class Column(Model):
    """What is known of every signal besides its samples, and what a twin may be asked for: a number or a class."""

    name: str = Field(min_length=1, max_length=80, description="Its name in files and on pages.")
    unit: str = Field("", max_length=20, description="The unit of its numbers.")
    classes: tuple[str, ...] = Field(
        (), description="The classes it may be, in their order; none where it is a number."
    )
    minimum: float = Field(0.0, description="The smallest number that occurs.")
    maximum: float = Field(0.0, description="The largest number that occurs.")

    @property
    def spread(self) -> float:
        """From the smallest number to the largest."""
        return self.maximum - self.minimum


Waveform = Literal["sine", "square", "triangle", "sawtooth"]
NoiseColor = Literal["white", "pink", "brown", "blue", "violet"]


class Experiment(Model):
    """What it takes to measure one real signal."""

    experiment_cost: Annotated[float, Unit("$")] = Field(
        0.5, ge=0, le=1e9, description="What one real experiment costs; used to work out what the twin saves."
    )
    experiment_minutes: Annotated[float, Unit("min")] = Field(
        1.0, ge=0, le=1e9, description="How long one real experiment takes; used to work out what the twin saves."
    )


class SimulatorConfig(Experiment, FileModel):
    """A source of noisy periodic signals, x(t) = A·w(ω·t + φ) + b + noise."""

    file_format = FileFormat("wavetwin-source-config")

    kind: Literal["simulator"] = Field("simulator", description="Which kind of source this is.")
    amplitude: ValueRange = Field(
        ValueRange(minimum=0.1, maximum=10.0, step=0.1),
        description="A: how far the wave swings to either side of its middle.",
    )
    bias: ValueRange = Field(
        ValueRange(minimum=0.1, maximum=10.0, step=0.1),
        description="b: the level that the wave swings around.",
    )
    angular_frequency: Annotated[ValueRange, Unit("rad/s")] = Field(
        ValueRange(minimum=1.0, maximum=2.0, step=0.001),
        description="ω: how fast the wave repeats; 2π rad/s is one full wave each second.",
    )
    phase: Annotated[ValueRange, Unit("rad")] = Field(
        ValueRange(minimum=0.0, maximum=0.0, step=0.01),
        description="φ: where in its cycle the wave begins; 0 to 0 starts every wave at the same point.",
    )
    waveform: Waveform = Field("sine", description="w: the shape of one cycle, between −1 and 1.")
    noise_amplitude: float = Field(
        0.3, ge=0, le=LARGEST, description="Standard deviation of the measurement noise added to every sample."
    )
    noise_color: NoiseColor = Field(
        "white",
        description="How the noise power falls or rises with frequency f: white is flat, pink 1/f, brown 1/f², "
        "blue f, violet f².",
    )
    n_channels: int = Field(
        1,
        ge=1,
        le=MAX_SIMULATED_CHANNELS,
        description="How many channels one signal has: the same wave seen by several sensors, each with noise of its own.",
    )
    channel_phase: Annotated[Physical, Unit("rad")] = Field(
        0.5, description="How far the wave of each channel is ahead of that of the channel before."
    )
    n_samples: int = Field(300, ge=MIN_SAMPLES, le=MAX_SAMPLES, description="How many samples one signal has.")
    t_start: Annotated[Physical, Unit("s")] = Field(0.0, description="Time of the first sample.")
    t_end: Annotated[Physical, Unit("s")] = Field(
        round(6 * math.pi, 6), description="Time of the last sample; the default is 6π."
    )

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.t_end <= self.t_start:
            raise ValueError(
                f"the last sample's time ({self.t_end:g} s) is not after the first's ({self.t_start:g} s); "
                "give a later end"
            )
        if self.amplitude.minimum < 0:
            raise ValueError(f"the smallest amplitude is {self.amplitude.minimum:g}; give 0 or more")
        if self.angular_frequency.minimum < 0:
            raise ValueError(
                f"the lowest angular frequency is {self.angular_frequency.minimum:g} rad/s; give 0 or more"
            )
        return self

    @property
    def sampling_rate(self) -> float:
        """Samples per second, in Hz."""
        return (self.n_samples - 1) / (self.t_end - self.t_start)

    @property
    def times(self) -> np.ndarray:
        """When each sample is taken, (n_samples,) in seconds."""
        return np.linspace(self.t_start, self.t_end, self.n_samples)

    @property
    def unit(self) -> str:
        """Of the values; the simulator's have none."""
        return ""

    @property
    def limit_values(self) -> bool:
        """Whether fakes get only values that reals can have; simulated noise takes any."""
        return False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The parameters that differ between signals."""
        units = {"angular_frequency": "rad/s"}
        ranges = {name: getattr(self, name) for name in ("amplitude", "angular_frequency", "bias")}
        return tuple(
            Column(name=name, unit=units.get(name, ""), minimum=values.minimum, maximum=values.maximum)
            for name, values in ranges.items()
            if values.count > 1
        )

    def warnings(self) -> list[str]:
        """What is possible but probably not meant, one sentence each."""
        nyquist = math.pi * self.sampling_rate
        highest = self.angular_frequency.maximum
        if highest <= nyquist:
            return []
        return [
            f"Frequencies up to {highest:g} rad/s are above what this time grid can carry ({nyquist:.3g} rad/s, half "
            "the sampling rate), so fast waves will look like slow ones: take more samples or a shorter time."
        ]


class SourceOptions(Experiment):
    """What one chooses whenever a data set is taken as the source."""

    limit_values: bool = Field(
        True,
        description="Give fakes only values that the recordings can have: their resolution, their bounds, and as many exactly "
        "at a bound, such as the zeros in rain. Turn it off if the twin may go beyond what was recorded.",
    )


class DataSetOptions(SourceOptions):
    """What one chooses when recordings are saved as a data set."""

    held_out_share: float = Field(
        0.2,
        ge=0.05,
        le=0.5,
        description="Share of the recordings that no training uses. The twin is judged on them.",
    )


class RecordingsConfig(DataSetOptions):
    """A data set of recordings that is kept in the data directory."""

    kind: Literal["recordings"] = Field("recordings", description="Which kind of source this is.")
    dataset: str = Field(
        pattern="^[0-9a-f]{16}$", description="The id of the data set, which follows from its content."
    )
    name: str = Field(min_length=1, max_length=80, description="The name of the data set.")
    n_signals: int = Field(ge=1, description="How many signals it has.")
    n_recordings: int = Field(ge=1, description="How many recordings they come from.")
    n_channels: int = Field(ge=1, le=MAX_CHANNELS, description="How many channels one signal has.")
    n_samples: int = Field(ge=MIN_SAMPLES, le=MAX_SAMPLES, description="How many samples one signal has.")
    sampling_rate: Annotated[float, Unit("Hz")] = Field(gt=0, description="Samples per second.")
    unit: str = Field("", max_length=20, description="The unit of the values.")
    columns: tuple[Column, ...] = Field((), description="What else is known of each signal.")

    @property
    def times(self) -> np.ndarray:
        """When each sample is taken, (n_samples,) in seconds; the first at 0."""
        return np.arange(self.n_samples) / self.sampling_rate


class NetworkConfig(Model):
    """Settings of an architecture's networks. Each subclass can be set, under the default of its `architecture`."""

    architecture: str = Field(description="Which networks are trained.")

    @classmethod
    def by_name(cls) -> "dict[str, type[NetworkConfig]]":
        """All architectures that can be set."""
        return {kind.model_fields["architecture"].default: kind for kind in cls.__subclasses__()}


class ArticleConfig(NetworkConfig):
    """The networks of the article: an LSTM generator and a dense discriminator."""

    architecture: Literal["article"] = Field("article", description="Which networks are trained.")
    latent_dim: int = Field(3, ge=1, le=512, description="How many random numbers the generator turns into one signal.")
    sequence_length: int = Field(
        3,
        ge=1,
        le=512,
        description="In how many steps the LSTM reads the latent vector; the latent size must divide by it.",
    )
    hidden_size: int = Field(64, ge=1, le=2048, description="Width of the generator's LSTM.")
    discriminator_sizes: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (300, 250), min_length=1, max_length=8, description="Widths of the discriminator's dense layers."
    )

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.latent_dim % self.sequence_length:
            raise ValueError(
                f"a latent of {self.latent_dim} cannot be read in {self.sequence_length} equal steps; "
                "give a latent size that is a multiple of the sequence length"
            )
        return self


class ManifoldConfig(NetworkConfig):
    """A generator that starts from what can be measured on reals, and a discriminator of views."""

    architecture: Literal["manifold"] = Field("manifold", description="Which networks are trained.")
    width: int = Field(
        64,
        ge=8,
        le=1024,
        description="Width of the generator's network, which corrects what the measurements got wrong.",
    )
    discriminator_width: int = Field(128, ge=8, le=1024, description="Width of the discriminator's network.")


def _kind(source: Any) -> str:
    """Which kind of source settings describe: the simulator where they do not say."""
    return source.get("kind", "simulator") if isinstance(source, dict) else getattr(source, "kind", "simulator")


SourceConfig = Annotated[
    Annotated[SimulatorConfig, Tag("simulator")] | Annotated[RecordingsConfig, Tag("recordings")], Discriminator(_kind)
]
RENAMED_ARCHITECTURES = {"twin": "manifold"}  # in files from before


def _of_its_architecture(network: Any) -> Any:
    """Plain values as settings of the class that their architecture names."""
    if not isinstance(network, dict):
        return network
    name = str(network.get("architecture", ""))
    name = RENAMED_ARCHITECTURES.get(name, name)
    known = NetworkConfig.by_name()
    if name not in known:
        raise ValueError(f"there is no architecture “{name[:40]}”; choose one of: {', '.join(known)}")
    return known[name].model_validate(network | {"architecture": name})


AnyNetworkConfig = Annotated[SerializeAsAny[NetworkConfig], BeforeValidator(_of_its_architecture)]


class TrainingConfig(Model):
    """How the two networks are trained."""

    steps: int = Field(
        5_000, ge=1, le=10_000_000, description="How many updates each of the two networks gets at most."
    )
    batch_size: int = Field(128, ge=2, le=8192, description="How many real and fake signals one step compares.")
    generator_rate: float = Field(1e-3, gt=0, le=1, description="Learning rate of the generator.")
    discriminator_rate: float = Field(1e-3, gt=0, le=1, description="Learning rate of the discriminator.")
    ema_decay: float = Field(
        0.99,
        ge=0,
        lt=1,
        description="The twin uses an exponential moving average of the generator's weights; closer to 1 averages "
        "over more steps, 0 over none.",
    )
    n_eval: int = Field(
        100, ge=1, le=1_000_000, description="Show new fakes and measure their distance to real every so many steps."
    )
    loss: Literal["minmax", "relativistic"] = Field(
        "minmax",
        description="Adversarial loss: minmax is the original GAN loss; relativistic compares each real signal with a "
        "fake and is more stable.",
    )
    gamma: float = Field(
        0.0,
        ge=0,
        le=1e4,
        description="Strength of the gradient penalty, which keeps the discriminator from being too sure; 0 is none.",
    )
    patience: int = Field(
        0,
        ge=0,
        le=10_000_000,
        description="Stop once the fakes cannot be told from real signals, or after so many steps without a better state; "
        "0 trains to the last step.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where to compute: auto takes a graphics card (cuda, then mps) where there is one."
    )
    checkpoint_every: int = Field(
        500,
        ge=1,
        le=1_000_000,
        description="Save a checkpoint every so many steps, from which the training can resume.",
    )
    seed: int = Field(
        0, ge=0, le=MAX_SEED, description="The same seed and settings give the same twin on the same machine."
    )


class RunConfig(Model, FileModel):
    """All that decides what a run learns."""

    file_format = FileFormat("wavetwin-run-config")

    preset: str = Field("standard", description="The preset that the settings started from.")
    source: SourceConfig = Field(SimulatorConfig(), description="Where the real signals come from.")
    conditions: tuple[str, ...] = Field(
        (),
        max_length=8,
        description="What the twin can be asked for: parameters of the simulator, or columns of the recordings.",
    )
    network: AnyNetworkConfig = Field(ManifoldConfig(), description="The two networks.")
    training: TrainingConfig = Field(
        default_factory=lambda: PRESETS["standard"].training, description="How they are trained."
    )

    @model_validator(mode="after")
    def _knows_its_conditions(self) -> Self:
        known = [column.name for column in self.source.columns]
        for name in self.conditions:
            if name not in known:
                choice = f"choose among: {', '.join(known)}" if known else "this source has none"
                raise ValueError(f"there is no condition “{name[:80]}”; {choice}")
        if len(set(self.conditions)) < len(self.conditions):
            raise ValueError("a condition is named twice; name each once")
        return self

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the twin can be asked for, in the order of `conditions`."""
        by_name = {column.name: column for column in self.source.columns}
        return tuple(by_name[name] for name in self.conditions)


@dataclass(frozen=True)
class Preset:
    """Networks and training settings that go together, under a name."""

    title: str
    summary: str
    network: NetworkConfig
    training: TrainingConfig


def _manifold_training(steps: int, n_eval: int, patience: int) -> TrainingConfig:
    return TrainingConfig(
        steps=steps,
        batch_size=256,
        generator_rate=5e-4,
        discriminator_rate=1e-3,
        ema_decay=0.998,
        n_eval=n_eval,
        loss="relativistic",
        gamma=3.0,
        patience=patience,
    )


PRESETS: dict[str, Preset] = {
    "standard": Preset(
        title="Standard",
        summary="A faithful twin in minutes. It first measures which shapes your signals have, how often each occurs, and "
        "what their noise is like. Then generator and discriminator train against each other until classifiers cannot tell "
        "the fakes apart from real signals, or the fakes stop improving. Start here.",
        network=ManifoldConfig(),
        training=_manifold_training(steps=2_000, n_eval=100, patience=500),
    ),
    "quick": Preset(
        title="Quick",
        summary="The same twin with fewer adversarial steps. Good for trying things out.",
        network=ManifoldConfig(),
        training=_manifold_training(steps=500, n_eval=50, patience=200),
    ),
    "thorough": Preset(
        title="Thorough",
        summary="The same twin with more adversarial steps and more patience, for results that you will rely on.",
        network=ManifoldConfig(),
        training=_manifold_training(steps=6_000, n_eval=200, patience=2_000),
    ),
    "article": Preset(
        title="Article",
        summary="The networks of the article that Wavetwin grew from: an LSTM reads 3 random numbers, and a dense layer turns "
        "them into 300 samples. They show how a GAN learns and serve as a baseline, not as a tool: three numbers cannot "
        "hold fresh noise for 300 samples, so the fakes stay too smooth or too alike.",
        network=ArticleConfig(),
        training=TrainingConfig(),
    ),
}


def preset_config(name: str, source: SourceConfig | None = None, conditions: tuple[str, ...] = ()) -> RunConfig:
    """The run settings of a preset, on `source` or the default simulator.

    Raises ConfigError if there is no such preset or no such condition.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset “{name}”; choose one of: {', '.join(PRESETS)}.")
    preset = PRESETS[name]
    values = {
        "preset": name,
        "source": source or SimulatorConfig(),
        "conditions": conditions,
        "network": preset.network,
        "training": preset.training,
    }
    return validated(RunConfig, values)


B = TypeVar("B", bound=BaseModel)
M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=FileModel)


def validated(model: type[B], values: dict[str, Any]) -> B:
    """`values` as a model; raises ConfigError with one sentence for each thing that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        sentences = [_sentence(detail) for detail in error.errors()]
        more = len(sentences) - MAX_SENTENCES
        rest = [f"And {more} more."] if more > 0 else []
        raise ConfigError(" ".join(sentences[:MAX_SENTENCES] + rest)) from None


def changed(config: M, **values: Any) -> M:
    """`config` with some fields changed and everything checked again; raises ConfigError."""
    return validated(type(config), config.model_dump() | values)


def load_config(model: type[F], path: Path) -> F:
    """The settings in a JSON file; raises ConfigError if the file is missing, broken or impossible."""
    try:
        values = orjson.loads(path.read_bytes())
    except OSError:
        raise ConfigError(f"The settings file {path} cannot be read; check its name and place.") from None
    except orjson.JSONDecodeError as error:
        raise ConfigError(
            f"The settings file {path} is not valid JSON (line {error.lineno}: {error.msg}); correct it or write a "
            "fresh one with export-config."
        ) from None
    if not isinstance(values, dict):
        raise ConfigError(f"The settings file {path} holds no settings: it must be a JSON object in braces.")
    try:
        return validated(model, model.file_format.strip(values))
    except NewerVersionError:
        raise ConfigError(
            f"The settings file {path} was written by a newer version of Wavetwin; update Wavetwin to open it."
        ) from None
    except ValueError:
        raise ConfigError(
            f"The settings file {path} is of another kind ({values.get('format')}); give one of {model.file_format.name}."
        ) from None


def _sentence(detail: Any) -> str:
    """One pydantic error as a sentence that names the setting."""
    place = _short(".".join(str(part) for part in detail["loc"]))
    name = place.replace("_", " ").replace(".", " → ")
    if detail["type"] == "extra_forbidden":
        return f"There is no setting “{place}”; remove it or correct its name."
    if detail["type"] == "missing":
        return f"The setting “{name}” is missing; add it."
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    given = detail.get("input")
    value = f" (given: {_short(repr(given))})" if isinstance(given, int | float | str) else ""
    text = f"{name}: {message}{value}." if name else f"{message}{value}."
    return text[0].upper() + text[1:]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
