"""A config is checked, and its defaults are filled in, before anything is planned."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import SCHEMA, with_key

from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment, resolve
from ultralight_mir.trimming import CRITERIA


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("grid.removed", [0.5, 1.2], r"config, grid\.removed\.1: 1\.2 is greater than or equal to the maximum of 1"),
        ("grid.removed", [], r"config, grid\.removed: \[\] should be non-empty"),
        ("colour", "red", r"config, top level: .*'colour' was unexpected"),
        ("tasks.drums.training.step", 5, r"config, tasks\.drums\.training: .*'step' was unexpected"),
        (
            "tasks.beats",
            {"corpus": "synthetic", "networks": {"crnn": {}}, "training": {}},
            "'beats' is unknown, expected one of",
        ),
        ("grid.tasks", ["drums", "beats"], r"config, grid\.tasks: 'beats' is unknown"),
        (
            "grid.networks",
            ["crep"],
            r"config, grid\.networks: 'crep' is unknown, expected one of timbre_cnn, harmonic_cnn",
        ),
        (
            "grid.networks",
            ["timbre_cnn"],
            r"config, grid\.networks: none is of task 'pitch', expected one of harmonic_cnn",
        ),
        ("grid.strategies", ["prune"], r"config, grid\.strategies: 'prune' is unknown"),
        ("tasks.drums.corpus", "medleydb", r"config, tasks\.drums\.corpus: 'medleydb' is unknown"),
        ("strategies.trim.method", "cut", r"config, strategies\.trim\.method: 'cut' is not one of"),
        ("strategies.trim.rewind", "soon", r"config, strategies\.trim\.rewind"),
        ("corpora.synthetic.clips", {"drums": 100}, "no number of clips for task 'instrument'"),
        ("corpora.synthetic.kind", "mp3", r"config, corpora\.synthetic"),
        ("corpora.synthetic.folds", 3, r"config, corpora\.synthetic: .*'folds' was unexpected"),
        (
            "corpora.synthetic.clips",
            {"drums": 3},
            r"config, corpora\.synthetic\.clips\.drums: 3 is less than the minimum",
        ),
        (
            "corpora.mine",
            {"kind": "manifest", "folder": "x", "test_split": "train"},
            r"config, corpora\.mine\.test_split: 'train' is not one of \['test', 'valid'\]",
        ),
        ("tasks.drums.training.learning_rate", -1, r"tasks\.drums\.training\.learning_rate: -1 is less than"),
    ],
)
def test_a_wrong_config_is_one_line_that_names_the_key(
    config: dict[str, Any], path: str, value: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve(with_key(config, path, value), SCHEMA)
    assert "\n" not in str(caught.value)


def test_defaults_come_from_the_schema(config: dict[str, Any]) -> None:
    for key in ("experiment", "grid"):
        config.pop(key)
    config["strategies"] = {"trim": {"method": "trim"}}
    resolved = resolve(config, SCHEMA)
    assert resolved["strategies"]["trim"] == {
        "method": "trim",
        "criterion": "magnitude",
        "scope": "global",
        "scale": "none",
        "reset": "rewind",
        "rewind": "20it",
        "measure": "parameters",
        "round_to": 1,
        "floor": 1,
        "floor_fraction": 0,
    }
    assert resolved["grid"]["removed"] == [0.5, 0.75, 0.85, 0.9, 0.95]
    assert Experiment(resolved).root == Path("results")


def test_the_given_config_is_left_alone(config: dict[str, Any]) -> None:
    before = deepcopy(config)
    resolve(config, SCHEMA)
    assert config == before


def test_the_schema_knows_every_criterion() -> None:
    strategy = yaml.safe_load(SCHEMA.read_text())["properties"]["strategies"]["additionalProperties"]["properties"]
    assert strategy["criterion"]["pattern"] == f"^(shuffled_)?({'|'.join(CRITERIA)})$"


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({"method": "mask", "criterion": "taylor"}, r"strategies\.x\.criterion: 'taylor' is not one of"),
        ({"method": "mask", "measure": "macs"}, r"strategies\.x\.measure: 'parameters' was expected"),
        ({"method": "hybrid", "measure": "bytes"}, r"strategies\.x\.measure: 'parameters' was expected"),
        ({"method": "trim", "round_to": 0}, r"strategies\.x\.round_to: 0 is less than the minimum of 1"),
        ({"method": "trim", "criterion": "luck"}, r"strategies\.x\.criterion: 'luck' does not match '.*magnitude\|"),
    ],
)
def test_strategies_that_make_no_sense_are_refused(
    config: dict[str, Any], strategy: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        resolve(with_key(config, "strategies.x", strategy), SCHEMA)
