"""ZIP files that are streamed: one file in them after the other, and nothing is held but the list of their names."""

import zipfile
from collections.abc import Iterable, Iterator

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP file knows, so that the bytes do not tell the time
TEXTS = (".csv", ".json", ".md", ".txt")  # endings of what is worth packing; the noise in signals is not


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A ZIP file, piece by piece, of files by their names; the same content gives the same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload] # it needs no more than a sink has
        for name, content in files:
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(TEXTS) else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16  # else nobody may read it once it is unpacked
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in content:
                    file.write(piece)
                    yield sink.drained()
    yield sink.drained()


class _Sink:
    """A file in which one cannot go back, so that what is written to it can be handed on at once."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, content: bytes) -> int:
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def drained(self) -> bytes:
        """What was written since the last time."""
        written = bytes(self._written)
        self._written.clear()
        return written
