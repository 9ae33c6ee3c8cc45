from collections import Counter

import numpy as np
import pytest
from mir_eval import chord as mir_chord

from ultralight_mir.corpora.synthetic.harmony import HIGHEST, QUALITIES, Chord, progression, voice

EVERY = [Chord(root, quality, bass) for root in range(12) for quality in QUALITIES for bass in QUALITIES[quality]]


@pytest.mark.parametrize("chord", EVERY, ids=lambda c: c.label)
def test_a_label_says_to_mir_eval_what_is_played(chord: Chord) -> None:
    root, semitones, bass = mir_chord.encode(chord.label)
    played = {(pitch_class - chord.root) % 12 for pitch_class in chord.pitch_classes}
    assert (root, bass) == (chord.root, chord.bass)
    assert set(np.flatnonzero(semitones)) == played


@pytest.mark.parametrize("bass_first", [True, False])
def test_a_voicing_has_all_notes_and_no_other(bass_first: bool) -> None:
    random = np.random.default_rng(0)
    for chord in EVERY:
        for lowest in (40, 52, 64):
            pitches = voice(chord, lowest, bass_first, random)
            assert {p % 12 for p in pitches} == set(chord.pitch_classes)
            assert lowest <= pitches[0] and pitches[-1] <= HIGHEST
            if bass_first:
                assert pitches[0] % 12 == (chord.root + chord.bass) % 12


def test_all_24_chords_are_about_as_frequent() -> None:
    random = np.random.default_rng(0)
    counts: Counter[tuple[int, str]] = Counter()
    for _ in range(20):
        for tonic in range(12):
            for mode in ("major", "minor"):
                counts.update((c.root, c.quality) for c in progression(tonic, mode, 16, 0.0, random))
    frequencies = [counts[root, quality] for root in range(12) for quality in ("maj", "min")]
    assert min(frequencies) > 0.6 * np.mean(frequencies)
    assert max(frequencies) < 1.6 * np.mean(frequencies)
