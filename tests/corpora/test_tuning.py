import numpy as np
import pytest

from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part
from ultralight_mir.corpora.synthetic.tuning import render_tuned


def loudest(samples: np.ndarray, points: int = 1 << 19) -> float:
    """Frequency of the highest peak in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), points))
    return float(spectrum.argmax() * SAMPLE_RATE / points)


@pytest.mark.parametrize("cents", [-200.0, -30.0, 0.0, 30.0, 200.0])
def test_pitch_moves_and_time_does_not(cents: float) -> None:
    parts = [Part(73, [Note(0.5, 1.0, 72, 100)])]
    plain, tuned = render_tuned(parts, 2.0, 0.0), render_tuned(parts, 2.0, cents)
    assert len(tuned) == 2 * SAMPLE_RATE
    heard = [slice(round(0.7 * SAMPLE_RATE), round(1.4 * SAMPLE_RATE))] * 2
    moved = 1200 * np.log2(loudest(tuned[heard[0]]) / loudest(plain[heard[1]]))
    assert moved == pytest.approx(cents, abs=8)
    starts = [np.flatnonzero(np.abs(x) > 0.02 * np.abs(x).max())[0] / SAMPLE_RATE for x in (plain, tuned)]
    assert starts[1] == pytest.approx(starts[0], abs=0.005)
