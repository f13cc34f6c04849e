"""Variables of MATLAB, version 4 to 7 → `Table` or `Recorded`."""

import io
import math
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from scipy import io as scipy_io
from scipy import sparse
from scipy.io.matlab import MatlabFunction, MatlabObject, MatlabOpaque

from core.errors import SignalFileError
from core.recordings.findings import Finding
from core.recordings.reading.containers import left_out
from core.recordings.reading.limits import check_unpacked
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.together import understood
from core.recordings.reading.trees import MAX_DEPTH, container_of

HEADER, MATRIX, COMPRESSED = 128, 14, 15
# Types of data and of variables, see MATLAB's “MAT-File Format”.
INT32, UINT32 = 5, 6
PLAIN = {1, 2, 3, 4, INT32, UINT32, 7, 9, 12, 13}
TEXTS = {16, 17, 18}
CELL, STRUCTURE, OBJECTS, CHAR, SPARSE, FUNCTION, OPAQUE = 1, 2, 3, 4, 5, 16, 17
COMPLEX = 0x800  # a flag of numbers with an imaginary part
WORKSPACE = "__function_workspace__"  # where MATLAB keeps what tables and functions need
OBJECT = "is a MATLAB table, string or other object, which only MATLAB can open; save it with table2array or writetable"


def read_mat(name: str, content: bytes) -> Table | Recorded:
    """The signals among the variables of a MATLAB file, version 4 to 7. Raises SignalFileError."""
    try:
        variables, hidden = _variables(name, content)
        nodes = {key: _node(name, value, 0) for key, value in variables.items()}
    except SignalFileError:
        raise
    except Exception as error:  # broken files end in anything from TypeError to zlib.error
        raise SignalFileError(f"“{name}” is not a whole MATLAB file; save it again in MATLAB with save -v7.") from error
    findings: list[Finding] = []
    ignored = [WORKSPACE] if hidden else []
    tree: dict[str, object] = {}
    for key, node in nodes.items():
        if node is None:
            ignored.append(key)
            findings.append(left_out(key, OBJECT))
        else:
            tree[key] = node
    if not tree:
        raise SignalFileError(nothing_in(name, findings))
    return understood(name, container_of(tree, tuple(ignored), tuple(findings)))


def nothing_in(name: str, findings: list[Finding]) -> str:
    """The sentence for a file without any numbers; findings: why what was there was left out."""
    if findings:
        return f"“{name}” holds no arrays of numbers. {findings[0].sentence}"
    return f"“{name}” holds no arrays of numbers; save the signals as a matrix, recordings × samples."


def _variables(name: str, content: bytes) -> tuple[dict[str, object], bool]:
    """All variables by name, and whether MATLAB's hidden one was among them."""
    check_unpacked(name, _size(name, content))
    listed = scipy_io.whosmat(io.BytesIO(content))
    names = [key for key, _, _ in listed]
    check_unpacked(name, sum(math.prod(shape) for _, shape, _ in listed))
    wanted = [key for key in names if key != WORKSPACE and key != "None"]
    found = scipy_io.loadmat(io.BytesIO(content), variable_names=wanted, struct_as_record=True) if wanted else {}
    return {key: found[key] for key in wanted if key in found}, WORKSPACE in names


def _size(name: str, content: bytes) -> int:
    """Bytes of all variables when unpacked; stops counting where they are too many. Raises ValueError where one is broken."""
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:  # version 4 packs nothing
        return len(content)
    total, start = 0, HEADER
    while start + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, start)
        element = memoryview(content)[start : start + 8 + size]
        if kind == COMPRESSED:
            element = _unpacked(name, element[8:], total)
        for _, body in _elements(element, order):
            _check_variable(body, order, 0)
        total += len(element)
        check_unpacked(name, total)
        start += 8 + size
    return total


def _unpacked(name: str, packed: memoryview, total: int) -> memoryview:
    """What a variable is unpacked to; total: bytes of those before it."""
    unpacker, unpacked = zlib.decompressobj(), io.BytesIO()
    rest: bytes | memoryview = packed
    while piece := unpacker.decompress(rest, 1 << 20):
        rest = unpacker.unconsumed_tail
        unpacked.write(piece)
        total += len(piece)
        check_unpacked(name, total)
    return unpacked.getbuffer()


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each element. Raises ValueError where one is longer than what holds it."""
    place = 0
    while place + 8 <= len(data):
        first, size = struct.unpack_from(f"{order}II", data, place)
        is_small = first >> 16 != 0
        start, size = (place + 4, first >> 16) if is_small else (place + 8, size)
        if start + size > len(data):
            raise ValueError("an element is cut off")
        yield first & 0xFFFF if is_small else first, data[start : start + size]
        place += 8 if is_small else 8 + size + (-size % 8)


def _check_variable(body: memoryview, order: str, depth: int) -> None:
    """Raise ValueError where a variable, or one in it, has a type, a size or a number of parts that SciPy would trust.

    SciPy looks types up in a table without a look whether they are in it, takes memory for any size, and reads on into the next
    variable where parts are missing.
    """
    elements = list(_elements(body, order))
    if not elements:
        return
    (kind, flags), *rest = elements
    if depth > MAX_DEPTH or kind != UINT32 or len(flags) < 8:
        raise ValueError("a variable does not begin as one")
    (flag,) = struct.unpack_from(f"{order}I", flags)
    group, n_parts = flag & 0xFF, 2 if flag & COMPLEX else 1
    if group not in (FUNCTION, OPAQUE):
        if len(rest) < 2 or rest[0][0] != INT32 or len(rest[0][1]) % 4:
            raise ValueError("a variable has no size")
        shape = np.frombuffer(rest[0][1], f"{order}i4").tolist()
        n = math.prod(shape)
        if min(shape, default=0) < 0 or (group != SPARSE and n > len(body)):
            raise ValueError("a variable is larger than what holds it")
        parts = [kind for kind, _ in rest[2:]]
        if group == CELL:
            is_whole = parts == [MATRIX] * n
        elif group in (STRUCTURE, OBJECTS):
            is_whole = MATRIX not in parts[:1] and PLAIN.union({MATRIX}).issuperset(parts)
        elif group == CHAR:
            is_whole = len(parts) == 1 and (PLAIN | TEXTS).issuperset(parts)
        else:
            is_whole = len(parts) == n_parts + 2 * (group == SPARSE) and PLAIN.issuperset(parts)
        if not is_whole:
            raise ValueError("parts of a variable are missing or of no known type")
    for kind, content in rest:
        if kind == MATRIX:
            _check_variable(content, order, depth + 1)


def _node(name: str, value: object, depth: int) -> object:
    """A variable as a tree; None where it cannot be opened."""
    if depth > MAX_DEPTH or isinstance(value, MatlabOpaque | MatlabFunction | MatlabObject):
        return None
    if isinstance(value, sparse.spmatrix | sparse.sparray):
        check_unpacked(name, 8 * math.prod(value.shape))
        columns = sparse.csc_array(value)
        columns.check_format(full_check=True)  # indices of a broken file may point anywhere
        return squeezed(columns.toarray())
    assert isinstance(value, np.ndarray)  # SciPy gives nothing else
    if value.dtype.names:  # a structure, or an array of them
        elements = [_fields(name, element, depth) for element in value.reshape(-1, order="F")]
        return elements if len(elements) != 1 else elements[0]
    if value.dtype == object:  # cells
        nodes = [_node(name, cell, depth + 1) for cell in value.reshape(-1, order="F")]
        return [node for node in nodes if node is not None]
    return squeezed(value) if value.dtype.kind in "biufcU" else None


def _fields(name: str, element: np.void, depth: int) -> dict[str, object]:
    nodes = {field: _node(name, element[field], depth + 1) for field in element.dtype.names or ()}
    return {field: node for field, node in nodes.items() if node is not None}


def squeezed(array: np.ndarray) -> np.ndarray:
    """MATLAB has no vectors and no scalars, only matrices of one row or column."""
    return array.reshape(-1) if array.ndim == 2 and 1 in array.shape else array
