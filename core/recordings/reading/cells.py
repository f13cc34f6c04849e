"""Cells of text: what a row is divided into, and whether a cell is a number, a time, another datum or a name."""

import csv
import re

from core.recordings.reading.spelling import MISSING, is_marker

POINT = re.compile(r"[-+−]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)
COMMA = re.compile(r"[-+−]?(\d+,?\d*|,\d+)([eEdD][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)
GROUPED = re.compile(r"[-+−]?[1-9]\d{0,2}([.,'’´` _\xa0\u202f\u2009])\d{2,3}(\1\d{3})*([.,]\d*)?")
ONLY_GROUPS = re.compile(r"[-+−]?[1-9]\d{0,2}([.,]\d{3})+")
QUANTITY = re.compile(r"[-+−]?[\d.,]*\d\s?[a-zA-Zµμ°%Ω]{1,4}")
DATES = (
    r"\d{4}[-/:][0-3]\d{2}",
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?",
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}",
    r"\d{1,2}[-\s./]{0,2}[A-Za-zÀ-ÿ]{3,9}\.?[-\s./]*\d{2,4}",
    r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}",
)
DATE = rf"(?:[A-Za-z]{{2,9}}\.?,?\s+)?(?:{'|'.join(DATES)})"
CLOCK = (
    r"(?:(?:[上下午前後]{2}\s*)?\d{1,3}[:時时]\d{1,2}(?:[:分]\d{1,2})?秒?(?:[.,:]\d{1,9})?(?:\s*[AaPp]\.?\s?[Mm]\.?)?|"
    r"\d{2}\.\d{2}\.\d{2})"
)
MOMENTS = (
    DATE,
    CLOCK,
    rf"{DATE}[T ,;:_-]*{CLOCK}",
    rf"{CLOCK}\s+{DATE}",
    r"\d{8}T?\d{6}(?:\.\d+)?",
    rf"\d+(?: days?)? [-+]?{CLOCK}",
)
MOMENT = re.compile(
    rf"\[?\s*(?:{'|'.join(MOMENTS)})\s*(?:Z|[A-Z]{{2,4}}|Uhr)?\s*(?:[-+]\d{{2}}:?\d{{2}})?\s*(?:\[\w+\])?\]?"
)


def split(text: str, delimiter: str) -> list[str]:
    """The cells of a row."""
    if delimiter == " ":
        text = " ".join(text.split())
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [""])
    except csv.Error:  # a cell longer than the module wants
        return text.split(delimiter)


def is_number(cell: str) -> bool:
    """Does a cell spell a number, in whatever habit?"""
    return any(pattern.fullmatch(cell) for pattern in (POINT, COMMA, GROUPED))


def is_data(cell: str) -> bool:
    """May a cell be one of data: a number, a time, or what marks a missing value?"""
    cell = cell.strip()
    return cell in MISSING or is_number(cell) or MOMENT.fullmatch(cell) is not None or is_marker(cell)


def is_name(cell: str) -> bool:
    """May a cell be the name of a column?"""
    cell = cell.strip()
    is_words = any(not is_number(word) for word in cell.split())
    return cell not in MISSING and is_words and MOMENT.fullmatch(cell) is None
