"""Trimming: the units of any network, their removal, ranking and masking.

Independent of the rest of the package: plain `torch.nn` modules go in and come out. What is named here is imported when
it is first used, so that `trimming.options` and the names of the criteria cost no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ultralight_mir.trimming.counting import Sizes
    from ultralight_mir.trimming.criteria import (
        CRITERIA,
        WEIGHT_CRITERIA,
        check_criterion,
        check_weight_criterion,
        find_criterion,
        find_weight_criterion,
        is_control,
        is_criterion,
    )
    from ultralight_mir.trimming.criteria.base import Criterion, Loss, Pairs, WeightCriterion
    from ultralight_mir.trimming.errors import TrimError
    from ultralight_mir.trimming.kept import Kept, KeptLayer, compose, kept_after
    from ultralight_mir.trimming.layers import find_layers
    from ultralight_mir.trimming.masking import apply_masks, hold_masks, mask_gradients, maskable, weight_masks
    from ultralight_mir.trimming.options import Measure, Ranking, Scale, Scope, check_removed
    from ultralight_mir.trimming.ranking import Selection, select
    from ultralight_mir.trimming.shrinking import Shrunk, shrink
    from ultralight_mir.trimming.shuffling import shuffled
    from ultralight_mir.trimming.surgery import apply_kept, silence, slice_state, trim
    from ultralight_mir.trimming.unit import Unit
    from ultralight_mir.trimming.units import Findings, find_units, probe_units

__all__ = [
    "CRITERIA",
    "WEIGHT_CRITERIA",
    "Criterion",
    "Findings",
    "Kept",
    "KeptLayer",
    "Loss",
    "Measure",
    "Pairs",
    "Ranking",
    "Scale",
    "Scope",
    "Selection",
    "Shrunk",
    "Sizes",
    "TrimError",
    "Unit",
    "WeightCriterion",
    "apply_kept",
    "apply_masks",
    "check_criterion",
    "check_removed",
    "check_weight_criterion",
    "compose",
    "find_criterion",
    "find_layers",
    "find_units",
    "find_weight_criterion",
    "hold_masks",
    "is_control",
    "is_criterion",
    "kept_after",
    "mask_gradients",
    "maskable",
    "probe_units",
    "select",
    "shrink",
    "shuffled",
    "silence",
    "slice_state",
    "trim",
    "weight_masks",
]

_MODULES = {
    "counting": ("Sizes",),
    "criteria": (
        *("CRITERIA", "WEIGHT_CRITERIA", "check_criterion", "check_weight_criterion", "find_criterion"),
        *("find_weight_criterion", "is_control", "is_criterion"),
    ),
    "criteria.base": ("Criterion", "Loss", "Pairs", "WeightCriterion"),
    "errors": ("TrimError",),
    "kept": ("Kept", "KeptLayer", "compose", "kept_after"),
    "layers": ("find_layers",),
    "masking": ("apply_masks", "hold_masks", "mask_gradients", "maskable", "weight_masks"),
    "options": ("Measure", "Ranking", "Scale", "Scope", "check_removed"),
    "ranking": ("Selection", "select"),
    "shrinking": ("Shrunk", "shrink"),
    "shuffling": ("shuffled",),
    "surgery": ("apply_kept", "silence", "slice_state", "trim"),
    "unit": ("Unit",),
    "units": ("Findings", "find_units", "probe_units"),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
