"""The archive that carries a twin: twin.onnx, what its inputs are, a page of Python that draws them, and a README."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from core.config import Column
from core.errors import WavetwinError
from core.formatting import count
from core.generation.card import Card
from core.generation.export.archive import zipped
from core.generation.portable.graph import require_packages, to_onnx
from core.generation.surrogate import Surrogate

TOLERANCE = 1e-5  # of a channel's full scale: from its smallest to its largest value
MAX_APART = 0.01  # share of the values: single precision decides some, such as which of two levels is nearer
N_CHECKED = 1000  # signals


@dataclass(frozen=True)
class Agreement:
    """How far signals of the archive are from the twin's own."""

    n_values: int
    n_apart: int  # values that differ by more than TOLERANCE
    largest: float  # difference, in shares of a channel's full scale

    @classmethod
    def of(cls, own: np.ndarray, other: np.ndarray) -> "Agreement":
        """Compare signals (n, n_channels, n_samples) of the same seed."""
        scale = np.ptp(own, axis=(0, 2), keepdims=True).clip(min=1e-30)
        differences = np.abs(own.astype(float) - other) / scale
        return cls(own.size, int(np.sum(~(differences <= TOLERANCE))), float(differences.max()))

    def sentence(self) -> str:
        """For people."""
        start = f"{count(N_CHECKED)} signals of seed 0 were compared with those that Wavetwin itself gives: they agree within "
        if not self.n_apart:
            return f"{start}{TOLERANCE:.3%} of full scale in all values."
        return (
            f"{start}{TOLERANCE:.3%} of full scale in all but {count(self.n_apart)} of {count(self.n_values)} values, where "
            f"single precision decides; the largest difference is {self.largest:.2g} of full scale."
        )


def archive(twin: Surrogate, card: Card) -> bytes:
    """A zip file with the twin; the same twin gives the same bytes.

    card: of the first N_CHECKED signals of seed 0. Before the file is handed out, these are compared with
    the twin's own. Raises WavetwinError where packages are missing, or where the signals differ.
    """
    require_packages()
    files = {"twin.onnx": to_onnx(twin), "twin.json": orjson.dumps(facts(twin), option=orjson.OPT_SERIALIZE_NUMPY)}
    agreement = _agreement(twin, files)
    if agreement.n_apart > MAX_APART * agreement.n_values:
        raise WavetwinError(f"The twin could not be written as ONNX: its signals differ. {agreement.sentence()}")
    files["draw.py"] = Path(__file__).with_name("draw.py").read_bytes()
    files["README.md"] = readme(twin, card, agreement).encode()
    files["card.json"], files["card.md"] = card.to_json(), card.to_markdown().encode()
    return b"".join(zipped((name, [data]) for name, data in files.items()))


def facts(twin: Surrogate) -> dict[str, Any]:
    """What draw.py must know of the twin."""
    source, generator = twin.config.source, twin.generator
    return {
        "n_latents": generator.layout.n_latents,
        "n_picks": generator.layout.pick.stop,
        "n_channels": source.n_channels,
        "unit": source.unit,
        "times": source.times,
        "columns": [column.model_dump() | {"spread": column.spread} for column in twin.config.columns],
        "natural": generator.natural.numpy(),
    }


def _agreement(twin: Surrogate, files: dict[str, bytes]) -> Agreement:
    """Draw signals as draw.py does it, and compare."""
    from core.generation.portable.draw import draw  # only now, for it needs onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        signals, _ = draw(N_CHECKED, folder=Path(folder))
    return Agreement.of(twin.sample(N_CHECKED), signals)


def readme(twin: Surrogate, card: Card, agreement: Agreement) -> str:
    """What the archive is, how it is used, and what not to conclude from it."""
    source = twin.config.source
    unit = f" in {source.unit}" if source.unit else ""
    columns = "\n".join(f"- `{column.name}`: {_values(column)}" for column in twin.config.columns)
    conditions = f"\n## Conditions\n\nYou can ask for:\n\n{columns}\n" if columns else ""
    second = "; `conditions`, float32 (n, number of conditions)" if columns else ""
    verdict = card.verdict.sentence if card.verdict else ""
    cautions = "\n".join(f"- {caution}" for caution in card.cautions)
    return f"""# A twin of a signal source

Made with Wavetwin {card.wavetwin}. It needs neither Wavetwin nor PyTorch:

    pip install numpy onnxruntime
    python draw.py --count 1000 --seed 1 --out signals.npy

- `twin.onnx`: the networks. Inputs: `latents`, float32 (n, {twin.generator.layout.n_latents}){second}. Output: `signals`,
  float32 (n, {source.n_channels} channels, {source.n_samples} samples){unit}, with the scale and the values of real signals.
- `draw.py`: draws the inputs with NumPy alone. The same seed gives the signals that Wavetwin gives for it.
- `twin.json`: the times of the samples, the unit, and the conditions.
{conditions}
## How far to trust it

{" ".join(filter(None, (verdict, agreement.sentence())))}

{cautions}

`card.md` and `card.json` say where the twin comes from and describe those {count(N_CHECKED)} signals.
"""


def _values(column: Column) -> str:
    if column.classes:
        return ", ".join(column.classes)
    return f"{column.minimum:g} to {column.maximum:g} {column.unit}".strip()
