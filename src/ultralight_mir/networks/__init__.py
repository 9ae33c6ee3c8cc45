"""The networks, by name. A new one is a module here and a line in `NETWORKS`; or anybody's class, as `module:Class`.

A network is an `nn.Module` class with

- a class attribute `kind`: "spectral" (its input is `[batch, frames, bins]`) or "waveform" (`[batch, samples]`),
- keyword arguments `bins`, `outputs`, `framewise`, `hop` (samples a frame, for waveforms), then options of its own,
- `forward(x)` → logits `[batch, frames, outputs]`, or `[batch, outputs]` where `framewise` is False.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ultralight_mir.errors import InputError
from ultralight_mir.importing import find

if TYPE_CHECKING:
    from torch import nn

NETWORKS = {
    "waveform_cnn": "ultralight_mir.networks.waveform_cnn:WaveformCnn",
    "crepe": "ultralight_mir.networks.crepe:Crepe",
    "chord_cnn": "ultralight_mir.networks.chord_cnn:ChordCnn",
    "spectral_cnn": "ultralight_mir.networks.spectral_cnn:SpectralCnn",
    "timbre_cnn": "ultralight_mir.networks.timbre_cnn:TimbreCnn",
    "harmonic_cnn": "ultralight_mir.networks.harmonic_cnn:HarmonicCnn",
    "crnn": "ultralight_mir.networks.crnn:Crnn",
}


@dataclass(frozen=True)
class Recipe:
    """All it takes to build a dense network again (without its weights); it goes into the ticket as JSON."""

    network: str
    bins: int
    outputs: int
    framewise: bool
    hop: int
    options: Mapping[str, Any]


def find_class(name: str) -> type[nn.Module]:
    """The class behind a registered name or `module:Class`.

    Raises:
        InputError: there is none, or it lacks the attribute `kind`.
    """
    found: type[nn.Module] = find("network", name, NETWORKS)
    kind = getattr(found, "kind", None)
    if kind not in ("spectral", "waveform"):
        raise InputError(f"network '{name}': class attribute 'kind' is {kind!r}, expected 'spectral' or 'waveform'")
    return found


def build(recipe: Recipe, seed: int) -> nn.Module:
    """A freshly initialised network, the same for the same recipe and seed.

    Raises:
        InputError: the network is unknown, or does not take one of the options or the kind of task.
    """
    import torch

    factory = find_class(recipe.network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = {"bins": recipe.bins, "outputs": recipe.outputs, "framewise": recipe.framewise, "hop": recipe.hop}
        try:
            return factory(**shape, **recipe.options)
        except (TypeError, ValueError) as error:
            raise InputError(f"network '{recipe.network}': options {dict(recipe.options)}: {error}") from error
