"""Which strategies a strategy is compared with, read off the settings that the tables tell of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from ultralight_mir.strategy import DISTIL, SETTINGS

SHUFFLED_UNITS, FRESH, RANDOM, SMALL = "shuffled", "fresh weights", "random", "small dense"
NO_TEACHER, FEWER_STEPS = "no teacher", "fewer steps"
KINDS = {
    SHUFFLED_UNITS: "as many of every layer, but other units",
    FRESH: "the same units, trained from fresh weights",
    RANDOM: "units removed at random",
    SMALL: "a small dense network of the same size, trained from scratch",
    NO_TEACHER: "the same strategy without a teacher",
    FEWER_STEPS: "the same strategy, trained for as many steps as dense",
}
"""What a strategy is compared with beside dense: what its tickets are made of, one thing after the other."""


class _Aid(NamedTuple):
    """What a strategy may have that is not about its ticket: the key and value that say so, and all keys about it."""

    key: str
    value: str
    keys: frozenset[str]


_AIDS = {
    NO_TEACHER: _Aid(
        "objective", DISTIL, frozenset({"objective", "teacher", "teacher_weight", "temperature", "unlabelled"})
    ),
    FEWER_STEPS: _Aid("length", "macs", frozenset({"length"})),
}
"""By the kind of what is the same without."""


Known = Mapping[str, Mapping[str, object]]
"""The settings of every strategy, as the tables have them, and whether it is a `control`."""


def of(frame: pd.DataFrame, strategy: str) -> dict[str, str]:
    """What a strategy is compared with: kind → strategy, in the order of `KINDS`; the first of each kind.

    A control fits that is like the strategy or like what that is like; or like none, if it removes in the same way.
    One at random has a ladder of its own, or repeats one of those with a teacher. And a control has a teacher where the
    strategy has one, and is trained as long. One of no kind is called by its name.
    """
    known = _known(frame)
    own = known[strategy]
    found: dict[str, str] = {}
    for control, other in known.items():
        alike = all((other[aid.key] == aid.value) == (own[aid.key] == aid.value) for aid in _AIDS.values())
        if other["control"] and alike and _related(known, strategy, control):
            found.setdefault(_kind(known, control), control)
    found |= _twins(known, strategy)
    return {name: found[name] for name in (*KINDS, *(other for other in found if other not in KINDS)) if name in found}


def twins(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Per strategy those that are the same but without a teacher, or with fewer steps, where it has them: by kind."""
    known = _known(frame)
    return {strategy: _twins(known, strategy) for strategy in known}


def trainings(frame: pd.DataFrame) -> list[list[str]]:
    """Strategies, no controls, whose tickets are the same but for how they are trained: groups of two or more."""
    keys, groups = frozenset[str]().union(*(aid.keys for aid in _AIDS.values())), dict[str, list[str]]()
    for name, own in _known(frame).items():
        if not own["control"] and own["method"] != "dense":
            groups.setdefault(str(_apart_from(keys, own)), []).append(name)
    return [names for names in groups.values() if len(names) > 1]


def _known(frame: pd.DataFrame) -> Known:
    rows = frame[["strategy", "control", *SETTINGS]].drop_duplicates("strategy").to_dict("records")
    return {str(row["strategy"]): {str(key): value for key, value in row.items()} for row in rows}


def _kind(known: Known, control: str) -> str:
    own = known[control]
    if own["method"] == "small":
        return SMALL
    if own["units"] == "shuffled":
        return SHUFFLED_UNITS
    if own["criterion"] == "random":
        return RANDOM
    return FRESH if own["reset"] == "reinit" else control


def _related(known: Known, strategy: str, control: str) -> bool:
    """Whether a control is there for a strategy, teachers and length apart."""
    own, other, what = known[strategy], known[control], _kind(known, control)
    if what == RANDOM:
        return bool(own["method"] == other["method"])
    if other["like"]:
        return _root(known, control) == _root(known, strategy)
    if what == FRESH:  # with a ladder of its own, which ranks as the strategy's does
        return (own["method"], own["criterion"]) == (other["method"], other["criterion"])
    return True


def _twins(known: Known, strategy: str) -> dict[str, str]:
    own, found = known[strategy], dict[str, str]()
    for other, its in known.items():
        for without, (key, value, keys) in _AIDS.items():
            has_it_alone = own[key] == value and its[key] != value and its["method"] != "dense"
            if has_it_alone and not its["control"] and _apart_from(keys, its) == _apart_from(keys, own):
                found.setdefault(without, other)
    return found


def _apart_from(keys: frozenset[str], own: Mapping[str, object]) -> dict[str, str]:
    """The settings but these, and but where the ladder is told."""
    return {name: str(own[name]) for name in SETTINGS if name not in {*keys, "like"}}


def _root(known: Known, strategy: str) -> str:
    """What a strategy is like in the end: itself, where it is like none that was run."""
    seen = strategy
    for _ in known:
        like = str(known[seen]["like"])
        if like not in known:
            return seen
        seen = like
    return seen
