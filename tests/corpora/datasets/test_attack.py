"""Where a stroke begins, by rule."""

from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import audio
from ultralight_mir.corpora.datasets.attack import WINDOW, Attack, attack

RATE = 44_100


def _stroke(at: float, noise: float = 0.0, rate: int = RATE, hertz: float = 90.0) -> np.ndarray:
    """A low partial that dies away from `at` seconds on, in a second of noise."""
    times = np.arange(rate) / rate - at
    tone = np.where(times >= 0, np.exp(-np.maximum(times, 0) / 0.15) * np.sin(2 * np.pi * hertz * times), 0.0)
    return (0.5 * tone + noise * np.random.default_rng(0).standard_normal(rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
@pytest.mark.parametrize("at", [0.0, 0.013, 0.4, 0.9])
def test_a_stroke_begins_where_it_sounds(at: float, rate: int) -> None:
    assert 0 <= attack(_stroke(at, rate=rate), rate) - at < WINDOW


def test_a_burst_is_located_to_the_sample() -> None:
    samples = np.zeros(RATE, np.float32)
    samples[12_345:13_345] = 0.5
    assert attack(samples, RATE) == 12_346 / RATE  # its second sample: one of the 132 of 3 ms is less than a hundredth
    assert attack(-0.001 * samples, RATE) == 12_346 / RATE


def test_noise_twenty_decibels_below_the_stroke_moves_nothing() -> None:
    assert attack(_stroke(0.3, noise=0.01), RATE) == pytest.approx(0.3, abs=WINDOW)


def test_what_is_louder_later_does_not_hide_the_attack() -> None:
    assert attack(_stroke(0.2) + 4 * _stroke(0.6), RATE) == pytest.approx(0.2, abs=WINDOW)


@pytest.mark.parametrize(
    "samples", [np.zeros(100, np.float32), np.ones(1, np.float32), np.full(10, np.nan, np.float32)]
)
def test_without_an_attack_it_is_the_beginning(samples: np.ndarray) -> None:
    assert attack(samples, RATE) == 0.0


def test_the_annotation_is_one_onset_of_the_mixed_channels(tmp_path: Path) -> None:
    path = tmp_path / "stroke.wav"
    audio.write(path, _stroke(0.25), RATE)
    (line,) = Attack(str(path)).until(1.0).text().splitlines()
    assert 0.25 <= float(line) < 0.25 + WINDOW
