"""Features on disk: one folder a corpus, task and feature, mapped by training jobs without copying.

inputs.npy   float16 [all frames, bins] (waveform: [all samples, 1])
targets.npy  float32 [all frames, k] (clip-wise tasks: [clips, k])
clips.csv    one row a clip: the corpus's columns, then `start` and `frames` (frames, not samples); paths with `./` or
             `../` in front go out from the folder, so that another experiment may read it beside its own corpus
store.json   corpus, task, and how its input is made (`Feature.describe`); sealed, with the digests of the other three
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ultralight_mir import audio, folds, frames
from ultralight_mir.clips import COLUMNS, UNLABELLED, Clip, clip_of
from ultralight_mir.digests import SHOWN, read_sealed, remedy, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.features.base import Feature
from ultralight_mir.features.parallel import in_order
from ultralight_mir.files import read_rows, replacing, write_rows
from ultralight_mir.npy import NpyWriter
from ultralight_mir.paths import FeatureFolder, fold_corpus, split_fold
from ultralight_mir.tasks.base import Array, Task

log = logging.getLogger(__name__)
FORMAT = 2


@dataclass(frozen=True)
class Entry:
    """A clip and where its frames lie in the store."""

    clip: Clip
    start: int
    frames: int


class Store:
    """Read access to a finished folder, which is proven to be as `build` left it.

    Args:
        folder: what `build` wrote.
        fold: of a corpus cut into folds, the one whose splits the clips have; None leaves the clips without.

    Attributes:
        corpus, task, framewise: what it is of; `task` as `get_task` takes it.
        description: how its input was made, as `Feature.describe` says it.

    Raises:
        InputError: a file is missing, cut, edited, damaged or of another format; there is no such fold.
    """

    def __init__(self, folder: Path, fold: int | None = None) -> None:
        files = FeatureFolder(folder)
        content = read_sealed(files.store, *(path.name for path in files.sealed), form=FORMAT)
        self.folder = folder
        try:
            self.corpus: str = content["corpus"]
            self.task: str = content["task"]
            self.framewise: bool = content["framewise"]
            self.description: dict[str, Any] = content["feature"]
            self.feature: str = self.description["name"]
            self.kind: str = self.description["kind"]
            self.hop: int = self.description["hop"]
            self.sample_rate: int = self.description["sample_rate"]
        except (KeyError, TypeError) as error:
            raise InputError(f"{files.store}: not a whole store ({error}); {remedy(files.store)}") from error
        self.samples_per_frame: int = self.hop if self.kind == "waveform" else 1
        self.inputs = _mapped(files.inputs)
        self.targets = _mapped(files.targets)
        rows = read_rows(files.clips, (*COLUMNS, "start", "frames"))
        clips = [_with_paths(clip_of(row), folder, _found) for row in rows]
        self.fold = fold
        self.name = self.corpus if fold is None else fold_corpus(self.corpus, fold)
        self._folds_left = folds.count(clips) if fold is None else 0
        clips = clips if fold is None else self._of_fold(clips, fold)
        self.entries = [
            Entry(clip, int(row["start"]), int(row["frames"])) for clip, row in zip(clips, rows, strict=True)
        ]
        expected = sum(e.frames for e in self.entries) * self.samples_per_frame
        if len(self.inputs) != expected:
            raise InputError(f"{files.inputs}: {len(self.inputs)} rows, expected {expected} as {files.clips.name} says")

    def _of_fold(self, clips: list[Clip], fold: int) -> list[Clip]:
        try:
            return folds.take(clips, fold)
        except InputError as error:
            raise InputError(f"{FeatureFolder(self.folder).clips}: {error}") from error

    @property
    def bins(self) -> int:
        """Values per frame (waveform: 1)."""
        return int(self.inputs.shape[1])

    def check_fold(self, trained_on: str) -> None:
        """That a ticket trained on a corpus of that name (`Ticket.corpus`) saw only this fold's training clips.

        Raises:
            InputError: it is of another fold.
        """
        if split_fold(trained_on)[1] != self.fold:
            raise InputError(f"{self.folder}: opened as {self.name}, expected {trained_on}, which the ticket is of")

    def split(self, *names: str) -> list[int]:
        """Indices into `entries` of the clips in those splits.

        Raises:
            InputError: the corpus is cut into folds, and the store was opened for none of them.
        """
        if self._folds_left:
            raise InputError(f"{self.folder}: cut into {self._folds_left} folds, expected one to be named (--fold)")
        return [i for i, e in enumerate(self.entries) if e.clip.split in names]

    @property
    def labelled(self) -> list[int]:
        """Indices into `entries` of all clips but unlabelled ones."""
        return [i for i, e in enumerate(self.entries) if e.clip.split != UNLABELLED]

    def input(self, index: int, first: int = 0, frames: int | None = None) -> Array:
        """`frames` frames of clip `index` from its frame `first`: `[frames, bins]` or `[samples]` (a view)."""
        entry = self.entries[index]
        count = entry.frames - first if frames is None else frames
        begin = (entry.start + first) * self.samples_per_frame
        rows = self.inputs[begin : begin + count * self.samples_per_frame]
        return rows[:, 0] if self.kind == "waveform" else rows

    def whole(self, indices: Sequence[int]) -> Iterator[tuple[Array, Array]]:
        """The inputs of clips, each from end to end, and the centres of their frames in seconds."""
        return ((self.input(index), self.times(self.entries[index].frames)) for index in indices)

    def target(self, index: int, first: int = 0, frames: int | None = None) -> Array:
        """The matching targets: `[frames, k]`, or `[k]` for clip-wise tasks."""
        if not self.framewise:
            return self.targets[index]
        entry = self.entries[index]
        count = entry.frames - first if frames is None else frames
        return self.targets[entry.start + first : entry.start + first + count]

    def times(self, count: int) -> Array:
        """Centres of the first `count` frames of any clip, in seconds."""
        return frames.centres(count, self.hop, self.sample_rate)


def _mapped(path: Path) -> Array:
    try:
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable array ({error})") from error
    return array


def _with_paths(clip: Clip, folder: Path, change: Callable[[str, Path], str]) -> Clip:
    return replace(clip, audio=change(clip.audio, folder), annotation=change(clip.annotation, folder))


def _told(path: str, folder: Path) -> str:
    """As `clips.csv` says it: from the folder on, unless it is absolute (or none)."""
    if not path or Path(path).is_absolute():
        return path
    relative = os.path.relpath(path, folder)
    return relative if relative.startswith(os.pardir) else f"./{relative}"


def _found(path: str, folder: Path) -> str:
    """As `_told` was given it; older stores say a path as it was seen from the working directory."""
    return os.path.normpath(folder / path) if path.startswith(("./", "../")) else path


def build(
    corpus: str,
    clips: Sequence[Clip],
    task: Task,
    feature: Feature,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    processes: int = 1,
    recordings: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Compute features and targets of all clips into `folder`; the same bytes whatever the number of processes.

    A few clips are in memory at a time, however many there are.

    Args:
        recordings: track → SHA-256 that its recording must have (`clips.recordings`); those not there may have any.

    Raises:
        InputError: a clip is unreadable, silent or too short, is not the recording that was examined, its annotation is
            malformed, or its features or targets are not finite; nothing is left behind.
    """
    if not clips:
        raise InputError(f"{folder}: the corpus has no clips for task {task.name}")
    counts: list[int] = []
    files = FeatureFolder(folder)
    items = [(clip, recordings.get(clip.track_id, "")) for clip in clips]
    with (
        replacing(files.inputs) as inputs,
        replacing(files.targets) as targets,
        NpyWriter(inputs, np.float16) as put_input,
        NpyWriter(targets, np.float32) as put_target,
    ):
        for count, x, y in in_order(partial(_compute, task, feature), items, min(processes, len(clips))):
            put_input.append(x)
            put_target.append(y)
            counts.append(count)
            progress(len(counts), len(clips))
    starts = accumulate(counts, initial=0)
    told = (asdict(_with_paths(clip, folder, _told)) for clip in clips)
    rows = ({**row, "start": start, "frames": n} for row, start, n in zip(told, starts, counts, strict=False))
    write_rows(files.clips, (*COLUMNS, "start", "frames"), rows)
    content = {"format": FORMAT, "corpus": corpus, "task": task.address, "framewise": task.framewise}
    write_sealed(files.store, {**content, "feature": feature.describe()}, files.sealed)


def _compute(task: Task, feature: Feature, item: tuple[Clip, str]) -> tuple[int, Array, Array]:
    """The clip's number of frames, its input and its target, as they are stored."""
    clip, sha256 = item
    annotation = task.read(clip)
    samples = _samples(clip, sha256, task, feature.sample_rate)
    x = feature.inputs(samples)
    count = len(x) // feature.samples_per_frame
    if not count:
        raise InputError(
            f"{clip.audio}: {len(samples) / feature.sample_rate:.3f} s, shorter than one frame of {feature.name}"
        )
    y = task.target(annotation, feature.times(count)).astype(np.float32)
    for what, values in ((f"feature {feature.name}", x), (f"target of task {task.name}", y)):
        if not np.isfinite(values).all():
            raise InputError(f"clip '{clip.track_id}': {what} holds values that are not finite numbers; {clip.audio}")
    return count, x, y if task.framewise else y[None]


def _samples(clip: Clip, sha256: str, task: Task, sample_rate: int) -> Array:
    """The clip's samples at `sample_rate` Hz, `[samples]`; its file is read once, for its digest and its sound."""
    path = Path(clip.audio)
    recording = audio.read(path)
    if sha256 and recording.sha256 != sha256:
        raise InputError(
            f"clip '{clip.track_id}': {path} has changed since it was examined (SHA-256 {recording.sha256[:SHOWN]}…, "
            f"expected {sha256[:SHOWN]}…); run `ultralight-mir splits {task.address}` on its corpus again"
        )
    mono = recording.mono
    audio.check(path, mono, recording.sample_rate)
    return audio.resampled(mono, recording.sample_rate, sample_rate)
