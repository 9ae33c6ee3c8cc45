"""Registries: name → where the thing is (`module:attribute`). Only what is asked for is imported."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ultralight_mir.errors import InputError


def lookup(what: str, name: str, known: Mapping[str, str]) -> Any:
    """The object behind a known name.

    Args:
        what: what is looked for ("task"), for the message.

    Raises:
        InputError: there is none of that name; lists the known.
    """
    if name not in known:
        raise InputError(f"{what} '{name}': unknown, expected one of {', '.join(known)}")
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)


def find(what: str, name: str, known: Mapping[str, str]) -> Any:
    """The object behind a known name, or behind anybody's own `module:attribute`.

    Raises:
        InputError: there is none; lists the known.
    """
    module, _, attribute = name.partition(":")
    if name in known:
        return lookup(what, name, known)
    if not attribute:
        raise InputError(f"{what} '{name}': unknown, expected one of {', '.join(known)} or module:attribute")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # a user's module lies in the folder that the run is started from
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError(f"{what} '{name}': cannot be imported ({error})") from error
