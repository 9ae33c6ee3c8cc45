"""A nonsense text to sing: which vowels follow each other, and the consonants between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultralight_mir.corpora.synthetic.voice import VOWELS, Controls


def vowels(duration: float, random: np.random.Generator) -> list[tuple[float, str]]:
    """Vowels as (start in seconds, name): the first at 0, others up to `duration`, 0.2–0.6 s apart."""
    starts = np.cumsum(random.uniform(0.2, 0.6, int(duration / 0.2) + 1))
    names = list(VOWELS)
    return [(float(start), str(random.choice(names))) for start in (0.0, *starts[starts < duration])]


def add_consonants(controls: Controls, vowels: Sequence[tuple[float, str]], random: np.random.Generator) -> None:
    """Between the vowels of a text, stops, fricatives or nothing; in place."""
    for start, _ in vowels[1:]:
        kind = random.choice(["none", "stop", "fricative"])
        if kind == "none":
            continue
        long = random.uniform(0.03, 0.1)
        near = np.clip(1.0 - np.abs(controls.times - start) / long, 0.0, 1.0)
        controls.loudness *= 1.0 - near * random.uniform(0.5, 1.0)
        if kind == "fricative":
            controls.hiss += random.uniform(0.02, 0.12) * near
