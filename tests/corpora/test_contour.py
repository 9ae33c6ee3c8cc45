from itertools import pairwise

import numpy as np
import pytest

from ultralight_mir.corpora.synthetic import contour
from ultralight_mir.corpora.synthetic.contour import Event

TIMES = np.arange(600) / 200
EVENTS = [Event(0.5, 1.0, 60.0), Event(1.5, 1.0, 64.0)]


def test_a_glide_is_half_way_at_the_note_and_done_at_its_ends():
    pitch = contour.glide(EVENTS, TIMES, 0.2)
    assert pitch[TIMES < 1.39].max() == 60.0 and pitch[TIMES > 1.61].min() == pytest.approx(64.0)
    assert pitch[300] == pytest.approx(62.0, abs=0.1)
    assert (np.diff(pitch) >= 0).all()


def test_the_gate_is_shut_outside_the_notes():
    level = contour.gate(EVENTS, TIMES, 0.05, 0.1)
    assert level[TIMES < 0.5].max() == 0.0 and level[TIMES > 2.61].max() == 0.0
    assert level[(TIMES > 0.56) & (TIMES < 1.5)].min() == 1.0


def test_vibrato_has_its_rate_and_extent():
    bent = contour.vibrato([Event(0.0, 3.0, 60.0)], TIMES, 6.0, 0.5, np.random.default_rng(0), delay=0.1)
    crossings = np.flatnonzero(np.diff(np.sign(bent[200:])) != 0)
    assert len(crossings) / 2 / 2.0 == pytest.approx(6.0, abs=0.7)
    assert 0.35 < np.abs(bent[200:]).max() < 0.8


@pytest.mark.parametrize("seed", range(20))
def test_melodies_stay_in_time_and_range(seed):
    events = contour.melody(3.0, 50.0, 62.0, np.random.default_rng(seed))
    assert events
    for before, after in pairwise(events):
        assert before.end <= after.start + 1e-9
    assert all(e.start >= 0 and e.end <= 3.0 + 1e-9 and 50 <= e.pitch <= 62 and e.duration > 0.05 for e in events)


def test_hertz_and_midi_are_inverse():
    assert contour.to_midi(440.0) == 69.0
    assert contour.to_hertz(np.array([69.0, 57.0])) == pytest.approx([440.0, 220.0])
