"""How much of a network has to go for it to fit a device, by what it is estimated to take (`footprint`)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ultralight_mir import networks
from ultralight_mir.embedded.devices import Device
from ultralight_mir.errors import InputError, refusing
from ultralight_mir.features import get_feature
from ultralight_mir.footprint import Estimate, Parts, estimate
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import Ranking, TrimError, shrink
from ultralight_mir.weights import count_parameters

ALIKE = Ranking(scope="local")
"""As much of every layer, whatever its weights are: the widths are those of any strategy with this scope."""


@dataclass(frozen=True)
class Fit:
    """A smaller network that fits: the fraction of the dense network's parameters that is gone, and what it takes."""

    removed: float
    takes: Estimate


@refusing(TrimError)
def fit(ticket: Ticket, device: Device) -> Fit:
    """The largest of a ticket's networks that fits a device, as much removed of every layer (`ALIKE`), to a unit.

    Which units go hangs on training, how many of each layer does not, so that a dense network that was hardly trained
    says as much.

    Raises:
        InputError: none fits, however much is removed; as `footprint.estimate`.
    """
    parts, bins = Parts(ticket), get_feature(str(ticket.feature["name"])).bins
    shrunk = shrink(
        ticket.network(),
        torch.zeros(1, 128, bins),
        0.0,
        ranking=ALIKE,
        enough=lambda kept: not device.lacks(estimate(parts.part(kept))),
    )
    takes = estimate(parts.part(shrunk.kept))
    left, dense = (
        count_parameters(network) for network in (shrunk.network, networks.build(ticket.recipe, ticket.seed))
    )
    removed = 1 - left / dense
    if lacking := device.lacks(takes):
        name, gone = ticket.recipe.network, f"{removed:.4f}"
        raise InputError(f"{device.name}: too little {', '.join(lacking)} for {name}, even with {gone} of it removed")
    return Fit(removed, takes)
