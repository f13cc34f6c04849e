"""Signals of a twin in shards: files of a set number of signals each, which any number of processes may write.

Below one address (see `Place`) stand

  plan.json                  what is to be written; a second run with another plan is refused
  surrogate.safetensors      the twin, so that a machine needs nothing but the address
  signals-000000.parquet …   the shards
  entries/000000.json …      what is in each, written after it: a shard without its entry is written again
  manifest.json              the plan and all entries, by whoever finds the last one there

No process waits for another and none needs a lock: a shard's bytes and those of its entry follow from the plan alone.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from core.errors import ShardError
from core.file_format import FileModel, fault
from core.generation.conditions import parse_conditions
from core.generation.export import Content, encode
from core.generation.export.content import values_of
from core.generation.surrogate import FILE_NAME, Surrogate
from core.scale.engines import EngineOf
from core.scale.place import Place
from core.scale.plan import Entry, Manifest, Plan
from core.seeds import BLOCK
from core.signals.batch import Batch, collect

PLAN = "plan.json"
MANIFEST = "manifest.json"
ENTRIES = "entries"
N_KEPT = 2  # twins in memory

F = TypeVar("F", bound=FileModel)


def digest(content: bytes) -> str:
    """SHA-256 in hex digits."""
    return hashlib.sha256(content).hexdigest()


def begin(address: str, plan: Plan, surrogate: bytes) -> None:
    """Say at an address what is to be written there. Raises ShardError where something else is."""
    place = Place(address)
    if place.read(PLAN) is None:
        place.write(FILE_NAME, surrogate)
        place.write(PLAN, plan.to_json(indent=True))
        return
    before = plan_at(address)
    different = [name.replace("_", " ") for name, value in plan if value != getattr(before, name)]
    if different:
        raise ShardError(
            f"The shards at {address} were begun with a different {', a different '.join(different)}. Give the same again, "
            "or another address."
        )


def plan_at(address: str) -> Plan:
    """What is to be written at an address. Raises ShardError where nothing is."""
    return _read(Plan, address, PLAN, "begin there first")


def write_missing(address: str, engine_of: EngineOf[Entry]) -> Iterator[Entry]:
    """Write the shards that are missing at an address; each entry once its shard is there."""
    plan, done = plan_at(address), written(address)
    engine = engine_of(partial(write_shard, address))
    for index in range(plan.n_shards):
        if index not in done:
            engine.submit(index)
    yield from engine.results()


def write_shard(address: str, index: int) -> Entry:
    """Write one shard, then its entry; the bytes of both are the same every time. Raises ShardError."""
    place, plan = Place(address), plan_at(address)
    name, n = plan.file_name(index), plan.n_rows(index)
    twin = _twin(address, plan.surrogate_sha256)
    requested = parse_conditions(twin.config.columns, plan.conditions)
    pieces = twin.stream(n, plan.seed, requested, index * plan.per_shard // BLOCK, plan.design)
    content = _encoded(pieces, n, Content.of(twin.config), plan.file_kind)
    entry = Entry.of(name, n, content)
    place.write(name, content)
    place.write(_entry_name(index), entry.to_json())
    return entry


def written(address: str) -> set[int]:
    """The numbers of the shards that are there."""
    place, plan = Place(address), plan_at(address)
    files, entries = place.names(), place.names(ENTRIES)
    return {
        index
        for index in range(plan.n_shards)
        if plan.file_name(index) in files and _entry_name(index).rpartition("/")[2] in entries
    }


def finish(address: str) -> Manifest | None:
    """Write the manifest if every shard is there; None where some are missing."""
    plan = plan_at(address)
    if len(written(address)) < plan.n_shards:
        return None
    entries = [_read(Entry, address, _entry_name(index), "write it again") for index in range(plan.n_shards)]
    manifest = Manifest.of(plan, tuple(entries))
    Place(address).write(MANIFEST, manifest.to_json(indent=True))
    return manifest


def verify(address: str) -> tuple[Manifest, list[str]]:
    """Hash every shard again: the manifest, and the names of the shards that are not what it says.

    Those lose their entries, so that `write_missing` writes them again. Raises ShardError where there is no manifest.
    """
    place, manifest = Place(address), _read(Manifest, address, MANIFEST, "some shards are still to be written")
    broken = []
    for index, entry in enumerate(manifest.entries):
        content = place.read(entry.file)
        if content is None or Entry.of(entry.file, entry.rows, content) != entry:
            place.remove(_entry_name(index))
            broken.append(entry.file)
    return manifest, broken


def _entry_name(index: int) -> str:
    return f"{ENTRIES}/{index:06d}.json"


def _read(model: type[F], address: str, name: str, remedy: str) -> F:
    content = Place(address).read(name)
    if content is None:
        raise ShardError(f"There is no {name} at {address}; {remedy}.")
    try:
        return model.from_json(content)
    except ValueError as error:
        raise ShardError(f"At {address}, {fault(Path(name), error, 'delete it and write it again')}.") from error


@lru_cache(maxsize=N_KEPT)
def _twin(address: str, sha256: str) -> Surrogate:
    content = Place(address).read(FILE_NAME)
    if content is None or digest(content) != sha256:
        raise ShardError(f"The twin at {address} is not the one that the shards were begun with; begin elsewhere.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILE_NAME)
        file.write_bytes(content)
        return Surrogate.load(file)


def _encoded(pieces: Iterator[Batch], n: int, content: Content, file_kind: str) -> bytes:
    if file_kind == "parquet":
        return _parquet(collect(pieces, n), content)
    return b"".join(encode(pieces, n, content, file_kind))


def _parquet(batch: Batch, content: Content) -> bytes:
    """A row for each signal: its conditions, then all samples of a channel as one list of fixed length.

    Programs read that several times as fast as a column for each sample, which downloads have for spreadsheets.
    """
    conditions = zip(content.columns, batch.conditions.T, strict=True)
    columns = {column.name: pa.array(values_of(column, values)) for column, values in conditions}
    for channel in range(content.n_channels):
        values = pa.array(np.ascontiguousarray(batch.signals[:, channel]).reshape(-1))
        name = "signal" if content.n_channels == 1 else f"channel {channel + 1}"
        columns[name] = pa.FixedSizeListArray.from_arrays(values, len(content.times))
    told = {
        "start": repr(float(content.times[0])),
        "interval": repr(1 / content.rate),
        "unit of time": content.units.time,
        "unit": content.units.value,
    }
    table = pa.table(columns).replace_schema_metadata(told)
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd", use_dictionary=False, write_statistics=False)
    found: bytes = sink.getvalue().to_pybytes()
    return found
