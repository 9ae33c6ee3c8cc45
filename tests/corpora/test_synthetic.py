"""What holds for all embedded corpora."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultralight_mir.annotations import KINDS
from ultralight_mir.annotations.midi import CLASSES
from ultralight_mir.corpora import synthetic
from ultralight_mir.corpora.synthetic.drum_sounds import ROLES
from ultralight_mir.tasks import get_task


@pytest.mark.parametrize("task", synthetic.SYNTHESISERS)
def test_the_annotation_is_a_file_of_the_tasks_kind(tmp_path: Path, task: str) -> None:
    (clip,) = synthetic.build(task, tmp_path, clips=1, seed=0, test_clips=0)
    kind = KINDS[get_task(task).annotation]
    assert Path(clip.annotation).suffix == (kind.suffix if clip.annotation else "")
    assert bool(clip.annotation) != bool(clip.label)
    assert not get_task(task).fault(get_task(task).read(clip))


def test_all_keys_of_a_drum_are_of_one_class() -> None:
    assert all({CLASSES[key] for key in role.keys} == {role.label} for role in ROLES.values())
