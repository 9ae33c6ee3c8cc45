"""The tickets that come with the package: they load, and their cards say what the committed tables say."""

from __future__ import annotations

from pathlib import Path

import committed
import pytest
from test_predict import _song
from typer.testing import CliRunner

import ultralight_mir
from ultralight_mir import tickets
from ultralight_mir.cli import app
from ultralight_mir.errors import InputError
from ultralight_mir.predict import Wanted, predict
from ultralight_mir.publishing import publish
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.ticket import Ticket
from ultralight_mir.tickets.cards import read_card


@pytest.fixture
def analysis() -> Analysis:
    return committed.analysis()


def test_every_task_of_the_reference_has_its_tickets(analysis: Analysis) -> None:
    assert {task for task, _ in tickets.names()} == set(analysis.tickets["task"])
    assert all((task, size) in tickets.names() for task, _ in tickets.names() for size in tickets.SIZES)
    whole = sum(file.stat().st_size for file in tickets.HERE.rglob("*.safetensors"))
    assert whole < 1_200_000


@pytest.mark.parametrize(("task", "size"), tickets.names())
def test_a_card_says_what_the_tables_say(task: str, size: str, analysis: Analysis, tmp_path: Path) -> None:
    folder = tickets.path(task, size)
    card = read_card(folder)
    rows = analysis.tickets[
        (analysis.tickets["task"] == task)
        & (analysis.tickets["strategy"] == card.strategy)
        & (analysis.tickets["seed"] == card.seed)
        & (analysis.tickets["parameters"] == card.parameters)
    ]
    assert {row.test_corpus: round(row.score, 2) for row in rows.itertuples()} == {
        score.corpus: score.score for score in card.scores
    }
    publish(folder, analysis, tmp_path / "again")
    assert read_card(tmp_path / "again") == card
    assert Ticket.read_folder(tmp_path / "again").thresholds == card.thresholds
    text = card.markdown("title")
    assert f"{card.parameters:,} parameters" in text and card.limits in text and card.limits


@pytest.mark.parametrize(("task", "size"), tickets.names())
def test_they_predict_right_after_installation(task: str, size: str, tmp_path: Path) -> None:
    song = _song(tmp_path / "song.wav", 3.0)
    predict(tickets.path(task, size), [song], Wanted(tmp_path / "out"))
    (made,) = (tmp_path / "out").iterdir()
    assert made.name.startswith(f"song.{task}.")
    assert made.stat().st_size or task == "drums", "tones have no drums in them, and everything else"
    assert ultralight_mir.load(tickets.path(task, size)).task.name == task


def test_commands_list_and_describe_them() -> None:
    listed = CliRunner().invoke(app, ["tickets"])
    assert listed.exit_code == 0 and len(listed.stdout.splitlines()) == len(tickets.names())
    told = CliRunner().invoke(app, ["card", "onset", "--size", "smallest"])
    assert told.exit_code == 0 and told.stdout.startswith("# onset, smallest")


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ticket 'onset huge': none comes with the package, expected one of"):
        tickets.path("onset", "huge")
    with pytest.raises(InputError, match=r"card\.json: no such file"):
        read_card(tmp_path)
    done = CliRunner().invoke(app, ["predict", "--task", "onset"])
    assert done.exit_code != 0
    done = CliRunner().invoke(app, ["predict", str(tickets.path("onset"))])
    assert isinstance(done.exception, InputError) and "predict: no recording" in str(done.exception)


def test_a_ticket_of_other_results_is_not_published(analysis: Analysis, tmp_path: Path) -> None:
    from untrained import write_ticket

    folder = write_ticket(tmp_path / "ticket", "onset")
    with pytest.raises(InputError, match="not a ticket of these results"):
        publish(folder, analysis, tmp_path / "out")
    assert not (tmp_path / "out").exists()
