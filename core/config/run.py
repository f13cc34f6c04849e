"""All that decides what a run learns."""

from typing import Self

from pydantic import Field, model_validator

from core.config.model import Model, validated
from core.config.networks import AnyNetworkConfig, ManifoldConfig
from core.config.presets import PRESETS
from core.config.sources import Column, SimulatorConfig, SourceConfig
from core.config.training import TrainingConfig
from core.errors import ConfigError
from core.file_format import FileFormat, FileModel


class RunConfig(Model, FileModel):
    """All that decides what a run learns."""

    file_format = FileFormat("wavetwin-run-config", 3)

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
