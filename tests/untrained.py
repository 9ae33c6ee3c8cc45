"""Tickets of networks that nobody trained: what is written of them matters, not what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recipes import recipe

from ultralight_mir import networks
from ultralight_mir.features import get_feature
from ultralight_mir.schedule import Schedule
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket

THRESHOLDS = {
    "onset": {"onset": 0.5},
    "drums": {"KD": 0.5, "SD": 0.5, "HH": 0.5},
    "pitch": {"voicing": 0.03},
    "chord": {"self_transition": 0.9},
}
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "instrument": ("timbre_cnn", {"width": 2}),
    "singing": ("timbre_cnn", {"width": 2}),
    "pitch": ("harmonic_cnn", {"width": 2}),
    "chord": ("chord_cnn", {"width": 2}),
    "drums": ("spectral_cnn", {"width": 2}),
    "onset": ("spectral_cnn", {"width": 2}),
}


def write_ticket(folder: Path, task_name: str, name: str = "", options: dict[str, Any] | None = None) -> Path:
    """A ticket of `task_name`'s light network (or another) with weights by chance."""
    task = get_task(task_name)
    usual, narrow = NETWORKS[task_name]
    name, options = name or usual, options or narrow
    feature = get_feature(task.features[networks.kind_of(name)])
    made = recipe(name, feature.bins, task.outputs, task.framewise, feature.hop, options)
    Ticket(
        task=task_name,
        corpus="synthetic",
        feature=feature.describe(),
        classes=list(task.classes),
        seed=0,
        recipe=made,
        schedule=Schedule(steps=2, batch=1, frames=50),
        strategy=None,
        rung=0,
        removed_target=0.0,
        removed=0.0,
        channels_removed=0.0,
        overshoot=0.0,
        floored=[],
        loss=0.0,
        precision="float32",
        thresholds=THRESHOLDS.get(task_name, {}),
        validation={},
        kept=None,
        weights=networks.build(made, 0).state_dict(),
    ).write(folder)
    return folder
