"""Rows that are no rows of the table: of other lengths, or of words where numbers belong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import SignalFileError
from core.formatting import quantity
from core.recordings.findings import Finding, told
from core.recordings.reading.cells import MOMENT, is_data, is_number, split
from core.recordings.reading.spelling import MISSING, coded, is_marker, read_numbers
from core.recordings.reading.structure import Structure

MOSTLY = 0.5  # share of the filled cells of a column that are data
MOST_WORDS = 50  # different words among numbers: more are text
SUMMARY = re.compile(
    r"(total|sum|mean|average|avg|median|min|max|std|summe|mittel|moyenne|somme|end|count)\w*\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Mended:
    """Rows of one number of cells; findings: which were filled up, cut or left out; breaks: rows before which lines are gone."""

    data: bytes
    findings: tuple[Finding, ...]
    breaks: tuple[int, ...]


def squared(name: str, data: pa.Buffer, structure: Structure) -> Mended:
    """Rows that are filled up or cut to the table's number of cells, without the lines that are no rows.

    Raises SignalFileError where a row holds more numbers than the table has columns.
    """
    delimiter, n_columns = structure.delimiter, structure.n_columns
    mark = delimiter.encode()
    kept: list[bytes] = []
    dropped: list[tuple[int, bytes]] = []
    breaks: list[int] = []
    n_filled = n_cut = first_filled = first_cut = 0
    lines = bytes(data).splitlines()
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        if b'"' not in line and line.count(mark) == n_columns - 1:
            kept.append(line)
            continue
        cells = split(line.decode("utf-8", errors="replace"), delimiter)
        if len(cells) == n_columns:
            kept.append(line)
            continue
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled:
            continue
        number = structure.first_line + place
        beyond = [cell.strip() for cell in cells[n_columns:] if cell.strip()]
        if not any(is_data(cell) for cell in filled) or (
            not (n_filled or structure.runs_on) and _is_last_and_short(place, lines, cells, n_columns)
        ):
            dropped.append((number, line))
            breaks.append(len(kept))
        elif len(cells) > n_columns:
            if any(is_number(cell) for cell in beyond):
                raise SignalFileError(
                    f"Line {number:,} of “{name}” has {len(cells):,} cells where the others have {n_columns:,} "
                    f"(“{line.decode('utf-8', errors='replace')[:40]}”); give all rows the same number, or set the separator."
                )
            n_cut += bool(beyond)
            first_cut = first_cut or number
            kept.append(_joined(cells[:n_columns], delimiter))
        else:
            n_filled += not structure.runs_on
            first_filled = first_filled or number
            kept.append(_joined([*cells, *[""] * (n_columns - len(cells))], delimiter))
    if not kept:
        raise SignalFileError(f"“{name}” holds no rows of {n_columns:,} cells; set the separator, or skip lines.")
    findings = _findings(name, dropped, (n_filled, first_filled), (n_cut, first_cut), len(kept))
    return Mended(b"\n".join(kept), findings, tuple(sorted({b for b in breaks if 0 < b < len(kept)})))


def mixed_rows(
    columns: list[pa.ChunkedArray | pa.DictionaryArray], clocks: Mapping[int, np.ndarray], structure: Structure
) -> np.ndarray | None:
    """Which rows hold words in every column of numbers or times, bool (n_rows,): names that come again, and last lines.

    columns: text as it is, or `coded`. clocks: the times of columns that tell them, by their places. None where there are no such
    rows.
    """
    texts = [
        i
        for i, column in enumerate(columns)
        if isinstance(column, pa.DictionaryArray) or pa.types.is_string(column.type)
    ]
    names = structure.names or ("",) * len(columns)
    words = {
        i: _words_beside_times(columns[i], clocks[i], names[i])
        if i in clocks
        else _words_among_data(columns[i], names[i])
        for i in texts
    }
    if all(mask is None for mask in words.values()):
        return None
    is_word = np.zeros(len(columns[0]), bool)
    is_datum = np.zeros(len(columns[0]), bool)
    n_columns = 0
    for i, column in enumerate(columns):
        valid = np.asarray(column.is_valid())
        if i not in words:
            is_datum |= valid
            n_columns += bool(valid.any())
        elif (mask := words[i]) is not None:
            is_word |= mask
            is_datum |= ~np.isnat(clocks[i]) if i in clocks else valid & ~mask & ~_is_missing(column)
            n_columns += 1
    found = (is_word & ~is_datum) | _are_summaries(columns[0], is_word)
    if n_columns == 1:
        found &= _are_names_or_last(columns[next(i for i in texts if words[i] is not None)], structure)
    return found if found.any() else None


def _are_summaries(column: pa.ChunkedArray | pa.DictionaryArray, is_word: np.ndarray) -> np.ndarray:
    """Which rows at the end begin with a word such as “Total” or “Mean” in the first column."""
    found = np.zeros_like(is_word)
    for row in range(len(is_word) - 1, -1, -1):
        if not is_word[row] or SUMMARY.match(str(column[row].as_py()).strip()) is None:
            break
        found[row] = True
    return found


def _words_among_data(column: pa.ChunkedArray | pa.DictionaryArray, name: str) -> np.ndarray | None:
    """Which cells are words, bool (n_rows,), in a column that mostly holds numbers or times; None where it does not.

    The column's name is always a word, even if it would mark a missing value elsewhere.
    """
    cells = column if isinstance(column, pa.DictionaryArray) else coded(column)
    codes, words = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False), cells.dictionary
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    each = pa.array(np.arange(len(counts), dtype=np.int32))
    numbers = read_numbers(pa.DictionaryArray.from_arrays(each, words))
    there = ~pc.is_in(words, pa.array(MISSING, words.type)).to_numpy(zero_copy_only=False)
    is_moment = pc.match_substring_regex(words, f"^(?:{MOMENT.pattern})$").to_numpy(zero_copy_only=False)
    is_datum = is_moment | (np.isfinite(numbers.values) if numbers else np.zeros(len(counts), bool))
    candidates = np.flatnonzero(there & ~is_datum)
    if len(candidates) > MOST_WORDS or counts[is_datum].sum() < MOSTLY * counts[there].sum():
        return None
    is_word = np.zeros(len(counts) + 1, bool)
    is_word[[i for i in candidates.tolist() if _is_word(words[i].as_py(), name)]] = True
    found: np.ndarray = is_word[codes]
    return found


def _words_beside_times(column: pa.ChunkedArray, times: np.ndarray, name: str) -> np.ndarray | None:
    """Which cells of a column of times are words, bool (n_rows,); None where there are too many different ones."""
    found = np.isnat(times)
    cells = [(cell or "").strip() for cell in column.filter(pa.array(found)).to_pylist()]
    if len(set(cells)) > MOST_WORDS:
        return None
    found[found] = [cell not in MISSING and _is_word(cell, name) for cell in cells]
    return found


def _is_word(cell: str, name: str) -> bool:
    return cell == name or not is_marker(cell)


def _is_missing(column: pa.ChunkedArray | pa.DictionaryArray) -> np.ndarray:
    return _is_one_of(column, MISSING)


def _is_one_of(column: pa.ChunkedArray | pa.DictionaryArray, words: Sequence[str]) -> np.ndarray:
    """Which cells are one of some words, bool (n_rows,)."""
    if not isinstance(column, pa.DictionaryArray):
        return np.asarray(pc.is_in(pc.utf8_trim_whitespace(column), pa.array(words, column.type)))
    are_words = np.asarray(pc.is_in(column.dictionary, pa.array(words, column.dictionary.type)))
    return are_words[np.asarray(column.indices)]


def _are_names_or_last(column: pa.ChunkedArray | pa.DictionaryArray, structure: Structure) -> np.ndarray:
    """In a table of one column: which cells are its name once more, or the last line."""
    is_last = np.zeros(len(column), bool)
    is_last[-1:] = True
    if not structure.names:
        return is_last
    return is_last | _is_one_of(column, structure.names)


def _is_last_and_short(place: int, lines: list[bytes], cells: list[str], n_columns: int) -> bool:
    """Is this the last line, cut off in the middle?"""
    return len(cells) < n_columns and place == len(lines) - 1 and len(lines) > 1


def _joined(cells: list[str], delimiter: str) -> bytes:
    return delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells).encode()


def _findings(
    name: str, dropped: list[tuple[int, bytes]], filled: tuple[int, int], cut: tuple[int, int], n_rows: int
) -> tuple[Finding, ...]:
    findings = []
    if dropped:
        number, line = dropped[0]
        text = line.decode("utf-8", errors="replace").strip()[:40]
        n = len(dropped)
        which = f"Line {number:,} of “{name}” is not a row of the table and is left out: “{text}”."
        several = f"{n:,} lines of “{name}” are not rows of the table and are left out, the first is line {number:,}: “{text}”."
        findings.append(told("lines", which if n == 1 else several, "left out", "line", text, n))
    for (n, first), what in (
        (filled, "fewer cells than the others; what is not there counts as missing"),
        (cut, "text after the last column, which is left out"),
    ):
        if n:
            have = f"{n:,} of {quantity(n_rows, 'row')} of “{name}” {'has' if n == 1 else 'have'}"
            sentence = f"{have} {what}; the first is line {first:,}."
            findings.append(told("lines", sentence, "filled" if n == filled[0] else "left out", "line", "", n))
    return tuple(findings)
