"""Systems that one would take otherwise, to be set beside tickets. A new one is a module here and a line in `SYSTEMS`.

Each hears samples and gives the task's estimate, front end and decisions included, with its authors' own settings.
"""

from __future__ import annotations

from ultralight_mir.registry import find
from ultralight_mir.systems.base import System

SYSTEMS = {
    "pyin": "ultralight_mir.systems.pyin:Pyin",
    "yin": "ultralight_mir.systems.yin:Yin",
    "swift_f0": "ultralight_mir.systems.swift_f0:SwiftF0",
    "spectral_flux": "ultralight_mir.systems.spectral_flux:SpectralFlux",
    "chroma_templates": "ultralight_mir.systems.chroma_templates:ChromaTemplates",
}


def find_system(name: str) -> type[System]:
    """The class of a system, by a registered name or anybody's own `module:Class`; what it needs may be missing.

    Raises:
        InputError: there is none.
    """
    found: type[System] = find("system", name, SYSTEMS, subclass_of=System)
    return found


def get_system(name: str) -> System:
    """The same, made.

    Raises:
        InputError: there is none, or a package that it needs is not installed.
    """
    return find_system(name)()
