"""What a ticket takes on a core, estimated without a compiler, and how much has to go for it to fit a device.

What hangs on the network is computed: its constants, states, scratch and multiply-accumulates. What the code, the front
end and a multiply-accumulate take besides is that of measured tickets with the same feature, `estimates.csv`, which
`benchmarks/footprint.py` writes and prints the errors of.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import as_file, files

import torch

from ultralight_mir import networks
from ultralight_mir.embedded.devices import Device
from ultralight_mir.embedded.measuring import macs_of
from ultralight_mir.errors import InputError, refusing
from ultralight_mir.export.c import Memory, memory
from ultralight_mir.features import get_feature
from ultralight_mir.files import read_rows
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import Ranking, TrimError, shrink
from ultralight_mir.trimming.kept import compose
from ultralight_mir.weights import snapshot

FILE = "estimates.csv"
MOST, STEPS = 0.999, 8
"""Of a network's parameters that are tried to remove at most, and halvings of the range between: what is left is found
to within 3 %."""
ALIKE = Ranking(scope="local")
"""As much of every layer, whatever its weights are: the widths are those of any strategy with this scope."""


@dataclass(frozen=True)
class Besides:
    """What tickets of a feature take besides their networks, on a Cortex-M4.

    Attributes:
        flash, ram: bytes; RAM with the stack.
        instructions: of the front end, a second of audio.
        instructions_per_mac: of the network.
    """

    flash: float
    ram: float
    instructions: float
    instructions_per_mac: float


@dataclass(frozen=True)
class Estimate:
    """What a ticket takes (`devices.Takes`); the stack is in the RAM."""

    flash: int
    ram: int
    macs: int
    instructions: int
    stack: int = 0


@dataclass(frozen=True)
class Fit:
    """A smaller network that fits: the fraction of the dense network's parameters that is gone, and what it takes."""

    removed: float
    takes: Estimate


@lru_cache(maxsize=1)
def known() -> dict[str, Besides]:
    """By feature, what was found of measured tickets."""
    names = [field.name for field in fields(Besides)]
    with as_file(files(__package__).joinpath(FILE)) as path:
        rows = list(read_rows(path, ("feature", *names)))
    return {row["feature"]: Besides(*(float(row[name]) for name in names)) for row in rows}


def estimate(ticket: Ticket) -> Estimate:
    """What a ticket takes on a Cortex-M4.

    Raises:
        InputError: it has no C, or no ticket with its feature was measured.
    """
    feature, besides = str(ticket.feature["name"]), known()
    if feature not in besides:
        raise InputError(f"feature '{feature}': no ticket with it was measured, expected one of {', '.join(besides)}")
    return with_besides(memory(ticket), macs_of(ticket), besides[feature])


def with_besides(own: Memory, macs: int, besides: Besides) -> Estimate:
    """What a network takes, and what it takes besides."""
    return Estimate(
        flash=round(own.weights + besides.flash),
        ram=round(own.states + own.scratch + besides.ram),
        macs=macs,
        instructions=round(macs * besides.instructions_per_mac + besides.instructions),
    )


def fit(ticket: Ticket, device: Device) -> Fit:
    """The largest of a ticket's networks that fits a device, as much removed of every layer (`ALIKE`).

    Which units go hangs on training, how many of each layer does not, so that a dense network that was hardly trained
    says as much.

    Raises:
        InputError: none fits, however much is removed; as `estimate`.
    """
    least, most = _smaller(ticket, MOST), ticket.removed
    if lacking := device.lacks(least.takes):
        name, gone = ticket.recipe.network, f"{least.removed:.3f}"
        raise InputError(f"{device.name}: too little {', '.join(lacking)} for {name}, even with {gone} of it removed")
    left, enough = 1 - most, 1 - MOST
    for _ in range(STEPS):
        middle = (left * enough) ** 0.5
        tried = _smaller(ticket, 1 - middle)
        if device.lacks(tried.takes):
            left = middle
        else:
            enough, least = middle, tried
    return least


@refusing(TrimError)
def _smaller(ticket: Ticket, removed: float) -> Fit:
    """A ticket with so much of its dense network's parameters gone."""
    feature, network, dense = (
        get_feature(str(ticket.feature["name"])),
        ticket.network(),
        networks.build(ticket.recipe, ticket.seed),
    )
    example = torch.zeros(1, 128, feature.bins)
    shrunk = shrink(network, example, removed, ranking=ALIKE, dense=dense)
    kept = shrunk.kept if ticket.kept is None else compose(ticket.kept, shrunk.kept)
    changes = {"kept": kept, "weights": snapshot(shrunk.network)}
    sizes = [sum(parameter.numel() for parameter in one.parameters()) for one in (shrunk.network, dense)]
    return Fit(1 - sizes[0] / sizes[1], estimate(ticket.model_copy(update=changes)))
