import numpy as np
import pytest

from core.config import SimulatorConfig, ValueRange
from core.fidelity.comparison import MAX_COMPONENTS, Comparison, components
from core.fidelity.measures import parameters, sinusoid
from core.fidelity.measures.parameters import N_PLANE_COORDINATES
from core.fidelity.signal_set import MIN_AMPLITUDE_IN_NOISE_STDS, DescriptiveFeatures, SignalSet, SineFit, describer_of
from core.signals.simulator import Parameters, Simulator
from core.units import Units

ANY_PHASE = ValueRange(minimum=-3, maximum=3, step=0.01)
SIMULATOR = Simulator(SimulatorConfig(n_samples=60, phase=ANY_PHASE, noise_amplitude=0.3))
TIMES = np.arange(40) / 10


def sines(n: int, seed: int = 0) -> tuple[SignalSet, Parameters]:
    """Noisy sines, and what was drawn for each."""
    signals, parameters = SIMULATOR.draw(n, np.random.default_rng(seed))
    return SignalSet(signals, SIMULATOR.times, describer_of(SIMULATOR, Units("V"))), parameters


def walks(n: int, n_channels: int = 1, seed: int = 0) -> SignalSet:
    """Signals that nothing is known about."""
    steps = np.random.default_rng(seed).normal(size=(n, n_channels, len(TIMES)))
    return SignalSet(steps.cumsum(axis=2).astype(np.float32), TIMES)


def compared(real: SignalSet, other: SignalSet) -> Comparison:
    return Comparison(real=real, other=other, training=real.signals)


# Quantities


def test_the_quantities_of_sines_are_those_that_were_drawn():
    found, drawn = sines(200)
    assert list(found.quantities) == ["amplitude", "angular frequency", "bias", "phase", "noise"]
    sure = drawn.amplitude > 3
    np.testing.assert_allclose(found.quantities["amplitude"].values[sure], drawn.amplitude[sure], atol=0.3)
    np.testing.assert_allclose(
        found.quantities["angular frequency"].values[sure], drawn.angular_frequency[sure], atol=0.03
    )
    np.testing.assert_allclose(found.quantities["bias"].values[sure], drawn.bias[sure], atol=0.3)
    assert found.quantities["noise"].values.mean() == pytest.approx(0.3, rel=0.1)


def test_only_sines_that_are_strong_have_a_phase():
    found, drawn = sines(300)
    phases = found.quantities["phase"].values
    surely_weak, surely_strong = (
        drawn.amplitude < 0.5 * MIN_AMPLITUDE_IN_NOISE_STDS * 0.3,
        drawn.amplitude > 1.5 * MIN_AMPLITUDE_IN_NOISE_STDS * 0.3,
    )
    assert surely_weak.sum() > 5
    assert surely_strong.sum() <= len(phases) <= (~surely_weak).sum()
    distance = np.abs(np.angle(np.exp(1j * (phases[:, None] - drawn.phase[None, surely_strong]))))
    assert distance.min(axis=0).max() < 0.01 + 0.3


def test_the_phases_are_those_that_were_drawn():
    found, drawn = sines(100)
    sure = drawn.amplitude > 3
    difference = np.angle(np.exp(1j * (found.fit.phase[sure] - drawn.phase[sure])))
    assert np.abs(difference).max() < 0.3
    strong = found.fit.amplitude > MIN_AMPLITUDE_IN_NOISE_STDS * found.quantities["noise"].values
    np.testing.assert_array_equal(found.quantities["phase"].values, found.fit.phase[strong])


def test_weak_sines_have_no_phase_at_all():
    weak = Simulator(SimulatorConfig(n_samples=60, amplitude=ValueRange(minimum=0.1, maximum=0.2, step=0.1)))
    found = SignalSet(weak.batch(50, np.random.default_rng(0)).signals, weak.times, describer_of(weak))
    assert "phase" not in found.quantities
    assert len(found.quantities["amplitude"].values) == 50


def test_the_quantities_of_other_signals_are_named_features():
    found = walks(20)
    assert {"mean", "standard deviation", "skew", "dominant frequency"} <= set(found.quantities)
    assert not {"amplitude", "bias", "noise"} & set(found.quantities)
    np.testing.assert_allclose(found.quantities["mean"].values, found.signals.mean(axis=(1, 2)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.quantities["standard deviation"].values, found.signals.std(axis=(1, 2)), rtol=1e-4)


def test_each_channel_has_quantities_of_its_own():
    found = walks(20, n_channels=3)
    assert all(name.endswith((", channel 1", ", channel 2", ", channel 3")) for name in found.quantities)
    assert len(found.quantities) == 3 * len(walks(20).quantities)
    np.testing.assert_allclose(
        found.quantities["mean, channel 2"].values, found.signals[:, 1].mean(axis=1), rtol=1e-4, atol=1e-5
    )


def test_every_quantity_has_a_number_for_each_signal_but_the_phase():
    for found in (sines(30)[0], walks(30), walks(30, n_channels=2)):
        assert all(len(one.values) == 30 for name, one in found.quantities.items() if name != "phase")


def test_each_quantity_has_its_unit():
    units = {name: one.unit for name, one in sines(10)[0].quantities.items()}
    assert units == {"amplitude": "V", "angular frequency": "rad/s", "bias": "V", "phase": "rad", "noise": "V"}
    described = SignalSet(walks(10, n_channels=2).signals, TIMES, DescriptiveFeatures(Units("mm"))).quantities
    assert [described[f"{name}, channel 2"].unit for name in ("mean", "peak-to-peak")] == ["mm", "mm"]
    assert [described[f"{name}, channel 1"].unit for name in ("bandwidth", "skew")] == ["Hz", ""]
    assert described["mean, channel 1"].label == "mean, channel 1 / mm"


def test_the_source_chooses_the_describer():
    assert describer_of(SIMULATOR, Units("V")) == SineFit(*SIMULATOR.sines, Units("V"))
    square = Simulator(SimulatorConfig(n_samples=60, waveform="square"))
    assert describer_of(square, Units("V")) == DescriptiveFeatures(Units("V"))


def test_what_measures_share_is_computed_once():
    pair, calls = compared(walks(5), walks(5, seed=1)), []

    def shared(given: Comparison) -> int:
        calls.append(given)
        return 7

    assert (pair.once(shared), pair.once(shared)) == (7, 7)
    assert calls == [pair]


def test_only_sines_are_fitted():
    with pytest.raises(AssertionError, match="only sines are fitted"):
        _ = walks(20).fit


def test_what_several_measures_need_is_computed_once(monkeypatch):
    found, _ = sines(20)
    fits = []
    monkeypatch.setattr(sinusoid, "fit", lambda *given, fit=sinusoid.fit: fits.append(1) or fit(*given))
    assert found.quantities is found.quantities
    assert found.features is found.features
    assert found.fit is found.fit
    assert fits == [1]


def test_the_sampling_rate_is_that_of_the_times():
    assert walks(5).sampling_rate == pytest.approx(10)
    late = SignalSet(walks(5).signals, 5000 + TIMES)
    assert late.sampling_rate == pytest.approx(10)


# Coordinates


def test_sines_lie_in_the_space_of_their_quantities_without_the_phase():
    real, other = sines(40)[0], sines(40, seed=1)[0]
    pair = compared(real, other)
    assert pair.coordinates == [("amplitude", "V"), ("angular frequency", "rad/s"), ("bias", "V"), ("noise", "V")]
    for place, one in zip(pair.space, (real, other), strict=True):
        np.testing.assert_array_equal(
            place, np.stack([one.quantities[name].values for name, _ in pair.coordinates], axis=1)
        )


def test_other_signals_lie_in_the_space_of_their_components():
    pair = compared(walks(50), walks(40, seed=1))
    assert [place.shape for place in pair.space] == [(50, MAX_COMPONENTS), (40, MAX_COMPONENTS)]
    assert pair.coordinates == [(f"component {n}", "") for n in range(1, MAX_COMPONENTS + 1)]


def test_planes_are_those_of_the_first_coordinates():
    for pair in (compared(sines(30)[0], sines(30, seed=1)[0]), compared(walks(30), walks(30, seed=1))):
        for plane, place in zip(parameters._planes(pair), pair.space, strict=True):
            np.testing.assert_array_equal(plane, place[:, :N_PLANE_COORDINATES])


def test_axes_come_from_reals_alone():
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(200, 10)), rng.normal(size=(100, 10))
    reals, others = components(real, other)
    reals_again, others_again = components(real, np.concatenate([other[:7], 1000 + 50 * other[7:]]))
    np.testing.assert_array_equal(reals_again, reals)
    np.testing.assert_allclose(others_again[:7], others[:7])


def test_a_real_among_the_others_lies_where_it_lies_among_the_reals():
    real = np.random.default_rng(0).normal(size=(50, 8))
    reals, others = components(real, real[10:20])
    np.testing.assert_allclose(others, reals[10:20])


def test_the_first_component_is_what_features_have_most_in_common():
    rng = np.random.default_rng(0)
    common = rng.normal(size=(500, 1))
    real = np.concatenate([100 * common + rng.normal(size=(500, 4)), rng.normal(size=(500, 6))], axis=1)
    reals, _ = components(real, real)
    assert abs(np.corrcoef(reals[:, 0], common[:, 0])[0, 1]) > 0.99
    spreads = reals.std(axis=0)
    assert np.all(np.diff(spreads) <= 0)
    assert spreads[0] == pytest.approx(2, rel=0.1)  # of four features that are one


def test_components_of_reals_are_centred_and_not_correlated():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(300, 9)) @ rng.normal(size=(9, 9)) + 7
    reals, _ = components(real, real)
    np.testing.assert_allclose(reals.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.corrcoef(reals, rowvar=False), np.eye(MAX_COMPONENTS), atol=1e-6)


def test_the_unit_of_a_feature_does_not_matter():
    real = np.random.default_rng(0).normal(size=(100, 8))
    scaled = real * np.logspace(-9, 9, 8)
    np.testing.assert_allclose(np.abs(components(scaled, scaled)[0]), np.abs(components(real, real)[0]), atol=1e-6)


def test_a_feature_that_all_reals_share_tells_nothing():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(100, 5))
    real[:, 2] = 4
    other = real.copy()
    other[:, 2] = 9
    reals, others = components(real, other)
    np.testing.assert_array_equal(reals, others)


def test_few_features_have_as_few_components():
    real = np.random.default_rng(0).normal(size=(100, 3))
    assert components(real, real)[0].shape == (100, 3)
