"""What a run shows of the paper's two claims, case by case and counted, and of its tickets against their controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report import controls
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.formats import Row
from ultralight_mir.report.headlines import BETTER, FAR, NO_LOSS, PAPER_NO_LOSS, adjusted, from_on
from ultralight_mir.report.intervals import TAIL
from ultralight_mir.report.means import alike, strategies
from ultralight_mir.report.statistics import BETTER as SHOWN_BETTER
from ultralight_mir.report.statistics import FEW_SEEDS
from ultralight_mir.report.statistics import NO_LOSS as SHOWN_NO_LOSS


def rows(analysis: Analysis) -> pd.DataFrame:
    """A row a task and network.

    `strategy` is the one with most removed at which no loss is shown (of those that are as good, the one with the best
    validation score), `removed_target` that rung and `shown` True. A strategy is tested at 90 % removed, as the paper
    claims, then with more, each rung only where the one before held; where it does not hold at 90 %, so from the first
    rung on, below. Tests in an order that was fixed before need no correction within the order (Maurer, Hothorn &
    Lehmacher 1995), so the two orders together err in at most 5 of 100 cases a strategy. Where nothing is shown, it is
    the strategy with the best validation score at 90 % removed. The columns after it are of this ticket and of dense.

    `half_width`: the smallest loss that could have been shown at 90 % removed: a ticket that loses nothing is shown to
    lose no more than this. `better_*`: the headline claim of the same strategy. `survives`: whether the headline claim
    "no loss" outlasts Holm's correction.
    """
    own = analysis.means[analysis.means["own"]]
    found = [_row(analysis, case) for _, case in own.groupby(CASE, sort=False) if strategies(case[~case["control"]])]
    return pd.DataFrame(found)


def _row(analysis: Analysis, case: pd.DataFrame) -> dict[str, Any]:
    differences = alike(analysis.statistics.differences, case.iloc[0])
    against = differences[differences["reference"] == DENSE]
    name, removed, shown = _most(case, against)
    ticket = case[(case["strategy"] == name) & (case["removed_target"] == removed)].iloc[0]
    row: dict[str, Any] = {key: ticket[key] for key in (*CASE, "test_corpus", "strategy", "method", "removed_target")}
    row |= {"removed": ticket["removed"], "shown": shown, "score": ticket["score"]}
    row |= {cost: ticket[cost] for cost in ("parameters", "nonzero_parameters", "macs_per_second")}
    dense = case[case["strategy"] == DENSE]
    for column in ("score", "parameters", "macs_per_second"):
        row[f"dense_{column}"] = dense[column].iloc[0] if len(dense) else float("nan")
    own = against[against["strategy"] == name]
    compared = ["difference", "low", "high", "verdict", "clips", "drawn", "units", "seeds"]
    row |= _at(own, removed, compared)
    wide = _at(own, from_on(case[case["strategy"] == name], PAPER_NO_LOSS), ["low", "high"])
    row["half_width"] = (wide["high"] - wide["low"]) / 2 if wide and row["verdict"] != FEW_SEEDS else float("nan")
    claims = alike(analysis.headlines, case.iloc[0])
    claims = claims[claims["strategy"] == name].set_index("claim")
    row["survives"] = bool(claims["survives"].get(NO_LOSS, False))
    told = ["removed_target", "difference", "low", "high", "verdict", "shown", "survives"]
    row |= {f"better_{key}": claims[key].get(BETTER) for key in told}
    return row


def matters(analysis: Analysis, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Tickets at 90 % removed (the last of a ladder that ends before) and at 95 % against their controls.

    A row a task, network, strategy and rung: the first strategy, the same with a teacher or trained for longer, and the
    one that a verdict is of; those tickets that have any control. Per kind of control (`controls.of`),
    `<kind>_reference` (the control's name), and `<kind>_difference`, `_low`, `_high`, `_verdict`.

    Args:
        verdicts: `rows` of this analysis.
    """
    found = []
    for verdict in verdicts.to_dict("records"):
        case = alike(analysis.means[analysis.means["own"]], verdict, CASE)
        for name in _told(case, verdict):
            far, kinds = from_on(case[case["strategy"] == name], FAR), controls.of(case, name)
            for removed in dict.fromkeys((_asked(case, name), far)):
                against = _controlled(analysis, case, name, removed, kinds)
                found += [against] if any(str(key).endswith("_reference") for key in against) else []
    return pd.DataFrame(found)


def elsewhere(analysis: Analysis, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Dense, and the strategies of `matters` at 90 % removed, on the further test corpora.

    A row a task, network, test corpus and strategy: the columns of `Analysis.means`, `score_low` and `score_high`, and
    of tickets `difference`, `low`, `high` against dense there.

    Args:
        verdicts: `rows` of this analysis.
    """
    means, keys = analysis.means, [*CASE, "test_corpus", "strategy", "removed_target"]
    found = []
    for verdict in verdicts.to_dict("records"):
        case = alike(means, verdict, CASE)
        own = case[case["own"]]
        rungs = {DENSE: 0.0} | {name: _asked(own, name) for name in _told(own, verdict)}
        for _, there in case[~case["own"]].groupby("test_corpus", sort=False):
            found += [
                there[(there["strategy"] == name) & (there["removed_target"] == at)] for name, at in rungs.items()
            ]
    rows = pd.concat(found) if found else means.head(0)
    against = analysis.statistics.against(DENSE)[[*keys, "difference", "low", "high"]]
    return rows.merge(analysis.statistics.scores, on=keys, how="left").merge(against, on=keys, how="left")


def _told(case: pd.DataFrame, verdict: Row) -> list[str]:
    """The first strategy, the same with a teacher or trained for longer, and the one that the verdict is of."""
    names = strategies(case[~case["control"]])
    chosen, twins = (names[0], verdict["strategy"]), controls.twins(case)
    return [name for name in names if name in chosen or names[0] in twins[name].values()]


def _controlled(
    analysis: Analysis, case: pd.DataFrame, name: str, removed: float, kinds: Mapping[str, str]
) -> dict[str, Any]:
    """One ticket against its controls (`kinds`, of `controls.of`)."""
    differences = alike(analysis.statistics.differences, case.iloc[0])
    row: dict[str, Any] = {key: case[key].iloc[0] for key in CASE} | {"strategy": name, "removed_target": removed}
    for kind, control in kinds.items():
        rivals = differences[(differences["strategy"] == name) & (differences["reference"] == control)]
        told = _at(rivals, removed, ["reference", "difference", "low", "high", "verdict", "seeds"])
        row |= {f"{kind}_{key}": value for key, value in told.items()}
    return row


def counts(analysis: Analysis) -> pd.DataFrame:
    """On how many tasks (and networks) each claim is shown of each strategy, Holm's correction over them done.

    A row a strategy that is no control, claim and rung: `claim`, `removed_target`, `tested` (cases with a p-value), and
    `shown`. No loss is counted at every rung from 90 % on, a family of its own each; the other claims at their
    headline's rung, of which a case may have another one (`removed_target` is NaN).
    """
    own = analysis.means[analysis.means["own"] & ~analysis.means["control"]]
    keys = [*CASE, "test_corpus", "strategy", "removed_target"]
    against = analysis.statistics.against(DENSE).merge(own[keys], on=keys)
    against = against[against["removed_target"] >= PAPER_NO_LOSS - 1e-9].assign(claim=NO_LOSS)
    against["p_holm"] = adjusted(against["p_no_loss"], [against["strategy"], against["removed_target"]])
    others = analysis.headlines[analysis.headlines["claim"] != NO_LOSS].assign(removed_target=float("nan"))
    columns = ["claim", "strategy", "removed_target", "p_holm"]
    frame = pd.concat([against[columns], others[columns]], ignore_index=True)
    frame = frame[frame["p_holm"].notna()]
    frame = frame.assign(survives=frame["p_holm"] <= TAIL)
    keys = ["claim", "strategy", "removed_target"]
    return frame.groupby(keys, sort=False, dropna=False)["survives"].agg(tested="count", shown="sum").reset_index()


def _at(differences: pd.DataFrame, removed: float, columns: list[str]) -> dict[str, Any]:
    found = differences.loc[differences["removed_target"] == removed, columns].to_dict("records")
    return {str(key): value for key, value in found[0].items()} if found else {}


def _most(case: pd.DataFrame, against: pd.DataFrame) -> tuple[str, float, bool]:
    """The strategy with most removed without a loss, its rung, and True; without one, what is best by validation."""
    names = strategies(case[~case["control"]])
    best: tuple[float, float, str] | None = None
    for name in names:
        removed = _without_loss(against[against["strategy"] == name])
        if removed == removed:
            entry = removed, _gain(case, name, removed), name
            best = entry if best is None or entry[:2] > best[:2] else best
    if best is not None:
        return best[2], best[0], True
    entries = [(_gain(case, name, removed), removed, name) for name in names for removed in [_asked(case, name)]]
    _, removed, name = max(entries, key=lambda entry: entry[0])  # the first of those that are as good
    return name, removed, False


def _without_loss(ladder: pd.DataFrame) -> float:
    """The rung that `rows` calls a strategy's last without a loss; NaN where there is none."""
    ordered = ladder.sort_values("removed_target")
    far = ordered["removed_target"] >= PAPER_NO_LOSS - 1e-9
    for part in (ordered[far], ordered[~far]):
        held = part["verdict"].isin([SHOWN_BETTER, SHOWN_NO_LOSS]).cummin()
        if held.any():
            return float(part.loc[held, "removed_target"].max())
    return float("nan")


def _gain(case: pd.DataFrame, strategy: str, removed: float) -> float:
    """By how much a ticket's validation score is above dense's; least where there is none."""
    at = case[(case["strategy"] == strategy) & (case["removed_target"] == removed)]
    return float(at["valid_gain"].fillna(-float("inf")).iloc[0])


def _asked(case: pd.DataFrame, strategy: str) -> float:
    """The rung of a strategy that the claim "no loss" is about; the last of a ladder that ends before."""
    ladder = case[case["strategy"] == strategy]
    removed = from_on(ladder, PAPER_NO_LOSS)
    return removed if removed == removed else float(ladder["removed_target"].max())
