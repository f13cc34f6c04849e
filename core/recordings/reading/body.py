"""The rows of a table among the lines of a text: what they look like, and with which line they begin."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

from core.recordings.reading.cells import MOMENT, QUANTITY, is_data, split
from core.recordings.reading.dialect import N_CELLS
from core.recordings.reading.spelling import MISSING

N_LINES = 30  # that show what a row of the table looks like
FOLLOWING = 8  # rows after the first that must look like rows, too


@dataclass(frozen=True)
class Body:
    """What rows of the table look like: how many cells they have, and which of them are numbers or times nearly always."""

    width: int
    is_data: tuple[bool | None, ...]  # None where nothing stands in any row

    @classmethod
    def of(cls, rows: list[list[str]]) -> "Body":
        weights: Counter[int] = Counter()
        for cells in rows:
            weights[len(cells)] += 1 + sum(is_data(cell) and bool(cell.strip()) for cell in cells[:N_CELLS])
        width = weights.most_common(1)[0][0]
        rows = [cells for cells in rows if len(cells) == width]
        columns = [
            [cell for cell in column if cell.strip()]
            for column in zip(*(cells[:N_CELLS] for cells in rows), strict=True)
        ]
        found = [_are_data(filled) for filled in columns]
        if any(one and _have_digits(filled) for one, filled in zip(found, columns, strict=True)):
            found = [one and _have_digits(filled) for one, filled in zip(found, columns, strict=True)]
        return cls(width, tuple(found))

    @property
    def filled_width(self) -> int:
        """How many columns there are but for empty ones at the end, which a delimiter behind the last cell makes."""
        n_empty = next((i for i, one in enumerate(reversed(self.is_data)) if one is not None), 0)
        return self.width - n_empty if self.width <= N_CELLS else self.width

    def fits(self, cells: list[str]) -> bool:
        """Is this a row of the table?"""
        n_data = sum(one is True for one in self.is_data)
        n_filled = 0
        for raw, is_datum in zip(cells, self.is_data, strict=False):
            cell = raw.strip()
            if cell in MISSING or is_datum is False:
                continue
            if is_data(cell) or QUANTITY.fullmatch(cell):
                n_filled += 1
            elif is_datum:
                return False
        return n_filled >= (1 if len(cells) == self.width else max(1, n_data - (len(cells) > self.width)))


def _are_data(filled: list[str]) -> bool | None:
    """Are most of these cells data? None where there are none."""
    n_data = sum(is_data(cell) or QUANTITY.fullmatch(cell.strip()) is not None for cell in filled)
    return n_data > len(filled) / 2 if filled else None


def _have_digits(filled: list[str]) -> bool:
    """Do any of these cells spell a number? Else they are words, even if a number's place may be marked so: “fault”, “open”."""
    return any(char.isdigit() for cell in filled for char in cell)


def first_row(texts: list[str], rows: list[int], delimiter: str, body: Body, is_given: bool) -> int | None:
    """The line with which rows of data begin, as it and most after it look like rows; None where no line does."""

    @cache
    def fits(place: int) -> bool:
        return body.fits(split(texts[rows[place]], delimiter))

    def has_key(place: int) -> bool:
        """Does a word stand where rows have nothing?"""
        cells = split(texts[rows[place]], delimiter)
        return any(one is None and not is_data(cell) for cell, one in zip(cells, body.is_data, strict=False))

    def is_dated(place: int) -> bool:
        """Does a date or a clock stand behind a word?"""
        cells = split(texts[rows[place]], delimiter)
        return has_key(place) and any(MOMENT.fullmatch(cell.strip()) for cell in cells)

    def is_setting(place: int, following: range) -> bool:
        """Does a word stand where rows have nothing, before a date or above one, or above lines that are no rows?"""
        if not has_key(place):
            return False
        return any(is_dated(other) for other in (place, *following)) or not all(fits(other) for other in following)

    places = range(min(len(rows), N_LINES) if is_given else len(rows))
    for place in places:
        following = range(place + 1, min(len(rows), place + 1 + FOLLOWING))
        if (
            fits(place)
            and not is_setting(place, following)
            and sum(fits(other) for other in following) >= len(following) / 2
        ):
            return rows[place]
    return next((rows[place] for place in places if fits(place)), None)
