"""Criteria: how much each unit is worth, high = keep. One module each; adding one is a module and a line here.

Only what is asked for is imported; names can be looked at without torch.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.trimming.errors import TrimError, shown

if TYPE_CHECKING:
    from ultralight_mir.trimming.criteria.base import Criterion

_ROOM = "ultralight_mir.trimming.criteria"
CRITERIA: dict[str, str] = {
    "magnitude": f"{_ROOM}.magnitude:L1",
    "magnitude_l2": f"{_ROOM}.magnitude:L2",
    "batchnorm": f"{_ROOM}.batchnorm:scores",
    "gradient": f"{_ROOM}.gradient:scores",
    "inverse_gradient": f"{_ROOM}.gradient:inverse",
    "taylor": f"{_ROOM}.taylor:scores",
    "activation": f"{_ROOM}.activation:scores",
    "information": f"{_ROOM}.information:scores",
    "info_target": f"{_ROOM}.information:with_target",
    "gates": f"{_ROOM}.gates:scores",
    "random": f"{_ROOM}.random:scores",
}
"""Name → module:attribute, a `base.Criterion`."""


def find_criterion(name: str) -> Criterion:
    """The criterion of that name: a known one, or anybody's own `module:attribute`.

    A module of one's own is imported from the current folder too.

    Raises:
        TrimError: there is none, or what is there cannot be called.
    """
    return _load(CRITERIA[name]) if name in CRITERIA else _own(name)


def check_criterion(name: str) -> None:
    """Check that `find_criterion` knows the name; a known one is not imported.

    Raises:
        TrimError: as `find_criterion` does.
    """
    if name not in CRITERIA:
        _own(name)


def is_criterion(name: str) -> bool:
    """Whether `check_criterion` passes."""
    try:
        check_criterion(name)
    except TrimError:
        return False
    return True


def is_control(name: str) -> bool:
    """Whether this criterion chooses by chance: what it keeps, a criterion has to beat."""
    return name == "random"


def _own(name: str) -> Criterion:
    module, _, attribute = name.partition(":")
    if not (module and attribute):
        known = ", ".join(CRITERIA)
        raise TrimError(f"criterion: {shown(name)}, expected one of {known}, or module:attribute")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # a user's module lies in the folder that the run is started from
    try:
        criterion = _load(name)
    except Exception as error:  # whatever a module of somebody's own does when it is imported
        first_line = (str(error).splitlines() or [""])[0]
        raise TrimError(f"criterion: {name!r} cannot be imported ({type(error).__name__}: {first_line})") from error
    if not callable(criterion):
        raise TrimError(f"criterion: {name!r} is a {type(criterion).__name__}, expected a function that scores units")
    return criterion


def _load(where: str) -> Criterion:
    module, _, attribute = where.partition(":")
    criterion: Criterion = getattr(import_module(module), attribute)
    return criterion
