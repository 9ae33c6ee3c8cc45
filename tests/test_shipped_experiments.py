"""The files of experiments/ are valid."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
import yaml
from checkout import ROOT
from committed import REFERENCE

from ultralight_mir.config import resolve
from ultralight_mir.experiment import Experiment
from ultralight_mir.paths import DENSE


def _merged(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def _experiment(config: Any, *names: str) -> Experiment:
    """What `--configfile` with these files runs."""
    for name in names:
        config = _merged(config, yaml.safe_load((ROOT / "experiments" / f"{name}.yaml").read_text()))
    return Experiment(resolve(config))


@pytest.mark.parametrize(
    "names",
    [("smoke",), ("real",), ("paper",), ("reference",), ("reference", "temperature"), ("reference", "lanes")],
    ids=" and ".join,
)
def test_the_shipped_experiments_are_valid(config: dict[str, Any], names: tuple[str, ...]) -> None:
    _experiment(config, *names)


def test_the_papers_protocol_is_what_its_header_says(config: dict[str, Any]) -> None:
    """Whatever the default experiment says, which it is merged into."""
    paper = _experiment(config, "paper").config
    own = {name: paper.strategies[name] for name in paper.grid_strategies}
    trims = {name: s for name, s in own.items() if s.method == "trim" and not s.control}
    assert all(s.floor == 3 for s in own.values() if s.method != "mask")
    controls: dict[str, set[str]] = {}
    for s in own.values():
        if s.like:
            controls.setdefault(s.like, set()).add(s.units if s.units != "same" else s.reset)
    crossed = {(s.criterion, s.scope) for s in trims.values()}
    assert len(crossed) == 14 and {criterion for criterion, _ in crossed} >= {"inverse_gradient", "info_target"}
    for name, s in trims.items():
        wanted = {"reinit", "shuffled"} if s.scope == "global" else {"reinit"}
        assert controls.get(name) == wanted or s.scale in ("dimension", "xavier"), name
    left = [1.0, *(1 - removed for removed in paper.grid_removed("magnitude_local"))]
    for before, after in pairwise(left):
        assert 0.18 < 1 - (after / before) ** 0.5 < 0.24, "about 20 % of the units between two layers"
    for task in paper.grid_tasks:
        for network in paper.grid_networks(task):
            training = paper.tasks[task].schedule(network)
            assert (training.optimizer, training.patience, training.plateau) == ("adam", 30, 10)
            assert training.epochs == 200 or training.steps > 1000, "no length of a first look is left"


@pytest.mark.skipif(not (ROOT.parent / "shared" / "real").is_dir(), reason="no recordings beside the repository")
def test_training_on_the_recordings_is_a_valid_experiment(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    experiment = _experiment(config, "real-train")
    trained = {task: sum(trial.task == task for trial in experiment.trials()) for task in experiment.tasks}
    assert trained == {"drums": 7, "pitch": 6, "singing": 11, "instrument": 1}


def _tickets(experiment: Experiment) -> set[tuple[str, int, str, float]]:
    """Task, seed, strategy and what is removed, of every ticket of a grid."""
    found = set()
    for trial in experiment.trials():
        for ticket in experiment.tickets_of(trial):
            *_, strategy, rung = ticket.path.parts
            rung_of = (strategy, float(rung.removeprefix("removed-"))) if rung != DENSE else (DENSE, 0.0)
            found.add((trial.task, trial.seed, *rung_of))
    return found


KEY = ["task", "seed", "strategy", "removed_target"]
THERE = pytest.mark.skipif(
    not (REFERENCE / "results.csv").exists(), reason="the reference experiment's tables are not there"
)


@THERE
@pytest.mark.parametrize("names", [("reference",), ("reference", "reference-teacher")], ids=" and ".join)
def test_the_reference_s_tables_hold_the_grid(config: dict[str, Any], names: tuple[str, ...]) -> None:
    """Pieces that were gathered with a smaller grid lose rows without a word."""
    found = pd.read_csv(REFERENCE / "results.csv", usecols=KEY)[KEY]
    assert not _tickets(_experiment(config, *names)) - set(found.itertuples(index=False, name=None))


@THERE
def test_two_cores_finish_the_reference_s_grid_in_six_hours(config: dict[str, Any]) -> None:
    wanted, times = _tickets(_experiment(config, "reference")), pd.read_csv(REFERENCE / "times.csv")
    own = pd.Series([row in wanted for row in times[KEY].itertuples(index=False, name=None)])
    seconds = times[times["strategy"].isna() | own].groupby("task")["core_seconds"].sum()
    assert seconds.sum() / 2 < 6 * 3600 and seconds.max() / 2 < 2 * 3600
