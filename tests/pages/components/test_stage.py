import numpy as np
import pytest

from core.config import SimulatorConfig, changed
from core.demos.rehearsal import Rehearsal
from pages.components.stage import Scene, captions, picture, smoothed


@pytest.fixture
def scene(tiny_config) -> Scene:
    return Scene(Rehearsal.fresh(tiny_config))


def test_a_step_is_kept_as_before_between_and_after(scene):
    scene.go_on(1)
    first = scene.observations
    scene.go_on(1)
    assert scene.observations[0] is first[2]
    scene.go_on(3)
    assert scene.rehearsal.step == 5
    before, judged, after = scene.observations
    assert (judged.fakes.signals == before.fakes.signals).all()
    assert (after.fakes.signals != judged.fakes.signals).any()


def test_captions_say_what_the_numbers_say(scene):
    scene.go_on(1)
    made, verdict, learned, changed_ = captions(scene.rehearsal, scene.observations, 0, "V")
    assert "3 random numbers" in made
    best = int(scene.observations[0].fakes.scores.argmax())
    assert f"ake {best + 1}" in verdict
    assert "16 reals" in learned
    assert " V (faint: before)" in changed_


@pytest.mark.parametrize(
    ("strong", "place"),
    [
        (slice(0, 8), "mostly at the beginning"),
        (slice(24, 32), "mostly at the end"),
        (slice(None), "at the whole signal"),
    ],
)
def test_the_verdict_says_where_the_discriminator_looked(scene, strong, place):
    for judged in (observation.fakes for observation in scene.observations):
        judged.where[:] = 0
        judged.where[:, :, strong] = 1
    assert f"It looked {place}" in captions(scene.rehearsal, scene.observations, 0, "")[1]


@pytest.mark.parametrize(
    ("score", "words"),
    [(0.3, "catches all"), (0.49, "little more than guess"), (0.51, "little more than guess"), (0.8, "for real")],
)
def test_the_verdict_is_as_sure_as_the_scores(scene, score, words):
    scene.observations[0].fakes.scores[:] = score
    assert words in captions(scene.rehearsal, scene.observations, 0, "")[1]


def test_a_gradient_is_evened_out_and_its_largest_is_one():
    where = np.zeros(100)
    where[50] = 3
    even = smoothed(where)
    assert even.max() == even[50] == 1
    assert 0 < even[49] < 1
    assert even[30] == 0
    assert (smoothed(np.ones(7)) == 1).all()
    assert (smoothed(np.zeros(7)) == 0).all()


def test_long_signals_are_drawn_with_fewer_points(tiny_config):
    config = changed(tiny_config, source=SimulatorConfig(n_samples=1000))
    data = picture(Scene(Rehearsal.fresh(config)), 0, config.source.times, "")
    assert len(data["observations"][0]["fakes"][0]["y"]["bdata"]) < 400 * 4 * 1.4
