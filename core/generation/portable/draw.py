"""New signals from a twin, without Wavetwin: NumPy draws the random numbers, onnxruntime turns them into signals.

    pip install numpy onnxruntime
    python draw.py --count 1000 --seed 1 --out signals.npy
    python draw.py --count 1000 --condition load=2..4 --condition "state=worn,broken" --out some.npy

    from draw import draw
    signals, conditions = draw(1000, seed=1, requested={"load": (2, 4), "state": ("worn", "broken")})

The files twin.onnx and twin.json lie beside this one. The same seed gives the signals that Wavetwin gives for it.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

HERE = Path(__file__).parent
BLOCK = 512  # signals that are drawn together
LATENTS, CONDITIONS = 8, 12  # what random numbers are for; part of each stream's seed
N_NEIGHBOURS = 32  # real signals that the conditions which were not requested are taken from
OTHER_CLASS_DISTANCE = 5e5


def draw(
    count: int, seed: int = 0, requested: dict[str, Any] | None = None, folder: Path = HERE
) -> tuple[np.ndarray, np.ndarray]:
    """`count` signals, float32 (count, n_channels, n_samples), and their conditions, float32 (count, n_conditions).

    requested: by name, for a number a value or a range (low, high), for classes their names; conditions that are not named
    are as in real signals. Numbers are clamped to what the twin was trained with, from minimum to maximum in twin.json. A
    class is given as its number there, counted from 0.
    """
    twin = read(folder)
    session = onnxruntime.InferenceSession(folder / "twin.onnx", providers=["CPUExecutionProvider"])
    blocks = [_block(twin, session, seed, index, requested or {}) for index in range(max(1, -(-count // BLOCK)))]
    signals, conditions = (np.concatenate(parts)[:count] for parts in zip(*blocks, strict=True))
    return signals, conditions


def read(folder: Path) -> dict[str, Any]:
    """What twin.json says."""
    facts: dict[str, Any] = json.loads((folder / "twin.json").read_text("utf-8"))
    return facts


def _block(twin: dict[str, Any], session: Any, seed: int, index: int, requested: dict[str, Any]) -> tuple[Any, Any]:
    inputs = {"latents": latents(twin, seed, index)}
    conditions = np.empty((BLOCK, 0), np.float32)
    if twin["columns"]:
        conditions = inputs["conditions"] = fulfil(twin, requested, np.random.default_rng((seed, CONDITIONS, index)))
    elif requested:
        raise ValueError("This twin was trained without conditions.")
    return session.run(None, inputs)[0], conditions


def latents(twin: dict[str, Any], seed: int, index: int) -> np.ndarray:
    """The latents of a block, float32 (BLOCK, n_latents): standard normal, and uniform in the first `n_picks` columns.

    The numbers of torch.randn: the Mersenne Twister, 24 bits a number, and Box & Muller's transformation of 16 at a time.
    """
    words = np.random.SeedSequence((seed, LATENTS, index)).generate_state(1, np.uint64)
    twister = np.random.RandomState(int(words[0]) & 0xFFFFFFFF)
    normal = _normal(twister, BLOCK * twin["n_latents"]).reshape(BLOCK, twin["n_latents"])
    for column in range(twin["n_picks"]):
        normal[:, column] = [0.5 * (1 + math.erf(score / math.sqrt(2))) for score in normal[:, column].tolist()]
    return normal


def _normal(twister: np.random.RandomState, count: int) -> np.ndarray:
    bits = twister.randint(0, 2**32, count, dtype=np.uint32) & 0xFFFFFF
    first, second = (bits * np.float32(2**-24)).reshape(-1, 2, 8).transpose(1, 0, 2)
    radius = np.sqrt(-2 * np.log((1 - first).astype(float))).astype(np.float32)
    angle = (np.float32(2 * np.pi) * second).astype(float)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype(np.float32).ravel()


def fulfil(twin: dict[str, Any], requested: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Conditions, float32 (BLOCK, n_conditions): those requested, and the others as in real signals that are like them."""
    columns, natural = twin["columns"], np.array(twin["natural"], np.float32)
    if unknown := set(requested) - {column["name"] for column in columns}:
        raise ValueError(f"This twin has no condition “{min(unknown)}”.")
    chosen = [index for index, column in enumerate(columns) if column["name"] in requested]
    drawn = np.empty((BLOCK, len(chosen)), np.float32)
    for position, index in enumerate(chosen):
        column = columns[index]
        values = _draw(column, requested[column["name"]], rng)
        drawn[:, position] = values if column["classes"] else values.clip(column["minimum"], column["maximum"])
    conditions = natural[_neighbours(columns, natural, chosen, drawn, rng)]
    conditions[:, chosen] = drawn
    return conditions


def _draw(column: dict[str, Any], value: Any, rng: np.random.Generator) -> np.ndarray:
    if column["classes"]:
        names = [value] if isinstance(value, str) else value
        return rng.choice([column["classes"].index(name) for name in names], BLOCK).astype(float)
    low, high = (value, value) if isinstance(value, int | float) else value
    return rng.uniform(low, high, BLOCK)


def _neighbours(columns: list[Any], natural: Any, chosen: list[int], drawn: Any, rng: np.random.Generator) -> Any:
    """For each row of `drawn`, one of the rows of `natural` that are nearest to it in the columns `chosen`."""
    if not chosen or len(chosen) == len(columns):
        return rng.integers(0, len(natural), BLOCK)
    scale = np.array([1e-3 if columns[index]["classes"] else max(columns[index]["spread"], 1e-30) for index in chosen])
    apart = (drawn / scale)[:, None] - natural[:, chosen] / scale
    distances = np.square(apart).sum(2) + 1e-9 * rng.random((BLOCK, len(natural)))
    count = min(N_NEIGHBOURS, math.isqrt(len(natural)))
    nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(distances, nearest, axis=1)
    n_same = (found < found.min(axis=1, keepdims=True) + OTHER_CLASS_DISTANCE).sum(axis=1)
    rows = np.arange(BLOCK)
    return nearest[rows, found.argsort(axis=1)[rows, rng.integers(0, n_same)]]


def parse(twin: dict[str, Any], text: str) -> tuple[str, Any]:
    """“load=2..4” as a name and what is requested."""
    name, _, value = text.partition("=")
    if any(column["name"] == name and column["classes"] for column in twin["columns"]):
        return name, tuple(part.strip() for part in value.split(","))
    ends = [float(end) for end in value.split("..")]
    return name, (ends[0], ends[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="New signals from a twin, as a NumPy file.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--condition", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path, default=Path("signals.npy"))
    options = parser.parse_args()
    wanted = dict(parse(read(HERE), text) for text in options.condition)
    made, _ = draw(options.count, options.seed, wanted)
    np.save(options.out, made)
    print(f"{made.shape} in {options.out}")
