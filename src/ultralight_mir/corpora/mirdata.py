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

from ultralight_mir.annotations import write as write_annotation
from ultralight_mir.audio import SHORTEST
from ultralight_mir.clips import SPLITS, Clip, write_clips
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.datasets.base import DataSet, Labelled
from ultralight_mir.corpora.datasets.copies import without_copies
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.datasets.splitting import with_splits
from ultralight_mir.errors import InputError
from ultralight_mir.paths import CorpusFolder

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
    entry = get_dataset(dataset)
    home = Path(data_home).expanduser().resolve() / entry.name
    final = CorpusFolder(folder).annotations
    with _replacing_folder(final) as annotations:
        clips = without_copies(list_clips(task, annotations, entry, open_dataset(entry, home, version), progress))
        try:
            clips = with_splits(clips, seed)
        except InputError as error:
            raise InputError(f"data set '{entry.name}' in {home}: {error}") from error
    clips = [replace(c, annotation=str(final / Path(c.annotation).name)) if c.annotation else c for c in clips]
    write_clips(folder, clips)
    return clips


@contextmanager
def _replacing_folder(folder: Path) -> Iterator[Path]:
    """A scratch folder that takes the place of `folder`; on any failure `folder` stays as it was."""
    scratch = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        yield scratch
        shutil.rmtree(folder, ignore_errors=True)
        if scratch.exists():
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def list_clips(
    task: str,
    annotations: Path,
    entry: DataSet,
    dataset: Dataset,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Clip]:
    """The clips of an opened data set; `split` is "" where the publisher does not say.

    Writes their annotations into the folder `annotations`. Recordings shorter than `audio.SHORTEST` are left out and
    logged.

    Raises:
        InputError: as `build`.
    """
    if task not in entry.adapters:
        raise InputError(f"data set '{entry.name}' has nothing for task {task}, only for {', '.join(entry.tasks)}")
    clips: list[Clip] = []
    missing: list[str] = []
    for labelled in _labelled(task, entry, dataset, progress):
        if labelled.audio is None:
            continue
        if not Path(labelled.audio).is_file():
            missing.append(labelled.audio)
            continue
        duration = _duration(labelled.audio)
        if duration >= SHORTEST:
            clips.append(_clip(labelled, duration, len(clips), annotations, entry))
        else:
            log.info("%s: %.3f s long, left out (expected at least %s s)", labelled.audio, duration, SHORTEST)
    if missing:
        _tell(missing, len(clips), entry, dataset)
    if not clips:
        raise InputError(f"data set '{entry.name}', version '{dataset.version}': no clip for task {task}")
    return clips


def _tell(missing: list[str], there: int, entry: DataSet, dataset: Dataset) -> None:
    """Recordings are missing: an error, unless people are known to have only some of them."""
    what = f"{len(missing)} of {len(missing) + there} recordings are missing, the first is {missing[0]}"
    if not (entry.partial and there):
        raise InputError(f"data set '{entry.name}': {what}; {_remedy(entry, dataset)}")
    log.info("%s: %s; they are left out", entry.name, what)


def _labelled(task: str, entry: DataSet, dataset: Dataset, progress: Callable[[int, int], None]) -> Iterator[Labelled]:
    try:
        track_ids = list(dataset.track_ids)
    except STUMBLES as error:
        raise _missing(entry, dataset, error) from error
    for number, track_id in enumerate(track_ids, start=1):
        try:
            yield from entry.adapters[task](dataset.track(track_id))
        except FileNotFoundError as error:
            raise _missing(entry, dataset, error) from error
        except STUMBLES as error:
            raise InputError(
                f"data set '{entry.name}' in {dataset.data_home}, track '{track_id}': not as published "
                f"({type(error).__name__}: {error})"
            ) from error
        progress(number, len(track_ids))


def _missing(entry: DataSet, dataset: Dataset, error: Exception) -> InputError:
    """What the message of a loader that finds a file missing or unreadable leaves out: where, and how to get it."""
    name = getattr(error, "filename", None)
    what = f"{name} is missing" if name else " ".join(str(error).split())
    return InputError(f"data set '{entry.name}' in {dataset.data_home}: {what}; {_remedy(entry, dataset)}")


def _remedy(entry: DataSet, dataset: Dataset) -> str:
    by_hand = f"; by hand: {entry.by_hand}" if entry.by_hand else ""
    return f"get it with: ultralight-mir download {entry.name} {Path(dataset.data_home).parent}{by_hand}"


def _duration(audio: str) -> float:
    try:
        return float(soundfile.info(audio).duration)
    except soundfile.SoundFileError as error:
        raise InputError(f"{audio}: not readable as audio ({error})") from error


def _clip(labelled: Labelled, duration: float, number: int, annotations: Path, entry: DataSet) -> Clip:
    audio = str(labelled.audio)
    split = SPLIT_NAMES.get(labelled.split, labelled.split)
    if split and split not in SPLITS:
        raise InputError(f"data set '{entry.name}', track '{labelled.track_id}': split '{split}', expected {SPLITS}")
    if not labelled.group or (labelled.annotation is None and not labelled.label):
        raise InputError(f"data set '{entry.name}', track '{labelled.track_id}': its metadata have no row for it")
    clip = Clip(labelled.track_id, audio, "", labelled.label, labelled.group, split, duration)
    if labelled.annotation is None:
        return clip
    name = re.sub(r"[^\w.#+-]", "_", labelled.track_id)
    path = annotations / f"{number:05d}-{name}{labelled.annotation.suffix}"
    try:
        reference = labelled.annotation.until(duration)
    except InputError as error:
        raise InputError(f"data set '{entry.name}', {audio}: {error}") from error
    write_annotation(path, reference)
    return replace(clip, annotation=str(path))
