import numpy as np
import pytest

from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part, render


@pytest.mark.parametrize("program", [0, 24, 40, 56, 65, 71, 73])
@pytest.mark.parametrize("pitch", [48, 60, 72, 100])
def test_notes_are_in_tune(program: int, pitch: int) -> None:
    samples = render([Part(program, [Note(0.0, 1.0, pitch, 100)])], 1.0)[4_000:20_000]
    points = 1 << 18
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), points))
    expected = 440 * 2 ** ((pitch - 69) / 12)
    low, high = (int(expected * ratio / SAMPLE_RATE * points) for ratio in (0.8, 1.25))
    found = (low + spectrum[low:high].argmax()) * SAMPLE_RATE / points
    assert abs(1200 * np.log2(found / expected)) < 15


@pytest.mark.parametrize("start", [0.0, 0.1234, 0.5])
def test_a_note_sounds_when_it_starts(start: float) -> None:
    samples = render([Part(0, [Note(start, 0.2, 38, 110)], is_drum=True)], 1.0)
    assert len(samples) == SAMPLE_RATE
    first = np.flatnonzero(np.abs(samples) > 1e-3)[0] / SAMPLE_RATE
    assert start <= first < start + 0.004


def test_rendering_is_the_same_every_time_and_after_other_notes() -> None:
    parts = [Part(40, [Note(0.1, 0.5, 67, 80)]), Part(8, [Note(0.0, 0.5, 36, 90)], is_drum=True)]
    first = render(parts, 0.8)
    render([Part(30, [Note(0.0, 2.0, 40, 127)])], 0.3)
    assert np.array_equal(first, render(parts, 0.8))


def test_loud_notes_are_louder() -> None:
    quiet, loud = (np.abs(render([Part(0, [Note(0, 0.5, 60, v)])], 0.5)).max() for v in (30, 120))
    assert loud > 2 * quiet


def test_no_notes_are_silence() -> None:
    assert not render([], 0.1).any()
