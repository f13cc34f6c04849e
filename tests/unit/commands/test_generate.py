import pytest

from core.generation.export import FORMATS, Content, encode
from core.store.datasets import open_source
from tests.unit.commands.outcomes import last_line


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("options", [[], ["--real"]], ids=["fake", "real"])
def test_a_file_of_every_format_holds_the_signals_of_the_seed(options, name, command, run, tmp_path):
    out = tmp_path / "signals"
    code, text, _ = command(
        *("generate", "--run", run.id, "--count", 300, "--seed", 3, "--format", name, "--out", out, "--json", *options)
    )
    assert code == 0
    origin = open_source(run.config) if options else run.load_surrogate()
    assert out.read_bytes() == b"".join(encode(origin.stream(300, 3), 300, Content.of(run.config), name))
    result = last_line(text)
    assert result.pop("seconds") > 0
    assert result == {"run_id": run.id, "path": str(out), "count": 300, "bytes": out.stat().st_size}
    assert [path.name for path in tmp_path.iterdir()] == ["signals"]


def test_generating_says_what_was_written(command, run, tmp_path):
    code, out, _ = command("generate", "--run", run.id, "--count", 1, "--out", tmp_path / "one.csv")
    assert code == 0
    assert out.startswith(f"1 signal in {tmp_path / 'one.csv'} (")


def test_a_file_is_replaced(command, run, tmp_path):
    (tmp_path / "one.csv").write_text("old")
    command("generate", "--run", run.id, "--count", 1, "--out", tmp_path / "one.csv")
    assert (tmp_path / "one.csv").read_text().startswith("t=0 s")
