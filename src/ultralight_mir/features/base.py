"""What a feature is: a named, deterministic map from audio to frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ultralight_mir import frames

Samples = NDArray[np.float32]
Frames = NDArray[np.float32]


@dataclass(frozen=True)
class Feature:
    """One front end.

    Attributes:
        name: as it stands in paths.
        kind: one of `frames.KINDS`: "spectral" (frames × bins go to the network) or "waveform" (samples do).
        sample_rate: Hz at which `compute` wants its samples.
        hop: samples between the centres of two frames; frame i is centred at i · hop / sample_rate seconds.
        bins: values per frame; for a waveform, 1.
        function: `function(samples, sample_rate=, hop=, bins=, **settings)` does what `compute` says.
        settings: plain numbers that `function` is called with beside those above (n_fft, fmin, …).
        address: what `get_feature` finds it by: "" for its name, or `module:ATTRIBUTE`.
        reach: samples that a frame hears on either side of its centre; a long recording is computed in pieces that
            overlap by so many. None: a frame may hang on all of a recording, which is then computed whole.
        bank: `bank(**numbers)` gives the filters that `function` computes with, from the file of them where one is
            kept (`banks.kept`). None: it has none, or makes them itself.
    """

    name: str
    kind: str
    sample_rate: int
    hop: int
    bins: int
    function: Callable[..., Frames]
    settings: Mapping[str, float] = field(default_factory=dict)
    address: str = ""
    reach: int | None = None
    bank: Callable[..., Mapping[str, NDArray[Any]]] | None = None

    def compute(self, samples: Samples) -> Frames:
        """Samples `[samples]` in [−1, 1] → frames `[frames, bins]` (waveform: `[samples, 1]`)."""
        return self.function(samples, **self.numbers)

    @property
    def numbers(self) -> dict[str, float]:
        """What `function` is called with beside samples."""
        return {"sample_rate": self.sample_rate, "hop": self.hop, "bins": self.bins, **self.settings}

    @property
    def filters(self) -> Mapping[str, NDArray[Any]]:
        """The arrays of its bank by their names, none where it has no bank."""
        return self.bank(**self.numbers) if self.bank else {}

    @property
    def samples_per_frame(self) -> int:
        """Rows of an input that belong to one frame."""
        return self.hop if self.kind == "waveform" else 1

    def batch_of_one(self, frames: int) -> tuple[int, ...]:
        """The shape in which a network takes so many frames: `[1, frames, bins]` (waveform `[1, samples]`)."""
        return (1, frames * self.hop) if self.kind == "waveform" else (1, frames, self.bins)

    def inputs(self, samples: Samples) -> NDArray[np.float16]:
        """What a store keeps and a network reads: whole frames only, float16 `[frames, bins]` (`[samples, 1]`)."""
        rows = self.compute(samples)
        count = len(rows) // self.samples_per_frame * self.samples_per_frame
        with np.errstate(over="ignore"):  # what overflows is infinite, and no store takes it
            return rows[:count].astype(np.float16)

    def times(self, count: int, first: int = 0) -> NDArray[np.float64]:
        """Centres of `count` frames from frame `first` on, in seconds, `[count]`."""
        return frames.centres(count, self.hop, self.sample_rate, first)

    def describe(self) -> dict[str, Any]:
        """All that says how the input of a network is made, as JSON holds it; `name` is what `get_feature` takes."""
        return {
            "name": self.address or self.name,
            "kind": self.kind,
            "sample_rate": self.sample_rate,
            "hop": self.hop,
            "bins": self.bins,
            "settings": dict(self.settings),
        }
