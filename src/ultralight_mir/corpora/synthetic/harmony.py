"""Chords, progressions and voicings. Pitch classes are 0…11 from C; labels are those of mir_eval.chord."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
}
"""Quality → semitones above the root."""
DEGREES = {2: "2", 3: "b3", 4: "3", 5: "4", 6: "b5", 7: "5", 8: "#5", 9: "6", 10: "b7", 11: "7"}
DIATONIC = {
    "major": ((0, "maj"), (2, "min"), (4, "min"), (5, "maj"), (7, "maj"), (9, "min")),
    "minor": ((0, "min"), (3, "maj"), (5, "min"), (7, "min"), (7, "maj"), (8, "maj"), (10, "maj")),
}
"""Mode → (semitones above the tonic, quality)."""
LOOPS = {
    "major": ((0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 0), (1, 4, 0, 0), (0, 5, 1, 4), (0, 2, 3, 4)),
    "minor": ((0, 5, 1, 6), (0, 6, 5, 4), (0, 2, 5, 4), (0, 2, 6, 0), (0, 5, 6, 0), (2, 4, 0, 0), (0, 1, 6, 3)),
}
"""Common progressions, as indices into `DIATONIC`."""
HIGHEST = 86
"""MIDI pitch above which nothing is voiced."""
COLOURS = {"maj": ("7", "maj7", "maj7", "maj6", "sus4", "sus2"), "min": ("min7", "min7", "min7", "min6", "sus2")}


@dataclass(frozen=True)
class Chord:
    """`root` is a pitch class, `quality` a key of `QUALITIES`, `bass` semitones above the root (a chord note)."""

    root: int
    quality: str
    bass: int = 0

    @property
    def label(self) -> str:
        """As mir_eval.chord writes it, such as `Eb:min7/b3`."""
        inversion = f"/{DEGREES[self.bass]}" if self.bass else ""
        return f"{PITCH_CLASSES[self.root]}:{self.quality}{inversion}"

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """From the root upwards."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])


def progression(tonic: int, mode: str, count: int, colour: float, random: np.random.Generator) -> list[Chord]:
    """`count` chords in a key: a common loop or a random walk, with borrowed chords and inversions.

    `mode` is "major" or "minor"; `colour` in 0…1 is how often a triad becomes a seventh, sixth or suspended chord.
    """
    steps = DIATONIC[mode]
    loops = LOOPS[mode]
    looped = random.random() < 0.6
    loop = loops[random.integers(len(loops))] if looped else tuple(random.integers(len(steps), size=count))
    chords: list[Chord] = []
    for position in range(count):
        offset, quality = steps[loop[position % len(loop)]]
        if random.random() < 0.2:
            offset, quality = int(random.integers(12)), str(random.choice(["maj", "min"]))
        if random.random() < colour:
            quality = str(random.choice(COLOURS[quality]))
        elif random.random() < 0.03:
            quality = str(random.choice(["dim", "aug"]))
        bass = int(random.choice(QUALITIES[quality][1:])) if random.random() < 0.2 else 0
        chords.append(Chord((tonic + offset) % 12, quality, bass))
    return chords


def voice(chord: Chord, lowest: int, bass_first: bool, random: np.random.Generator) -> list[int]:
    """MIDI pitches of the chord from about `lowest` upwards: a random inversion, close or open, some notes doubled.

    With `bass_first` the lowest pitch is the chord's bass, as it must be where nobody else plays it.
    """
    first = (chord.root + chord.bass) % 12 if bass_first else int(random.choice(chord.pitch_classes))
    pitches = [lowest + (first - lowest) % 12]
    above = sorted((pc - first) % 12 for pc in chord.pitch_classes)
    pitches += [pitches[0] + step for step in above if step]
    if random.random() < 0.35:  # open: every second note an octave up
        pitches = [p + 12 * (i % 2) for i, p in enumerate(pitches)]
    while random.random() < 0.4 and len(pitches) < 6:
        pitches.append(int(random.choice(pitches)) + 12)
    return sorted({p if p <= HIGHEST else p - 12 * -((HIGHEST - p) // 12) for p in pitches})
