"""The fingerprint of a ticket: how wide every layer was left. A collapsed layer is seen here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from torch import nn

from ultralight_mir.errors import refusing
from ultralight_mir.records import WIDTHS
from ultralight_mir.trimming import TrimError, find_layers


@refusing(TrimError)
def widths(dense: nn.Module, network: nn.Module, floored: Collection[str] = ()) -> list[dict[str, Any]]:
    """One row a layer with weights, in module order.

    `outputs`: output channels or hidden units that are left; `weights`: weights that are left and not zero (no biases,
    no normalisations); each beside the dense network's. `floored`: whether the floor kept it from losing more (0, 1).
    """
    left = find_layers(network)
    rows: list[dict[str, Any]] = []
    for name, layer in find_layers(dense).items():
        mine = layer.main_tensors()
        if mine:
            rows.append(
                {
                    "layer": name,
                    "outputs": left[name].outputs,
                    "dense_outputs": layer.outputs,
                    "weights": sum(int(left[name].stored(own).count_nonzero()) for own in mine),
                    "dense_weights": sum(layer.stored(own).numel() for own in mine),
                    "floored": int(name in floored),
                }
            )
    return rows


def write(path: Path, dense: nn.Module, network: nn.Module, floored: Collection[str] = ()) -> None:
    """Write `widths.csv`."""
    WIDTHS.write(path, widths(dense, network, floored))
