"""Finding what a name in a config stands for: one of ours, or anybody's own as `module:attribute`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ultralight_mir.errors import InputError


def find(what: str, name: str, known: Mapping[str, str]) -> Any:
    """The object behind a known name or `module:attribute`.

    Args:
        what: what is looked for ("network"), for the message.
        name: the name.
        known: our names → `module:attribute`.

    Raises:
        InputError: there is none; lists the known.
    """
    module, _, attribute = known.get(name, name).partition(":")
    if not attribute:
        raise InputError(f"{what} '{name}': unknown, expected one of {', '.join(known)} or module:attribute")
    if name not in known and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # a user's module lies in the folder that the run is started from
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError(f"{what} '{name}': cannot be imported ({error})") from error
