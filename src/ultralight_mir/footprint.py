"""What a ticket takes on a Cortex-M4 in C, estimated without a compiler; and what parts of its network would take.

What hangs on the network is computed: its constants, states, scratch and multiply-accumulates. What the code, the front
end and a multiply-accumulate take besides is that of measured tickets with the same feature (`estimates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from ultralight_mir import cost
from ultralight_mir.estimates import Besides, besides
from ultralight_mir.export.c import Memory, memory
from ultralight_mir.features import get_feature
from ultralight_mir.strategy import DeviceMeasure
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import Kept, apply_kept, compose
from ultralight_mir.weights import snapshot


@dataclass(frozen=True)
class Estimate:
    """What a ticket takes: bytes, and of a second of audio; the stack is in the RAM."""

    flash: int
    ram: int
    macs: int
    instructions: int
    stack: int = 0


def estimate(ticket: Ticket) -> Estimate:
    """What a ticket takes on a Cortex-M4.

    Raises:
        InputError: it has no C, or no ticket with its feature was measured.
    """
    rest = _besides(ticket)
    return with_besides(memory(ticket), macs_of(ticket), rest)


def with_besides(own: Memory, macs: int, rest: Besides) -> Estimate:
    """What a network takes, and what it takes besides."""
    return Estimate(
        flash=round(own.weights + rest.flash),
        ram=round(own.states + own.scratch + rest.ram),
        macs=macs,
        instructions=rest.executed(macs),
    )


def macs_of(ticket: Ticket, seconds: float = 10.0) -> int:
    """Multiply-accumulates of a ticket's network for a second of audio."""
    feature = get_feature(str(ticket.feature["name"]))
    frames = round(seconds * feature.sample_rate / feature.hop)
    return round(cost.macs(ticket.network(), torch.zeros(feature.batch_of_one(frames))) / seconds)


def _besides(ticket: Ticket) -> Besides:
    return besides(str(ticket.feature["name"]))


class Parts:
    """Parts of a ticket's network, which need not have been trained: only shapes count."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket, self._network = ticket, ticket.network()

    @cached_property
    def whole(self) -> Estimate:
        """What all of it takes."""
        return estimate(self._ticket)

    def part(self, kept: Kept) -> Ticket:
        """The ticket with no more of its network than this, which is relative to it."""
        before = self._ticket.kept
        weights = snapshot(apply_kept(self._network, kept))
        left = kept if before is None else compose(before, kept)
        return self._ticket.model_copy(update={"kept": left, "weights": weights})

    def left(self, kept: Kept, measure: DeviceMeasure) -> float:
        """What a part takes, as a fraction of what the whole takes: bytes, or one cycle an instruction.

        Raises:
            InputError: as `estimate`; of cycles too, though they alone could be told of a network without C.
        """
        part, whole = self.part(kept), self.whole
        if measure == "cycles":  # without generating C, which takes seconds
            return _besides(part).executed(macs_of(part)) / whole.instructions
        sizes = (estimate(part), whole)
        one, other = (size.flash if measure == "flash" else size.ram for size in sizes)
        return one / other
