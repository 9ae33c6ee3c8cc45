"""Running a network with poison in it, to see what depends on what.

A test poisons a set of one layer's output channels with NaN in one sample of a batch, and reports which indices of
which layers turn NaN in that sample. Tests are packed into batches, whichever layers they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ultralight_mir.trimming.calling import call, convert, tensors_of
from ultralight_mir.trimming.copying import copy_network
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.joints import Operation, Operations, Trace
from ultralight_mir.trimming.layers import IN, OUT, Layer, Side, find_layers, own_tensors
from ultralight_mir.trimming.stand_ins import stand_in
from ultralight_mir.trimming.watching import Calibrator, Recorder, Rows, UnsteadyError, learn_rows

Flags = NDArray[np.bool_]
MAX_BATCH = 16
"""More samples would cost more to learn the rows of than they save in calls."""
MAX_ELEMENTS = 2**25
"""All that one batch computes: keeps memory flat, 128 MiB in float32."""


@dataclass(frozen=True)
class Poison:
    """One test: poison in these outputs ([outputs] bool) of these layers or, without layers, in the whole input."""

    layers: tuple[tuple[str, Flags], ...] = ()


class _Watching(Protocol):
    def see(self, layer: Layer, side: Side, nans: Tensor) -> None: ...

    def poison(self, layer: Layer, rows: int, reference: Tensor) -> Tensor: ...

    def see_joint(self, axes: Mapping[int, tuple[int, int]], result: Tensor) -> None: ...

    def see_output(self, output: Any) -> None: ...


class Probe:
    """A copy of a network whose layers are stand-ins.

    Attributes:
        layers: by name.
        nodes: how many indices all layers have, and positions all joints; `first[layer, side]` is the first of a
            layer's. Node number `nodes` stands for the network's output.

    Raises:
        TrimError: the network cannot be copied or run.
    """

    def __init__(self, network: nn.Module, example: Any) -> None:
        find_layers(network)  # refuses what could not even be copied
        self.network = copy_network(network).eval().requires_grad_(False)
        self.layers: Mapping[str, Layer] = find_layers(self.network)
        self.first: dict[tuple[str, Side], int] = {}
        self.nodes = 0
        for name, layer in self.layers.items():
            for side in (OUT, IN):
                self.first[name, side] = self.nodes
                self.nodes += layer.width(side)
            stand_in(layer, self)
        self._example = convert(example, lambda tensor: tensor[:1].clone() if tensor.dim() else tensor)
        self._watcher: _Watching = Recorder(self.first, self.nodes, {}, 1, None)
        self.run_size, self._rows = 1, None
        self._joints: dict[int, dict[int, tuple[int, int]]] = {}
        self._operations: Operations | None = None
        batch = max(1, min(MAX_BATCH, MAX_ELEMENTS // self._look_over()))
        rows = self._learn(batch)
        if rows is not None:
            self.run_size, self._rows = batch, rows

    def run(self, tests: Sequence[Poison]) -> Flags:
        """[tests, nodes + 1] what the poison of each test reaches."""
        try:
            parts = [self._run(tests[begin : begin + self.run_size]) for begin in range(0, len(tests), self.run_size)]
        except UnsteadyError:
            self.run_size, self._rows = 1, None
            parts = [self._run([test]) for test in tests]
        return np.concatenate(parts) if parts else np.zeros((0, self.nodes + 1), dtype=np.bool_)

    def taint(self, tensors: Sequence[Tensor]) -> Flags:
        """[nodes + 1] what depends on these tensors of `self.network` otherwise than through a layer's own call."""
        copies = [tensor.clone() for tensor in tensors]
        try:
            for tensor in tensors:
                tensor.fill_(math.nan)
            recorder = Recorder(self.first, self.nodes, {}, 1, None)
            self._forward(self._example, recorder)
        finally:
            for tensor, value in zip(tensors, copies, strict=True):
                tensor.copy_(value)
        hits: Flags = recorder.hits[0].numpy()
        return hits

    def loose_tensors(self) -> dict[str, Tensor]:
        """Parameters and buffers of more than one number that belong to no layer that the engine knows."""
        own = {tensor for layer in self.layers.values() for tensor in self.tensors_of(layer)}
        everything = own_tensors(self.network).items()
        return {
            name: tensor
            for name, tensor in everything
            if tensor not in own and tensor.numel() > 1 and (tensor.is_floating_point() or tensor.is_complex())
        }

    def tensors_of(self, layer: Layer) -> list[Tensor]:
        """The floating-point tensors that a layer's own call uses."""
        own = own_tensors(layer.module)
        return [own[name] for name in layer.tensors or own if own[name].is_floating_point() or own[name].is_complex()]

    def see(self, layer: Layer, side: Side, nans: Tensor) -> None:
        """Pass on what a stand-in reports."""
        self._watcher.see(layer, side, nans)

    def poison(self, layer: Layer, rows: int, reference: Tensor) -> Tensor:
        """Pass on what a stand-in asks for."""
        return self._watcher.poison(layer, rows, reference)

    def layer(self, inputs: Any) -> AbstractContextManager[None]:
        """Within this, a layer's own operations run."""
        return nullcontext() if self._operations is None else self._operations.layer(inputs)

    def joint_axes(self) -> list[slice]:
        """The nodes of each axis of each joint."""
        return [slice(node, node + size) for axes in self._joints.values() for node, size in axes.values()]

    def _at_operation(self, number: int, operation: Operation) -> None:
        if number in self._joints:
            self._watcher.see_joint(self._joints[number], operation.result)

    def _run(self, tests: Sequence[Poison]) -> Flags:
        samples = torch.zeros(self.run_size, dtype=torch.bool)
        plan: dict[str, Tensor] = {}
        for sample, test in enumerate(tests):
            samples[sample] = not test.layers
            for name, outputs in test.layers:
                layer = plan.setdefault(name, torch.zeros(self.run_size, self.layers[name].outputs))
                layer[sample, torch.from_numpy(outputs)] = math.nan
        recorder = Recorder(self.first, self.nodes, plan, self.run_size, self._rows)
        self._forward(self._inputs(samples), recorder)
        hits: Flags = recorder.hits[: len(tests)].numpy()
        return hits

    def _learn(self, batch: int) -> Rows | None:
        """Which sample each row of each call belongs to in a batch of this size, or None."""
        if batch == 1:
            return None
        numbers = torch.arange(batch)
        runs: tuple[list[list[Tensor]], list[list[Tensor]]] = ([], [])
        try:
            for bit in range((batch - 1).bit_length()):
                marks = (numbers >> bit & 1).bool()
                for events, samples in zip(runs, (marks, ~marks), strict=True):
                    calibrator = Calibrator(samples)
                    self._forward(self._inputs(samples), calibrator)
                    events.append(calibrator.events)
        except TrimError:
            return None
        return learn_rows(*runs)

    def _inputs(self, samples: Tensor) -> Any:
        def batched(tensor: Tensor) -> Tensor:
            if not tensor.dim():
                return tensor
            many = tensor.expand(len(samples), *tensor.shape[1:]).clone()
            if tensor.is_floating_point() or tensor.is_complex():
                many[samples.to(tensor.device)] = math.nan
            return many

        return convert(self._example, batched)

    @torch.no_grad()
    def _forward(self, inputs: Any, watcher: _Watching) -> Any:
        self._watcher = watcher
        if self._joints:
            self._operations = Operations(self._at_operation)
        fast = torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(False)  # it would run an encoder layer without calling its parts
        try:
            with self._operations or nullcontext():
                output = call(self.network, inputs)
        except Exception as error:
            if isinstance(error, UnsteadyError | TrimError):
                raise
            first_line = (str(error).splitlines() or [type(error).__name__])[0]
            raise TrimError(f"network: its forward pass on the example fails: {first_line}") from error
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
        watcher.see_output(output)
        return output

    def _look_over(self) -> int:
        """Run once, to find joints, and to count the elements of all that is computed from one sample.

        Raises:
            TrimError: the network cannot be run, or its output has no floating-point tensor.
        """
        trace = Trace()
        self._operations = trace.operations
        output = self._forward(self._example, self._watcher)
        self._operations = None
        for number, axes in trace.joints(tensors_of(output)).items():
            self._joints[number] = {}
            for axis, size in axes.items():
                self._joints[number][axis] = (self.nodes, size)
                self.nodes += size
        if not any(tensor.is_floating_point() or tensor.is_complex() for tensor in tensors_of(output)):
            raise TrimError("network's output: no floating-point tensor in it, expected at least one")
        return max(trace.elements(), 1)
