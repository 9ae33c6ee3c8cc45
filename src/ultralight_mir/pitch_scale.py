"""The pitch scale that features, tasks and networks share: where it begins, and how finely it is cut."""

from __future__ import annotations

C1 = 32.703
"""Hz: the lowest bin of every constant-Q feature and of the pitch task (CREPE's 1997.3794 cents above 10 Hz)."""
SEMITONES = 12
"""Of an octave."""
CENTS = 1200.0
"""Of an octave."""
PITCH_BINS = 36
"""Bins an octave of the feature that pitch is read from, and so of the networks that read it."""
