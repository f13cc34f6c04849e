import io
import zipfile

from core.generation.export.archive import zipped


def test_a_zip_file_comes_in_pieces_and_is_whole():
    content = {"one.csv": [b"a" * 1000, b"b" * 1000], "two.parquet": [b"c"]}
    pieces = list(zipped((name, iter(parts)) for name, parts in content.items()))
    assert len(pieces) > 2
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: b"".join(parts) for name, parts in content.items()
        }


def test_the_same_files_make_the_same_bytes_whenever_they_are_packed():
    first, second = (b"".join(zipped([("one.wav", [b"abc"])])) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
