"""What a network costs to ship and to run: parameters, bytes, MACs, memory, CPU real-time factor."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ultralight_mir.features.store import Store
from ultralight_mir.jobs.machine import cpu_name
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.layout import channels_last
from ultralight_mir.memory import watch
from ultralight_mir.records import Cost

Times = NDArray[np.float64]
ROUNDS = 6
"""Rounds of forward passes that are timed, at least."""
TIMED = 0.1
"""CPU seconds over which rounds are timed, at least."""
SPREAD = (10, 50, 90)
"""Percentiles of the rounds' ratios that are told."""
SECONDS = 10.0
"""Of audio in a forward pass, at most; weights are taken to be read once in as long."""


def example(store: Store, seconds: float = SECONDS) -> tuple[Tensor, float]:
    """A batch of one real input, up to `seconds` long, and how many seconds of audio it is."""
    index = max(store.split("train"), key=lambda i: store.entries[i].frames)
    frames = min(store.entries[index].frames, int(seconds * store.sample_rate / store.hop))
    inputs = torch.from_numpy(store.input(index, 0, frames).copy()).float()[None]
    return inputs, frames * store.hop / store.sample_rate


def measure(network: nn.Module, inputs: Tensor, seconds: float, weights: Path, dense: nn.Module | None = None) -> Cost:
    """All costs of `network` on `inputs` (batch of one, `seconds` of audio).

    Args:
        weights: its file.
        dense: what `network`'s time is set against, for the same inputs; None where it is the dense network itself.
    """
    network.eval()
    parameters = list(network.parameters())
    memory = watch(network, inputs)
    times = cpu_times([network] if dense is None else [network, dense.eval()], inputs)
    low, ratio, high = map(float, np.percentile(times[:, 0] / times[:, -1], SPREAD))
    return Cost(
        parameters=sum(p.numel() for p in parameters),
        nonzero_parameters=sum(int(p.count_nonzero()) for p in parameters),
        bytes=weights.stat().st_size,
        macs_per_second=macs(network, inputs) / seconds,
        memory_traffic_bytes=memory.traffic / seconds + sum(p.nbytes for p in parameters) / SECONDS,
        peak_activation_bytes=memory.peak / seconds,
        cpu_rtf=float(np.median(times[:, 0])) / seconds,
        cpu_ratio=ratio,
        cpu_ratio_low=low,
        cpu_ratio_high=high,
        threads=torch.get_num_threads(),
        machine=cpu_name(),
    )


def export_rtf(hear: Callable[[NDArray[Any]], object], inputs: Tensor, seconds: float) -> float:
    """CPU seconds of an exported ticket for one second of audio; input and rounds are those of `cpu_times`."""
    rows, taken = inputs[0].numpy(), list[float]()
    hear(rows)
    while len(taken) < ROUNDS or sum(taken) < TIMED:
        begun = time.process_time()
        hear(rows)
        taken.append(time.process_time() - begun)
    return float(np.median(taken)) / seconds


@torch.no_grad()
def macs(network: nn.Module, inputs: Tensor) -> float:
    """Multiply-accumulates of one forward pass.

    Counted on the CPU, wherever the network is: what cuDNN does for a recurrent layer, the counter does not know.
    """
    if inputs.device != CPU:
        network, inputs = copy.deepcopy(network).to(CPU), inputs.to(CPU)
    with FlopCounterMode(display=False) as counter:
        network(inputs)
    return counter.get_total_flops() / 2


@torch.inference_mode()
def cpu_times(networks: Sequence[nn.Module], inputs: Tensor, rounds: int = ROUNDS, seconds: float = TIMED) -> Times:
    """CPU seconds of a forward pass, as `inference` runs it, `[rounds, networks]`; one of each warms up before.

    In a round the networks run one after the other, and once more in the opposite order: a machine that slows down
    slows all of them down. There are `rounds` of them, or more while `seconds` last. CPU time rather than the clock on
    the wall: another job on the machine must not count.
    """
    order = [*range(len(networks)), *reversed(range(len(networks)))]
    taken: list[list[float]] = []
    with ExitStack() as stack:
        for network in networks:
            stack.enter_context(channels_last(network))
            network(inputs)
        while len(taken) < rounds or sum(map(sum, taken)) < seconds / 2:
            row = [0.0] * len(networks)
            for index in order:
                begun = time.process_time()
                networks[index](inputs)
                row[index] += (time.process_time() - begun) / 2
            taken.append(row)
    return np.array(taken)
