"""Which strategies are drawn together."""

from __future__ import annotations

import pandas as pd

from ultralight_mir.report.figures.chosen import MOST, chosen, note, rest

TASKS = ("onset", "drums", "pitch")
GAINS = {"trim": -0.5, "taught": -0.4, "global": -0.6, "mask": -0.7, "random": -0.8, "reinit": -0.9}


def means(**gains: float) -> pd.DataFrame:
    """Strategies of all tasks, and others (`gains`) of the first task alone."""
    rows = [(task, name, gain) for task in TASKS for name, gain in GAINS.items()]
    rows += [(TASKS[0], name, gain) for name, gain in gains.items()]
    frame = pd.DataFrame(rows, columns=["task", "strategy", "valid_gain"])
    names = frame["strategy"]
    return frame.assign(
        network="net", removed_target=0.9, own=True, control=names.isin(["random", "reinit", "small"]), method=names
    )


def test_the_best_other_one_the_first_that_masks_and_the_best_control() -> None:
    frame = means()
    assert frame["strategy"].nunique() > MOST
    assert chosen(frame) == ["trim", "taught", "mask", "random"]
    assert rest(frame, frame) == ["global", "reinit"]


def test_what_was_tried_on_one_easy_task_is_not_the_best_of_all() -> None:
    assert chosen(means(hybrid=0.3, small=0.2)) == chosen(means())


def test_only_what_was_tried_on_a_task_is_left_out_of_its_figure() -> None:
    frame = means(hybrid=0.3)
    drums = frame[frame["task"] == "drums"]
    assert rest(frame, drums) == ["global", "reinit"]
    shown = drums[drums["strategy"].isin(chosen(frame))]
    assert note(frame, shown) == "2 further strategies stand in the task's figure of other strategies."
    assert note(frame, frame).startswith("3 further strategies stand in each task's own figure")
    assert note(frame[frame["strategy"] != "global"], shown).startswith("1 further strategy stands")
