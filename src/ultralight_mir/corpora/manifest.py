"""Anybody's own folder: `manifest.csv` beside the recordings it lists.

Columns: `track_id`, `audio`, and `annotation` or `label`; optional `group` (default: the track is its own group) and
`split` (train, valid, test; default: by group and seed). Paths are relative to the folder and stay inside it. A small
folder is cut into folds by group instead; one whose publisher's test split is not at hand can test on `valid`.
Annotations are in the plain text forms that `mir_eval.io` reads, or JAMS or MIDI (see `annotations`); every recording
may have a sample rate of its own.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from ultralight_mir.annotations import Events, Label, convert, is_plain
from ultralight_mir.annotations.notes import DIGITS
from ultralight_mir.clips import Clip, write_clips
from ultralight_mir.corpora.manifest_row import CONTROL, clip_in_row, fault_of_file, group_in_row, shown
from ultralight_mir.corpora.splits import split_by_group
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows, replacing
from ultralight_mir.folds import fold_by_group, how_many
from ultralight_mir.paths import CorpusFolder
from ultralight_mir.tasks import get_task

REQUIRED = ("track_id", "audio")
COLUMNS = (*REQUIRED, "annotation", "label", "group", "split")
Progress = Callable[[int, int], None]
NAME = 80
"""Characters of a track's name that the file of its converted annotation is named by."""


class Text(NamedTuple):
    """A converted annotation, and the file that it was converted from."""

    text: str
    source: str


@dataclass
class Listing:
    """What a manifest says, and everything that is wrong with it.

    Attributes:
        clips: one a row; where there are faults, only of the rows whose files are there.
        texts: annotations that were converted, by the file name that `clips` say.
        faults: one line each; where (file, line and cell), what was found, what was expected.
    """

    clips: list[Clip] = field(default_factory=list)
    texts: dict[str, Text] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def build(
    task: str,
    folder: Path,
    source: str,
    seed: int = 0,
    folds: int = 0,
    test_split: str = "test",
    progress: Progress = lambda done, total: None,
) -> list[Clip]:
    """List the recordings of `source/manifest.csv` in `folder/clips.csv`; they stay where they are.

    Plain annotations stay where they are too; others are converted into `folder/annotations/`. A recording that is not
    readable is listed with a duration of 0 s, and an annotation that cannot be converted as it is: the next step
    (`validation`) tells what is wrong and leaves the clip out.

    `folds`: into how many to cut the clips by group; 0 for ordinary splits. `test_split`: "valid" makes the clips that
    the manifest calls so the test clips, and leaves none for validation.

    Raises:
        InputError: the folder or a column is missing, a path leaves the folder or leads nowhere, a track is named
            twice, a split is unknown, there are fewer groups than folds; there is a column `split` with `folds`, or
            none (or one with test clips) with `test_split: valid`; nothing is written.
    """
    listing = read(source, task, seed, progress, folds, test_split)
    if listing.faults:
        more = len(listing.faults) - 1
        hint = f" (and {more} more; all of them: ultralight-mir check-corpus {source} --task {task})" if more else ""
        raise InputError(listing.faults[0] + hint)
    folder.mkdir(parents=True, exist_ok=True)
    clips = write_texts(listing, folder)
    write_clips(folder, clips)
    return clips


def read(
    source: str,
    task: str,
    seed: int,
    progress: Progress = lambda done, total: None,
    folds: int = 0,
    test_split: str = "test",
) -> Listing:
    """The manifest of the folder `source`, every row of it; `task` "" converts no annotation."""
    listing = Listing()
    if CONTROL.search(source):
        return Listing(faults=[f"{shown(source)}: holds a control character, expected a folder"])
    root = Path(os.path.realpath(source))
    path = root / "manifest.csv"
    try:
        rows = _rows(path)
    except InputError as error:
        return Listing(faults=[str(error)])
    names: set[str] = set()
    clips: dict[int, Clip] = {}
    for index, (line, row) in enumerate(rows):
        where = f"{path}, line {line}"
        if row["track_id"] in names:
            listing.faults.append(f"{where}: track_id {shown(row['track_id'])} stands twice")
        names.add(row["track_id"])
        clip = clip_in_row(row, root, where, listing.faults)
        if clip:
            clips[index] = _plain(clip, task, len(clips), listing.texts)
        progress(index + 1, len(rows))
    listing.clips = list(clips.values())
    try:
        splits = _splits([row for _, row in rows], seed, folds, test_split)
        listing.clips = [replace(clip, split=splits[index]) for index, clip in clips.items()]
    except InputError as error:
        listing.faults.append(f"{path}: {error}")
    return listing


def count_folds(source: Path, asked: str | int) -> int:
    """How many folds `asked` (`folds.LEAVE_ONE_OUT` or a number) means for the groups of `source/manifest.csv`.

    Raises:
        InputError: there is no such file, it has a column `split`, or too few groups.
    """
    path = source / "manifest.csv"
    rows = [row for _, row in _rows(path)]
    try:
        _refuse_splits(rows)
        return how_many(asked, len({group_in_row(row) for row in rows}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _splits(rows: Sequence[Mapping[str, str]], seed: int, folds: int, test_split: str) -> list[str]:
    """The split (or the fold) of every row, whether or not its files are there."""
    clips = [Clip(row["track_id"], "", "", "", group_in_row(row), row.get("split", "test"), 0.0) for row in rows]
    published = "split" in rows[0]
    if folds:
        _refuse_splits(rows)
        clips = fold_by_group(clips, folds, seed)
    elif test_split != "test":
        if not published or any(clip.split == "test" for clip in clips):
            what = "test clips" if published else "no column 'split'"
            raise InputError(f"has {what}, expected train and valid ones only where test_split is '{test_split}'")
        return ["test" if clip.split == test_split else clip.split for clip in clips]
    elif not published:
        clips = split_by_group(clips, seed)
    return [clip.split for clip in clips]


def _refuse_splits(rows: Sequence[Mapping[str, str]]) -> None:
    if "split" in rows[0]:
        raise InputError("has a column 'split', expected none where the corpus is to be cut into folds")


def write_texts(listing: Listing, folder: Path) -> list[Clip]:
    """Write the converted annotations into `folder/annotations/`; the clips, with the paths to them."""
    for name, text in listing.texts.items():
        with replacing(CorpusFolder(folder).annotations / name) as scratch:
            scratch.write_text(text.text, encoding="utf-8")
    return [
        replace(clip, annotation=str(CorpusFolder(folder).annotations / clip.annotation))
        if clip.annotation in listing.texts
        else clip
        for clip in listing.clips
    ]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The manifest's rows, each with the number of the line that it begins in."""
    if not os.path.lexists(path):
        raise InputError(f"{path}: no such file; a manifest corpus is a folder with a manifest.csv")
    fault = fault_of_file(path)
    if fault:
        raise InputError(fault)
    try:
        rows = read_rows(path, REQUIRED)
    except InputError as error:
        raise InputError(CONTROL.sub("?", str(error))) from error  # it shows the header
    if not rows:
        raise InputError(f"{path}: no rows, expected one a recording")
    columns, lines = _lines(path)
    twice = [column for column in COLUMNS if columns.count(column) > 1]
    if twice:
        raise InputError(f"{path}: column '{twice[0]}' stands twice in the header")
    if not {"annotation", "label"} & set(columns):
        names = CONTROL.sub("?", ", ".join(columns))
        raise InputError(f"{path}: columns 'annotation' and 'label' are both missing; found {names}")
    return list(zip(lines, rows, strict=True))


def _lines(path: Path) -> tuple[list[str], list[int]]:
    """The header's cells, and the number of the line that each row begins in: cells may hold line ends, and lines
    without anything are no rows."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.reader(stream)
        columns, lines = next(reader), []
        begin = reader.line_num + 1
        for cells in reader:
            if cells:
                lines.append(begin)
            begin = reader.line_num + 1
    return columns, lines


def _plain(clip: Clip, task: str, number: int, texts: dict[str, Text]) -> Clip:
    """The clip with an annotation in plain text (the name of a new entry of `texts`), or with a label instead.

    One that is plain already, or cannot be converted, is given back as it is; so is every one where `task` is "".
    """
    path = Path(clip.annotation)
    if not clip.annotation or not task or is_plain(path):
        return clip
    try:
        reference = convert(path, get_task(task).annotation)
    except InputError:
        return clip
    if isinstance(reference, Label):
        return replace(clip, annotation="", label=reference.name)
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", clip.track_id)[:NAME]
    file = f"{number:05d}-{name}{reference.suffix}"
    text = reference.text(DIGITS, " ") if isinstance(reference, Events) else reference.text()
    texts[file] = Text(text, clip.annotation)
    return replace(clip, annotation=file)
