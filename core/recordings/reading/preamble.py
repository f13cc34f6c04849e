"""What files say above their tables: sampling rate, step, number of samples, unit and names."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.recordings.units import SECONDS, is_unit, same_unit_factor

_COMMA = r"\d+(?:,\d{3})*,\d+(?=\s*[a-zA-Zµμ;\t\"])"  # decimals or thousands behind a comma, which does not stand between cells
NUMBER = rf"[-+]?(?:{_COMMA}|\d[\d'’]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_BETWEEN = r"""["')\]]*\s*[:：=,;\t| ]+\s*["']?\s*(?:[a-z]+\s*:\s*)?"""
_KEY_UNIT = r"(?:[\[(]\s*(?P<key_unit>[^\])]{1,20})\s*[\])])?"
_RATES = (  # in other languages
    "abtastrate|abtastfrequenz|messrate|messfrequenz|"
    "(?:fr[ée]quence|fr[ée]q\\.?|cadence|taux) d['’ ](?:[ée]chantillonnage|acquisition)|"
    "(?:frecuencia|tasa) de muestreo|(?:frequ[êe]ncia|taxa) de amostragem|frequenza di campionamento|bemonsteringsfrequentie|"
    "samplingsfrekvens|采样率|采样频率|サンプリング周波数|サンプリングレート"
)
_STEPS = (
    "abtastintervall|abtastzeit|zeitschritt|messintervall|(?:p[ée]riode|intervalle) d['’ ](?:[ée]chantillonnage|acquisition)|"
    "pas de temps|(?:periodo|intervalo) de muestreo|intervalo de amostragem|intervallo di campionamento|采样间隔|采样周期|"
    "サンプリング間隔|サンプリング周期"
)
RATE = re.compile(
    r"(?:^|[^a-zµ])(?:(?:sampl\w*|scan|acquisition|acq\.?|recording|record|data|logging|adc|daq|update|output|frame|measur\w*)[\s_.-]*(?:rate|freq\w*)|samplerate|"
    rf"samplefrequency|{_RATES}|s?freq_?hz|fs|sfreq|srate|f_?s|(?<![a-z]\s)rate|samples\s*(?:per|/)\s*s(?:ec(?:ond)?)?)\s*"
    rf"{_KEY_UNIT}{_BETWEEN}(?P<number>{NUMBER})\s*(?P<unit>[a-zA-Zµμ/]+)?",
    re.IGNORECASE,
)
STEP = re.compile(
    r"(?:^|[^a-zµ])(?:(?:sampl\w*|scan|time|x|horizontal|hor\.?|logging|log|recording|data)[\s_.-]*(?:interval|period|step|increment|incr?|"
    r"spacing|resolution)|(?<![a-z]\s)interval|dt|d_t|delta[\s_-]*[tx]|[tx]incr?(?:ement)?|(?<![a-z]\s)increment|"
    rf"{_STEPS}|"
    rf"time\s*per\s*sample)\s*{_KEY_UNIT}{_BETWEEN}(?P<number>{NUMBER})\s*(?P<unit>[a-zA-Zµμ]+)?",
    re.IGNORECASE,
)
FOREIGN = re.compile(_RATES, re.IGNORECASE)
GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
POINTS = re.compile(
    r"(?<![\d.,])([1-9]\d{0,2}(?:\.\d{3})+)(,\d+)?(?![\d.,]|\s*[kmg]hz)", re.IGNORECASE
)  # between thousands
BLANKS = re.compile(
    r"(?<=[:：=,;\t|\"\s])([1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+)(?=(?:[.,]\d+)?\s*(?:hz|sa?/s|sps)\b)", re.IGNORECASE
)
STEP_AS_CLOCK = re.compile(  # hours, minutes and seconds, as in "Sample interval: 00:00:10"
    r"(?:sampl\w*|scan|logging|log|recording|measur\w*|data)[\s_.-]*(?:interval|period|step|cycle|rate)"
    rf"{_BETWEEN}(?P<h>\d{{1,2}}):(?P<m>\d{{2}}):(?P<s>\d{{2}}(?:\.\d+)?)",
    re.IGNORECASE,
)
RATE_BEHIND = re.compile(  # the number first, as in "2000 samples/second"
    rf"(?:^|[^\w.])(?P<number>{NUMBER})\s*(?P<unit>[kM]?)\s*(?:samples?|sa|scans)\s*(?:per|/)\s*s(?:ec(?:ond)?)?\b",
    re.IGNORECASE,
)
STEP_BEHIND = re.compile(
    rf"(?:^|[^\w.])(?P<number>{NUMBER})\s*(?P<unit>[a-zµμ]+)\s*(?:per|/)\s*(?:sample|scan|point)\b", re.IGNORECASE
)
START_AND_STEP = re.compile(
    rf"""^["']?START["']?[\s,;]+{NUMBER}[\s,;]+(?P<number>{NUMBER})\s*$"""
)  # in s, as Spike2 writes
FRAMES = re.compile(r"^NO_OF_FRAMES\b")  # of cameras, whose rate is the frequency
FREQUENCY = re.compile(rf"^FREQUENCY[\s,;]+(?P<number>{NUMBER})\s*$")
LONE_FREQUENCY = re.compile(  # which may also be that of what was measured
    r"^[\W_]*(?:frequency|freq\.?|frequenz|fr[ée]quence|frecuencia|frequ[êe]ncia|frequenza|частота|频率|周波数)\s*"
    rf"""{_KEY_UNIT}["')\]]*\s*[:：=,;\t| ]+\s*["']?(?P<number>{NUMBER})\s*(?P<unit>[kmg]?hz)?[\W_]*$""",
    re.IGNORECASE,
)
COUNT = re.compile(
    r"(?:^|[^a-z])(?:npts|record\s*length|(?:number|nr\.?|no\.?|num)\s*(?:of)?\s*(?:samples|points|data\s*points|rows|values)|n_?samples|"
    rf"points|samples)\s*{_BETWEEN}(?P<number>\d+)\b",
    re.IGNORECASE,
)
COUNT_AND_STEP = re.compile(rf"^\s*(?P<n>\d+)[\s,]+(?P<step>{NUMBER})[\s,]+NPTS\W+DT\b", re.IGNORECASE)
DURATION = re.compile(
    rf"^\W*duration(?:\s*time)?\s*[(\[]?s(?:ec)?[)\]]?{_BETWEEN}(?P<number>{NUMBER})\b", re.IGNORECASE
)
UNIT = re.compile(
    r"(?:^|[^a-z])(?:(?:vertical|y|data|signal|value|amplitude)[\s_.-]*units?|(?<!horizontal.)(?<!\bx.)units?(?:\s+of)?|einheit|unit[ée]|unidade?|unità|单位|単位)"
    r"""["']?\s*(?:[:：=,;\t| ]\s*)+["']?(?P<unit>[^\s,;"'\t]+(?:\s?[/·*]\s?[^\s,;"'\t]+)?)""",
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
HERTZ |= {
    "/min": 1 / 60,
    "samples/min": 1 / 60,
    "/h": 1 / 3600,
    "samples/sec": 1.0,
    "samples": 1.0,
    "per": 1.0,
    "cps": 1.0,
}
COMMON_UNITS = {"g", "gal", "count", "counts"}


@dataclass(frozen=True)
class Facts:
    """What stands above a table. rate in Hz, NaN where nothing says it; source: where it stands; is_lone: whether nothing but
    “frequency” names it, which may be another; n: number of samples; are_wrapped: whether they are of one channel, several in
    each line, in the manner of records of earthquakes."""

    rate: float = math.nan
    source: str = ""
    is_lone: bool = False
    n: int = 0
    unit: str = ""
    names: tuple[str, ...] = ()
    are_wrapped: bool = False


def facts_in(lines: Iterable[tuple[int, str]], decimal: str = "") -> Facts:
    """What lines, with their numbers, say of the samples below. What stands first counts.

    decimal: what stands before decimals in these samples; empty where nothing shows it.
    """
    facts, are_frames, lone = Facts(), False, Facts()
    for number, text in lines:
        line = _ungrouped(text, decimal)
        are_frames = are_frames or FRAMES.match(line) is not None
        frequency = FREQUENCY.match(line) if are_frames else None
        if math.isnan(facts.rate) and (rate := _float(frequency["number"]) if frequency else rate_in(line)):
            facts = replace(facts, rate=rate, source=f"line {number:,}")
        if not facts.n and (found := COUNT_AND_STEP.match(line)) and (step := _float(found["step"])) > 0:
            facts = replace(facts, n=int(found["n"]), rate=1 / step, source=f"line {number:,}", are_wrapped=True)
        if not facts.n and (found := COUNT.search(line)):
            facts = replace(facts, n=int(found["number"]), are_wrapped="npts" in found[0].lower())
        if not facts.n and math.isfinite(facts.rate) and (found := DURATION.match(line)):
            facts = replace(facts, n=round(_float(found["number"]) * facts.rate))
        if not facts.unit and (found := UNIT.search(line)) and _is_likely_unit(found["unit"]):
            facts = replace(facts, unit=found["unit"])
        if math.isnan(lone.rate) and (found := LONE_FREQUENCY.match(line)):
            unit = (found["unit"] or found["key_unit"] or "").strip().lower()
            rate = _float(found["number"], is_english=True) * HERTZ.get(unit, math.nan)
            lone = Facts(rate, f"line {number:,}", is_lone=True) if rate > 0 else lone
        if not facts.names and (found := NAME_LIST.search(line) or NAMES.search(line)):
            facts = replace(facts, names=_listed(found["names"]))
    return (
        replace(facts, rate=lone.rate, source=lone.source, is_lone=True)
        if math.isnan(facts.rate) and lone.is_lone
        else facts
    )


def rate_in(text: str, decimal: str = "") -> float | None:
    """The sampling rate in Hz that a line of settings says, as a rate or as a step in time; None where it says none.

    decimal: what stands before decimals in the table; empty where nothing shows it.
    """
    text = _ungrouped(text, decimal)
    if clock := STEP_AS_CLOCK.search(text):
        step = 3600 * int(clock["h"]) + 60 * int(clock["m"]) + float(clock["s"])
        return 1 / step if step > 0 else None
    for found in RATE.finditer(text):
        unit = (found["unit"] or found["key_unit"] or "").strip().lower()
        value = _float(found["number"], is_english=FOREIGN.search(found[0]) is None)
        if value > 0 and unit not in HERTZ and unit in SECONDS:  # as in "rate: 10 ms"
            return 1 / (value * SECONDS[unit])
        if value > 0 and (unit in HERTZ or found["unit"]):
            return value * HERTZ.get(unit, 1.0)
    for found in STEP.finditer(text):
        unit = (found["unit"] or found["key_unit"] or "s").strip().lower()
        value = _float(found["number"])
        if value > 0 and unit in SECONDS:
            return 1 / (value * SECONDS[unit])
    if found_start := START_AND_STEP.match(text):
        step = _float(found_start["number"])
        return 1 / step if step > 0 else None
    return _rate_behind(text)


def _rate_behind(text: str) -> float | None:
    """The rate of a line in which its number stands first."""
    if found := RATE_BEHIND.search(text):
        value = _float(found["number"]) * {"": 1.0, "k": 1e3, "m": 1e6}[found["unit"].lower()]
        return value if value > 0 else None
    found = STEP_BEHIND.search(text)
    step = _float(found["number"]) * SECONDS.get(found["unit"].lower(), math.nan) if found else math.nan
    return 1 / step if step > 0 else None


def _ungrouped(text: str, decimal: str) -> str:
    """A line without blanks between thousands, nor points where they repeat or the table has decimal commas."""
    text = BLANKS.sub(lambda found: re.sub(r"\s", "", found[1]), text)
    return POINTS.sub(
        lambda found: (
            found[1].replace(".", "") + (found[2] or "").replace(",", ".")
            if decimal == "," or found[1].count(".") > 1
            else found[0]
        ),
        text,
    )


def _float(text: str, is_english: bool = False) -> float:
    """A number; in English, or where they repeat, commas that may stand between thousands do."""
    text = re.sub("['’]", "", text)
    is_grouped = GROUPED.fullmatch(text) is not None and (is_english or text.count(",") > 1)
    return float(text.replace(",", "" if is_grouped else "."))


def _is_likely_unit(text: str) -> bool:
    return is_unit(text) or text.lower() in COMMON_UNITS or same_unit_factor(text, text.capitalize()) is not None


def _listed(text: str) -> tuple[str, ...]:
    found = [name.strip(" \"'[]{}") for name in re.split(r"[,;\t]", text)]
    return tuple(name for name in found if name)
