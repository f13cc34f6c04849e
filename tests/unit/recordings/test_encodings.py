"""Text of any encoding comes out as UTF-8."""

import pytest

from core.recordings.reading.encodings import to_utf8


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日時,温度\n1,2\n", "shift_jis"),
        ("サンプリング間隔,500ms\n", "shift_jis"),
        ("时间,温度\n1,2\n", "gb18030"),
        ("시간,온도\n1,2\n", "euc_kr"),
        ("Zeit;Prüfstand;Größe\n1;2;3\n", "latin-1"),
        ("Débit (m³/h),Pression à l’entrée\n", "cp1252"),
        ("Temp [°C]\n20\n", "latin-1"),
    ],
)
def test_an_encoding_that_nobody_says_is_found_out(text, encoding):
    assert to_utf8("a.csv", text.encode(encoding))[0].decode() == text
