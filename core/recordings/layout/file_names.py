"""Classes that stand in the names of files alone: normal_1.csv, normal_2.csv, worn_1.csv."""

import re
from dataclasses import replace
from pathlib import PurePath

import numpy as np

from core.recordings.findings import told
from core.recordings.layout.cells import codes_of
from core.recordings.reading.raw import Recorded

LABEL = "file name"
COUNT = re.compile(r"[-_ .]*[(\[]?\d+[)\]]?$")  # what tells files of one class apart
WORD = re.compile(r"[^\W\d_]{2,}")
EDGES = "-_ .()[]"


def with_classes_of_names(parts: list[Recorded], names: list[str]) -> list[Recorded]:
    """What files hold, one part for each name, with the class that its name says as a label, where names say classes.

    They do where they differ in words, and several files have the same ones.
    """
    classes = classes_in(names)
    if not classes or any(LABEL in part.labels for part in parts) or _is_said_already(parts, classes):
        return parts
    listed = ", ".join(f"“{one}”" for one in dict.fromkeys(classes))
    finding = told(
        "condition", f"The names of the files tell classes apart: {listed[:120]}.", "assumed", "recording", names[0]
    )
    return [
        replace(
            part,
            labels={**part.labels, LABEL: np.full(len(part.values), one, dtype=object)},
            findings=(*part.findings, finding),
        )
        for part, one in zip(parts, classes, strict=True)
    ]


def classes_in(names: list[str]) -> list[str]:
    """The class in each of several names of files; nothing where they tell none."""
    whole = [PurePath(name.removesuffix(".gz")).stem for name in names]
    stems = [COUNT.sub("", stem) for stem in whole]
    different = set(stems)
    if not 1 < len(different) <= len(names) / 2:
        return _words_apart(whole)
    prefix = _shared_start(stems)
    prefix = prefix[: 1 + max(prefix.rfind(edge) for edge in EDGES)]
    suffix = _shared_start([stem[::-1] for stem in stems])
    suffix = suffix[: 1 + max(suffix.rfind(edge) for edge in EDGES)]
    found = [stem[len(prefix) : len(stem) - len(suffix)].strip(EDGES) for stem in stems]
    return found if all(found) and len(set(found)) == len(different) else stems


def _words_apart(stems: list[str]) -> list[str]:
    """The words of each name that not all of them have, as in exp1_walk and exp2_run; nothing where they tell no classes."""
    words = [WORD.findall(stem) for stem in stems]
    shared = set(words[0]).intersection(*words[1:])
    found = [" ".join(word for word in own if word not in shared) for own in words]
    return found if all(found) and 1 < len(set(found)) <= len(found) / 2 else []


def _shared_start(stems: list[str]) -> str:
    """The characters with which all begin."""
    first, last = min(stems), max(stems)
    n = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:n]


def _is_said_already(parts: list[Recorded], classes: list[str]) -> bool:
    """Does a label of all files tell them apart just as their names do?"""
    codes = np.repeat(codes_of(np.array(classes, dtype=object)), [len(part.values) for part in parts])
    for name in parts[0].labels:
        if not all(name in part.labels for part in parts):
            continue
        cells = np.concatenate([part.labels[name].astype(str).astype(object) for part in parts])
        if np.array_equal(codes_of(cells), codes):
            return True
    return False
