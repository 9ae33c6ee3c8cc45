"""What a stranger's ticket or graph may name: what is registered, and what its reader trusts by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from ultralight_mir.errors import InputError
from ultralight_mir.features import FEATURES
from ultralight_mir.tasks import TASKS, get_task

Trust = Collection[str] | Literal[True]
"""Somebody's own `module:Name` that a ticket may name beside what is registered; True for any."""


def check_names(path: Path, task: str, feature: Mapping[str, Any], trust: Trust) -> None:
    """That the task and the feature that a file names run no code of strangers.

    Raises:
        InputError: one is neither registered (a feature: or its task's own) nor trusted.
    """
    refuse_strangers(path, "task", task, TASKS, trust)
    own = get_task(task).features.values()
    refuse_strangers(path, "feature", str(feature.get("name")), {*FEATURES, *own}, trust)


def refuse_strangers(path: Path, what: str, name: str, known: Collection[str], trust: Trust) -> None:
    """Raise an `InputError` where a name is neither known nor trusted."""
    if name in known or trust is True or name in trust:
        return
    raise InputError(
        f"{path}: {what} '{name}' is not registered, and reading a ticket runs no code that it names; expected one of"
        f" {', '.join(known)}, or that you trust it by name (--trust, trust=True)"
    )
