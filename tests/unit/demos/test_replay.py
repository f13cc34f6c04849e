import base64
import io
import re
import shutil
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier

import numpy as np
import orjson
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.__main__ import main
from core.config import RunConfig, SimulatorConfig, changed
from core.demos import replay as frames
from core.demos import replay_gif
from core.demos.replay import Replay, downsample, replay
from core.demos.replay_gif import as_gif, dashes
from core.demos.replay_page import as_html
from core.errors import ConfigError, RunStateError
from core.jobs.training import train
from core.networks import ARCHITECTURES
from core.routes import API
from core.store.run import Run
from core.store.runs import RunStore
from core.store.snapshots import Snapshots

NAME = 'Mine </script><b>"&'
N_STEPS = 20


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config) -> Run:
    """A finished run of two channels, with a snapshot of each step; tests leave it as it is."""
    source = SimulatorConfig(n_samples=32, n_channels=2)
    training = tiny_config.training.model_dump() | {"steps": N_STEPS}
    config = changed(tiny_config, source=source.model_dump(), training=training)
    return train(config, NAME, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def found(run) -> Replay:
    return replay(run, 1)


@pytest.fixture
def client(run, monkeypatch) -> TestClient:
    monkeypatch.setenv("WAVETWIN_DATA", str(run.data_dir))
    return TestClient(Starlette(routes=API))


def numbers(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), "<f4")


# Frames


def test_each_snapshot_is_a_frame_of_the_same_latents(found, run):
    assert found.steps == run.snapshots.steps == list(range(N_STEPS + 1))
    for step in (0, 10, N_STEPS):
        np.testing.assert_array_equal(found.fakes[step].signals, run.snapshots.load(step)[:4, 1])
    np.testing.assert_array_equal(found.real.signals, run.reals[:4, 1])


def test_snapshots_that_are_measured_together_are_as_each_alone(run):
    snapshots = [run.snapshots.load(step)[: 10 + step] for step in (0, 10, N_STEPS)]
    for together, alone in zip(
        frames._frames_of(snapshots, 1, run.config),
        (frames._frames_of([one], 1, run.config)[0] for one in snapshots),
        strict=True,
    ):
        for one, other in zip(vars(together).values(), vars(alone).values(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)


def test_each_frame_is_computed_once_however_many_ask_at_once(run, monkeypatch, tmp_path):
    copy = RunStore(shutil.copytree(run.data_dir, tmp_path / "copy")).get(run.id)  # nobody has asked for it yet
    loaded, load, barrier = [], Snapshots.load, Barrier(4)

    def counted(self: Snapshots, step: int) -> np.ndarray | None:
        if self.folder.is_relative_to(copy.path):  # not those of a page that an earlier test left
            loaded.append(step)
        return load(self, step)

    monkeypatch.setattr(Snapshots, "load", counted)

    def ask(_number: int) -> list[int]:
        barrier.wait()
        return replay(copy).steps

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == 4 * [run.snapshots.steps]
    assert sorted(loaded) == run.snapshots.steps


def test_of_many_frames_the_newest_are_kept(run, monkeypatch, tmp_path):
    copy = RunStore(shutil.copytree(run.data_dir, tmp_path / "copy")).get(run.id)
    monkeypatch.setattr(frames, "MAX_KEPT_FRAMES", 5)
    assert replay(copy).steps == run.snapshots.steps
    assert len(frames._kept) == 5


def test_frames_hold_spectrum_points_and_curves(found):
    frame = found.fakes[-1]
    assert frame.power.shape == found.frequencies.shape == found.real.power.shape
    assert frame.points.shape == found.real.points.shape == (32, 2)
    assert found.distance(N_STEPS) == pytest.approx(found.curves["distance"][1][-1])
    assert set(found.curves) == {"distance", "accuracy", "d_loss", "g_loss", "d_accuracy"}


def test_the_scatter_of_sines_shows_what_they_were_made_of(found, run):
    omega, amplitude = found.real.points.T
    assert 0 < np.median(amplitude) < 10
    assert 0.8 < np.median(omega) < 2.2


def test_other_waves_are_described_by_size_and_pitch(tmp_path, tiny_config):
    source = SimulatorConfig(n_samples=32, waveform="square").model_dump()
    run = train(
        changed(tiny_config, source=source, training=tiny_config.training.model_dump() | {"steps": 1}), "", tmp_path
    )
    found = replay(run)
    assert found.as_json()["scatter"]["titles"] == ["spectral centroid / Hz", "peak-to-peak"]
    assert found.as_json()["signals"]["titles"] == ["time / s", "value"]
    assert found.as_json()["power"]["titles"] == ["frequency / Hz", "PSD / (unit²/Hz)"]
    np.testing.assert_allclose(found.real.points[:, 1], np.ptp(run.reals[:32, 0], axis=1), rtol=1e-5)


def test_long_signals_are_drawn_with_their_extremes():
    signals = np.random.default_rng(0).normal(size=(3, 5000)).astype("f4")
    fewer = downsample(signals)
    assert fewer.shape == (3, 400)
    np.testing.assert_array_equal(fewer.min(axis=1), signals.min(axis=1))
    np.testing.assert_array_equal(fewer.max(axis=1), signals.max(axis=1))
    assert downsample(signals[:, :400]).base is signals


def test_a_snapshot_that_cannot_be_read_is_passed_over(tmp_path, tiny_config):
    run = train(changed(tiny_config, training=tiny_config.training.model_dump() | {"steps": 3}), "", tmp_path)
    (run.path / "snapshots" / "00000001.npy").write_bytes(b"")
    assert replay(run).steps == [0, 2, 3]


def test_a_run_with_a_single_snapshot_says_so(store: RunStore, tiny_config: RunConfig):
    run = store.create(tiny_config)
    with pytest.raises(RunStateError, match="no snapshot"):
        replay(run)
    run.save_reals(np.zeros((4, 1, 32), "f4"))
    run.snapshots.save(0, np.zeros((4, 1, 32), "f4"))
    with pytest.raises(RunStateError, match="only one snapshot"):
        replay(run)


def test_signals_that_are_all_the_same_can_be_drawn(store: RunStore, tiny_config: RunConfig):
    run = store.create(tiny_config)
    run.save_reals(np.zeros((4, 1, 32), "f4"))
    for step in (0, 1):
        run.snapshots.save(step, np.zeros((4, 1, 32), "f4"))
    found = replay(run)
    low, high = found.value_range
    assert low < 0 < high
    assert "NaN" not in orjson.dumps(found.as_json()).decode()
    assert found.distance(1) is None
    assert as_gif(found).startswith(b"GIF")


def test_a_channel_that_is_not_there(run):
    with pytest.raises(ConfigError, match="2 channels; there is no channel 3"):
        replay(run, 2)


# Files


def test_the_page_is_whole_and_safe(found):
    page = as_html(found)
    assert "Mine &lt;/script&gt;&lt;b&gt;&quot;&amp;" in page
    assert "<b>" not in page.replace("<body>", "")
    assert page.count("</script>") == 1
    assert not re.search(r"""(src|href)=|url\(|@import|fetch\(|https?://""", page)
    assert "Channel 2." in page
    assert "seed 0" in page


def test_the_page_may_run_its_script_alone(found):
    page = as_html(found)
    script = re.search('<script type="module">(.*?)</script>', page, re.DOTALL)[1]
    assert f"script-src '{sha256_of(script)}'; " in page
    assert "default-src 'none'" in page


def sha256_of(script: str) -> str:
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def test_the_gif_has_a_picture_of_each_snapshot(found):
    with Image.open(io.BytesIO(as_gif(found))) as picture:
        assert picture.n_frames == len(found.steps)
        assert picture.size == (880, 430)
        first = np.asarray(picture.convert("RGB")).copy()
        durations = []
        for index in range(picture.n_frames):
            picture.seek(index)
            durations.append(picture.info["duration"])
        last = np.asarray(picture.convert("RGB"))
    assert durations[-1] == 2500 > max(durations[:-1])
    half = first.shape[0] // 2
    assert (first[half:] != last[half:]).any()  # the fakes move …
    assert (first[62:half] == last[62:half]).mean() > 0.99  # … the reals stay


def test_the_gif_is_bounded(found, monkeypatch):
    monkeypatch.setattr(replay_gif, "MAX_FRAMES", 5)
    with Image.open(io.BytesIO(as_gif(found))) as picture:
        assert picture.n_frames == 5


def test_dashes_follow_the_line():
    line = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    pieces = dashes(line, 4, 2)
    assert [piece.tolist() for piece in pieces] == [
        [[0, 0], [4, 0]],
        [[6, 0], [10, 0]],
        [[10, 2], [10, 6]],
        [[10, 8], [10, 10]],
    ]


# Over HTTP and from the command line


def test_the_player_gets_its_data(client, run, found):
    answer = client.get("/api/replay", params={"run": run.id, "channel": 1})
    data = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert data["steps"] == found.steps
    assert len(numbers(data["signals"]["fake"])) == (N_STEPS + 1) * 4 * 32
    np.testing.assert_array_equal(numbers(data["signals"]["real"]), run.reals[:4, 1].ravel())
    assert len(numbers(data["scatter"]["fake"])) == (N_STEPS + 1) * 2 * 32


@pytest.mark.parametrize(("form", "start"), [("html", b"<!doctype html>"), ("gif", b"GIF89a")])
def test_files_are_downloads(form, start, client, run):
    answer = client.get("/api/replay", params={"run": run.id, "format": form})
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer.headers["content-disposition"] == f'attachment; filename="wavetwin-{run.id}-replay.{form}"'


@pytest.mark.parametrize(
    ("query", "code"), [({"channel": 7}, 400), ({"format": "mp4"}, 400), ({"channel": -1}, 400), ({"run": "none"}, 404)]
)
def test_what_cannot_be_answered_is_said_in_a_sentence(query, code, client, run):
    answer = client.get("/api/replay", params={"run": run.id} | query)
    assert answer.status_code == code
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("form", ["html", "gif"])
def test_the_command_writes_a_file(form, run, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WAVETWIN_DATA", str(run.data_dir))
    out = tmp_path / f"replay.{form}"
    assert main(["replay", "--run", run.id, "--out", str(out), "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size > 10_000


def test_the_command_knows_two_kinds_of_files(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WAVETWIN_DATA", str(run.data_dir))
    assert main(["replay", "--run", run.id, "--out", str(tmp_path / "replay.mp4")]) == 2
    assert "end in .html or .gif" in capsys.readouterr().err


def test_a_replay_begins_with_the_stages_of_the_initialization(manifold_config, few_reals, tmp_path):
    run = train(manifold_config, "", tmp_path)
    found, titles = replay(run), [stage.title for stage in ARCHITECTURES["manifold"].stages.values()]
    assert [stage.title for stage in found.stages] == titles[:-1]  # the last one's generator is that of step 0
    assert found.steps[:5] == [0, 0, 0, 0, 0]
    assert found.steps[5] > 0
    assert len(found.fakes) == len(found.steps)
    assert found.moment(1) == f"after stage 2: {titles[1]}"
    assert found.moment(4) == "step 0 of 20"
    assert found.distance(0) == found.stages[0].distance > found.distance(4)
    data = found.as_json()
    assert [stage["title"] for stage in data["stages"]] == titles[:-1]
    assert all(0.4 < stage["accuracy"] <= 1 for stage in data["stages"])
    with Image.open(io.BytesIO(as_gif(found))) as picture:
        assert picture.n_frames == len(found.steps)
