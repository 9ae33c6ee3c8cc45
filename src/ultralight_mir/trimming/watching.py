"""The two watchers of a probe: one learns which sample each row of each call belongs to, one takes down what is NaN.

Networks fold time or bands into the batch, before or after it, and recurrent layers may put time first. So the sample
of a row is learnt, by poisoning whole samples of the input and letting every layer pass poison on row by row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ultralight_mir.trimming.calling import tensors_of
from ultralight_mir.trimming.layers import IN, Layer, Side

Rows = list[Tensor]
"""For every event of a forward pass, in order, the sample that each row belongs to."""


class UnsteadyError(Exception):
    """The network calls its layers otherwise than when its rows were learnt."""


class Calibrator:
    """Marks the rows that depend on poisoned samples.

    Args:
        samples: [batch] bool, which samples of the input are NaN.

    Attributes:
        events: for every call of a layer and every output, [rows] bool.
    """

    def __init__(self, samples: Tensor) -> None:
        self.samples = samples
        self.events: list[Tensor] = []
        self._marks = torch.zeros(0, dtype=torch.bool)

    def see(self, layer: Layer, side: Side, nans: Tensor) -> None:
        """See `stand_ins.Watcher`."""
        rows = nans.any(1)
        self.events.append(rows)
        first = side == IN or len(rows) != len(self._marks) or layer.kind not in ("recurrent", "cell")
        self._marks = rows if first else rows | self._marks

    def poison(self, layer: Layer, rows: int, reference: Tensor) -> Tensor:
        """See `stand_ins.Watcher`."""
        if layer.kind == "embedding":
            # Whole numbers cannot carry NaN: their rows are taken to be batch-major, where they can be.
            each = rows // len(self.samples)
            some = self.samples.repeat_interleave(each) if rows == each * len(self.samples) else None
            self._marks = torch.zeros(rows, dtype=torch.bool) if some is None else some
        self.events.append(self._marks)
        output = reference.new_zeros(rows, layer.outputs)
        output[self._marks.to(output.device)] = math.nan
        return output

    def see_joint(self, axes: Mapping[int, tuple[int, int]], result: Tensor) -> None:
        """Take down the result of a joint."""
        self.events.append(result.isnan().flatten())

    def see_output(self, output: Any) -> None:
        """Take down the network's output."""
        self.events.extend(tensor.isnan().flatten() for tensor in tensors_of(output))


def learn_rows(ones: list[list[Tensor]], zeros: list[list[Tensor]]) -> Rows | None:
    """The sample of every row of every event, or None where a row depends on no sample or on several.

    Args:
        ones: for every bit of the sample's number, the events of a run with the samples that have it poisoned.
        zeros: the same with the samples without that bit.
    """
    if len({len(events) for events in ones + zeros}) != 1:
        return None
    rows = []
    for event in zip(*ones, *zeros, strict=True):
        if len({marks.shape for marks in event}) != 1:
            return None
        set_bits, clear_bits = torch.stack(event[: len(ones)]), torch.stack(event[len(ones) :])
        if bool((set_bits == clear_bits).any()):
            return None
        rows.append((set_bits.long() << torch.arange(len(ones), device=set_bits.device)[:, None]).sum(0).cpu())
    return rows


class Recorder:
    """Poisons what a plan says and takes down, for every sample, which indices turn NaN.

    Args:
        first: the first node of each layer's side.
        nodes: how many nodes there are; node `nodes` is the network's output.
        plan: for each layer to poison, [batch, outputs] of zeros and NaN.
        rows: the sample of every row of every event; None if the batch is one sample.
    """

    def __init__(
        self,
        first: Mapping[tuple[str, Side], int],
        nodes: int,
        plan: Mapping[str, Tensor],
        batch: int,
        rows: Rows | None,
    ) -> None:
        self.hits = torch.zeros(batch, nodes + 1, dtype=torch.bool)
        self._first, self._plan, self._rows, self._events = first, plan, rows, 0

    def see(self, layer: Layer, side: Side, nans: Tensor) -> None:
        """See `stand_ins.Watcher`."""
        samples = self._samples(len(nans))
        if not bool(nans.any()):
            return
        first = self._first[layer.name, side]
        self.hits[:, first : first + nans.shape[1]] |= self._by_sample(nans.cpu(), samples)

    def poison(self, layer: Layer, rows: int, reference: Tensor) -> Tensor:
        """See `stand_ins.Watcher`."""
        samples = self._samples(rows)
        plan = self._plan.get(layer.name)
        if plan is None:
            return reference.new_zeros(rows, layer.outputs)
        return (plan.expand(rows, -1) if samples is None else plan[samples]).to(reference, copy=True)

    def see_joint(self, axes: Mapping[int, tuple[int, int]], result: Tensor) -> None:
        """Take down where along these axes a joint's result is NaN: axis → (first node, size in a batch of one)."""
        samples = self._samples(result.numel())
        nans = result.isnan()
        if not bool(nans.any()):
            return
        rows = 0 if samples is None else samples[nans.flatten().cpu()]
        places = nans.nonzero().cpu()
        for axis, (node, size) in axes.items():
            if result.shape[axis] == size:  # else samples lie along it
                self.hits[rows, node + places[:, axis]] = True

    def see_output(self, output: Any) -> None:
        """Take down the network's output."""
        for tensor in tensors_of(output):
            samples = self._samples(tensor.numel())
            nans = tensor.isnan().flatten().cpu()
            if bool(nans.any()):
                self.hits[0 if samples is None else samples[nans].unique(), -1] = True

    def _samples(self, rows: int) -> Tensor | None:
        if self._rows is None:
            return None
        if self._events >= len(self._rows) or len(self._rows[self._events]) != rows:
            raise UnsteadyError
        self._events += 1
        return self._rows[self._events - 1]

    def _by_sample(self, nans: Tensor, samples: Tensor | None) -> Tensor:
        """[rows, indices] → [batch, indices]."""
        batch = len(self.hits)
        if samples is None:
            return nans.any(0, keepdim=True)
        if len(nans) == batch and bool((samples == torch.arange(batch)).all()):
            return nans
        rows, columns = nans.nonzero(as_tuple=True)
        hits = torch.zeros(batch, nans.shape[1], dtype=torch.bool)
        hits[samples[rows], columns] = True
        return hits
