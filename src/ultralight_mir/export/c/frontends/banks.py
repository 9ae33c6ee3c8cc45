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
        slower: times slower than the recording its stream is.
        first_row: the first bin of the feature that it computes.
        rows: one a bin.
    """

    kind: Kind
    size: int
    first_row: int
    rows: Rows
    slower: int = 1

    @property
    def weights(self) -> int:
        """How many there are."""
        return sum(len(weights) for _, weights in self.rows)


@dataclass(frozen=True)
class Front:
    """A front end.

    Attributes:
        gain: g, where magnitudes are compressed as log10(1 + g · m).
        banks: the one that hears farthest ahead last.
        taps: of the filter before the slower stream, from its middle on; of both halves alike.
        edge: frames at either end of a recording in which it may differ from its feature by more than it says.
    """

    gain: float
    banks: list[Bank]
    taps: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    edge: int = 0

    @property
    def slower(self) -> int:
        """Times that the slower stream is slower than the recording; 1 where there is none."""
        return max(bank.slower for bank in self.banks)

    def ahead(self, bank: Bank) -> int:
        """Samples after its centre that a frame of a bank hears."""
        return bank.size // 2 * bank.slower + (len(self.taps) if bank.slower > 1 else 0)


def strong(row: NDArray[np.generic], threshold: float) -> tuple[int, NDArray[np.generic]]:
    """A filter from its first to its last weight above a part of its largest."""
    places = np.flatnonzero(np.abs(row) > threshold * np.abs(row).max())
    return int(places[0]), row[places[0] : places[-1] + 1]
