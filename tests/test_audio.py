from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import audio
from ultralight_mir.errors import InputError


def _sine(rate: int, seconds: float) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)


def test_resampling_keeps_pitch_and_length(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", _sine(44_100, 1.0), 44_100)
    samples = audio.load(tmp_path / "a.wav", 16_000)
    assert len(samples) == 16_000
    assert np.abs(np.fft.rfft(samples)).argmax() == 440


def test_stereo_is_averaged(tmp_path: Path) -> None:
    import soundfile

    both = np.stack([_sine(16_000, 0.5), np.zeros(8_000)], axis=1)
    soundfile.write(tmp_path / "s.wav", both, 16_000)
    assert audio.load(tmp_path / "s.wav", 16_000).max() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("samples", "message"),
    [(np.zeros(16_000), "silent"), (_sine(16_000, 0.05), "0.050 s long, expected at least")],
)
def test_silent_and_short_clips_are_refused(tmp_path: Path, samples: np.ndarray, message: str) -> None:
    audio.write(tmp_path / "bad.wav", samples, 16_000)
    with pytest.raises(InputError, match=f"bad.wav: {message}"):
        audio.load(tmp_path / "bad.wav", 16_000)


def test_unreadable_and_missing_clips_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF and then nothing")
    with pytest.raises(InputError, match=r"bad\.wav: not readable as audio"):
        audio.load(tmp_path / "bad.wav", 16_000)
    with pytest.raises(InputError, match=r"none\.wav: no such file"):
        audio.load(tmp_path / "none.wav", 16_000)
