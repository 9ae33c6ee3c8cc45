"""How a singing technique changes the controls of a voice: one function a technique, in place.

Each takes the controls of the untouched voice, the singer, the notes and a random generator; strengths are random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import signal

from ultralight_mir.corpora.synthetic import contour
from ultralight_mir.corpora.synthetic.contour import Curve, Event
from ultralight_mir.corpora.synthetic.voice import CONTROL_RATE, Controls, Singer

Technique = Callable[[Controls, Singer, Sequence[Event], np.random.Generator], None]


def straight(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """No technique; at most a trace of vibrato (± 12 cents), or ± 20 late in long notes."""
    if random.random() < 0.3:
        c.pitch += contour.vibrato(events, c.times, singer.vibrato_rate, random.uniform(0.0, 0.2), random, delay=0.6)
    else:
        c.pitch += contour.vibrato(events, c.times, singer.vibrato_rate, random.uniform(0.0, 0.12), random)


def vibrato(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """4.5–7 Hz, ± 35–110 cents, sine-like, loudness in step (Prame, JASA 1994 and 1997).

    On through the notes, or where there are long ones in each of its own, after its beginning.
    """
    rate = np.clip(singer.vibrato_rate + random.normal(0.0, 0.25), 4.3, 7.2)
    extent = np.clip(singer.vibrato_extent * np.exp(random.normal(0.0, 0.2)), 0.35, 1.1)
    apart = random.random() < 0.5 and max(event.duration for event in events) > 0.8
    swung = list(events) if apart else [Event(0.0, c.times[-1] + 1.0, 0.0)]
    bent = contour.vibrato(swung, c.times, float(rate), float(extent), random, delay=random.uniform(0.0, 0.3))
    c.pitch += bent
    c.loudness *= 1.0 + random.uniform(-0.25, 0.35) * bent / extent


def trill(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """Two notes a semitone or a tone apart (at times a third), 4–8 times a second, each with a plateau of its own.

    The upper note comes on top of the written one, so the mean pitch rises by half the interval.
    """
    rate = random.uniform(4.0, 8.0)
    phase = np.cumsum(rate * (1.0 + contour.wander(c.times, 3.0, 0.06, random))) / CONTROL_RATE + random.uniform()
    plateau = np.tanh(random.uniform(3.0, 6.0) * np.sin(2 * np.pi * phase))
    interval = random.choice([1.0, 2.0, 3.0], p=[0.2, 0.6, 0.2])
    c.pitch += interval * (0.5 + 0.5 * plateau / np.abs(plateau).max())
    dip = 1.0 - np.abs(plateau) ** 4
    c.loudness *= 1.0 - random.uniform(0.1, 0.6) * dip


def trillo(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """One pitch repeated by the glottis: loudness pulses 4–12 times a second, often speeding up (Caccini, 1602)."""
    start = random.uniform(4.0, 9.0)
    rate = start * random.uniform(1.0, 1.7) ** (c.times / c.times[-1])
    phase = (np.cumsum(rate * (1.0 + contour.wander(c.times, 6.0, 0.05, random))) / CONTROL_RATE) % 1.0
    share = random.uniform(0.35, 0.7)
    pulse = np.clip(np.minimum(phase / 0.12, (share + 0.2 - phase) / 0.2), 0.0, 1.0)
    floor = 10.0 ** (-random.uniform(14.0, 35.0) / 20.0)
    c.loudness *= floor + (1.0 - floor) * pulse
    c.breath += random.uniform(0.0, 0.12) * (1.0 - pulse) * (c.loudness > 0)
    c.pitch -= random.uniform(0.0, 0.4) * (1.0 - pulse)


def breathy(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """A glottis that does not close: long open phase, steep tilt, aspiration (Klatt & Klatt, 1990).

    Harmonics are some 12 dB above the noise in a slightly breathy voice, below it in one that nearly whispers.
    """
    strength = random.uniform(0.4, 1.0)
    c.open_quotient += 0.28 * strength
    c.tilt += random.uniform(6.0, 14.0) * strength
    c.breath += np.exp(random.uniform(np.log(0.03), np.log(0.35))) * np.maximum(c.loudness, 0.02)
    c.damping *= 1.0 + random.uniform(0.2, 0.8) * strength
    c.pitch += contour.vibrato(events, c.times, singer.vibrato_rate, random.uniform(0.0, 0.2), random)


def belt(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """Pressed, loud chest voice: long closed phase, flat tilt, raised first formant (Sundberg et al., 1993)."""
    strength = random.uniform(0.7, 1.0)
    c.pitch += random.uniform(1.0, 6.0)
    c.open_quotient -= 0.22 * strength
    c.tilt *= 1.0 - 0.9 * strength
    c.breath *= 0.3
    raised = np.array([1.0 + 0.35 * strength, 1.0 + 0.12 * strength])
    c.formants[:, :2] *= raised
    c.formants.sort(axis=1)
    c.loudness = c.loudness ** random.uniform(0.5, 1.0)
    if random.random() < 0.4:
        c.pitch += contour.vibrato(events, c.times, singer.vibrato_rate, random.uniform(0.1, 0.35), random, delay=0.5)


def vocal_fry(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """Separate pulses at 20–70 Hz, irregular, well damped between them (Hollien & Michel, JSHR 1968)."""
    rate = random.uniform(22.0, 70.0)
    around = contour.wander(c.times, 4.0, 1.5, random)
    c.pitch = contour.to_midi(rate) + 0.25 * (c.pitch - c.pitch.mean()) + around
    c.jitter = random.uniform(0.05, 0.25)
    c.shimmer = random.uniform(0.1, 0.35)
    c.open_quotient = np.full(len(c.times), random.uniform(0.25, 0.45))
    c.damping *= random.uniform(1.0, 1.8)


def lip_trill(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """Lips that flap 15–30 times a second before a closed mouth: loudness flutters, little is left above 1 kHz."""
    rate = random.uniform(15.0, 30.0) * (1.0 + contour.wander(c.times, 5.0, 0.06, random))
    phase = np.cumsum(rate) / CONTROL_RATE + random.uniform()
    opened = (0.5 + 0.5 * np.sin(2 * np.pi * phase)) ** random.uniform(0.7, 2.0)
    depth = random.uniform(0.5, 0.95)
    c.loudness *= 1.0 - depth + depth * opened
    c.formants[:, 0] = random.uniform(230.0, 360.0)
    c.formants[:, 1] = 600.0 + 0.4 * (c.formants[:, 1] - 600.0)
    c.formants.sort(axis=1)
    c.damping *= random.uniform(1.2, 2.0)
    c.tilt += random.uniform(8.0, 18.0)
    c.breath += random.uniform(0.0, 0.15) * opened * (c.loudness > 0.02)


def inhaled(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """Sung while breathing in: rough, breaking voice under the stream's noise (Vanhecke et al., J. Voice 2017)."""
    c.pitch += random.uniform(-2.0, 6.0) + contour.wander(c.times, 12.0, random.uniform(0.2, 0.8), random)
    c.jitter = random.uniform(0.02, 0.08)
    c.shimmer = random.uniform(0.1, 0.35)
    c.open_quotient += random.uniform(0.0, 0.2)
    c.tilt += random.uniform(0.0, 12.0)
    breaks = contour.wander(c.times, 8.0, 1.0, random) > random.uniform(0.3, 1.5)
    c.loudness *= np.where(_smooth(breaks.astype(float)) > 0.5, random.uniform(0.0, 0.3), 1.0)
    stream = contour.gate(events, c.times, 0.1, 0.2) * np.exp(contour.wander(c.times, 4.0, 0.3, random))
    c.breath += random.uniform(0.15, 0.6) * stream
    c.damping *= random.uniform(1.0, 2.0)


def spoken(c: Controls, singer: Singer, events: Sequence[Event], random: np.random.Generator) -> None:
    """Speech: pitch that falls over a phrase with accents on syllables, 3–6 of them a second, never a steady note."""
    centre = singer.low + random.uniform(1.0, 9.0)
    phrase = random.uniform(1.0, 2.5)
    fall = random.uniform(3.0, 8.0) * (((c.times + random.uniform(0.0, phrase)) % phrase) / phrase - 0.5)
    c.pitch = centre - fall + contour.wander(c.times, random.uniform(3.0, 6.0), random.uniform(1.5, 3.0), random)
    syllables = np.cumsum(random.uniform(0.12, 0.35, 40))
    strength = np.where(random.random(40) < 0.2, 0.0, random.uniform(0.3, 1.0, 40))
    c.loudness = np.interp(c.times, syllables, strength) * np.exp(contour.wander(c.times, 8.0, 0.3, random))
    moved = np.stack([contour.wander(c.times, 5.0, d, random) for d in (0.2, 0.2, 0.06)], axis=1)
    c.formants[:, :3] *= np.exp(moved)
    c.formants.sort(axis=1)
    c.breath = singer.breath * c.loudness
    pauses = np.diff(strength, prepend=1.0) < -0.4
    for moment in syllables[pauses]:
        c.hiss += random.uniform(0.0, 0.12) * np.clip(1.0 - np.abs(c.times - moment) / 0.06, 0.0, 1.0)


def _smooth(curve: Curve) -> Curve:
    window = signal.windows.hann(15)
    smoothed: Curve = np.convolve(curve, window / window.sum(), "same")
    return smoothed


TECHNIQUES: dict[str, Technique] = {
    "belt": belt,
    "breathy": breathy,
    "inhaled": inhaled,
    "lip_trill": lip_trill,
    "spoken": spoken,
    "straight": straight,
    "trill": trill,
    "trillo": trillo,
    "vibrato": vibrato,
    "vocal_fry": vocal_fry,
}
"""VocalSet's ten names (Wilkins et al., ISMIR 2018)."""
