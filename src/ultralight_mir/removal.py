"""What a rung takes away: the units (trim), the weights (mask) or both (hybrid).

Chosen on the rung before; or, of a strategy that is like another, read from that one's ticket with as much removed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError, refusing
from ultralight_mir.strategy import Strategy
from ultralight_mir.trimming import (
    Kept,
    Shrunk,
    TrimError,
    apply_kept,
    apply_masks,
    check_removed,
    compose,
    find_weight_criterion,
    mask_gradients,
    maskable,
    shrink,
    shuffled,
    slice_state,
    weight_masks,
)
from ultralight_mir.weights import count_parameters

Loss = Callable[[Tensor, Tensor], Tensor]
Pairs = Iterable[tuple[Tensor, Tensor]]
Left = Callable[[Kept], float]
STATISTICS_BATCHES = 8
"""Training batches that a criterion which looks at data may see."""


@dataclass(frozen=True)
class Ladder:
    """Where a ladder stands before a rung.

    Attributes:
        dense: the trained network that it starts from.
        last: the trained network of the rung before (of the first rung: the dense one); of a strategy that is like
            another, that of the ticket which it repeats.
        kept: what that one has left of the dense network's units; None for all.
        rung: its number, 0 for the dense network.
        removed_target: what was asked of it.
        channels_removed, overshoot, floored: as on its ticket.
        seed: of everything that is drawn.
    """

    dense: nn.Module = field(repr=False)
    last: nn.Module = field(repr=False)
    kept: Kept | None
    rung: int
    removed_target: float
    channels_removed: float
    overshoot: float
    floored: tuple[str, ...]
    seed: int

    @property
    def draw_seed(self) -> int:
        """Of what this rung draws, another one for every rung."""
        return 1_000 * (self.seed + 1) + self.rung


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
        """To be called after every optimizer step: masked weights stay zero; from now on they have no gradient."""
        masks = {name: mask.to(network.get_parameter(name).device) for name, mask in self.masks.items()}
        mask_gradients(network, masks)
        return (lambda: apply_masks(network, masks)) if masks else (lambda: None)


@refusing(TrimError)
def remove(
    ladder: Ladder, strategy: Strategy, removed: float, batches: Pairs, loss: Loss, left: Left | None = None
) -> Removal:
    """Choose what goes, from the trained network of the rung before, or repeat what another strategy's ticket removed.

    Args:
        removed: a fraction of what the dense network has of the strategy's measure.
        batches: of the training split, for criteria that look at data; the first input is the probe's example. They are
            on the device that the networks are on.
        loss: (outputs, targets) → scalar, for criteria that look at gradients.
        left: what is kept of the dense network → the fraction of the measure that is left, where trimming itself does
            not know that measure: what devices have (`footprint`).

    Raises:
        InputError: the criterion is unknown, `removed` is no more than what is gone already (or not what the ticket
            to be repeated removed), or more than can go of what devices have; or the network cannot be trimmed.
    """
    if strategy.like:
        return _repeat(ladder, strategy, removed, batches)
    if removed <= ladder.removed_target:
        raise InputError(f"removed {removed}: expected more than the {ladder.removed_target} of the rung before")
    trained, kept = ladder.last, ladder.kept
    channels, floored, overshoot = ladder.channels_removed, ladder.floored, None
    if strategy.method != "mask":
        share = removed if strategy.method == "trim" else 1 - (1 - removed) ** 0.5
        shrunk = _shrink(ladder, strategy, share, batches, loss, left)
        trained, kept = shrunk.network, shrunk.kept if kept is None else compose(kept, shrunk.kept)
        channels, floored = shrunk.selection.channels_removed, shrunk.selection.floored_layers
        overshoot = shrunk.selection.overshoot if strategy.method == "trim" else None
    masks = _masks(ladder, trained, strategy, removed, batches, loss) if strategy.masks else {}
    share = 1 - _left(trained, masks) / count_parameters(ladder.dense)
    overshoot = share - removed if overshoot is None else overshoot
    return Removal(ladder.dense, trained, kept, masks, share, overshoot, channels, floored)


def _repeat(ladder: Ladder, strategy: Strategy, removed: float, batches: Pairs) -> Removal:
    """As much of every layer as the ticket of `strategy.like` has left: the same, or other units and weights."""
    if removed != ladder.removed_target:
        raise InputError(f"removed {removed}: '{strategy.like}' has removed {ladder.removed_target}, expected as much")
    shuffle, kept = strategy.units == "shuffled", ladder.kept
    if shuffle and kept is not None:
        example = next(iter(batches))[0][:1]
        kept = shuffled(ladder.dense, example, kept, ladder.draw_seed)
    masks = {name: weight.detach() != 0 for name, weight in maskable(ladder.last).items()} if strategy.masks else {}
    if shuffle:
        source = torch.Generator().manual_seed(ladder.draw_seed)
        masks = {name: _dealt(mask, source) for name, mask in masks.items()}
    gone = 1 - _left(ladder.last, masks) / count_parameters(ladder.dense)
    return Removal(
        ladder.dense, ladder.last, kept, masks, gone, ladder.overshoot, ladder.channels_removed, ladder.floored
    )


def _dealt(mask: Tensor, source: torch.Generator) -> Tensor:
    """As many weights of the tensor, wherever they fall."""
    return mask.flatten()[torch.randperm(mask.numel(), generator=source).to(mask.device)].view_as(mask)


def _shrink(
    ladder: Ladder, strategy: Strategy, removed: float, batches: Pairs, loss: Loss, left: Left | None
) -> Shrunk:
    pairs = list(islice(batches, STATISTICS_BATCHES))
    smaller = partial(
        shrink,
        ladder.last,
        pairs[0][0][:1],
        criterion=strategy.criterion,
        batches=pairs,
        loss=loss,
        ranking=strategy.ranking,
        seed=ladder.draw_seed,
        dense=ladder.dense,
    )
    if left is None:
        return smaller(removed)
    check_removed(removed)

    def gone(kept: Kept) -> float:
        return 1 - left(kept if ladder.kept is None else compose(ladder.kept, kept))

    shrunk = smaller(0.0, enough=lambda kept: gone(kept) >= removed)
    most = gone(shrunk.kept)
    if most < removed:
        raise InputError(
            f"{strategy.name}, rung {ladder.rung + 1}: removed {removed} of {strategy.measure}, expected at most"
            f" {math.floor(1000 * most) / 1000}, which is gone when all is that can go"
        )
    return replace(shrunk, selection=replace(shrunk.selection, removed=most, overshoot=most - removed))


def _masks(
    ladder: Ladder, trained: nn.Module, strategy: Strategy, removed: float, batches: Pairs, loss: Loss
) -> dict[str, Tensor]:
    """Weights by the strategy's criterion; in a hybrid, by magnitude whatever its criterion for units but `random`.

    What the rung before held at zero stays so: a masked weight is exactly zero in its ticket.
    """
    own = strategy.method == "mask" or strategy.criterion == "random"
    rank = find_weight_criterion(strategy.criterion if own else "magnitude")
    scores = rank(trained, islice(batches, STATISTICS_BATCHES), loss=loss, seed=ladder.draw_seed)
    weights = maskable(trained)
    before = {name: weight.detach() != 0 for name, weight in weights.items()} if ladder.rung else None
    size = count_parameters(ladder.dense)
    return weight_masks(trained, removed, scores=scores, scope=strategy.scope, before=before, dense_parameters=size)


def _left(network: nn.Module, masks: Mapping[str, Tensor]) -> int:
    return count_parameters(network) - sum(int((~mask).sum()) for mask in masks.values())
