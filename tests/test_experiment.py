"""What follows from a config: the grid, the ladders and the settings of each job."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from checkout import ROOT
from configs import with_key

from ultralight_mir.config import resolve
from ultralight_mir.experiment import Experiment


def test_the_default_grid_is_what_the_design_says(config: dict[str, Any]) -> None:
    experiment = Experiment(resolve(config))
    tickets = list(experiment.tickets())
    assert len(tickets) == len(set(tickets)) == 6 * (1 + 3 + 1 + 1)
    assert {name for name in experiment.strategies if config["strategies"][name].get("like")}, "a control"


def test_the_grid_chooses_networks(config: dict[str, Any]) -> None:
    config["tasks"]["drums"]["networks"]["crnn"] = {}
    config["grid"]["tasks"] = ["drums", "onset"]

    def networks() -> list[tuple[str, str]]:
        return [(trial.task, trial.network) for trial in Experiment(resolve(config)).trials()]

    assert networks() == [("drums", "spectral_cnn"), ("drums", "crnn"), ("onset", "spectral_cnn")]
    config["grid"]["networks"] = ["spectral_cnn"]
    assert networks() == [("drums", "spectral_cnn"), ("onset", "spectral_cnn")]


def test_a_rung_follows_the_one_before_it(config: dict[str, Any]) -> None:
    config["grid"]["removed"] = [0.9, 0.5, 0.875]
    experiment = Experiment(resolve(config))
    for removed, before in (("0.50", "dense"), ("0.875", "trim/removed-0.50"), ("0.90", "trim/removed-0.875")):
        assert experiment.previous(Path("trial"), "trim", removed).path == Path("trial") / before


def test_what_is_like_another_starts_from_its_ticket_and_small_from_dense(config: dict[str, Any]) -> None:
    config["strategies"] |= {"again": {"like": "trim", "units": "shuffled"}, "small": {"method": "small"}}
    config["grid"] |= {"strategies": ["trim", "again", "small"], "removed": [0.5, 0.9]}
    experiment = Experiment(resolve(config))
    assert experiment.previous(Path("trial"), "again", "0.90").path == Path("trial/trim/removed-0.90")
    assert experiment.previous(Path("trial"), "small", "0.90").path == Path("trial/dense")
    assert experiment.rewind(Path("trial"), "small") is None
    assert experiment.rewind(Path("trial"), "again") == experiment.rewind(Path("trial"), "trim") is not None
    assert json.loads(experiment.strategy_settings("again"))["criterion"] == config["strategies"]["trim"]["criterion"]


def test_a_strategy_takes_part_as_far_as_it_is_said(config: dict[str, Any]) -> None:
    only = {"mask": {"removed": [0.9], "seeds": [1]}}
    config["grid"] |= {
        "tasks": ["onset"], "strategies": ["trim", "mask"], "removed": [0.5, 0.9], "seeds": [0, 1], "only": only
    }  # fmt: skip
    experiment = Experiment(resolve(config))
    parts = [ticket.path.parts[-3:] for ticket in experiment.tickets()]
    assert [part for part in parts if part[1] == "mask"] == [("seed-1", "mask", "removed-0.90")]
    assert len(parts) == 2 * (1 + 2) + 1
    assert experiment.previous(Path("trial"), "mask", "0.90").path == Path("trial/dense")


def test_a_strategy_takes_part_in_its_tasks_alone(config: dict[str, Any]) -> None:
    """Also where an overlay runs none of them: nothing is trained that nobody asked for."""
    config["grid"] |= {
        "strategies": ["trim", "mask"],
        "removed": [0.5],
        "only": {"mask": {"tasks": ["onset", "drums"]}},
    }
    for tasks, expected in ((["onset", "pitch"], {"onset"}), (["pitch"], set())):
        config["grid"]["tasks"] = tasks
        parts = [ticket.path.parts for ticket in Experiment(resolve(config)).tickets()]
        assert {part[-5] for part in parts if part[-2] == "mask"} == expected
        assert {part[-5] for part in parts if part[-2] == "trim"} == set(tasks)


def test_what_a_strategy_names_in_vain_does_not_keep_it_out(config: dict[str, Any]) -> None:
    """An overlay that changes the grid's fractions need not know who took part in which."""
    config["grid"] |= {"strategies": ["trim", "mask"], "removed": [0.7, 0.8], "only": {"mask": {"removed": [0.9]}}}
    assert resolve(config).grid_removed("mask") == [0.7, 0.8]


def test_teachers_are_tickets_beside_the_ladder(config: dict[str, Any]) -> None:
    base = {"objective": "distil"}
    config["strategies"] |= {
        "own": base, "seeds": {**base, "teacher": "seeds"}, "other": {**base, "teacher": "crnn"}
    }  # fmt: skip
    config["tasks"]["drums"]["networks"]["crnn"] = {}
    config["grid"] |= {
        "tasks": ["drums"], "networks": ["spectral_cnn"], "strategies": ["own", "seeds", "other"], "seeds": [0, 4]
    }  # fmt: skip
    experiment, trial = Experiment(resolve(config)), Path("results/synthetic/drums/spectral_cnn/seed-4")
    folders = {
        name: [folder.path for folder in experiment.teachers(trial, name)] for name in config["grid"]["strategies"]
    }
    assert folders == {
        "own": [],
        "seeds": [trial.parent / "seed-0/dense", trial / "dense"],
        "other": [Path("results/synthetic/drums/crnn/seed-4/dense")],
    }


def test_systems_stand_beside_the_tickets_of_their_task(config: dict[str, Any]) -> None:
    config["corpora"]["mine"] = {"kind": "manifest", "folder": "."}
    config["tasks"]["onset"]["test_corpora"] = ["mine"]
    config |= {"systems": ["yin", "spectral_flux", "pyin"]}
    config["grid"] |= {"tasks": ["drums", "onset", "pitch"], "seeds": [3, 4]}
    experiment = Experiment(resolve(config))
    scored = {(system, corpus, task) for system, corpus, task in experiment.system_folders().values()}
    assert scored == {
        ("yin", "synthetic", "pitch"), ("pyin", "synthetic", "pitch"),
        ("spectral_flux", "synthetic", "onset"), ("spectral_flux", "mine", "onset"),
    }  # fmt: skip
    assert list(experiment.race_folders().values()) == ["onset", "pitch"], "nobody races drums"
    assert experiment.split_option("onset", "synthetic") == "--split test" and not experiment.split_option(
        "onset", "mine"
    )
    assert experiment.race_options("pitch") == "--system yin --system pyin --split test"
    raced = {file.parent.as_posix() for file in experiment.racing_files("pitch")}
    assert raced and all("/pitch/" in path and "/seed-3/" in path for path in raced)
    controls = [name for name, s in resolve(config).strategies.items() if s.control or s.method == "mask"]
    assert controls and not any(f"/{name}/" in path for name in controls for path in raced)
    left = {folder.system for folder in experiment.system_folders()} | {f.times for f in experiment.race_folders()}
    assert left <= set(experiment.gathered())


def test_a_job_knows_only_its_own_settings(config: dict[str, Any]) -> None:
    """What a job is given decides whether it runs again: another task's change must not reach it."""
    before = Experiment(resolve(config))
    after = Experiment(
        resolve(with_key(with_key(config, "tasks.onset.training.steps", 70), "grid.removed", [0.5, 0.7]))
    )
    network = next(iter(config["tasks"]["drums"]["networks"]))
    assert before.dense_settings("drums", network) == after.dense_settings("drums", network)
    assert before.strategy_settings("trim") == after.strategy_settings("trim")
    onset = next(iter(config["tasks"]["onset"]["networks"]))
    assert json.loads(after.dense_settings("onset", onset))["schedule"]["steps"] == 70


def test_planning_a_run_imports_nothing_heavy() -> None:
    code = (
        "import sys, yaml; from pathlib import Path;"
        "from ultralight_mir.config import resolve; from ultralight_mir.experiment import Experiment;"
        f"config = yaml.safe_load(Path({str(ROOT / 'config.yaml')!r}).read_text());"
        "from ultralight_mir.systems import SYSTEMS; config['systems'] = [*SYSTEMS];"
        "e = Experiment(resolve(config));"
        "[e.race_options(t) for t in e.race_folders().values()];"
        "[e.features(t.task, t.network, t.corpus) for t in e.trials()];"
        "print(sorted({'torch', 'librosa', 'mir_eval', 'sklearn', 'mirdata', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
