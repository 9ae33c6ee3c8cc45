"""Drawn timbres sound when, as high and as long as the notes say."""

from __future__ import annotations

import numpy as np
import pytest

from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note
from ultralight_mir.corpora.synthetic.wavetable import draw_timbre, play


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("pitch", "cents"), [(45, 0.0), (69, -30.0), (100, 25.0)])
def test_a_note_is_in_tune(seed: int, pitch: int, cents: float) -> None:
    """All of its spectrum lies at whole multiples of the fundamental: nothing else, no aliases."""
    timbre = draw_timbre(np.random.default_rng(seed))
    timbre.lasting, timbre.detuning, timbre.attack = np.inf, 0.0, 0.001
    samples = play(timbre, [Note(0.0, 2.0, pitch, 100)], 2.0, cents)
    spectrum = np.square(np.abs(np.fft.rfft(samples * np.blackman(len(samples)))))
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    fundamental = 440.0 * 2.0 ** ((pitch - 69 + cents / 100) / 12)
    away = np.abs(hertz - fundamental * np.maximum(1, np.round(hertz / fundamental)))
    assert spectrum[away > 8.0].sum() < 1e-4 * spectrum.sum()
    assert away[spectrum.argmax()] < 1.0


@pytest.mark.parametrize("seed", range(6))
def test_notes_begin_and_end_in_time_and_are_cut_at_the_end(seed: int) -> None:
    timbre = draw_timbre(np.random.default_rng(seed))
    samples = np.abs(play(timbre, [Note(0.5, 0.3, 60, 100), Note(1.99, 1.0, 60, 100)], 2.0))
    assert len(samples) == 2 * SAMPLE_RATE
    begin, end = round(0.5 * SAMPLE_RATE), round((0.8 + timbre.release) * SAMPLE_RATE)
    assert not samples[:begin].any() and not samples[end + 1 : round(1.99 * SAMPLE_RATE)].any()
    assert samples[begin : begin + round(0.1 * SAMPLE_RATE)].max() > 0.3 * samples.max()


def test_louder_notes_are_louder_and_brighter() -> None:
    timbre = draw_timbre(np.random.default_rng(1))
    soft, loud = (play(timbre, [Note(0.0, 0.5, 48, velocity)], 0.5) for velocity in (30, 120))
    assert np.abs(loud).max() > 4 * np.abs(soft).max()

    def centroid(samples: np.ndarray) -> float:
        power = np.square(np.abs(np.fft.rfft(samples)))
        return float((power * np.arange(len(power))).sum() / power.sum())

    assert centroid(loud) > centroid(soft)
