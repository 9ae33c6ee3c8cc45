"""Pitch: the fundamental frequency of one voice or instrument, and when it sounds.

*Conventions.* The annotation is an f0 track (`annotations.f0`). The target is the f0 in Hz at every frame, 0 where
unvoiced; the loss blurs it over 360 bins of 20 cents (CREPE: Kim et al., ICASSP 2018). The estimate is a frequency a
frame, negative where the network takes the frame for unvoiced: mir_eval scores its pitch all the same. That is a
convention for estimates: in a reference a negative f0 is read as unvoiced, but is a fault that keeps a clip out of a
corpus (`fault`), as it is more often a slip than meant; 0 says unvoiced.

*Metrics*, all by `mir_eval.melody.evaluate` on the network's frame times, pitch within 50 cents: `rpa` raw pitch
accuracy (the headline), `rca` raw chroma accuracy, `oa` overall accuracy, `vr` voicing recall, `vfa` voicing false
alarm. Each is a share of a clip's frames and averaged over clips, all alike (the field's protocol).

*Voicing.* A frame is voiced where the median over 90 ms of the strongest bin's activation reaches a threshold. `rpa`
does not hang on it. It is chosen on the validation clips for overall accuracy **with voiced and unvoiced frames
counted alike**: an assumption, that half of a recording is voiced. Embedded clips are voiced for 85 %, so that plain
overall accuracy is best there where nearly every frame is called voiced; in a song, voices and instruments rest.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ultralight_mir.annotations.f0 import F0
from ultralight_mir.metrics import Metric
from ultralight_mir.pitch_scale import C1, CENTS
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds

if TYPE_CHECKING:
    from torch import Tensor

BINS = 360
"""From C1 up; the last is B6, 1,975.5 Hz."""
CENTS_PER_BIN = 20.0
HEARD_HZ = (10.0, 8_000.0)
"""What the f0 of a reference may be: up to the highest frequency in 16 kHz audio, which this task is heard at."""
BLUR_CENTS = 25.0
"""Standard deviation of the target's Gaussian (CREPE)."""
FAINTEST = -80.0
"""Exponent below which the Gaussian counts as zero: near underflow, torch's `exp` is ten times slower."""
HALF_WIDTH = 4
"""Bins on either side of the strongest that are averaged into the estimate (CREPE)."""
STEADY = 9
"""Frames (90 ms) of the median: shorter blips and gaps are neither notes nor rests. Its memory is four frames."""
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


class Pitch(Task):
    """360 bins of 20 cents a frame."""

    name = "pitch"
    annotation = "f0"
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
    decisions = ("voicing",)
    limits = "One voice or instrument at a time, from C1 (32.7 Hz) to B6 (1,976 Hz); no notes, no polyphony."

    def fault(self, annotation: F0) -> str:
        """An f0 that is negative, or that nobody hears as a pitch."""
        low, high = HEARD_HZ
        strange = (annotation.hertz != 0) & ~((annotation.hertz >= low) & (annotation.hertz <= high))
        if not strange.any():
            return ""
        time, hertz = (values[strange.argmax()] for values in (annotation.times, annotation.hertz))
        return f"f0 of {hertz:g} Hz at {time:g} s, expected 0 (unvoiced) or {low:g} to {high:g} Hz"

    def span(self, annotation: F0) -> tuple[float, float] | None:
        """From the first row to the last, in seconds, voiced or not."""
        return (float(annotation.times[0]), float(annotation.times[-1])) if len(annotation.times) else None

    def target(self, annotation: F0, times: Array) -> Array:
        """f0 in Hz at `times`, 0 where unvoiced, float32 `[frames, 1]`."""
        return annotation.at(times)[:, None].astype(np.float32)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy of logits `[batch, frames, 360]` against the blurred bins of f0 `[batch, frames, 1]`."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(logits, blur(targets))

    def activation(self, logits: Tensor) -> Tensor:
        """Sigmoid."""
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[F0]) -> Thresholds:
        """`voicing`: the least steady activation of a voiced frame.

        That with the best overall accuracy over all frames, voiced and unvoiced ones counted alike (see the module).
        """
        f0 = np.concatenate([a.at(o.times) for o, a in zip(outputs, annotations, strict=True)])
        condensed = [self.condensed(output).activation for output in outputs]
        steady = np.concatenate([_steady(rows[:, 0]) for rows in condensed])
        heard = np.concatenate([rows[:, 1] for rows in condensed])
        kinds = [kind for kind in (f0 > 0, f0 <= 0) if kind.any()]

        def accuracy(threshold: float) -> float:
            voiced = steady >= threshold
            return float(np.mean([_accuracy(f0[kind], voiced[kind], heard[kind]) for kind in kinds]))

        return {"voicing": max(VOICING_GRID.tolist(), key=accuracy)}

    def condensed(self, output: Output) -> Output:
        """`[frames, 2]`: the strongest bin's activation, and the f0 in Hz that is heard around it."""
        if output.activation.shape[1] != BINS:
            return output
        rows = np.stack((output.activation.max(axis=1), _locate(output.activation)), axis=1)
        return Output(rows, output.times)

    def decode(self, output: Output, thresholds: Thresholds) -> F0:
        """Hz a frame, negative where the steady activation lies below the threshold."""
        strongest, frequency = self.condensed(output).activation.T
        voiced = _steady(strongest) >= thresholds["voicing"]
        return F0(output.times, np.where(voiced, frequency, -frequency))

    def score(self, estimate: F0, annotation: F0) -> list[Score]:
        """The five metrics; `rpa`, `rca` and `vr` only if a frame is voiced, `vfa` only if one is not."""
        from mir_eval import melody

        reference = annotation.at(estimate.times)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of clips with no voiced frame; what is undefined goes below
            values = melody.evaluate(estimate.times, reference, estimate.times, estimate.hertz)
        defined = {"rpa": (reference > 0).any(), "rca": (reference > 0).any(), "vr": (reference > 0).any()}
        defined["vfa"] = (reference <= 0).any()
        return [Score(name, float(values[key])) for name, key in METRICS.items() if defined.get(name, True)]


def blur(f0: Tensor) -> Tensor:
    """f0 in Hz `[…, 1]` → targets in 0…1 `[…, 360]`: a Gaussian of 25 cents around it; all zero where f0 is 0."""
    import torch

    centres = torch.arange(BINS, dtype=f0.dtype, device=f0.device) * CENTS_PER_BIN
    cents = CENTS * torch.log2(f0.clamp(min=1e-3) / C1)
    exponent = -((centres - cents) ** 2) / (2 * BLUR_CENTS**2)
    return torch.where(exponent > FAINTEST, exponent.clamp(min=FAINTEST).exp(), 0.0)


def _accuracy(f0: Array, voiced: Array, heard: Array) -> float:
    """mir_eval's overall accuracy of frames `[n]`: f0 in Hz (0 unvoiced), whether called voiced, and the Hz heard."""
    from mir_eval import melody

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mir_eval warns where no frame is voiced
        there, cents = (f0 > 0).astype(float), _cents(np.where(f0 > 0, f0, C1))
        return float(melody.overall_accuracy(there, cents, voiced.astype(float), _cents(heard)))


def _steady(strongest: Array) -> Array:
    """The median over `STEADY` frames of the strongest bin's activation, `[frames]` in 0…1."""
    padded = np.pad(strongest, STEADY // 2, mode="edge")
    median: Array = np.median(np.lib.stride_tricks.sliding_window_view(padded, STEADY), axis=1)
    return median


def _cents(hertz: Array) -> Array:
    cents: Array = CENTS * np.log2(hertz / C1)
    return cents


def _locate(activation: Array) -> Array:
    """The mean frequency in Hz around the strongest bin, weighted by activation: `[frames, 360]` → `[frames]`."""
    strongest = activation.argmax(axis=1)
    near = strongest[:, None] + np.arange(-HALF_WIDTH, HALF_WIDTH + 1)
    weights = np.take_along_axis(activation, np.clip(near, 0, BINS - 1), axis=1) * ((near >= 0) & (near < BINS))
    bins = (weights * near).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)
    hertz: Array = C1 * 2.0 ** (bins * CENTS_PER_BIN / CENTS)
    return hertz
