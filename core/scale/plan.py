"""What is to be written in shards, what was written, and what becomes of both: the plan, the entries, the manifest."""

import hashlib
import platform
from typing import Literal, Self

import orjson
from pydantic import Field, model_validator

from core.config import MAX_SEED, Model
from core.file_format import FileFormat, FileModel
from core.generation.design import Design
from core.seeds import BLOCK
from core.version import __version__

FILE_KINDS = ("parquet", "npy", "npz", "csv")
PER_SHARD = 16 * BLOCK  # signals, unless another number is wanted


class Maker(Model):
    """What decides the last bit of a signal besides the twin and the seed."""

    wavetwin: str
    torch: str
    processor: str  # its kind, and the instructions that torch uses on it

    @classmethod
    def this(cls) -> Self:
        """This installation on this machine."""
        import torch  # here, because a plan can be read without it

        capability = torch.backends.cpu.get_cpu_capability()
        return cls(wavetwin=__version__, torch=torch.__version__, processor=f"{platform.machine()} {capability}")


class Plan(Model, FileModel):
    """Signals of a twin, cut into shards. The same plan gives the same bytes, whoever writes which shard when."""

    file_format = FileFormat("wavetwin-shard-plan", 2)

    surrogate_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Digest of the twin's file.")
    seed: int = Field(ge=0, le=MAX_SEED, description="Same seed, same signals.")
    conditions: dict[str, str] = Field({}, description="What was asked for, as text for `parse_conditions`.")
    design: Design | None = Field(None, description="How what was asked for is gone through; at random where None.")
    file_kind: Literal["parquet", "npy", "npz", "csv"] = Field("parquet", description="File format of each shard.")
    count: int = Field(ge=1, description="Signals in all shards together.")
    per_shard: int = Field(PER_SHARD, ge=BLOCK, description="Signals in one shard; the last may have fewer.")
    made_by: Maker = Field(description="Bits may differ between kinds of processors, so shards are never mixed.")

    @model_validator(mode="after")
    def _begins_with_a_block(self) -> Self:
        if self.per_shard % BLOCK:
            raise ValueError(f"signals are drawn {BLOCK} at a time; give a multiple of {BLOCK}")
        return self

    @property
    def n_shards(self) -> int:
        """How many files there will be."""
        return -(-self.count // self.per_shard)

    def n_rows(self, index: int) -> int:
        """How many signals are in a shard."""
        return min(self.per_shard, self.count - index * self.per_shard)

    def file_name(self, index: int) -> str:
        """What a shard is called."""
        return f"signals-{index:06d}.{self.file_kind}"


class Entry(Model, FileModel):
    """A shard that is there."""

    file_format = FileFormat("wavetwin-shard")

    file: str
    rows: int = Field(ge=1)
    n_bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @classmethod
    def of(cls, file: str, rows: int, content: bytes) -> Self:
        """The entry of a shard with that content."""
        return cls(file=file, rows=rows, n_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


class Manifest(Model, FileModel):
    """All shards of a plan. It is written once the last one is there."""

    file_format = FileFormat("wavetwin-shards")

    plan: Plan
    entries: tuple[Entry, ...] = Field(description="In the order of the signals.")
    sha256: str = Field(description="Digest of the shards' digests: the same wherever and however they were written.")

    @classmethod
    def of(cls, plan: Plan, entries: tuple[Entry, ...]) -> Self:
        """The manifest of a plan whose shards are all there."""
        digest = hashlib.sha256(orjson.dumps([entry.sha256 for entry in entries])).hexdigest()
        return cls(plan=plan, entries=entries, sha256=digest)
