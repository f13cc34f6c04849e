"""Units as files write them: which words are units, how many seconds a unit of time has, and how two units compare."""

import re

MAX_UNIT = 20  # characters

SECONDS = {  # of one unit of time, by its name in small letters
    "fs": 1e-15,
    "ps": 1e-12,
    "ns": 1e-9,
    "nsec": 1e-9,
    "nsecs": 1e-9,
    "nanos": 1e-9,
    "nanosecond": 1e-9,
    "nanoseconds": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # the micro sign
    "μs": 1e-6,  # the Greek letter
    "usec": 1e-6,
    "usecs": 1e-6,
    "µsec": 1e-6,
    "μsec": 1e-6,
    "micros": 1e-6,
    "microsecond": 1e-6,
    "microseconds": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "msecs": 1e-3,
    "millis": 1e-3,
    "millisec": 1e-3,
    "millisecond": 1e-3,
    "milliseconds": 1e-3,
    "millisekunden": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "sek": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "sekunde": 1.0,
    "sekunden": 1.0,
    "seconde": 1.0,
    "secondes": 1.0,
    "segundos": 1.0,
    "min": 60.0,
    "mins": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "minuten": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hrs": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "stunden": 3600.0,
    "d": 86_400.0,
    "day": 86_400.0,
    "days": 86_400.0,
    "tage": 86_400.0,
}
PREFIXES = {
    "T": 1e12,
    "G": 1e9,
    "M": 1e6,
    "k": 1e3,
    "": 1.0,
    "m": 1e-3,
    "u": 1e-6,
    "µ": 1e-6,
    "μ": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
}
SYMBOLS = {  # units that take prefixes, and which
    **dict.fromkeys(
        ("V", "A", "W", "Hz", "Ω", "Ohm", "ohm", "F", "Pa", "J", "eV", "N", "Nm", "S/s", "Sa/s"), "TGMkmuµμnpf"
    ),
    **dict.fromkeys(("VA", "var", "Wh", "Ah", "VAh"), "GMkmuµμ"),
    **dict.fromkeys(("T", "C", "m", "K", "g", "lx", "rad", "mol", "bar", "l", "SPS"), "kmuµμnp"),
    "s": "muµμnp",
    "S": "mkuµμn",
    "H": "muµμn",
    "B": "kM",
    "cal": "k",
}
ALONE = {
    "°",
    "°C",
    "°F",
    "℃",
    "℉",
    "degC",
    "degF",
    "deg",
    "%",
    "‰",
    "dB",
    "dBm",
    "dBV",
    "dBu",
    "dBA",
    "dBFS",
    "dBc",
    "ppm",
}
ALONE |= {
    "ppb",
    "rpm",
    "RPM",
    "U/min",
    "psi",
    "hPa",
    "mmHg",
    "mbar",
    "inHg",
    "cm",
    "dm",
    "in",
    "ft",
    "mph",
    "km/h",
    "knots",
}
ALONE |= {
    "bpm",
    "BPM",
    "dps",
    "Gal",
    "gal",
    "Gauss",
    "LSB",
    "a.u.",
    "arb. unit",
    "arb.",
    "pH",
    "min",
    "h",
    "hr",
    "d",
    "kg",
}
ALONE |= {
    "F",
    "Kelvin",
    "Celsius",
    "Fahrenheit",
    "RH",
    "%RH",
    "cd",
    "lm",
    "counts/s",
    "cps",
    "L",
    "kt",
    "hp",
    "lbf",
    "lb",
}
WORDS = {  # units written out, in small letters, and their symbols
    "volt": "V",
    "volts": "V",
    "millivolt": "mV",
    "millivolts": "mV",
    "microvolt": "µV",
    "microvolts": "µV",
    "ampere": "A",
    "amperes": "A",
    "amp": "A",
    "amps": "A",
    "milliampere": "mA",
    "milliamps": "mA",
    "watt": "W",
    "watts": "W",
    "kilowatt": "kW",
    "hertz": "Hz",
    "ohms": "Ω",
    "ohm": "Ω",
    "pascal": "Pa",
    "newton": "N",
    "newtons": "N",
    "tesla": "T",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "degrees": "deg",
    "deg": "deg",
    "second": "s",
    "deg_c": "°C",
    "degree": "deg",
    "radians": "rad",
    "percent": "%",
    "kelvin": "K",
    "celsius": "°C",
    "fahrenheit": "°F",
    "coulomb": "C",
    "farad": "F",
    "henry": "H",
    "joule": "J",
    "joules": "J",
    "grams": "g",
}
# What stands in a row of units without being one: how a clock is written, or that a column only counts.
FORMATS = re.compile(
    r"(?:[ydmhs]{1,4}[-/.: ]*){2,}(?:[.,][s0-9mf]+)?|sequence|datetime|date|text|string|ts|rn|n/?a|none|"
    r"avg|smp|min|max|tot|std|unitless|-+|\d*",
    re.I,
)
NOT_ALONE = {"L", "H", "S", "l", "h", "d", "in", "B"}  # as likely left, high, south … behind a name
EXPONENT = re.compile(r"(?:\^?[-+]?\d+|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$")
BRACKETED = re.compile(r"^(.*?)[\s_]*[\[(]\s*([^\[\]()]*?)\s*[\])]\s*$")
SERIALS = re.compile(r"\s*\((?:LGR|SEN)\b[^)]*\)\s*$")
BEHIND = re.compile(r"^(.*\w)\s*(?:,|/|\bin\b)\s*(\S+)$")


def is_unit(text: str) -> bool:
    """Is this a unit such as mV, m/s², °C, Volt or kg·m^2?"""
    text = text.strip()
    if not text or len(text) > MAX_UNIT:
        return False
    if _is_simple(text):
        return True
    parts = [part for part in re.split(r"[/·⋅*× ]+", text) if part]
    stripped = [EXPONENT.sub("", part) or "1" for part in parts]
    return len(parts) > 0 and all(part == "1" or _is_simple(part) for part in stripped) and stripped != ["1"]


def is_unit_of_time(text: str) -> bool:
    """Is this a unit of time, in whatever spelling?"""
    return text.strip().lower() in SECONDS


def split_unit(name: str) -> tuple[str, str]:
    """A column's name and its unit: ("U", "mV") for "U [mV]", "U (mV)", "U / mV", "U, mV" and "U in mV"; no unit else.

    A name that is nothing but its unit, such as "(Second)", stays whole.
    """
    name = SERIALS.sub("", name).strip()
    found = BRACKETED.match(name)
    if found and (is_unit(found[2]) or is_unit_of_time(found[2])) and found[2] not in NOT_ALONE - {"h", "d"}:
        return found[1].strip() or name, found[2]
    found = None if is_unit(name) else BEHIND.match(name)
    if found and (is_unit(found[2]) or is_unit_of_time(found[2])):
        return found[1].strip(), found[2]
    return name, ""


def same_unit_factor(unit: str, wanted: str) -> float | None:
    """By what a value in `unit` is multiplied to be in `wanted`: 0.001 from mV to V; None where they measure different things."""
    own, other = _scaled(unit), _scaled(wanted)
    if own is None or other is None or own[1] != other[1]:
        return 1.0 if unit == wanted else None
    return own[0] / other[0]


def _is_simple(text: str) -> bool:
    return text in ALONE or text.lower() in WORDS or _scaled(text) is not None


def _scaled(unit: str) -> tuple[float, str] | None:
    """How many of its plain symbol a unit is: (0.001, "V") for mV; None where it is none that takes prefixes."""
    unit = WORDS.get(unit.strip().lower(), unit.strip())
    if unit in SYMBOLS:
        return 1.0, _symbol(unit)
    if unit[:1] in PREFIXES and unit[1:] in SYMBOLS and unit[0] in SYMBOLS[unit[1:]]:
        return PREFIXES[unit[0]], _symbol(unit[1:])
    return None


def _symbol(unit: str) -> str:
    return "Ω" if unit in ("Ohm", "ohm") else unit
