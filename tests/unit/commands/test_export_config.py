from core.config import RunConfig, preset_config
from core.store.runs import RunStore


def test_exported_settings_train_the_same(command, run, tmp_path, monkeypatch):
    code, out, _ = command("export-config", "--run", run.id, "--out", tmp_path / "again.json")
    assert (code, out) == (0, "")
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    assert command("train", "--config", tmp_path / "again.json")[0] == 0
    (again,) = RunStore().all()
    assert again.config == run.config
    assert again.load_surrogate().sample(3).tobytes() == run.load_surrogate().sample(3).tobytes()


def test_the_settings_of_a_preset_are_printed(command):
    code, out, _ = command("export-config", "--preset", "article")
    assert code == 0
    assert RunConfig.from_json(out) == preset_config("article")


def test_the_settings_of_the_first_preset_are_printed_where_none_is_named(command):
    _, out, _ = command("export-config")
    assert RunConfig.from_json(out) == RunConfig()
