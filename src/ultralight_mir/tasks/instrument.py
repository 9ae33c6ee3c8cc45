"""Instrument: which of eleven instruments plays a clip of a solo.

*Conventions.* The first eight classes are those of Medley-solos-DB (Lostanlen & Cella, ISMIR 2016), the others are more
families of the General MIDI sound font. The other instruments of the published data sets (TinySOL, IRMAS, Good-Sounds)
are left out of the score and named. *Metrics* are those of `classification`; the headline is accuracy.
"""

from __future__ import annotations

from ultralight_mir.tasks.classification import Classification


class Instrument(Classification):
    """Eleven classes, one a clip."""

    name = "instrument"
    classes = (
        "clarinet",
        "distorted electric guitar",
        "female singer",
        "flute",
        "piano",
        "tenor saxophone",
        "trumpet",
        "violin",
        "acoustic guitar",
        "organ",
        "mallets",
    )
    limits = "One of eleven instruments, of solos; of several that play at once, at most one is told."

    foreign = (
        "accordion",
        "alto saxophone",
        "baritone saxophone",
        "bass tuba",
        "bassoon",
        "cello",
        "contrabass",
        "double bass",
        "electric guitar",
        "french horn",
        "oboe",
        "piccolo",
        "saxophone",
        "soprano saxophone",
        "trombone",
        "viola",
        "violoncello",
        "voice",
    )
