"""What files say above their tables: sampling rate, step, number of samples, unit and names."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.recordings.units import SECONDS, is_unit, same_unit_factor

NUMBER = r"[-+]?(?:\d[\d'’]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_BETWEEN = r"""["')\]]*\s*[:=,;\t| ]+\s*["']?\s*(?:[a-z]+\s*:\s*)?"""
_KEY_UNIT = r"(?:[\[(]\s*(?P<key_unit>[^\])]{1,20})\s*[\])])?"
RATE = re.compile(
    r"(?:^|[^a-zµ])(?:(?:sampl\w*|scan|acquisition|acq\.?|recording|record|data|logging|adc|daq)[\s_.-]*(?:rate|freq\w*)|samplerate|"
    r"samplefrequency|abtastrate|abtastfrequenz|messrate|s?freq_?hz|fs|sfreq|srate|f_?s|(?<![a-z]\s)rate|samples\s*(?:per|/)\s*s(?:ec(?:ond)?)?)\s*"
    rf"{_KEY_UNIT}{_BETWEEN}(?P<number>{NUMBER})\s*(?P<unit>[a-zA-Zµμ/]+)?",
    re.IGNORECASE,
)
STEP = re.compile(
    r"(?:^|[^a-zµ])(?:(?:sampl\w*|scan|time|x|horizontal|hor\.?|logging|log|recording|data)[\s_.-]*(?:interval|period|step|increment|incr?|"
    r"spacing|resolution)|(?<![a-z]\s)interval|dt|d_t|delta[\s_-]*[tx]|xincr(?:ement)?|(?<![a-z]\s)increment|abtastintervall|zeitschritt|messintervall|"
    rf"time\s*per\s*sample)\s*{_KEY_UNIT}{_BETWEEN}(?P<number>{NUMBER})\s*(?P<unit>[a-zA-Zµμ]+)?",
    re.IGNORECASE,
)
COUNT = re.compile(
    r"(?:^|[^a-z])(?:npts|record\s*length|(?:number|nr\.?|no\.?|num)\s*(?:of)?\s*(?:samples|points|data\s*points|rows|values)|n_?samples|"
    rf"points|samples)\s*{_BETWEEN}(?P<number>\d+)\b",
    re.IGNORECASE,
)
UNIT = re.compile(
    r"(?:^|[^a-z])(?:(?:vertical|y|data|signal|value|amplitude)[\s_.-]*units?|units?(?:\s+of)?|einheit)"
    r"""["']?\s*(?:[:=,;\t| ]\s*)+["']?(?P<unit>[^\s,;"'\t]+(?:\s?[/·*]\s?[^\s,;"'\t]+)?)""",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"""(?:^|[^a-z])(?:labels?|channels?|columns?|names?|fields)["']?\s*[:=]+\s*(?P<names>.+)$""", re.IGNORECASE
)
NAME_LIST = re.compile(r"""["']columns?["']\s*:\s*\[(?P<names>[^\]]+)\]""", re.IGNORECASE)
HERTZ = {
    "": 1.0,
    "hz": 1.0,
    "khz": 1e3,
    "mhz": 1e6,
    "ghz": 1e9,
    "s/s": 1.0,
    "sa/s": 1.0,
    "ks/s": 1e3,
    "ksa/s": 1e3,
    "ms/s": 1e6,
}
HERTZ |= {
    "msa/s": 1e6,
    "gs/s": 1e9,
    "gsa/s": 1e9,
    "sps": 1.0,
    "ksps": 1e3,
    "msps": 1e6,
    "1/s": 1.0,
    "/s": 1.0,
    "samples/s": 1.0,
}
HERTZ |= {"samples/sec": 1.0, "samples": 1.0, "per": 1.0, "cps": 1.0}
COMMON_UNITS = {"g", "gal", "count", "counts"}


@dataclass(frozen=True)
class Facts:
    """What stands above a table. rate in Hz, NaN where nothing says it; source: where it stands; n: number of samples."""

    rate: float = math.nan
    source: str = ""
    n: int = 0
    unit: str = ""
    names: tuple[str, ...] = ()


def facts_in(lines: Iterable[tuple[int, str]]) -> Facts:
    """What lines, with their numbers, say of the samples below. What stands first counts."""
    facts = Facts()
    for number, line in lines:
        if math.isnan(facts.rate) and (rate := rate_in(line)):
            facts = replace(facts, rate=rate, source=f"line {number:,}")
        if not facts.n and (found := COUNT.search(line)):
            facts = replace(facts, n=int(found["number"]))
        if not facts.unit and (found := UNIT.search(line)) and _is_likely_unit(found["unit"]):
            facts = replace(facts, unit=found["unit"])
        if not facts.names and (found := NAME_LIST.search(line) or NAMES.search(line)):
            facts = replace(facts, names=_listed(found["names"]))
    return facts


def rate_in(text: str) -> float | None:
    """The sampling rate in Hz that a line of settings says, as a rate or as a step in time; None where it says none."""
    for found in RATE.finditer(text):
        unit = (found["unit"] or found["key_unit"] or "").strip().lower()
        value = _float(found["number"])
        if value > 0 and (unit in HERTZ or found["unit"]):
            return value * HERTZ.get(unit, 1.0)
    for found in STEP.finditer(text):
        unit = (found["unit"] or found["key_unit"] or "s").strip().lower()
        value = _float(found["number"])
        if value > 0 and unit in SECONDS:
            return 1 / (value * SECONDS[unit])
    return None


def _float(text: str) -> float:
    return float(re.sub("['’]", "", text))


def _is_likely_unit(text: str) -> bool:
    return is_unit(text) or text.lower() in COMMON_UNITS or same_unit_factor(text, text.capitalize()) is not None


def _listed(text: str) -> tuple[str, ...]:
    found = [name.strip(" \"'[]{}") for name in re.split(r"[,;\t]", text)]
    return tuple(name for name in found if name)
