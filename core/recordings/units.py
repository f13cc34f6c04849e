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
    "secondi": 1.0,
    "秒": 1.0,
    "ミリ秒": 1e-3,
    "毫秒": 1e-3,
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
    "std": 3600.0,
    "stunde": 3600.0,
    "stunden": 3600.0,
    "heures": 3600.0,
    "horas": 3600.0,
    "ore": 3600.0,
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
    "Oe",
    "kOe",
    "emu",
    "%rF",
    "%rH",
    "%r.F.",
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
GRAVITY = 9.80665  # m/s²
ACCELERATION = "m/s²"
EQUAL = {  # so many of another unit
    "bar": (1e5, "Pa"),
    "hPa": (100.0, "Pa"),
    "psi": (6894.757, "Pa"),
    "mmHg": (133.3224, "Pa"),
    "inHg": (3386.389, "Pa"),
    "cm": (0.01, "m"),
    "dm": (0.1, "m"),
    "in": (0.0254, "m"),
    "ft": (0.3048, "m"),
    "km/h": (1 / 3.6, "m/s"),
    "mph": (0.44704, "m/s"),
    "knots": (1852 / 3600, "m/s"),
    "kt": (1852 / 3600, "m/s"),
    "°": (1.0, "deg"),
    "RPM": (1.0, "rpm"),
    "U/min": (1.0, "rpm"),
    "1/min": (1.0, "rpm"),
    "degC": (1.0, "°C"),
    "℃": (1.0, "°C"),
    "Celsius": (1.0, "°C"),
    **dict.fromkeys(("m/s^2", "m/s2", "m/s/s", "m/sec^2", "m*s^-2"), (1.0, ACCELERATION)),
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
    found = BEHIND.match(name) if " in " in name or not is_unit(name) else None
    if found and (is_unit(found[2]) or is_unit_of_time(found[2])):
        return found[1].strip(), found[2]
    return name, ""


def same_unit_factor(unit: str, wanted: str) -> float | None:
    """By what a value in `unit` is multiplied to be in `wanted`: 0.001 from mV to V; None where they measure different things."""
    (factor, own), (wanted_factor, other) = _measured(unit), _measured(wanted)
    if {own, other} == {"g", ACCELERATION}:  # no mass
        factor, wanted_factor = (
            size * (GRAVITY if one == "g" else 1) for size, one in ((factor, own), (wanted_factor, other))
        )
    elif own != other:
        return None
    return factor / wanted_factor


def _measured(unit: str) -> tuple[float, str]:
    """A unit as so many of the one that all of its kind are counted in, or as one of itself."""
    factor, symbol = _scaled(unit) or (1.0, unit.strip())
    more, base = EQUAL.get(symbol, (1.0, symbol))
    return factor * more, base


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
