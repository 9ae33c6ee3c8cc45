"""Trimming: the units of any network, their removal, ranking and masking.

Independent of the rest of the package: plain `torch.nn` modules go in and come out.
"""

from ultralight_mir.trimming.counting import Measure, Sizes
from ultralight_mir.trimming.criteria import CRITERIA, Batches, Criterion, Loss, find_criterion
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.kept import Kept, KeptLayer, compose, kept_after
from ultralight_mir.trimming.layers import find_layers
from ultralight_mir.trimming.masking import apply_masks, hold_masks, maskable, weight_masks
from ultralight_mir.trimming.ranking import Selection, select
from ultralight_mir.trimming.surgery import apply_kept, silence, slice_state, trim
from ultralight_mir.trimming.unit import Unit
from ultralight_mir.trimming.units import Findings, find_units, probe_units

__all__ = [
    "CRITERIA",
    "Batches",
    "Criterion",
    "Findings",
    "Kept",
    "KeptLayer",
    "Loss",
    "Measure",
    "Selection",
    "Sizes",
    "TrimError",
    "Unit",
    "apply_kept",
    "apply_masks",
    "compose",
    "find_criterion",
    "find_layers",
    "find_units",
    "hold_masks",
    "kept_after",
    "maskable",
    "probe_units",
    "select",
    "silence",
    "slice_state",
    "trim",
    "weight_masks",
]
