"""A small store of features, of clips that are synthesised as a run does."""

from __future__ import annotations

from pathlib import Path

from ultralight_mir.clips import read_good_clips
from ultralight_mir.corpora import build, validation
from ultralight_mir.corpora.settings import Synthetic
from ultralight_mir.features import get_feature, store
from ultralight_mir.features.store import Store
from ultralight_mir.tasks import get_task


def build_store(corpus: Path, folder: Path, task_name: str, feature: str = "log_mel", clips: int = 20) -> Store:
    """Synthesise `clips` of a task into `corpus`, and their features into `folder`."""
    task = get_task(task_name)
    build(task_name, corpus, Synthetic(kind="synthetic", clips={task_name: clips}), lambda done, total: None)
    validation.validate(corpus, task, 0.0)
    store.build("synthetic", read_good_clips(corpus), task, get_feature(feature), folder)
    return Store(folder)
