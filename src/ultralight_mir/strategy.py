"""A strategy: how a ladder removes and how it trains again. The owner of its settings: types, defaults and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from ultralight_mir.schedule import Moment
from ultralight_mir.settings import Count, Settings, Share
from ultralight_mir.trimming.criteria import WEIGHT_CRITERIA, is_control
from ultralight_mir.trimming.options import Measure, Ranking, Scale, Scope

DeviceMeasure = Literal["flash", "ram", "cycles"]
"""What devices have of: no sums over weights, but estimates of the whole ticket (`footprint`)."""
DISTIL = "distil"
"""The objective that has a teacher."""
LONGEST = 20
"""Times the dense network's steps that a ticket trains at most."""
REPEATED = ("reset", "rewind", "objective", "teacher", "teacher_weight", "temperature", "unlabelled", "length")
"""What a strategy that is like another may say anew."""


class StrategySettings(Settings):
    """Method × criterion × scope × scale × reset × objective, as a config's entry says them.

    A strategy that is *like* another has no ladder of its own: each of its tickets starts from the other's with as much
    removed, so that the two differ in what it says and in nothing else. `scope` and `scale` are `trimming.Ranking`'s.
    """

    like: str = Field(
        "",
        description="The strategy whose tickets this one repeats; it has all that strategy's settings but those of"
        f" {', '.join(REPEATED)}, which it may say anew.",
    )
    units: Literal["same", "shuffled"] = Field(
        "same",
        description="Of a strategy that is like another: `same` keeps what that one keeps; `shuffled` as much of every"
        " layer, but other units (masks: other weights), a control.",
    )
    method: Literal["trim", "mask", "hybrid", "small"] = Field(
        "trim",
        description="`trim` removes units, `mask` zeroes single weights, `hybrid` does both, half of the way each;"
        " `small` is a control: the same network built narrower, with as many parameters, and trained from scratch.",
    )
    criterion: str = Field(
        "magnitude",
        description="How units are ranked, high = keep; somebody's own: module:Name. For method mask, how weights are:"
        f" one of {', '.join(WEIGHT_CRITERIA)}; a hybrid's weights are ranked by magnitude, or random.",
    )
    scope: Scope = Ranking.scope
    scale: Scale = Ranking.scale
    measure: Literal[Measure, DeviceMeasure] = Field(
        Ranking.measure,
        description="What `removed` is a fraction of; with other methods than trim parameters only. `flash` and `ram`"
        " (bytes) and `cycles` (a second of audio) are what the ticket takes as C on a Cortex-M4, with code and front"
        " end, by estimate.",
    )
    round_to: Count = Field(
        Ranking.round_to, description="The number of units that a layer keeps is a multiple of this."
    )
    floor: Count = Field(Ranking.floor, description="Output channels that every layer keeps at least.")
    floor_fraction: Share = Field(Ranking.floor_fraction, description="The same as a fraction of the layer's width.")
    reset: Literal["rewind", "reinit", "finetune", "lr-rewind"] = Field(
        "rewind",
        description="What a rung's training starts from: `rewind`, the weights at an early step; `reinit`, fresh ones;"
        " `finetune`, the trained ones, at a low and steady learning rate; `lr-rewind`, the trained ones with the"
        " learning rates from that step on.",
    )
    rewind: Moment = Field(
        "20it", description='The early step that rewinding goes back to, in optimizer steps ("50it") or epochs ("1ep").'
    )
    objective: str = Field(
        "supervised", description="What training minimises: supervised, distil, or somebody's own module:Name."
    )
    teacher: str = Field(
        "dense",
        description="Who teaches where the objective is distil: `dense`, the network that the ladder starts from;"
        " `seeds`, the dense networks of all seeds together; or the dense network of another of the task's networks.",
    )
    teacher_weight: Share = Field(0.5, description="What the teacher's word counts for beside the annotation's.")
    temperature: float = Field(
        2.0,
        ge=0.1,
        le=100,
        description="Divides the logits that teacher and ticket compare; 1 where few of many outputs are active, as for"
        " pitch.",
    )
    unlabelled: Share = Field(
        0.0, description="The share of each batch that is cut from clips without annotations, for the teacher alone."
    )
    length: Literal["steps", "macs"] = Field(
        "steps",
        description="How long a ticket trains: as many steps as the dense network, or with as many multiply-accumulates"
        f" (Liu et al. 2019: Scratch-B), at most {LONGEST} times as many steps.",
    )

    @property
    def control(self) -> bool:
        """Whether it is there to compare with: it keeps any units, or trains from fresh weights."""
        return (
            self.method == "small" or self.reset == "reinit" or self.units == "shuffled" or is_control(self.criterion)
        )

    @property
    def shipped(self) -> bool:
        """Whether its tickets are for somebody to use: no control's are, nor masks, which are as slow as dense."""
        return not self.control and self.method != "mask"

    @property
    def taught(self) -> bool:
        """Whether a teacher is run beside it."""
        return self.objective == DISTIL

    @property
    def ranking(self) -> Ranking:
        """How units are ranked and chosen; what of a device is to go, the ranking itself does not know."""
        options = {field.name: getattr(self, field.name) for field in fields(Ranking)}
        return Ranking(**(options if self.device_measure is None else options | {"measure": Ranking.measure}))

    @property
    def device_measure(self) -> DeviceMeasure | None:
        """The measure, where it is one of what devices have."""
        return next((name for name in get_args(DeviceMeasure) if name == self.measure), None)

    @property
    def goes_back(self) -> bool:
        """Whether training starts again at an early step."""
        return self.method != "small" and self.reset in ("rewind", "lr-rewind")

    @property
    def masks(self) -> bool:
        """Whether single weights are zeroed."""
        return self.method in ("mask", "hybrid")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.method == "mask" and self.criterion not in WEIGHT_CRITERIA:
            raise ValueError(
                f"criterion: '{self.criterion}' ranks units, not weights; expected one of {', '.join(WEIGHT_CRITERIA)}"
                " with method mask"
            )
        if self.method != "trim" and self.measure != "parameters":
            raise ValueError(
                f"measure: '{self.measure}' with method {self.method}, expected method trim (zeros make a network no"
                " cheaper) or measure parameters"
            )
        if self.units == "shuffled" and not self.like:
            raise ValueError("units: 'shuffled' without like, expected the strategy whose widths are kept")
        if self.like and self.reset not in ("rewind", "reinit"):
            raise ValueError(f"reset: '{self.reset}' of what is like '{self.like}', expected rewind or reinit")
        if self.like and self.method == "small":
            raise ValueError(f"like: '{self.like}', of which method small repeats nothing; expected no like")
        if not self.taught and (self.unlabelled or self.teacher != "dense"):
            raise ValueError(f"objective: '{self.objective}' asks no teacher, expected {DISTIL}")
        return self


class Strategy(StrategySettings):
    """The same under its name, as a job and a ticket know it. A dense network has none."""

    name: str = Field(description="Short, as in paths; the key of the config's entry.")


SETTINGS = tuple(StrategySettings.model_fields)
"""What a strategy is made of: columns of the tables, all empty for a dense network but `method`, which is "dense"."""


def complete(entries: Mapping[str, object]) -> dict[str, object]:
    """A config's strategies, those that are like another with that one's settings filled in.

    Raises:
        ValueError: `like` leads nowhere or to what is itself like another; more is said anew than may be.
    """
    whole = dict(entries)
    for name, entry in entries.items():
        like = entry.get("like") if isinstance(entry, Mapping) else None
        if not like or not isinstance(entry, Mapping):
            continue
        base = entries.get(like) if isinstance(like, str) else None
        if not isinstance(base, Mapping):
            raise ValueError(f"{name}.like: '{like}' is unknown, expected one of {', '.join(entries)}")
        if base.get("like"):
            raise ValueError(f"{name}.like: '{like}' is like '{base['like']}' itself, expected '{base['like']}'")
        foreign = [key for key in entry if key not in ("like", "units", *REPEATED) and entry[key] != base.get(key)]
        if foreign:
            raise ValueError(f"{name}.{foreign[0]}: is that of '{like}', expected only {', '.join(REPEATED)} or units")
        whole[name] = {**base, **entry}
    return whole
