"""Classes that stand in the names of files or folders alone: normal_1.csv, normal_2.csv, worn_1.csv; normal/1.csv, worn/1.csv."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from os.path import commonpath
from pathlib import Path, PurePath

import numpy as np

from core.recordings.findings import told
from core.recordings.layout.cells import codes_of
from core.recordings.reading.raw import Recorded
from core.recordings.reading.single_arrays import SPLIT

LABEL, FOLDER = "file name", "folder"
COUNT = re.compile(r"[-_ .]*[(\[]?\d+[)\]]?$")  # what tells files of one class apart
WORD = re.compile(r"[^\W\d_]{2,}")
EDGES = "-_ .()[]"
NO_TEXT = re.compile("[\ud800-\udfff]")  # what stands for bytes of a name that are no text


def with_classes_of_names(parts: list[Recorded], names: list[str]) -> list[Recorded]:
    """What files hold, one part for each name, with the class that its name or its folder's says as a label, where they say any.

    They do where they differ in words, and several files have the same ones.
    """
    for label, classes in labels_in(names).items():
        if any(label in part.labels for part in parts) or _is_said_already(parts, classes):
            continue
        listed = ", ".join(f"“{one}”" for one in dict.fromkeys(classes))
        which = "files" if label == LABEL else "folders"
        sentence = f"The names of the {which} tell classes apart: {listed[:120]}."
        parts = [
            replace(
                part,
                labels={**part.labels, label: np.full(len(part.values), one, dtype=object)},
                findings=(*part.findings, told("condition", sentence, "assumed", "recording", names[0])),
            )
            for part, one in zip(parts, classes, strict=True)
        ]
    return _with_lost_folders(parts, names)


def names_of(paths: Sequence[Path]) -> list[str]:
    """What files are called: their names, behind those of the folders in which they differ; all as text."""
    folders = [path.absolute().parent for path in paths]
    shared = Path(commonpath(folders)) if paths else Path()
    names = [(folder / path.name).relative_to(shared).as_posix() for folder, path in zip(folders, paths, strict=True)]
    return [as_text(name) for name in names]


def as_text(name: str) -> str:
    """A name with a replacement character for each byte that is none of UTF-8."""
    return NO_TEXT.sub("\ufffd", name)


def labels_in(names: list[str]) -> dict[str, list[str]]:
    """The classes that the names of files and of their folders tell, by the name of the label."""
    found = {LABEL: classes_in(names), FOLDER: _classes_of_folders(names)}
    return {label: classes for label, classes in found.items() if classes}


def _classes_of_folders(names: list[str]) -> list[str]:
    """The class in the folder of each file, of the innermost that tell any; nothing where none do."""
    folders = [PurePath(name).parts[-2::-1] for name in names]  # the innermost first
    for depth in range(min(map(len, folders), default=0)):
        whole = [own[depth] for own in folders]
        bare = [COUNT.sub("", one) for one in whole]
        found = bare if any(bare) else whole
        are_splits = all(SPLIT.fullmatch(one) for one in found)
        if all(found) and not are_splits and 1 < len(set(found)) <= len(found) / 2:
            return found
    return []


def _with_lost_folders(parts: list[Recorded], names: list[str]) -> list[Recorded]:
    """That files of one name come from several folders, whose names a browser does not pass on."""
    twice = next((name for name, n in Counter(names).items() if n > 1), "")
    if not twice or ".sheet" in twice:
        return parts
    sentence = (
        f"Several files are named “{twice[:40]}”. The names of their folders are not known here; if they tell classes, put them "
        "into the names of the files, or give the folder on the command line."
    )
    first, *rest = parts
    finding = told("condition", sentence, "assumed", "recording", twice)
    return [replace(first, findings=(*first.findings, finding)), *rest]


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
