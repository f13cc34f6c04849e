"""Where real signals come from: the simulator, or a data set of recordings."""

import math
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from core.config.model import LARGEST, Model, Physical, Unit
from core.config.ranges import ValueRange
from core.file_format import FileFormat, FileModel
from core.units import Units

MAX_CHANNELS = 64
MAX_SIMULATED_CHANNELS = 16
MIN_SAMPLES, MAX_SAMPLES = 16, 16_384
MAX_VALUES = 2**18  # of one signal, in all channels: generation draws 512 at a time
MIN_REALS = 20  # signals that a training learns from
MIN_HELD_OUT = 2  # signals that its best state is chosen on: their halves are compared with each other

Waveform = Literal["sine", "square", "triangle", "sawtooth"]
NoiseColor = Literal["white", "pink", "brown", "blue", "violet"]


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
    def units(self) -> Units:
        """Of values, time and frequency."""
        return Units()

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
            f"Frequencies up to {highest:g} rad/s exceed the Nyquist limit of this time grid ({nyquist:.3g} rad/s), "
            "so fast waves will "
            "look like slow ones (aliasing): take more samples or a shorter time span."
        ]


class SourceOptions(Experiment):
    """What one chooses whenever a data set is taken as the source."""

    limit_values: bool = Field(
        True,
        description="Give fakes only values that the recordings can have: their resolution, their bounds, and as many exactly "
        "at a bound, such as the zeros in rain. Bounds that make the fakes easier to tell are left out. Turn it off if the "
        "twin may go beyond what was recorded.",
    )


class DataSetOptions(SourceOptions):
    """What one chooses when recordings are saved as a data set."""

    held_out_share: float = Field(
        0.2,
        ge=0.05,
        le=0.5,
        description="Share of the recordings that no training uses. The twin is judged on them.",
    )
    license: str = Field(
        "",
        max_length=200,
        description="The licence or other terms of the data, such as CC BY 4.0. It is written on the card of signals that a twin "
        "of them makes.",
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
    is_rate_known: bool = Field(
        True, description="Whether anybody gave the sampling rate. If not, it is 1 and time counts samples."
    )
    unit: str = Field("", max_length=20, description="The unit of the values.")
    columns: tuple[Column, ...] = Field((), description="What else is known of each signal.")
    levels: tuple[float, ...] | None = Field(
        None,
        description="What was taken off each channel, which is in no signal; empty where nothing was. None where it was saved "
        "before this was kept.",
    )

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        if problem := too_large(self.n_channels, self.n_samples):
            raise ValueError(problem)
        return self

    @property
    def times(self) -> np.ndarray:
        """When each sample is taken, (n_samples,) in the unit of time; the first at 0."""
        return np.arange(self.n_samples) / self.sampling_rate

    @property
    def units(self) -> Units:
        """Of values, time and frequency."""
        return Units.of(self.unit, self.is_rate_known)


def too_large(n_channels: int, n_samples: int) -> str:
    """Why one signal of this shape would be too large, in a sentence without its ends; empty where it is not."""
    if n_channels * n_samples <= MAX_VALUES:
        return ""
    return (
        f"signals of {n_samples:,} samples in {n_channels} channels hold {n_channels * n_samples:,} values each, and up to "
        f"{MAX_VALUES:,} are possible; give up to {MAX_VALUES // n_channels:,} samples or {MAX_VALUES // n_samples} channels"
    )


def _kind(source: Any) -> str:
    """Which kind of source settings describe: the simulator where they do not say."""
    return source.get("kind", "simulator") if isinstance(source, dict) else getattr(source, "kind", "simulator")


SourceConfig = Annotated[
    Annotated[SimulatorConfig, Tag("simulator")] | Annotated[RecordingsConfig, Tag("recordings")], Discriminator(_kind)
]
