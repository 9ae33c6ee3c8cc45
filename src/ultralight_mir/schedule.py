"""How long and how fast a network is trained."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import Field

from ultralight_mir.errors import InputError
from ultralight_mir.settings import Count, Settings

MOMENT = r"^[0-9]{1,9}(it|ep)$"
"""A moment of training as people write it: optimizer steps ("50it") or epochs ("1ep")."""
Moment = Annotated[str, Field(pattern=MOMENT)]


Precision = Literal["float32", "bfloat16"]


class Schedule(Settings):
    """Steps, batches, learning rate and precision of one training; the owner of their defaults and ranges."""

    steps: int = Field(ge=2, le=10_000_000, description="Optimizer steps from initialisation to the end.")
    batch: Count = Field(16, description="Segments (or clips) a step.")
    frames: Count = Field(200, description="Frames a training segment.")
    learning_rate: float = Field(
        3e-3, gt=0, le=10, description="The peak: linear warm-up over the first tenth, then a cosine to zero."
    )
    weight_decay: float = Field(1e-2, ge=0, le=10, description="AdamW's.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="bfloat16 is autocast; auto is bfloat16 where the device computes in it."
    )
    decay: bool = Field(True, description="False holds the learning rate (fine-tuning).")

    def rate(self, step: int) -> float:
        """Learning rate at `step` in 0…steps − 1."""
        if not self.decay:
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
        if re.fullmatch(MOMENT, moment) is None:
            raise InputError(f"step '{moment}': expected optimizer steps such as '500it' or epochs such as '3ep'")
        count = int(moment[:-2])
        steps = count if moment.endswith("it") else round(count * steps_per_epoch)
        if steps >= self.steps:
            raise InputError(
                f"step '{moment}': {steps} optimizer steps, expected less than training.steps = {self.steps}"
            )
        return steps
