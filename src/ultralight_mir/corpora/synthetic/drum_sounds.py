"""A drummer's sounds, from the font's kits and synthesised drums, played hit by hit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import signal

from ultralight_mir.annotations.midi import CLASSES, DRUMS
from ultralight_mir.corpora.synthetic.drum_patterns import Hit
from ultralight_mir.corpora.synthetic.drum_synthesis import SYNTHESES, Samples
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part, render
from ultralight_mir.corpora.synthetic.randomise import equalise

TONE = 10.0
"""dB: three standard deviations of each octave's gain, sound by sound."""
LONGEST = 2.5
"""Seconds of a hit, at most."""
ORCHESTRA = 48
"""The kit whose hi-hats and ride lie on other keys than General MIDI's, and timpani in place of toms."""


@dataclass(frozen=True)
class Role:
    """What a drum is for: the font's keys for it, which synthesis, its usual level in dB."""

    keys: tuple[int, ...]
    syntheses: tuple[str, ...]
    level: float

    @property
    def label(self) -> str:
        """Its class in annotations: that of its keys, which all have the same."""
        return CLASSES[self.keys[0]]


ROLES = {
    "kick": Role((35, 36), ("kick",), 0.0),
    "snare": Role((38, 40), ("snare",), -1.0),
    "side": Role((37,), ("side",), -4.0),
    "closed": Role((42,), ("closed",), -7.0),
    "loose": Role((46,), ("loose",), -8.0),
    "open": Role((46,), ("open",), -8.0),
    "pedal": Role((44,), ("pedal",), -10.0),
    "ride": Role((51, 59), ("ride",), -11.0),
    "bell": Role((53,), ("bell",), -11.0),
    "crash": Role((49, 52, 55, 57), ("crash",), -8.0),
    "high_tom": Role((48, 50), ("tom",), -3.0),
    "middle_tom": Role((45, 47), ("tom",), -3.0),
    "low_tom": Role((41, 43), ("tom",), -3.0),
    "shaker": Role((54, 69, 70, 82), ("shaker",), -12.0),
    "percussion": Role(DRUMS["OT"], ("clap", "bell", "shaker"), -6.0),
}
"""Every drum note of General MIDI has a place here."""
ORCHESTRA_KEYS = {"closed": (27,), "pedal": (28,), "loose": (29,), "open": (29,), "ride": (30,)}
CHOKES = {"closed", "pedal", "loose"}
"""Hits that end an open hi-hat."""


@dataclass(frozen=True)
class Sound:
    """One drum of a kit: a loud hit, a dull one for soft strokes to lean on, and a level (1 = full scale)."""

    samples: Samples
    dull: Samples
    level: float

    def hit(self, velocity: float, random: np.random.Generator) -> Samples:
        """`velocity` in 0…1; soft hits are duller; no two hits are the same."""
        brightness = min(max(0.25 + 0.75 * velocity + random.normal(0.0, 0.08), 0.0), 1.0)
        gain = np.float32(self.level * velocity**1.4 * 10 ** (random.normal(0.0, 0.8) / 20))
        return gain * (np.float32(brightness) * self.samples + np.float32(1 - brightness) * self.dull)


@dataclass(frozen=True)
class Shot:
    """A drum of the font: the kit and the key."""

    program: int
    key: int


def choose(role: str, shots: Sequence[Shot], random: np.random.Generator) -> Sound:
    """A sound for `role`: one of `shots`, synthesised, or both layered; pitch, decay and tone at random.

    Without shots it is synthesised.
    """
    what = ROLES[role]
    draw = random.random() if shots else 1.0
    layers = []
    if draw < 0.6:
        layers.append(_from_font(shots[int(random.integers(len(shots)))], random))
    if draw > 0.45:
        layers.append(SYNTHESES[str(random.choice(what.syntheses))](random) * random.uniform(0.5, 1.0))
    samples = np.zeros(max(map(len, layers)), np.float32)
    for layer in layers:
        samples[: len(layer)] += layer
    if random.random() < 0.4:
        samples = samples * np.exp(-np.arange(len(samples)) / (SAMPLE_RATE * random.uniform(0.08, 0.8))).astype(
            np.float32
        )
    samples = equalise(samples, SAMPLE_RATE, random, depth=TONE)
    samples /= np.abs(samples).max() + 1e-9
    level = 10 ** ((what.level + random.normal(0.0, 3.5)) / 20)
    return Sound(samples, _low_passed(samples, random.uniform(1500, 5000)), level)


@cache
def recorded(drum: Shot) -> Samples:
    """One hit, its onset at sample 0, peak 1; float32 `[samples]`, at most 2.5 s."""
    samples = render([Part(drum.program, [Note(0.0, LONGEST, drum.key, 112)], is_drum=True)], LONGEST)
    level = np.abs(samples) / (np.abs(samples).max() + 1e-12)
    loud, audible = np.flatnonzero(level > 0.03), np.flatnonzero(level > 0.001)
    return samples[max(0, loud[0] - 20) : audible[-1] + 1] / np.abs(samples).max()


def _from_font(drum: Shot, random: np.random.Generator) -> Samples:
    found = recorded(drum)
    ratio = np.exp(random.normal(0.0, 0.2))
    place = np.arange(0, len(found) - 1, ratio)
    return np.interp(place, np.arange(len(found)), found).astype(np.float32)


def _low_passed(samples: Samples, cutoff: float) -> Samples:
    """First order: no ringing, nothing ahead of the onset."""
    pole = np.exp(-2 * np.pi * cutoff / SAMPLE_RATE)
    return np.asarray(signal.lfilter([1 - pole], [1, -pole], samples), np.float32)


def mix(hits: Sequence[Hit], sounds: Mapping[str, Sound], duration: float, random: np.random.Generator) -> Samples:
    """All hits (in order of time) as one track `[duration · SAMPLE_RATE]`; a closed hi-hat chokes an open one."""
    length = round(duration * SAMPLE_RATE)
    track = np.zeros(length, np.float32)
    closings = [hit.time for hit in hits if hit.role in CHOKES]
    for hit in hits:
        start = round(hit.time * SAMPLE_RATE)
        sound = sounds[hit.role].hit(hit.velocity, random)
        if hit.role in ("open", "loose"):
            following = next((time for time in closings if time > hit.time + 0.02), duration)
            sound = _choked(sound, round((following - hit.time) * SAMPLE_RATE))
        sound = sound[: max(0, length - start)]
        track[start : start + len(sound)] += sound
    return track


def _choked(samples: Samples, end: int) -> Samples:
    fade = int(0.01 * SAMPLE_RATE)
    if end >= len(samples):
        return samples
    cut = samples[: end + fade].copy()
    cut[end:] *= np.linspace(1.0, 0.0, len(cut) - end)
    return cut
