"""A training step of a GPU, recorded once (a CUDA graph) and replayed.

Small networks spend their time on launching hundreds of kernels a step, each of microseconds; replaying one launches
them all. After torch's notes on whole-network capture (https://docs.pytorch.org/docs/stable/notes/cuda.html).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

log = logging.getLogger(__name__)
Work = Callable[[Tensor, Tensor], Tensor]
"""A step: inputs and targets → its loss, detached. Everything else that it reads and changes stays where it is."""
WARM = 3
"""Steps as they are before one is recorded: what is made at the first use (workspaces and the like) is there."""
WAITS = "synchronizing CUDA operation"
"""What torch's warning says of an operation that waits for the GPU, which cannot be recorded."""


class Replayed:
    """Takes a step again and again: the first ones as they are, the others by replaying a recording of one.

    Each is an optimizer step of its own, recording or not. A step that waits for the GPU, or cannot be recorded for
    another reason, goes on as it is, and the log says so once. Whatever the step decides in Python (a branch, a number
    drawn there) is decided once: it is for the caller to know that there is no such thing.

    Args:
        work: the step.
        device: a GPU.
    """

    def __init__(self, work: Work, device: torch.device) -> None:
        self._work, self._device = work, device
        self._stream = torch.cuda.Stream(device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs = self._targets = self._loss = torch.empty(0)
        self._warm, self._hopeless = 0, False

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The step's loss; all batches have the shape of the first."""
        if self._graph is None and not self._hopeless and self._warm >= WARM:
            self._record(inputs, targets)
        if self._graph is None:
            return self._aside(inputs, targets)
        self._inputs.copy_(inputs)
        self._targets.copy_(targets)
        self._graph.replay()
        return self._loss.clone()  # the next step overwrites it

    def _aside(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The step as it is, on the stream that it is recorded on; the last one before, watched for waiting."""
        self._warm += 1
        now = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(now)
        with torch.cuda.stream(self._stream):
            if self._warm == WARM:
                loss, waits = watched(lambda: self._work(inputs, targets))
                if waits:
                    self._give_up("it waits for the GPU")
            else:
                loss = self._work(inputs, targets)
        now.wait_stream(self._stream)
        return loss

    def _record(self, inputs: Tensor, targets: Tensor) -> None:
        """Record the step, which does not take it. If that fails, everything is as it was before."""
        self._inputs, self._targets = inputs.clone(), targets.clone()
        generator, now = _generator(self._device), torch.cuda.current_stream(self._device)
        before, graph = generator.clone_state(), torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self._stream):
                self._loss = self._work(self._inputs, self._targets)
        except RuntimeError as error:
            torch.cuda.set_stream(now)  # torch leaves neither the stream nor the generator's state of recording
            generator.graphsafe_set_state(before)
            self._give_up((str(error).splitlines() or [type(error).__name__])[0])
        else:
            self._graph = graph

    def _give_up(self, why: str) -> None:
        self._hopeless = True
        log.info("a step of this training cannot be recorded on the GPU (%s): each is launched anew", why)


def watched(work: Callable[[], Tensor]) -> tuple[Tensor, bool]:
    """What `work` gives, and whether it waited for the GPU on its way, as far as torch can tell; it warns nobody."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            made = work()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return made, any(WAITS in str(warning.message) for warning in caught)


def _generator(device: torch.device) -> torch.Generator:
    with torch.cuda.device(device):  # without a number it is the current one
        generator: torch.Generator = torch.cuda.default_generators[torch.cuda.current_device()]
    return generator
