"""Tables of strategies, criteria and data sets, from the classes and registries that own them."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import md
import reference
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ultralight_mir.corpora.datasets import DATASETS, get_dataset
from ultralight_mir.corpora.datasets.table import size
from ultralight_mir.records import COSTS, Cost
from ultralight_mir.schedule import Training
from ultralight_mir.strategy import StrategySettings
from ultralight_mir.trimming.criteria import CRITERIA, WEIGHT_CRITERIA, is_control
from ultralight_mir.trimming.options import Ranking


def pages() -> dict[str, str]:
    """Fragments that the pages of `docs/` include, by file name without suffix."""
    return {
        "strategy_settings": settings(),
        "training_settings": training(),
        "reference_strategies": strategies(),
        "criteria": criteria(),
        "criteria_in_full": criteria_in_full(),
        "datasets": datasets(),
        "costs": costs(),
    }


def settings() -> str:
    """Every key of a strategy: what it may be, the default, and what it means."""
    return _keys(StrategySettings, _attributes(Ranking))


def training() -> str:
    """The same of a training."""
    return _keys(Training, {})


def _keys(kind: type[BaseModel], said: Mapping[str, str]) -> str:
    """The keys of some settings; what they do not say themselves is `said`."""
    rows = []
    for name, field in kind.model_fields.items():
        meaning = field.description or said[name]
        rows.append((md.code(name), _choices(field.annotation), _default(field), meaning[:1].upper() + meaning[1:]))
    return md.table(("key", "choices", "default", "what it says"), rows)


def _choices(kind: Any) -> str:
    if NoneType in get_args(kind):  # or nothing
        (kind,) = (choice for choice in get_args(kind) if choice is not NoneType)
        kind = getattr(kind, "__origin__", kind)
    if get_origin(kind) is Literal:
        return md.codes(get_args(kind))
    return {float: "a number", int: "a whole number", bool: "true or false"}.get(kind, "a word")


def _default(field: FieldInfo) -> str:
    value = field.default
    return "" if value in (PydanticUndefined, None, "") else md.code(getattr(value, "text", value))


def _attributes(thing: type) -> dict[str, str]:
    """What the section "Attributes" of a class's docstring says of each."""
    text = inspect.cleandoc(thing.__doc__ or "")
    section = re.split(r"\n\n(?=\S)", text.partition("Attributes:\n")[2])[0]
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.M)
    return {name: " ".join(said.split()) for name, said in entries}


def strategies() -> str:
    """The strategies of the reference experiment, as its config has them."""
    rows = []
    for name, entry in reference.experiment("reference")["strategies"].items():
        control = StrategySettings.model_validate(
            {k: v for k, v in entry.items() if k not in ("like", "units")}
        ).control
        kind = "control" if control or entry.get("units") == "shuffled" else ""
        rows.append((md.code(name), md.code(json.dumps(entry)[1:-1].replace('"', "")), kind))
    return md.table(("strategy", "settings", ""), rows)


def criteria() -> str:
    """Every criterion, in one line each."""
    rows = []
    for name in CRITERIA:
        used, masks = ("yes" if name in names else "" for names in (_paper(), WEIGHT_CRITERIA))
        rows.append((f"[`{name}`](#criterion-{name.replace('_', '-')})", _one_line(name), _computed(name), masks, used))
    return md.table(
        ("criterion", "what counts", "the score of a unit", "of weights too", "in the paper's set-up"), rows
    )


def criteria_in_full() -> str:
    """What the module of each criterion says."""
    parts = []
    for name in CRITERIA:
        module = import_module(CRITERIA[name].partition(":")[0])
        label = f"(criterion-{name.replace('_', '-')})="
        control = " (the control)" if is_control(name) else ""
        parts.append(f"{label}\n### `{name}`{control}\n\n{md.docstring(module)}\n\n{_own_words(name)}".strip())
    return "\n\n".join(parts) + "\n"


def _one_line(name: str) -> str:
    module = import_module(CRITERIA[name].partition(":")[0])
    return md.first_sentence(md.docstring(module))


def _computed(name: str) -> str:
    """What its function says that it computes."""
    return md.first_sentence(_own_words(name)).rstrip(".")


def _own_words(name: str) -> str:
    """What the function says; one that is another with an argument fixed says that one's words, and the argument."""
    module, _, attribute = CRITERIA[name].partition(":")
    function = getattr(import_module(module), attribute)
    fixed = getattr(function, "keywords", {})
    said = md.docstring(getattr(function, "func", function)).removeprefix("[units] ")
    return f"{said} Here {', '.join(f'{key} = {value}' for key, value in fixed.items())}." if fixed else said


def _paper() -> set[object]:
    """The criteria that the paper's set-up has."""
    entries = reference.experiment("paper")["strategies"].values()
    return {entry.get("criterion", "magnitude") for entry in entries if entry.get("criterion") != "random"}


def datasets() -> str:
    """The published data sets: a table that fits a page, and a section each with what else to know."""
    kept = [get_dataset(name) for name in DATASETS]
    rows = [
        (f"[{d.title}](#data-set-{d.name.replace('_', '-')})", ", ".join(d.tasks), d.licence, size(d.bytes), _hand(d))
        for d in kept
    ]
    parts = [md.table(("data set", "tasks", "licence", "download", "by hand"), rows)]
    for d in kept:
        lines = [f"- name in a config: `{d.name}`", f"- tasks: {', '.join(d.tasks)}", f"- licence: {d.licence}"]
        lines += [f"- cite: {d.citation}", f"- download: {size(d.bytes)}", f"- split: {d.split}"]
        lines += [f"- by hand: {d.by_hand}"] if d.by_hand else []
        parts.append(f"(data-set-{d.name.replace('_', '-')})=\n## {d.title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _hand(data: Any) -> str:
    return "yes" if data.by_hand else "–"


def costs() -> str:
    """What is measured of every ticket."""
    said = {}
    for entry in re.split(r"\n {4}(?=\S)", inspect.cleandoc(Cost.__doc__ or "").partition("Attributes:")[2]):
        names, _, meaning = " ".join(entry.split()).partition(": ")
        said[names] = meaning
    known = {field.name for field in fields(Cost)} & set(COSTS)
    return md.table(
        ("cost", "what it is"), [(md.codes(n.split(", ")), m) for n, m in said.items() if known & set(n.split(", "))]
    )
