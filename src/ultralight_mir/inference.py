"""A network over inputs: what it says of a whole clip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ultralight_mir.tasks.base import Array, Output, Task


@torch.inference_mode()
def output(network: nn.Module, task: Task, inputs: NDArray[np.floating], times: Array) -> Output:
    """What `network` (in eval mode) says of one clip, in float32.

    Args:
        inputs: `[frames, bins]` (waveform `[samples]`), whole.
        times: the centres of the clip's frames, in seconds; a network may give more frames, which are cut off.
    """
    device = next(network.parameters()).device
    batch = torch.from_numpy(np.array(inputs)).to(device).float()[None]
    activation = task.activation(network(batch).float())[0].cpu().numpy()
    return Output(activation[: len(times)], times) if task.framewise else Output(activation, times[:0])


def outputs(network: nn.Module, task: Task, clips: Iterable[tuple[NDArray[np.floating], Array]]) -> Iterator[Output]:
    """The same for several clips, each its inputs and times (as `Store.whole` gives them)."""
    return (output(network, task, inputs, times) for inputs, times in clips)
