"""Running a network over whole clips."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ultralight_mir.features.store import Store
from ultralight_mir.tasks.base import Output, Task


@torch.inference_mode()
def outputs(network: nn.Module, store: Store, indices: Sequence[int], task: Task) -> list[Output]:
    """One `Output` a clip, in float32, the network in eval mode; clips are run whole, one by one."""
    network.eval()
    found = []
    for index in indices:
        inputs = torch.from_numpy(store.input(index).copy()).float()[None]
        activation = task.activation(network(inputs).float())[0].numpy()
        frames = store.entries[index].frames if task.framewise else 0
        if task.framewise:
            activation = activation[:frames]
        found.append(Output(activation, store.times(frames)))
    return found
