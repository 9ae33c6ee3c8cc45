"""A config is checked, and its defaults are filled in, before anything is planned."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import SCHEMA, with_key
from jsonschema import Draft202012Validator
from snakemake.utils import update_config

from ultralight_mir.config import Config, resolve, schema
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.schedule import Training
from ultralight_mir.strategy import StrategySettings
from ultralight_mir.trimming.options import Ranking


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("grid.removed", [0.5, 1.2], r"config, grid\.removed\.1: found 1\.2, expected less than or equal to 0\.9999"),
        ("grid.removed", [], r"config, grid\.removed: found \[\], expected at least 1 item"),
        ("colour", "red", r"config, colour: unknown key, expected one of experiment, smoke, .*tasks$"),
        (
            "tasks.drums.training.step",
            5,
            r"tasks\.drums\.training\.step: unknown key, expected one of steps, batch",
        ),
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
        (
            "strategies.trim.method",
            "cut",
            r"strategies\.trim\.method: found 'cut', expected 'trim', 'mask', 'hybrid' or",
        ),
        (
            "strategies.trim.rewind",
            "soon",
            r"strategies\.trim\.rewind: found 'soon', expected text that matches",
        ),
        ("corpora.synthetic.clips", {"drums": 100}, "no number of clips for task 'instrument'"),
        (
            "corpora.synthetic.kind",
            "mp3",
            r"corpora\.synthetic\.kind: found 'mp3', expected one of 'synthetic'",
        ),
        (
            "corpora.synthetic.folds",
            3,
            r"corpora\.synthetic\.folds: unknown key, expected one of seed, .*clips$",
        ),
        (
            "corpora.synthetic.clips",
            {"drums": 3},
            r"config, corpora\.synthetic\.clips\.drums: found 3, expected greater than or equal to 20",
        ),
        (
            "corpora.mine",
            {"kind": "manifest", "folder": "x", "test_split": "train"},
            r"config, corpora\.mine\.test_split: found 'train', expected 'test' or 'valid'",
        ),
        (
            "tasks.drums.training.learning_rate",
            -1,
            r"drums\.training\.learning_rate: found -1, expected greater than",
        ),
        ("tasks.drums.training.learning_rate", float("inf"), r"learning_rate: found inf, expected a finite number"),
        ("grid.removed", [float("nan")], r"config, grid\.removed\.0: found nan, expected a finite number"),
        ("grid.removed", [1e-7], r"config, grid\.removed\.0: found 1e-07, expected greater than or equal to 0\.001"),
        ("grid.removed", [1.0], r"config, grid\.removed\.0: found 1\.0, expected less than or equal to 0\.9999"),
        ("grid.removed", [2**70], r"config, grid\.removed\.0: found \d+, expected less than"),
        ("grid.removed", ["0.5"], r"config, grid\.removed\.0: found '0\.5', expected a valid number"),
        ("grid.seeds", [2**70], r"config, grid\.seeds\.0: found \d+, expected less than 2147483648"),
        ("grid.seeds", [True], r"config, grid\.seeds\.0: found True, expected a valid integer"),
        ("grid.seeds", [0, 0], r"config, grid\.seeds: 0 stands twice"),
        ("grid.networks", [], r"config, grid\.networks: found \[\], expected at least 1 item"),
        ("experiment", "corpora", r"config, experiment: 'corpora' is a folder of every run"),
        ("experiment", "..", r"config, experiment: found '\.\.', expected text that matches"),
        ("corpora.features", {"kind": "manifest", "folder": "x"}, r"'features' is a folder of every run"),
        ("tasks.chord.training.steps", 15, r"strategies\.trim\.rewind: step '20it': 20 optimizer steps, expected less"),
        ("tasks.chord.training", {"batch": 4}, r"config, tasks\.chord\.training\.steps: missing"),
        (
            "tasks.chord.training.patience",
            0,
            r"config, tasks\.chord\.training\.patience: found 0, expected greater than",
        ),
        ("tasks.chord.training.check", "daily", r"chord\.training\.check: found 'daily', expected text that matches"),
        (
            "tasks.chord.training.check",
            "9it",
            r"config, tasks\.chord\.training\.check: '9it' without patience or plateau",
        ),
        (
            "tasks.chord.training.plateau_factor",
            0.1,
            r"training\.plateau_factor: 0\.1 without plateau, expected that too",
        ),
        ("tasks.chord.training.plateau_factor", 1, r"chord\.training\.plateau_factor: found 1, expected less than 1$"),
        ("tasks.chord.training.epochs", 0, r"config, tasks\.chord\.training\.epochs: found 0, expected greater than"),
        (
            "tasks.drums.networks.crnn",
            {"training": {"steps": 1}},
            r"networks\.crnn\.training\.steps: found 1",
        ),
        ("exports", ["onyx"], r"config, exports\.0: 'onyx' is unknown, expected one of onnx, onnx-int8, c, c-int8"),
        ("exports_of", {"trim": [0.5]}, r"config, exports_of: no forms to export to, expected exports too"),
        ("systems", ["abacus"], r"system 'abacus': unknown, expected one of pyin"),
        ("systems", ["yin", "yin"], r"config, systems: 'yin' stands twice"),
        ("systems", ["nobody:Ear"], r"system 'nobody:Ear': cannot be imported"),
        ("tasks.drums.networks", {"nobody:Net": {}}, r"network 'nobody:Net': cannot be imported"),
        ("corpora.mine", {"folder": "x"}, r"config, corpora\.mine\.kind: missing"),
        ("corpora.mine", {"kind": "manifest"}, r"config, corpora\.mine\.folder: missing"),
        (
            "strategies.dense",
            {"method": "trim"},
            r"strategies\.dense: the name of what nothing was",
        ),
    ],
)
def test_a_wrong_config_is_one_line_that_names_the_key(
    config: dict[str, Any], path: str, value: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve(with_key(config, path, value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"trim": [0.6]}, r"config, exports_of\.trim: 0\.6 is not on its ladder, expected some of 0\.5, 0\.9, 0\.95"),
        ({"mask": [0.9]}, r"config, exports_of\.mask: a control or a mask, which nobody ships"),
        ({"shuffled": [0.9]}, r"config, exports_of\.shuffled: a control or a mask, which nobody ships"),
        ({"trin": [0.9]}, r"config, exports_of: 'trin' is unknown, expected one of trim, mask, shuffled"),
        ({"trim": []}, r"config, exports_of\.trim: found \[\], expected at least 1 item"),
    ],
)
def test_what_cannot_be_exported_is_one_line(config: dict[str, Any], asked: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve({**config, "exports": ["onnx"], "exports_of": asked})
    assert "\n" not in str(caught.value)


def test_only_what_is_asked_for_is_exported(config: dict[str, Any]) -> None:
    config["grid"]["tasks"] = ["onset"]
    every = Experiment(resolve({**config, "exports": ["onnx"]})).export_folders()
    some = Experiment(resolve({**config, "exports": ["onnx"], "exports_of": {"trim": [0.9]}})).export_folders()
    names = [[ticket.path.name for ticket in found.values()] for found in (every, some)]
    assert names == [["dense", "removed-0.50", "removed-0.90", "removed-0.95"], ["dense", "removed-0.90"]]


def test_defaults_are_filled_in(config: dict[str, Any]) -> None:
    for key in ("experiment", "grid"):
        config.pop(key)
    config["strategies"] = {"trim": {"method": "trim"}}
    resolved = resolve(config)
    assert resolved.strategies["trim"].model_dump() == {
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
        "objective": "supervised",
        "like": "",
        "units": "same",
        "teacher": "dense",
        "teacher_weight": 0.5,
        "temperature": 2.0,
        "unlabelled": 0.0,
        "length": "steps",
    }
    assert resolved.grid.removed == [0.5, 0.75, 0.85, 0.9, 0.95]
    assert Experiment(resolved).root == Path("results")


def test_the_schema_for_editors_is_what_the_classes_say(config: dict[str, Any]) -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema(), "make it again: ultralight-mir schema > " + str(SCHEMA.name)
    validator = Draft202012Validator(yaml.safe_load(schema()))
    assert not list(validator.iter_errors(config))
    assert list(validator.iter_errors(with_key(config, "grid.removed", [1.2])))
    assert list(validator.iter_errors(with_key(config, "tasks.drums.training.step", 5)))


def test_a_strategy_says_of_ranking_what_trimming_says() -> None:
    assert StrategySettings(method="trim").ranking == Ranking()
    assert StrategySettings(measure="macs").ranking == Ranking(measure="macs")
    assert StrategySettings(measure="flash", floor=2).ranking == Ranking(floor=2), "trimming knows no devices"


def test_null_takes_back_what_a_file_before_said(config: dict[str, Any]) -> None:
    plain = resolve(deepcopy(config))
    first = {**config, "exports": ["onnx"], "exports_of": {"trim": [0.9]}}
    update_config(first, {"exports": None, "exports_of": None, "strategies": {"more": {"method": "trim"}}})
    update_config(first, {"strategies": {"more": None, "trim": {"floor": None}}})
    assert resolve(first) == plain
    options = first["tasks"]["onset"]["networks"]["spectral_cnn"] = {"options": {"width": None}}
    assert resolve(first).tasks["onset"].networks["spectral_cnn"].options == options["options"]


def test_a_config_survives_being_told_to_a_job(config: dict[str, Any]) -> None:
    resolved = resolve(config)
    assert Config.read_json(Experiment(resolved).as_json(), "--config") == resolved
    schedule = resolved.tasks["drums"].schedule("spectral_cnn")
    assert Training.read_json(schedule.model_dump_json(), "schedule") == schedule


def test_the_given_config_is_left_alone(config: dict[str, Any]) -> None:
    before = deepcopy(config)
    resolve(config)
    assert config == before


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (
            {"method": "mask", "criterion": "batchnorm"},
            r"strategies\.x\.criterion: 'batchnorm' ranks units, not weights",
        ),
        ({"method": "mask", "measure": "macs"}, r"strategies\.x\.measure: 'macs' with method mask, expected"),
        ({"method": "hybrid", "measure": "bytes"}, r"strategies\.x\.measure: 'bytes' with method hybrid, expected"),
        ({"method": "mask", "measure": "ram"}, r"strategies\.x\.measure: 'ram' with method mask, expected method trim"),
        (
            {"measure": "watts"},
            r"measure: found 'watts', expected 'parameters', 'macs', 'bytes', 'units', 'flash', 'ram' or 'cycles'",
        ),
        ({"method": "trim", "round_to": 0}, r"strategies\.x\.round_to: found 0, expected greater than or equal to 1"),
        ({"method": "trim", "criterion": "luck"}, r"strategies\.x\.criterion: 'luck', expected one of magnitude, "),
        ({"method": "trim", "floor_fraction": 1.5}, r"strategies\.x\.floor_fraction: found 1\.5, expected less than"),
        ({"method": "trim", "objective": "luck"}, r"objective 'luck': unknown, expected one of supervised"),
    ],
)
def test_strategies_that_make_no_sense_are_refused(
    config: dict[str, Any], strategy: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        resolve(with_key(config, "strategies.x", strategy))


LIKE = {"like": "trim", "reset": "reinit"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"strategies.x": {"like": "nobody"}},
            r"config, strategies\.x\.like: 'nobody' is unknown, expected one of trim",
        ),
        (
            {"strategies.x": {**LIKE, "scope": "local"}},
            r"config, strategies\.x\.scope: is that of 'trim', expected only",
        ),
        (
            {"strategies.x": LIKE, "grid.strategies": ["mask", "x"]},
            r"config, grid\.strategies: 'x' is like 'trim', expected that one too",
        ),
        (
            {"strategies.x": LIKE, "grid.strategies": ["trim", "x"], "grid.only": {"trim": {"removed": [0.5]}}},
            r"grid\.only\.trim\.removed: expected all that 'x' removes, which is like it",
        ),
        (
            {
                "strategies.x": LIKE,
                "grid.strategies": ["trim", "x"],
                "grid.seeds": [0, 1],
                "grid.only": {"trim": {"seeds": [1]}},
            },
            r"grid\.only\.trim\.seeds: expected all seeds of 'x', which is like it",
        ),
        (
            {"strategies.x": LIKE, "grid.strategies": ["trim", "x"], "grid.only": {"trim": {"tasks": ["onset"]}}},
            r"grid\.only\.trim\.tasks: expected all tasks of 'x', which is like it",
        ),
        ({"grid.only": {"trim": {"tasks": ["x"]}}}, r"grid\.only\.trim\.tasks: 'x' is unknown, expected one of "),
        ({"grid.only": {"x": {}}}, r"grid\.only: 'x' is unknown, expected one of trim"),
        (
            {"strategies.x": {"objective": "distil", "teacher": "crepe"}, "grid.strategies": ["x"]},
            r"strategies\.x\.teacher: 'crepe' is no network of task 'instrument', expected one of dense, seeds, timbre",
        ),
        (
            {
                "strategies.x": {"objective": "distil", "teacher": "crepe"},
                "grid.strategies": ["x"],
                "grid.tasks": ["pitch"],
                "grid.networks": ["harmonic_cnn"],
                "tasks.pitch.networks.crepe": {},
            },
            r"strategies\.x\.teacher: 'crepe' hears waveform, expected cqt_pitch as harmonic_cnn \(pitch\)",
        ),
        (
            {
                "strategies.x": {"measure": "ram"},
                "grid.strategies": ["x"],
                "grid.tasks": ["pitch"],
                "grid.networks": ["harmonic_cnn", "crepe"],
                "tasks.pitch.networks.crepe": {},
            },
            r"strategies\.x\.measure: 'ram' of crepe \(pitch\): feature 'waveform': no ticket with it was measured",
        ),
    ],
)
def test_strategies_that_do_not_lead_to_each_other_are_refused(
    config: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    for path, value in changes.items():
        config = with_key(config, path, value)
    with pytest.raises(InputError, match=message):
        resolve(config)
