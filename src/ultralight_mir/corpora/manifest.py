"""Anybody's own folder: `manifest.csv` beside the recordings it lists.

Columns: `track_id`, `audio`, and `annotation` or `label`; optional `group` (default: the track is its own group) and
`split` (train, valid, test; default: by group and seed). Paths are relative to the folder and stay inside it. A small
folder is cut into folds by group instead; one whose publisher's test split is not at hand can test on `valid`.
Annotations are in the plain text forms that `mir_eval.io` reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import soundfile

from ultralight_mir.corpora.clips import SPLITS, Clip, write_clips
from ultralight_mir.corpora.folds import fold_by_group, how_many
from ultralight_mir.corpora.splits import split_by_group
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows

REQUIRED = ("track_id", "audio")


def build(
    task: str,
    folder: Path,
    source: str,
    seed: int = 0,
    folds: int = 0,
    test_split: str = "test",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Clip]:
    """List the recordings of `source/manifest.csv` in `folder/clips.csv`; audio and annotations stay where they are.

    `folds`: into how many to cut the clips by group; 0 for ordinary splits. `test_split`: "valid" makes the clips that
    the manifest calls so the test clips, and leaves none for validation.

    Raises:
        InputError: the folder or a column is missing, a path leaves the folder or leads nowhere, a track is named
            twice, a split is unknown, a recording is unreadable, there are fewer groups than folds; there is a column
            `split` with `folds`, or none (or one with test clips) with `test_split: valid`.
    """
    root = Path(source).resolve()
    path = root / "manifest.csv"
    rows = _rows(path, task)
    if folds:
        _refuse_split(path, rows)
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
    clips = _split(clips, "split" in rows[0], seed, folds, test_split, path)
    folder.mkdir(parents=True, exist_ok=True)
    write_clips(folder, clips)
    return clips


def count_folds(source: Path, asked: str | int) -> int:
    """How many folds `asked` (`folds.LEAVE_ONE_OUT` or a number) means for the groups of `source/manifest.csv`.

    Raises:
        InputError: there is no such file, it has a column `split`, or too few groups.
    """
    path = source / "manifest.csv"
    rows = _rows(path, "")
    _refuse_split(path, rows)
    try:
        return how_many(asked, len({_group(row) for row in rows}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _rows(path: Path, task: str) -> list[dict[str, str]]:
    if not path.is_file():
        of = f" for task {task}" if task else ""
        raise InputError(f"{path}: no such file; a manifest corpus{of} is a folder with a manifest.csv")
    rows = read_rows(path, REQUIRED)
    if not rows:
        raise InputError(f"{path}: no rows, expected one a recording")
    return rows


def _refuse_split(path: Path, rows: list[dict[str, str]]) -> None:
    if "split" in rows[0]:
        raise InputError(f"{path}: has a column 'split', expected none where the corpus is to be cut into folds")


def _split(clips: list[Clip], given: bool, seed: int, folds: int, test_split: str, path: Path) -> list[Clip]:
    if folds:
        return fold_by_group(clips, folds, seed)
    if test_split == "test":
        return clips if given else split_by_group(clips, seed)
    if not given or any(c.split == "test" for c in clips):
        found = "test clips" if given else "no column 'split'"
        raise InputError(f"{path}: has {found}, expected train and valid ones only where test_split is '{test_split}'")
    return [replace(c, split="test") if c.split == test_split else c for c in clips]


def _group(row: dict[str, str]) -> str:
    return row.get("group") or row["track_id"]


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
    return Clip(row["track_id"], audio, annotation, label, _group(row), split, duration)


def _inside(relative: str, root: Path, where: str) -> str:
    path = (root / relative).resolve()
    if not path.is_relative_to(root):
        raise InputError(f"{where}: '{relative}' leaves the folder {root}")
    if not path.is_file():
        raise InputError(f"{where}: {path} does not exist")
    return str(path)
