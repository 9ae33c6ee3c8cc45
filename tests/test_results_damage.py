"""Gathering refuses what is missing, cut, edited or damaged in one line, and writes nothing then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_tickets import changed, write_evaluation, write_tickets

from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.paths import RUN, TicketFolder
from ultralight_mir.results import write_all


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.chdir(tmp_path)
    return write_tickets(tmp_path)


def _first(experiment: Experiment) -> TicketFolder:
    return next(iter(experiment.tickets()))


def refusal(experiment: Experiment) -> str:
    """The line that gathering ends in; it leaves no table."""
    with pytest.raises(InputError) as caught:
        write_all(experiment)
    assert "\n" not in str(caught.value)
    assert not (experiment.root / RUN).exists() and not (experiment.root / "results.csv").exists()
    return str(caught.value)


def _cut(text: str) -> str:
    return text[:-4]


def _fewer(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


@pytest.mark.parametrize(
    ("name", "change"),
    [("scores", _cut), ("scores", _fewer), ("widths", _fewer), ("evaluation", _cut), ("ticket", _cut)],
)
def test_a_damaged_file_of_a_ticket_is_named_with_its_remedy(
    experiment: Experiment, name: str, change: Callable[[str], str]
) -> None:
    path: Path = getattr(_first(experiment), name)
    path.write_text(change(path.read_text()))
    assert str(path) in (refused := refusal(experiment)) and "snakemake" in refused


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("value", "nan", "expected a number"),
        ("value", "9.9", "found 9.9, expected accuracy from 0 to 1"),
        ("weight", "-1.000000", "expected a number from 0"),
        ("level", "*", "expected one of clip, set"),
    ],
)
def test_scores_that_cannot_be_are_refused_even_when_sealed(
    experiment: Experiment, column: str, cell: str, wanted: str
) -> None:
    folder = _first(experiment)
    lines = folder.scores.read_text().splitlines()
    cells = lines[1].split(",")
    cells[lines[0].split(",").index(column)] = cell
    folder.scores.write_text("\n".join([lines[0], ",".join(cells), *lines[2:], ""]))
    changed(folder.evaluation, dict)
    refused = refusal(experiment)
    assert f"{folder.scores}, line 2, column '{column}'" in refused and wanted in refused


def test_scores_without_any_row_are_refused(experiment: Experiment) -> None:
    write_evaluation(_first(experiment), 0, [])
    assert f"{_first(experiment).scores}: no rows" in refusal(experiment)


def test_scores_of_another_ticket_are_refused(experiment: Experiment) -> None:
    """A ticket that was trained again, beside the scores of the one before."""
    folder = next(iter(experiment.tickets()))
    changed(folder.ticket, lambda content: {**content, "loss": 0.25})
    assert f"{folder.evaluation}: of another ticket than {folder.ticket}" in refusal(experiment)


def test_a_ticket_in_another_s_folder_is_refused(experiment: Experiment) -> None:
    dense, trim, *_ = experiment.tickets()
    trim.ticket.write_bytes(dense.ticket.read_bytes())
    assert f"{trim.ticket}: the ticket of {dense.path}" in refusal(experiment)


@pytest.mark.parametrize("key", ["removed_target", "recipe", "seed", "strategy", "validation"])
def test_a_ticket_that_lacks_a_key_is_one_line(experiment: Experiment, key: str) -> None:
    path = _first(experiment).ticket
    changed(path, lambda ticket: {name: value for name, value in ticket.items() if name != key})
    assert f"{path}: not whole" in refusal(experiment)


def test_a_timing_that_is_not_whole_is_one_line(experiment: Experiment) -> None:
    path = _first(experiment).timing
    path.write_text('{"rule": "dense"}')
    assert f"{path}: not a whole timing" in refusal(experiment)


def test_everything_that_is_read_is_declared(experiment: Experiment) -> None:
    declared = set(experiment.gathered())
    files = {path for path in experiment.root.rglob("*") if path.is_file()}
    assert files <= declared, "each of these files changes the tables"
    for path in sorted(files):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
            write_all(experiment)
        path.write_bytes(content)
