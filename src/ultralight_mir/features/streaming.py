"""A feature of a recording of any length, a piece at a time, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.features.base import Feature, Samples

Rows = NDArray[np.float16]
PIECE = 1024
"""Frames that are computed at a time, at most."""
LONG = 2**19
"""Samples that are, at most."""


def inputs_in_pieces(feature: Feature, blocks: Iterable[Samples], piece: int = PIECE) -> Iterator[Rows]:
    """What `Feature.inputs` gives of all blocks together, some frames at a time.

    A piece is computed from its own samples and `Feature.reach` more on either side. So it is what it would be in the
    whole recording, but for rounding (below half of float16's; a feature's own filters may add to it).

    Args:
        blocks: samples at the feature's rate, of any lengths.
        piece: frames at a time, fewer where they are `LONG`; the last one may be longer.
    """
    if feature.reach is None:
        yield feature.inputs(np.concatenate(list(blocks)))
        return
    piece = max(1, min(piece, LONG // feature.hop))
    margin = -(-feature.reach // feature.hop)  # in frames, so that a piece begins at a frame's centre
    held = np.zeros(0, np.float32)
    before = 0  # frames of margin that `held` begins with
    for block in blocks:
        held = np.concatenate((held, block))
        # One margin more than is heard: what remains is never so short that a frame at its edge hears the padding.
        while len(held) >= (before + piece + 2 * margin + 1) * feature.hop:
            rows = feature.inputs(held[: (before + piece + margin) * feature.hop])
            yield _part(feature, rows, before, before + piece)
            kept = before + piece - margin
            held, before = held[max(0, kept) * feature.hop :], margin + min(0, kept)
    rows = feature.inputs(held)
    yield _part(feature, rows, before, len(rows) // feature.samples_per_frame)


def _part(feature: Feature, rows: Rows, first: int, last: int) -> Rows:
    """The rows of frames `first` to `last`, without it."""
    return rows[first * feature.samples_per_frame : last * feature.samples_per_frame]
