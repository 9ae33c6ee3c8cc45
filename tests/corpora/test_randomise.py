import numpy as np
import pytest

from ultralight_mir.corpora.synthetic import randomise as module
from ultralight_mir.corpora.synthetic.randomise import Samples

RATE = 22_050
BEGIN = 4_000
STAGES = ("equalise", "reverberate", "saturate", "compress", "add_noise", "set_level", "randomise")


def burst() -> Samples:
    samples = np.zeros(RATE, np.float32)
    samples[BEGIN : BEGIN + 4000] = np.random.default_rng(0).standard_normal(4000) * np.exp(-np.arange(4000) / 800)
    return samples * np.float32(0.2)


def run(stage: str, samples: Samples, seed: int) -> Samples:
    function = getattr(module, stage)
    rate = () if stage in ("saturate", "add_noise", "set_level") else (RATE,)
    made: Samples = function(samples, *rate, np.random.default_rng(seed))
    return made


@pytest.mark.parametrize("stage", STAGES)
def test_length_type_and_finiteness_are_kept_and_seeds_repeat(stage: str) -> None:
    for seed in range(5):
        made = run(stage, burst(), seed)
        assert made.shape == (RATE,)
        assert made.dtype == np.float32
        assert np.isfinite(made).all()
        assert np.array_equal(made, run(stage, burst(), seed))


@pytest.mark.parametrize("stage", ["equalise", "reverberate", "saturate", "compress", "set_level"])
def test_no_onset_moves(stage: str) -> None:
    for seed in range(10):
        made = np.abs(run(stage, burst(), seed))
        assert made[: BEGIN - 5].max() < 0.01 * made.max()
        assert np.argmax(made > 0.2 * made.max()) - BEGIN < 0.002 * RATE


def test_the_equaliser_is_as_uneven_as_asked() -> None:
    impulse = np.zeros(4096, np.float32)
    impulse[0] = 1.0
    spans = []
    for depth in (0.0, 12.0):
        random = np.random.default_rng(0)
        gains = [np.abs(np.fft.rfft(module.equalise(impulse, RATE, random, depth)))[40:1800] for _ in range(20)]
        spans.append(np.mean([20 * np.log10(g.max() / g.min()) for g in gains]))
    assert spans[0] < 0.1
    assert 8.0 < spans[1] < 20.0


def test_silence_stays_finite() -> None:
    for stage in STAGES:
        assert np.isfinite(run(stage, np.zeros(RATE, np.float32), 0)).all()


def test_a_filter_of_minimum_phase_has_the_response_asked_for_and_its_energy_first():
    wanted = 12 * np.sin(np.linspace(0, 6, 1025))
    taps = module.minimum_phase(wanted, 1024)
    assert np.abs(20 * np.log10(np.abs(np.fft.rfft(taps, 2048))) - wanted).max() < 0.1
    assert np.square(taps[:64]).sum() > 0.99 * np.square(taps).sum()
