"""What physics says of each family of synthesised players, measured on what they play before body and room."""

from __future__ import annotations

import numpy as np
import pytest

from ultralight_mir.corpora.synthetic import recording
from ultralight_mir.corpora.synthetic.contour import Event
from ultralight_mir.corpora.synthetic.instrument import INSTRUMENTS, Player
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.players import guitar, modal, phrases, response, winds
from ultralight_mir.corpora.synthetic.players.mallets import draw_mallets
from ultralight_mir.corpora.synthetic.players.organ import draw_organ
from ultralight_mir.corpora.synthetic.players.piano import draw_piano
from ultralight_mir.corpora.synthetic.players.violin import draw_violin
from ultralight_mir.corpora.synthetic.randomise import Samples

DRAWS = {instrument.label: instrument.draw for instrument in INSTRUMENTS}
SEEDS = range(6)


def hold(monkeypatch: pytest.MonkeyPatch, player: Player, key: float, seconds: float = 3.0, seed: int = 0) -> Samples:
    """One note of `key` from 0 to `seconds`, of a clip of 3 s: the phrase that any player then plays."""
    monkeypatch.setattr(phrases, "notes", lambda *_: [Event(0.0, seconds, float(key))])
    monkeypatch.setattr(phrases, "touched", lambda *_, **__: [phrases.Note(0.0, seconds, round(key), 90)])
    return player.play(3.0, np.random.default_rng(seed))


def partials(samples: Samples, key: float, count: int) -> np.ndarray:
    """dB of the first partials of a note, within half a semitone, from the middle second."""
    part = samples[SAMPLE_RATE : 2 * SAMPLE_RATE].astype(float)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    hertz = np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE)
    f0 = 440.0 * 2 ** ((key - 69) / 12)
    near = [(hertz > k * f0 * 0.965) & (hertz < k * f0 * 1.035) for k in range(1, count + 1)]
    return 20 * np.log10(np.array([np.sqrt(np.square(spectrum[n]).sum()) for n in near]) + 1e-9)


def noise_share(samples: Samples, key: float) -> float:
    """dB of what lies between the partials, relative to everything, up to 6 kHz."""
    part = samples[SAMPLE_RATE : 2 * SAMPLE_RATE].astype(float)
    power = np.square(np.abs(np.fft.rfft(part * np.hanning(len(part)))))
    hertz = np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE)
    f0 = 440.0 * 2 ** ((key - 69) / 12)
    between = (np.abs(hertz / f0 % 1.0 - 0.5) < 0.2) & (hertz < 6000.0)
    return float(10 * np.log10(power[between].sum() / power[hertz < 6000.0].sum()))


def level(samples: Samples, begin: float, end: float) -> float:
    """dB of the RMS between two seconds."""
    part = samples[int(begin * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    return float(10 * np.log10(np.square(part.astype(float)).mean() + 1e-12))


@pytest.mark.parametrize("label", DRAWS)
def test_a_player_is_its_seeds_and_no_other(label: str) -> None:
    one, same, other = (DRAWS[label](np.random.default_rng(seed)) for seed in (1, 1, 2))
    played = [player.play(1.5, np.random.default_rng(0)) for player in (one, same, other)]
    assert np.array_equal(played[0], played[1]) and not np.array_equal(played[0], played[2])
    assert np.array_equal(one.body, same.body)


@pytest.mark.parametrize("label", DRAWS)
@pytest.mark.parametrize("seed", range(8))
def test_what_is_played_is_finite_and_mostly_audible(label: str, seed: int) -> None:
    player = DRAWS[label](np.random.default_rng(seed))
    played = [player.play(2.0, np.random.default_rng([seed, n])) for n in range(3)]
    assert all(np.isfinite(samples).all() and len(samples) == 2 * SAMPLE_RATE for samples in played)
    assert sum(bool(np.abs(samples).max() > 1e-3) for samples in played) >= 2
    assert np.isfinite(player.body).all() and player.body.shape == response.HERTZ.shape


@pytest.mark.parametrize("seed", SEEDS)
def test_the_clarinets_odd_partials_dominate_in_the_low_register_only(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    player = winds.draw_clarinet(np.random.default_rng(seed))
    low = partials(hold(monkeypatch, player, 53), 53, 3)
    assert low[1] < low[0] - 8 and low[1] < low[2]
    flute = partials(hold(monkeypatch, winds.draw_flute(np.random.default_rng(seed)), 62), 62, 3)
    assert flute[1] - flute[0] > low[1] - low[0]


def test_flutes_are_noisier_than_clarinets(monkeypatch: pytest.MonkeyPatch) -> None:
    flutes, clarinets = (
        [noise_share(hold(monkeypatch, draw(np.random.default_rng(s)), 67), 67) for s in range(12)]
        for draw in (winds.draw_flute, winds.draw_clarinet)
    )
    assert np.median(flutes) > np.median(clarinets) + 6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_trumpet_grows_much_brighter_with_effort(seed: int) -> None:
    """The spectrum alone: the twentieth partial of B flat 3 against the second, loud and soft."""
    spectrum = winds.draw_trumpet(np.random.default_rng(seed)).spectrum
    soft, loud = spectrum(np.array([[[233.0]]]), np.array([[[0.0], [1.0]]]), np.arange(1.0, 21.0))[0]
    assert loud[19] - loud[1] > soft[19] - soft[1] + 10


@pytest.mark.parametrize("seed", SEEDS)
def test_the_saxophones_low_notes_have_weak_fundamentals_and_all_partials(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    sax = partials(hold(monkeypatch, winds.draw_saxophone(np.random.default_rng(seed)), 46), 46, 6)
    clarinet = partials(hold(monkeypatch, winds.draw_clarinet(np.random.default_rng(seed)), 50), 50, 6)
    assert sax[1::2].mean() - sax[::2].mean() > clarinet[1::2].mean() - clarinet[::2].mean() + 6


@pytest.mark.parametrize("seed", SEEDS)
def test_violins_do_not_radiate_below_their_air_mode(seed: int) -> None:
    body = draw_violin(np.random.default_rng(seed)).body
    low, air = np.interp([130.0, 280.0], response.HERTZ, body)
    assert low < air - 8


@pytest.mark.parametrize("seed", SEEDS)
def test_pianos_and_guitars_decay_and_organs_do_not(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    fall = {
        draw.__name__: (lambda s: level(s, 2.5, 2.9) - level(s, 0.1, 0.4))(
            hold(monkeypatch, draw(np.random.default_rng(seed)), 64)
        )
        for draw in (draw_piano, guitar.draw_acoustic_guitar, draw_organ)
    }
    assert fall["draw_piano"] < -8 and fall["draw_acoustic_guitar"] < -8
    assert fall["draw_organ"] > -6


@pytest.mark.parametrize("seed", SEEDS)
def test_keys_that_are_left_fall_silent(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    for draw in (draw_organ, guitar.draw_acoustic_guitar):
        samples = hold(monkeypatch, draw(np.random.default_rng(seed)), 60, seconds=1.0)
        assert level(samples, 2.0, 3.0) < level(samples, 0.2, 0.9) - 20


def test_piano_strings_are_stiff_and_stiffer_in_the_treble() -> None:
    for seed in SEEDS:
        piano = draw_piano(np.random.default_rng(seed))
        sharp = [
            piano._tone(phrases.Note(0.0, 1.0, key, 90), 0.0, np.random.default_rng(0)).hertz[7] for key in (60, 84)
        ]
        stretch = [h / (8 * 440 * 2 ** ((k + piano.tuning - 69) / 12)) for h, k in zip(sharp, (60, 84), strict=True)]
        assert 1.0 < stretch[0] < stretch[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_distortion_sustains_and_is_dense(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    clean = guitar.draw_acoustic_guitar(np.random.default_rng(seed))
    distorted = guitar.draw_distorted_guitar(np.random.default_rng(seed))
    bright, dull = (partials(hold(monkeypatch, p, 52), 52, 16) for p in (distorted, clean))
    assert bright[7:].mean() - bright[:3].mean() > dull[7:].mean() - dull[:3].mean() + 6


@pytest.mark.parametrize("seed", SEEDS)
def test_bars_have_few_modes_that_are_not_harmonic(seed: int) -> None:
    player = draw_mallets(np.random.default_rng(seed))
    tone = player._tone(phrases.Note(0.0, 1.0, 72, 90), np.random.default_rng(0))
    assert len(tone.hertz) <= 5 and tone.hertz[1] > 2.5 * tone.hertz[0]
    assert (np.diff(tone.decay) > 0).all() and tone.amplitude.argmax() in (0, 1, 2)


def test_modes_are_what_their_formula_says() -> None:
    tone = modal.Tone(-0.2, 5.0, np.array([440.0, 881.0]), np.array([1.0, 0.5]), np.array([2.0, 9.0]), 0.0, 50.0)
    moments = np.arange(SAMPLE_RATE) / SAMPLE_RATE + 0.2
    expected = np.exp(-2 * moments) * np.cos(2 * np.pi * 440 * moments)
    expected += 0.5 * np.exp(-9 * moments) * np.cos(2 * np.pi * 881 * moments)
    assert np.abs(modal.render([tone], 1.0) - expected).max() < 2e-3


def test_notes_begin_and_end_when_they_should() -> None:
    tone = modal.Tone(0.5, 1.0, np.array([300.0]), np.array([1.0]), np.array([0.0]), 0.01, 100.0)
    samples = modal.render([tone], 2.0)
    assert not samples[: int(0.5 * SAMPLE_RATE)].any()
    assert level(samples, 0.6, 0.9) > -4 and level(samples, 1.2, 2.0) < -70


@pytest.mark.parametrize("kind", phrases.PHRASES)
def test_phrases_stay_in_their_register(kind: str) -> None:
    for seed in range(20):
        events = phrases.PHRASES[kind](3.0, 55.0, 75.0, np.random.default_rng(seed))
        assert all(52.0 <= e.pitch <= 78.0 and e.duration > 0 for e in events)
        assert all(e.start < 3.1 for e in events)


@pytest.mark.parametrize("seed", range(10))
def test_places_keep_length_and_peak_and_differ(seed: int) -> None:
    random = np.random.default_rng(seed)
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[100] = 1.0
    session, other = (recording.draw_session(response.flat(), random) for _ in range(2))
    heard = session.record(click, random)
    assert len(heard) == len(click) and np.isfinite(heard).all() and 0 < np.abs(heard).max() <= 1.0
    assert np.abs(heard).argmax() < 100 + 0.02 * SAMPLE_RATE  # the direct sound is first and strongest
    assert len(session.impulse) != len(other.impulse)
