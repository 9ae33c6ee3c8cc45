"""What a rung takes away: the units (trim), the weights (mask) or both (hybrid), chosen on the rung before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError, refusing
from ultralight_mir.ticket import Strategy, Ticket
from ultralight_mir.trimming import (
    Kept,
    Ranking,
    Selection,
    TrimError,
    apply_kept,
    apply_masks,
    compose,
    find_criterion,
    find_units,
    kept_after,
    maskable,
    select,
    slice_state,
    weight_masks,
)

Loss = Callable[[Tensor, Tensor], Tensor]
Pairs = Iterable[tuple[Tensor, Tensor]]
STATISTICS_BATCHES = 8
"""Training batches that a criterion which looks at data may see."""


@dataclass(frozen=True)
class Removal:
    """What is left for a rung to train.

    Attributes:
        kept: units left, relative to the dense network; None where only weights are masked.
        masks: weights held at zero, by parameter name; empty where only units are trimmed.
        removed: fraction of the dense network's parameters gone or zero.
        overshoot: what is gone of the strategy's measure, less what was asked for.
        channels_removed: fraction of its output channels and hidden units that is gone.
        floored: layers that the floor kept from losing more.
    """

    dense: nn.Module = field(repr=False)
    trained: nn.Module = field(repr=False)
    kept: Kept | None
    masks: Mapping[str, Tensor] = field(repr=False)
    removed: float
    overshoot: float
    channels_removed: float
    floored: tuple[str, ...]

    @refusing(TrimError)
    def network(self, state: Mapping[str, Tensor] | None) -> nn.Module:
        """The network to train: with these dense weights (None: the trained ones), cut and masked."""
        network = self.trained
        if state is not None:
            network = self.dense if self.kept is None else apply_kept(self.dense, self.kept)
            network.load_state_dict(state if self.kept is None else slice_state(state, self.dense, self.kept))
        apply_masks(network, self.masks)
        return network

    def hold(self, network: nn.Module) -> Callable[[], None]:
        """To be called after every optimizer step: masked weights stay zero."""
        return (lambda: apply_masks(network, self.masks)) if self.masks else (lambda: None)


@refusing(TrimError)
def remove(dense: Ticket, last: Ticket, strategy: Strategy, removed: float, batches: Pairs, loss: Loss) -> Removal:
    """Choose what goes, from the trained network of the rung before.

    Args:
        dense: the ladder's start; `removed` is a fraction of its parameters, MACs or bytes (the strategy's measure).
        last: the rung before this one.
        batches: of the training split, for criteria that look at data; the first input is the probe's example.

    Raises:
        InputError: the method or criterion is unknown, or `removed` is no more than what is gone already.
    """
    if removed <= last.removed_target:
        raise InputError(f"removed {removed}: expected more than the {last.removed_target} of the rung before")
    if strategy.method not in ("trim", "mask", "hybrid"):
        raise InputError(f"strategy '{strategy.name}', method: '{strategy.method}', expected trim, mask or hybrid")
    if strategy.measure != "parameters" and strategy.method != "trim":
        raise InputError(
            f"strategy '{strategy.name}', measure: '{strategy.measure}' with method {strategy.method}, expected method "
            "trim (zeros make a network no cheaper) or measure parameters"
        )
    whole, trained, kept = dense.network(), last.network(), last.kept
    channels, floored, overshoot = last.channels_removed, last.floored, None
    if strategy.method != "mask":
        share = removed if strategy.method == "trim" else 1 - (1 - removed) ** 0.5
        selection = _select(whole, trained, strategy, share, batches, loss, last)
        step = kept_after(trained, selection.units)
        trained, kept = apply_kept(trained, step), step if kept is None else compose(kept, step)
        channels, floored = selection.channels_removed, selection.floored_layers
        overshoot = selection.overshoot if strategy.method == "trim" else None
    masks = {} if strategy.method == "trim" else _masks(whole, trained, strategy, removed, last)
    zeros = sum(int((~mask).sum()) for mask in masks.values())
    gone = 1 - (_parameters(trained) - zeros) / _parameters(whole)
    overshoot = gone - removed if overshoot is None else overshoot
    return Removal(whole, trained, kept, masks, gone, overshoot, channels, floored)


def _select(
    whole: nn.Module, trained: nn.Module, strategy: Strategy, removed: float, batches: Pairs, loss: Loss, last: Ticket
) -> Selection:
    seen = list(islice(batches, STATISTICS_BATCHES))
    example = seen[0][0][:1]
    units = find_units(trained, example)
    seed = 1_000 * (last.seed + 1) + last.rung
    scores = find_criterion(strategy.criterion)(trained, units, seen, loss=loss, seed=seed)
    return select(
        trained,
        units,
        scores,
        removed,
        dense=whole,
        ranking=Ranking(
            scope=strategy.scope,  # type: ignore[arg-type]
            scale=strategy.scale,  # type: ignore[arg-type]
            measure=strategy.measure,
            floor=strategy.floor,
            floor_fraction=strategy.floor_fraction,
            round_to=strategy.round_to,
        ),
        example=example,
    )


def _masks(whole: nn.Module, trained: nn.Module, strategy: Strategy, removed: float, last: Ticket) -> dict[str, Tensor]:
    """Weights by magnitude, or at random; in a hybrid, whatever its criterion for units.

    What the rung before held at zero stays so: a masked weight is exactly zero in its ticket.
    """
    weights, scores = maskable(trained), None
    if strategy.criterion == "random":
        source = torch.Generator().manual_seed(1_000 * (last.seed + 1) + last.rung)
        scores = {name: torch.rand(weight.shape, generator=source) for name, weight in weights.items()}
    elif strategy.criterion != "magnitude" and strategy.method == "mask":
        raise InputError(
            f"strategy '{strategy.name}', criterion: '{strategy.criterion}' ranks units, not weights; "
            "expected magnitude or random with method mask"
        )
    before = {name: weight.detach() != 0 for name, weight in weights.items()} if last.rung else None
    scope, size = strategy.scope, _parameters(whole)
    return weight_masks(trained, removed, scores=scores, scope=scope, before=before, dense_parameters=size)  # type: ignore[arg-type]


def _parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
