"""The reference of what is public, from the docstrings as they are written: Markdown, not reStructuredText."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import ForwardRef

import md
from pydantic import BaseModel

PUBLIC = {
    "ultralight_mir.predictor": "Use a ticket",
    "ultralight_mir.trimming": "Trim any network",
    "ultralight_mir.tickets": "Tickets that come with the package",
    "ultralight_mir.tickets.cards": "Cards of tickets",
    "ultralight_mir.tasks.base": "A task of your own",
    "ultralight_mir.metrics": "Metrics",
    "ultralight_mir.networks": "Networks",
    "ultralight_mir.features.base": "Features",
    "ultralight_mir.trimming.criteria.base": "A criterion of your own",
    "ultralight_mir.objective": "Objectives",
    "ultralight_mir.systems.base": "Systems beside tickets",
    "ultralight_mir.strategy": "Strategies",
    "ultralight_mir.schedule": "Schedules of training",
    "ultralight_mir.records": "The tables of a run",
    "ultralight_mir.report.analysis": "What figures are drawn from",
    "ultralight_mir.report.figures.style": "Figures",
    "ultralight_mir.errors": "Errors",
}
"""Module → what a reader wants of it."""


def pages() -> dict[str, str]:
    """File name without suffix → Markdown."""
    listed = "".join(f"{name.removeprefix('ultralight_mir.')}\n" for name in PUBLIC)
    rows = [(f"[`{name}`]({name.removeprefix('ultralight_mir.')}.md)", said) for name, said in PUBLIC.items()]
    index = (
        "# API\n\nWhat may be imported. All examples are run by the tests.\n\n"
        f"{md.table(('module', 'for'), rows)}\n```{{toctree}}\n:hidden:\n\n{listed}```\n"
    )
    return {"index": index, **{name.removeprefix("ultralight_mir."): page(name) for name in PUBLIC}}


def page(name: str) -> str:
    """The page of a module."""
    module = import_module(name)
    parts = [f"# {PUBLIC[name]}\n\n```{{py:module}} {name}\n```\n\n`{name}`\n\n{md.docstring(module)}"]
    parts += [_described(shown, thing) for shown, thing in _members(name)]
    return "\n\n".join(parts) + "\n"


def _members(name: str) -> Iterator[tuple[str, object]]:
    """Public classes and functions: those of `__all__`, else those that the module defines."""
    module = import_module(name)
    named = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    for shown in named:
        thing = getattr(module, shown)
        own = hasattr(module, "__all__") or getattr(thing, "__module__", "") == name
        if own and (inspect.isclass(thing) or inspect.isfunction(thing)):
            yield shown, thing


def _described(name: str, thing: object) -> str:
    """A directive with the signature and the docstring; of a class, with its public methods and properties inside."""
    if not inspect.isclass(thing):
        return _directive("function", f"{name}{_signature(thing)}", md.docstring(thing))
    inside = [md.docstring(thing), _fields(thing)]
    for shown, member in vars(thing).items():
        text = _member(shown, member)
        inside += [text] if text else []
    is_plain = issubclass(thing, Exception) or getattr(thing, "_is_protocol", False)
    signature = "" if is_plain or inspect.isabstract(thing) else _signature(thing)
    return _directive("class", f"{name}{signature}", "\n\n".join(inside), colons=5)


def _fields(thing: type) -> str:
    """What a model's own fields say of themselves, as a docstring's section would."""
    if not issubclass(thing, BaseModel):
        return ""
    told = {name: field.description for name, field in thing.model_fields.items() if name in thing.__annotations__}
    lines = [f"    {name}: {said}" for name, said in told.items() if said]
    return md.from_docstring("\n".join(["Attributes:", *lines])) if lines else ""


def _member(shown: str, member: object) -> str:
    if shown.startswith("_"):
        return _directive("method", f"{shown}{_signature(member)}", md.docstring(member)) if shown == "__call__" else ""
    if isinstance(member, property):
        return _directive("property", shown, md.docstring(member))
    if isinstance(member, classmethod):
        return _directive("method", f"{shown}{_signature(member.__func__)}", md.docstring(member), ":classmethod:\n")
    return (
        _directive("method", f"{shown}{_signature(member)}", md.docstring(member)) if inspect.isfunction(member) else ""
    )


def _directive(kind: str, signature: str, text: str, option: str = "", colons: int = 4) -> str:
    fence = ":" * colons
    return f"{fence}{{py:{kind}}} {signature}\n{option}\n{text}\n{fence}"


def _signature(thing: object) -> str:
    """Names, types as they are written, and defaults; "" where there is none to be found.

    Of a model the names and defaults: its types are full of ranges.
    """
    try:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    bare = inspect.isclass(thing) and issubclass(thing, BaseModel)
    kept = [
        p.replace(default=_plain(p.default), annotation=inspect.Parameter.empty if bare else _written(p.annotation))
        for p in signature.parameters.values()
        if p.name not in ("self", "cls")
    ]
    returned = inspect.Signature.empty if inspect.isclass(thing) else _written(signature.return_annotation)
    return str(signature.replace(parameters=kept, return_annotation=returned))


def _written(annotation: object) -> object:
    """A type as it stands in the code, without quotes."""
    if isinstance(annotation, ForwardRef):
        return _Shown(annotation.__forward_arg__)
    return _Shown(annotation) if isinstance(annotation, str) else annotation


def _plain(default: object) -> object:
    """A default that can be written as it stands; any other as what it is called."""
    if default is inspect.Parameter.empty or isinstance(default, int | float | str | tuple | type(None)):
        return default
    if inspect.isfunction(default):
        return _Shown(default.__name__)
    return _Shown("…" if "FACTORY" in type(default).__name__ else f"{type(default).__name__}()")


class _Shown:
    """Written as it stands."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name
