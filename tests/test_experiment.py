import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment, resolve
from ultralight_mir.trimming import CRITERIA

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


@pytest.fixture
def config() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "config.yaml").read_text())


def _set(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = deepcopy(config)
    *parents, last = path.split(".")
    at = changed
    for key in parents:
        at = at[key]
    at[last] = value
    return changed


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
        resolve(_set(config, path, value), SCHEMA)
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


def test_the_default_grid_is_what_the_design_says(config: dict[str, Any]) -> None:
    experiment = Experiment(resolve(config, SCHEMA))
    tickets = list(experiment.tickets())
    assert len(tickets) == len(set(tickets)) == 6 * (1 + 4 * 5)
    assert {"random", "reinit"} <= set(experiment.strategies)


def test_the_grid_chooses_networks(config: dict[str, Any]) -> None:
    config["tasks"]["drums"]["networks"]["crnn"] = {}
    config["grid"]["tasks"] = ["drums", "onset"]

    def networks() -> list[tuple[str, str]]:
        return [(trial.task, trial.network) for trial in Experiment(resolve(config, SCHEMA)).trials()]

    assert networks() == [("drums", "spectral_cnn"), ("drums", "crnn"), ("onset", "spectral_cnn")]
    config["grid"]["networks"] = ["spectral_cnn"]
    assert networks() == [("drums", "spectral_cnn"), ("onset", "spectral_cnn")]


def test_a_rung_follows_the_one_before_it(config: dict[str, Any]) -> None:
    config["grid"]["removed"] = [0.9, 0.5, 0.875]
    experiment = Experiment(resolve(config, SCHEMA))
    assert experiment.previous("trim", "0.50") == "dense"
    assert experiment.previous("trim", "0.875") == "trim/removed-0.50"
    assert experiment.previous("trim", "0.90") == "trim/removed-0.875"


def test_a_job_knows_only_its_own_settings(config: dict[str, Any]) -> None:
    """What a job is given decides whether it runs again: another task's change must not reach it."""
    before = Experiment(resolve(config, SCHEMA))
    after = Experiment(resolve(_set(_set(config, "tasks.onset.training.steps", 7), "grid.removed", [0.5, 0.7]), SCHEMA))
    network = next(iter(config["tasks"]["drums"]["networks"]))
    assert before.dense_settings("drums", network) == after.dense_settings("drums", network)
    assert before.strategy_settings("trim") == after.strategy_settings("trim")
    onset = next(iter(config["tasks"]["onset"]["networks"]))
    assert json.loads(after.dense_settings("onset", onset))["training"]["steps"] == 7


def test_missing_recordings_are_one_clear_line(config: dict[str, Any]) -> None:
    config["recordings"] = "/nowhere"
    config["corpora"]["mine"] = {"kind": "manifest", "folder": "mine"}
    experiment = Experiment(resolve(config, SCHEMA))
    with pytest.raises(InputError, match="recordings: folder '/nowhere' does not exist; corpus 'mine' lies in it"):
        experiment.corpus_settings("mine", "drums")


@pytest.mark.parametrize("name", ["smoke", "real", "paper"])
def test_the_shipped_experiments_are_valid(config: dict[str, Any], name: str) -> None:
    overlay = yaml.safe_load((ROOT / "experiments" / f"{name}.yaml").read_text())
    Experiment(resolve(_merged(config, overlay), SCHEMA))


def _merged(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def test_the_schema_knows_every_criterion() -> None:
    strategy = yaml.safe_load(SCHEMA.read_text())["properties"]["strategies"]["additionalProperties"]["properties"]
    assert strategy["criterion"]["enum"] == list(CRITERIA)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({"method": "mask", "criterion": "taylor"}, r"strategies\.x\.criterion: 'taylor' is not one of"),
        ({"method": "mask", "measure": "macs"}, r"strategies\.x\.measure: 'parameters' was expected"),
        ({"method": "hybrid", "measure": "bytes"}, r"strategies\.x\.measure: 'parameters' was expected"),
        ({"method": "trim", "round_to": 0}, r"strategies\.x\.round_to: 0 is less than the minimum of 1"),
        ({"method": "trim", "criterion": "luck"}, r"strategies\.x\.criterion: 'luck' is not one of"),
    ],
)
def test_strategies_that_make_no_sense_are_refused(
    config: dict[str, Any], strategy: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        resolve(_set(config, "strategies.x", strategy), SCHEMA)


def test_planning_a_run_imports_nothing_heavy() -> None:
    code = (
        "import json, sys, yaml; from pathlib import Path; from ultralight_mir.experiment import Experiment, resolve;"
        f"config = yaml.safe_load(Path({str(ROOT / 'config.yaml')!r}).read_text());"
        f"e = Experiment(resolve(config, Path({str(SCHEMA)!r})));"
        "[e.features(t.task, t.network, t.corpus) for t in e.trials()];"
        "print(sorted({'torch', 'librosa', 'mir_eval', 'sklearn', 'mirdata', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def _with_datasets(config: dict[str, Any], **corpora: Any) -> dict[str, Any]:
    changed = deepcopy(config)
    changed["corpora"].update({name: {"kind": "mirdata", **about} for name, about in corpora.items()})
    changed["tasks"]["instrument"]["test_corpora"] = list(corpora)
    return changed


def test_a_corpus_of_a_data_set_waits_for_its_download(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRDATA_HOME", "/from/the/environment")
    given = _with_datasets(config, strings={"dataset": "tinysol"}, more={"dataset": "tinysol", "seed": 3})
    experiment = Experiment(resolve(given, SCHEMA))
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
    configured = Experiment(resolve({**given, "data_home": "sets"}, SCHEMA))
    assert json.loads(configured.corpus_settings("strings", "instrument"))["data_home"] == "sets"


@pytest.mark.parametrize(
    ("corpora", "message"),
    [
        ({"a": {"dataset": "tinysoul"}}, "data set 'tinysoul': unknown, expected one of"),
        ({"a": {"dataset": "../tinysol"}}, r"config, corpora\.a\.dataset: '\.\./tinysol' does not match"),
        ({"a": {}}, r"config, corpora\.a: 'dataset' is a required property"),
        ({"a": {"dataset": "tinysol", "clips": 3}}, r"config, corpora\.a: .*'clips' was unexpected"),
        (
            {"a": {"dataset": "maestro"}},
            "config, tasks.instrument: data set 'maestro' of corpus 'a' has nothing for it",
        ),
        ({"a": {"version": 1, "dataset": "irmas"}}, r"config, corpora\.a\.version: 1 is not of type 'string'"),
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
        resolve(_with_datasets(config, **corpora), SCHEMA)
    assert "\n" not in str(caught.value)


def test_the_limit_of_bad_clips_is_a_corpus_key_of_its_own(config: dict[str, Any]) -> None:
    changed = deepcopy(config)
    changed["corpora"]["mine"] = {"kind": "manifest", "folder": "mine", "bad_clips": 0.1}
    experiment = Experiment(resolve(changed, SCHEMA))
    assert (experiment.bad_clips("synthetic"), experiment.bad_clips("mine")) == (0.02, 0.1)
    assert "bad_clips" not in json.loads(experiment.corpus_settings("mine", "drums"))
    changed["corpora"]["mine"]["bad_clips"] = 2
    with pytest.raises(InputError, match=r"config, corpora\.mine"):
        resolve(changed, SCHEMA)


def _in_folds(config: dict[str, Any], folder: Path, folds: Any, *rows: str) -> dict[str, Any]:
    """The default experiment, but drums and onset are trained on a folder with that manifest, in folds."""
    folder.mkdir()
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    changed = _set(config, "corpora.mine", {"kind": "manifest", "folder": str(folder), "folds": folds})
    changed["grid"]["tasks"] = ["drums", "onset"]
    for task in ("drums", "onset"):
        changed["tasks"][task]["corpus"] = "mine"
    return changed


HEADER = "track_id,audio,annotation,group"
ROWS = [f"{i},{i}.wav,{i}.txt,band-{i // 2}" for i in range(8)]


@pytest.mark.parametrize(("folds", "count"), [("leave-one-group-out", 4), (3, 3)])
def test_a_fold_is_a_training_of_its_own(config: dict[str, Any], tmp_path: Path, folds: Any, count: int) -> None:
    experiment = Experiment(resolve(_in_folds(config, tmp_path / "mine", folds, HEADER, *ROWS), SCHEMA))
    names = [f"mine.fold-{i}" for i in range(count)]
    assert [trial.corpus for trial in experiment.trials() if trial.task == "drums"] == names
    tickets = list(experiment.tickets())
    assert len(tickets) == len(set(tickets)) == 2 * count * (1 + 4 * 5)
    assert [experiment.fold_option(name) for name in (*names[:2], "mine")] == ["--fold 0", "--fold 1", ""]
    assert list(experiment.corpora()) == [("mine", "drums"), ("mine", "onset")]
    assert len({experiment.features("drums", "spectral_cnn", name) for name in (*names, "mine")}) == 1
    assert json.loads(experiment.corpus_settings("mine", "drums"))["folds"] == count


@pytest.mark.parametrize(
    ("folds", "rows", "message"),
    [
        (1, ROWS, r"^config, corpora\.mine\.folds: found 1, expected 'leave-one-group-out' or a whole number from 3$"),
        (2, ROWS, r"^config, corpora\.mine\.folds: found 2, expected"),
        (
            "leave-one-out",
            ROWS,
            r"^config, corpora\.mine\.folds: found 'leave-one-out', expected 'leave-one-group-out'",
        ),
        (2.5, ROWS, r"^config, corpora\.mine"),
        (
            5,
            ROWS,
            r"^config, corpora\.mine\.folds: .*manifest\.csv: 4 groups, expected at least 5 to cut into folds \(5\)$",
        ),
        (
            "leave-one-group-out",
            ROWS[:2],
            r"^config, corpora\.mine\.folds: .*manifest\.csv: 1 group, expected at least 3",
        ),
        ("leave-one-group-out", [], r"^config, corpora\.mine\.folds: .*manifest\.csv: no rows"),
    ],
)
def test_folds_that_cannot_be_cut_are_one_line(
    config: dict[str, Any], tmp_path: Path, folds: Any, rows: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Experiment(resolve(_in_folds(config, tmp_path / "mine", folds, HEADER, *rows), SCHEMA))
    assert "\n" not in str(caught.value)


def test_folds_of_a_corpus_with_a_split_are_refused(config: dict[str, Any], tmp_path: Path) -> None:
    changed = _in_folds(config, tmp_path / "mine", 3, "track_id,audio,label,split", "a,a.wav,x,train", "b,b.wav,x,test")
    with pytest.raises(
        InputError, match=r"^config, corpora\.mine\.folds: .*manifest\.csv: has a column 'split', expected"
    ):
        Experiment(resolve(changed, SCHEMA))


def test_folds_are_only_counted_where_they_are_run(config: dict[str, Any]) -> None:
    config["corpora"]["elsewhere"] = {"kind": "manifest", "folder": "/nowhere", "folds": 3}
    assert len(list(Experiment(resolve(config, SCHEMA)).trials())) == 6


@pytest.mark.skipif(not (ROOT.parent / "shared" / "real").is_dir(), reason="no recordings beside the repository")
def test_training_on_the_recordings_is_a_valid_experiment(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    overlay = yaml.safe_load((ROOT / "experiments" / "real-train.yaml").read_text())
    experiment = Experiment(resolve(_merged(config, overlay), SCHEMA))
    trained = {task: sum(trial.task == task for trial in experiment.trials()) for task in experiment.tasks}
    assert trained == {"drums": 7, "pitch": 6, "singing": 11, "instrument": 1}
