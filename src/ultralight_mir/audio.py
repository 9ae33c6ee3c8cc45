"""Reading audio files: mono, float32, at a given sample rate."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing

SHORTEST = 0.1
"""Seconds below which a clip is refused."""
SILENCE = 1e-4
"""Peak amplitude (full scale = 1), about −80 dBFS, below which a clip counts as silent."""


def load(path: Path, sample_rate: int) -> NDArray[np.float32]:
    """Read a file as mono samples in [−1, 1], shape `[samples]`, resampled with soxr.

    Raises:
        InputError: the file is missing or unreadable, shorter than `SHORTEST`, silent, or holds NaN.
    """
    try:
        samples, found_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        what = "no such file" if not path.exists() else f"not readable as audio ({error})"
        raise InputError(f"{path}: {what}") from error
    mono: NDArray[np.float32] = samples.mean(axis=1)
    if len(mono) < SHORTEST * found_rate:
        raise InputError(f"{path}: {len(mono) / found_rate:.3f} s long, expected at least {SHORTEST} s")
    if not np.isfinite(mono).all():
        raise InputError(f"{path}: holds samples that are not finite numbers")
    if np.abs(mono).max() < SILENCE:
        raise InputError(f"{path}: silent (peak {np.abs(mono).max():.1e} of full scale, expected at least {SILENCE})")
    if found_rate != sample_rate:
        mono = soxr.resample(mono, found_rate, sample_rate).astype(np.float32)
    return mono


def write(path: Path, samples: NDArray[np.floating], sample_rate: int) -> None:
    """Write mono samples in [−1, 1] as 16-bit PCM, atomically; the extension names the container (.wav, .flac).

    Raises:
        InputError: the disk is full.
    """
    encoded = BytesIO()
    soundfile.write(encoded, np.clip(samples, -1.0, 1.0), sample_rate, subtype="PCM_16", format=path.suffix[1:].upper())
    with replacing(path) as scratch:
        scratch.write_bytes(encoded.getvalue())
