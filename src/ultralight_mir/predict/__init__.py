"""A ticket on files: each recording's estimate in the formats asked for, its activations, a picture of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import parent_process
from pathlib import Path

import numpy as np

from ultralight_mir import audio
from ultralight_mir.annotations import formats
from ultralight_mir.errors import InputError
from ultralight_mir.features.parallel import in_order
from ultralight_mir.files import check_writable, replacing
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.npy import NpyWriter
from ultralight_mir.predictor import Predictor, load
from ultralight_mir.tasks.base import Output
from ultralight_mir.trust import Trust

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What is written of a recording, into `folder`, as `<its name>.<task>.<ending>`.

    Attributes:
        formats: of its estimate, of `annotations.formats`; none for the usual one of the task's kind.
        activations: what the network said too, as .npz: `activation` `[frames, outputs]` (of a clip-wise task a row a
            window) and `times`, their centres in seconds.
        plot: a picture of its spectrogram and the estimate too, as .png.
        skip_existing: a recording of which all of this is there is left out.
    """

    folder: Path
    formats: Sequence[str] = ()
    activations: bool = False
    plot: bool = False
    skip_existing: bool = False

    def paths(self, recording: Path, predictor: Predictor) -> dict[str, Path]:
        """Format, "activations" or "plot" → the file of a recording.

        Raises:
            InputError: a format is not one of the task's kind of annotation.
        """
        kind = predictor.task.annotation
        endings = {name: formats.suffix_of(name, kind) for name in self.formats or (formats.USUAL[kind],)}
        endings |= {"activations": ".npz"} if self.activations else {}
        endings |= {"plot": ".png"} if self.plot else {}
        start = f"{recording.stem}.{predictor.task.name}"
        return {name: self.folder / f"{start}{ending}" for name, ending in endings.items()}


def set_up(ticket: Path, device: str) -> None:
    """Set torch up for this process, where the ticket needs torch (a graph does without)."""
    if ticket.suffix.lower() != ".onnx":
        from ultralight_mir.jobs.torch_setup import prepare

        prepare(1, device)


def predict(
    ticket: Path,
    recordings: Sequence[Path],
    wanted: Wanted,
    processes: int = 1,
    device: str = DEVICE,
    trust: Trust = (),
) -> None:
    """Write what a ticket says of recordings. One that cannot be worked with is named, and the others go on.

    Args:
        processes: recordings that are worked on at a time.

    Raises:
        InputError: the ticket cannot be used; two recordings would be written to the same file; the folder cannot be
            written in; or, in the end, some recordings could not be worked with.
    """
    _check_names(recordings)
    check_writable(wanted.folder)
    _loaded.clear()  # what lies there may be another now
    wanted.paths(Path(), _predictor(ticket, device, trust))  # says at once what is wrong with the ticket or a format
    task = partial(_predict, ticket, wanted, device, trust)
    failed = [path for path, fault in zip(recordings, in_order(task, recordings, processes), strict=True) if fault]
    if failed:
        which = ", ".join(map(str, failed[:3])) + (" …" if len(failed) > 3 else "")
        raise InputError(f"{len(failed)} of {len(recordings)} recordings could not be worked with: {which}")


def predict_one(predictor: Predictor, recording: Path, wanted: Wanted) -> list[Path]:
    """Write what is wanted of one recording, in constant memory; the files, none where all were there.

    Raises:
        InputError: it cannot be worked with; nothing is written.
    """
    paths = wanted.paths(recording, predictor)
    if wanted.skip_existing and all(path.exists() for path in paths.values()):
        return []
    length = audio.duration(recording)
    parts = _watched(predictor.stream(recording), recording, length)
    if wanted.activations:
        parts = _kept(parts, paths["activations"])
    estimate = predictor.task.decode(predictor.whole(parts), predictor.thresholds)
    for name in (name for name in paths if name in formats.FORMATS):
        formats.write(paths[name], estimate, name, predictor.task.annotation, length)
    if wanted.plot:
        from ultralight_mir.predict.plot import plot

        plot(paths["plot"], recording, estimate, predictor.task.name)
    return list(paths.values())


_loaded: dict[Path, Predictor] = {}
"""The ticket of this process, read once."""


def _predictor(ticket: Path, device: str, trust: Trust) -> Predictor:
    if ticket not in _loaded:
        if parent_process() is not None:  # a process of its own, to be set up as we like
            set_up(ticket, device)
        _loaded[ticket] = load(ticket, device, trust)
    return _loaded[ticket]


def _predict(ticket: Path, wanted: Wanted, device: str, trust: Trust, recording: Path) -> str:
    """What went wrong with a recording, "" where nothing did."""
    try:
        made = predict_one(_predictor(ticket, device, trust), recording, wanted)
    except InputError as error:
        log.error("%s", error)
        return str(error)
    log.info("%s: %s", recording, ", ".join(map(str, made)) if made else "skipped, all of it is there")
    return ""


def _check_names(recordings: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for recording in recordings:
        other = seen.setdefault(recording.stem, recording)
        if other is not recording:
            raise InputError(f"{recording}: called as {other} is, expected other names; predict them into two folders")


def _watched(parts: Iterator[Output], recording: Path, length: float) -> Iterator[Output]:
    """Tells from time to time how far it is."""
    progress = Progress(f"{recording.name}, seconds")
    for part in parts:
        if len(part.times):
            progress(max(1, min(int(part.times[-1]), int(length) - 1)), max(1, int(length)))
        yield part


def _kept(parts: Iterator[Output], path: Path) -> Iterator[Output]:
    """Writes activations to `path` as they come; they stand there once all of them have."""
    with replacing(path) as scratch:
        raw = scratch.with_suffix(".npy")
        try:
            times = []
            with NpyWriter(raw, np.float32) as writer:
                for part in parts:
                    times.append(part.times)
                    writer.append(np.atleast_2d(part.activation))
                    yield part
            np.savez(scratch, activation=np.load(raw, mmap_mode="r"), times=np.array([*chain(*times)]))
        finally:
            raw.unlink(missing_ok=True)
