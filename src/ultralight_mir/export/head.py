"""What an exported graph says of itself, in its metadata: all that is needed to run it on audio."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ultralight_mir.listening import PIECE
from ultralight_mir.settings import Settings

KEY = "ultralight_mir"
"""Of a graph's metadata, under which the head stands as JSON."""
INPUT, OUTPUT = "input", "activation"
"""Names of a graph's input, float32 `[1, frames, bins]` or `[1, samples]`, and output, `[1, frames, outputs]` or
`[1, outputs]`."""


class Head(Settings):
    """The head of a graph.

    Attributes:
        task: what it is for.
        feature: how its input is made (`Feature.describe`), in the graph or before it.
        front_end: whether samples go in, at the feature's rate.
        thresholds: the task's decisions.
        before, after: frames that an output hears, its front end's included; multiples of `listening.EDGE`.
        endless: whether it hears farther than that.
        precision: that it computes in.
    """

    format: Literal[1] = 1
    task: str
    feature: dict[str, Any]
    front_end: bool
    thresholds: dict[str, float]
    before: int = Field(ge=0, le=PIECE)
    after: int = Field(ge=0, le=PIECE)
    endless: bool
    precision: Literal["float32", "int8"]
