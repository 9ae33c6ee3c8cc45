"""Reading audio files: mono, float32, at a given sample rate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing

SHORTEST = 0.1
"""Seconds below which a clip is refused."""
HIGHEST_RATE = 768_000
"""Hz; no recording has more."""
SILENCE = 1e-4
"""Peak amplitude (full scale = 1), about −80 dBFS, below which a clip counts as silent."""


@dataclass(frozen=True)
class Recording:
    """A file as it was found: `samples` `[samples, channels]` in [−1, 1], `sample_rate` in Hz, SHA-256 of its bytes."""

    samples: NDArray[np.float32]
    sample_rate: int
    sha256: str

    @property
    def mono(self) -> NDArray[np.float32]:
        """The mean of the channels, `[samples]`."""
        mixed: NDArray[np.float32] = self.samples.mean(axis=1)
        return mixed


def read(path: Path) -> Recording:
    """Read a file once, for its bytes and its samples.

    Raises:
        InputError: the file is missing or unreadable.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {_why(path, error)}") from error
    samples, rate = _decoded(path, BytesIO(content))
    return Recording(samples, rate, hashlib.sha256(content).hexdigest())


def load(path: Path, sample_rate: int) -> NDArray[np.float32]:
    """Read a file as mono samples in [−1, 1], shape `[samples]`, resampled with soxr.

    Raises:
        InputError: the file is missing or unreadable, shorter than `SHORTEST`, silent, or holds NaN.
    """
    samples, found_rate = _decoded(path, path)
    mono: NDArray[np.float32] = samples.mean(axis=1)
    check(path, mono, found_rate)
    return resampled(mono, found_rate, sample_rate)


def check(path: Path, mono: NDArray[np.float32], sample_rate: int) -> None:
    """Prove that mono samples `[samples]` of `path`, at `sample_rate` Hz, can be worked with.

    Raises:
        InputError: they are shorter than `SHORTEST`, silent, or hold NaN.
    """
    if len(mono) < SHORTEST * sample_rate:
        raise InputError(f"{path}: {len(mono) / sample_rate:.3f} s long, expected at least {SHORTEST} s")
    if not np.isfinite(mono).all():
        raise InputError(f"{path}: holds samples that are not finite numbers")
    if np.abs(mono).max() < SILENCE:
        raise InputError(f"{path}: silent (peak {np.abs(mono).max():.1e} of full scale, expected at least {SILENCE})")


def resampled(mono: NDArray[np.float32], found: int, wanted: int) -> NDArray[np.float32]:
    """Samples `[samples]` at `found` Hz, at `wanted` Hz."""
    return mono if found == wanted else soxr.resample(mono, found, wanted).astype(np.float32)


def write(path: Path, samples: NDArray[np.floating], sample_rate: int) -> None:
    """Write mono samples in [−1, 1] as 16-bit PCM, atomically; the extension names the container (.wav, .flac).

    Raises:
        InputError: the disk is full.
    """
    encoded = BytesIO()
    soundfile.write(encoded, np.clip(samples, -1.0, 1.0), sample_rate, subtype="PCM_16", format=path.suffix[1:].upper())
    with replacing(path) as scratch:
        scratch.write_bytes(encoded.getvalue())


def _decoded(path: Path, source: Path | BinaryIO) -> tuple[NDArray[np.float32], int]:
    try:
        samples, rate = soundfile.read(source, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{path}: {_why(path, error)}") from error
    return samples, int(rate)


def _why(path: Path, error: Exception) -> str:
    if not path.exists():
        return "no such file"
    # The whole message would name a stream by its Python object, which says nothing to a reader.
    return f"not readable as audio ({getattr(error, 'error_string', error)})"
