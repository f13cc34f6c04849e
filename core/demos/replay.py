"""The replay of a training: what its snapshots show, step by step, of one channel.

The fakes of all snapshots come from the same latents, so the frames between two snapshots can be interpolated. The size of a
replay is bounded: at most MAX_SNAPSHOTS frames (core/store/snapshots.py) of 4 pairs of signals of 400 points, 128 frequencies and
32 points of a scatter plot, and curves of 500 points; about 3 MB as JSON.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from core import formatting
from core.config import RunConfig, SimulatorConfig
from core.errors import ConfigError, RunStateError
from core.fidelity.measures import descriptive, sinusoid
from core.presentation.packing import packed
from core.presentation.training_plots import thinned
from core.signals.spectrum import mean_psd
from core.store.run import Run
from core.store.status import State
from core.training.metrics import Series
from core.training.phases import phases
from core.units import Units, axis_title

N_PAIRS = 4
N_SCATTER_POINTS = 32
MAX_CURVE_POINTS = 400  # that a signal is drawn with
MAX_KEPT_FRAMES = 1024  # in memory, of all runs
N_TOGETHER = 16  # snapshots that are measured at a time
OUTLIER_SHARE = 0.01  # of the fakes at either end, which an axis need not include
MIN_POWER_RATIO = 1e-4  # of an axis' lower end to the smallest power of the reals


@dataclass(frozen=True)
class Frame:
    """What one snapshot shows of a channel."""

    signals: np.ndarray  # (4, n_points), physical units
    power: np.ndarray  # mean PSD, (n_frequencies,)
    points: np.ndarray  # two quantities of each signal, (n, 2)


_kept: OrderedDict[tuple[Path, int, int], Frame] = OrderedDict()  # by run, step and channel; the oldest go first
_one_at_a_time = Lock()  # of those who compute frames, so that many who ask at once do not compute the same


class ReplayStage(NamedTuple):
    """A stage of the initialization."""

    title: str
    distance: float | None  # to real, after it
    accuracy: float | None  # of classifiers that tell its fakes from reals


@dataclass(frozen=True)
class Replay:
    """All frames of a run in one channel, and its curves."""

    name: str
    settings: str  # a sentence
    date: str
    config: RunConfig
    channel: int
    n_steps: int  # that were taken, or of a run that goes on, that are planned at most
    steps: list[int]  # of the frames; 0 for those of the stages before the first step
    stages: list[ReplayStage]  # of the first frames
    frequencies: np.ndarray  # (n_frequencies,)
    real: Frame
    fakes: list[Frame]
    curves: dict[str, Series]  # metrics of the training by name

    @property
    def units(self) -> Units:
        """Of the signals."""
        return self.config.source.units

    @property
    def value_range(self) -> list[float]:
        """The lowest and the highest value to draw."""
        return axis_range(self.real.signals, np.stack([frame.signals for frame in self.fakes]))

    @property
    def time_range(self) -> list[float]:
        """The first and the last sample's time."""
        times = self.config.source.times
        return [float(times[0]), float(times[-1])]

    def moment(self, index: int) -> str:
        """When a frame was taken."""
        if index < len(self.stages):
            return f"after stage {index + 1}: {self.stages[index].title}"
        return f"step {formatting.count(self.steps[index])} of {formatting.count(self.n_steps)}"

    def distance(self, index: int) -> float | None:
        """The distance to real of a frame, interpolated between steps; None where none was measured yet."""
        if index < len(self.stages):
            return self.stages[index].distance
        steps, values = self.curves["distance"]
        return float(np.interp(self.steps[index], steps, values)) if len(steps) else None

    def as_json(self) -> dict[str, Any]:
        """What core/presentation/web/player.js shows: plain data, arrays as core.presentation.packing.packed."""
        frames = self.fakes
        return {
            "name": self.name,
            "channel": self.channel,
            "n_steps": self.n_steps,
            "steps": self.steps,
            "stages": [stage._asdict() for stage in self.stages],
            "signals": {
                "n": self.real.signals.shape[1],
                "x": self.time_range,
                "y": self.value_range,
                "titles": [self.units.time_title, self.units.value_title],
                "real": packed(self.real.signals),
                "fake": packed(np.stack([frame.signals for frame in frames])),
            },
            "power": {
                "titles": [self.units.frequency_title, self.units.power_title],
                "x": packed(self.frequencies),
                "y": self._power_range(),
                "real": packed(self.real.power),
                "fake": packed(np.stack([frame.power for frame in frames])),
            },
            "scatter": {
                "titles": quantity_titles(self.config),
                "x": axis_range(self.real.points[:, 0], np.stack([frame.points[:, 0] for frame in frames])),
                "y": axis_range(self.real.points[:, 1], np.stack([frame.points[:, 1] for frame in frames])),
                "real": packed(self.real.points.T),
                "fake": packed(np.stack([frame.points.T for frame in frames])),
            },
            "curves": {name: {"x": packed(x), "y": packed(y)} for name, (x, y) in self.curves.items()},
        }

    def _power_range(self) -> list[float]:
        reals, fakes = self.real.power, np.stack([frame.power for frame in self.fakes])
        top = float(max(reals.max(), np.quantile(fakes, 1 - OUTLIER_SHARE), 1e-30))
        lowest = max(float(reals.min()), 1e-6 * top)
        return [max(float(min(lowest, fakes.min())), MIN_POWER_RATIO * lowest) / 2, 2 * top]


def replay(run: Run, channel: int = 0) -> Replay:
    """The replay of a run as far as it was trained.

    Raises RunStateError where there is nothing to replay, ConfigError where the run has no such channel, RunFileError.
    """
    config = run.config
    if not 0 <= channel < config.source.n_channels:
        raise ConfigError(
            f"The run has {formatting.quantity(config.source.n_channels, 'channel')}; there is no channel {channel + 1}."
        )
    reals = run.reals
    frames = {} if reals is None else _frames(run, channel)
    kept_stages = run.stages.all()
    staged = list(zip(kept_stages, _frames_of([one.fakes for one in kept_stages], channel, config), strict=True))
    # As many signals in each frame as in the newest; others were changed by hand.
    n_shown = [len(frame.points) for frame in (*(frame for _, frame in staged), *frames.values())][-1:]
    staged = [(stage, frame) for stage, frame in staged if [len(frame.points)] == n_shown]
    frames = {step: frame for step, frame in frames.items() if [len(frame.points)] == n_shown}
    stages = [stage for stage, _ in staged]
    if reals is None or len(stages) + len(frames) < 2:
        raise RunStateError(too_early(len(stages) + len(frames)))
    titles = phases(config.network.architecture)
    status = run.status
    rate = config.source.sampling_rate
    metrics = run.metrics
    names = ("distance", "accuracy", "d_loss", "g_loss", "d_accuracy")
    return Replay(
        name=run.name,
        settings=settings(config),
        date=f"{run.created_at:%d %b %Y}",
        config=config,
        channel=channel,
        n_steps=status.step if status.state is State.FINISHED else config.training.steps,
        steps=[0] * len(stages) + list(frames),
        stages=[
            ReplayStage(
                titles[stage.key].title if stage.key in titles else stage.key,
                stage.figures.get("distance"),
                stage.figures.get("accuracy"),
            )
            for stage in stages
        ],
        frequencies=mean_psd(reals[:1, channel : channel + 1], rate)[0],
        real=_frames_of([reals], channel, config)[0],
        fakes=[*(frame for _, frame in staged), *frames.values()],
        curves={name: thinned(metrics[name]) for name in names},
    )


def too_early(n_snapshots: int) -> str:
    """Why a run cannot be replayed yet, in words."""
    found = "no snapshot yet" if n_snapshots == 0 else "only one snapshot so far"
    return f"This run has {found}, and a replay needs two. Continue the training, then come back."


def settings(config: RunConfig) -> str:
    """The settings of the training, in a sentence."""
    source = config.source
    kind = (
        f"recordings “{source.name}”"
        if not isinstance(source, SimulatorConfig)
        else f"simulated {source.waveform} waves"
    )
    return (
        f"Preset {config.preset}, {formatting.quantity(config.training.steps, 'step')}, seed {config.training.seed}, trained on "
        f"{kind} of {formatting.count(source.n_samples)} samples."
    )


def quantity_titles(config: RunConfig) -> list[str]:
    """What the scatter plot shows of each signal: parameters of a fitted sine, or else spectral centroid and size."""
    if isinstance(config.source, SimulatorConfig) and config.source.waveform == "sine":
        return [axis_title("angular frequency (fitted)", "rad/s"), "amplitude (fitted)"]
    units = config.source.units
    return [axis_title("spectral centroid", units.frequency), axis_title("peak-to-peak", units.value)]


def axis_range(reals: np.ndarray, fakes: np.ndarray) -> list[float]:
    """The range of an axis that contains all reals, and all fakes but a few outliers, with a margin."""
    low, high = np.quantile(fakes, [OUTLIER_SHARE, 1 - OUTLIER_SHARE])
    low, high = min(float(reals.min()), float(low)), max(float(reals.max()), float(high))
    margin = 0.05 * (high - low) or 1.0
    return [low - margin, high + margin]


def downsample(signals: np.ndarray) -> np.ndarray:
    """Signals (n, n_samples) with at most 400 points: of longer ones the minimum and maximum of 200 sections."""
    n_samples = signals.shape[1]
    if n_samples <= MAX_CURVE_POINTS:
        return signals
    starts = np.linspace(0, n_samples, MAX_CURVE_POINTS // 2, endpoint=False).astype(int)
    ends = [extreme.reduceat(signals, starts, axis=1) for extreme in (np.minimum, np.maximum)]
    return np.stack(ends, axis=2).reshape(len(signals), -1)


def _frames(run: Run, channel: int) -> dict[int, Frame]:
    """Frames by step; snapshots that cannot be read are skipped. Each is computed once, by whoever asks first.

    They stay valid, because a training that is repeated from some step repeats its snapshots, too.
    """
    config, steps = run.config, run.snapshots.steps
    with _one_at_a_time:
        missing = [step for step in steps if (run.path, step, channel) not in _kept]
        for start in range(0, len(missing), N_TOGETHER):
            read = {step: run.snapshots.load(step) for step in missing[start : start + N_TOGETHER]}
            fakes = {step: one for step, one in read.items() if one is not None}
            for step, frame in zip(fakes, _frames_of(list(fakes.values()), channel, config), strict=True):
                _kept[run.path, step, channel] = frame
        places = ((step, (run.path, step, channel)) for step in steps)
        found = {step: _kept[place] for step, place in places if place in _kept}
        while len(_kept) > MAX_KEPT_FRAMES:
            _kept.popitem(last=False)
    return found


def _frames_of(snapshots: list[np.ndarray], channel: int, config: RunConfig) -> list[Frame]:
    """What each of some snapshots shows; their quantities are measured together, which is several times as fast."""
    if not snapshots:
        return []
    ones = [signals[:, channel : channel + 1] for signals in snapshots]
    measured = [one[:N_SCATTER_POINTS] for one in ones]
    quantities = _quantities(np.concatenate(measured), config)
    ends = np.cumsum([len(one) for one in measured])[:-1]
    return [
        Frame(downsample(one[:N_PAIRS, 0]), mean_psd(one, config.source.sampling_rate)[1], points)
        for one, points in zip(ones, np.split(quantities, ends), strict=True)
    ]


def _quantities(signals: np.ndarray, config: RunConfig) -> np.ndarray:
    """The two quantities of `quantity_titles` of signals (n, 1, n_samples), (n, 2)."""
    source = config.source
    if isinstance(source, SimulatorConfig) and source.waveform == "sine":
        omega = source.angular_frequency
        fit = sinusoid.fit(signals, source.times, omega.minimum, omega.maximum)
        return np.stack([fit.angular_frequency, fit.amplitude], axis=1)
    found = descriptive.quantities(descriptive.features(signals, source.sampling_rate), 1)
    return np.stack([found["spectral centroid"], found["peak-to-peak"]], axis=1)
