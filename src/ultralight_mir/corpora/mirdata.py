"""Published data sets, as mirdata lays them out and loads them: `data_home/<name>` holds the data set's files.

Recordings stay where they are; annotations are written into `folder/annotations` as the plain text that the tasks (and
a manifest corpus) read. The publisher's split is kept; what it does not say is decided by group and seed.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import soundfile

from ultralight_mir.corpora.clips import SPLITS, Clip, write_clips
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.datasets.base import DataSet, Labelled
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.datasets.splitting import with_splits
from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing

if TYPE_CHECKING:
    from mirdata.core import Dataset

log = logging.getLogger(__name__)
STUMBLES = (OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What mirdata's loaders raise on files that are missing or not as published."""
SPLIT_NAMES = {"training": "train", "validation": "valid", "testing": "test"}
"""Publishers' names → ours, where they differ."""


def build(
    task: str,
    folder: Path,
    dataset: str,
    data_home: str,
    seed: int = 0,
    version: str = "default",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Clip]:
    """List the clips that a data set has for a task in `folder/clips.csv`, with a split each.

    Raises:
        InputError: there is no such data set or version, it does not serve the task, it is not in `data_home`, a
            recording or an annotation is missing or is not as published.
    """
    about = get_dataset(dataset)
    home = Path(data_home).expanduser().resolve() / about.name
    clips = with_splits(list_clips(task, folder, about, open_dataset(about, home, version), progress), seed)
    write_clips(folder, clips)
    return clips


def list_clips(
    task: str,
    folder: Path,
    about: DataSet,
    dataset: Dataset,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Clip]:
    """The clips of an opened data set; `split` is "" where the publisher does not say. Writes their annotations.

    Raises:
        InputError: as `build`.
    """
    if task not in about.adapters:
        raise InputError(f"data set '{about.name}' has nothing for task {task}, only for {', '.join(about.tasks)}")
    with _removed_on_failure(folder / "annotations") as annotations:
        clips: list[Clip] = []
        missing: list[str] = []
        for labelled in _labelled(task, about, dataset, progress):
            if labelled.audio is not None and Path(labelled.audio).is_file():
                clips.append(_clip(labelled, len(clips), annotations, about))
            elif labelled.audio is not None:
                missing.append(labelled.audio)
        if missing and not (about.partial and clips):
            raise InputError(
                f"data set '{about.name}': {len(missing)} of {len(missing) + len(clips)} recordings are missing, the "
                f"first is {missing[0]}; {_remedy(about, dataset)}"
            )
        if not clips:
            raise InputError(f"data set '{about.name}', version '{dataset.version}': no clip for task {task}")
    if missing:
        log.info("%s: %d recordings are not there and left out, the first is %s", about.name, len(missing), missing[0])
    return clips


@contextmanager
def _removed_on_failure(folder: Path) -> Iterator[Path]:
    """An empty folder to be; nothing of it is left where something fails."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _labelled(task: str, about: DataSet, dataset: Dataset, progress: Callable[[int, int], None]) -> Iterator[Labelled]:
    try:
        track_ids = list(dataset.track_ids)
    except STUMBLES as error:
        raise _missing(about, dataset, error) from error
    for number, track_id in enumerate(track_ids, start=1):
        try:
            yield from about.adapters[task](dataset.track(track_id))
        except FileNotFoundError as error:
            raise _missing(about, dataset, error) from error
        except STUMBLES as error:
            raise InputError(
                f"data set '{about.name}' in {dataset.data_home}, track '{track_id}': not as published "
                f"({type(error).__name__}: {error})"
            ) from error
        progress(number, len(track_ids))


def _missing(about: DataSet, dataset: Dataset, error: Exception) -> InputError:
    """What the message of a loader that finds a file missing or unreadable leaves out: where, and how to get it."""
    name = getattr(error, "filename", None)
    what = f"{name} is missing" if name else " ".join(str(error).split())
    return InputError(f"data set '{about.name}' in {dataset.data_home}: {what}; {_remedy(about, dataset)}")


def _remedy(about: DataSet, dataset: Dataset) -> str:
    by_hand = f"; by hand: {about.by_hand}" if about.by_hand else ""
    return f"get it with: ultralight-mir download {about.name} {Path(dataset.data_home).parent}{by_hand}"


def _clip(labelled: Labelled, number: int, annotations: Path, about: DataSet) -> Clip:
    audio = str(labelled.audio)
    split = SPLIT_NAMES.get(labelled.split, labelled.split)
    if split and split not in SPLITS:
        raise InputError(f"data set '{about.name}', track '{labelled.track_id}': split '{split}', expected {SPLITS}")
    if not labelled.group or (labelled.annotation is None and not labelled.label):
        raise InputError(f"data set '{about.name}', track '{labelled.track_id}': its metadata have no row for it")
    try:
        duration = soundfile.info(audio).duration
    except soundfile.SoundFileError as error:
        raise InputError(f"{audio}: not readable as audio ({error})") from error
    clip = Clip(labelled.track_id, audio, "", labelled.label, labelled.group, split, duration)
    if labelled.annotation is None:
        return clip
    name = re.sub(r"[^\w.#+-]", "_", labelled.track_id)
    path = annotations / f"{number:05d}-{name}{labelled.annotation.suffix}"
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8") as stream:
        try:
            stream.writelines(f"{line}\n" for line in labelled.annotation.lines(duration))
        except InputError as error:
            raise InputError(f"data set '{about.name}', {audio}: {error}") from error
    return replace(clip, annotation=str(path))
