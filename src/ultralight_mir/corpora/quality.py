"""What the clips of a corpus are like as recordings, and what is wrong with them: one row a clip in `quality.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultralight_mir import audio
from ultralight_mir.clips import Clip
from ultralight_mir.corpora.fingerprint import Fingerprint, fingerprint
from ultralight_mir.errors import InputError
from ultralight_mir.files import write_rows
from ultralight_mir.tasks.base import Task

COLUMNS = (
    "track_id",
    "duration",
    "sample_rate",
    "peak_db",
    "rms_db",
    "clipped",
    "silent",
    "annotated_from",
    "annotated_to",
    "fault",
)
FULL_SCALE = 0.999
BLOCK = 0.02
"""Seconds; a clip's silence is counted in blocks."""
SILENT_DB = -60.0
"""RMS, relative to full scale, below which a block is silent."""
CUT_SHORT = 0.1
"""Seconds by which a recording may be shorter than its header said: coders pad and cut that much."""


@dataclass(frozen=True)
class Examined:
    """A clip, its row of `quality.csv`, and, where nothing is wrong with it, what it is told by.

    Attributes:
        row: every column of `COLUMNS`.
        fault: what is wrong, "" if nothing.
        sha256: of the file's bytes, hex; "" for a faulty clip.
        print: of its sound; None for a faulty clip.
    """

    clip: Clip
    row: dict[str, object]
    fault: str
    sha256: str
    print: Fingerprint | None


def examine(clip: Clip, task: Task | None) -> Examined:
    """Read a clip's recording, once, and its annotation as the reference of `task` (None: it is not read).

    Duration (s), sample rate (Hz), peak and RMS (dB of full scale, "" where there is no sound), the fraction of samples
    at full scale (`clipped`) and of blocks of 20 ms below −60 dB (`silent`), the first and the last annotated second
    ("" where the annotation is a word).
    """
    row: dict[str, object] = dict.fromkeys(COLUMNS, "")
    row["track_id"] = clip.track_id
    path = Path(clip.audio)
    try:
        recording = audio.read(path)
        mono = recording.mono
        row.update(_described(recording, mono))
        audio.check(path, mono, recording.sample_rate)
        duration = len(mono) / recording.sample_rate
        if duration < clip.duration - CUT_SHORT:
            raise InputError(f"{path}: ends after {duration:.3f} s, expected {clip.duration:.3f} s as its header says")
        span = _span(replace(clip, duration=duration), task) if task else None
    except InputError as error:
        row["fault"] = str(error)
        return Examined(clip, row, str(error), "", None)
    if span is not None:
        row["annotated_from"], row["annotated_to"] = (f"{second:.3f}" for second in span)
    return Examined(clip, row, "", recording.sha256, fingerprint(mono, recording.sample_rate))


def _span(clip: Clip, task: Task) -> tuple[float, float] | None:
    """The first and the last annotated second.

    Raises:
        InputError: the annotation is malformed, or says what the task cannot know.
    """
    annotation = task.read(clip)
    fault = task.fault(annotation)
    if fault:
        raise InputError(f"{clip.annotation}: {fault}" if clip.annotation else fault)
    return task.span(annotation)


def write(examined: Iterable[Examined], path: Path) -> None:
    """Write `quality.csv`, a row a clip, the faulty ones too."""
    write_rows(path, COLUMNS, (one.row for one in examined))


def _described(recording: audio.Recording, mono: NDArray[np.float32]) -> dict[str, object]:
    if not mono.size or not np.isfinite(mono).all():
        return {"duration": f"{mono.size / recording.sample_rate:.3f}", "sample_rate": recording.sample_rate}
    loudness = np.abs(recording.samples)
    return {
        "duration": f"{len(mono) / recording.sample_rate:.3f}",
        "sample_rate": recording.sample_rate,
        "peak_db": _decibels(float(loudness.max())),
        "rms_db": _decibels(float(np.sqrt(np.square(mono, dtype=np.float64).mean()))),
        "clipped": f"{(loudness >= FULL_SCALE).mean():.6f}",
        "silent": f"{_silent(mono, recording.sample_rate):.4f}",
    }


def _silent(mono: NDArray[np.float32], sample_rate: int) -> float:
    block = min(len(mono), max(1, round(BLOCK * sample_rate)))
    blocks = mono[: len(mono) // block * block].reshape(-1, block)
    powers = np.einsum("ij,ij->i", blocks, blocks) / block
    return float((powers < 10 ** (SILENT_DB / 10)).mean())


def _decibels(amplitude: float) -> str:
    return f"{20 * np.log10(amplitude):.2f}" if amplitude > 0 else ""
