"""A strategy: how a ladder removes and how it trains again. The owner of its settings: types, defaults and checks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FORM = r"^[0-9]{1,9}(it|ep)$"
"""A moment of training as people write it: optimizer steps ("50it") or epochs ("1ep")."""
Moment = Annotated[str, Field(pattern=FORM)]
Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class Strategy(BaseModel):
    """Method × criterion × scope × scale × reset × objective, under a short name. A dense network has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", description="Short, as in paths; the key of the config's entry.")
    method: Literal["trim", "mask", "hybrid"] = Field(
        description="`trim` removes units, `mask` zeroes single weights, `hybrid` does both, half of the way each."
    )
    criterion: str = Field(
        "magnitude",
        description="How units (for mask, weights) are ranked, high = keep; a hybrid's weights by magnitude or random."
        " With shuffled_ before it, a control. Somebody's own: module:Name.",
    )
    scope: Literal["global", "local"] = "global"
    scale: Literal["none", "layer_maximum", "dimension", "xavier"] = "none"
    measure: Literal["parameters", "macs", "bytes"] = Field(
        "parameters", description="What `removed` is a fraction of; macs and bytes with method trim only."
    )
    round_to: Count = Field(1, description="The number of units that a layer keeps is a multiple of this.")
    floor: Count = Field(1, description="Output channels that every layer keeps at least.")
    floor_fraction: float = Field(
        0.0, ge=0, le=1, allow_inf_nan=False, description="The same as a fraction of the layer's width."
    )
    reset: Literal["rewind", "reinit", "finetune", "lr-rewind"] = "rewind"
    rewind: Moment = Field(
        "20it", description='The early step that rewinding goes back to, in optimizer steps ("50it") or epochs ("1ep").'
    )
    objective: str = Field("supervised", description="What training minimises. Somebody's own: module:Name.")

    @property
    def control(self) -> bool:
        """Whether it is there to compare with: it ranks at random, or trains from fresh weights."""
        return self.reset == "reinit" or self.criterion == "random" or self.criterion.startswith("shuffled_")

    @property
    def rewinds(self) -> bool:
        """Whether its tickets need the weights, or the schedule, of an early step."""
        return self.reset in ("rewind", "lr-rewind")

    @model_validator(mode="after")
    def _fits_together(self) -> Strategy:
        if self.method == "mask" and self.criterion not in ("magnitude", "random"):
            raise ValueError(
                f"criterion: '{self.criterion}' ranks units, not weights; expected magnitude or random with method mask"
            )
        if self.method != "trim" and self.measure != "parameters":
            raise ValueError(
                f"measure: '{self.measure}' with method {self.method}, expected method trim (zeros make a network no"
                " cheaper) or measure parameters"
            )
        return self


SETTINGS = tuple(name for name in Strategy.model_fields if name != "name")
"""What a strategy is made of: columns of the tables, all empty for a dense network but `method`, which is "dense"."""
