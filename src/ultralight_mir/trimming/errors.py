"""The error of the trimming engine."""

from __future__ import annotations

from ultralight_mir.errors import InputError


class TrimError(InputError):
    """A network, or a set of units, that cannot be trimmed; the message names the layer and the reason."""
