"""A test vector: samples, the frames that they are, and what ONNX Runtime says of those."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.export.c.arrays import array, defines, header
from ultralight_mir.features.base import Feature

SECONDS, FRAMES = 2.0, 48
"""A vector is so long, or longer, so that it has as many frames; of samples it has those frames alone."""
PLACE = " VECTOR_PLACE"


@dataclass(frozen=True)
class Vector:
    """A test vector.

    Attributes:
        samples: `[samples]`, 16 bits.
        frames: `[frames, bins]`, as `Feature.compute` gives them.
        activations: `[frames, outputs]`, or `[1, outputs]` of a clip.
        edge: frames at either end where the front end is not compared.
        agreed: what an activation may differ by.
    """

    samples: NDArray[np.int16]
    frames: NDArray[np.float32]
    activations: NDArray[np.float32]
    edge: int
    agreed: float

    def source(self) -> str:
        """`vector.h`."""
        sizes = {
            "VECTOR_SAMPLES": len(self.samples),
            "VECTOR_FRAMES": len(self.frames),
            "VECTOR_SAID": len(self.activations),
            "VECTOR_EDGE": self.edge,
            "VECTOR_AGREED": self.agreed,
        }
        return header(
            "VECTOR_H",
            [
                "#include <stdint.h>\n",
                "/* A linker may be told to keep the vector apart from what a ticket needs. */",
                "#ifndef VECTOR_PLACE\n#define VECTOR_PLACE\n#endif\n",
                defines(sizes),
                array("vector_samples", self.samples, note=PLACE),
                array("vector_frames", self.frames, note=PLACE),
                array("vector_activations", self.activations, note=PLACE),
            ],
        )


def music(count: int, sample_rate: int) -> NDArray[np.int16]:
    """Struck tones, chords of them, and noise: something for every task to say something of, `[count]`."""
    random = np.random.default_rng(0)
    times = np.arange(count) / sample_rate
    sound = random.normal(0, 0.002, count)
    for begin in np.arange(0.05, times[-1], 0.25):
        since = times - begin
        envelope = np.where(since > 0, np.exp(-5 * np.maximum(since, 0)), 0)
        for semitone in random.choice(36, 3, replace=False):
            sound += 0.12 * envelope * np.sin(2 * np.pi * 110 * 2 ** (semitone / 12) * since)
        sound += 0.1 * np.where(since > 0, np.exp(-60 * np.maximum(since, 0)), 0) * random.normal(0, 1, count)
    return np.round(32767 * np.clip(sound, -1, 1)).astype(np.int16)


def samples_for(feature: Feature, frames: int | None, edge: int) -> NDArray[np.int16]:
    """The samples of a vector; of so many frames, where that is told, or with as many as it takes between edges.

    Of a waveform, whose samples go in, `frames` are samples.
    """
    if frames is not None and feature.kind == "waveform":
        return music(frames, feature.sample_rate)
    if frames is not None:
        return music((frames - 1) * feature.hop, feature.sample_rate)
    seconds = 0.0 if feature.kind == "waveform" else SECONDS  # networks on samples are slow
    inner = max(round(seconds * feature.sample_rate), FRAMES * feature.hop)
    return music(inner + 2 * edge * feature.hop, feature.sample_rate)
