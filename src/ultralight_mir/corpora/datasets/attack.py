"""Where the one stroke of a recording begins, for data sets that publish single strokes and no times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ultralight_mir import audio
from ultralight_mir.annotations import Events

WINDOW = 0.003
"""Seconds whose energy is taken together: a tenth of the narrower window that onsets are judged by, or so."""
SHARE = 0.01
"""Part of the greatest energy (−20 dB): above the noise of a studio, and reached as soon as a stroke sounds."""


def attack(mono: NDArray[np.float32], sample_rate: int) -> float:
    """When a recording's one stroke begins, in seconds; the same for the same samples, at any level.

    The rule: the first sample at which the energy of the last `WINDOW` seconds reaches `SHARE` of the greatest that it
    is anywhere in the recording. It looks back only, so that no stroke begins before it sounds. 0 for silence.

    Args:
        mono: samples `[samples]`, at least one.
        sample_rate: in Hz.
    """
    size = max(1, round(WINDOW * sample_rate))
    summed = np.cumsum(np.square(mono, dtype=np.float64))
    energy = summed.copy()
    energy[size:] -= summed[:-size]
    return float(np.argmax(energy >= SHARE * energy.max()) / sample_rate)


@dataclass(frozen=True)
class Attack:
    """The annotation of a recording of one stroke: one onset, located by `attack` and not by a listener."""

    audio: str
    suffix: ClassVar[str] = Events.suffix

    def until(self, duration: float) -> Events:
        """One event, if it is before `duration` seconds.

        Raises:
            InputError: the recording is unreadable.
        """
        recording = audio.read(Path(self.audio))
        return Events(np.array([attack(recording.mono, recording.sample_rate)])).until(duration)
