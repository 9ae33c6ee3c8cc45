"""Kept filter banks are librosa's, and features are what librosa computes with them."""

from __future__ import annotations

import inspect
from pathlib import Path

import librosa
import numpy as np
import pytest

from ultralight_mir.features import FEATURES, banks, get_feature
from ultralight_mir.features.banks import place
from ultralight_mir.features.base import Feature

BANKED = [name for name in FEATURES if get_feature(name).bank is not None]
SECONDS = (0.1, 0.537, 6.01234)


def _kept(feature: Feature) -> Path:
    assert feature.bank is not None
    return place(inspect.unwrap(feature.bank), feature.numbers)


@pytest.mark.parametrize("name", BANKED)
def test_a_kept_bank_is_what_librosa_gives_now(name: str) -> None:
    feature = get_feature(name)
    assert feature.bank is not None and _kept(feature).is_file()
    computed, kept = inspect.unwrap(feature.bank)(**feature.numbers), feature.filters
    assert list(kept) == list(computed)
    for array, wanted in computed.items():
        assert kept[array].dtype == wanted.dtype
        np.testing.assert_allclose(kept[array], wanted, rtol=0, atol=1e-6 * np.abs(wanted).max(), err_msg=array)


def test_no_bank_is_kept_that_no_feature_needs() -> None:
    kept = Path(banks.__file__).parent.glob("*.npz")
    assert sorted(kept) == sorted(_kept(get_feature(name)) for name in BANKED)


def test_a_bank_that_is_not_kept_is_computed() -> None:
    feature = get_feature("log_mel")
    assert feature.bank is not None
    other = {**feature.numbers, "bins": 12}
    assert not place(inspect.unwrap(feature.bank), other).exists()
    assert feature.bank(**other)["mel"].shape == (12, 513)


def _sound(feature: Feature, seconds: float) -> np.ndarray:
    """A rising tone and noise, with a gap of silence."""
    times = np.arange(round(feature.sample_rate * seconds)) / feature.sample_rate
    noise = np.random.default_rng(0).standard_normal(len(times))
    sound = (0.3 * np.sin(2 * np.pi * 220 * times * (1 + 0.02 * times)) + 0.02 * noise).astype(np.float32)
    sound[len(sound) // 3 : len(sound) // 2] = 0
    return sound


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("name", ["log_mel", "log_mel_timbre"])
def test_mel_magnitudes_are_librosas(name: str, seconds: float) -> None:
    feature = get_feature(name)
    sound, told = _sound(feature, seconds), feature.settings
    mel = librosa.feature.melspectrogram(
        y=sound,
        sr=feature.sample_rate,
        n_fft=int(told["n_fft"]),
        hop_length=feature.hop,
        n_mels=feature.bins,
        fmin=told["fmin"],
        fmax=told["fmax"],
        power=1.0,
    )
    np.testing.assert_allclose(feature.compute(sound), np.log10(1 + 1000 * mel.T), rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore:n_fft=")
@pytest.mark.parametrize("seconds", SECONDS)
def test_the_hybrid_constant_q_transform_is_librosas(seconds: float) -> None:
    feature = get_feature("cqt_chord")
    sound, told = _sound(feature, seconds), feature.settings
    cqt = librosa.hybrid_cqt(
        sound,
        sr=feature.sample_rate,
        hop_length=feature.hop,
        fmin=told["fmin"],
        n_bins=feature.bins,
        bins_per_octave=int(told["bins_per_octave"]),
        tuning=0.0,
    )
    computed = feature.compute(sound)
    assert computed.dtype == np.float32
    np.testing.assert_allclose(computed, np.log10(1 + 100 * np.abs(cqt.T)), rtol=0, atol=1e-4)
