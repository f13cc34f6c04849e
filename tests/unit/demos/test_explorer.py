import io
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile

from core.config import RunConfig, SimulatorConfig, changed
from core.demos.explorer import Explorer, open_explorer
from core.demos.latent_point import MAX_Z, LatentPoint
from core.errors import ConfigError, RunNotFoundError
from core.examples import folders
from core.fidelity.measures import sinusoid
from core.jobs.training import train
from core.networks.manifold.generators import BlendGenerator
from core.store.run import Run
from core.store.runs import RunStore
from tests.conftest import with_few_reals
from tests.unit.trainings import prefer

ARTICLE, TWIN = (Run(folder) for folder in folders())


@pytest.fixture(scope="module")
def twin() -> Explorer:
    return open_explorer(TWIN)


@pytest.fixture(scope="module")
def article() -> Explorer:
    return open_explorer(ARTICLE)


# Points


def test_a_point_of_another_twin_is_refused(twin):
    with pytest.raises(ConfigError, match="2 sliders but this twin has 3"):
        twin.at(LatentPoint(1, (0.0, 0.0)))
    with pytest.raises(ConfigError, match="1 condition but this twin has 0"):
        twin.at(LatentPoint(1, (), (1.0,)))


# Signals


def test_the_same_point_is_the_same_signal_and_another_seed_another(twin):
    first = twin.at(LatentPoint(1))
    np.testing.assert_array_equal(twin.at(LatentPoint(1)).signal, first.signal)
    assert not np.array_equal(twin.at(LatentPoint(2)).signal, first.signal)


def test_sliders_where_they_stand_change_nothing(twin):
    seen = twin.at(LatentPoint(5))
    np.testing.assert_allclose(twin.at(LatentPoint(5, seen.z)).signal, seen.signal, atol=1e-4)


def test_the_twins_directions_are_the_sources_parameters(twin):
    assert {one.label for one in twin.directions(1)} == {"bias", "amplitude", "angular frequency"}


@pytest.mark.parametrize("name", ["bias", "amplitude", "angular frequency"])
def test_moving_along_a_direction_changes_its_quantity_and_keeps_the_noise(twin, name):
    index = [one.label for one in twin.directions(1)].index(name)
    found, noises = [], []
    for value in (-1.0, 0.0, 1.0):
        z = [0.0, 0.0, 0.0]
        z[index] = value
        seen = twin.at(LatentPoint(1, tuple(z)))
        fit = sinusoid.fit(seen.signal[None], twin.times, 1, 2)
        found.append(
            {"amplitude": fit.amplitude, "bias": fit.bias, "angular frequency": fit.angular_frequency}[name][0]
        )
        noises.append(seen.signal - seen.clean)
    assert found == sorted(found)
    assert found[2] > found[0] * 1.1
    np.testing.assert_allclose(noises[0], noises[2], atol=1e-4)


def test_without_its_noise_a_twins_signal_is_a_clean_wave(twin):
    seen = twin.at(LatentPoint(1))
    left_over = sinusoid.fit(seen.clean[None], twin.times, 1, 2).residual.std()
    assert left_over < 0.03
    assert (seen.signal - seen.clean).std() == pytest.approx(0.3, rel=0.15)


def test_the_articles_networks_have_three_directions_and_no_noise_of_their_own(article):
    assert len(article.directions(1)) == 3
    assert article.at(LatentPoint(1)).clean is None
    assert not article.has_noise


def test_all_sliders_reach_their_ends(twin):
    seen = twin.at(LatentPoint(1, (MAX_Z, -MAX_Z, MAX_Z)))
    assert seen.z == pytest.approx((MAX_Z, -MAX_Z, MAX_Z), abs=1e-5)
    assert np.isfinite(seen.signal).all()


# Walks


def test_a_walk_begins_and_ends_at_its_ends(twin):
    ends = LatentPoint(1), LatentPoint(2)
    for share, point in zip((0, 1), ends, strict=True):
        np.testing.assert_array_equal(twin.between(*ends, share).signal, twin.at(point).signal)


def test_half_way_the_latents_are_half_way_and_the_noise_is_as_strong(twin):
    first, last = twin.at(LatentPoint(1)), twin.at(LatentPoint(2))
    middle = twin.between(LatentPoint(1), LatentPoint(2), 0.5)
    assert middle.z == pytest.approx(np.mean([first.z, last.z], axis=0), abs=1e-5)
    strength = [float((seen.signal - seen.clean).std()) for seen in (first, middle, last)]
    assert strength[1] == pytest.approx(np.mean(strength), rel=0.15)


def test_between_points_of_one_seed_the_noise_stays(twin):
    a, b = LatentPoint(1, (1.0, 0.0, 0.0)), LatentPoint(1, (-1.0, 0.0, 0.0))
    seen = twin.between(a, b, 0.4)
    ends = twin.at(a)
    np.testing.assert_allclose(seen.signal - seen.clean, ends.signal - ends.clean, atol=1e-4)


# What stands beside


def test_the_nearest_reals_are_the_nearest(twin):
    signal = twin.reals.training[17] + np.float32(0.001)
    found = twin.reals.nearest(signal)
    np.testing.assert_array_equal(found.signals[0], twin.reals.training[17])
    assert found.distances[0] == pytest.approx(0.001, rel=0.01)
    assert list(found.distances) == sorted(found.distances)


def test_what_reals_are_from_each_other_stands_beside(twin):
    low, high = twin.reals.usual_distances
    assert 0.3 < low < high
    assert low * 0.8 < twin.reals.nearest(twin.at(LatentPoint(1)).signal).distances[0] < high * 1.5


def test_what_is_measured_has_names_and_units(twin):
    found = dict(twin.measure(twin.at(LatentPoint(1)).signal, 0))
    assert found["angular frequency"].endswith(" rad/s")
    assert 1 <= float(found["angular frequency"].split()[0]) <= 2
    assert "noise" in found
    texts = [text for seed in range(1, 9) for _, text in twin.measure(twin.at(LatentPoint(seed)).signal, 0)]
    assert any(text.startswith("−") for text in texts)  # the sign that sliders and axes show
    assert not any("-" in text for text in texts)


def test_a_signal_is_heard(twin):
    sound, rate = soundfile.read(io.BytesIO(twin.sound(twin.at(LatentPoint(1)).signal, 0)))
    assert rate == 44_100
    assert sound.any()
    assert "times as fast" in twin.sound_note


def test_pictures_have_room_for_reals(twin):
    low, high = twin.reals.value_range(0)
    assert low == twin.reals.fresh.min()
    assert high == twin.reals.fresh.max()
    assert 0 < twin.reals.power_range(0)[0] < twin.reals.power_range(0)[1]


# Other twins


@pytest.fixture(scope="module")
def conditional(tmp_path_factory, tiny_config: RunConfig) -> Explorer:
    config = changed(
        tiny_config, conditions=["amplitude"], source=SimulatorConfig(n_samples=32, n_channels=2).model_dump()
    )
    return open_explorer(train(config, "Asked", tmp_path_factory.mktemp("conditional")))


def test_conditions_can_be_turned_too(conditional):
    seen = conditional.at(LatentPoint(1))
    (known,) = seen.conditions
    assert 0 < known <= 10
    np.testing.assert_allclose(conditional.at(LatentPoint(1, (), (known,))).signal, seen.signal, atol=1e-5)
    assert not np.array_equal(conditional.at(LatentPoint(1, (), (known + 2,))).signal, seen.signal)


def test_each_channel_is_measured_by_itself(conditional):
    signal = conditional.at(LatentPoint(1)).signal
    assert signal.shape == (2, 32)
    assert conditional.measure(signal, 0) != conditional.measure(signal, 1)


def test_conditions_move_evenly_on_a_walk(conditional):
    a, b = LatentPoint(1, (), (2.0,)), LatentPoint(1, (), (6.0,))
    assert conditional.between(a, b, 0.25).conditions == pytest.approx((3.0,))


def test_a_run_without_a_twin_is_told(tmp_path, tiny_config):
    with pytest.raises(RunNotFoundError, match="no trained twin"):
        open_explorer(RunStore(tmp_path).create(tiny_config, "New"))


def test_an_explorer_is_kept_until_the_twin_is_another():
    assert open_explorer(TWIN) is open_explorer(Run(TWIN.path))


def test_an_explorer_that_many_ask_for_at_once_is_made_once(store, tiny_config, monkeypatch):
    made = []

    def make(run: Run) -> int:
        made.append(run.id)
        time.sleep(0.1)
        return len(made)

    monkeypatch.setattr("core.demos.explorer.Explorer", make)
    run = store.create(tiny_config)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(open_explorer, [run] * 4)] == [1] * 4
    assert made == [run.id]


# Twins that blend neighbours of a real signal


@pytest.fixture(scope="module")
def blending(tmp_path_factory, manifold_config: RunConfig) -> Explorer:
    config = changed(manifold_config, source=SimulatorConfig(n_samples=32, waveform="square").model_dump())
    with pytest.MonkeyPatch.context() as patch:
        with_few_reals(patch)
        prefer(patch, BlendGenerator)
        return open_explorer(train(config, "Blend", tmp_path_factory.mktemp("blend")))


def test_directions_belong_to_a_neighbourhood(blending):
    assert blending.is_local
    first, second = blending.directions(1), blending.directions(2)
    assert not np.allclose(first[0].vector.abs(), second[0].vector.abs(), atol=1e-3)


def test_they_stand_where_the_signal_is(blending):
    seen = blending.at(LatentPoint(4))
    np.testing.assert_allclose(blending.at(LatentPoint(4, seen.z)).signal, seen.signal, atol=1e-3)


def test_a_walk_changes_over_half_way(blending):
    seen = blending.between(LatentPoint(1), LatentPoint(2), 0.51)
    assert np.isfinite(seen.signal).all()
    assert len(seen.z) == len(blending.directions(2))
