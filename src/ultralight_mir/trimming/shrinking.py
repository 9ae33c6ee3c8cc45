"""A smaller network in one call: find the units, score them, choose, cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from ultralight_mir.trimming.criteria import find_criterion
from ultralight_mir.trimming.criteria.base import Criterion, Loss, Pairs
from ultralight_mir.trimming.kept import Kept, kept_after
from ultralight_mir.trimming.options import DEFAULTS, Ranking
from ultralight_mir.trimming.ranking import Selection, select
from ultralight_mir.trimming.surgery import apply_kept
from ultralight_mir.trimming.units import find_units


@dataclass(frozen=True)
class Shrunk:
    """What `shrink` makes.

    Attributes:
        network: the smaller network; what is left of every weight has the value that it had.
        kept: which indices of each layer are left, relative to the network that was given: for `apply_kept` and
            `slice_state`, and to be written down (`Kept.to_json`).
        selection: which units went, the fraction that is gone, and the layers that the floor kept from losing more.
    """

    network: nn.Module
    kept: Kept
    selection: Selection


def shrink(
    network: nn.Module,
    example: Any,
    removed: float = 0.9,
    criterion: str | Criterion = "magnitude",
    *,
    batches: Pairs | None = None,
    loss: Loss | None = None,
    ranking: Ranking = DEFAULTS,
    seed: int = 0,
    dense: nn.Module | None = None,
    enough: Callable[[Kept], bool] | None = None,
) -> Shrunk:
    """A physically smaller copy of a network, without the units that are worth least. Train it again after.

    Args:
        network: any `nn.Module`, on any device; is not changed.
        example: an input, batch first: a tensor, a tuple of positional arguments, or a dict of keyword arguments.
        removed: the fraction to remove, 0 to 1; at most one unit more goes, and less only where the floor is hit
            (`Shrunk.selection` says so).
        criterion: what a unit is worth: one of `CRITERIA`, somebody's own `module:attribute`, or a function.
        batches: (inputs, targets) of training clips, for criteria that look at data.
        loss: (outputs, targets) → a scalar, for criteria that look at gradients.
        ranking: how scores are compared, and what `removed` is a fraction of.
        seed: for criteria that draw.
        dense: what `removed` is a fraction of, where `network` has been shrunk before; `network` itself by default.
        enough: whether a smaller network will do, by what is kept of this one; beside `removed` (then often 0), for
            what is no sum over weights. Asked about as often as the number of units has binary digits (`select`).

    Raises:
        TrimError: the network cannot be run on the example, or has a layer that cannot be trimmed safely; an option is
            unknown or out of range; the criterion needs batches or a loss.

    >>> import torch
    >>> network = nn.Sequential(nn.Conv1d(1, 32, 5), nn.ReLU(), nn.Conv1d(32, 32, 5), nn.ReLU(), nn.Conv1d(32, 2, 1))
    >>> small = shrink(network, torch.randn(1, 1, 100), removed=0.9, ranking=Ranking(scope="local"))
    >>> [layer.out_channels for layer in small.network if isinstance(layer, nn.Conv1d)]
    [9, 10, 2]
    >>> round(small.selection.removed, 2), len(small.selection.units)
    (0.9, 45)
    >>> again = apply_kept(network, Kept.from_json(small.kept.to_json()))
    >>> torch.equal(again[2].weight, small.network[2].weight)
    True
    """
    score = find_criterion(criterion) if isinstance(criterion, str) else criterion
    units = find_units(network, example)
    scores = score(network, units, batches, loss=loss, seed=seed)
    does = None if enough is None else lambda chosen: enough(kept_after(network, chosen))
    selection = select(network, units, scores, removed, ranking=ranking, dense=dense, example=example, enough=does)
    kept = kept_after(network, selection.units)
    return Shrunk(apply_kept(network, kept), kept, selection)
