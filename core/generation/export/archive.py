"""ZIP files that are streamed: one file in them after the other, and nothing is held but the list of their names."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import NoReturn

from core.generation.export.content import drained

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP file knows, so that the bytes do not tell the time
TEXTS = (".csv", ".json", ".md", ".py", ".txt")  # endings of what is worth packing; the noise in signals is not


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A ZIP file, piece by piece, of files by their names; the same content gives the same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(TEXTS) else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16  # else nobody may read it once it is unpacked
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in content:
                    file.write(piece)
                    yield drained(sink)
    yield drained(sink)


class _Sink(io.BytesIO):
    """Has no position, so that nobody goes back in it, and what is written can be handed on at once."""

    def tell(self) -> NoReturn:
        raise io.UnsupportedOperation("a stream has no position")
