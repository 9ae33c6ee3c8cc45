"""What a front end in C is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["magnitudes", "turned", "complex"]
Rows = list[tuple[int, NDArray[np.generic]]]
"""Of each filter, its first bin of the spectrum, and its weights from there on."""


@dataclass(frozen=True)
class Bank:
    """Filters on the spectrum of one stream of samples.

    Attributes:
        kind: "magnitudes" weighs the magnitudes of a Hann-windowed spectrum; "complex" takes the magnitude of the
            weighed spectrum; "turned" the same, of the spectrum half a sample later, with real weights.
        size: of the Fourier transform; a power of two.
        first_row: the first bin of the feature that it computes.
        rows: one a bin.
        stream: that it hears: 0 is the recording, each further one has half the rate of the one before.
        scale: what its magnitudes are multiplied by.
    """

    kind: Kind
    size: int
    first_row: int
    rows: Rows
    stream: int = 0
    scale: float = 1.0

    @property
    def weights(self) -> int:
        """How many there are."""
        return sum(len(weights) for _, weights in self.rows)


@dataclass(frozen=True)
class Front:
    """A front end.

    Attributes:
        gain: g, where magnitudes are compressed as log10(1 + g · m).
        banks: in the order of their streams, so that the one that hears farthest ahead is the last.
        halvings: taps of the filter before each slower stream, from its middle on; of both halves alike.
        edge: frames at either end of a recording in which it may differ from its feature by more than it says.
    """

    gain: float
    banks: list[Bank]
    halvings: list[NDArray[np.float32]] = field(default_factory=list)
    edge: int = 0

    def ahead(self, bank: Bank) -> int:
        """Samples from its centre on that a frame of a bank hears."""
        count = bank.size // 2
        for taps in reversed(self.halvings[: bank.stream]):
            count = 2 * (count - 1) + len(taps)
        return count


def strong(row: NDArray[np.generic], threshold: float) -> tuple[int, NDArray[np.generic]]:
    """A filter from its first to its last weight above a part of its largest."""
    places = np.flatnonzero(np.abs(row) > threshold * np.abs(row).max())
    return int(places[0]), row[places[0] : places[-1] + 1]
