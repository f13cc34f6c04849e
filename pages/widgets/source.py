"""A source described in words."""

from core import formatting
from core.config import RecordingsConfig, SourceConfig


def described(source: SourceConfig) -> str:
    """What kind of signals a source gives, as part of a sentence; not escaped for Markdown."""
    channels = f" in {source.n_channels} channels" if source.n_channels > 1 else ""
    if isinstance(source, RecordingsConfig):
        return (
            f"“{source.name}”, {formatting.quantity(source.n_signals, 'recorded signal')} of "
            f"{formatting.count(source.n_samples)} samples{channels}"
        )
    noise = f"{source.noise_color} noise of {formatting.number(source.noise_amplitude)}"
    return f"{source.waveform} waves, {noise}, {formatting.count(source.n_samples)} samples{channels}"


def short(source: SourceConfig) -> str:
    """The same in a few words, for a table."""
    if isinstance(source, RecordingsConfig):
        return source.name
    return f"{source.waveform}, {source.noise_color} noise"
