"""What stands above a table, beside it or in its first rows: rate, step, number of samples, unit and names."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.formatting import number
from core.recordings.findings import Finding, told
from core.recordings.reading.cells import is_name, is_number, split
from core.recordings.reading.cut_off import cut_off
from core.recordings.reading.preamble import Facts, facts_in, rate_in
from core.recordings.reading.precision import compact
from core.recordings.reading.raw import Table, is_text, table_names
from core.recordings.reading.structure import COMMENTS, Structure

EPOCH = (8e8, 2.5e9)  # seconds since 1970 that a first row may be instead of samples: 1995 to 2049
FEWEST_COUNTED = 16  # rows, below a row that says how many they are
FASTEST_LONE = 1e5  # Hz: a lone number above this is no rate
FASTEST = 1e9  # Hz: a second row above this is no rate


def skipped(name: str, structure: Structure) -> tuple[Finding, ...]:
    """That lines above the table were skipped."""
    lines = [(i, text) for i, text in structure.above if not text.startswith(COMMENTS)]
    if not lines:
        return ()
    (first, text), (last, _) = lines[0], lines[-1]
    one = f"Line {first:,} of “{name}” stands above the table and is skipped: “{text.strip()[:40]}”."
    many = f"Lines {first:,} to {last:,} of “{name}” stand above the table and are skipped, the first is “{text.strip()[:40]}”."
    return (told("lines", one if len(lines) == 1 else many, "left out", "line", text[:40], len(lines)),)


def runs_on(structure: Structure, n_lines: int) -> bool:
    """Do lines go on one after the other, as there are as many samples as cells, but for some of the last line?"""
    facts, n_columns = facts_in(structure.above, structure.decimal), structure.n_columns
    if structure.names or n_columns == 1:
        return False
    return n_columns * (n_lines - 1) < facts.n and (facts.are_wrapped or facts.n <= n_columns * n_lines)


def with_facts(name: str, table: Table, structure: Structure) -> Table:
    """The table with what stands above it, beside it or in its first rows: rate, unit and names."""
    facts = facts_in(structure.above, structure.decimal)
    settings = [name.partition("=")[::2] for name in structure.names if "=" in name]
    for title, value in [*structure.beside, *settings]:
        if math.isnan(facts.rate) and (rate := rate_in(f"{title}: {value}", structure.decimal)):
            facts = replace(facts, rate=rate, source=f"“{title}” in the header")
    table = _without_counts(name, _without_settings(table))
    if math.isnan(facts.rate) and math.isnan(table.rate) and (line := _lone_rate(structure, table)):
        number_of_line, rate = line
        sentence = f"{number(rate)} in line {number_of_line:,} of “{name}” stands alone and is taken as the sampling rate in Hz."
        facts = replace(facts, rate=rate, source=f"line {number_of_line:,}")
        finding = told("sampling_rate", sentence, "assumed", "line")
        table = replace(table, findings=(*table.findings, finding))
    if not table.has_names:
        names = (
            facts.names if len(facts.names) == len(table.columns) else _names_in_comment(structure, len(table.columns))
        )
        if names:
            table = replace(table, names=table_names(list(names), len(names)), has_names=True)
        table, facts = _without_leading_facts(name, table, facts, structure)
    if math.isfinite(facts.rate) and math.isnan(table.rate):
        table = replace(
            table, rate=facts.rate, rate_source=f"{facts.source} of “{name}”", is_rate_assumed=facts.is_lone
        )
    n_rows = len(table.columns[0]) if table.columns else 0
    missing = cut_off(name, n_rows, facts.n)
    return replace(table, unit=table.unit or facts.unit, findings=(*table.findings, *missing))


def _names_in_comment(structure: Structure, n_columns: int) -> tuple[str, ...]:
    """The names in the last comment, where it has as many as there are columns: so does numpy.savetxt write them."""
    comments = [text for _, text in structure.above if text[0] in "#%"]
    names = split(comments[-1].lstrip("#% "), structure.delimiter) if comments else []
    fits = len(names) == n_columns > 1 and all(is_name(name) for name in names if name.strip())
    return tuple(names) if fits else ()


def _without_settings(table: Table) -> Table:
    """Settings that stand in columns of their own beside the first rows: what they say is kept with the table."""
    if table.has_names or len(table.columns) < 3:
        return table
    lines = []
    for i in range(len(table.columns) - 1):
        keys, values = table.columns[i], table.columns[i + 1]
        if keys.dtype != object:
            continue
        rows = np.flatnonzero(keys != "")
        if not len(rows) or rows[-1] >= max(1, len(keys) // 2):
            continue
        lines += [(int(row) + 1, f"{keys[row]}: {_text_of(values[row])}") for row in rows.tolist()]
    facts = facts_in(lines)
    if math.isnan(facts.rate) and not facts.unit:
        return table
    source = f"the settings beside row {facts.source.removeprefix('line ')}" if facts.source else ""
    return replace(table, rate=facts.rate, rate_source=source, unit=facts.unit)


def _text_of(cell: object) -> str:
    return cell if isinstance(cell, str) else f"{cell:.12g}"


def _without_leading_facts(name: str, table: Table, facts: Facts, structure: Structure) -> tuple[Table, Facts]:
    """Start, rate or number of samples out of the first rows, and rows that go on line by line put one after the other."""
    if any(is_text(column) for column in table.columns):
        return table, facts
    n_values = sum(int(np.isfinite(column).sum()) for column in table.columns)
    numbers = _numbers_above(structure)
    if len(numbers) == 2 and n_values in numbers:
        rate = _as_rate(sum(numbers) - n_values)
        return table, replace(facts, rate=rate, source=f"line {structure.above[0][0]}", n=n_values)
    found = _without_start_and_rate(name, table, facts) or _without_count(name, table, facts)
    return found or _line_by_line(name, table, facts, n_values)


def _without_start_and_rate(name: str, table: Table, facts: Facts) -> tuple[Table, Facts] | None:
    """Wristbands write the start, in seconds since 1970, and the rate into the first two rows of every column."""
    if len(table.columns[0]) < 3:
        return None
    first = np.array([column[:2] for column in table.columns], np.float64)
    later = max(float(np.nanmax(np.abs(column[2:]), initial=0)) for column in table.columns)
    start, rate = first[0]
    is_start = EPOCH[0] <= start <= EPOCH[1] and 0 < rate <= FASTEST and (first == first[0]).all()
    if not is_start or later > EPOCH[0] / 10:
        return None
    what = f"the start, {start:.0f} s since 1970, and the rate, {number(rate)} Hz"
    sentence = f"The first two rows of “{name}” are no samples but {what}."
    return _from_row(table, 2, sentence), replace(facts, rate=float(rate), source="the second row")


def _without_count(name: str, table: Table, facts: Facts) -> tuple[Table, Facts] | None:
    """One column that begins with the number of its samples, and perhaps their step or rate."""
    values = table.columns[0]
    if len(table.columns) > 1 or len(values) < 4:
        return None
    n, step = float(values[0]), float(str(values[1]))  # as written: 0.01, not what single precision makes of it
    if n == len(values) - 2 and step > 0:
        sentence = f"The first two rows of “{name}” are no samples but their number and {step:g}, the step or the rate."
        return _from_row(table, 2, sentence), replace(facts, rate=_as_rate(step), source="the second row")
    if n == len(values) - 1:
        return _from_row(table, 1, f"The first row of “{name}” is no sample but their number."), facts
    return None


def _without_counts(name: str, table: Table) -> Table:
    """Several columns that each begin with the number of their samples."""
    if len(table.columns) < 2 or any(is_text(column) for column in table.columns):
        return table
    n = len(table.columns[0]) - 1
    if n < FEWEST_COUNTED or any(column[0] != n for column in table.columns):
        return table
    return _from_row(table, 1, f"The first row of “{name}” holds no samples but their number.")


def _line_by_line(name: str, table: Table, facts: Facts, n_values: int) -> tuple[Table, Facts]:
    """Where there are as many samples as cells, lines go on one after the other."""
    n_rows, n_columns = len(table.columns[0]), len(table.columns)
    is_whole = abs(facts.n - n_values) < n_columns
    if n_columns == 1 or n_rows == 1 or facts.n <= n_rows or not (is_whole or facts.are_wrapped):
        return table, facts
    values = np.stack([column.astype(np.float64) for column in table.columns], axis=1).ravel()[: min(facts.n, n_values)]
    sentence = (
        f"“{name}” says that it has {facts.n:,} samples, so its lines of {n_columns} are read one after the other."
    )
    findings = (*table.findings, told("lines", sentence, "converted", "line"))
    return replace(
        table, names=table_names([], 1), columns=(compact(values),), has_names=False, findings=findings
    ), facts


def _as_rate(number: float) -> float:
    """A rate, or the step between samples where it is below 1, as a rate in Hz."""
    return 1 / number if 0 < number < 1 else number


def _numbers_above(structure: Structure) -> list[float]:
    """The numbers of a line above the table that holds nothing else."""
    if len(structure.above) != 1:
        return []
    cells = structure.above[0][1].replace(",", " ").replace(";", " ").split()
    return [float(cell) for cell in cells] if cells and all(is_number(cell) for cell in cells) else []


def _lone_rate(structure: Structure, table: Table) -> tuple[int, float] | None:
    """The line and the rate of a number that stands alone below a title and above names, as in exports of motion capture."""
    if not table.has_names:
        return None
    for (_, title), (line, text) in pairwise(structure.above):
        word, cell = (one.strip(f'{structure.delimiter} \t"') for one in (title, text))
        counts = (len(table.columns[0]), len(table.columns))
        if word.replace(" ", "").isalpha() and is_number(cell) and 1 <= float(cell) <= FASTEST_LONE:
            return None if float(cell) in counts else (line, float(cell))
    return None


def _from_row(table: Table, row: int, sentence: str) -> Table:
    finding = told("lines", sentence, "left out", "line", "", row)
    columns = tuple(column[row:] for column in table.columns)
    columns = tuple(compact(column.astype(np.float64)) for column in columns)
    return replace(table, columns=columns, findings=(*table.findings, finding))
