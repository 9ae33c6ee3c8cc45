"""Reading a results folder: what is refused, and what counts as control and own test split."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from fake_results import Grid, write_results

from ultralight_mir.errors import InputError
from ultralight_mir.records import over_seeds, read_records, strategies, tickets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_results(tmp_path, Grid(tasks=("onset", "pitch"), removed=(0.5, 0.9), seeds=2, real=("recordings",)))
    return tmp_path


def test_tickets_carry_score_costs_and_roles(folder: Path) -> None:
    frame = tickets(read_records(folder))
    assert len(frame) == 2 * 2 * 2 * (1 + 4 * 2)  # tasks × seeds × test corpora × tickets
    assert frame["score"].between(0, 100).all()
    assert frame["score"].max() > 50
    assert frame["parameters"].notna().all()
    assert list(frame["task"].unique()) == ["pitch", "onset"]
    assert set(frame.loc[frame["control"], "strategy"]) == {"reinit", "random"}
    assert set(frame.loc[frame["own"], "test_corpus"]) == {"synthetic"}
    assert strategies(frame) == ["trim", "mask", "reinit", "random"]


def test_what_ranks_by_shuffled_scores_is_a_control(folder: Path) -> None:
    records = read_records(folder)
    records.results.loc[records.results["strategy"] == "mask", "criterion"] = "shuffled_magnitude"
    assert strategies(tickets(records)) == ["trim", "mask", "reinit", "random"]
    assert set(tickets(records).query("control")["strategy"]) == {"mask", "reinit", "random"}


def test_without_an_own_test_split_the_first_corpus_stands_in(folder: Path) -> None:
    results = pd.read_csv(folder / "results.csv", keep_default_na=False)
    results[results["test_corpus"] != "synthetic"].to_csv(folder / "results.csv", index=False)
    assert set(tickets(read_records(folder)).query("own")["test_corpus"]) == {"recordings"}


def test_means_over_seeds(folder: Path) -> None:
    frame = tickets(read_records(folder))
    means = over_seeds(frame)
    assert len(means) == len(frame) / 2
    assert (means["seeds"] == 2).all()
    assert (means["score_min"] <= means["score"]).all()
    assert (means["score"] <= means["score_max"]).all()


def test_names_that_look_like_missing_values_stay_names(folder: Path) -> None:
    text = (folder / "results.csv").read_text().replace(",mask,mask,", ",NA,mask,")
    (folder / "results.csv").write_text(text)
    assert "NA" in strategies(tickets(read_records(folder)))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("results", lambda text: text.replace("removed_target", "removed_goal"), "column 'removed_target' is missing"),
        ("results", lambda text: text.splitlines()[0] + "\n", "no rows"),
        ("costs", lambda text: text.replace("182000", "many", 1), "line 2, column 'parameters': found 'many'"),
        ("scores", lambda text: "", "not a readable CSV file"),
    ],
)
def test_bad_files_are_named(folder: Path, name: str, change: object, message: str) -> None:
    path = folder / f"{name}.csv"
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(InputError, match=message) as caught:
        read_records(folder)
    assert f"{name}.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "times.csv").unlink()
    with pytest.raises(InputError, match=r"times\.csv: no such file"):
        read_records(folder)
