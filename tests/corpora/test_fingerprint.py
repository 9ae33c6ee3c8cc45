"""The same recording is found under another form; the same music played again is not."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultralight_mir import audio
from ultralight_mir.corpora.fingerprint import BANDS, FRAMES, SURE, _heard, copies, fingerprint, likeness
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE as RATE
from ultralight_mir.corpora.synthetic.midi import Note, Part, render
from ultralight_mir.corpora.synthetic.randomise import randomise


def _chord(seed: int, seconds: float = 3.0) -> np.ndarray:
    """C major on a piano, four times: played by hand, in another room and at another loudness for every seed."""
    random = np.random.default_rng(seed)
    notes = [
        Note(float(start + abs(random.normal(0, 0.01))), 0.7, pitch, int(random.integers(70, 110)))
        for start in np.arange(0, seconds, 0.75)
        for pitch in (60, 64, 67)
    ]
    return randomise(render([Part(0, notes)], seconds), RATE, random)


def _coded(samples: np.ndarray, rate: int, form: str, level: float) -> tuple[np.ndarray, int]:
    stream = BytesIO()
    soundfile.write(stream, samples, rate, format=form, compression_level=level)
    stream.seek(0)
    return soundfile.read(stream, dtype="float32")


def _found(folder: Path, one: np.ndarray, other: np.ndarray, rate: int = RATE) -> bool:
    paths = [folder / "one.wav", folder / "other.wav"]
    soundfile.write(paths[0], one, RATE)
    soundfile.write(paths[1], other, rate)
    again = [audio.read(path) for path in paths]
    prints = [fingerprint(found.mono, found.sample_rate) for found in again]
    _heard.cache_clear()  # the same path holds another recording now
    return list(copies(prints, paths, ["train", "test"])) == [(0, 1)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 50),
    gain=st.floats(0.05, 1.0),
    rate=st.sampled_from([16_000, 22_050, 44_100, 48_000]),
    delay=st.floats(0.0, 0.016),
    form=st.sampled_from(["WAV", "OGG", "MP3"]),
    stereo=st.booleans(),
    inverted=st.booleans(),
)
def test_a_copy_is_found(
    tmp_path: Path, seed: int, gain: float, rate: int, delay: float, form: str, stereo: bool, inverted: bool
) -> None:
    one = _chord(seed)
    copy = audio.resampled(np.pad(gain * one, (round(delay * RATE), 0)).astype(np.float32), RATE, rate)
    if form != "WAV":
        copy, rate = _coded(copy, rate, form, 0.6)
    copy = -copy if inverted else copy
    assert _found(tmp_path, one, np.stack([copy, copy], axis=1) if stereo else copy, rate)


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_same_chord_played_again_is_another_recording(tmp_path: Path, seed: int) -> None:
    assert not _found(tmp_path, _chord(0), _chord(seed))


def _thud(hertz: float, seconds: float = 0.8) -> np.ndarray:
    """A drum struck once, its skin and the stick, dying away at once."""
    times = np.arange(round(seconds * RATE)) / RATE
    stick = np.random.default_rng(round(hertz)).standard_normal(len(times)) * np.exp(-times / 0.005)
    return (0.4 * np.exp(-times / 0.03) * np.sin(2 * np.pi * hertz * times) + 0.1 * stick).astype(np.float32)


def test_thuds_of_two_drums_are_two_recordings_and_their_copies_are_not(tmp_path: Path) -> None:
    one, other = _thud(100.0), _thud(106.0)
    assert not _found(tmp_path, one, other)
    assert likeness(tmp_path / "one.wav", tmp_path / "other.wav") > SURE
    assert _found(tmp_path, one, 0.3 * audio.resampled(one, RATE, 16_000), 16_000)
    assert _found(tmp_path, one, *_coded(0.5 * one, RATE, "MP3", 0.8))


def test_clips_that_only_swell_alike_are_told_apart_by_their_waveforms(tmp_path: Path) -> None:
    swell = np.hanning(3 * RATE)
    for name, seed in (("a", 0), ("b", 1)):
        soundfile.write(
            tmp_path / f"{name}.wav", 0.1 * swell * np.random.default_rng(seed).standard_normal(3 * RATE), RATE
        )
    paths = [tmp_path / "a.wav", tmp_path / "b.wav"]
    prints = [fingerprint(audio.read(path).mono, RATE) for path in paths]
    assert (prints[0].astype(float) * prints[1].astype(float)).sum() > 0.6
    assert likeness(*paths) < 0.3 * SURE
    assert likeness(paths[0], paths[0]) == pytest.approx(1.0, abs=1e-3)


def test_only_clips_of_different_splits_are_compared(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", _chord(0), RATE)
    prints = [fingerprint(_chord(0), RATE)] * 4
    paths = [tmp_path / "a.wav"] * 4
    assert list(copies(prints, paths, ["train"] * 4)) == []
    assert sorted(copies(prints, paths, ["train", "test", "train", "valid"])) == [
        (0, 1),
        (0, 3),
        (1, 2),
        (1, 3),
        (2, 3),
    ]


def test_a_long_silence_before_the_music_does_not_hide_a_copy(tmp_path: Path) -> None:
    one = np.concatenate([np.zeros(7 * RATE, np.float32), _chord(3, 8.0)])
    assert _found(tmp_path, one, audio.resampled(0.5 * one, RATE, 16_000), 16_000)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2205, 200_000), st.sampled_from([4_000, 8_000, 22_050, 96_000]))
def test_any_clip_has_a_print_of_unit_norm_or_none(seed: int, length: int, rate: int) -> None:
    samples = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    for one in (samples, np.full(length, 0.5, np.float32)):
        made = fingerprint(one, rate)
        assert made.shape == (FRAMES, BANDS) and np.isfinite(made).all()
        assert np.linalg.norm(made.astype(float)) < 1.01
