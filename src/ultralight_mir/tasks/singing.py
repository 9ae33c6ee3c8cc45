"""Singing technique: which of ten techniques a clip of one voice is sung in.

*Conventions.* The classes are VocalSet's ten technique names (Wilkins et al., ISMIR 2018). GTSinger's `control`
(the same phrase sung with no technique) stands for `straight`; its other techniques that VocalSet lacks (falsetto,
glissando, mixed, pharyngeal) are left out of the score and named. *Metrics* are those of `classification`; the headline
is accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ultralight_mir.tasks.classification import Classification


class Singing(Classification):
    """Ten classes, one a clip."""

    name = "singing"
    classes = (
        "belt",
        "breathy",
        "inhaled",
        "lip_trill",
        "spoken",
        "straight",
        "trill",
        "trillo",
        "vibrato",
        "vocal_fry",
    )
    limits = "One of ten techniques, of one voice alone; learnt from a synthesised voice."
    aliases: ClassVar[Mapping[str, str]] = {"control": "straight"}
    foreign = ("falsetto", "glissando", "mixed", "pharyngeal")
