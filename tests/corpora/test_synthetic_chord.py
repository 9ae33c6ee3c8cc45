from itertools import pairwise

import numpy as np
import pytest
from mir_eval import chord as mir_chord
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.corpora.synthetic import excerpts
from ultralight_mir.corpora.synthetic.chord import LONGEST, SHORTEST
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE


@pytest.fixture(scope="module")
def made() -> dict[str, list[Excerpt]]:
    return of_every_split("chord", 20, 5)


@pytest.fixture(scope="module")
def clips(made: dict[str, list[Excerpt]]) -> list[Excerpt]:
    return [clip for part in made.values() for clip in part]


def rows(clip: Excerpt) -> list[tuple[float, float, str]]:
    cells = [line.split("\t") for line in clip.annotation.splitlines()]
    return [(float(start), float(end), label) for start, end, label in cells]


def test_the_annotation_covers_the_clip_without_a_gap(clips: list[Excerpt]) -> None:
    for clip in clips:
        spans = rows(clip)
        duration = len(clip.samples) / SAMPLE_RATE
        assert SHORTEST <= duration <= LONGEST
        assert spans[0][0] == 0.0
        assert spans[-1][1] == pytest.approx(duration, abs=1e-3)
        assert all(a[1] == b[0] for a, b in pairwise(spans))
        assert all(start < end for start, end, _ in spans)
        labels = [label for _, _, label in spans]
        mir_chord.validate(labels, labels)


def test_the_sound_is_audio(clips: list[Excerpt]) -> None:
    for clip in clips:
        assert np.isfinite(clip.samples).all()
        assert 0.01 < np.abs(clip.samples).max() <= 1.0


def test_chord_notes_are_louder_than_others(clips: list[Excerpt]) -> None:
    """Over all chords, the pitch classes of the label carry more of the spectrum than their share."""
    shares = []
    for clip in clips:
        for start, end, label in rows(clip):
            root, semitones, _ = mir_chord.encode(label)
            if root < 0:
                continue
            piece = clip.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
            spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
            hertz = np.fft.rfftfreq(len(piece), 1 / SAMPLE_RATE)
            inside = (hertz > 100) & (hertz < 1000)
            classes = (np.round(12 * np.log2(hertz[inside] / 440)) + 9 - root) % 12
            energy = np.bincount(classes.astype(int), spectrum[inside] ** 2, 12)
            shares.append(energy[semitones > 0].sum() / energy.sum())
    assert np.median(shares) > 0.6


def test_no_preset_crosses_a_split(made: dict[str, list[Excerpt]]) -> None:
    assert no_group_crosses(made)


def test_the_same_seed_gives_the_same_bytes(clips: list[Excerpt]) -> None:
    again = next(excerpts("chord", "train", 1, 5))
    assert again.annotation == clips[0].annotation
    assert np.array_equal(again.samples, clips[0].samples)
