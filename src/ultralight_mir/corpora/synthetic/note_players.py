"""Who plays notes: a preset of the sound font, or a drawn timbre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.corpora.synthetic import wavetable
from ultralight_mir.corpora.synthetic.midi import Note, Part
from ultralight_mir.corpora.synthetic.tuning import render_tuned

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Preset:
    """A General MIDI program, 0-based."""

    program: int

    @property
    def group(self) -> str:
        """Its name."""
        return f"program-{self.program:03d}"

    def play(self, notes: Sequence[Note], duration: float, cents: float) -> Samples:
        """The notes, `cents` sharp: `[duration · SAMPLE_RATE]`."""
        return render_tuned([Part(self.program, notes)], duration, cents)


@dataclass(frozen=True)
class Drawn:
    """A timbre, by the number that it is drawn from (`sources.draw_seed`)."""

    seed: int

    @property
    def group(self) -> str:
        """Its name."""
        return f"timbre-{self.seed:010x}"

    def play(self, notes: Sequence[Note], duration: float, cents: float) -> Samples:
        """The notes, `cents` sharp: `[duration · SAMPLE_RATE]`."""
        return wavetable.play(_timbre(self.seed), notes, duration, cents)


@lru_cache(maxsize=8)
def _timbre(seed: int) -> wavetable.Timbre:
    return wavetable.draw_timbre(np.random.default_rng(seed))


Player = Preset | Drawn
"""Equal ones sound the same."""
