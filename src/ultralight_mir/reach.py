"""How far a frame-wise network hears: found by poison, whatever it is made of (as units are, `trimming.probe`)."""

from __future__ import annotations

import torch
from torch import nn

from ultralight_mir.listening import EDGE, Reach

FARTHEST = 512
"""Frames on either side; who hears farther (a recurrent network: for ever) is given so many."""


@torch.inference_mode()
def reach_of(network: nn.Module, bins: int, samples_per_frame: int) -> Reach:
    """The reach of a network in eval mode that gives one output a frame.

    All frames before an edge are NaN: the last output that is NaN tells how far they are heard; likewise after it.

    Args:
        bins: of its input, 0 for a waveform.
        samples_per_frame: rows of its input that are a frame.
    """
    edge = FARTHEST * samples_per_frame
    shape = (1, 2 * edge, bins) if bins else (1, 2 * edge)
    device = next(network.parameters()).device
    poisoned = []
    for part in (slice(0, edge), slice(edge, None)):
        inputs = torch.zeros(shape, device=device)
        inputs[:, part] = torch.nan
        poisoned.append(network(inputs).isnan().any(dim=-1)[0, : 2 * FARTHEST])
    before, after = int(poisoned[0][FARTHEST:].sum()), int(poisoned[1][:FARTHEST].sum())
    return Reach(_rounded(before), _rounded(after), endless=FARTHEST in (before, after))


def _rounded(frames: int) -> int:
    return -(-frames // EDGE) * EDGE
