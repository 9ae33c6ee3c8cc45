"""What every registered task must have."""

from __future__ import annotations

import pytest

from ultralight_mir.features import FEATURES, get_feature
from ultralight_mir.frames import KINDS
from ultralight_mir.tasks import TASKS, get_task


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_feature_for_every_kind_of_input(name: str) -> None:
    task = get_task(name)
    assert task.address == task.name == name and set(task.features) == set(KINDS)
    for kind, feature in task.features.items():
        assert feature in FEATURES and get_feature(feature).kind == kind
