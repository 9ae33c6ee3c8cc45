"""Anybody's own folder: `manifest.csv` beside the recordings it lists.

Columns: `track_id`, `audio`, and `annotation` or `label`; optional `group` (default: the track is its own group) and
`split` (train, valid, test; default: by group and seed). Paths are relative to the folder and stay inside it. A small
folder is cut into folds by group instead; one whose publisher's test split is not at hand can test on `valid`.
Annotations are in the plain text forms that `mir_eval.io` reads, or JAMS or MIDI (see `annotations`); every recording
may have a sample rate of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import soundfile

from ultralight_mir.annotations import Events, Label, convert, is_plain
from ultralight_mir.annotations.notes import DIGITS
from ultralight_mir.clips import SPLITS, Clip, write_clips
from ultralight_mir.corpora.folds import fold_by_group, how_many
from ultralight_mir.corpora.splits import split_by_group
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows, replacing
from ultralight_mir.tasks import get_task

REQUIRED = ("track_id", "audio")
PROGRESS = Callable[[int, int], None]


@dataclass
class Listing:
    """What a manifest says, and everything that is wrong with it.

    Attributes:
        clips: those of the rows that nothing is wrong with.
        texts: annotations that were converted, by the file name that `clips` say.
        faults: one line each; where (file and row), what was found, what was expected.
    """

    clips: list[Clip] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def build(
    task: str,
    folder: Path,
    source: str,
    seed: int = 0,
    folds: int = 0,
    test_split: str = "test",
    progress: PROGRESS = lambda done, total: None,
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
    progress: PROGRESS = lambda done, total: None,
    folds: int = 0,
    test_split: str = "test",
) -> Listing:
    """The manifest of the folder `source`, every row of it; `task` "" converts no annotation."""
    root = Path(source).resolve()
    path = root / "manifest.csv"
    listing = Listing()
    try:
        rows = _rows(path)
    except InputError as error:
        listing.faults.append(str(error))
        return listing
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        where = f"{path}, line {number}"
        if row["track_id"] in seen:
            listing.faults.append(f"{where}: track_id '{row['track_id']}' stands twice")
        seen.add(row["track_id"])
        _add(row, root, where, task, listing)
        progress(number - 1, len(rows))
    if not listing.faults:
        try:
            listing.clips = _split(listing.clips, "split" in rows[0], seed, folds, test_split)
        except InputError as error:
            listing.faults.append(f"{path}: {error}")
    return listing


def count_folds(source: Path, asked: str | int) -> int:
    """How many folds `asked` (`folds.LEAVE_ONE_OUT` or a number) means for the groups of `source/manifest.csv`.

    Raises:
        InputError: there is no such file, it has a column `split`, or too few groups.
    """
    path = source / "manifest.csv"
    rows = _rows(path)
    try:
        _refuse_split("split" in rows[0])
        return how_many(asked, len({_group(row) for row in rows}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _split(clips: list[Clip], given: bool, seed: int, folds: int, test_split: str) -> list[Clip]:
    if folds:
        _refuse_split(given)
        return fold_by_group(clips, folds, seed)
    if test_split == "test":
        return clips if given else split_by_group(clips, seed)
    if not given or any(c.split == "test" for c in clips):
        found = "test clips" if given else "no column 'split'"
        raise InputError(f"has {found}, expected train and valid ones only where test_split is '{test_split}'")
    return [replace(c, split="test") if c.split == test_split else c for c in clips]


def _refuse_split(given: bool) -> None:
    if given:
        raise InputError("has a column 'split', expected none where the corpus is to be cut into folds")


def _group(row: Mapping[str, str]) -> str:
    return row.get("group") or row["track_id"]


def write_texts(listing: Listing, folder: Path) -> list[Clip]:
    """Write the converted annotations into `folder/annotations/`; the clips, with the paths to them."""
    for name, text in listing.texts.items():
        with replacing(folder / "annotations" / name) as scratch:
            scratch.write_text(text, encoding="utf-8")
    return [
        replace(clip, annotation=str(folder / "annotations" / clip.annotation))
        if clip.annotation in listing.texts
        else clip
        for clip in listing.clips
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path}: no such file; a manifest corpus is a folder with a manifest.csv")
    rows = read_rows(path, REQUIRED)
    if not rows:
        raise InputError(f"{path}: no rows, expected one a recording")
    if not {"annotation", "label"} & set(rows[0]):
        raise InputError(f"{path}: columns 'annotation' and 'label' are both missing; found {', '.join(rows[0])}")
    return rows


def _add(row: Mapping[str, str], root: Path, where: str, task: str, listing: Listing) -> None:
    """Append the row's clip to `listing.clips`, or what is wrong with it to `listing.faults`."""
    faults: list[str] = []
    audio = _inside(row["audio"], root, f"{where}: audio", faults)
    annotation = _inside(row["annotation"], root, f"{where}: annotation", faults) if row.get("annotation") else ""
    label = row.get("label", "").strip()
    if not row.get("annotation") and not label:
        faults.append(f"{where}: neither annotation nor label is given")
    split = row.get("split", "test")
    if split not in SPLITS:
        faults.append(f"{where}: split '{split}', expected one of {', '.join(SPLITS)}")
    if annotation and task and not faults:
        annotation, label = _plain(annotation, label, row["track_id"], task, listing)
    listing.faults.extend(faults)
    if not faults:
        clip = Clip(row["track_id"], audio, annotation, label, _group(row), split, _duration(audio))
        listing.clips.append(clip)


def _plain(annotation: str, label: str, track_id: str, task: str, listing: Listing) -> tuple[str, str]:
    """The annotation as plain text (the name of a new entry of `listing.texts`) or as a label; "" for the other.

    One that is plain already, or cannot be converted, is given back as it is.
    """
    path = Path(annotation)
    if is_plain(path):
        return annotation, label
    try:
        reference = convert(path, get_task(task).annotation)
    except InputError:
        return annotation, label
    if isinstance(reference, Label):
        return "", reference.name
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", track_id)
    name = f"{len(listing.clips):05d}-{safe}{reference.suffix}"
    listing.texts[name] = reference.text(DIGITS, " ") if isinstance(reference, Events) else reference.text()
    return name, label


def _duration(audio: str) -> float:
    """Seconds, as the file's header says; 0 where it says nothing."""
    try:
        return float(soundfile.info(audio).duration)
    except soundfile.SoundFileError:
        return 0.0


def _inside(relative: str, root: Path, where: str, faults: list[str]) -> str:
    path = (root / relative).resolve()
    if not path.is_relative_to(root):
        faults.append(f"{where}: '{relative}' leaves the folder {root}")
    elif not path.is_file():
        faults.append(f"{where}: {path} does not exist")
    return str(path)
