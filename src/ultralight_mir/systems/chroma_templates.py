"""Chords by the template that a chroma vector is most like, smoothed."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.chords import Chords
from ultralight_mir.systems.base import System
from ultralight_mir.tasks.base import Output
from ultralight_mir.tasks.chord import Chord

HOP = 2048
STAY = 0.9
"""Probability that a chord goes on, a frame."""
SHARPNESS = 10.0
"""How much likelier than another a chord is whose template is more like what is heard by one (cosine)."""
QUIET = 0.02
"""Root mean square below which, relative to the loudest frame, no chord sounds."""


class ChromaTemplates(System):
    """Binary templates of the 24 major and minor triads, and the best path through how like them the chroma is."""

    name = "chroma_templates"
    task = "chord"
    about = "templates on librosa's constant-Q chroma (Fujishima, ICMC 1999), smoothed"

    def estimate(self, samples: NDArray[np.float32], sample_rate: int) -> Chords:
        """Intervals, to about 0.1 s."""
        import librosa

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # librosa warns of short recordings
            chroma = librosa.feature.chroma_cqt(y=samples, sr=sample_rate, hop_length=HOP, norm=2)
        loudness = librosa.feature.rms(y=samples, hop_length=HOP)[0][: chroma.shape[1]]
        likeness = _templates() @ chroma[:, : len(loudness)]
        silent = np.where(loudness < QUIET * loudness.max(), 2.0, 0.0)[None]
        scores = np.exp(SHARPNESS * np.concatenate((likeness, silent)))
        task = Chord()
        times = np.arange(scores.shape[1]) * (HOP / sample_rate)
        return task.decode(Output((scores / scores.sum(axis=0)).T, times), {"self_transition": STAY})


def _templates() -> NDArray[np.float64]:
    """`[24, 12]`, in the order of `Chord.classes`, each of length 1."""
    triads = [[(root + step) % 12 for step in steps] for steps in ((0, 4, 7), (0, 3, 7)) for root in range(12)]
    rows = np.zeros((24, 12))
    for row, notes in zip(rows, triads, strict=True):
        row[notes] = 1 / np.sqrt(3)
    return rows
