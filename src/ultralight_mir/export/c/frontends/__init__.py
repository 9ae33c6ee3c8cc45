"""Features in C: banks of filters on Fourier transforms, whose tables are computed here.

A new one is a function in a module here, feature → `Front`, and a line in `FRONT_ENDS`.
"""

from __future__ import annotations

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.frontends.banks import Front
from ultralight_mir.features.base import Feature
from ultralight_mir.registry import find

FRONT_ENDS = {
    "log_mel": "ultralight_mir.export.c.frontends.log_mel:log_mel",
    "log_mel_timbre": "ultralight_mir.export.c.frontends.log_mel:log_mel",
    "cqt_pitch": "ultralight_mir.export.c.frontends.vqt:vqt",
    "cqt_chord": "ultralight_mir.export.c.frontends.hybrid_cqt:hybrid_cqt",
}


def front_end(feature: Feature) -> Front:
    """The tables of a feature.

    Raises:
        InputError: there is no C for it.
    """
    if feature.address or feature.name not in FRONT_ENDS:  # somebody's own may be called as one of ours
        raise InputError(f"feature '{feature.name}': no C for it, expected one of {', '.join(FRONT_ENDS)}")
    made: Front = find("front end", feature.name, FRONT_ENDS, own=False)(feature)
    return made
