import numpy as np
import pytest
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.corpora.synthetic import pitch
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.sources import draw_seed


def found_cents(samples, f0, at):
    """Where the autocorrelation around `at` (s) peaks within ± 150 cents of `f0`, in cents; NaN without a period."""
    half = round((0.015 + 1.5 / f0) * SAMPLE_RATE)
    centre = round(at * SAMPLE_RATE)
    window = samples[centre - half : centre + half].astype(float)
    cents = np.arange(-150, 151, 10)
    lags = SAMPLE_RATE / (f0 * 2.0 ** (cents / 1200))
    places = np.arange(len(window))

    def likeness(lag):
        later = np.interp(places[: int(-lag) - 1] + lag, places, window)
        now = window[: len(later)]
        return now @ later / (np.linalg.norm(now) * np.linalg.norm(later) + 1e-9)

    like = np.array([likeness(lag) for lag in lags])
    return cents[like.argmax()] if like.max() > 0.8 else np.nan


@pytest.mark.parametrize("kind", ["preset", "singer", "timbre"])
def test_the_annotation_is_the_pitch_that_sounds(kind):
    random = np.random.default_rng(3)
    errors = []
    for _ in range(8):
        make = {"preset": pitch._preset, "singer": pitch._singer, "timbre": pitch._timbre}[kind]
        source = int(random.choice([24, 33, 40, 57, 66, 74, 82])) if kind == "preset" else draw_seed(random)
        samples, f0 = make(source, random)
        for frame in range(20, len(f0) - 20, 7):
            near = f0[frame - 4 : frame + 5]
            if near.min() > 60 and near.max() < 1200 and near.max() / near.min() < 1.03:
                errors.append(found_cents(samples, f0[frame], frame * pitch.ANNOTATION_HOP))
    errors = np.array(errors)
    periodic = errors[np.isfinite(errors)]
    assert len(periodic) > 60
    assert abs(np.median(periodic)) <= 10
    assert (np.abs(periodic) <= 50).mean() > 0.93


def test_every_split_is_filled_and_no_source_crosses_it():
    made = of_every_split("pitch", 20, 0)
    assert no_group_crosses(made)
    for excerpt in (excerpt for clips in made.values() for excerpt in clips):
        assert excerpt.samples.dtype == np.float32
        assert len(excerpt.samples) == pitch.DURATION * SAMPLE_RATE
        assert np.abs(excerpt.samples).max() <= 1.0
        rows = np.array([line.split(",") for line in excerpt.annotation.split()], float)
        assert rows[0, 0] == 0 and np.allclose(np.diff(rows[:, 0]), pitch.ANNOTATION_HOP)
        assert 0.1 < (rows[:, 1] > 0).mean() <= 1.0


def test_the_same_seed_gives_the_same_bytes():
    first, second = (list(pitch.excerpts("train", 4, np.random.default_rng(5))) for _ in range(2))
    assert all(
        np.array_equal(a.samples, b.samples) and a.annotation == b.annotation
        for a, b in zip(first, second, strict=True)
    )


def test_silence_is_unvoiced():
    samples = np.concatenate([np.sin(np.arange(SAMPLE_RATE) * 0.1), np.zeros(SAMPLE_RATE)]).astype(np.float32)
    heard = pitch.audible(samples, 200)
    assert heard[5:95].all() and not heard[105:].any()
