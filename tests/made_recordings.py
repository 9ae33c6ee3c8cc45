"""A sound folder of recordings with its manifest, as a user has one: a second of noise each, of twenty loudnesses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ultralight_mir import audio

RATE = 16_000
DRUMS, ONSETS = "0.1\tKD\n0.5\tSD\n", "0.1\n0.5\n"


def write_recordings(
    folder: Path, annotation: str, count: int = 6, groups: int = 0, splits: Sequence[str] = (), seconds: float = 1.0
) -> Path:
    """Clips t0, t1, … that are all annotated alike.

    Args:
        groups: how many there are, in turn; 0: each clip is one of its own.
        splits: of the clips, in turn; without any, the manifest does not tell.
    """
    folder.mkdir(parents=True)
    rows = ["track_id,audio,annotation,group" + ",split" * bool(splits)]
    for number in range(count):
        random = np.random.default_rng(number)
        length = round(seconds * RATE)
        samples = np.repeat(random.uniform(0.01, 0.3, 20), length // 20) * random.standard_normal(length)
        audio.write(folder / f"{number}.wav", samples, RATE)
        (folder / f"{number}.txt").write_text(annotation)
        group = f"g{number % groups if groups else number}"
        rows.append(
            ",".join(
                [f"t{number}", f"{number}.wav", f"{number}.txt", group, *splits[number % max(1, len(splits)) :][:1]]
            )
        )
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    return folder
