"""Reads reports of older versions.

Before version 3, English sentences were keys and pictures plain dictionaries; the sentences of such a report stay as they were
written. Before version 4, pictures of signals knew the unit of their values alone, and time was in seconds.
"""

from typing import Any

_LEVELS = {
    "Indistinguishable from real": "indistinguishable",
    "Hard to tell from real": "hard",
    "Hard to tell from real, but flawed": "flawed",
    "Similar to real, with differences that can be found": "close",
    "Easy to tell from real": "easy",
    "Useless in place of real signals": "useless",
}
_GROUPS = {
    "Can a classifier tell?": "classifiers",
    "Are the single quantities right?": "quantities",
    "Are spectrum and memory right?": "spectrum",
    "Is it varied, and not copied?": "diversity",
    "Does it give what it is asked for?": "conditions",
    "Is it useful?": "usefulness",
    "The field’s own names": "published",
}


def upgraded(content: Any) -> Any:
    """A report of version 2 or 3 as one of version 4; anything else as it is. Raises ValueError where it is broken."""
    if not isinstance(content, dict):
        return content
    version = 2 if content.get("format") == 2 else content.get("version")
    if version not in _UPGRADES:
        return content
    try:
        return _UPGRADES[version](content)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"the report of version {version} is broken ({error!r})") from error


def _from_version_3(content: dict[str, Any]) -> dict[str, Any]:
    pictures = [
        {key: value for key, value in picture.items() if key != "unit"} | {"units": {"value": picture["unit"]}}
        if picture["kind"] in ("overlay", "rows")
        else picture
        for picture in content["pictures"]
    ]
    return content | {"version": 4, "pictures": pictures}


def _from_version_2(content: dict[str, Any]) -> dict[str, Any]:
    verdict, scores = content["verdict"], content["scores"]
    keys = {score["title"]: _key(score["key"]) for score in scores}
    return {
        "subject": content["subject"],
        "verdict": verdict | {"level": _LEVELS[verdict["level"]], "weakest": keys.get(verdict["weakest"])},
        "scores": [score | {"key": _key(score["key"]), "group": _GROUPS[score["group"]]} for score in scores],
        "pictures": _pictures(content["evidence"], content["subject"]),
    }


def _key(key: str) -> str:
    return key.replace("asked_", "requested_")


def _pictures(evidence: dict[str, Any], subject: dict[str, Any]) -> list[dict[str, Any]]:
    unit, channels = subject.get("unit", ""), evidence["channels"]
    signals = {"start": evidence["times"][0], "interval": 1 / subject["sampling_rate"], "units": {"value": unit}}
    plane = evidence["map"]
    axes = {"x": {"name": plane["x_name"]}, "y": {"name": plane["y_name"]}}
    distance = evidence["nearness"] | {"axis": {"name": "distance to the nearest training signal"}}
    return [
        {
            "kind": "overlay",
            "key": "overlay",
            "title": "Reals and fakes together",
            "caption": "If the fakes are true, neither colour stands out.",
            "channels": [_signals(one["overlay"], "real") for one in channels],
            **signals,
        },
        {
            "kind": "rows",
            "key": "easiest",
            "title": "Easiest to tell apart",
            "caption": f"The reals and the fakes that the best classifier ({evidence['classifier'].lower()}) was surest of.",
            "reference_name": "Real",
            "channels": [_signals(one["easiest"], "real") for one in channels],
            **signals,
        },
        {
            "kind": "histograms",
            "key": "histograms",
            "title": "Distribution of each quantity",
            "caption": "Reals filled, fakes as a dashed line. The line should follow the filled area.",
            "panels": [
                {"axis": {"name": one["name"]}, **{part: one[part] for part in ("edges", "real", "fake")}}
                for one in evidence["histograms"]
            ],
        },
        {
            "kind": "points",
            "key": "scatter",
            "title": "Two quantities together",
            "caption": "Each point is a signal. Crosses should lie where circles lie, and nowhere else.",
            "real": plane["real"],
            "fake": plane["fake"],
            **axes,
        },
        {
            "kind": "cells",
            "key": "missing",
            "title": "Where fakes are missing",
            "caption": "Fakes in each cell ÷ fakes expected there. 1 is right; a cell that looks empty lacks fakes.",
            **{part: plane[part] for part in ("x_edges", "y_edges", "ratio")},
            **axes,
        },
        {
            "kind": "bands",
            "key": "psd",
            "title": "Power spectrum",
            "caption": "The means of both, and in grey the range of 90 % of the reals.",
            "x": {"name": "frequency", "unit": "Hz", "is_logarithmic": True},
            "y": {"name": "PSD", "unit": "dB"},
            "channels": [one["psd"] for one in channels],
        },
        {
            "kind": "bands",
            "key": "acf",
            "title": "Autocorrelation",
            "caption": "The correlation of a signal with itself some time later; in grey the range of 90 % of the reals.",
            "x": {"name": "lag", "unit": "s"},
            "y": {"name": "autocorrelation", "limits": (-1.05, 1.05)},
            "channels": [one["acf"] for one in channels],
        },
        {
            "kind": "rows",
            "key": "nearest",
            "title": "Closest to the training signals",
            "caption": "The fakes that come closest to a training signal, each below that signal. They may be alike; "
            "one that is the same is a copy.",
            "reference_name": "Training",
            "channels": [_signals(one["nearest"], "training") for one in channels],
            **signals,
        },
        {
            "kind": "histograms",
            "key": "distances",
            "title": "How close is that?",
            "caption": "Reals filled, fakes as a dashed line. A pile of fakes near 0 would be copies.",
            "panels": [distance],
        },
        *(_requested(index, one) for index, one in enumerate(evidence["asked"])),
    ]


def _signals(found: dict[str, Any], reference: str) -> dict[str, Any]:
    return {"reference": found[reference], "fake": found["fake"]}


def _requested(index: int, found: dict[str, Any]) -> dict[str, Any]:
    name = found["name"].replace("_", " ")
    shared = {"key": f"requested_{index}", "title": f"Requested and obtained: {name}"}
    if found["classes"]:
        return shared | {
            "kind": "requested classes",
            "caption": "For each class, how many of the fakes requested are recognised as that class.",
            "name": name,
            "classes": found["classes"],
            "recognised": found["right"],
        }
    return shared | {
        "kind": "requested numbers",
        "caption": "Each point is a fake. On the dotted line it is exactly what was requested.",
        "axis": {"name": name, "unit": found["unit"]},
        "requested": found["asked"],
        "obtained": found["came"],
    }


_UPGRADES = {2: _from_version_2, 3: _from_version_3}
