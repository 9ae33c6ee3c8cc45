"""How long and how fast a network is trained."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ultralight_mir.errors import InputError
from ultralight_mir.settings import Count, Settings

MOMENT = r"^[0-9]{1,9}(it|ep)$"
"""A moment of training as people write it: optimizer steps ("50it") or epochs ("1ep")."""
Moment = Annotated[str, Field(pattern=MOMENT)]


Precision = Literal["float32", "bfloat16"]
MOST = 10_000_000
"""Optimizer steps of a training."""
CHECK, FACTOR = "1ep", 0.5


def _is(value: object) -> Callable[[object], bool]:
    """Whether an option is at this default: then it is not written, so tickets and jobs without it stay the same."""
    return lambda found: found == value


class Schedule(Settings):
    """Steps, batches, learning rate and precision of one training; the owner of their defaults and ranges."""

    steps: int = Field(ge=2, le=MOST, description="Optimizer steps from initialisation to the end.")
    batch: Count = Field(16, description="Segments (or clips) a step.")
    frames: Count = Field(200, description="Frames a training segment.")
    learning_rate: float = Field(
        3e-3, gt=0, le=10, description="The peak: linear warm-up over the first tenth, then a cosine to zero."
    )
    weight_decay: float = Field(
        1e-2, ge=0, le=10, description="AdamW's, or Adam's L2; biases and normalisations have none."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="bfloat16 is autocast; auto is bfloat16 where the device computes in it."
    )
    decay: bool = Field(True, description="False holds the learning rate (fine-tuning).")
    optimizer: Literal["adamw", "adam"] = Field(
        "adamw",
        exclude_if=_is("adamw"),
        description="`adamw` takes the weight decay off the weights, `adam` adds it to the gradient (L2).",
    )
    patience: Count | None = Field(
        None,
        exclude_if=_is(None),
        description="Early stopping: training ends after as many checks in a row without a lower loss of the validation"
        " clips, and the weights with the lowest are kept. Without it the last weights are.",
    )
    plateau: Count | None = Field(
        None,
        exclude_if=_is(None),
        description="The learning rate falls after as many checks in a row without a lower loss of the validation"
        " clips, and else stays at `learning_rate`, without warm-up and cosine.",
    )
    plateau_factor: float = Field(FACTOR, gt=0, lt=1, exclude_if=_is(FACTOR), description="What it is multiplied by.")
    check: Moment = Field(
        CHECK,
        exclude_if=_is(CHECK),
        description="How often the validation clips are looked at, where there is a `patience` or a `plateau`, in"
        ' optimizer steps ("50it") or epochs ("1ep").',
    )

    @model_validator(mode="after")
    def _nothing_is_idle(self) -> Self:
        if self.plateau is None and self.plateau_factor != FACTOR:
            raise ValueError(f"plateau_factor: {self.plateau_factor} without plateau, expected that too")
        if not self.watched and self.check != CHECK:
            raise ValueError(f"check: '{self.check}' without patience or plateau, expected one of them")
        return self

    @property
    def watched(self) -> bool:
        """Whether the validation clips have a say in training."""
        return self.patience is not None or self.plateau is not None

    def rate(self, step: int) -> float:
        """Learning rate at `step` in 0…steps − 1; with a `plateau`, before it falls."""
        if not self.decay or self.plateau is not None:
            return self.learning_rate
        warm = max(1, self.steps // 10)
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, self.steps - warm)))

    def step_of(self, moment: str, steps_per_epoch: float) -> int:
        """Optimizer steps until a moment ("50it", "1ep"), in 0…steps − 1; an epoch is rounded to whole steps.

        Raises:
            InputError: the text is of neither form, or lies past the end of training.
        """
        steps = in_steps(moment, steps_per_epoch)
        if steps >= self.steps:
            raise InputError(
                f"step '{moment}': {steps} optimizer steps, expected less than training.steps = {self.steps}"
            )
        return steps


class Training(Schedule):
    """A schedule as a config asks for it: its length may be in epochs, whose steps the training corpus tells."""

    epochs: Count | None = Field(
        None,
        exclude_if=_is(None),
        description="In place of `steps`, which are not looked at then: how often training sees every clip.",
    )

    @model_validator(mode="before")
    @classmethod
    def _in_epochs(cls, value: Any) -> Any:
        timed = isinstance(value, Mapping) and value.get("epochs") is not None
        return {**value, "steps": MOST} if timed else value

    def counted(self, steps_per_epoch: float) -> Schedule:
        """The same in optimizer steps.

        Raises:
            InputError: those are more than a training has.
        """
        steps = self.steps if self.epochs is None else max(2, round(self.epochs * steps_per_epoch))
        return Schedule.read({**self.model_dump(exclude={"epochs"}), "steps": steps}, "training")


def in_steps(moment: str, steps_per_epoch: float) -> int:
    """Optimizer steps until a moment ("50it", "1ep"); an epoch is rounded to whole steps.

    Raises:
        InputError: the text is of neither form.
    """
    if re.fullmatch(MOMENT, moment) is None:
        raise InputError(f"step '{moment}': expected optimizer steps such as '500it' or epochs such as '3ep'")
    count = int(moment[:-2])
    return count if moment.endswith("it") else round(count * steps_per_epoch)
