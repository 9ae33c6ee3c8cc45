"""What the clips of a corpus are like as recordings: one row a clip in `quality.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

from ultralight_mir import audio
from ultralight_mir.corpora.clips import Clip
from ultralight_mir.files import write_rows

COLUMNS = ("track_id", "duration", "sample_rate", "peak_db", "rms_db", "clipped")


def describe(clip: Clip) -> dict[str, object]:
    """Duration (s), sample rate (Hz), peak and RMS (dB of full scale), fraction of samples at full scale.

    Raises:
        InputError: the clip is unreadable, silent or too short.
    """
    rate = soundfile.info(clip.audio).samplerate if Path(clip.audio).exists() else 0
    samples = audio.load(Path(clip.audio), rate)
    peak, rms = np.abs(samples).max(), np.sqrt(np.square(samples, dtype=np.float64).mean())
    return {
        "track_id": clip.track_id,
        "duration": f"{len(samples) / rate:.3f}",
        "sample_rate": rate,
        "peak_db": f"{20 * np.log10(peak):.2f}",
        "rms_db": f"{20 * np.log10(rms):.2f}",
        "clipped": f"{(np.abs(samples) >= 0.999).mean():.6f}",
    }


def write(clips: Iterable[Clip], path: Path) -> None:
    """Write `quality.csv`.

    Raises:
        InputError: a clip is unreadable, silent or too short; names it.
    """
    write_rows(path, COLUMNS, [describe(clip) for clip in clips])
