"""Structures of arrays, as MATLAB and HDF5 nest them → a flat `Container`.

A tree is a dictionary of arrays, of trees, and of lists: cells, or the elements of an array of structures.
"""

from collections import Counter
from typing import Any

import numpy as np

from core.recordings.findings import Finding
from core.recordings.reading.containers import Container, left_out
from core.recordings.reading.named_classes import name_classes
from core.recordings.reading.single_arrays import SPLIT

MAX_DEPTH = 8


def container_of(tree: dict[str, Any], ignored: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> Container:
    """The arrays of a tree by the last parts of their names, or the whole where that is not clear.

    Branches that hold the same arrays, such as “run1” and “run2”, are recordings: their arrays become lists.
    """
    flat = _Flat()
    flat.visit("", tree, 0)
    names = _short([*flat.arrays, *flat.lists])
    told = tuple(left_out(path, "holds cells of different kinds") for path in flat.odd)
    return Container(
        {names[path]: array for path, array in flat.arrays.items()},
        {names[path]: items for path, items in flat.lists.items()},
        ignored=(*ignored, *flat.odd),
        findings=(*findings, *told),
    )


class _Flat:
    """What is found on the way through a tree, by its path. (Functions that call each other would keep all arrays alive.)"""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.lists: dict[str, list[np.ndarray]] = {}
        self.odd: list[str] = []

    def visit(self, path: str, node: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.odd.append(path)
        elif isinstance(node, np.ndarray):
            self.arrays[path] = node
        elif isinstance(node, list):
            self._listed(path, node, depth)
        elif isinstance(node, dict):
            node = _with_classes(node)
            branches = [child for child in node.values() if isinstance(child, dict)]
            are_splits = all(SPLIT.fullmatch(key) for key, child in node.items() if isinstance(child, dict))
            if len(branches) > 1 and len({frozenset(branch) for branch in branches}) == 1 and not are_splits:
                self._listed(path, branches, depth)
                node = {key: child for key, child in node.items() if not isinstance(child, dict)}
            for key, child in node.items():
                self.visit(f"{path}.{key}" if path else key, child, depth + 1)

    def _listed(self, path: str, items: list[Any], depth: int) -> None:
        if items and all(isinstance(item, dict) for item in items):
            shared = [key for key in items[0] if all(key in item for item in items)]
            for key in shared:
                self._listed(f"{path}.{key}" if path else key, [item[key] for item in items], depth + 1)
        elif len(items) == 1:
            self.visit(path, items[0], depth + 1)
        elif items and all(isinstance(item, np.ndarray) for item in items):
            plain = [item for item in items if isinstance(item, np.ndarray)]
            are_text = {item.dtype.kind in "US" for item in plain}
            if all(item.size == 1 for item in plain) and len(are_text) == 1:
                self.arrays[path] = np.array([item.item() for item in plain])
            elif are_text == {False} and all(item.size for item in plain):
                self.lists[path] = plain
            else:
                self.odd.append(path)
        elif items:
            self.odd.append(path)


def _with_classes(node: dict[str, Any]) -> dict[str, Any]:
    """A branch whose own branches are named after classes, with an array in each: the arrays bear the names of the classes."""
    branches = [key for key, child in node.items() if isinstance(child, dict)]
    if not name_classes(branches) or any(len(node[key]) != 1 for key in branches):
        return node
    return {key: next(iter(child.values())) if isinstance(child, dict) else child for key, child in node.items()}


def _short(paths: list[str]) -> dict[str, str]:
    """The last part of each name, or all of it where several end alike."""
    counts = Counter(path.rsplit(".")[-1] for path in paths)
    return {path: last if counts[last := path.rsplit(".")[-1]] == 1 else path for path in paths}
