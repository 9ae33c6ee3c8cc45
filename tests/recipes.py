"""Recipes in one line."""

from __future__ import annotations

from typing import Any

from ultralight_mir.networks import Recipe


def recipe(network: str, bins: int, outputs: int, framewise: bool, hop: int, options: dict[str, Any]) -> Recipe:
    """A recipe of positional parts."""
    return Recipe(network=network, bins=bins, outputs=outputs, framewise=framewise, hop=hop, options=options)
