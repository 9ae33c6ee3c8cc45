"""Ultralight-MIR: how small can a music-information-retrieval network get before it gets worse?

predictor = ultralight_mir.load("…/removed-0.90")      # a ticket's folder
predictor("song.wav"), predictor(samples, sample_rate)  # the task's estimate, times in seconds
ultralight_mir.trimming.shrink(network, example, removed=0.9, criterion="magnitude")
"""

# No `from __future__ import annotations` here: its name would hide the room of that name.
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ultralight_mir import annotations, trimming
    from ultralight_mir.predictor import Predictor, load

__version__ = "0.4.0"
__all__ = ["Predictor", "annotations", "load", "trimming"]


def __getattr__(name: str) -> Any:
    # Imported when first used: a job, or a run that is only planned, must not pay for torch.
    if name in ("Predictor", "load"):
        return getattr(import_module("ultralight_mir.predictor"), name)
    if name in ("annotations", "trimming"):
        return import_module(f"ultralight_mir.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
