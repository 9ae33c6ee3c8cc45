import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 96_000])
def test_a_file_in_blocks_is_the_file_whole_to_the_bit(
    rate: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([_sine(rate, 1.37), _sine(rate, 1.37) * 0.3], axis=1), rate)
    whole = audio.load(path, 22_050)
    read = audio.read(path)
    np.testing.assert_array_equal(whole, audio.resampled(read.mono, rate, 22_050))
    monkeypatch.setattr(audio, "BLOCK", 1_001)
    blocks = list(audio.stream(path, 22_050))
    assert len(blocks) > 10
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_an_mp3_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    soundfile.write(path, _sine(44_100, 6.0), 44_100)
    assert audio.duration(path) == pytest.approx(6.0, abs=0.1)
    audio.load(path, 22_050)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for way in (lambda: audio.load(path, 22_050), lambda: audio.read(path)):
        with pytest.raises(InputError, match=r"a\.mp3: cut off after [23]\.\d s, expected 6\.0 s as its header tells"):
            way()


@cache
def _encoded(form: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, _sine(16_000, 0.4), 16_000, format=form)
    return stream.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.sampled_from(["WAV", "FLAC", "OGG", "AIFF"]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=5),
    end=st.floats(0.01, 1.0),
)
def test_whatever_the_bytes_a_file_is_heard_or_refused(
    form: str, cuts: list[tuple[float, bytes]], end: float, tmp_path: Path
) -> None:
    content = bytearray(_encoded(form))
    for place, junk in cuts:
        first = int(place**3 * len(content))  # headers most of all
        content[first : first + len(junk)] = junk
    path = tmp_path / "fuzzed.bin"
    path.write_bytes(content[: int(end * len(content))])
    try:
        samples = sum(len(block) for block in audio.stream(path, 16_000))
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert samples > 0
