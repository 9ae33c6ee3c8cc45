"""What holds for all embedded corpora."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from ultralight_mir.annotations import KINDS
from ultralight_mir.annotations.midi import CLASSES
from ultralight_mir.corpora import synthetic
from ultralight_mir.corpora.synthetic.drum_sounds import ROLES
from ultralight_mir.tasks import get_task, peaks

STREAMS = {"instrument": 0, "singing": 1, "pitch": 2, "chord": 3, "drums": 4, "onset": 5}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_two_corpora_draw_the_same_numbers() -> None:
    """And the numbers stay what they were: a corpus is the same whatever stands before it in the registry."""
    assert {task: import_module(place).STREAM for task, place in synthetic.SYNTHESISERS.items()} == STREAMS
    assert len(set(STREAMS.values())) == len(STREAMS)


def test_a_corpus_does_not_hang_on_its_place_in_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synthetic.build("onset", tmp_path / "before", clips=1, seed=0)
    monkeypatch.setattr(synthetic, "SYNTHESISERS", {"onset": synthetic.SYNTHESISERS["onset"]})
    synthetic.build("onset", tmp_path / "after", clips=1, seed=0)
    assert _bytes(tmp_path / "before") == _bytes(tmp_path / "after")


@pytest.mark.parametrize("task", ["drums", "onset"])
def test_a_corpus_does_not_hang_on_the_peak_picker(tmp_path: Path, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    synthetic.build(task, tmp_path / "before", clips=2, seed=0)
    monkeypatch.setattr(peaks, "SPACING", 0.2)
    synthetic.build(task, tmp_path / "after", clips=2, seed=0)
    assert _bytes(tmp_path / "before") == _bytes(tmp_path / "after")


@pytest.mark.parametrize("task", STREAMS)
def test_the_annotation_is_a_file_of_the_tasks_kind(tmp_path: Path, task: str) -> None:
    (clip,) = synthetic.build(task, tmp_path, clips=1, seed=0)
    kind = KINDS[get_task(task).annotation]
    assert Path(clip.annotation).suffix == (kind.suffix if clip.annotation else "")
    assert bool(clip.annotation) != bool(clip.label)
    assert not get_task(task).fault(get_task(task).read(clip))


def test_all_keys_of_a_drum_are_of_one_class() -> None:
    assert all({CLASSES[key] for key in role.keys} == {role.label} for role in ROLES.values())
