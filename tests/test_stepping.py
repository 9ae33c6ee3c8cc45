"""However steps are computed, the same is learnt, and the network lies in memory as before."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from ultralight_mir.layout import WIDE
from ultralight_mir.networks.chord_cnn import ChordCnn
from ultralight_mir.removal import Removal
from ultralight_mir.schedule import Schedule
from ultralight_mir.stepping import CLIP, Manner, Stepper
from ultralight_mir.trimming import weight_masks

PLAIN = Manner(match_gradients=False, fused=False)
SCHEDULE = Schedule(steps=10, learning_rate=1e-3, precision="float32")


class Least:
    """The mean square of the logits' distance from the targets, times `scale`."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def __call__(self, network: Callable[[Tensor], Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        return self.scale * (network(inputs) - targets).square().mean()


def pairs(count: int) -> Iterator[tuple[Tensor, Tensor]]:
    source = torch.Generator().manual_seed(0)
    for _ in range(count):
        yield torch.randn(2, 20, 16, generator=source), torch.randn(2, 20, 3, generator=source)


def network(width: int = WIDE) -> nn.Module:
    torch.manual_seed(0)
    return ChordCnn(bins=16, outputs=3, framewise=True, hop=1, width=width, dropout=0.0)


def trained(net: nn.Module, manner: Manner, steps: int = 5) -> nn.Module:
    stepper = Stepper(net.train(), Least(), SCHEDULE, manner)
    with manner.laid_out(net):
        for inputs, targets in pairs(steps):
            stepper.step(inputs, targets, 1e-3)
    return net


@pytest.mark.parametrize("settings", ["channels_last", "match_gradients", "fused", "fused rate_aside"])
def test_every_manner_learns_the_same(settings: str) -> None:
    start = network()
    before = copy.deepcopy(start)
    changed = replace(PLAIN, **dict.fromkeys(settings.split(), True))
    plain, other = (trained(copy.deepcopy(start), manner) for manner in (PLAIN, changed))
    for (name, first), second in zip(plain.state_dict().items(), other.state_dict().values(), strict=True):
        assert second.is_contiguous(), name
        assert torch.allclose(first, second, atol=2e-5), name
    assert not torch.allclose(next(plain.parameters()), next(before.parameters()), atol=1e-3), "something was learnt"


def test_a_network_lies_as_before_even_where_training_fails() -> None:
    net = network()
    hooks = sum(len(module._forward_hooks) for module in net.modules())
    convolution = next(module for module in net.modules() if isinstance(module, nn.Conv2d))
    manner = Manner(channels_last=True)
    with pytest.raises(RuntimeError, match="on purpose"), manner.laid_out(net):
        net(torch.randn(2, 20, 16))
        raise RuntimeError("on purpose")
    assert convolution.weight.is_contiguous()
    assert sum(len(module._forward_hooks) for module in net.modules()) == hooks


def test_a_manner_hangs_on_the_widths_and_the_schedule() -> None:
    assert Manner.of(network(WIDE), SCHEDULE).channels_last
    assert not Manner.of(network(WIDE - 1), SCHEDULE).channels_last
    assert not Manner.of(nn.Conv1d(4, 64, 3), SCHEDULE).channels_last
    precisions = {
        p: Manner.of(network(), SCHEDULE.model_copy(update={"precision": p})).precision for p in ("float32", "bfloat16")
    }
    assert precisions == {p: p for p in precisions}
    assert Manner.of(network(), Schedule(steps=2)).precision in ("float32", "bfloat16")


def test_what_is_masked_does_not_slow_the_others_down() -> None:
    """The norm that gradients are cut down to is that of the weights that are left."""
    net = network()
    masks = weight_masks(net, 0.7)
    removal = Removal(net, net, None, masks, 0.7, 0.0, 0.0, ())
    hold = removal.hold(removal.network(None))
    stepper = Stepper(net, Least(1e6), SCHEDULE, PLAIN, after=hold)
    for inputs, targets in pairs(3):
        stepper.step(inputs, targets, 1e-3)
        norms = {name: weight.grad.norm() for name, weight in net.named_parameters() if weight.grad is not None}
        left = {name: (net.get_parameter(name).grad * masks[name]).norm() for name in masks}
        assert all(left[name] == norms[name] for name in masks)
        assert torch.stack(list(norms.values())).norm().item() == pytest.approx(CLIP, rel=1e-3)
        assert not any(net.get_parameter(name)[~mask].any() for name, mask in masks.items())
