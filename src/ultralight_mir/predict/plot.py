"""A picture of a recording: its spectrogram, and what was found in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ultralight_mir import audio
from ultralight_mir.annotations.chords import NO_CHORD, Chords
from ultralight_mir.annotations.events import Events
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.annotations.labels import Label
from ultralight_mir.features import get_feature
from ultralight_mir.features.streaming import inputs_in_pieces
from ultralight_mir.files import replacing
from ultralight_mir.report.figures.style import FAINT, INK, MUTED, RC

SHOWN = "log_mel"
"""The feature that is drawn, whatever the network hears."""
COLUMNS = 2400
"""Columns of the picture, at most: neighbours of a longer recording are drawn as their maximum."""
TICKS_HZ = (500, 1000, 2000, 4000, 8000)
WIDTH, HEIGHT = 11.0, 3.9
"""Inches."""
ROOM = 0.018
"""Of the width: the room that a chord's label takes."""


def plot(path: Path, recording: Path, estimate: Any, task: str) -> None:
    """Draw a recording's spectrogram and what was found in it, as PNG, atomically; of any length in constant memory."""
    picture, seconds = spectrogram(recording)
    with mpl.rc_context(RC), replacing(path) as scratch:
        figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="white", layout="constrained")
        canvas = FigureCanvasAgg(figure)
        beside = isinstance(estimate, Label)
        grid = (
            figure.add_gridspec(1, 2, width_ratios=(3, 1))
            if beside
            else figure.add_gridspec(2, 1, height_ratios=(3, 1))
        )
        upper = figure.add_subplot(grid[0])
        lower = figure.add_subplot(grid[1], sharex=None if beside else upper)
        upper.tick_params(labelbottom=beside)
        _draw_spectrogram(upper, picture, seconds)
        upper.set_title(f"{task}: {recording.name}")
        DRAWERS[type(estimate)](upper, lower, estimate, seconds)
        (upper if beside else lower).set_xlabel("time (s)")
        figure.set_dpi(140)
        canvas.print_png(scratch, metadata={"Software": None})


def spectrogram(recording: Path) -> tuple[NDArray[np.float32], float]:
    """Log-mel `[columns, bins]` of a whole recording, and the seconds that it lasts.

    Raises:
        InputError: it cannot be read.
    """
    feature = get_feature(SHOWN)
    columns = np.zeros((0, feature.bins), np.float32)
    waiting = columns
    pooled, frames = 1, 0
    for rows in inputs_in_pieces(feature, audio.stream(recording, feature.sample_rate)):
        frames += len(rows)
        waiting = np.concatenate((waiting, rows.astype(np.float32)))
        whole = len(waiting) // pooled * pooled
        columns = np.concatenate((columns, _pooled(waiting[:whole], pooled)))
        waiting = waiting[whole:]
        while len(columns) > COLUMNS:
            waiting = np.concatenate((columns[len(columns) // 2 * 2 :].repeat(pooled, axis=0), waiting))
            columns, pooled = _pooled(columns[: len(columns) // 2 * 2], 2), 2 * pooled
    if len(waiting):
        columns = np.concatenate((columns, waiting.max(axis=0, keepdims=True)))
    return columns, frames * feature.hop / feature.sample_rate


def _pooled(rows: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    maxima: NDArray[np.float32] = rows.reshape(-1, size, rows.shape[1]).max(axis=1)
    return maxima


def _draw_spectrogram(axes: Axes, picture: NDArray[np.float32], seconds: float) -> None:
    edges = (0.0, seconds, -0.5, picture.shape[1] - 0.5)
    axes.imshow(picture.T, origin="lower", aspect="auto", cmap="Greys", extent=edges, interpolation="nearest")
    ticks = _bin_of(np.array(TICKS_HZ))
    axes.set_yticks(ticks, [f"{hertz / 1000:g} k" if hertz >= 1000 else f"{hertz:g}" for hertz in TICKS_HZ])
    axes.set_ylabel("frequency (Hz)")
    axes.grid(False)


def _bin_of(hertz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The row of the picture that a frequency lies on."""
    import librosa

    feature = get_feature(SHOWN)
    low, high = feature.settings["fmin"], feature.settings["fmax"]
    centres = librosa.mel_frequencies(feature.bins + 2, fmin=low, fmax=high)[1:-1]
    rows: NDArray[np.float64] = np.interp(hertz, centres, np.arange(feature.bins))
    return rows


def _draw_events(upper: Axes, lower: Axes, estimate: Events, seconds: float) -> None:
    names = sorted(set(estimate.labels)) or [""]
    for row, name in enumerate(reversed(names)):
        lower.vlines(estimate.times_of(name), row + 0.12, row + 0.88, color=INK, linewidth=1.0)
    lower.set_yticks(np.arange(len(names)) + 0.5, [name or "onset" for name in reversed(names)])
    lower.set_ylim(0, len(names))
    lower.grid(False)


def _draw_f0(upper: Axes, lower: Axes, estimate: F0, seconds: float) -> None:
    voiced = np.where(estimate.hertz > 0, estimate.hertz, np.nan)
    upper.plot(estimate.times, _bin_of(voiced), color="#d0561d", linewidth=1.4)
    lower.plot(estimate.times, voiced, color=INK, linewidth=1.2)
    lower.set_yscale("log")
    if np.isfinite(voiced).any():
        low, high = float(np.nanmin(voiced)) / 1.12, float(np.nanmax(voiced)) * 1.12
        lower.set_ylim(low, high)
        octaves = 440.0 * 2.0 ** np.arange(-5, 4)
        ticks = [hertz for hertz in octaves if low <= hertz <= high] or [(low * high) ** 0.5]
        lower.set_yticks(ticks, [f"{hertz:.4g}" for hertz in ticks])
    lower.minorticks_off()
    lower.set_ylabel("f0 (Hz)")


def _draw_chords(upper: Axes, lower: Axes, estimate: Chords, seconds: float) -> None:
    for number, (start, end, label) in enumerate(estimate.rows):
        silent = label == NO_CHORD
        lower.axvspan(start, end, color="white" if silent else (FAINT if number % 2 else "#d5dde5"), linewidth=0)
        if end - start > ROOM * len(label) / 3 * seconds:
            lower.text((start + end) / 2, 0.5, label, ha="center", va="center", fontsize=7.5, color=INK)
    lower.set_ylim(0, 1)
    lower.set_yticks([])
    lower.set_ylabel("chord")
    lower.grid(False)


def _draw_label(upper: Axes, lower: Axes, estimate: Label, seconds: float) -> None:
    rows = sorted(estimate.probabilities.items(), key=lambda row: row[1])
    lower.barh([name for name, _ in rows], [100 * value for _, value in rows], color=INK, height=0.55)
    lower.set_xlabel("probability (%)")
    lower.set_xlim(0, 100)
    lower.tick_params(axis="y", labelcolor=MUTED)
    lower.grid(axis="x")


DRAWERS: dict[type, Callable[[Axes, Axes, Any, float], None]] = {
    Events: _draw_events,
    F0: _draw_f0,
    Chords: _draw_chords,
    Label: _draw_label,
}
