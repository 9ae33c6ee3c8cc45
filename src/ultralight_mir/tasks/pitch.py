"""Pitch: the fundamental frequency of one voice or instrument, and when it sounds.

*Conventions.* An annotation is a CSV file of rows `time,f0_hz` (seconds, Hz); f0 ≤ 0 means unvoiced, and so does a
time with no row within one hop (the median step between rows). The target is the f0 in Hz at every frame, 0 where
unvoiced; the loss blurs it over 360 bins of 20 cents (CREPE: Kim et al., ICASSP 2018). The estimate is a frequency a
frame, negative where the network takes the frame for unvoiced: mir_eval scores its pitch all the same.

*Metrics*, all by `mir_eval.melody.evaluate` on the network's frame times, pitch within 50 cents: `rpa` raw pitch
accuracy, `rca` raw chroma accuracy, `oa` overall accuracy, `vr` voicing recall, `vfa` voicing false alarm.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds

if TYPE_CHECKING:
    from torch import Tensor

BINS = 360
CENTS_PER_BIN = 20.0
LOWEST_HZ = 32.703
"""Frequency of bin 0 (C1, CREPE's 1997.3794 cents above 10 Hz); bin 359 is B6, 1,975.5 Hz."""
BLUR_CENTS = 25.0
"""Standard deviation of the target's Gaussian (CREPE)."""
HALF_WIDTH = 4
"""Bins on either side of the strongest that are averaged into the estimate (CREPE)."""
PAST_END = 0.05
"""Seconds that an annotation may reach past the end of its clip."""
VOICING_GRID = np.geomspace(0.01, 0.9, 40).round(4)
"""Thresholds tried; a blurred bin that is not certain stays far below 1."""
METRICS: Mapping[str, str] = {
    "rpa": "Raw Pitch Accuracy",
    "rca": "Raw Chroma Accuracy",
    "oa": "Overall Accuracy",
    "vr": "Voicing Recall",
    "vfa": "Voicing False Alarm",
}
"""Our names → mir_eval's."""


@dataclass(frozen=True)
class PitchTrack:
    """`times` in seconds, increasing, and `f0` in Hz, 0 where unvoiced; both `[rows]`, float64."""

    times: Array
    f0: Array

    def at(self, times: Array) -> Array:
        """f0 in Hz at other `times`: that of the nearest row, 0 if none lies within one hop."""
        if not len(self.times):
            return np.zeros(len(times))
        hop = float(np.median(np.diff(self.times))) if len(self.times) > 1 else PAST_END
        after = np.clip(np.searchsorted(self.times, times), 1, max(1, len(self.times) - 1))
        before = after - 1
        after = np.minimum(after, len(self.times) - 1)
        nearest = np.where(times - self.times[before] <= self.times[after] - times, before, after)
        return np.where(np.abs(self.times[nearest] - times) <= hop, self.f0[nearest], 0.0)


class Pitch(Task):
    """360 bins of 20 cents a frame."""

    name = "pitch"
    outputs = BINS
    framewise = True
    features: ClassVar[Mapping[str, str]] = {"spectral": "cqt_pitch", "waveform": "waveform"}
    scorer = "mir_eval.melody"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("rpa", "raw pitch accuracy"),
        Metric("rca", "raw chroma accuracy"),
        Metric("oa", "overall accuracy"),
        Metric("vr", "voicing recall"),
        Metric("vfa", "voicing false alarm", higher_is_better=False),
    )

    def read(self, clip: Clip) -> PitchTrack:
        """The clip's f0 track.

        Raises:
            InputError: no file, a row that is not two numbers, times negative, out of order or past the clip's end.
        """
        if not clip.annotation:
            raise InputError(f"clip '{clip.track_id}': no annotation, expected a CSV file of rows time,f0_hz")
        rows = _rows(Path(clip.annotation), clip.duration)
        table = np.array(rows, np.float64).reshape(-1, 2)
        return PitchTrack(table[:, 0], np.maximum(table[:, 1], 0.0))

    def span(self, annotation: PitchTrack) -> tuple[float, float] | None:
        """From the first row to the last, in seconds, voiced or not."""
        return (float(annotation.times[0]), float(annotation.times[-1])) if len(annotation.times) else None

    def target(self, annotation: PitchTrack, times: Array) -> Array:
        """f0 in Hz at `times`, 0 where unvoiced, float32 `[frames, 1]`."""
        return annotation.at(times)[:, None].astype(np.float32)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy of logits `[batch, frames, 360]` against the blurred bins of f0 `[batch, frames, 1]`."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(logits, blur(targets))

    def activation(self, logits: Tensor) -> Tensor:
        """Sigmoid."""
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[PitchTrack]) -> Thresholds:
        """`voicing`: the least activation of a voiced frame, by the highest overall accuracy over all frames."""
        from mir_eval import melody

        f0 = np.concatenate([a.at(o.times) for o, a in zip(outputs, annotations, strict=True)])
        strongest = np.concatenate([o.activation.max(axis=1) for o in outputs])
        pitch = np.concatenate([_locate(o.activation) for o in outputs])
        reference = _cents(np.where(f0 > 0, f0, LOWEST_HZ))
        heard = _cents(pitch)

        def accuracy(threshold: float) -> float:
            voiced = (strongest >= threshold).astype(float)
            return float(melody.overall_accuracy((f0 > 0).astype(float), reference, voiced, heard))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # mir_eval warns where a threshold leaves no voiced frame
            found = {float(threshold): accuracy(threshold) for threshold in VOICING_GRID}
        return {"voicing": max(found, key=lambda threshold: found[threshold])}

    def decode(self, output: Output, thresholds: Thresholds) -> PitchTrack:
        """Hz a frame, negative where the strongest bin lies below the threshold."""
        voiced = output.activation.max(axis=1) >= thresholds["voicing"]
        frequency = _locate(output.activation)
        return PitchTrack(output.times, np.where(voiced, frequency, -frequency))

    def score(self, estimate: PitchTrack, annotation: PitchTrack) -> list[Score]:
        """The five metrics; `rpa`, `rca` and `vr` only if a frame is voiced, `vfa` only if one is not."""
        from mir_eval import melody

        reference = annotation.at(estimate.times)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # mir_eval warns of clips with no voiced frame; what is undefined goes below
            found = melody.evaluate(estimate.times, reference, estimate.times, estimate.f0)
        defined = {"rpa": (reference > 0).any(), "rca": (reference > 0).any(), "vr": (reference > 0).any()}
        defined["vfa"] = (reference <= 0).any()
        return [Score(name, float(found[key])) for name, key in METRICS.items() if defined.get(name, True)]


def blur(f0: Tensor) -> Tensor:
    """f0 in Hz `[…, 1]` → targets in 0…1 `[…, 360]`: a Gaussian of 25 cents around it; all zero where f0 is 0."""
    import torch

    centres = torch.arange(BINS, dtype=f0.dtype, device=f0.device) * CENTS_PER_BIN
    cents = 1200.0 * torch.log2(f0.clamp(min=1e-3) / LOWEST_HZ)
    return torch.exp(-((centres - cents) ** 2) / (2 * BLUR_CENTS**2))


def _cents(hertz: Array) -> Array:
    cents: Array = 1200.0 * np.log2(hertz / LOWEST_HZ)
    return cents


def _locate(activation: Array) -> Array:
    """The mean frequency in Hz around the strongest bin, weighted by activation: `[frames, 360]` → `[frames]`."""
    strongest = activation.argmax(axis=1)
    near = strongest[:, None] + np.arange(-HALF_WIDTH, HALF_WIDTH + 1)
    weights = np.take_along_axis(activation, np.clip(near, 0, BINS - 1), axis=1) * ((near >= 0) & (near < BINS))
    bins = (weights * near).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)
    hertz: Array = LOWEST_HZ * 2.0 ** (bins * CENTS_PER_BIN / 1200.0)
    return hertz


def _rows(path: Path, duration: float) -> list[tuple[float, float]]:
    rows: list[tuple[float, float]] = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not readable as text ({error})") from error
    for number, cells in enumerate(csv.reader(text.splitlines()), start=1):
        if not cells or not "".join(cells).strip():
            continue
        try:
            time, f0 = (float(cell) for cell in cells)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: '{','.join(cells)}', expected time,f0_hz") from error
        _check(time, f0, rows[-1][0] if rows else 0.0, duration, f"{path}, line {number}", first=not rows)
        rows.append((time, f0))
    return rows


def _check(time: float, f0: float, before: float, duration: float, where: str, first: bool) -> None:
    if not (np.isfinite(time) and np.isfinite(f0)):
        raise InputError(f"{where}: {time},{f0}, expected finite numbers")
    if time < 0:
        raise InputError(f"{where}: time {time} s is negative, expected 0 s or later")
    if not first and time <= before:
        raise InputError(f"{where}: time {time} s is out of order, expected more than {before} s")
    if time > duration + PAST_END:
        raise InputError(f"{where}: time {time} s is past the end of the clip, {duration:.3f} s")
