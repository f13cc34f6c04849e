"""Bytes of text in any encoding → UTF-8, without what recorders leave behind their last row."""

import codecs
import re

from core.errors import SignalFileError
from core.recordings.findings import Finding, told
from core.recordings.reading.single_bytes import encoding_of

PIECE = 1 << 24  # bytes that are looked at at a time: one emoji would make four bytes of every digit
LOOKED_AT = 4096  # bytes that show whether every second one is empty
END_OF_FILE = b"\x1a"  # Ctrl-Z, as DOS ended text
CONTROLS = bytes({*range(1, 32)} - {*b"\t\n\v\f\r\x1a\x1b"})  # that stand in no text
MOST_CONTROLS = 0.01  # share of the bytes: with more it is no text
MOSTLY_WORDS = 0.8  # share of the characters beyond ASCII that stand in words
EASTERN = (  # and what words are made of
    ("euc_kr", re.compile("[\uac00-\ud7a3]{2,}")),
    ("cp932", re.compile("[\u3040-\u30ff\u4e00-\u9fff]{2,}")),
    ("gb18030", re.compile("[\u4e00-\u9fff]{2,}")),
)
USUAL = "cp1252"  # of Western Europe, which nobody needs to be told
MOST_NULS = 0.1  # share of the bytes: with more it is no text


def to_utf8(name: str, content: bytes, encoding: str = "") -> tuple[bytes, tuple[Finding, ...]]:
    """Text as UTF-8, and what was left out of it; encoding: of Python's names, found out where it is empty.

    Raises SignalFileError where it is no text, or not in the encoding.
    """
    findings: list[Finding] = []
    encoding = encoding or _wide_encoding(content)
    if encoding:
        try:
            content = content.decode(encoding).encode()
        except (UnicodeError, LookupError) as error:
            title = "UTF-16" if encoding.startswith("utf-16") else encoding
            raise SignalFileError(
                f"“{name}” is broken {title} text; save it again as UTF-8, or set another encoding."
            ) from error
    content = content.removeprefix(codecs.BOM_UTF8)
    head = content[:LOOKED_AT]
    if sum(head.count(byte) for byte in CONTROLS) > MOST_CONTROLS * len(head):
        raise SignalFileError(f"“{name}” is not text, whatever its name says; save it again as CSV.")
    if b"\0" in content:
        n_nuls = content.count(0)
        text = content.rstrip(b"\0\r\n ")
        if not text or text.count(0) > MOST_NULS * len(text):
            raise SignalFileError(f"“{name}” is not text, whatever its name says; save it again as CSV.")
        content = content.replace(b"\0", b"")
        findings.append(
            told(
                "bytes",
                f"{n_nuls:,} NUL bytes in “{name}” are left out, as after a recorder lost power.",
                "left out",
                "line",
            )
        )
    tail = content[-LOOKED_AT:]
    if END_OF_FILE in tail:
        content = content[: len(content) - len(tail) + tail.index(END_OF_FILE)]
        findings.append(told("bytes", f"“{name}” ends at its Ctrl-Z, the mark of an end of file.", "left out", "line"))
    if content.isascii() or _is_utf8(content):
        return content.replace("\u2212".encode(), b"-") if not content.isascii() else content, tuple(findings)
    high = _high_lines(content)
    older = encoding_of(high) or _eastern_encoding(high)
    if not older:
        sentence = f"Nothing says how “{name}” stores characters; if names look wrong, set the encoding."
        findings.append(told("encoding", sentence, "assumed", "line"))
    elif older != USUAL:
        sentence = f"“{name}” is read in the encoding {older}; if names look wrong, set another."
        findings.append(told("encoding", sentence, "assumed", "line"))
    return content.decode(older or USUAL, errors="replace").encode(), tuple(findings)


def _high_lines(content: bytes) -> bytes:
    """The first lines with any bytes above 127, as far as they are looked at."""
    high = b"\n".join(line for line in content[:PIECE].splitlines() if not line.isascii())[:LOOKED_AT]
    return high[: max(high.rfind(b"\n"), 0)] or high


def _wide_encoding(content: bytes) -> str:
    """UTF-16 or UTF-32 by its mark, or as every second byte is empty; empty where it is neither."""
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = content[:LOOKED_AT]
    half = len(head) // 2
    if half >= 4 and head.count(0) >= 0.8 * half:
        if head[1::2].count(0) >= 0.8 * half and not head[::2].count(0):
            return "utf-16-le"
        if head[::2].count(0) >= 0.8 * half and not head[1::2].count(0):
            return "utf-16-be"
    return ""


def _eastern_encoding(high: bytes) -> str:
    """The encoding of Japanese, Chinese or Korean text; empty where there is none.

    Their characters take two bytes and stand in words of several. In western text, one byte above 127 stands among letters.
    """
    for encoding, words in EASTERN:
        try:
            text = high.decode(encoding)
        except UnicodeDecodeError:
            continue
        n = sum(not character.isascii() for character in text)
        if sum(len(word) for word in words.findall(text)) >= MOSTLY_WORDS * n:
            return encoding
    return ""


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), PIECE):
            decoder.decode(content[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
