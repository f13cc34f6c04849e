"""Arrays whose names tell classes: recordings of “normal” and of “fault” are no channels, however alike their shapes."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from core.recordings.findings import Finding, told
from core.recordings.layout.column_names import CAMEL
from core.recordings.reading.single_arrays import Arrays

_CLASSES = (  # what a machine, a person or a signal is like, and never what is measured
    "normal abnormal anomaly anomalous anomalies healthy unhealthy sick diseased baseline fault faulty faults failure failed "
    "defect defective damage damaged undamaged intact worn broken crack cracked chipped spalled pitting wear looseness unbalance "
    "imbalance unbalanced misalignment misaligned leak leakage cavitation good bad ok nok ng pass fail inner outer ball cage "
    "idle running walk walking sit sitting stand standing jump jumping lying stairs seizure ictal interictal controls "
    "patients positive negative afib arrhythmia pvc sinus class"
)
_BESIDE = (  # which may stand among them
    "race ring tooth teeth gear bearing motor shaft rotor blade data dataset signal signals sample samples recording recordings "
    "set state condition case type small medium large slight severe early late no not and of the with without"
)
CLASSES = frozenset(_CLASSES.split())
KNOWN = CLASSES | frozenset(_BESIDE.split())
WORD = re.compile(r"[^\W\d_]+")
COUNT = re.compile(r"[-_ .]*\d+$")  # what tells arrays of one class apart
N_LISTED = 4


def name_classes(keys: Sequence[str]) -> bool:
    """Do names of several arrays tell a class each, not all the same, and nothing else?"""
    words = [frozenset(WORD.findall(CAMEL.sub(" ", key).lower())) for key in keys]
    are_classes = all(own <= KNOWN and not own.isdisjoint(CLASSES) for own in words)
    return len(keys) > 1 and are_classes and (len(set(words)) > 1 or "class" in words[0])


def class_of(key: str, keys: Sequence[str]) -> str:
    """The class that the name of one of several arrays tells: without its number where others differ in words."""
    bare = {COUNT.sub("", one) for one in keys}
    return COUNT.sub("", key) if len(bare) > 1 and "" not in bare else key


def origin_of(arrays: Arrays, keys: Sequence[str]) -> np.ndarray:
    """For each row of some arrays, one below the other, the class that the name of its array tells."""
    return np.repeat(np.array([class_of(key, keys) for key in keys], object), [len(arrays[key]) for key in keys])


def read_as_classes(keys: Iterable[str]) -> tuple[Finding, ...]:
    """That arrays hold recordings of a class each."""
    listed = _listed(keys)
    sentence = f"Arrays {listed} hold recordings of a class each."
    return (told("condition", sentence, "assumed", example=listed),)


def read_as_channels(keys: Iterable[str]) -> tuple[Finding, ...]:
    """That arrays of one shape are channels."""
    listed = _listed(keys)
    sentence = (
        f"Arrays {listed} of one shape are channels of the same recordings; if they are classes, give a file of each."
    )
    return (told("layout", sentence, "assumed", example=listed),)


def _listed(keys: Iterable[str]) -> str:
    named = [f"“{key[:30]}”" for key in keys]
    return ", ".join(named[:N_LISTED]) + (", …" if len(named) > N_LISTED else "")
