"""The files of experiments/ are valid."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from checkout import ROOT

from ultralight_mir.config import resolve
from ultralight_mir.experiment import Experiment


def _merged(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


@pytest.mark.parametrize("name", ["smoke", "real", "paper", "reference"])
def test_the_shipped_experiments_are_valid(config: dict[str, Any], name: str) -> None:
    overlay = yaml.safe_load((ROOT / "experiments" / f"{name}.yaml").read_text())
    Experiment(resolve(_merged(config, overlay)))


def test_the_papers_controls_take_the_same_share_of_every_layer(config: dict[str, Any]) -> None:
    """As its header says, whatever the default experiment's controls do."""
    overlay = yaml.safe_load((ROOT / "experiments" / "paper.yaml").read_text())
    strategies = resolve(_merged(config, overlay)).strategies
    assert [strategies[name].scope for name in ("reinit", "random")] == ["local", "local"]
    assert strategies["reinit"].like == "magnitude_local"


@pytest.mark.skipif(not (ROOT.parent / "shared" / "real").is_dir(), reason="no recordings beside the repository")
def test_training_on_the_recordings_is_a_valid_experiment(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    overlay = yaml.safe_load((ROOT / "experiments" / "real-train.yaml").read_text())
    experiment = Experiment(resolve(_merged(config, overlay)))
    trained = {task: sum(trial.task == task for trial in experiment.trials()) for task in experiment.tasks}
    assert trained == {"drums": 7, "pitch": 6, "singing": 11, "instrument": 1}
