"""Clips: the rows of a corpus. One clip = one audio excerpt, its annotation, its group and its split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows, write_rows
from ultralight_mir.paths import CorpusFolder

SPLITS = ("train", "valid", "test")
UNLABELLED = "unlabelled"
"""A split for a teacher to label: its annotations are never trained on, nor scored, nor used for a threshold."""
PART = re.compile(r"fold-(\d+)")
"""What stands for a split where the corpus is cut into folds: the fold that tests the clip (`corpora.folds`)."""
COLUMNS = ("track_id", "audio", "annotation", "label", "group", "split", "duration")
GOOD_COLUMNS = ("track_id", "group", "split", "sha256")
"""Of `splits.tsv`."""
FORMAT = 1


@dataclass(frozen=True)
class Clip:
    """One row of `clips.csv`.

    Paths are absolute once read. `annotation` is "" where the annotation is one word (then `label` holds it);
    `group` (track, singer, instrument preset, drum kit) never crosses a split; `duration` is in seconds.
    """

    track_id: str
    audio: str
    annotation: str
    label: str
    group: str
    split: str
    duration: float


def side_of(split: str) -> str:
    """The split whose sources it may share: unlabelled clips are trained on, so they may share those of training."""
    return "train" if split == UNLABELLED else split


def write_clips(folder: Path, clips: Iterable[Clip]) -> None:
    """Write `folder/clips.csv`; paths inside `folder` are written relative to it."""
    root = folder.resolve()

    def relative(path: str) -> str:
        resolved = Path(path).resolve() if path else None
        if resolved is None:
            return ""
        return str(resolved.relative_to(root)) if resolved.is_relative_to(root) else str(resolved)

    rows = (
        {**asdict(c), "audio": relative(c.audio), "annotation": relative(c.annotation), "duration": f"{c.duration:.6f}"}
        for c in clips
    )
    write_rows(CorpusFolder(folder).clips, COLUMNS, rows)


def read_clips(folder: Path) -> list[Clip]:
    """Read `folder/clips.csv`.

    Raises:
        InputError: a column is missing, a split is unknown, a duration is not a number, a track is named twice.
    """
    path = CorpusFolder(folder).clips
    clips: list[Clip] = []
    seen: set[str] = set()
    for number, row in enumerate(read_rows(path, COLUMNS), start=2):
        if row["split"] not in (*SPLITS, UNLABELLED) and not PART.fullmatch(row["split"]):
            raise InputError(f"{path}, line {number}: split '{row['split']}', expected one of {', '.join(SPLITS)}")
        try:
            clip = clip_of(row)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: duration '{row['duration']}', expected seconds") from error
        if clip.track_id in seen:
            raise InputError(f"{path}, line {number}: track_id '{clip.track_id}' stands twice")
        seen.add(clip.track_id)
        audio, annotation = (str(folder / path) if path else "" for path in (clip.audio, clip.annotation))
        clips.append(replace(clip, audio=audio, annotation=annotation))
    return clips


def seal(folder: Path, task: str) -> None:
    """Write `folder/splits.json`: the clips of `splits.tsv` are good for `task`, as the three files beside it say."""
    files = CorpusFolder(folder)
    write_sealed(files.seal, {"format": FORMAT, "task": task}, files.sealed)


def read_good_clips(folder: Path) -> list[Clip]:
    """The clips of `folder/clips.csv` that `folder/splits.tsv` lists: those that nothing is wrong with.

    Raises:
        InputError: as `read_clips`; the corpus is not as `splits` left it (`splits.json` proves it), or `splits.tsv`
            lists a clip that `clips.csv` does not.
    """
    good = set(recordings(folder))
    clips = read_clips(folder)
    strange = good - {clip.track_id for clip in clips}
    if strange:
        path = CorpusFolder(folder).splits
        raise InputError(f"{path}: clip '{min(strange)}' is not in clips.csv; run `ultralight-mir splits` again")
    return [clip for clip in clips if clip.track_id in good]


def recordings(folder: Path) -> dict[str, str]:
    """Track → SHA-256 of its recording as it was examined, of the clips that `folder/splits.tsv` lists.

    Raises:
        InputError: the corpus is not as `splits` left it; names the file.
    """
    files = CorpusFolder(folder)
    read_sealed(files.seal, *(path.name for path in files.sealed), form=FORMAT)
    return {row["track_id"]: row["sha256"] for row in read_rows(files.splits, GOOD_COLUMNS, "\t")}


def clip_of(row: Mapping[str, str]) -> Clip:
    """A row of `clips.csv` as it stands."""
    return Clip(
        track_id=row["track_id"],
        audio=row["audio"],
        annotation=row["annotation"],
        label=row["label"],
        group=row["group"],
        split=row["split"],
        duration=float(row["duration"]),
    )
