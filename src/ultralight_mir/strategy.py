"""A strategy: how a ladder removes and how it trains again. The owner of its settings: types, defaults and checks."""

from __future__ import annotations

from dataclasses import fields
from typing import Literal, Self

from pydantic import Field, model_validator

from ultralight_mir.schedule import Moment
from ultralight_mir.settings import Count, Settings, Share
from ultralight_mir.trimming.criteria import is_control
from ultralight_mir.trimming.options import Measure, Ranking, Scale, Scope


class StrategySettings(Settings):
    """Method × criterion × scope × scale × reset × objective, as a config's entry says them."""

    method: Literal["trim", "mask", "hybrid"] = Field(
        description="`trim` removes units, `mask` zeroes single weights, `hybrid` does both, half of the way each."
    )
    criterion: str = Field(
        "magnitude",
        description="How units (for mask, weights) are ranked, high = keep; a hybrid's weights by magnitude or random."
        " Somebody's own: module:Name.",
    )
    scope: Scope = Ranking.scope
    scale: Scale = Ranking.scale
    measure: Measure = Field(
        Ranking.measure, description="What `removed` is a fraction of; macs and bytes with method trim only."
    )
    round_to: Count = Field(
        Ranking.round_to, description="The number of units that a layer keeps is a multiple of this."
    )
    floor: Count = Field(Ranking.floor, description="Output channels that every layer keeps at least.")
    floor_fraction: Share = Field(Ranking.floor_fraction, description="The same as a fraction of the layer's width.")
    reset: Literal["rewind", "reinit", "finetune", "lr-rewind"] = "rewind"
    rewind: Moment = Field(
        "20it", description='The early step that rewinding goes back to, in optimizer steps ("50it") or epochs ("1ep").'
    )
    objective: str = Field("supervised", description="What training minimises. Somebody's own: module:Name.")

    @property
    def control(self) -> bool:
        """Whether it is there to compare with: it ranks at random, or trains from fresh weights."""
        return self.reset == "reinit" or is_control(self.criterion)

    @property
    def ranking(self) -> Ranking:
        """How units are ranked and chosen."""
        return Ranking(**{field.name: getattr(self, field.name) for field in fields(Ranking)})

    @property
    def goes_back(self) -> bool:
        """Whether training starts again at an early step."""
        return self.reset in ("rewind", "lr-rewind")

    @property
    def masks(self) -> bool:
        """Whether single weights are zeroed."""
        return self.method != "trim"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.method == "mask" and self.criterion not in ("magnitude", "random"):
            raise ValueError(
                f"criterion: '{self.criterion}' ranks units, not weights; expected magnitude or random with method mask"
            )
        if self.masks and self.measure != "parameters":
            raise ValueError(
                f"measure: '{self.measure}' with method {self.method}, expected method trim (zeros make a network no"
                " cheaper) or measure parameters"
            )
        return self


class Strategy(StrategySettings):
    """The same under its name, as a job and a ticket know it. A dense network has none."""

    name: str = Field(description="Short, as in paths; the key of the config's entry.")


SETTINGS = tuple(StrategySettings.model_fields)
"""What a strategy is made of: columns of the tables, all empty for a dense network but `method`, which is "dense"."""
