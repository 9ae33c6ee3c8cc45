"""Registries: name → where the thing is (`module:attribute`). Only what is asked for is imported.

Every registry (tasks, features, networks, objectives, figures, data sets, …) is such a mapping, and takes anybody's own
`module:attribute` beside its names: a module that is installed, or lies in the working folder.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from ultralight_mir.errors import InputError

Types = type | tuple[type, ...]


def find(
    what: str,
    name: object,
    known: Mapping[str, str],
    *,
    instance_of: Types | None = None,
    subclass_of: Types | None = None,
    own: bool = True,
) -> Any:
    """The object behind a known name, or behind anybody's own `module:attribute`.

    Args:
        what: what is looked for ("task"), for the messages.
        name: as a config or a command line says it; what is no text is unknown.
        known: the registry, name → `module:attribute`.
        instance_of: what the object must be an instance of.
        subclass_of: or: what it must be a subclass of, none of whose abstract methods are left.
        own: whether names that are not known may be imported; False where nobody vouches for them (a ticket's).

    Raises:
        InputError: there is none (lists the known), its module cannot be imported (says why and in which line), or it
            is not what it must be.
    """
    place = known.get(name, "") if isinstance(name, str) else ""
    if place:
        module, _, attribute = place.partition(":")
        thing = getattr(import_module(module), attribute)
    elif own and isinstance(name, str) and name.partition(":")[2]:
        thing = _import_own(what, name)
    else:
        raise InputError(f"{what} {name!r}: unknown, expected one of {', '.join(known)}{' or module:attribute' * own}")
    _require(what, name, thing, instance_of, subclass_of)
    return thing


def _import_own(what: str, name: str) -> Any:
    module, _, attribute = name.partition(":")
    _look_here()
    try:
        owner = import_module(module)
    except (Exception, SystemExit) as error:  # it is anybody's code: it may raise anything
        raise InputError(f"{what} '{name}': cannot be imported ({_cause(error)})") from error
    try:
        return getattr(owner, attribute)
    except AttributeError as error:
        raise InputError(f"{what} '{name}': {_lack(owner, attribute)}") from error


def _look_here() -> None:
    folder = str(Path.cwd())
    if folder not in sys.path:
        # At the end: what we and our libraries import later is never taken from the user's folder, whatever the files
        # in there are called (random.py, queue.py). In front, such a file would break us far from here.
        sys.path.append(folder)


def sources(module: str) -> list[Path]:
    """The files of a module's code, of a package all; none where there is no such module. None of them is run."""
    _look_here()
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return []
    path = Path(spec.origin)
    return sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]


def _cause(error: BaseException) -> str:
    """An exception in one line, with the line of the user's own file that it comes from, where it comes from one."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    if isinstance(error, SyntaxError):  # says file and line itself, but not every kind of it in its text
        text = f"{type(error).__name__}: {error.msg}"
        return f"{text}, {error.filename} line {error.lineno}" if error.filename and error.lineno else text
    frames = [frame for frame in extract_tb(error.__traceback__) if _in_working_folder(frame.filename)]
    return f"{text}, {frames[-1].filename} line {frames[-1].lineno}" if frames else text


def _in_working_folder(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(Path.cwd()) and not path.is_relative_to(Path(__file__).parent)


def _lack(module: ModuleType, attribute: str) -> str:
    """That a module has no such attribute; and why, where an installed one was imported instead of the user's."""
    file = getattr(module, "__file__", None)
    text = f"module {module.__name__} ({file or 'built in'}) has no '{attribute}'"
    mine = Path.cwd() / f"{module.__name__.partition('.')[0]}.py"
    if mine.is_file() and (not file or Path(file).resolve() != mine.resolve()):
        text += f"; {mine} has the same name as an installed module, which comes first: rename it"
    return text


def _require(what: str, name: object, thing: Any, instance_of: Types | None, subclass_of: Types | None) -> None:
    label = f"class {thing.__name__}" if isclass(thing) else f"a {type(thing).__name__}"
    if instance_of is not None and not isinstance(thing, instance_of):
        raise InputError(f"{what} '{name}': {label}, expected a {_names(instance_of)}")
    if subclass_of is None:
        return
    if not isclass(thing) or not issubclass(thing, subclass_of):
        raise InputError(f"{what} '{name}': {label}, expected a subclass of {_names(subclass_of)}")
    lacking = sorted(getattr(thing, "__abstractmethods__", ()))
    if lacking:
        raise InputError(f"{what} '{name}': {label} does not define {', '.join(lacking)}")


def _names(types: Types) -> str:
    return " or ".join(one.__name__ for one in (types if isinstance(types, tuple) else (types,)))


def is_own(name: str) -> bool:
    """Whether a name is somebody's own `module:attribute` rather than a registered one."""
    return ":" in name
