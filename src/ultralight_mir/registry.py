"""Looking a name up in a registry whose values say where things are (`module:attribute`), importing only that one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ultralight_mir.errors import InputError


def lookup(what: str, name: str, known: Mapping[str, str]) -> Any:
    """The object behind `name`.

    Args:
        what: what is looked up, for the message ("task").
        known: name → `module:attribute`.

    Raises:
        InputError: there is none of that name.
    """
    if name not in known:
        raise InputError(f"{what} '{name}': unknown, expected one of {', '.join(known)}")
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)
