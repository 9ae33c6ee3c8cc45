"""Features as networks of fixed convolutions, to go into an exported graph: samples in, what a network reads out.

ONNX's own Fourier transforms are slow in the runtimes that people have, convolutions are fast in all of them. A new one
is a class here and a line in `FRONT_ENDS`; it agrees with its feature but for what its docstring says (tested).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.errors import InputError
from ultralight_mir.features.base import Feature


class LogMel(nn.Module):
    """`features.log_mel`, but for rounding.

    The Fourier kernels are computed in the graph from two rows of whole numbers, so that they take no room in its file;
    a runtime does so once, when it loads.

    Args:
        feature: whose settings are `log_mel`'s.
    """

    bins: Tensor
    places: Tensor
    mel: Tensor

    def __init__(self, feature: Feature) -> None:
        import librosa

        super().__init__()
        settings = feature.settings
        self.size, self.hop = int(settings["n_fft"]), feature.hop
        mel = librosa.filters.mel(
            sr=feature.sample_rate,
            n_fft=self.size,
            n_mels=feature.bins,
            fmin=settings["fmin"],
            fmax=settings["fmax"],
        )
        heard = np.flatnonzero(mel.any(axis=0))
        self.register_buffer("bins", torch.from_numpy(heard).int()[:, None])
        self.register_buffer("places", torch.arange(self.size, dtype=torch.int32)[None])
        self.register_buffer("mel", torch.from_numpy(mel[:, heard].T.astype(np.float32)))

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        turns = (self.bins * self.places % self.size).float() / self.size  # whole numbers: exact
        window = 0.5 - 0.5 * torch.cos(self.places.float() * (2 * math.pi / self.size))
        kernels = torch.cat((torch.cos(2 * math.pi * turns), torch.sin(2 * math.pi * turns))) * window
        padded = functional.pad(samples[:, None], (self.size // 2, self.size // 2))
        real, imaginary = functional.conv1d(padded, kernels[:, None], stride=self.hop).chunk(2, dim=1)
        magnitudes = (real.square() + imaginary.square()).sqrt().transpose(1, 2)
        return torch.log10(1.0 + 1000.0 * (magnitudes @ self.mel))


class Vqt(nn.Module):
    """`features.cqt.log_vqt` with its filters in time, whole.

    The feature cuts their spectra off where they are below a thousandth of their peak: up to 0.01 of difference where
    next to nothing sounds.

    Args:
        feature: whose settings are `log_vqt`'s.
    """

    def __init__(self, feature: Feature) -> None:
        import librosa

        super().__init__()
        settings = feature.settings
        step = int(settings["bins_per_octave"]) // 2
        centres = settings["fmin"] * 2.0 ** (np.arange(feature.bins) / settings["bins_per_octave"])
        filters, lengths = librosa.filters.wavelet(
            freqs=centres, sr=feature.sample_rate, gamma=settings["gamma"], norm=1
        )
        middle = filters.shape[1] // 2  # where a frame is centred
        self.hop = feature.hop
        self.halves: list[int] = []
        for first in range(0, feature.bins, step):  # by half octaves, as the high ones are short
            half = int(np.ceil(lengths[first] / 2)) + 1
            some = filters[first : first + step, middle - half : middle + half]
            parts = np.concatenate((some.real, some.imag))[:, None].astype(np.float32)
            self.register_buffer(f"filters{len(self.halves)}", torch.from_numpy(parts))
            self.halves.append(half)

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        bands = []
        for number, half in enumerate(self.halves):
            padded = functional.pad(samples[:, None], (half, half))
            heard = functional.conv1d(padded, getattr(self, f"filters{number}"), stride=self.hop)
            real, imaginary = heard.chunk(2, dim=1)
            bands.append((real.square() + imaginary.square()).sqrt())
        return torch.log10(1.0 + 1000.0 * torch.cat(bands, dim=1).transpose(1, 2))


FRONT_ENDS: dict[str, Callable[[Feature], nn.Module]] = {
    "log_mel": LogMel,
    "log_mel_timbre": LogMel,
    "cqt_pitch": Vqt,
}
"""Feature → its front end. A waveform needs none."""


def front_end(feature: Feature) -> nn.Module:
    """What makes a network's input of samples, in eval mode.

    Raises:
        InputError: there is none for this feature.
    """
    if feature.name not in FRONT_ENDS:
        raise InputError(
            f"feature '{feature.name}': cannot be exported as a front end, expected one of {', '.join(FRONT_ENDS)};"
            " export without it"
        )
    return FRONT_ENDS[feature.name](feature).eval()
