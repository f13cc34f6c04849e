"""Signals of a twin one at a time, wherever its knobs are turned: numbers to draw, the nearest reals, sound."""

import math
from typing import Any

import numpy as np
import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from core import formatting
from core.config import Model, validated
from core.demos.directions import Knob
from core.demos.explorer import Explorer, Place, Seen, open_explorer
from core.errors import ConfigError
from core.presentation.packing import packed
from core.routes.errors import errors_as_text
from core.store.runs import RunStore

MAX_POINTS = 4_000  # in one curve


class PlaceQuery(Model):
    """The query string of /api/explore and what is below it; see core.demos.explorer.Place.parsed for `at` and `to`."""

    run: str
    at: str = Field(max_length=400)
    to: str = Field("", max_length=400)  # the other end of a walk
    share: float = Field(0, ge=0, le=1)  # of the way there
    channel: int = Field(0, ge=0)
    clean: bool = False  # the sound of the signal without its noise


def _asked(request: Request) -> tuple[PlaceQuery, Explorer, Seen]:
    query = validated(PlaceQuery, dict(request.query_params))
    explorer = open_explorer(RunStore().get(query.run))
    if query.channel >= explorer.config.source.n_channels:
        raise ConfigError(f"The signals have no channel {query.channel}, counted from 0.")
    place = Place.parsed(query.at)
    seen = explorer.between(place, Place.parsed(query.to), query.share) if query.to else explorer.at(place)
    return query, explorer, seen


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json", headers={"Cache-Control": "no-store"})


@errors_as_text
def explored(request: Request) -> Response:
    """The signal of a place, with and without its noise, its spectra and what is measured on it."""
    query, explorer, seen = _asked(request)
    place = Place.parsed(query.to if query.to and query.share > 0.5 else query.at)
    frequencies, power = explorer.power(seen.signal, query.channel)
    clean = {}
    if seen.clean is not None:
        clean = {
            "clean": packed(_thinned(seen.clean[query.channel])),
            "clean_power": packed(explorer.power(seen.clean, query.channel)[1]),
        }
    return _json(
        {
            "knobs": [_told(knob) for knob in explorer.knobs(place.seed)],
            "at": Place(place.seed, seen.z, seen.conditions).written(),
            "seed": place.seed,
            "z": seen.z,
            "conditions": seen.conditions,
            "signal": packed(_thinned(seen.signal[query.channel])),
            "frequencies": packed(frequencies),
            "power": packed(power),
            "measured": explorer.measured(seen.signal, query.channel),
        }
        | clean
    )


def _told(knob: Knob) -> dict[str, str]:
    """What a knob is called, and how far that is true."""
    share = f"{math.floor(100 * knob.share)} % of the differences in it between signals"
    if knob.is_named:
        return {"label": knob.label, "said": f"makes {share}"}
    return {"label": knob.label, "said": f"most of all {knob.name}: {share}"}


@errors_as_text
def neighbours(request: Request) -> Response:
    """The reals that come nearest to the signal of a place, and how near reals come to each other."""
    query, explorer, seen = _asked(request)
    found, unit = explorer.nearest(seen.signal), explorer.config.source.unit
    return _json(
        {
            "signal": packed(_thinned(seen.signal[query.channel])),
            "reals": [packed(_thinned(real[query.channel])) for real in found.signals],
            "distances": [_with_unit(distance, unit) for distance in found.distances.tolist()],
            "said": _said(explorer),
        }
    )


def _said(explorer: Explorer) -> str:
    unit, (low, high) = explorer.config.source.unit, explorer.usual_distances
    return (
        f"Of {formatting.count(len(explorer.references))} real signals that the training saw, these three are most like the "
        "fake. How much two signals differ is the root mean square of their difference. Real signals that are new come as "
        f"near to these as {formatting.number(low)} to {_with_unit(high, unit)}, nine times of ten: a twin that copied would "
        "come much nearer."
    )


def _with_unit(value: float, unit: str) -> str:
    """A number as people read it, with its unit."""
    return f"{formatting.number(value)} {unit}".strip()


@errors_as_text
def heard(request: Request) -> Response:
    """The signal of a place as sound."""
    query, explorer, seen = _asked(request)
    signal = seen.clean if query.clean and seen.clean is not None else seen.signal
    return Response(
        explorer.sound(signal, query.channel), media_type="audio/wav", headers={"Cache-Control": "no-store"}
    )


def _thinned(values: np.ndarray) -> np.ndarray:
    return values[:: -(-len(values) // MAX_POINTS)]
