"""Criteria: how much each unit (or weight) is worth, high = keep. One module each; adding one is a module and a line.

Only what is asked for is imported; names can be looked at without torch.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultralight_mir.trimming.errors import TrimError, shown

if TYPE_CHECKING:
    from ultralight_mir.trimming.criteria.base import Criterion, WeightCriterion

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
WEIGHT_CRITERIA: dict[str, str] = {
    "magnitude": f"{_ROOM}.magnitude:of_weights",
    "gradient": f"{_ROOM}.gradient:of_weights",
    "inverse_gradient": f"{_ROOM}.gradient:inverse_of_weights",
    "taylor": f"{_ROOM}.taylor:of_weights",
    "random": f"{_ROOM}.random:of_weights",
}
"""Those of them that rank single weights, too, for masks: name → module:attribute, a `base.WeightCriterion`."""


def find_criterion(name: str) -> Criterion:
    """The criterion of that name: a known one, or anybody's own `module:attribute`.

    A module of one's own is imported from the current folder too.

    Raises:
        TrimError: there is none, or what is there cannot be called.
    """
    return _load(CRITERIA[name]) if name in CRITERIA else _own(name)


def find_weight_criterion(name: str) -> WeightCriterion:
    """The criterion of that name for single weights.

    Raises:
        TrimError: there is none.
    """
    check_weight_criterion(name)
    criterion: WeightCriterion = _attribute(WEIGHT_CRITERIA[name])
    return criterion


def check_weight_criterion(name: str) -> None:
    """Check that `find_weight_criterion` knows the name; nothing is imported.

    Raises:
        TrimError: as `find_weight_criterion` does.
    """
    if name not in WEIGHT_CRITERIA:
        raise TrimError(f"criterion: {shown(name)} ranks no weights, expected one of {', '.join(WEIGHT_CRITERIA)}")


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
    criterion: Criterion = _attribute(where)
    return criterion


def _attribute(where: str) -> Any:
    module, _, attribute = where.partition(":")
    return getattr(import_module(module), attribute)
