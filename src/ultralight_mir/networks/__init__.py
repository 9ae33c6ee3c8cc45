"""The networks, by name. A new one is a module here and a line in `NETWORKS`; or anybody's class, as `module:Class`.

A network is an `nn.Module` class with

- a class attribute `kind`: "spectral" (its input is `[batch, frames, bins]`) or "waveform" (`[batch, samples]`),
- keyword arguments `bins`, `outputs`, `framewise`, `hop` (samples a frame, for waveforms), then options of its own,
- `forward(x)` → logits `[batch, frames, outputs]`, or `[batch, outputs]` where `framewise` is False.
"""

from __future__ import annotations

import inspect
from bisect import bisect
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field, field_validator

from ultralight_mir.errors import InputError
from ultralight_mir.frames import KINDS
from ultralight_mir.registry import find
from ultralight_mir.schedule import Training
from ultralight_mir.settings import Count, Settings

if TYPE_CHECKING:
    from torch import Tensor, nn

LARGEST_OPTION, LONGEST_OPTION = 8_192, 200
"""What an option of a network may be at most: a recipe may come from a stranger."""


class Known(NamedTuple):
    """A registered network: its `kind` (told here too, so that planning a run need not import torch), where it is,
    and what the report says of it."""

    kind: str
    where: str
    note: str


NETWORKS = {
    "waveform_cnn": Known(
        "waveform",
        "ultralight_mir.networks.waveform_cnn:WaveformCnn",
        "The paper's kind for instrument and singing: a dilated 1-D CNN on the raw waveform.",
    ),
    "crepe": Known(
        "waveform",
        "ultralight_mir.networks.crepe:Crepe",
        "The paper's kind for pitch: CREPE, a 1-D CNN on the raw waveform.",
    ),
    "chord_cnn": Known(
        "spectral",
        "ultralight_mir.networks.chord_cnn:ChordCnn",
        "The paper's kind for chord: a CNN on the CQT (Carsault et al.).",
    ),
    "spectral_cnn": Known(
        "spectral",
        "ultralight_mir.networks.spectral_cnn:SpectralCnn",
        "The paper's kind for drums and onset: a CNN on log-mel (Schlüter & Böck).",
    ),
    "timbre_cnn": Known(
        "spectral",
        "ultralight_mir.networks.timbre_cnn:TimbreCnn",
        "A light default for instrument and singing: a CNN on log-mel.",
    ),
    "harmonic_cnn": Known(
        "spectral",
        "ultralight_mir.networks.harmonic_cnn:HarmonicCnn",
        "A light default for pitch: a CNN on the CQT.",
    ),
    "crnn": Known(
        "spectral",
        "ultralight_mir.networks.crnn:Crnn",
        "A CNN with a bidirectional GRU, for drums and chord; beside the paper's.",
    ),
}


class NetworkSettings(Settings):
    """What the dense network's job is told: which network, its options, and how it is trained."""

    network: str
    options: dict[str, Any] = Field({})
    schedule: Training

    def recipe(self, bins: int, outputs: int, framewise: bool, hop: int) -> Recipe:
        """The recipe of this network for a task and an input."""
        return Recipe(
            network=self.network, bins=bins, outputs=outputs, framewise=framewise, hop=hop, options=self.options
        )


class Recipe(Settings):
    """All it takes to build a dense network again (without its weights); it goes onto the ticket.

    Attributes:
        bins: values a frame of the input; outputs: of the last layer; hop: samples a frame.
    """

    network: str
    bins: Count
    outputs: Count
    framewise: bool
    hop: Count
    options: dict[str, Any]

    @field_validator("options")
    @classmethod
    def _plain(cls, options: dict[str, Any]) -> dict[str, Any]:
        for name, value in options.items():
            _check_option(name, value)
        return options


def _check_option(name: str, value: object, depth: int = 0) -> None:
    match value:
        case bool() | None:
            return
        case int() | float() if abs(value) <= LARGEST_OPTION:  # nan fails too
            return
        case str() if len(value) <= LONGEST_OPTION:
            return
        case list() if depth < 2 and len(value) <= LONGEST_OPTION:
            for item in value:
                _check_option(name, item, depth + 1)
            return
    raise ValueError(
        f"{name}: found {str(value)[:40]}, expected a word, a number up to {LARGEST_OPTION:,} or a short list of such"
    )


def find_class(name: str) -> type[nn.Module]:
    """The class behind a registered name or `module:Class`.

    Raises:
        InputError: there is none, it is no `nn.Module`, or it lacks the attribute `kind`.
    """
    from torch import nn

    places = {known: entry.where for known, entry in NETWORKS.items()}
    network: type[nn.Module] = find("network", name, places, subclass_of=nn.Module)
    kind = getattr(network, "kind", None)
    if kind not in KINDS:
        wanted = " or ".join(f"'{known}'" for known in KINDS)
        raise InputError(f"network '{name}': class attribute 'kind' is {kind!r}, expected {wanted}")
    return network


def kind_of(name: str) -> str:
    """What a network takes, "spectral" or "waveform", by registered name or `module:Class`; raises as `find_class`."""
    kind: str = NETWORKS[name].kind if name in NETWORKS else getattr(find_class(name), "kind")  # noqa: B009 (checked there)
    return kind


def build(recipe: Recipe, seed: int, factory: type[nn.Module] | None = None) -> nn.Module:
    """A freshly initialised network, the same for the same recipe and seed.

    Args:
        factory: the class, where it is not to be looked up by the name in the recipe.

    Raises:
        InputError: the network is unknown, cannot be built with these options for this kind of task, or has nothing to
            train.
    """
    import torch

    factory = factory or find_class(recipe.network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = {"bins": recipe.bins, "outputs": recipe.outputs, "framewise": recipe.framewise, "hop": recipe.hop}
        try:
            network = factory(**shape, **recipe.options)
        except Exception as error:  # anybody's constructor may raise anything
            raise InputError(f"network '{recipe.network}': options {dict(recipe.options)}: {_line(error)}") from error
    if not any(True for _ in network.parameters()):
        raise InputError(f"network '{recipe.network}': has no parameters, expected something to train")
    return network


def narrower(recipe: Recipe, parameters: int) -> Recipe:
    """The widest network of the same recipe that has at most so many parameters, by its option `width`.

    Raises:
        InputError: the network has no such option, or even `width` 1 has more.
    """
    import torch

    option = inspect.signature(find_class(recipe.network)).parameters.get("width")
    width = recipe.options.get("width", None if option is None else option.default)
    if not isinstance(width, int):
        raise InputError(f"network '{recipe.network}': has no option 'width' to be built narrower by")

    def at(width: int) -> Recipe:
        return recipe.model_copy(update={"options": {**recipe.options, "width": width}})

    def fits(width: int) -> bool:
        with torch.device("meta"):
            return sum(p.numel() for p in build(at(width), 0).parameters()) <= parameters

    if not fits(1):
        raise InputError(f"network '{recipe.network}': more than {parameters:,} parameters even at width 1")
    return at(bisect(range(1, width + 1), False, key=lambda width: not fits(width)))


def check_output(network: nn.Module, recipe: Recipe, inputs: Tensor, frames: int) -> None:
    """Prove, before hours of training, that a network gives what it must.

    Args:
        inputs: one clip's, `[1, frames, bins]` (waveform `[1, samples]`).

    Raises:
        InputError: it raises, or gives something else than logits of the right shape.
    """
    import torch

    where, training = f"network '{recipe.network}'", network.training
    wanted = f"logits [1, {frames}, {recipe.outputs}]" if recipe.framewise else f"logits [1, {recipe.outputs}]"
    try:
        with torch.no_grad():
            logits = network.eval()(inputs)
    except Exception as error:
        raise InputError(f"{where}: of inputs {list(inputs.shape)} it raises {_line(error)}") from error
    finally:
        network.train(training)
    if not isinstance(logits, torch.Tensor):
        raise InputError(f"{where}: gives a {type(logits).__name__}, expected {wanted}")
    shape = list(logits.shape)
    fits = shape[1:2] >= [frames] if recipe.framewise else True  # more frames are cut off
    if len(shape) != 2 + recipe.framewise or (shape[0], shape[-1]) != (1, recipe.outputs) or not fits:
        raise InputError(f"{where}: gives {shape} of inputs {list(inputs.shape)}, expected {wanted}")


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
