"""Annotations in MIDI files: drums (General MIDI's keys), onsets (where notes start), pitch (one voice)."""

from __future__ import annotations

from pathlib import Path

from ultralight_mir.annotations.conversion import Converted, Note, events, melody
from ultralight_mir.errors import InputError

TASKS = ("drums", "onset", "pitch")


def convert(path: Path, task: str) -> Converted:
    """The notes of all instruments as the annotation of a task.

    Raises:
        InputError: not a MIDI file; a task that notes do not annotate; for drums, no drum track or a key that is none
            of General MIDI's; for pitch, several notes at once or bent ones.
    """
    import pretty_midi

    if task not in TASKS:
        raise InputError(f"{path}: a MIDI file does not annotate task {task}, only {', '.join(TASKS)}")
    try:
        score = pretty_midi.PrettyMIDI(str(path))
    except Exception as error:  # mido raises whatever the bytes lead it to
        raise InputError(f"{path}: not readable as MIDI ({error or type(error).__name__})") from error
    if task == "drums":
        return events(_hits(score, path))
    if task == "onset":
        return events((note.start, "") for instrument in score.instruments for note in instrument.notes)
    voices = [instrument for instrument in score.instruments if not instrument.is_drum]
    if any(bend.pitch for voice in voices for bend in voice.pitch_bends):
        raise InputError(f"{path}: notes are bent, expected plain ones; give the pitch as rows time,f0_hz instead")
    return melody(
        [Note(n.start, n.end, 440.0 * 2 ** ((n.pitch - 69) / 12)) for voice in voices for n in voice.notes], path
    )


def _hits(score: object, path: Path) -> list[tuple[float, str]]:
    from ultralight_mir.corpora.synthetic.drum_sounds import ROLES

    classes = {key: role.label for role in ROLES.values() for key in role.keys}
    drums = [instrument for instrument in getattr(score, "instruments") if instrument.is_drum]  # noqa: B009 (untyped)
    if not drums:
        raise InputError(f"{path}: no drum track (channel 10)")
    hits = []
    for note in (note for instrument in drums for note in instrument.notes):
        if note.pitch not in classes:
            raise InputError(f"{path}: key {note.pitch} at {note.start:.3f} s is no drum of General MIDI")
        hits.append((note.start, classes[note.pitch]))
    return hits
