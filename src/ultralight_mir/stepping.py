"""One optimizer step, and how it is computed: precision, layout in memory, optimizer. All agree but for rounding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ultralight_mir import layout
from ultralight_mir.jobs.torch_setup import computes_in_bfloat16
from ultralight_mir.objective import Objective
from ultralight_mir.replaying import Replayed
from ultralight_mir.schedule import Precision, Schedule

CLIP = 5.0
"""The norm that gradients are cut down to."""
OPTIMIZERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}


@dataclass(frozen=True)
class Manner:
    """How steps are computed.

    Attributes:
        precision: bfloat16 is autocast.
        channels_last: see `layout`.
        match_gradients: the gradient of a ReLU's output is laid out as the output is, without which its backward pass
            is up to twenty times slower (after the bins have been folded into channels).
        fused: the optimizer's step in one pass over each tensor.
        rate_aside: the learning rate is a number on the device, as a step that is recorded there needs it (only fused).
    """

    precision: Precision = "float32"
    channels_last: bool = False
    match_gradients: bool = True
    fused: bool = True
    rate_aside: bool = False

    @classmethod
    def of(cls, network: nn.Module, schedule: Schedule) -> Manner:
        """What is fastest for a network on its device, by its widths alone: the same every time."""
        device, precision = next(network.parameters()).device, schedule.precision
        if precision == "auto":
            precision = "bfloat16" if computes_in_bfloat16(device) else "float32"
        return cls(precision, channels_last=layout.is_wide(network), rate_aside=device.type == "cuda")

    @contextmanager
    def laid_out(self, network: nn.Module) -> Iterator[None]:
        """Have `network` compute in this layout while inside; after, its weights lie as they did before."""
        hooks = _match_gradients(network) if self.match_gradients else []
        try:
            with layout.channels_last(network, self.channels_last):
                yield
        finally:
            for hook in hooks:
                hook.remove()

    def lay(self, network: nn.Module) -> None:
        """Have `network` compute in this layout from now on."""
        if self.channels_last:
            layout.lay(network, torch.channels_last)

    def forward(self, network: nn.Module) -> Callable[[Tensor], Tensor]:
        """A network as objectives call it: inputs → logits in float32."""
        device = next(network.parameters()).device

        def forward(inputs: Tensor) -> Tensor:
            with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
                logits: Tensor = network(inputs)
            return logits.float()

        return forward


class Stepper:
    """Takes the schedule's optimizer's steps; biases and normalisations do not decay.

    Args:
        after: runs after every step (masking holds its zeros there).
        replayed: on a GPU, a step is recorded and replayed (see `Replayed`); elsewhere this says nothing.

    Attributes:
        forward: the network as objectives call it.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        schedule: Schedule,
        manner: Manner,
        after: Callable[[], None] = lambda: None,
        replayed: bool = False,
    ) -> None:
        self._network, self._objective, self._after = network, objective, after
        self.forward = manner.forward(network)
        device = next(network.parameters()).device
        for module in network.modules():
            if isinstance(module, nn.RNNBase):
                module.flatten_parameters()  # cut units leave the weights where cuDNN copies them at every step
        rate = schedule.learning_rate
        self._rate = torch.tensor(rate, device=device) if manner.rate_aside else None
        decayed = [p for p in network.parameters() if p.ndim > 1]
        rest = [p for p in network.parameters() if p.ndim <= 1]
        groups: list[dict[str, Any]] = [{"params": decayed}, {"params": rest, "weight_decay": 0.0}]
        self._optimizer = OPTIMIZERS[schedule.optimizer](
            groups,
            lr=rate if self._rate is None else self._rate,
            weight_decay=schedule.weight_decay,
            fused=manner.fused,
        )
        self._recorded = replayed and device.type == "cuda"
        self._take = Replayed(self._work, device) if self._recorded else self._work

    def step(self, inputs: Tensor, targets: Tensor, rate: float) -> Tensor:
        """One step at a learning rate; the loss that it began with, detached (to read it is to wait for the device)."""
        if self._rate is None:
            for group in self._optimizer.param_groups:
                group["lr"] = rate
        else:
            self._rate.fill_(rate)
        return self._take(inputs, targets)

    def _work(self, inputs: Tensor, targets: Tensor) -> Tensor:
        loss = self._objective(self.forward, inputs, targets)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), CLIP)
        if self._recorded:
            recording = torch.cuda.is_current_stream_capturing()
            for group in self._optimizer.param_groups:
                group["capturable"] = recording  # says nothing to a fused step; where not recorded, torch warns of it
        self._optimizer.step()
        self._after()
        return loss.detach()


def _match_gradients(network: nn.Module) -> list[RemovableHandle]:
    return [m.register_forward_hook(_match_gradient) for m in network.modules() if isinstance(m, nn.ReLU)]


def _match_gradient(module: nn.Module, inputs: object, made: Tensor) -> None:
    if made.requires_grad:
        last = made.ndim == 4 and not made.is_contiguous()
        lies = torch.channels_last if last else torch.contiguous_format
        made.register_hook(lambda gradient: gradient.contiguous(memory_format=lies))
