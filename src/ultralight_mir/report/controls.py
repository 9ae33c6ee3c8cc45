"""Which strategies a strategy is compared with, read off the settings that the tables tell of each."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ultralight_mir.strategy import DISTIL, SETTINGS

SHUFFLED_UNITS, FRESH, RANDOM, SMALL, NO_TEACHER = "shuffled", "fresh weights", "random", "small dense", "no teacher"
KINDS = {
    SHUFFLED_UNITS: "as many of every layer, but other units",
    FRESH: "the same units, trained from fresh weights",
    RANDOM: "units removed at random",
    SMALL: "a small dense network of the same size, trained from scratch",
    NO_TEACHER: "the same strategy without a teacher",
}
"""What a strategy is compared with beside dense: what its tickets are made of, one thing after the other."""
_TEACHING = {"objective", "teacher", "teacher_weight", "temperature", "unlabelled"}


def settings(frame: pd.DataFrame, strategy: str) -> dict[str, object]:
    """A strategy's settings, as the tables have them."""
    row = frame[frame["strategy"] == strategy].iloc[0]
    return {name: row[name] for name in SETTINGS}


def kind(frame: pd.DataFrame, control: str) -> str:
    """What a control controls, one of `KINDS`; a control of another kind is called by its name."""
    own = settings(frame, control)
    if own["method"] == "small":
        return SMALL
    if own["units"] == "shuffled":
        return SHUFFLED_UNITS
    if own["criterion"] == "random":
        return RANDOM
    return FRESH if own["reset"] == "reinit" else control


def of(frame: pd.DataFrame, strategy: str) -> dict[str, str]:
    """What a strategy is compared with: kind → strategy, in the order of `KINDS`; the first of each kind.

    A control fits that is like the strategy or like what that is like; or like none, if it removes in the same way.
    One at random has a ladder of its own, or repeats one of those with a teacher. And a control has a teacher where the
    strategy has one.
    """
    own = settings(frame, strategy)
    found: dict[str, str] = {}
    for control in frame.loc[frame["control"], "strategy"].unique():
        other = settings(frame, control)
        if _related(frame, strategy, control) and (other["objective"] == DISTIL) == (own["objective"] == DISTIL):
            found.setdefault(kind(frame, control), str(control))
    untaught = twin(frame, strategy)
    if untaught:
        found[NO_TEACHER] = untaught
    return {name: found[name] for name in (*KINDS, *(other for other in found if other not in KINDS)) if name in found}


def _related(frame: pd.DataFrame, strategy: str, control: str) -> bool:
    """Whether a control is there for a strategy, teachers apart."""
    own, other = settings(frame, strategy), settings(frame, control)
    what = kind(frame, control)
    if what == RANDOM:
        return bool(own["method"] == other["method"])
    if other["like"]:
        return _root(frame, control) == _root(frame, strategy)
    if what == FRESH:  # with a ladder of its own, which ranks as the strategy's does
        return (own["method"], own["criterion"]) == (other["method"], other["criterion"])
    return True


def twin(frame: pd.DataFrame, strategy: str) -> str:
    """The strategy that is the same without a teacher; "" where this one has none, or there is no such strategy."""
    own = settings(frame, strategy)
    if own["objective"] != DISTIL:
        return ""
    for other in frame.loc[~frame["control"], "strategy"].unique():
        its = settings(frame, other)
        if its["method"] != "dense" and its["objective"] != DISTIL and _but_taught(its) == _but_taught(own):
            return str(other)
    return ""


def _but_taught(own: Mapping[str, object]) -> dict[str, str]:
    """The settings but those that are about a teacher, or about where the ladder is told."""
    return {name: str(value) for name, value in own.items() if name not in {*_TEACHING, "like"}}


def _root(frame: pd.DataFrame, strategy: str) -> str:
    """What a strategy is like in the end: itself, where it is like none that was run."""
    known, seen = set(frame["strategy"]), strategy
    for _ in known:
        like = str(settings(frame, seen)["like"])
        if like not in known:
            return seen
        seen = like
    return seen
