"""Tickets on disk: the dense network's recipe, the kept indices, the weights. JSON + safetensors, no pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from ultralight_mir import networks
from ultralight_mir.digests import FILES, SEAL, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json, replacing
from ultralight_mir.networks import Recipe
from ultralight_mir.training import Schedule
from ultralight_mir.trimming import Kept, Measure, apply_kept

FORMAT = 1
State = dict[str, Tensor]


@dataclass(frozen=True)
class Strategy:
    """Method × criterion × scope × scale × reset, under a short name. The dense network's is all empty.

    Attributes:
        measure: what `removed` is a fraction of when units are chosen: parameters, macs or bytes.
        round_to: the number of units that a layer keeps is a multiple of this.
        floor, floor_fraction: output channels that every layer keeps at least, as a number and as a fraction.
    """

    name: str
    method: str
    criterion: str = ""
    scope: str = ""
    scale: str = ""
    reset: str = ""
    measure: Measure = "parameters"
    round_to: int = 1
    floor: int = 1
    floor_fraction: float = 0.0


@dataclass(frozen=True)
class Ticket:
    """What a rung (or dense training, rung 0) leaves.

    Attributes:
        task, corpus, feature: what it was trained for, on what, from which input.
        recipe: builds the dense network.
        kept: which units are left, relative to the dense network; None for all.
        removed: fraction of the dense network's parameters gone or zero; `removed_target` is what was asked for, of the
            strategy's measure.
        channels_removed: the fraction of its units that is gone.
        overshoot: what is gone of the strategy's measure, less removed_target.
        floored: layers that the floor kept from losing more.
        loss: mean training loss over the last twentieth of training.
        weights: the state dict, in the trimmed shape.
    """

    task: str
    corpus: str
    feature: str
    seed: int
    recipe: Recipe
    schedule: Schedule
    strategy: Strategy
    rung: int
    removed_target: float
    removed: float
    channels_removed: float
    overshoot: float
    floored: tuple[str, ...]
    loss: float
    kept: Kept | None
    weights: Mapping[str, Tensor] = field(repr=False)

    def network(self) -> nn.Module:
        """The network, trimmed and loaded, in eval mode.

        Raises:
            InputError: the weights are not this network's.
        """
        network = networks.build(self.recipe, self.seed)
        if self.kept is not None:
            network = apply_kept(network, self.kept)
        try:
            network.load_state_dict(dict(self.weights))
        except RuntimeError as error:
            first = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
            raise InputError(
                f"ticket of {self.recipe.network}: the weights are of another network ({first})"
            ) from error
        return network.eval()

    def write(self, folder: Path) -> None:
        """Write `weights.safetensors`, then `ticket.json`, each atomically."""
        write_state(folder / "weights.safetensors", self.weights)
        about = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("weights", "kept")}
        for name in ("recipe", "schedule", "strategy"):
            about[name] = asdict(about[name])
        kept = self.kept.to_json() if self.kept is not None else None
        files = [folder / "weights.safetensors"]
        write_sealed(folder / "ticket.json", {"format": FORMAT, **about, "kept": kept}, files)

    @classmethod
    def read(cls, folder: Path) -> Ticket:
        """Read a ticket's folder.

        Raises:
            InputError: a file is missing or truncated, a field is missing, the format is another.
        """
        about = read_json(folder / "ticket.json")
        if about.pop("format", None) != FORMAT:
            raise InputError(f"{folder / 'ticket.json'}: not a ticket of format {FORMAT}")
        about = {name: value for name, value in about.items() if name not in (SEAL, FILES)}
        try:
            parts: dict[str, Any] = {
                **about,
                "recipe": Recipe(**about["recipe"]),
                "schedule": Schedule(**about["schedule"]),
                "strategy": Strategy(**about["strategy"]),
                "floored": tuple(about["floored"]),
                "kept": None if about["kept"] is None else Kept.from_json(about["kept"]),
            }
            return cls(**parts, weights=read_state(folder / "weights.safetensors"))
        except (KeyError, TypeError) as error:
            raise InputError(f"{folder / 'ticket.json'}: not a whole ticket ({error})") from error


def write_state(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write a state dict as safetensors, atomically."""
    with replacing(path) as scratch:
        scratch.write_bytes(save({name: tensor.detach().contiguous().clone() for name, tensor in state.items()}))


def read_state(path: Path) -> State:
    """Read a state dict.

    Raises:
        InputError: the file is missing, truncated or not safetensors.
    """
    try:
        state: State = load_file(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: truncated or not a safetensors file ({error})") from error
    return state


def snapshot(network: nn.Module) -> State:
    """A copy of all weights and statistics."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
