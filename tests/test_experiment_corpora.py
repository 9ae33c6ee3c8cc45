"""Where an experiment's clips come from: folders, and data sets that are downloaded first."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ultralight_mir.config import resolve
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment


def test_missing_recordings_are_one_clear_line(config: dict[str, Any]) -> None:
    config["recordings"] = "/nowhere"
    config["corpora"]["mine"] = {"kind": "manifest", "folder": "mine"}
    experiment = Experiment(resolve(config))
    with pytest.raises(InputError, match="recordings: folder '/nowhere' does not exist; corpus 'mine' lies in it"):
        experiment.corpus_settings("mine", "drums")


def test_the_limit_of_bad_clips_is_a_corpus_key_of_its_own(config: dict[str, Any]) -> None:
    changed = deepcopy(config)
    changed["corpora"]["mine"] = {"kind": "manifest", "folder": "mine", "bad_clips": 0.1}
    experiment = Experiment(resolve(changed))
    assert (experiment.bad_clips("synthetic"), experiment.bad_clips("mine")) == (0.02, 0.1)
    assert "bad_clips" not in json.loads(experiment.corpus_settings("mine", "drums"))
    changed["corpora"]["mine"]["bad_clips"] = 2
    with pytest.raises(InputError, match=r"config, corpora\.mine"):
        resolve(changed)


def _with_datasets(config: dict[str, Any], **corpora: Any) -> dict[str, Any]:
    changed = deepcopy(config)
    changed["corpora"].update({name: {"kind": "mirdata", **about} for name, about in corpora.items()})
    changed["tasks"]["instrument"]["test_corpora"] = list(corpora)
    return changed


def test_a_corpus_of_a_data_set_waits_for_its_download(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRDATA_HOME", "/from/the/environment")
    given = _with_datasets(config, strings={"dataset": "tinysol"}, more={"dataset": "tinysol", "seed": 3})
    experiment = Experiment(resolve(given))
    report = Path("results/datasets/tinysol.json")
    assert experiment.datasets("strings") == experiment.datasets("more") == [report]
    assert experiment.datasets("synthetic") == []
    assert experiment.dataset(report.name) == ("tinysol", "default")
    settings = json.loads(experiment.corpus_settings("strings", "instrument"))
    assert settings == {
        "kind": "mirdata",
        "dataset": "tinysol",
        "version": "default",
        "seed": 0,
        "data_home": "/from/the/environment",
    }
    configured = Experiment(resolve({**given, "data_home": "sets"}))
    assert json.loads(configured.corpus_settings("strings", "instrument"))["data_home"] == "sets"


@pytest.mark.parametrize(
    ("corpora", "message"),
    [
        ({"a": {"dataset": "tinysoul"}}, "data set 'tinysoul': unknown, expected one of"),
        (
            {"a": {"dataset": "../tinysol"}},
            r"config, corpora\.a\.dataset: found '\.\./tinysol', expected text that matches",
        ),
        ({"a": {}}, r"config, corpora\.a\.dataset: missing"),
        ({"a": {"dataset": "tinysol", "clips": 3}}, r"config, corpora\.a\.clips: unknown key, expected one of"),
        (
            {"a": {"dataset": "maestro"}},
            "config, tasks.instrument: data set 'maestro' of corpus 'a' has nothing for it",
        ),
        ({"a": {"version": 1, "dataset": "irmas"}}, r"config, corpora\.a\.version: found 1, expected a valid string"),
        (
            {"a": {"dataset": "irmas"}, "b": {"dataset": "irmas", "version": "1.0"}},
            r"config, corpora\.b: wants irmas version 1\.0 where corpora\.a wants irmas version default, expected the",
        ),
    ],
)
def test_a_data_set_that_cannot_be_used_is_said_before_any_job(
    config: dict[str, Any], corpora: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve(_with_datasets(config, **corpora))
    assert "\n" not in str(caught.value)
