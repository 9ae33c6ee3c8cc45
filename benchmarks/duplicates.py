"""How well copies of a recording are told from other recordings: error rates on the corpora of a finished run.

python benchmarks/duplicates.py [results] [further folders of recordings …]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from numpy.typing import NDArray

from ultralight_mir import audio
from ultralight_mir.corpora.fingerprint import LIKELY, NEAREST, _correlations, are_one, fingerprint, likeness

CLIPS, COPIED = 1000, 50
Samples = NDArray[np.float32]


def _coded(samples: Samples, rate: int, form: str, level: float) -> tuple[Samples, int]:
    stream = BytesIO()
    soundfile.write(stream, samples, rate, format=form, compression_level=level)
    stream.seek(0)
    decoded, rate = soundfile.read(stream, dtype="float32")
    return decoded, rate


def _copies(x: Samples, rate: int) -> Iterator[tuple[str, Samples, int]]:
    yield "a third as loud", 0.3 * x, rate
    yield "16 kHz", audio.resampled(x, rate, 16_000), 16_000
    yield "44.1 kHz", audio.resampled(x, rate, 44_100), 44_100
    yield "two channels", np.stack([x, x], axis=1), rate
    yield "Vorbis, lowest quality", *_coded(0.5 * x, rate, "OGG", 1.0)
    yield "MP3, middle quality", *_coded(0.5 * x, rate, "MP3", 0.5)
    yield "MP3, low quality", *_coded(0.5 * x, rate, "MP3", 0.8)
    yield "5 ms later", np.pad(x, (round(0.005 * rate), 0)), rate
    yield "16 ms later", np.pad(x, (round(0.016 * rate), 0)), rate
    yield "30 ms cut off", x[round(0.03 * rate) :], rate
    all_at_once = audio.resampled(np.pad(0.4 * x, (round(0.01 * rate), 0)), rate, 16_000)
    yield "16 kHz, softer, 10 ms later, Vorbis", *_coded(all_at_once, 16_000, "OGG", 1.0)


def _false_alarms(files: list[Path]) -> str:
    begun = time.process_time()
    prints = [fingerprint(found.mono, found.sample_rate) for found in map(audio.read, files)]
    spent = 1000 * (time.process_time() - begun) / len(files)
    table = np.triu(_correlations(prints, prints), 1)
    likely = np.argwhere(table >= LIKELY)
    likeliest = [(i, j) for i, j in likely if j in np.argsort(-table[i])[:NEAREST]]
    sure = [likeness(files[i], files[j]) for i, j in likeliest]
    alarms = sum(are_one(files[i], files[j]) for i, j in likeliest)
    pairs = len(list(combinations(files, 2)))
    highest = max(sure, default=0.0)
    return (
        f"{pairs} pairs, {len(likely)} likely, {alarms} false alarms (highest likeness {highest:.2f}); "
        f"{spent:.1f} ms a clip with reading it"
    )


def _detections(files: list[Path], folder: Path) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for path in files[:: max(1, len(files) // COPIED)]:
        whole = audio.read(path)
        own = fingerprint(whole.mono, whole.sample_rate)
        for name, samples, rate in _copies(whole.mono, whole.sample_rate):
            soundfile.write(folder / "copy.wav", samples, rate, subtype="PCM_16")
            copy = (folder / "copy.wav").rename(folder / f"{len(found)}-{path.stem}-{name}.wav")
            again = audio.read(copy)
            near = _correlations([own], [fingerprint(again.mono, again.sample_rate)])[0, 0]
            found.setdefault(name, []).append(bool(near >= LIKELY and are_one(path, copy)))
            copy.unlink()
    return found


def main(folders: list[Path]) -> None:
    for folder in folders:
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".wav", ".flac", ".ogg", ".mp3"))
        if not files:
            sys.exit(f"error: {folder}: no recordings, expected a finished run's results or a folder of recordings")
        order = np.random.default_rng(0).permutation(len(files))[:CLIPS]
        files = [files[i] for i in order]
        print(f"{folder}: {_false_alarms(files)}")
        with TemporaryDirectory() as scratch:
            found = _detections(files, Path(scratch))
        print("  copies found: " + ", ".join(f"{k} {sum(v)}/{len(v)}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]] or [Path("results")]
    main([f for g in given for f in (sorted((g / "corpora" / "synthetic").glob("*")) or [g])])
