"""Write signals of a run in shards: `generate --shards`."""

import argparse
from functools import partial

from tqdm import tqdm

from core import formatting
from core.commands.output import say
from core.config import validated
from core.errors import ConfigError, ShardError
from core.scale import shards
from core.scale.engines import EngineOf, InProcess, Ranks, Ray, ranks_of
from core.scale.place import Place
from core.scale.plan import FILE_KINDS, Entry, Maker, Plan
from core.store.orders import Order

MAX_NAMED = 5  # in one sentence


def generate_shards(order: Order, options: argparse.Namespace) -> int:
    """Write the shards that are missing. Raises ConfigError where signals of that kind are not written in shards."""
    if order.kind == "real" or order.faults:
        raise ConfigError(
            "Only a twin's own signals are written in shards; leave out --real and --faults, or give --out."
        )
    if options.format not in FILE_KINDS:
        raise ConfigError(f"Shards are not written as {options.format}; choose one of: {', '.join(FILE_KINDS)}.")
    run, card = order.run, order.card()
    surrogate = run.surrogate_file.read_bytes()
    settings = {
        "surrogate_sha256": shards.digest(surrogate),
        "seed": order.seed,
        "conditions": card.signals.requested,
        "design": order.design,
        "file_kind": options.format,
        "count": order.count,
        "made_by": Maker.this(),
    }
    if options.per_shard is not None:
        settings["per_shard"] = options.per_shard
    plan = validated(Plan, settings)
    shards.begin(options.shards, plan, surrogate)
    for ending, text in (("json", card.to_json(indent=True)), ("md", card.to_markdown().encode())):
        Place(options.shards).write(f"card.{ending}", text)
    with tqdm(total=plan.n_shards, initial=len(shards.written(options.shards)), unit=" shards", disable=None) as bar:
        for _ in shards.write_missing(options.shards, _engine(options)):
            bar.update()
    manifest = shards.finish(options.shards)
    n_written = plan.n_shards if manifest else len(shards.written(options.shards))
    result = {
        "run_id": run.id,
        "path": options.shards,
        "count": plan.count,
        "shards": plan.n_shards,
        "written": n_written,
    }
    say(options, result | {"sha256": manifest.sha256 if manifest else None}, _told(options.shards, plan, n_written))
    return 0


def _engine(options: argparse.Namespace) -> EngineOf[Entry]:
    if options.engine == "ray":
        return partial(Ray, address=options.address)
    if ranks := ranks_of():
        return partial(Ranks, rank=ranks[0], world_size=ranks[1])
    return InProcess


def _told(address: str, plan: Plan, n_written: int) -> str:
    if n_written == plan.n_shards:
        signals, files = formatting.quantity(plan.count, "signal"), formatting.quantity(plan.n_shards, "shard")
        return f"{signals} in {files} at {address}; manifest.json lists them."
    return (
        f"{n_written:,} of {plan.n_shards:,} shards are at {address}. The process that finds the last one there writes the "
        "manifest; run the same command again to write what others leave out."
    )


def verify_shards(options: argparse.Namespace) -> int:
    """Hash all shards again. Raises ShardError where some are not what was written; those are written again next time."""
    manifest, broken = shards.verify(options.shards)
    if broken:
        raise ShardError(
            f"{formatting.quantity(len(broken), 'shard')} at {options.shards} missing or changed since written "
            f"({', '.join(broken[:MAX_NAMED])}{', …' if len(broken) > MAX_NAMED else ''}); run the same command without "
            "--verify to write them again."
        )
    n = len(manifest.entries)
    result = {"path": options.shards, "count": manifest.plan.count, "shards": n, "sha256": manifest.sha256}
    say(options, result, f"All {formatting.quantity(n, 'shard')} at {options.shards} are as they were written.")
    return 0
