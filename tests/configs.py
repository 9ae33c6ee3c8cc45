"""The schema of a config, and changes to a config."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from checkout import ROOT

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


def with_key(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `config` with the key at `path` ("grid.removed") set to `value`."""
    made = deepcopy(config)
    *parents, last = path.split(".")
    at = made
    for key in parents:
        at = at[key]
    at[last] = value
    return made
