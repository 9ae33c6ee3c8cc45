import librosa
import numpy as np
import pytest

from ultralight_mir.features.vqt import CQT_PITCH

RATE = CQT_PITCH.sample_rate


@pytest.mark.parametrize("hertz", [65.4, 220.0, 987.8, 3520.0])
def test_a_tone_peaks_in_its_bin(hertz):
    tone = (0.3 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.float32)
    frames = CQT_PITCH.compute(tone)
    assert frames.shape == (101, CQT_PITCH.bins) and frames.dtype == np.float32
    assert abs(int(frames[50].argmax()) - 36 * np.log2(hertz / 32.703)) < 1


def test_frame_i_is_centred_at_i_hops():
    click = np.zeros(RATE, np.float32)
    click[60 * CQT_PITCH.hop] = 1.0
    assert CQT_PITCH.compute(click)[:, 240].argmax() == 60


def test_low_filters_are_short():
    tone = np.zeros(RATE, np.float32)
    tone[: RATE // 2] = np.sin(2 * np.pi * 65.4 * np.arange(RATE // 2) / RATE)
    level = CQT_PITCH.compute(tone)[:, 36]
    assert level[57:].max() < 0.05 * level[30]  # 60 ms after it ends, a tone at 65 Hz is gone


def test_agrees_with_librosas_vqt():
    noise = np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32) * 0.1
    ours = (10 ** CQT_PITCH.compute(noise) - 1) / 1000
    theirs = np.abs(
        librosa.vqt(
            noise,
            sr=RATE,
            hop_length=160,
            fmin=32.703,
            n_bins=264,
            bins_per_octave=36,
            gamma=8.0,
            scale=False,
            tuning=0.0,
        )
    ).T
    for bin_ in (0, 50, 100, 180, 250):
        assert np.corrcoef(ours[30:170, bin_], theirs[30:170, bin_])[0, 1] > 0.99
