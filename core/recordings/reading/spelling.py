"""Numbers as files spell them → floats: separators of thousands, decimal commas, units behind a number, markers of overload."""

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.recordings.units import is_unit, same_unit_factor

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "None", "-", "?", "#N/A")
MOSTLY_NUMBERS = 0.5  # share of the filled cells: a column of numbers in which some cells are marked
NEARLY_ALL = 0.9  # share of the cells
LONGEST = 64  # bytes of a number, its unit included
MOST_MARKERS = 20  # different words that mark cells
MULTIPLES = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9}  # behind numbers, as in 1.5M
FEW_NUMBERS = 20  # different whole numbers beside words may be classes, unless the words are known markers

_SIGN = r"^[-+]?"
_END = r"(?:[eEdD][-+]?\d+)?$"
POINT = _SIGN + r"(?:\d+\.?\d*|\.\d+)" + _END
COMMA = _SIGN + r"(?:\d+,?\d*|,\d+)" + _END
INFINITE = r"^[-+]?(?:inf|infinity)$"
WHOLE = _SIGN + r"\d+$"
LONG = r"^\d{16,}$"  # digits: an identifier, or a time in nanoseconds, which no float tells apart
BY_COMMAS = _SIGN + r"[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d*)?$"  # two digits between commas: lakhs
BY_POINTS = _SIGN + r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$"
BY_MARKS = _SIGN + r"\d{1,3}(?:['’´` _\x{a0}\x{202f}\x{2009}]\d{3})+(?:[.,]\d*)?$"
ONLY_COMMAS = _SIGN + r"[1-9]\d{0,2}(?:,\d{3})+$"  # whole by thousands, or three decimals behind a comma
ONLY_POINTS = _SIGN + r"[1-9]\d{0,2}(?:\.\d{3})+$"
WITH_UNIT = r"^(?P<number>[-+]?[\d.,]*\d[.,]?(?:[eE][-+]?\d+)?)\s*(?P<unit>[\p{L}µμ°%Ω/²³]{1,10})(?:\s+(?:AC|DC|ac|dc|rms|RMS))?$"
KNOWN_MARKER = re.compile(
    r"[-+]?(ol|ovl|ovld|ovrld|overload|overflow|over|ovr|oflow|ofl|ufl|under|underflow|invalid|inval|err|error|fault|fail|"
    r"failed|bad|no ?data|missing|lost|open|oor|out ?of ?range|sat|saturated|clip|clipped|off ?scale|n\.a\.|nd|void|"
    r"#(div/0!|value!|ref!|num!|null!|name\?)|[-+]?1\.#(inf|ind|qnan|snan)[0-9]*|[-*#.?_~—–]+|x{2,})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Numbers:
    """A column of numbers that stood there as text.

    values: float64 (n,), NaN where a cell is empty or marked. markers: the words that stand for missing values, and how often.
    is_grouped: whether thousands were separated. is_ambiguous: whether "2,000" may as well be 2,000 as 2. unit: what stood
    behind the numbers.
    """

    values: np.ndarray
    markers: dict[str, int] = field(default_factory=dict)
    is_grouped: bool = False
    is_ambiguous: bool = False
    unit: str = ""


def coded(cells: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    """Cells of text as their different words, without blanks around them, and the number of each cell's word.

    Where nearly all cells differ, a word may come twice: to find that out would take several times the memory of the text.
    """
    chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
    parts = [chunk.dictionary_encode() for chunk in chunks if len(chunk)] or [
        pa.array([], pa.string()).dictionary_encode()
    ]
    if len(parts) == 1:
        found = parts[0]
    elif sum(len(part.dictionary) for part in parts) > NEARLY_ALL * len(cells):
        return _one_below_the_other(parts)
    else:
        found = pa.chunked_array(parts).unify_dictionaries().combine_chunks()
    codes, words = found.indices, found.dictionary.cast(pa.large_string())
    trimmed = pc.utf8_trim_whitespace(words)
    if pc.sum(pc.binary_length(trimmed)) == pc.sum(pc.binary_length(words)):
        return pa.DictionaryArray.from_arrays(codes, words)
    different = trimmed.dictionary_encode()
    indices = different.indices.take(codes)  # what differed in blanks alone is one word
    return pa.DictionaryArray.from_arrays(indices, different.dictionary)


def _one_below_the_other(parts: list[pa.DictionaryArray]) -> pa.DictionaryArray:
    """The words of each part, which are let go of one by one, after those of the parts before."""
    pa.default_memory_pool().release_unused()
    codes, words, n = [], [], 0
    parts.reverse()
    while parts:
        part = parts.pop()
        codes.append(pc.add(part.indices, pa.scalar(n, pa.int32())))
        words.append(pc.utf8_trim_whitespace(part.dictionary.cast(pa.large_string())))
        n += len(words[-1])
    del part
    pa.default_memory_pool().release_unused()
    return pa.DictionaryArray.from_arrays(pa.concat_arrays(codes), pa.concat_arrays(words))


def read_numbers(cells: pa.ChunkedArray | pa.Array, decimal: str = "") -> Numbers | None:
    """The numbers that cells of text spell; None where most of them spell none. decimal: the file's sign, where it is known."""
    cells = cells if isinstance(cells, pa.DictionaryArray) else coded(cells)
    words, codes = cells.dictionary, cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    if not len(words) or _are_long(words):
        return None
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    there = ~_truths(pc.is_in(words, pa.array(MISSING, words.type)))
    plain = _plain(words)
    is_number = there & _truths(
        pc.or_(_matches(plain, POINT), pc.or_(_matches(plain, COMMA), _matches(plain, INFINITE)))
    )
    is_number |= there & _truths(pc.or_(_matches(plain, BY_COMMAS), _matches(plain, BY_POINTS)))
    if pc.any(_matches(words, LONG)).as_py():
        return None
    if not is_number.any():
        return _with_units(words, codes, counts, there, decimal)
    if not _are_numbers(words, counts, there, is_number):
        return _with_units(words, codes, counts, there, decimal)
    chosen = plain.filter(pa.array(is_number))
    sign, is_ambiguous = _decimal_sign(chosen, decimal)
    other, groups = (",", BY_COMMAS) if sign == "." else (".", BY_POINTS)
    has_other = pc.match_substring(chosen, other)
    is_foreign = pc.and_(has_other, pc.invert(pc.or_(pc.match_substring(chosen, sign), _matches(chosen, groups))))
    is_grouped = bool(pc.any(pc.and_not(has_other, is_foreign)).as_py()) or _repeats(words, BY_MARKS)
    spelled = pc.replace_substring(pc.replace_substring(chosen, other, ""), sign, ".")
    if pc.any(
        is_foreign
    ).as_py():  # what an instrument writes for an overload need not keep to the file's habit: 9.9E37
        spelled = pc.if_else(is_foreign, pc.replace_substring(chosen, other, "."), spelled)
    spelled = pc.replace_substring_regex(spelled, "[dD]", "e")
    values = np.full(len(words) + 1, np.nan)
    values[np.flatnonzero(is_number)] = pc.cast(spelled, pa.float64()).to_numpy(zero_copy_only=False)
    marked = np.flatnonzero(there & ~is_number)
    markers = {words[int(i)].as_py(): int(counts[i]) for i in marked}
    return Numbers(values[codes], markers, is_grouped, is_ambiguous)


def is_marker(word: str) -> bool:
    """Is this a word by which instruments mark an overload or a missing value?"""
    return KNOWN_MARKER.fullmatch(word.strip()) is not None


def _are_long(words: pa.Array) -> bool:
    """Are too many words longer than any number?"""
    return (pc.sum(pc.greater(pc.binary_length(words), LONGEST)).as_py() or 0) > MOST_MARKERS


def _are_numbers(words: pa.Array, counts: np.ndarray, there: np.ndarray, is_number: np.ndarray) -> bool:
    """Is this a column of numbers, in which the other words are marks?"""
    others = np.flatnonzero(there & ~is_number)
    if not len(others):
        return True
    if len(others) > MOST_MARKERS:
        return False
    unknown = [i for i in others.tolist() if not is_marker(words[i].as_py())]
    if not unknown:
        return True
    n_numbers = int(counts[is_number].sum())
    if n_numbers < MOSTLY_NUMBERS * counts[there].sum():
        return False
    kinds = words.filter(pa.array(is_number))
    return len(kinds) > FEW_NUMBERS or not bool(pc.all(_matches(kinds, WHOLE)).as_py())


def _with_units(
    words: pa.Array, codes: np.ndarray, counts: np.ndarray, there: np.ndarray, decimal: str
) -> Numbers | None:
    """Numbers with a unit behind each, such as "12.5 mV"; None where these are other words."""
    found = pc.extract_regex(words, WITH_UNIT)
    has_unit = ~_truths(pc.is_null(found)) & there
    if counts[has_unit].sum() <= MOSTLY_NUMBERS * counts[there].sum():
        return None
    units = pc.struct_field(found, 1).to_pylist()
    weights: dict[str, int] = {}
    for i in np.flatnonzero(has_unit).tolist():
        weights[units[i]] = weights.get(units[i], 0) + int(counts[i])
    unit = max(weights, key=lambda key: weights[key])
    if weights.keys() <= MULTIPLES.keys() and not weights.keys() <= {"K"}:  # which is kelvin, if it stands alone
        factors: dict[str, float | None] = dict(MULTIPLES)
        unit = ""
    elif all(is_unit(one) for one in weights):
        factors = {other: same_unit_factor(other, unit) for other in weights}
    else:
        return None
    if len(weights) > MOST_MARKERS or any(factor is None for factor in factors.values()):
        return None
    numbers = read_numbers(pc.struct_field(found, 0), decimal)
    if numbers is None:
        return None
    scale = np.array([factors.get(one, 1.0) or 1.0 for one in units] + [np.nan])
    values = np.append(np.where(has_unit, numbers.values, np.nan), np.nan) * scale
    markers = {words[int(i)].as_py(): int(counts[i]) for i in np.flatnonzero(there & ~has_unit)}
    return Numbers(values[codes], markers, numbers.is_grouped, numbers.is_ambiguous, unit)


def _plain(words: pa.Array) -> pa.Array:
    """Words without what programs put around numbers: ="1.5", a percent sign, a currency, marks between thousands."""
    plain = pc.replace_substring_regex(words, r'^="?([^"]*)"?$', r"\1")
    plain = pc.replace_substring_regex(plain, r"^'([^']*)'$", r"\1")
    plain = pc.replace_substring_regex(plain, "[−–]", "-") if not _ascii(plain) else plain
    plain = pc.replace_substring_regex(plain, r"^([-+]?)\s*[$€£]\s*|\s*[%€£$]$", r"\1")
    is_marked = _matches(plain, BY_MARKS)
    if not pc.any(is_marked).as_py():
        return plain
    return pc.if_else(is_marked, pc.replace_substring_regex(plain, r"['’´` _\x{a0}\x{202f}\x{2009}]", ""), plain)


def _decimal_sign(numbers: pa.Array, usual: str) -> tuple[str, bool]:
    """What stands before decimals in a column of numbers, and whether that is a guess."""
    has_point, has_comma = pc.match_substring(numbers, "."), pc.match_substring(numbers, ",")
    any_point, any_comma = bool(pc.any(has_point).as_py()), bool(pc.any(has_comma).as_py())
    if not any_comma:
        if any_point and usual == "," and _all(numbers, has_point, BY_POINTS):
            return ",", False
        if any_point and _repeats(numbers, r"\.\d*\."):
            return ",", False
        if any_point and usual != "." and _all(numbers, has_point, ONLY_POINTS) and _whole_below(numbers, has_point):
            return ",", False
        return ".", False
    if any_point:
        both = pc.and_(has_point, has_comma)
        if pc.any(both).as_py():
            return ("," if pc.any(_matches(numbers, r"\..*,")).as_py() else "."), False
        if _all(numbers, has_point, BY_POINTS) and not _all(numbers, has_comma, BY_COMMAS):
            return ",", False
        if _all(numbers, has_comma, BY_COMMAS):
            return ".", False
        return (usual or ","), True
    if not _all(numbers, has_comma, ONLY_COMMAS):
        return ("." if _repeats(numbers, ",.*,") else ","), False
    if usual == "." or _repeats(numbers, ",.*,") or _whole_below(numbers, has_comma):
        return ".", False
    return ",", usual != ","


def _all(numbers: pa.Array, where: pa.Array, pattern: str) -> bool:
    return bool(pc.all(_matches(numbers.filter(where), pattern)).as_py())


def _repeats(numbers: pa.Array, pattern: str) -> bool:
    return bool(pc.any(_matches(numbers, pattern)).as_py())


def _whole_below(numbers: pa.Array, where: pa.Array) -> bool:
    """Are there numbers without a separator, all of them below 1,000? Then it separates thousands."""
    rest = numbers.filter(pc.invert(where))
    return len(rest) > 0 and bool(pc.all(_matches(rest, _SIGN + r"\d{1,3}$")).as_py())


def _matches(words: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(words, pattern, ignore_case=True)


def _ascii(words: pa.Array) -> bool:
    return bool(pc.all(pc.string_is_ascii(words)).as_py())


def _truths(mask: pa.Array) -> np.ndarray:
    found: np.ndarray = mask.fill_null(False).to_numpy(zero_copy_only=False)
    return found.astype(bool)
