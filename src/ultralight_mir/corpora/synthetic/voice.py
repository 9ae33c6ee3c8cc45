"""A source–filter voice: glottal pulses and breath noise through a cascade of formants.

The source is KLGLOTT88 (Klatt & Klatt, JASA 87(2), 1990): its derivative is x (2 − 3 x) over the open phase (x = 0…1)
and zero after, with an open quotient and a spectral tilt; aspiration noise is modulated by the open phase. Vowels are
Hillenbrand et al. (JASA 97(5), 1995), men, scaled by the length of the vocal tract. Controls change `CONTROL_RATE`
times a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ultralight_mir.corpora.synthetic.contour import Curve, to_hertz
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE

HOP = 105
"""Samples a control frame."""
CONTROL_RATE = SAMPLE_RATE / HOP
"""Control frames a second: 210."""
BLOCK = 4
"""Control frames between two settings of the filters."""

VOWELS = {
    "i": (342.0, 2322.0, 3000.0, 3657.0),
    "ɪ": (427.0, 2034.0, 2684.0, 3618.0),
    "ɛ": (580.0, 1799.0, 2605.0, 3677.0),
    "æ": (588.0, 1952.0, 2601.0, 3624.0),
    "ɑ": (768.0, 1333.0, 2522.0, 3687.0),
    "ɔ": (652.0, 997.0, 2538.0, 3486.0),
    "o": (497.0, 910.0, 2459.0, 3384.0),
    "u": (378.0, 997.0, 2343.0, 3357.0),
}
"""First four formants in Hz of a vocal tract of `Singer.tract` = 1."""
HIGHER = np.arange(4500.0, 10_000.0, 1000.0)
"""Formants above the fourth, in Hz: the odd quarter waves of a uniform tube."""
BANDWIDTHS = np.array([70.0, 90.0, 120.0, 160.0, *np.linspace(220.0, 600.0, len(HIGHER))])
"""Hz, of all formants."""


@dataclass(frozen=True)
class Singer:
    """What stays the same over all clips of one voice.

    Attributes:
        low, high: comfortable range, MIDI numbers.
        tract: formants relative to an adult man's (1.15: woman, 1.3: child).
        vowels: this voice's own shift of every formant, ratios `[formants]`.
        ring: 0…1, how far the third to fifth formants gather near 2.9 kHz (the singer's formant; Sundberg, 1974).
        open_quotient: share of the period that the glottis is open.
        tilt: dB at 3 kHz that the source loses.
        breath: aspiration noise relative to the voice's amplitude.
        jitter, shimmer: relative deviation of period and amplitude from cycle to cycle.
        vibrato_rate, vibrato_extent: Hz, and ± semitones.
    """

    low: float
    high: float
    tract: float
    vowels: Curve
    ring: float
    open_quotient: float
    tilt: float
    breath: float
    jitter: float
    shimmer: float
    vibrato_rate: float
    vibrato_extent: float


@dataclass
class Controls:
    """How a voice moves, one value a control frame; techniques change it in place.

    Attributes:
        times: seconds, `[frames]`.
        pitch: MIDI number, `[frames]`.
        loudness: amplitude of the voiced source, 0…1, `[frames]`.
        open_quotient, tilt: of the source, as in `Singer`, `[frames]`.
        breath: amplitude of the aspiration noise, `[frames]`.
        hiss: amplitude of noise made at the teeth (fricatives), `[frames]`.
        formants: Hz, `[frames, formants]`.
        damping: factor on all bandwidths, `[frames]`.
        jitter, shimmer: as in `Singer`.
    """

    times: Curve
    pitch: Curve
    loudness: Curve
    open_quotient: Curve
    tilt: Curve
    breath: Curve
    hiss: Curve
    formants: Curve
    damping: Curve
    jitter: float
    shimmer: float


def draw_singer(random: np.random.Generator) -> Singer:
    """A random voice, from bass to soprano."""
    size = random.uniform(0.0, 1.0)
    low = 38.0 + 20.0 * size + random.normal(0.0, 1.5)
    count = 4 + len(HIGHER)
    return Singer(
        low=low,
        high=low + random.uniform(17.0, 24.0),
        tract=0.94 + 0.26 * size + random.normal(0.0, 0.03),
        vowels=np.exp(random.normal(0.0, 0.05, count)),
        ring=random.uniform(0.0, 1.0) if random.random() < 0.5 else 0.0,
        open_quotient=random.uniform(0.48, 0.68),
        tilt=random.uniform(4.0, 12.0),
        breath=float(np.exp(random.uniform(np.log(0.002), np.log(0.03)))),  # 15 dB harmonics to noise or more
        jitter=random.uniform(0.001, 0.008),
        shimmer=random.uniform(0.01, 0.06),
        vibrato_rate=random.uniform(4.5, 7.0),
        vibrato_extent=random.uniform(0.4, 0.95),
    )


def control_times(duration: float) -> Curve:
    """Times of the control frames of `duration` seconds."""
    return np.arange(round(duration * SAMPLE_RATE / HOP)) / CONTROL_RATE


def articulate(singer: Singer, vowels: Sequence[tuple[float, str]], times: Curve, pitch: Curve) -> Curve:
    """Formants in Hz, `[times, formants]`: vowels from (start in seconds, name) on, each reached within about 80 ms.

    The first formant follows the pitch where the pitch rises above it, as singers tune it.
    """
    shapes = np.array([[*VOWELS[name], *HIGHER] for _, name in vowels]) * singer.tract * singer.vowels
    gathered = 2900.0 + 250.0 * np.arange(-1, 2)
    shapes[:, 2:5] += 0.7 * singer.ring * (gathered - shapes[:, 2:5])
    knots = np.array([moment for start, _ in vowels for moment in (start - 0.04, start + 0.04)][1:])
    path = np.repeat(shapes, 2, axis=0)[:-1] if len(vowels) > 1 else shapes
    formants = np.stack([np.interp(times, knots[: len(path)], column) for column in path.T], axis=1)
    formants[:, 0] = np.maximum(formants[:, 0], to_hertz(pitch))
    return np.sort(formants, axis=1)


def neutral(singer: Singer, times: Curve, pitch: Curve, loudness: Curve, formants: Curve) -> Controls:
    """The singer's own voice, with no technique."""
    steady = np.ones(len(times))
    return Controls(
        times=times,
        pitch=pitch.copy(),
        loudness=loudness.copy(),
        open_quotient=singer.open_quotient * steady,
        tilt=singer.tilt * steady,
        breath=singer.breath * loudness,
        hiss=0.0 * steady,
        formants=formants.copy(),
        damping=steady.copy(),
        jitter=singer.jitter,
        shimmer=singer.shimmer,
    )


def phonate(controls: Controls, random: np.random.Generator) -> NDArray[np.float32]:
    """Samples `[frames · HOP]` at `SAMPLE_RATE`, peak 1."""
    count = len(controls.times) * HOP
    moments = np.arange(count) / HOP

    def fine(curve: Curve) -> Curve:
        return np.interp(moments, np.arange(len(curve)), curve)

    phase, cycle, step = _cycles(fine(to_hertz(controls.pitch)), controls.jitter, random)
    openness = np.clip(fine(controls.open_quotient), 0.2, 0.95)
    amplitude = fine(controls.loudness) * (1.0 + controls.shimmer * random.standard_normal(cycle[-1] + 2)[cycle])
    x = np.minimum(phase / openness, 1.0)
    voiced = amplitude * (
        x * (2.0 - 3.0 * x) + np.where(phase >= openness, 1.0, 0.0) + _step_residual(phase - openness, step)
    )
    opening = x * x * (1.0 - x) * 6.75
    noise = random.standard_normal(count)
    aspiration = fine(controls.breath) * noise * (0.4 + 0.6 * opening)
    sound = _filter(voiced, aspiration, controls)
    if controls.hiss.any():
        edge = random.uniform(2500.0, 5500.0)
        sos = signal.butter(2, edge, "highpass", fs=SAMPLE_RATE, output="sos")
        sound += signal.sosfilt(sos, fine(controls.hiss) * random.standard_normal(count))
    return (sound / (np.abs(sound).max() + 1e-9)).astype(np.float32)


def _cycles(f0: Curve, jitter: float, random: np.random.Generator) -> tuple[Curve, NDArray[np.int64], Curve]:
    """Phase in its cycle (0…1), index of the cycle, and phase increment, `[samples]` each."""
    step = f0 / SAMPLE_RATE
    cycle = np.cumsum(step).astype(np.int64)
    step = step * np.exp(jitter * random.standard_normal(cycle[-1] + 2)[cycle])
    total = np.cumsum(step) + random.uniform()
    cycle = total.astype(np.int64)
    return total - cycle, cycle, step


def _step_residual(distance: Curve, step: Curve) -> Curve:
    """PolyBLEP: what turns a unit step at `distance` = 0 (in cycles) into a band-limited one."""
    t = distance / step
    after = np.where((t >= 0) & (t < 1), -0.5 * (1 - t) ** 2, 0.0)
    before = np.where((t < 0) & (t > -1), 0.5 * (1 + t) ** 2, 0.0)
    return after + before


def _filter(voiced: Curve, aspiration: Curve, controls: Controls) -> Curve:
    """The tilt on the voiced source, then all formants on both, with coefficients that change every `BLOCK` frames."""
    blocks, width = slice(None, None, BLOCK), BLOCK * HOP
    pole = _tilt_poles(controls.tilt[blocks])
    sections = _resonators(controls.formants[blocks], controls.damping[blocks])
    tilted, sound = np.empty_like(voiced), np.empty_like(voiced)
    memory, state = np.zeros(1), np.zeros((sections.shape[1], 2))
    for number, (p, sos) in enumerate(zip(pole, sections, strict=True)):
        here = slice(number * width, (number + 1) * width)
        tilted[here], memory = signal.lfilter([1.0 - p], [1.0, -p], voiced[here], zi=memory)
        sound[here], state = signal.sosfilt(sos, tilted[here] + aspiration[here], zi=state)
    return sound


def _tilt_poles(tilt: Curve) -> Curve:
    """Poles of one-pole low-passes (gain 1 at DC) that lose `tilt` dB at 3 kHz, `[frames]`."""
    power = 10.0 ** (np.clip(tilt, 0.1, 34.0) / 10.0)
    cosine = np.cos(2 * np.pi * 3000.0 / SAMPLE_RATE)
    # |H|² = (1 − p)² / (1 − 2 p cos ω + p²) = 1 / power, solved for p.
    middle = (power - cosine) / (power - 1.0)
    poles: Curve = middle - np.sqrt(np.maximum(middle**2 - 1.0, 0.0))
    return poles


def _resonators(formants: Curve, damping: Curve) -> Curve:
    """Klatt's digital resonators with gain 1 at DC as second-order sections, `[frames, formants, 6]`."""
    inside = np.clip(formants, 100.0, SAMPLE_RATE / 2 * 0.97)
    radius = np.exp(-np.pi * BANDWIDTHS * damping[:, None] / SAMPLE_RATE)
    sections = np.zeros((*formants.shape, 6))
    sections[..., 3] = 1.0
    sections[..., 4] = -2.0 * radius * np.cos(2 * np.pi * inside / SAMPLE_RATE)
    sections[..., 5] = radius**2
    sections[..., 0] = sections[..., 3:].sum(axis=-1)
    return sections
