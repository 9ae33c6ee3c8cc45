"""How large the splits of an embedded corpus are, and that the size of one changes no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ultralight_mir.clips import SPLITS, read_clips
from ultralight_mir.config import resolve
from ultralight_mir.corpora import synthetic
from ultralight_mir.corpora.settings import read_entry
from ultralight_mir.corpora.synthetic.sizes import split_sizes
from ultralight_mir.corpora.validation import validate
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store, build
from ultralight_mir.tasks import get_task


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ((1000,), {"train": 700, "valid": 100, "test": 200}),
        ((20,), {"train": 14, "valid": 2, "test": 4}),
        ((80, 500), {"train": 70, "valid": 10, "test": 500}),
        ((20, 4, 7), {"train": 18, "valid": 2, "test": 4, "unlabelled": 7}),
        ((80, 500, 0, 90), {"train": 80, "valid": 90, "test": 500}),
        ((100, None, 30), {"train": 70, "valid": 10, "test": 20, "unlabelled": 30}),
    ],
)
def test_the_sizes(given: tuple[int, ...], sizes: dict[str, int]) -> None:
    assert split_sizes(*given) == sizes


@pytest.mark.parametrize("clips", range(20, 60))
def test_no_clip_is_lost_and_no_split_is_empty(clips: int) -> None:
    assert sum(split_sizes(clips).values()) == clips and set(split_sizes(clips)) == set(SPLITS)
    assert split_sizes(clips, 9)["train"] + split_sizes(clips, 9)["valid"] == clips


def _files(folder: Path, split: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob(f"*/*-{split}-*"))}


@pytest.mark.parametrize("task", synthetic.SYNTHESISERS)
def test_the_size_of_a_split_changes_no_clip_of_another(task: str, tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    synthetic.build(task, few, 5, 0, test_clips=1)
    synthetic.build(task, many, 6, 0, test_clips=3, unlabelled_clips=2)
    for split in SPLITS:
        small, large = _files(few, split), _files(many, split)
        assert small and small.items() <= large.items()
    assert len(_files(few, "test")) < len(_files(many, "test"))
    assert not set(_files(few, "train").values()) & set(_files(many, "unlabelled").values())


def test_unlabelled_clips_are_a_split_that_nobody_else_reads(tmp_path: Path) -> None:
    task = get_task("onset")
    synthetic.build("onset", tmp_path, 20, 0, unlabelled_clips=3)
    validate(tmp_path, task, 0.0)
    clips = read_clips(tmp_path)
    build("mine", clips, task, get_feature("log_mel"), tmp_path / "features")
    store = Store(tmp_path / "features")
    unlabelled = store.split("unlabelled")
    assert [store.entries[i].clip.split for i in unlabelled] == ["unlabelled"] * 3
    assert sorted([*unlabelled, *store.labelled]) == list(range(23))
    assert sorted(store.split(*SPLITS)) == store.labelled


def test_a_job_is_told_its_own_tasks_numbers(config: dict[str, Any]) -> None:
    corpus = config["corpora"]["synthetic"]
    numbers = {"drums": 40, "onset": 50}
    corpus |= {"test_clips": numbers, "unlabelled_clips": {"drums": 7}}
    experiment = Experiment(resolve(config))
    told = experiment.corpus_settings("synthetic", "drums")
    clips = corpus["clips"]["drums"]
    assert json.loads(told)["clips"] == {"drums": clips}
    arguments = {
        "clips": clips,
        "test_clips": 40,
        "valid_clips": None,
        "unlabelled_clips": 7,
        "seed": corpus.get("seed", 0),
    }
    assert read_entry(told, "--settings").arguments("drums") == arguments
    told = experiment.corpus_settings("synthetic", "chord")
    arguments = {"test_clips": None, "valid_clips": None, "unlabelled_clips": 0}
    assert read_entry(told, "--settings").arguments("chord").items() >= arguments.items()


@pytest.mark.parametrize("key", ["test_clips", "unlabelled_clips"])
def test_numbers_of_a_task_without_clips_are_refused(config: dict[str, Any], key: str) -> None:
    config["corpora"]["synthetic"][key] = {"drumms": 40}
    with pytest.raises(InputError, match=rf"corpora\.synthetic\.{key}.*'drumms'"):
        resolve(config)
