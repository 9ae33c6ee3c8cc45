"""Singing techniques: three seconds of a random singer by a source–filter voice, in one of VocalSet's ten techniques.

Every technique is sung in every setting (a long note, a scale, an arpeggio, a phrase, a sung text) by every kind of
voice, with a random strength, in a random room: no single cue tells the techniques apart. Groups are singers; each
singer sings every technique. The recipes follow what is measured of the techniques in song: each names its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ultralight_mir.corpora.synthetic import contour, randomise, sung_text
from ultralight_mir.corpora.synthetic.contour import Event
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.sources import draw_seed
from ultralight_mir.corpora.synthetic.techniques import TECHNIQUES
from ultralight_mir.corpora.synthetic.voice import (
    Singer,
    articulate,
    control_times,
    draw_singer,
    neutral,
    phonate,
)

STREAM = 1
"""Of random numbers: no other corpus draws these."""
DURATION = 3.0
"""Seconds a clip."""
SETTINGS = {"long": 0.2, "scale": 0.15, "arpeggio": 0.15, "phrase": 0.15, "text": 0.35}
"""What is sung → its share of the clips."""
CLIPS_PER_SINGER = 10
"""Each technique once."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """`count` clips of a split, singer by singer.

    With few clips a singer sings fewer techniques, so that there are never fewer than ten singers.
    """
    each = max(1, min(CLIPS_PER_SINGER, count // 10))
    names = list(TECHNIQUES)
    for number in range(count):
        place, turn = divmod(number, each)
        if turn == 0:
            seed = draw_seed(random)
            singer = draw_singer(np.random.default_rng(seed))
            order = np.roll(
                random.permutation(len(names)) if each == len(names) else np.arange(len(names)), -place * each
            )
        technique = names[order[turn]]
        samples = _clip(singer, technique, random)
        yield Excerpt(samples, SAMPLE_RATE, "", "", technique, f"singer-{seed:010x}")


def _clip(singer: Singer, technique: str, random: np.random.Generator) -> Samples:
    times = control_times(DURATION)
    events, vowels = _setting(str(random.choice(list(SETTINGS), p=list(SETTINGS.values()))), singer, random)
    pitch = contour.glide(events, times, random.uniform(0.03, 0.12)) + contour.wander(times, 5.0, 0.06, random)
    loudness = contour.gate(events, times, random.uniform(0.02, 0.12), random.uniform(0.03, 0.15))
    loudness *= np.exp(contour.wander(times, 2.0, 0.15, random))
    controls = neutral(singer, times, pitch, loudness, articulate(singer, vowels, times, pitch))
    sung_text.add_consonants(controls, vowels, random)
    TECHNIQUES[technique](controls, singer, events, random)
    return _record(phonate(controls, random), random)


def _setting(name: str, singer: Singer, random: np.random.Generator) -> tuple[list[Event], list[tuple[float, str]]]:
    """Notes, and vowels as (start in seconds, name)."""
    margin = random.uniform(0.0, 0.25)
    if name == "long":
        events = [Event(margin, DURATION - margin - random.uniform(0.0, 0.3), random.uniform(singer.low, singer.high))]
    elif name in ("scale", "arpeggio"):
        events = _run((0, 2, 4, 5, 7, 9, 11, 12) if name == "scale" else (0, 4, 7, 12, 7, 4), singer, margin, random)
    else:
        events = contour.melody(DURATION, singer.low, singer.high, random, rests=0.1, shortest=0.3)
    return events, sung_text.vowels(DURATION if name == "text" else 0.0, random)


def _run(steps: Sequence[int], singer: Singer, margin: float, random: np.random.Generator) -> list[Event]:
    root = random.uniform(singer.low, singer.high - 12.0)
    length = random.choice([random.uniform(0.18, 0.3), random.uniform(0.35, 0.8)])
    way = list(steps if random.random() < 0.5 else steps[::-1]) * 4
    first = int(random.integers(len(steps)))
    count = max(1, int((DURATION - margin) / length))
    return [Event(margin + i * length, length, root + p) for i, p in enumerate(way[first : first + count])]


def _record(samples: Samples, random: np.random.Generator) -> Samples:
    """A microphone and a room: gentle, as the noise of breath and the modulations must survive."""
    if random.random() < 0.8:
        samples = randomise.equalise(samples, SAMPLE_RATE, random, depth=6.0)
    if random.random() < 0.3:
        samples = randomise.compress(samples, SAMPLE_RATE, random)
    if random.random() < 0.6:
        samples = randomise.reverberate(samples, SAMPLE_RATE, random, longest=0.5)
    if random.random() < 0.7:
        samples = randomise.add_noise(samples, random, lowest=28.0)
    return randomise.set_level(samples, random)
