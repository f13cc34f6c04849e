"""Every setting, with its meaning, unit, range and default: one frozen model for each thing that is set.

A field's description is the tooltip that the pages show, its `Unit` stands beside the label, and its bounds
are what both the pages and the command line enforce.
"""

from core.config.model import Model, Unit, changed, load_config, validated
from core.config.networks import RENAMED_ARCHITECTURES, ArticleConfig, ManifoldConfig, NetworkConfig
from core.config.presets import PRESETS, Preset
from core.config.ranges import ValueRange
from core.config.run import RunConfig, preset_config
from core.config.sources import (
    MAX_CHANNELS,
    MAX_SAMPLES,
    MIN_HELD_OUT,
    MIN_REALS,
    MIN_SAMPLES,
    Column,
    DataSetOptions,
    Experiment,
    NoiseColor,
    RecordingsConfig,
    SimulatorConfig,
    SourceConfig,
    SourceOptions,
    Waveform,
    too_large,
)
from core.config.training import MAX_SEED, TrainingConfig

__all__ = [
    "MAX_CHANNELS",
    "MAX_SAMPLES",
    "MAX_SEED",
    "MIN_HELD_OUT",
    "MIN_REALS",
    "MIN_SAMPLES",
    "PRESETS",
    "RENAMED_ARCHITECTURES",
    "ArticleConfig",
    "Column",
    "DataSetOptions",
    "Experiment",
    "ManifoldConfig",
    "Model",
    "NetworkConfig",
    "NoiseColor",
    "Preset",
    "RecordingsConfig",
    "RunConfig",
    "SimulatorConfig",
    "SourceConfig",
    "SourceOptions",
    "TrainingConfig",
    "Unit",
    "ValueRange",
    "Waveform",
    "changed",
    "load_config",
    "preset_config",
    "too_large",
    "validated",
]
