"""The features, by name. A new one is a module here and a line in `FEATURES`; or anybody's, as `module:ATTRIBUTE`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ultralight_mir.registry import find

if TYPE_CHECKING:
    from ultralight_mir.features.base import Feature

FEATURES = {
    "waveform": "ultralight_mir.features.waveform:WAVEFORM",
    "log_mel": "ultralight_mir.features.log_mel:LOG_MEL",
    "log_mel_timbre": "ultralight_mir.features.log_mel:LOG_MEL_TIMBRE",
    "cqt_pitch": "ultralight_mir.features.vqt:CQT_PITCH",
    "cqt_chord": "ultralight_mir.features.cqt:CQT_CHORD",
}


def get_feature(name: str) -> Feature:
    """The feature behind a registered name or `module:ATTRIBUTE`. In paths it stands under its own `name` either way.

    Raises:
        InputError: there is none, or it is no `Feature`.
    """
    from ultralight_mir.features.base import Feature

    feature: Feature = find("feature", name, FEATURES, instance_of=Feature)
    return feature if name in FEATURES else replace(feature, address=name)
