"""Text of any encoding comes out as UTF-8, and what was guessed is said."""

import pytest

from core.recordings.reading.encodings import to_utf8

GUESSED = "is read in the encoding"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zeit;Prüfstand;Größe\n1;2;3\n", "latin-1"),
        ("Débit (m³/h),Pression à l’entrée\n", "cp1252"),
        ("Temps (s);Accélération\n", "latin-1"),
        ("Temperatura;Presión;Año\n", "latin-1"),
        ("Hastighet;Spänning;Övrigt\n", "latin-1"),
        ("Temp [°C],U [µV],a [m/s²]\n20,1,2\n", "latin-1"),
    ],
)
def test_an_encoding_of_western_europe_needs_no_word(text, encoding):
    content, findings = to_utf8("a.csv", text.encode(encoding))
    assert content.decode() == text
    assert not findings


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日時,温度\n1,2\n", "shift_jis"),
        ("サンプリング間隔,500ms\n", "shift_jis"),
        ("时间,温度\n1,2\n", "gb18030"),
        ("位移\n", "gb18030"),
        ("시간,온도\n1,2\n", "euc_kr"),
        ("Время;Температура;Давление\n1;2;3\n", "cp1251"),
        ("Время;Температура;Давление\n1;2;3\n", "koi8_r"),
        ("Время;Температура;Давление\n1;2;3\n", "cp866"),
        ("Время;Температура;Давление\n1;2;3\n", "iso8859_5"),
        ("ВРЕМЯ;ТОК;НАПРЯЖЕНИЕ\n", "koi8_r"),
        ("Ток, мА;Темп. [°C]\n", "cp1251"),
        ("Частота дискретизации: 1000 Гц\n", "cp1251"),
        ("Χρόνος;Θερμοκρασία;Πίεση\n", "cp1253"),
        ("זמן,טמפרטורה,לחץ\n", "cp1255"),
        ("เวลา,อุณหภูมิ\n", "cp874"),
        ("Czas;Prędkość;Ciśnienie\n", "cp1250"),
        ("Czas;Prędkość;Ciśnienie\n", "iso8859_2"),
        ("Čas;Teplota;žlutý kůň\n", "cp1250"),
        ("Zaman;Sıcaklık;Basınç\n", "cp1254"),
        ("Größe;Prüfstand\n", "cp850"),
        ("Temp [°C]\n20\n", "cp437"),
        ("Größe;Prüfstand\n", "mac_roman"),
    ],
)
def test_another_encoding_is_found_out_and_said(text, encoding):
    content, findings = to_utf8("a.csv", text.encode(encoding))
    assert content.decode() == text
    assert [GUESSED in finding.sentence for finding in findings] == [True]


def test_where_nothing_tells_the_encoding_that_is_said():
    content, findings = to_utf8("a.csv", "t;V [В]\n".encode("cp1251"))
    assert content.isascii() is False
    assert "set the encoding" in findings[0].sentence
    assert to_utf8("a.csv", "t;V [В]\n".encode("cp1251"), "cp1251")[0].decode() == "t;V [В]\n"
