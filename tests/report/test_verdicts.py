"""Verdicts first: what a run shows of the paper's claims, from its tables and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from checkout import ROOT
from committed import REFERENCE
from committed import analysis as analysis_of_the_reference
from fake_results import Grid, analysis

from ultralight_mir import tickets
from ultralight_mir.errors import InputError
from ultralight_mir.report import findings, verdicts
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.headlines import headlines
from ultralight_mir.report.meaning import sentences
from ultralight_mir.report.verdicts import BEGIN, END
from ultralight_mir.tickets.cards import read_card

LADDER = (0.5, 0.75, 0.9, 0.95)
GRID = Grid(tasks=("drums", "onset"), strategies=("trim", "mask", "random"), removed=LADDER, seeds=3)


def judged(whole: Analysis, told: dict[tuple[str, str, str, float], str]) -> Analysis:
    """The same with these verdicts: (task, strategy, reference, removed) → verdict; all others are not shown."""
    ends = {"better": (0.2, 0.5), "no loss": (-0.6, 0.1), "worse": (-5.0, -3.0), "not shown": (-3.0, 1.0)}
    rows = whole.statistics.differences.assign(verdict="not shown", p_better=0.9, p_no_loss=0.9)
    rows["low"], rows["high"] = ends["not shown"]
    for (task, strategy, reference, removed), said in told.items():
        at = (rows["task"] == task) & (rows["strategy"] == strategy) & (rows["reference"] == reference)
        at &= rows["removed_target"] == removed
        assert at.sum() == 1
        columns = ["verdict", "low", "high", "p_better", "p_no_loss"]
        rows.loc[at, columns] = [
            said,
            *ends[said],
            0.001 if said == "better" else 0.9,
            0.001 if said != "worse" else 1.0,
        ]
    statistics = replace(whole.statistics, differences=rows)
    return replace(whole, statistics=statistics, headlines=headlines(whole.means, statistics))


def row(whole: Analysis, task: str) -> dict[str, Any]:
    frame = findings.rows(whole)
    (found,) = frame[frame["task"] == task].to_dict("records")
    return {str(key): value for key, value in found.items()}


def test_the_most_without_a_loss_is_the_last_of_an_unbroken_row(tmp_path: Path) -> None:
    whole = analysis(tmp_path, GRID)
    dense = {("drums", "trim", "dense", removed): "no loss" for removed in (0.5, 0.75, 0.95)}  # 0.9 does not hold
    dense |= {("drums", "mask", "dense", removed): "no loss" for removed in (0.5, 0.75)}
    dense |= {
        ("onset", "mask", "dense", removed): said
        for removed, said in zip((0.5, 0.75, 0.9), ("better", "no loss", "better"), strict=True)
    }
    drums, onset = (row(judged(whole, dense), task) for task in ("drums", "onset"))
    assert drums["shown"] and drums["removed_target"] == 0.75
    assert drums["strategy"] == "mask", "as much removed, and a better validation score"
    assert onset["shown"] and (onset["strategy"], onset["removed_target"]) == ("mask", 0.9)
    assert onset["survives"] and not drums["survives"], "drums' headline claim is at 90 %"
    late = {("drums", "trim", "dense", removed): "no loss" for removed in (0.9, 0.95)}  # the first rungs do not hold
    assert row(judged(whole, late), "drums")["removed_target"] == 0.95, "90 % is what the paper claims"
    broken = {("drums", "trim", "dense", removed): "no loss" for removed in (0.75, 0.95)}
    assert not row(judged(whole, broken), "drums")["shown"]
    assert onset["half_width"] == pytest.approx(0.15) and drums["half_width"] == pytest.approx(2)


def test_where_nothing_is_shown_it_tells_what_validation_would_take(tmp_path: Path) -> None:
    whole = judged(analysis(tmp_path, GRID), {})
    gains = whole.means.query("task == 'drums' and removed_target == 0.9").set_index("strategy")["valid_gain"]
    drums = row(whole, "drums")
    assert not drums["shown"] and drums["strategy"] == gains[["trim", "mask"]].idxmax()
    assert f"not shown ({drums['strategy']} at 90\u202f%)" in verdicts.markdown(whole)


def test_every_number_of_a_row_is_that_of_the_statistics(tmp_path: Path) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums",), strategies=("taught", "trim", "shuffled_taught"), seeds=3))
    drums = row(whole, "drums")
    taught = findings.matters(whole, findings.rows(whole)).set_index(["strategy", "removed_target"]).loc["taught", 0.9]
    keys = ["strategy", "removed_target", "reference"]
    differences = whole.statistics.differences.set_index(keys)
    ticket = drums["strategy"], drums["removed_target"]
    for name in ("difference", "low", "high", "verdict"):
        assert drums[name] == differences.loc[(*ticket, "dense"), name]
        for kind, reference in (("shuffled", "shuffled_taught"), ("no teacher", "trim")):
            assert taught[f"{kind}_{name}"] == differences.loc[("taught", 0.9, reference), name]
    means = whole.means.set_index(["strategy", "removed_target"])
    assert drums["parameters"] == means.loc[ticket, "parameters"]
    assert drums["dense_macs_per_second"] == means.loc[("dense", 0.0), "macs_per_second"]


def test_tickets_stand_against_their_controls_at_90_and_at_95(tmp_path: Path) -> None:
    told = {("drums", "trim", "random", 0.9): "worse", ("drums", "trim", "random", 0.95): "better"}
    whole = judged(analysis(tmp_path, GRID), told)
    frame = findings.matters(whole, findings.rows(whole))
    drums = frame[(frame["task"] == "drums") & (frame["strategy"] == "trim")].set_index("removed_target")
    assert drums["random_verdict"].to_dict() == {0.9: "worse", 0.95: "better"}
    text = " ".join(sentences(findings.rows(whole), frame))
    assert "At 90\u202f% removed, nothing of the ticket is shown to matter (a control may do as well)" in text
    assert "At 95\u202f% removed, the ticket is shown to be better than at random" in text


def test_claims_are_counted_over_the_tasks_after_holm(tmp_path: Path) -> None:
    grid = replace(GRID, tasks=("drums", "onset", "pitch"))
    told = {(task, "trim", "dense", 0.9): "no loss" for task in ("drums", "onset")}
    told |= {("drums", "trim", "dense", 0.95): "no loss", ("pitch", "trim", "random", 0.95): "better"}
    whole = judged(analysis(tmp_path, grid), told)
    frame = findings.counts(whole)
    assert (frame["tested"] == 3).all() and set(frame["strategy"]) == {"trim", "mask"}, "no control is counted"
    shown = frame[frame["shown"] > 0].set_index(["strategy", "claim", "removed_target"])["shown"].to_dict()
    loss = {("trim", "no loss", 0.9): 2, ("trim", "no loss", 0.95): 1}
    assert {key: count for key, count in shown.items() if key[1] == "no loss"} == loss
    assert [count for key, count in shown.items() if key[1] != "no loss"] == [1], "better than at random, once"
    headline = whole.headlines.query("claim == 'no loss' and strategy == 'trim'")
    assert headline["survives"].sum() == loss["trim", "no loss", 0.9], "counted as the headline claim is corrected"
    close = whole.statistics.differences.assign(p_no_loss=0.01)  # three of 0.01 are 0.03 after Holm
    close = replace(whole, statistics=replace(whole.statistics, differences=close))
    assert findings.counts(close).query("claim == 'no loss'")["shown"].eq(0).all()


def test_what_is_scored_on_recordings_too_is_told_beside_dense(tmp_path: Path) -> None:
    whole = analysis(tmp_path, replace(GRID, strategies=("trim", "taught", "random"), real=("mdb", "other")))
    frame = findings.elsewhere(whole, findings.rows(whole))
    assert len(frame) == 2 * 2 * 3 and set(frame["strategy"]) == {"dense", "trim", "taught"}
    assert list(frame["test_corpus"][:6]) == ["mdb"] * 3 + ["other"] * 3
    means = whole.means.set_index(["task", "test_corpus", "strategy", "removed_target"])
    differences = whole.statistics.against("dense").set_index(means.index.names)
    for line in frame.to_dict("records"):
        key = tuple(line[name] for name in means.index.names)
        assert line["score"] == means.loc[key, "score"] and line["score_low"] <= line["score"] <= line["score_high"]
        if line["strategy"] == "dense":
            assert np.isnan(line["difference"])
        else:
            assert line["removed_target"] == 0.9 and line["difference"] == differences.loc[key, "difference"]
    text = verdicts.markdown(whole)
    assert "| drums | mdb (7 clips) |" in text and "nan" not in text
    alone = analysis(tmp_path / "alone", GRID)
    assert findings.elsewhere(alone, findings.rows(alone)).empty
    assert "The same networks on other corpora" not in verdicts.markdown(alone)


@pytest.mark.parametrize("seeds", [1, 2])
def test_with_few_seeds_it_says_what_is_missing(tmp_path: Path, seeds: int) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums",), strategies=("trim", "random"), removed=(0.9,), seeds=seeds))
    text = verdicts.markdown(whole)
    assert f"this run has {seeds}: {3 - seeds} more {'is' if seeds == 2 else 'are'} missing" in text
    assert "too few seeds (trim at 90\u202f%)" in text and "✓ (" not in text and "better*" not in text
    assert np.isnan(row(whole, "drums")["half_width"])


def test_without_validation_scores_it_says_that_nothing_is_picked(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), strategies=("trim",), removed=(0.9,), seeds=3, validation=False)
    text = verdicts.markdown(analysis(tmp_path, grid))
    assert verdicts.NOTHING_PICKED in text and "best network" not in text


@pytest.mark.parametrize("strategies", [(), ("random",)])
def test_without_a_strategy_there_is_no_verdict(tmp_path: Path, strategies: tuple[str, ...]) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums",), strategies=strategies, seeds=3))
    assert verdicts.markdown(whole) == "Nothing was trimmed in these results.\n"
    rows = findings.rows(whole)
    assert rows.empty and sentences(rows, findings.matters(whole, rows)) == []


def test_the_markdown_is_tables_and_sentences_alone(tmp_path: Path) -> None:
    text = verdicts.markdown(analysis(tmp_path, replace(GRID, networks=("wide", "narrow"))))
    assert text.startswith("Two claims are re-tested")
    assert "nan" not in text and "None" not in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1
    assert re.search(r"\| drums \| wide \|", text) and re.search(r"\| onset \| narrow \|", text)


def test_verdicts_are_put_between_two_comments(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter\n")
    for _ in range(2):
        verdicts.put(path, "new\n")
        assert path.read_text() == f"# Before\n\n{BEGIN}\nnew\n{END}\n\nAfter\n"
    for text in ("no comment", f"{BEGIN}", f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"):
        path.write_text(text)
        with pytest.raises(InputError, match=r"README\.md: expected the lines"):
            verdicts.put(path, "new")
        assert path.read_text() == text
    with pytest.raises(InputError, match="cannot be read"):
        verdicts.put(tmp_path / "absent.md", "new")


@pytest.mark.skipif(not (REFERENCE / "run.json").exists(), reason="the reference experiment's tables are not there")
def test_readme_and_site_say_what_tickets_and_systems_score_on_recordings() -> None:
    readme, page = (
        " ".join((ROOT / name).read_text(encoding="utf-8").split()) for name in ("README.md", "docs/howto/systems.md")
    )
    results, costs = pd.read_csv(REFERENCE / "results.csv"), pd.read_csv(REFERENCE / "costs.csv")
    scores = pd.read_csv(REFERENCE / "system_scores.csv")

    def ticket(task: str, corpus: str, metric: str) -> tuple[str, str, int]:
        """Parameters, score and clips of the package's smallest ticket."""
        card = read_card(tickets.path(task, "smallest"))
        one = f"task == '{task}' and strategy == '{card.strategy}' and removed_target == 0.98 and seed == {card.seed}"
        scored = f"test_corpus == '{corpus}' and metric == '{metric}' and split == 'test'"
        (row,) = results.query(f"{one} and {scored}").to_dict("records")
        (parameters,) = costs.query(one)["parameters"].unique()
        assert parameters == card.parameters
        return f"{parameters:,}", f"{100 * row['value']:.1f} %", int(row["clips"])

    def system(name: str, corpus: str) -> str:
        own = scores.query(f"system == '{name}' and test_corpus == '{corpus}'")
        (rows,) = {metric: part for metric, part in own.groupby("metric") if metric in ("f", "rpa")}.values()
        return f"{100 * (rows['value'] * rows['weight']).sum() / rows['weight'].sum():.1f} %"

    parameters, score, clips = ticket("onset", "mdb_drums", "f")
    flux = system("spectral_flux", "mdb_drums")
    told = f"ticket of {parameters} parameters has F {score} on {clips} recorded drum tracks (spectral flux: {flux})"
    assert told in readme
    assert f"| ticket `smallest` | onset | {parameters} | F {score} |" in page and f"| F {flux} |" in page
    parameters, score, clips = ticket("pitch", "medleydb_f0", "rpa")
    swift = system("swift_f0", "medleydb_f0")
    told = f"(SwiftF0: {swift}, YIN: {system('yin', 'medleydb_f0')})"
    assert f"ticket of {parameters} parameters finds {score} of the pitches of {clips} recorded stems {told}" in readme
    assert (
        f"| ticket `smallest` | pitch | {parameters} | raw pitch {score}, " in page and f"raw pitch {swift}, " in page
    )


@pytest.mark.skipif(not (REFERENCE / "run.json").exists(), reason="the reference experiment's tables are not there")
def test_readme_says_what_the_reference_s_tables_say() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, rest = readme.partition(BEGIN)
    held, _, _ = rest.partition(END)
    wanted = verdicts.markdown(analysis_of_the_reference(), brief=True)
    assert held.strip() == wanted.strip(), (
        "write it again with: ultralight-mir verdicts reports/reference --brief --into README.md"
    )
