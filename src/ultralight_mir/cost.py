"""What a network costs to ship and to run: parameters, bytes, MACs, memory, CPU real-time factor."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ultralight_mir.features.store import Store
from ultralight_mir.jobs.machine import cpu_name
from ultralight_mir.records import Cost

REPEATS = 7
TIMED = 0.25
"""CPU seconds over which a forward pass is repeated to be timed."""
SECONDS = 10.0


def example(store: Store, seconds: float = SECONDS) -> tuple[Tensor, float]:
    """A batch of one real input, up to `seconds` long, and how many seconds of audio it is."""
    index = max(store.split("train"), key=lambda i: store.entries[i].frames)
    frames = min(store.entries[index].frames, int(seconds * store.sample_rate / store.hop))
    inputs = torch.from_numpy(store.input(index, 0, frames).copy()).float()[None]
    return inputs, frames * store.hop / store.sample_rate


def measure(network: nn.Module, inputs: Tensor, seconds: float, weights: Path) -> Cost:
    """All costs of `network` on `inputs` (batch of one, `seconds` of audio); `weights` is its file."""
    network.eval()
    traffic, peak = activation_bytes(network, inputs)
    parameters = list(network.parameters())
    return Cost(
        parameters=sum(p.numel() for p in parameters),
        nonzero_parameters=sum(int(p.count_nonzero()) for p in parameters),
        bytes=weights.stat().st_size,
        macs_per_second=macs(network, inputs) / seconds,
        memory_traffic_bytes=(traffic + sum(p.numel() * p.element_size() for p in parameters)) / seconds,
        peak_activation_bytes=peak / seconds,
        cpu_rtf=run_time(network, inputs) / seconds,
        threads=torch.get_num_threads(),
        machine=cpu_name(),
    )


@torch.no_grad()
def macs(network: nn.Module, inputs: Tensor) -> float:
    """Multiply-accumulates of one forward pass."""
    with FlopCounterMode(display=False) as counter:
        network(inputs)
    return counter.get_total_flops() / 2


@torch.no_grad()
def activation_bytes(network: nn.Module, inputs: Tensor) -> tuple[int, int]:
    """Bytes read and written by all leaf layers in one forward pass, and the most that one of them holds."""
    held: list[int] = []

    def record(module: nn.Module, given: object, made: object) -> None:
        held.append(_bytes(given) + _bytes(made))

    hooks = [m.register_forward_hook(record) for m in network.modules() if not list(m.children())]
    try:
        network(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(held), max(held, default=0)


def _bytes(value: object) -> int:
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    return sum(_bytes(item) for item in value) if isinstance(value, tuple | list) else 0


@torch.inference_mode()
def run_time(network: nn.Module, inputs: Tensor, repeats: int = REPEATS, seconds: float = TIMED) -> float:
    """Median CPU seconds of a forward pass, after two that warm up: `repeats` of them, or more while `seconds` last.

    CPU time rather than the clock on the wall: another job on the machine must not count.
    """
    taken: list[float] = []
    for _ in range(2):
        network(inputs)
    while len(taken) < repeats or sum(taken) < seconds:
        begun = time.process_time()
        network(inputs)
        taken.append(time.process_time() - begun)
    return statistics.median(taken)
