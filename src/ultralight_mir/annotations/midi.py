"""Annotations in MIDI files: drums (General MIDI's keys), onsets (where notes start), pitch (one voice)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultralight_mir.annotations.notes import Note, events, melody
from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from ultralight_mir.annotations import Annotation
    from ultralight_mir.annotations.events import Events

KINDS = ("hits", "events", "f0")
DRUMS = {
    "KD": (35, 36),
    "SD": (37, 38, 40),
    "HH": (42, 44, 46),
    "CY": (49, 51, 52, 53, 55, 57, 59),
    "TT": (41, 43, 45, 47, 48, 50),
    "OT": (*range(27, 35), 39, 54, 56, 58, *range(60, 88)),
}
"""Class of MDB Drums (Southall et al., ISMIR 2017) → General MIDI's keys: bass drum, snare drum, hi-hat, cymbals, toms,
other percussion."""
CLASSES = {key: name for name, keys in DRUMS.items() for key in keys}
"""General MIDI's key → class."""

WRITTEN = {"KD": 36, "SD": 38, "HH": 42, "CY": 49, "TT": 45, "OT": 56}
"""Class → the key that it is written as."""
SIDE_STICK = 37
LENGTH = 0.05
"""Seconds of a note that is written."""
RESOLUTION = 960
"""Ticks a beat, at 120 beats a minute: half a millisecond."""


def read(path: Path, kind: str) -> Annotation:
    """The notes of all instruments as an annotation of a kind.

    Raises:
        InputError: not a MIDI file; a kind that notes do not tell; for hits, no drum track or a key that is none of
            General MIDI's; for f0, several notes at once or bent ones.
    """
    import pretty_midi

    if kind not in KINDS:
        raise InputError(f"{path}: a MIDI file holds no annotation of kind {kind}, only {', '.join(KINDS)}")
    try:
        score = pretty_midi.PrettyMIDI(str(path))
    except Exception as error:  # mido raises whatever the bytes lead it to
        raise InputError(f"{path}: not readable as MIDI ({str(error) or type(error).__name__})") from error
    if kind == "hits":
        return events(_hits(score, path))
    if kind == "events":
        return events((note.start, "") for instrument in score.instruments for note in instrument.notes)
    voices = [instrument for instrument in score.instruments if not instrument.is_drum]
    if any(bend.pitch for voice in voices for bend in voice.pitch_bends):
        raise InputError(f"{path}: notes are bent, expected plain ones; give the pitch as rows time,f0_hz instead")
    return melody(
        [Note(n.start, n.end, 440.0 * 2 ** ((n.pitch - 69) / 12)) for voice in voices for n in voice.notes], path
    )


def write(path: Path, estimate: Events, kind: str, duration: float) -> None:
    """Events as notes of a drum track (channel 10): each label by its key, one without a label as a side stick."""
    import pretty_midi

    score = pretty_midi.PrettyMIDI(resolution=RESOLUTION)
    drums = pretty_midi.Instrument(program=0, is_drum=True)
    for time, label in estimate.rows:
        key = WRITTEN[label] if label else SIDE_STICK
        drums.notes.append(pretty_midi.Note(velocity=100, pitch=key, start=time, end=time + LENGTH))
    score.instruments.append(drums)
    score.write(str(path))


def _hits(score: Any, path: Path) -> list[tuple[float, str]]:
    drums = [instrument for instrument in score.instruments if instrument.is_drum]
    if not drums:
        raise InputError(f"{path}: no drum track (channel 10)")
    hits = []
    for note in (note for instrument in drums for note in instrument.notes):
        if note.pitch not in CLASSES:
            raise InputError(f"{path}: key {note.pitch} at {note.start:.3f} s is no drum of General MIDI")
        hits.append((note.start, CLASSES[note.pitch]))
    return hits
