"""Reading audio files: mono, float32, at a given sample rate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
HIGHEST_RATE = 768_000
"""Hz; no recording has more."""
CUT_SECONDS, CUT_SHARE = 0.5, 0.01
"""By how much less than its header tells a file may hold: MP3's headers are no more exact."""
BLOCK = 2**18
"""Values, of all channels together, that are read of a long file at a time: 3 s of a stereo CD."""
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
    samples, rate = _decoded(path, content)
    return Recording(samples, rate, hashlib.sha256(content).hexdigest())


def load(path: Path, sample_rate: int) -> NDArray[np.float32]:
    """Read a file as mono samples in [−1, 1], shape `[samples]`, resampled with soxr.

    Raises:
        InputError: the file is missing or unreadable, shorter than `SHORTEST`, silent, or holds NaN.
    """
    return np.concatenate(list(stream(path, sample_rate)))


def stream(path: Path, sample_rate: int) -> Iterator[NDArray[np.float32]]:
    """The same a block at a time, however long the file is; together the blocks are what `load` gives, to the bit.

    Raises:
        InputError: as `load`; that a file is too short or silent shows at its end only.
    """
    try:
        with soundfile.SoundFile(path) as file:
            yield from resampled_blocks(_blocks(path, file), file.samplerate, sample_rate)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{path}: {_why(path, error)}") from error


def duration(path: Path) -> float:
    """Seconds of a file, as its header tells.

    Raises:
        InputError: the file is missing or unreadable.
    """
    try:
        return float(soundfile.info(path).duration)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{path}: {_why(path, error)}") from error


def _blocks(path: Path, file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Mono, at the file's own rate, checked."""
    if file.samplerate > HIGHEST_RATE:
        raise InputError(f"{path}: {file.samplerate:,} Hz, expected at most {HIGHEST_RATE:,} Hz")
    checked = _Checked(path, file.samplerate)
    while len(block := file.read(max(1, BLOCK // file.channels), dtype="float32", always_2d=True)):
        mono: NDArray[np.float32] = block.mean(axis=1)
        checked.see(mono)
        yield mono
    _check_whole(path, file)
    checked.end()


def check(path: Path, mono: NDArray[np.float32], sample_rate: int) -> None:
    """Prove that mono samples `[samples]` of `path`, at `sample_rate` Hz, can be worked with.

    Raises:
        InputError: they are shorter than `SHORTEST`, silent, or hold NaN.
    """
    checked = _Checked(path, sample_rate)
    checked.see(mono)
    checked.end()


class _Checked:
    """What was seen of a recording's samples: refuses what cannot be worked with."""

    def __init__(self, path: Path, sample_rate: int) -> None:
        self._path, self._rate = path, sample_rate
        self._length, self._peak = 0, 0.0

    def see(self, mono: NDArray[np.float32]) -> None:
        if not np.isfinite(mono).all():
            raise InputError(f"{self._path}: holds samples that are not finite numbers")
        self._length += len(mono)
        self._peak = max(self._peak, float(np.abs(mono).max(initial=0.0)))

    def end(self) -> None:
        if self._length < SHORTEST * self._rate:
            raise InputError(f"{self._path}: {self._length / self._rate:.3f} s long, expected at least {SHORTEST} s")
        if self._peak < SILENCE:
            found = f"peak {self._peak:.1e} of full scale"
            raise InputError(f"{self._path}: silent ({found}, expected at least {SILENCE})")


def resampled(mono: NDArray[np.float32], found: int, wanted: int) -> NDArray[np.float32]:
    """Samples `[samples]` at `found` Hz, at `wanted` Hz."""
    return mono if found == wanted else soxr.resample(mono, found, wanted).astype(np.float32)


def resampled_blocks(blocks: Iterable[NDArray[np.float32]], found: int, wanted: int) -> Iterator[NDArray[np.float32]]:
    """Blocks of samples at `found` Hz, at `wanted` Hz; together what `resampled` gives of them together."""
    if found == wanted:
        yield from blocks
        return
    resampler = soxr.ResampleStream(found, wanted, 1, dtype="float32")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)


def write(path: Path, samples: NDArray[np.floating], sample_rate: int) -> None:
    """Write mono samples in [−1, 1] as 16-bit PCM, atomically; the extension names the container (.wav, .flac).

    Raises:
        InputError: the disk is full.
    """
    encoded = BytesIO()
    soundfile.write(encoded, np.clip(samples, -1.0, 1.0), sample_rate, subtype="PCM_16", format=path.suffix[1:].upper())
    with replacing(path) as scratch:
        scratch.write_bytes(encoded.getvalue())


def _decoded(path: Path, content: bytes) -> tuple[NDArray[np.float32], int]:
    try:
        with soundfile.SoundFile(BytesIO(content)) as file:
            samples = file.read(dtype="float32", always_2d=True)
            _check_whole(path, file)
            return samples, int(file.samplerate)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{path}: {_why(path, error)}") from error


def _check_whole(path: Path, file: soundfile.SoundFile) -> None:
    """That a file, read to its end, gave about as much as its header tells (an MP3 that was cut says nothing)."""
    found, told = file.tell(), file.frames
    if told - found > max(CUT_SECONDS * file.samplerate, CUT_SHARE * told):
        found, told = found / file.samplerate, told / file.samplerate
        raise InputError(f"{path}: cut off after {found:.1f} s, expected {told:.1f} s as its header tells")


def _why(path: Path, error: Exception) -> str:
    if not path.exists():
        return "no such file"
    if path.is_dir():
        return "a folder, expected an audio file"
    # The whole message would name a stream by its Python object, which says nothing to a reader.
    return f"not readable as audio ({getattr(error, 'error_string', error)})"
