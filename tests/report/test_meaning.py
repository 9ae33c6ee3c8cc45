"""What verdicts on tickets and their controls mean, in sentences."""

from __future__ import annotations

import pandas as pd
import pytest

from ultralight_mir.report.headlines import BETTER, NO_LOSS
from ultralight_mir.report.meaning import no_better, sentences

CASE = {"corpus": "synthetic", "task": "drums", "network": "net"}


def meaning(
    tickets: list[dict[str, str]], verdict: str = "no loss", tasks: tuple[str, ...] = ("drums",), removed: float = 0.9
) -> list[str]:
    """What it means that tickets have these verdicts against their controls, on each of some tasks."""
    told = [{f"{kind.replace('_', ' ')}_verdict": said for kind, said in ticket.items()} for ticket in tickets]
    told = [{"removed_target": removed} | ticket for ticket in told]
    rows = pd.DataFrame([CASE | {"task": task, "seeds": 3.0, "verdict": verdict} for task in tasks])
    return sentences(rows, pd.DataFrame([CASE | {"task": task} | ticket for task in tasks for ticket in told]))


@pytest.mark.parametrize(
    ("tickets", "begins"),
    [
        ([{"shuffled": "better", "random": "better"}], "the ticket matters"),
        ([{"shuffled": "not shown", "fresh_weights": "better"}], "the ticket matters"),
        ([{"shuffled": "better"}, {"random": "not shown"}], "the ticket matters"),
        ([{"shuffled": "not shown", "fresh_weights": "worse", "random": "better"}], "only how much is left"),
        ([{"shuffled": "worse", "small_dense": "better"}, {"fresh_weights": "worse"}], "only how much is left"),
        ([{"shuffled": "worse", "small_dense": "better"}], "the ticket is shown to be better than at random"),
        ([{"random": "better"}], "the ticket is shown to be better than at random"),
        ([{"shuffled": "not shown"}, {"no_teacher": "better"}], "only the teacher"),
        ([{"shuffled": "not shown"}, {"no_teacher": "not shown"}], "nothing of the ticket"),
        ([{"shuffled": "not shown"}, {"fewer_steps": "better"}], "only longer training"),
        ([{"fewer_steps": "not shown"}], "nothing of the ticket"),
        ([{"no_teacher": "better"}, {"fewer_steps": "better"}], "only the teacher or longer training"),
    ],
)
def test_what_it_means_follows_from_the_verdicts(tickets: list[dict[str, str]], begins: str) -> None:
    (sentence,) = meaning(tickets)
    assert sentence.startswith(f"At 90\u202f% removed, {begins}")
    teacher = {
        "better": "on drums; the teacher is shown to help on drums.",
        "not shown": "no teacher is shown to help.",
    }
    length = {"better": "as dense is shown to help on drums.", "not shown": "longer training is not shown to help."}
    ends = length.get(tickets[-1].get("fewer_steps", ""), "on drums.")
    assert sentence.endswith(teacher.get(tickets[-1].get("no_teacher", ""), ends))
    assert meaning(tickets, "nothing follows") == ["Nothing follows on drums."]
    assert meaning(tickets, "too few seeds")[0].startswith("A verdict on a strategy takes at least 3 seeds")


def test_nothing_is_said_of_an_aid_that_no_ticket_of_the_rung_had() -> None:
    rows = pd.DataFrame([CASE | {"task": "drums", "seeds": 3.0, "verdict": "no loss"}])
    told = [
        CASE | {"task": "drums", "removed_target": removed, "shuffled_verdict": "not shown", **more}
        for removed, more in ((0.9, {"fewer steps_verdict": "better"}), (0.95, {}))
    ]
    first, second = sentences(rows, pd.DataFrame(told))
    assert first.endswith("shown to help on drums.") and second.endswith("(a control may do as well) on drums.")


def test_tasks_of_one_kind_are_told_together() -> None:
    (sentence,) = meaning([{"shuffled": "better"}], tasks=("drums", "onset", "pitch"), removed=0.95)
    assert sentence.startswith("At 95\u202f% removed, the ticket matters")
    assert sentence.endswith(" on drums, onset and pitch.")


def _claims(*highs: float, shown: bool = False, p: float = 0.9) -> pd.DataFrame:
    rows = [
        {"claim": BETTER, "task": f"task {n}", "high": high, "shown": False, "p": p} for n, high in enumerate(highs)
    ]
    other = {"claim": NO_LOSS, "task": "task 0", "high": 7.0, "shown": True, "p": 0.001}
    return pd.DataFrame([{**rows[0], "shown": shown}, *rows[1:], other])


def test_what_is_not_shown_to_be_better_is_bounded_from_above() -> None:
    (sentence,) = no_better(_claims(0.1, 0.41))
    assert sentence.endswith("on any of 2 tasks: all intervals end at +0.5 points or below.")
    assert no_better(_claims(-0.25))[0].endswith("on any of 1 task: all intervals end at −0.2 points or below.")
    assert not no_better(_claims(0.1, 0.41, shown=True)), "then the table tells which"
    assert not no_better(_claims(0.1, p=float("nan"))), "too few seeds"
