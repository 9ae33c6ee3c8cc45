"""What settings are made of: types, ranges and defaults in one class each, and one line for what is wrong.

The config, the JSON that a job is told on its command line, and what stands on a ticket are such classes: who writes
them and who reads them know the same facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ultralight_mir.errors import InputError

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
OWN = r"[A-Za-z0-9_.]+:[A-Za-z0-9_]+"
"""Somebody's own class or object: `module:Name`."""
LONGEST = 60
"""Characters of a wrong value that a message shows."""


PLAIN = (
    (r"^Input should be ", ""),
    (r"^String should match pattern ", "text that matches "),
    (r"^(String|List|Dictionary) should have (at (?:least|most) \d+ \w+).*", r"\2"),
    (r"^a valid dictionary or instance of \w+", "keys and values"),
    (r"^a valid dictionary", "keys and values"),
)
"""pydantic's words for what was expected, and ours."""


class Settings(BaseModel):
    """Immutable; every key is known, every value of its type (no "5" for 5) and finite.

    A check of several keys together raises a ValueError whose text begins with one of them: `key: what is wrong`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def read(cls, value: object, where: str) -> Self:
        """The settings in `value`, as JSON or YAML gives them.

        Raises:
            InputError: a key is unknown or missing, a value is of another type or out of its range; one line that
                begins with `where` and names the key.
        """
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise InputError(f"{where}, {_first(error, cls, value)}") from error

    @classmethod
    def read_json(cls, text: str, where: str) -> Self:
        """The settings in a JSON object; raises as `read`, and for what is no JSON."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not valid JSON ({error})") from error
        return cls.read(value, where)


def _first(error: ValidationError, cls: type[Settings], value: object) -> str:
    """What is wrong first, as `key: found …, expected …`; an unknown key before what it may have been meant for."""
    faults = error.errors(include_url=False)
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    path = _shown(fault["loc"], value)
    where, message, found = ".".join(path) or "top level", str(fault["msg"]), _short(fault["input"])
    match fault["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key, expected one of {', '.join(_known(cls, fault['loc'][:-1]))}"
        case "missing" | "union_tag_not_found":
            missing = str(fault.get("ctx", {}).get("discriminator", "")).strip("'")
            return f"{where}{f'.{missing}' * bool(missing)}: missing, expected a value"
        case "union_tag_invalid":
            context = fault["ctx"]
            key, tag, tags = context["discriminator"].strip("'"), context["tag"], context["expected_tags"]
            return f"{where}.{key}: found '{tag}', expected one of {tags}"
        case "value_error":
            told = message.removeprefix("Value error, ")
            names_key = re.match(r"[\w.:-]+: ", told) is not None
            return f"{'.'.join(path)}{'.' if names_key else ': '}{told}" if path else told
    for pattern, plain in PLAIN:
        message = re.sub(pattern, plain, message)
    return f"{where}: found {found}, expected {message}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _shown(location: Sequence[int | str], value: object) -> list[str]:
    """The keys of a location; pydantic puts the kind of a thing that has several kinds between them."""
    path, here = [], value
    for place, key in enumerate(location):
        inside = key in here if isinstance(here, Mapping) else isinstance(here, list) and isinstance(key, int)
        if inside:
            here = here[key]  # type: ignore[index]
        elif place < len(location) - 1:
            continue
        path.append(str(key))
    return path


def _known(cls: type[Settings], location: Sequence[int | str]) -> list[str]:
    """The keys that there are at a location, by the schema."""
    schema = cls.model_json_schema()
    here: Mapping[str, Any] = schema
    for key in location:
        here = _entered(here, str(key), schema)
    return list(_entered(here, "", schema).get("properties", ()))


def _entered(here: Mapping[str, Any], key: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in here:
        here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    if not key:
        return here
    if "discriminator" in here:
        inner = {"$ref": here["discriminator"]["mapping"][key]}
    else:
        by_pattern = next(iter(here.get("patternProperties", {}).values()), None)
        inner = here.get("properties", {}).get(key) or by_pattern or here.get("additionalProperties") or {}
    return inner
