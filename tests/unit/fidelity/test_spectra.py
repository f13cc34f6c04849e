import numpy as np
import pytest
from scipy.signal import get_window
from statsmodels.tsa.stattools import acf as statsmodels_acf

from core.fidelity.measures import spectra

RATE = 50.0
DOUBLED = 20 * np.log10(2)  # dB


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def smooth(signals: np.ndarray) -> np.ndarray:
    """Low-passed, with the same deviation."""
    return (signals + 0.5 * np.roll(signals, 1, axis=2)) / np.float32(np.sqrt(1.25))


def lagged(seed: int, lag: int, n: int = 300) -> np.ndarray:
    """Two channels: noise, and the same noise `lag` samples later with some of its own."""
    first = noise(seed, n, 1, 64)
    return np.concatenate([first, np.roll(first, lag, axis=2) + 0.3 * noise(seed + 100, n, 1, 64)], axis=1)


def growing(seed: int) -> np.ndarray:
    """Noise that becomes ten times as strong."""
    return noise(seed, 300, 1, 64) * np.linspace(0.2, 2, 64, dtype=np.float32)


def segments(values: np.ndarray, length: int, step: int, window: np.ndarray) -> np.ndarray:
    """Spectra of windowed stretches about their own means, (n_stretches, n_frequencies)."""
    starts = range(0, len(values) - length + 1, step)
    return np.stack([np.fft.rfft((part - part.mean()) * window) for part in (values[s : s + length] for s in starts)])


def one_sided(power: np.ndarray) -> np.ndarray:
    """Without 0 Hz, and with what the negative frequencies hold; the last frequency has none."""
    return power[1:] * np.where(np.arange(1, len(power)) < len(power) - 1, 2, 1)


def coherency_by_hand(signals: np.ndarray, length: int) -> np.ndarray:
    found = []
    for channels in signals.astype(np.float64):
        first, second = (segments(channel, length, length // 2, get_window("hann", length)) for channel in channels)
        powers = [(np.abs(spectrum) ** 2).mean(axis=0) for spectrum in (first, second)]
        found.append(((first.conj() * second).mean(axis=0) / np.sqrt(powers[0] * powers[1]))[1:])
    return np.mean(found, axis=0)


def psd_difference(real: np.ndarray, fake: np.ndarray) -> float:
    return spectra.psd_difference(real, fake, RATE)


OF_A_CHANNEL = [psd_difference, spectra.acf_difference, spectra.spectrogram_difference]
OF_PAIRS = [spectra.cross_correlation_difference, spectra.cross_spectrum_difference]


# Power spectrum


def test_the_power_spectrum_is_that_of_welch():
    signals = noise(1, 2, 2, 600)
    window = get_window("hann", 256)
    spectrum = segments(signals[1, 0].astype(np.float64), 256, 128, window)
    power = one_sided((np.abs(spectrum) ** 2).mean(axis=0)) / (RATE * (window**2).sum())
    frequencies, found = spectra.psd(signals, RATE)
    np.testing.assert_allclose(frequencies, np.arange(1, 129) * RATE / 256)
    assert found.shape == (2, 2, 128)
    np.testing.assert_allclose(found[1, 0], 10 * np.log10(power), atol=1e-5)


def test_a_sine_stands_out_at_its_frequency():
    times = np.arange(500) / RATE
    signals = (7 + np.sin(2 * np.pi * 8 * times)).astype(np.float32)[None, None]
    frequencies, power = spectra.psd(signals, RATE)
    assert frequencies[power[0, 0].argmax()] == pytest.approx(8, abs=RATE / 256)
    assert power.max() - np.median(power) > 40


@pytest.mark.parametrize("view", [psd_difference, spectra.spectrogram_difference])
def test_twice_the_amplitude_is_6_db_more_at_all_frequencies(view):
    signals = noise(1, 20, 2, 128)
    assert view(signals, 2 * signals) == pytest.approx(DOUBLED, rel=1e-6)


@pytest.mark.parametrize("view", [psd_difference, spectra.spectrogram_difference])
def test_levels_count_for_nothing_and_gains_as_much_as_signals(view):
    real = noise(1, 100, 1, 64)
    louder = np.where(np.arange(100) < 50, 2, 1).astype(np.float32)[:, None, None]
    assert view(real, real + 10) == pytest.approx(0, abs=1e-3)
    assert view(real, louder * real) == pytest.approx(DOUBLED / 2, rel=1e-6)


def test_rounding_at_frequencies_without_power_is_not_compared():
    waves = np.sin(2 * np.pi * np.arange(256) * noise(1, 200, 1, 1))
    rounded = (waves + 1e-6 * noise(2, 200, 1, 256)).astype(np.float32)
    assert psd_difference(waves, rounded) < 0.05


# Autocorrelation


@pytest.mark.parametrize(("n_samples", "n_lags"), [(16, 8), (101, 50), (400, 100)])
def test_autocorrelations_are_those_of_statsmodels(n_samples, n_lags):
    signals = np.cumsum(noise(1, 3, 2, n_samples), axis=2) + 5
    found = spectra.acf(signals)
    assert found.shape == (3, 2, n_lags)
    expected = statsmodels_acf(signals[2, 1].astype(np.float64), adjusted=False, nlags=n_lags - 1, fft=True)
    np.testing.assert_allclose(found[2, 1], expected, atol=1e-9)


def test_constants_have_no_autocorrelation():
    constants = np.array([0, 0.1, -1e6], np.float32)[:, None, None].repeat(33, axis=2)
    assert not spectra.acf(constants).any()


def test_an_autocorrelation_difference_by_hand():
    # Of an alternating signal of 16 samples ±(16 − lag)/16, of a constant 0, at lags 0 to 7.
    alternating = np.tile(np.array([1, -1], np.float32), 8)[None, None]
    assert spectra.acf_difference(alternating, np.ones_like(alternating)) == pytest.approx(100 / 128)


# Spectrogram


def test_a_spectrogram_by_hand():
    signals = noise(1, 2, 2, 64)
    window = get_window(("tukey", 0.25), 8)
    spectrum = segments(signals[1, 1].astype(np.float64), 8, 4, window)
    expected = np.stack([one_sided(np.abs(part) ** 2) for part in spectrum], axis=1) / (window**2).sum()
    found = spectra.spectrogram(signals)
    assert found.shape == (2, 2, 4, 15)
    np.testing.assert_allclose(found[1, 1], 10 * np.log10(expected), atol=1e-4)


def test_noise_at_the_wrong_time_is_seen_by_the_spectrogram_only():
    real, fake = growing(1), growing(2)[:, :, ::-1]
    assert psd_difference(real, fake) < 1
    assert spectra.spectrogram_difference(real, fake) > 4


# Channels


def test_cross_correlations_by_hand():
    signals = np.cumsum(noise(1, 2, 3, 20), axis=2)
    found = spectra.cross_correlation(signals)
    assert found.shape == (2, 3, 19)
    standard = (signals - signals.mean(axis=2, keepdims=True)) / signals.std(axis=2, keepdims=True)
    for pair, (first, second) in enumerate([(0, 1), (0, 2), (1, 2)]):
        all_lags = np.correlate(standard[1, first], standard[1, second], "full") / 20
        np.testing.assert_allclose(found[1, pair], all_lags[10:29], atol=1e-5)


def test_the_second_channel_lags_on_the_side_of_negative_lags():
    mean = spectra.cross_correlation(lagged(1, 3)).mean(axis=0)[0]
    n_lags = (len(mean) + 1) // 2
    assert mean.argmax() - (n_lags - 1) == -3


def test_a_cross_spectrum_difference_by_hand():
    real, fake = noise(1, 5, 2, 48), np.cumsum(noise(2, 4, 2, 48), axis=2)
    expected = np.abs(coherency_by_hand(real, 24) - coherency_by_hand(fake, 24)).mean()
    assert spectra.cross_spectrum_difference(real, fake) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("view", OF_PAIRS)
def test_a_channel_that_leads_instead_of_lagging_is_seen_by_pairs_only(view):
    real, fresh, leading = lagged(1, 1), lagged(2, 1), lagged(3, -1)
    assert view(real, leading) > 4 * view(real, fresh)
    for alone in OF_A_CHANNEL:
        assert alone(real, leading) < 2 * alone(real, fresh)


@pytest.mark.parametrize("view", OF_PAIRS)
def test_channels_of_other_signals_are_seen(view):
    real, fake = lagged(1, 0), lagged(2, 0)
    fake[:, 1] = fake[::-1, 1]
    assert view(real, fake) > 3 * view(real, lagged(3, 0))


# All of them


@pytest.mark.parametrize(
    ("view", "floor", "fault"),
    [(psd_difference, 0.2, 2), (spectra.acf_difference, 0.004, 0.01), (spectra.spectrogram_difference, 0.25, 2)],
)
def test_fresh_reals_are_near_and_low_passed_ones_far(view, floor, fault):
    real, fresh = noise(1, 2000, 1, 64), noise(2, 2000, 1, 64)
    assert view(real, real) == 0
    assert view(real, fresh) < floor
    assert view(real, smooth(fresh)) > fault


@pytest.mark.parametrize("view", OF_PAIRS)
def test_fresh_reals_have_the_same_pairs(view):
    assert view(lagged(1, 2), lagged(1, 2)) == 0
    assert view(lagged(1, 2), lagged(2, 2)) < 0.03


@pytest.mark.parametrize("view", [*OF_A_CHANNEL, *OF_PAIRS])
def test_a_chunk_does_not_change_the_difference(view, monkeypatch):
    real, fake = noise(1, 11, 2, 40), smooth(noise(2, 7, 2, 40))
    whole = view(real, fake)
    monkeypatch.setattr(spectra, "CHUNK_VALUES", 240)
    assert view(real, fake) == pytest.approx(whole)


@pytest.mark.parametrize("view", [*OF_A_CHANNEL, *OF_PAIRS])
@pytest.mark.parametrize("shape", [(2, 16), (3, 33), (2, 700)])
def test_any_shape_unequal_sets_and_constants_give_a_number(view, shape):
    real, constant = noise(1, 5, *shape), np.full((3, *shape), 0.1, np.float32)
    assert np.isfinite([view(real, noise(2, 3, *shape)), view(real, constant), view(constant, real)]).all()
    assert view(constant, constant) == 0
