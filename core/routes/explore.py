"""Single signals of a twin anywhere in its latent space: numbers to draw, the nearest reals, sound."""

import math
from typing import Any

import numpy as np
import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from core import formatting
from core.config import Model, validated
from core.demos.directions import LatentDirection
from core.demos.explorer import Explorer, GeneratedSignal, open_explorer
from core.demos.latent_point import LatentPoint
from core.errors import ConfigError
from core.presentation.packing import packed
from core.routes.errors import errors_as_json
from core.store.runs import RunStore

MAX_POINTS = 4_000  # in one curve


class ExploreQuery(Model):
    """The query string of /api/explore and what is below it; `at` and `to` are texts for LatentPoint.parse."""

    run: str = Field(description="Id of the run, see `python -m core runs`.")
    at: str = Field(max_length=400, description="A point of the latent space: a seed, or as the answer calls it.")
    to: str = Field("", max_length=400, description="The other end of a walk.")
    share: float = Field(0, ge=0, le=1, description="Of the way there.")
    channel: int = Field(0, ge=0, description="Counted from 0.")
    clean: bool = Field(False, description="The sound of the signal without its noise.")


def _generate(request: Request) -> tuple[ExploreQuery, Explorer, GeneratedSignal]:
    query = validated(ExploreQuery, dict(request.query_params))
    explorer = open_explorer(RunStore().get(query.run))
    if query.channel >= explorer.config.source.n_channels:
        raise ConfigError(f"The signals have no channel {query.channel} (counted from 0).")
    first = LatentPoint.parse(query.at)
    if not query.to:
        return query, explorer, explorer.at(first)
    return query, explorer, explorer.between(first, LatentPoint.parse(query.to), query.share)


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json", headers={"Cache-Control": "no-store"})


@errors_as_json
def signal(request: Request) -> Response:
    """The signal at a point, with and without its noise, its spectra, its quantities and the directions to move in."""
    query, explorer, found = _generate(request)
    nearer = LatentPoint.parse(query.to if query.to and query.share > 0.5 else query.at)
    frequencies, power = explorer.power(found.signal, query.channel)
    clean = {}
    if found.clean is not None:
        clean = {
            "clean": packed(_thinned(found.clean[query.channel])),
            "clean_power": packed(explorer.power(found.clean, query.channel)[1]),
        }
    return _json(
        {
            "directions": [_describe(direction) for direction in explorer.directions(nearer.seed)],
            "at": LatentPoint(nearer.seed, found.z, found.conditions).format(),
            "seed": nearer.seed,
            "z": found.z,
            "conditions": found.conditions,
            "signal": packed(_thinned(found.signal[query.channel])),
            "frequencies": packed(frequencies),
            "power": packed(power),
            "quantities": explorer.measure(found.signal, query.channel),
        }
        | clean
    )


def _describe(direction: LatentDirection) -> dict[str, str]:
    """What a direction is called, and how well that fits."""
    share = f"explains {math.floor(100 * direction.explained_variance)} % of its variance"
    note = share if direction.is_named else f"mostly {direction.quantity}: {share}"
    return {"label": direction.label, "note": note}


@errors_as_json
def nearest(request: Request) -> Response:
    """The reals nearest to the signal at a point, and how near reals come to each other."""
    query, explorer, found = _generate(request)
    nearest_reals, unit = explorer.reals.nearest(found.signal), explorer.config.source.unit
    return _json(
        {
            "signal": packed(_thinned(found.signal[query.channel])),
            "reals": [packed(_thinned(real[query.channel])) for real in nearest_reals.signals],
            "distances": [_with_unit(distance, unit) for distance in nearest_reals.distances.tolist()],
            "note": _explain_nearest(explorer),
        }
    )


def _explain_nearest(explorer: Explorer) -> str:
    reals, unit = explorer.reals, explorer.config.source.unit
    low, high = reals.usual_distances
    return (
        f"These three are the most similar of {formatting.count(len(reals.training))} real signals from the training. The "
        "difference between two signals is the root mean square (RMS) over their samples. For comparison: new real signals "
        f"usually differ from their nearest training signal by {formatting.number(low)} to {_with_unit(high, unit)} (9 of 10 "
        "do). If the twin had copied training signals, the difference would be much smaller."
    )


def _with_unit(value: float, unit: str) -> str:
    return f"{formatting.number(value)} {unit}".strip()


@errors_as_json
def sound(request: Request) -> Response:
    """The signal at a point as sound."""
    query, explorer, found = _generate(request)
    heard = found.clean if query.clean and found.clean is not None else found.signal
    return Response(explorer.sound(heard, query.channel), media_type="audio/wav", headers={"Cache-Control": "no-store"})


def _thinned(values: np.ndarray) -> np.ndarray:
    return values[:: -(-len(values) // MAX_POINTS)]
