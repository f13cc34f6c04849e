"""What a data set is on disk: its metadata, its arrays, their digest, and what must hold of them."""

import hashlib
from typing import Self

import numpy as np
import orjson
from pydantic import AwareDatetime, Field, model_validator

from core.config import Model, RecordingsConfig
from core.errors import DataSetError
from core.file_format import FileFormat, FileModel
from core.signals.dataset import DataSet
from core.signals.on_disk import is_on_disk, pieces


class KeptDataSet(Model, FileModel):
    """What dataset.json holds."""

    file_format = FileFormat("wavetwin-data-set", 3)

    config: RecordingsConfig = Field(description="The data set as a source.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Digest of the content; the id is its beginning.")
    story: str = Field(description="How it was made, in sentences for people.")
    created_at: AwareDatetime = Field(description="When it was kept last.")
    n_bytes: int = Field(ge=0, description="What its arrays take in memory and on disk.")

    @model_validator(mode="after")
    def _has_its_id(self) -> Self:
        if not self.sha256.startswith(self.config.dataset):
            raise ValueError("the id is not the beginning of the digest; keep the data set anew")
        return self


def arrays_of(data: DataSet) -> dict[str, np.ndarray]:
    """The arrays of a data set as they are written; the same bytes on every machine."""
    stays = is_on_disk(data.signals) and data.signals.dtype == np.dtype("<f4")
    return {
        "signals": data.signals if stays else np.ascontiguousarray(data.signals, "<f4"),
        "recordings": np.ascontiguousarray(data.recordings, "<i8"),
        "conditions": np.ascontiguousarray(data.conditions, "<f8"),
    }


def layout(config: RecordingsConfig) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Shape and type of each array."""
    return {
        "signals": ((config.n_signals, config.n_channels, config.n_samples), np.dtype("<f4")),
        "recordings": ((config.n_signals,), np.dtype("<i8")),
        "conditions": ((config.n_signals, len(config.columns)), np.dtype("<f8")),
    }


def digest_of(data: DataSet, arrays: dict[str, np.ndarray]) -> str:
    """SHA-256, in hex digits, of all that decides what a run on the data set learns."""
    meaning = {
        "columns": [column.model_dump() for column in data.columns],
        "sampling_rate": float(data.sampling_rate),
        "unit": data.unit,
        "shapes": {name: array.shape for name, array in arrays.items()},
    }
    if not data.is_rate_known:
        meaning["is_rate_known"] = False  # only here, so that ids from before there was the field stay the same
    if data.levels:
        meaning["levels"] = data.levels  # the same
    digest = hashlib.sha256(orjson.dumps(meaning))
    for array in arrays.values():
        for piece in pieces(array):
            digest.update(piece.data)
    return digest.hexdigest()


def check(data: DataSet) -> None:
    """Raise DataSetError where a data set is none, or cannot be trained on."""
    if data.signals.ndim != 3 or not data.signals.size:
        raise DataSetError(
            f"The signals have the shape {data.signals.shape}; give an array (signals, channels, samples) with at least "
            "one signal."
        )
    n = len(data.signals)
    for name, shape in (("recordings", (n,)), ("conditions", (n, len(data.columns)))):
        given = getattr(data, name).shape
        if given != shape:
            raise DataSetError(f"The {name} have the shape {given} where {shape} belongs to the signals; correct them.")
    for name in ("signals", "conditions"):
        if not all(np.isfinite(piece).all() for piece in pieces(getattr(data, name))):
            raise DataSetError(f"Some of the {name} are not finite numbers; remove the signals they belong to.")
    names = [column.name for column in data.columns]
    if len(set(names)) < len(names):
        raise DataSetError(f"Two columns have the same name ({', '.join(names)}); give each its own.")
    for column, values in zip(data.columns, data.conditions.T, strict=True):
        if column.classes and not np.isin(values, range(len(column.classes))).all():
            raise DataSetError(
                f"Column “{column.name}” holds numbers that stand for none of its classes; give whole numbers from 0 to "
                f"{len(column.classes) - 1}."
            )
