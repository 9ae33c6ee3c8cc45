"""Anybody's own folder: `manifest.csv` beside the recordings it lists.

Columns: `track_id`, `audio`, and `annotation` or `label`; optional `group` (default: the track is its own group) and
`split` (train, valid, test; default: by group and seed). Paths are relative to the folder and stay inside it.
Annotations are in the plain text forms that `mir_eval.io` reads.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import soundfile

from ultralight_mir.corpora.clips import SPLITS, Clip, write_clips
from ultralight_mir.corpora.splits import split_by_group
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows

REQUIRED = ("track_id", "audio")


def build(
    task: str,
    folder: Path,
    source: str,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Clip]:
    """List the recordings of `source/manifest.csv` in `folder/clips.csv`; audio and annotations stay where they are.

    Raises:
        InputError: the folder or a column is missing, a path leaves the folder or leads nowhere, a track is named
            twice, a split is unknown, a recording is unreadable.
    """
    root = Path(source).resolve()
    path = root / "manifest.csv"
    if not path.is_file():
        raise InputError(f"{path}: no such file; a manifest corpus for task {task} is a folder with a manifest.csv")
    rows = read_rows(path, REQUIRED)
    if not rows:
        raise InputError(f"{path}: no rows, expected one a recording")
    if not {"annotation", "label"} & set(rows[0]):
        raise InputError(f"{path}: columns 'annotation' and 'label' are both missing; found {', '.join(rows[0])}")
    seen: set[str] = set()
    clips = []
    for number, row in enumerate(rows, start=2):
        if row["track_id"] in seen:
            raise InputError(f"{path}, line {number}: track_id '{row['track_id']}' stands twice")
        seen.add(row["track_id"])
        clips.append(_clip(row, root, f"{path}, line {number}"))
        progress(number - 1, len(rows))
    if "split" not in rows[0]:
        clips = split_by_group(clips, seed)
    folder.mkdir(parents=True, exist_ok=True)
    write_clips(folder, clips)
    return clips


def _clip(row: dict[str, str], root: Path, where: str) -> Clip:
    audio = _inside(row["audio"], root, f"{where}: audio")
    annotation = _inside(row["annotation"], root, f"{where}: annotation") if row.get("annotation") else ""
    label = row.get("label", "").strip()
    if not annotation and not label:
        raise InputError(f"{where}: neither annotation nor label is given")
    split = row.get("split", "test")
    if split not in SPLITS:
        raise InputError(f"{where}: split '{split}', expected one of {', '.join(SPLITS)}")
    try:
        duration = soundfile.info(audio).duration
    except soundfile.SoundFileError as error:
        raise InputError(f"{audio}: not readable as audio ({error})") from error
    return Clip(row["track_id"], audio, annotation, label, row.get("group") or row["track_id"], split, duration)


def _inside(relative: str, root: Path, where: str) -> str:
    path = (root / relative).resolve()
    if not path.is_relative_to(root):
        raise InputError(f"{where}: '{relative}' leaves the folder {root}")
    if not path.is_file():
        raise InputError(f"{where}: {path} does not exist")
    return str(path)
