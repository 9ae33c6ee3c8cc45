"""Features as networks of fixed convolutions, to go into an exported graph: samples in, what a network reads out.

ONNX's own Fourier transforms are slow in the runtimes that people have, convolutions are fast in all of them. A new one
is a class in a module here and a line in `FRONT_ENDS`; it agrees with its feature but for what its docstring says.
"""

from __future__ import annotations

from torch import nn

from ultralight_mir.errors import InputError
from ultralight_mir.features.base import Feature
from ultralight_mir.registry import find

FRONT_ENDS = {
    "log_mel": "ultralight_mir.export.frontends.log_mel:LogMel",
    "log_mel_timbre": "ultralight_mir.export.frontends.log_mel:LogMel",
    "cqt_pitch": "ultralight_mir.export.frontends.vqt:Vqt",
    "cqt_chord": "ultralight_mir.export.frontends.hybrid_cqt:HybridCqt",
}
"""Feature → its front end. A waveform needs none."""


def front_end(feature: Feature) -> nn.Module:
    """What makes a network's input of samples, in eval mode.

    Raises:
        InputError: there is none for this feature.
    """
    if feature.address or feature.name not in FRONT_ENDS:  # somebody's own may be called as one of ours
        raise InputError(
            f"feature '{feature.name}': cannot be exported as a front end, expected one of {', '.join(FRONT_ENDS)};"
            " export without it"
        )
    made: nn.Module = find("front end", feature.name, FRONT_ENDS, own=False)(feature)
    return made.eval()
