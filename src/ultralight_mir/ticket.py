"""Tickets: the dense network's recipe, the units that are kept, thresholds and weights. JSON + safetensors, no pickle.

A ticket may come from a stranger. Reading one runs no code that it names: registered networks, tasks and features only,
unless the caller says which others it trusts. It allocates nothing before it has looked: the recipe is checked, built
without memory (torch's meta device), cut, and held against the header of the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import torch
from pydantic import ConfigDict, Field
from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from ultralight_mir import given_up, networks
from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.networks import NETWORKS, Recipe
from ultralight_mir.paths import TicketFolder
from ultralight_mir.schedule import Precision, Schedule
from ultralight_mir.settings import Settings, Share
from ultralight_mir.strategy import Strategy
from ultralight_mir.trimming import Kept, TrimError, apply_kept
from ultralight_mir.trust import Trust, check_names, refuse_strangers
from ultralight_mir.weights import count_parameters, header_of, read_header, read_state, write_state

if TYPE_CHECKING:
    from ultralight_mir.features.store import Store

FORMAT = 3
LARGEST = 200_000_000
"""Parameters of the dense network; a ticket that says more is not built."""
SPARE = 4
"""How many times as many parameters a network may make on its way as its weights' file has tensors."""


class Ticket(Settings):
    """What a rung (or dense training, rung 0) leaves.

    Attributes:
        task, corpus: what it was trained for, on what (with the fold, if any).
        feature: how its input is made (`Feature.describe`).
        classes: what its outputs are, where they are classes.
        recipe: builds the dense network.
        strategy: how the ladder removes and trains; None for the dense network.
        kept: which units are left, relative to the dense network; None for all.
        removed: fraction of the dense network's parameters gone or zero; `removed_target` is what was asked for, of the
            strategy's measure.
        channels_removed: the fraction of its units that is gone.
        overshoot: what is gone of the strategy's measure, less removed_target.
        floored: layers that the floor kept from losing more.
        loss: mean training loss over the last twentieth of training; if watched, since the last check but one.
        precision: that training computed in, where its schedule says auto.
        device: where training computed: "cpu" (then it is not written), or the model of the GPU.
        thresholds: the task's decisions, chosen on the validation split.
        validation: metric → what the validation split scores with them; empty without validation clips.
        weights: the state dict, in the trimmed shape.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    task: str
    corpus: str
    feature: dict[str, Any]
    classes: list[str]
    seed: int = Field(ge=0, lt=2**31)
    recipe: Recipe
    schedule: Schedule
    strategy: Strategy | None
    rung: int = Field(ge=0, le=10_000)
    removed_target: Share
    removed: Annotated[float, Field(ge=-1, le=1)]
    channels_removed: Share
    overshoot: Annotated[float, Field(ge=-1, le=1)]
    floored: list[str]
    loss: float
    precision: Precision
    device: str = Field(DEVICE, max_length=200, exclude_if=lambda device: device == DEVICE)
    thresholds: dict[str, float]
    validation: dict[str, float]
    kept: Kept | None
    weights: dict[str, Any] = Field(repr=False, exclude=True)

    @property
    def strategy_name(self) -> str:
        """The strategy's name; "dense" for the dense network."""
        return "dense" if self.strategy is None else self.strategy.name

    def network(self, factory: type[nn.Module] | None = None) -> nn.Module:
        """The network, trimmed and loaded, in eval mode, on the CPU.

        Args:
            factory: somebody's own class, where it is not to be imported by the name that the ticket gives.

        Raises:
            InputError: the weights are not this network's.
        """
        network = _cut(networks.build(self.recipe, self.seed, factory), self.kept)
        try:
            network.load_state_dict(self.weights)
        except RuntimeError as error:
            lines = str(error).splitlines()
            why = lines[1].strip() if len(lines) > 1 else lines[0]
            raise InputError(f"ticket of {self.recipe.network}: the weights are of another network ({why})") from error
        return network.eval()

    def write(self, folder: Path, others: Sequence[Path] = ()) -> None:
        """Write `weights.safetensors`, then `ticket.json`, each atomically; `others` beside them are sealed with it."""
        where = TicketFolder(folder)
        write_state(where.weights, self.weights)
        content = {"format": FORMAT, **self.model_dump(exclude={"kept"})}
        kept = self.kept.to_json() if self.kept is not None else None
        write_sealed(where.ticket, {**content, "kept": kept}, [where.weights, *others])

    @classmethod
    def read_folder(cls, folder: Path, trust: Trust = (), factory: type[nn.Module] | None = None) -> Ticket:
        """Read a ticket's folder.

        Args:
            trust: see `Trust`.
            factory: the network's class, where it is somebody's own and in hand: then its name need not be trusted.

        Raises:
            InputError: a file is missing, truncated, damaged or of another format; a field is missing or out of range;
                the weights are of another network than the recipe and the kept units make; something is named that is
                neither registered nor trusted.
            GivenUpError: there is no ticket, because its training was given up.
        """
        where = TicketFolder(folder)
        content = read_sealed(where.ticket, where.weights.name, form=FORMAT)
        given_up.refuse(where.ticket, content)
        kept = content.pop("kept", None)
        content.pop("format")
        try:
            left = None if kept is None else Kept.from_json(kept)
        except TrimError as error:
            raise InputError(f"{where.ticket}: {error}") from error
        ticket = cls.read({**content, "kept": left, "weights": {}}, str(where.ticket))
        ticket._check_names(where.ticket, trust, own_network=factory is not None)
        if ticket.recipe.network in NETWORKS:  # what is trusted by name runs anyway
            ticket._check_header(where)
        return ticket.model_copy(update={"weights": read_state(where.weights)})

    def check_store(self, store: Store, folder: Path) -> None:
        """That a feature store is of this ticket's task and feature, and of its fold.

        Raises:
            InputError: it is not; names the ticket's `folder`.
        """
        if (self.task, self.feature) != (store.task, store.description):
            one, other = (
                f"{task} on {feature['name']}"
                for task, feature in ((self.task, self.feature), (store.task, store.description))
            )
            settings = ", computed with the same settings" if one == other else ""
            raise InputError(f"{folder}: of {one}, expected {other}{settings}, as {store.folder} is")
        store.check_fold(self.corpus)

    def _check_names(self, path: Path, trust: Trust, own_network: bool) -> None:
        if not own_network:
            refuse_strangers(path, "network", self.recipe.network, NETWORKS, trust)
        check_names(path, self.task, self.feature, trust)

    def _check_header(self, where: TicketFolder) -> None:
        """Build the network without memory, and compare with what the weights' file says of itself."""
        header = read_header(where.weights)
        with torch.device("meta"), _no_more_than(SPARE * (len(header) + 1)):
            network = networks.build(self.recipe, self.seed)
        size = count_parameters(network)
        if size > LARGEST:
            raise InputError(f"{where.ticket}: a network of {size:,} parameters, expected at most {LARGEST:,}")
        try:
            wanted = header_of(_cut(network, self.kept))
        except InputError as error:
            raise InputError(f"{where.ticket}: {error}") from error
        for name in sorted({*wanted, *header}):
            if wanted.get(name) != header.get(name):
                (one, other) = (_shape(table.get(name)) for table in (header, wanted))
                raise InputError(f"{where.weights}: {name} is {one}, expected {other}: weights of another network")


@contextmanager
def _no_more_than(parameters: int) -> Iterator[None]:
    """Refuse to register more parameters than that inside: no network of this file has so many, whatever it says."""
    left = parameters

    def count(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError(f"more than {parameters} layers, expected as many as the weights are of")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def _cut(network: nn.Module, kept: Kept | None) -> nn.Module:
    try:
        return network if kept is None else apply_kept(network, kept)
    except TrimError as error:
        raise InputError(str(error)) from error


def _shape(entry: tuple[tuple[int, ...], str] | None) -> str:
    return "missing" if entry is None else f"{entry[1]} {list(entry[0])}"
