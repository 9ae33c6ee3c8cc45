"""Women who sing: the source–filter voice on words, with breaths between the phrases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultralight_mir.corpora.synthetic import contour, sung_text, techniques
from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.players import phrases, response
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.voice import Singer, articulate, control_times, draw_singer, neutral, phonate

SMALLEST_WOMAN = 1.06
"""Vocal tract (formants relative to an adult man's) from which a voice counts as a woman's."""


@dataclass(frozen=True)
class SungPlayer:
    """One singer.

    Attributes:
        singer: the voice.
        words: share of the clips on words; the others are on held vowels.
        vibrato: share of the clips with vibrato.
        scoop: share of notes reached from below.
        breathy: 0…1, how far she sings with breath.
        body: the lips' and nothing else's: 0 dB.
    """

    singer: Singer
    words: float
    vibrato: float
    scoop: float
    breathy: float
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`."""
        times = control_times(duration)
        events = phrases.notes(duration, self.singer.low, self.singer.high, random)
        events = [event for event in events if event.duration > 0.09]
        habits = phrases.Habits(
            attack=(0.02, 0.12), release=(0.03, 0.15), glide=(0.02, 0.12), vibrato=self.vibrato,
            rate=(self.singer.vibrato_rate * 0.95, self.singer.vibrato_rate * 1.05),
            extent=(0.1, self.singer.vibrato_extent), swing=0.1, scoop=self.scoop, tuning=0.0, span=20.0,
        )  # fmt: skip
        line = phrases.perform(events or [contour.Event(0.2, 2.0, self.singer.low + 5.0)], times, habits, random)
        vowels = sung_text.vowels(duration if random.random() < self.words else 0.0, random)
        loud = line.level * 10.0 ** ((line.effort - 1.0) * 20.0 / 20.0)
        controls = neutral(self.singer, times, line.pitch, loud, articulate(self.singer, vowels, times, line.pitch))
        sung_text.add_consonants(controls, vowels, random)
        controls.hiss *= loud.max()
        controls.tilt += 8.0 * (0.6 - line.effort)
        if random.random() < self.breathy:
            techniques.breathy(controls, self.singer, events, random)
        self._breathe(controls.breath, float(loud.max()), line, random)
        return phonate(controls, random)

    def _breathe(self, breath: Curve, loud: float, line: phrases.Line, random: np.random.Generator) -> None:
        """An audible intake before some notes of a clip that is so `loud`, in place."""
        for event in line.events:
            if event.start > 0.3 and random.random() < 0.12:
                breath += loud * random.uniform(0.01, 0.08) * np.exp(-(((line.times - event.start + 0.2) / 0.1) ** 2))


def draw_woman(random: np.random.Generator) -> SungPlayer:
    """A random singer with a woman's vocal tract."""
    while (singer := draw_singer(random)).tract < SMALLEST_WOMAN:
        continue
    return SungPlayer(
        singer=singer,
        words=random.uniform(0.6, 1.0),
        vibrato=random.uniform(0.2, 0.9),
        scoop=random.uniform(0.05, 0.4),
        breathy=random.choice([0.0, 0.3, 0.7]),
        body=response.flat(),
    )
