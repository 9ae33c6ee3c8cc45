"""Instrument: which of eleven instruments plays a clip of a solo.

*Conventions.* The first eight classes are those of Medley-solos-DB (Lostanlen & Cella, ISMIR 2016), the others are more
families of the General MIDI sound font. *Metrics.* See `classification`.
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
