import numpy as np
import pytest
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.corpora.synthetic import contour, singing
from ultralight_mir.corpora.synthetic.contour import Event
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.techniques import TECHNIQUES
from ultralight_mir.corpora.synthetic.voice import (
    CONTROL_RATE,
    articulate,
    control_times,
    draw_singer,
    neutral,
    phonate,
)
from ultralight_mir.tasks.singing import Singing


def sung(technique, seed):
    """The controls of one long note of 3 s at MIDI 57 with a technique, and without."""
    random = np.random.default_rng(seed)
    singer, times, events = draw_singer(random), control_times(3.0), [Event(0.0, 3.0, 57.0)]
    pitch, loud = np.full(len(times), 57.0), np.ones(len(times))
    plain = neutral(singer, times, pitch, loud, articulate(singer, [(0.0, "ɑ")], times, pitch))
    changed = neutral(singer, times, pitch, loud, plain.formants)
    TECHNIQUES[technique](changed, singer, events, random)
    return plain, changed


def strongest_rate(curve):
    """Hz at which a control curve moves most, its slow drift aside."""
    part = curve[len(curve) // 4 :]
    spectrum = np.abs(np.fft.rfft((part - part.mean()) * np.hanning(len(part)), 8192))
    rates = np.fft.rfftfreq(8192, 1 / CONTROL_RATE)
    spectrum[rates < 2.5] = 0
    return rates[spectrum.argmax()]


def test_the_techniques_are_the_tasks_classes():
    assert tuple(TECHNIQUES) == Singing.classes


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("technique", "curve", "low", "high"), [
    ("vibrato", "pitch", 4.0, 7.6),
    ("trill", "pitch", 3.5, 8.8),
    ("trillo", "loudness", 3.5, 16.0),
    ("lip_trill", "loudness", 13.0, 33.0),
])  # fmt: skip
def test_modulations_have_the_rates_of_the_literature(technique, curve, low, high, seed):
    assert low <= strongest_rate(getattr(sung(technique, seed)[1], curve)) <= high


@pytest.mark.parametrize("seed", range(5))
def test_voices_change_as_the_recipes_say(seed):
    plain, breathy = sung("breathy", seed)
    assert (breathy.tilt > plain.tilt).all() and breathy.breath.mean() > plain.breath.mean()
    plain, belt = sung("belt", seed)
    assert (belt.open_quotient < plain.open_quotient).all() and (belt.formants[:, 0] > plain.formants[:, 0]).all()
    plain, straight = sung("straight", seed)
    assert np.abs(straight.pitch - plain.pitch).max() < 0.2
    assert np.median(contour.to_hertz(sung("vocal_fry", seed)[1].pitch)) < 90
    plain, trill = sung("trill", seed)
    assert 0.9 < np.ptp(trill.pitch) < 3.2 and trill.pitch.min() > 56.9


def test_every_technique_is_in_every_split_and_no_singer_crosses_it():
    made = of_every_split("singing", 100, 0)
    assert no_group_crosses(made)
    assert all({excerpt.label for excerpt in clips} == set(TECHNIQUES) for clips in made.values())
    for excerpt in (excerpt for clips in made.values() for excerpt in clips):
        assert len(excerpt.samples) == 3 * SAMPLE_RATE and np.abs(excerpt.samples).max() <= 1.0
        assert np.isfinite(excerpt.samples).all()


@pytest.mark.parametrize("count", [20, 37, 40])
def test_small_corpora_have_every_split_and_technique(count):
    made = of_every_split("singing", count, 0)
    assert sum(map(len, made.values())) == count and all(made.values())
    assert {e.label for clips in made.values() for e in clips} == set(TECHNIQUES)


def test_the_same_seed_gives_the_same_bytes():
    first, second = (list(singing.excerpts("train", 20, np.random.default_rng(7))) for _ in range(2))
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(first, second, strict=True))


def test_the_voice_sounds_at_its_pitch_with_its_formant():
    plain, _ = sung("straight", 2)
    plain.pitch[:] = 45.0  # 110 Hz
    plain.jitter = plain.shimmer = 0.0
    samples = phonate(plain, np.random.default_rng(0))[SAMPLE_RATE:]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    harmonics = np.arange(1, 30) * 110.0
    level = np.array([spectrum[np.abs(hertz - h) < 4].max() for h in harmonics])
    between = np.array([np.median(spectrum[np.abs(hertz - h - 55) < 10]) for h in harmonics])
    assert (level[:8] > 10 * between[:8]).all()
    assert abs(harmonics[level.argmax()] - plain.formants[0, 0]) < 170
