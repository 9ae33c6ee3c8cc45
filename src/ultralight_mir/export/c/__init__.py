"""Tickets in C: a folder of files that build with any compiler for C99 and need the mathematical library alone.

Sizes are fixed and nothing is allocated. A network hears a stream layer by layer (`streaming`), one of clips in windows
of fixed length; from a recurrent layer on it hears some frames together (`together`). `ticket.h` is what a program
includes; `main.c` compares with the test vector in `vector.h`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export import int8
from ultralight_mir.export import onnx as plain
from ultralight_mir.export.c.arrays import defines, header
from ultralight_mir.export.c.frontends import front_end
from ultralight_mir.export.c.generator import ALIGNED, Generated, generated
from ultralight_mir.export.c.program import step_source, together_source
from ultralight_mir.export.c.streaming import Step, streaming
from ultralight_mir.export.c.tables import front_tables, work
from ultralight_mir.export.c.together import FRAMES, together
from ultralight_mir.export.c.vector import Vector, samples_for
from ultralight_mir.export.head import INPUT
from ultralight_mir.features import get_feature
from ultralight_mir.files import replacing
from ultralight_mir.tasks import get_task

if TYPE_CHECKING:
    from onnx import ModelProto

    from ultralight_mir.export.c.frontends.banks import Front
    from ultralight_mir.features.base import Feature
    from ultralight_mir.tasks.base import Array, Task
    from ultralight_mir.ticket import Ticket

NAME, TOGETHER = "network", "together"
"""Of the functions that are generated: what hears a stream, and what comes from a recurrent layer on."""
SCRATCH = "extern unsigned char scratch[SCRATCH];"
AGREED, INT8_AGREED = 1e-4, 0.05
"""Of an activation in 0…1, that the network may differ by from ONNX Runtime. Of whole numbers, one that is rounded the
other way moves all after it."""


def write(ticket: Ticket, path: Path, with_front_end: bool, calibration: Sequence[Array] | None = None) -> None:
    """Write a ticket as a folder of C. (`export.export`.)

    The front end stands in files of its own, whether or not it is asked for: frames may go in as well as samples.

    Raises:
        InputError: the generator is missing or has no C for the network; a frame-wise network needs all of a recording
            at a time; there is no C for the feature; `path` is a file.
    """
    _write(ticket, path, lambda: plain.graph(ticket, with_front_end=False))


def write_int8(ticket: Ticket, path: Path, with_front_end: bool, calibration: Sequence[Array] | None = None) -> None:
    """The same, with weights and activations of convolutions in eight bits (`export.int8`).

    Raises:
        InputError: as `write`; nothing to calibrate by.
    """
    _write(ticket, path, lambda: int8.graph(ticket, calibration), 8, INT8_AGREED)


class Memory(NamedTuple):
    """Bytes of what is a ticket's own in its C, without what its front end and code always take.

    Attributes:
        weights: constants of the network.
        states: what layers keep from one step to the next.
        scratch: what layers and transforms compute in, by turns.
    """

    weights: int
    states: int
    scratch: int


def memory(ticket: Ticket) -> Memory:
    """What of a ticket's C hangs on its network, found without a compiler.

    Raises:
        InputError: as `write`.
    """
    parts = _parts(ticket, lambda: plain.graph(ticket, with_front_end=False))
    return Memory(parts.weights, sum(state.size for state in parts.step.states) + parts.gathered, parts.scratch)


def delay_of(ticket: Ticket) -> float:
    """Milliseconds from a frame's centre (of clips: a window's first frame's) until a ticket's C tells of it, at most.

    Raises:
        InputError: as `write`.
    """
    parts = _parts(ticket, lambda: plain.graph(ticket, with_front_end=False))
    return round(1e3 * _delay(parts) / parts.feature.sample_rate, 1)


class _Parts(NamedTuple):
    """What a ticket's C is written from."""

    feature: Feature
    front: Front | None
    model: ModelProto
    step: Step
    network: Generated
    later: ModelProto | None
    together: Generated | None

    @property
    def scratch(self) -> int:
        """Bytes, a multiple of `ALIGNED`."""
        sizes = [ALIGNED, *(part.arena for part in (self.network, self.together) if part)]
        sizes += [] if self.front is None else [work(self.front)]
        return -(-max(sizes) // ALIGNED) * ALIGNED

    @property
    def weights(self) -> int:
        """Bytes of the network's constants."""
        return sum(part.weights for part in (self.network, self.together) if part)

    @property
    def row(self) -> int:
        """Values that a step says of a frame."""
        return self.step.model.graph.output[0].type.tensor_type.shape.dim[-1].dim_value

    @property
    def together_frames(self) -> int:
        """Frames that wait for each other before a recurrent layer."""
        return 0 if self.later is None else FRAMES

    @property
    def gathered(self) -> int:
        """Bytes of the frames that a recurrent layer hears together, and of what is said of them."""
        if self.later is None:
            return 0
        outputs = self.later.graph.output[0].type.tensor_type.shape.dim[-1].dim_value
        return 4 * FRAMES * (self.row + outputs)


def _parts(ticket: Ticket, graph: Callable[[], ModelProto]) -> _Parts:
    task, feature = get_task(ticket.task), get_feature(str(ticket.feature["name"]))
    front = None if feature.kind == "waveform" else front_end(feature)
    model = graph()
    step = _step(model, ticket, task, feature)
    later = together(model, step.recurrent) if step.recurrent else None
    made = None if later is None else generated(later, TOGETHER)
    return _Parts(feature, front, model, step, generated(step.model, NAME), later, made)


def _write(ticket: Ticket, path: Path, graph: Callable[[], ModelProto], bits: int = 32, agreed: float = AGREED) -> None:
    parts = _parts(ticket, graph)
    front, step = parts.front, parts.step
    edge = front.edge + step.delay if front is not None and front.edge else 0
    frames = FRAMES if parts.later else step.length  # what it hears together is what ONNX Runtime hears
    vector = _vector(parts, frames, edge, agreed)
    facts = {"OUTPUTS": vector.activations.shape[1], "BITS": bits, "WEIGHTS": parts.weights}
    later = together_source(parts.later, TOGETHER) if parts.later else ""
    made = {
        "network.c": parts.network.source,
        "step.c": step_source(step, NAME, later),
        "scratch.h": header("SCRATCH_H", [defines({"SCRATCH": parts.scratch}), SCRATCH]),
        "ticket_tables.h": _ticket_tables(ticket, parts, facts),
        "vector.h": vector.source(),
    }
    if parts.together:
        made["together.c"] = parts.together.source
    if front is not None:
        made["front_tables.h"] = front_tables(front, parts.feature)
    _write_folder(path, made)


def _step(model: ModelProto, ticket: Ticket, task: Task, feature: Feature) -> Step:
    if not task.framewise and task.window is None:
        raise InputError(f"task '{task.name}': hears clips of any length; no C for that")
    every = feature.samples_per_frame
    length = None if task.window is None else round(task.window * feature.sample_rate / feature.hop) * every
    try:
        return streaming(model, length, every, before_recurrent=task.framewise)
    except InputError as error:
        raise InputError(
            f"{ticket.recipe.network}: no C for it, as it needs all of a recording at a time ({error})"
        ) from error


def _vector(parts: _Parts, frames: int | None, edge: int, agreed: float) -> Vector:
    from ultralight_mir.export.runtime import session

    feature = parts.feature
    samples = samples_for(feature, frames, edge)
    rows = feature.compute(samples.astype(np.float32) / np.float32(32768))
    given = rows[:, 0] if feature.kind == "waveform" else rows
    (said,) = session(parts.model.SerializeToString(), "export").run(None, {INPUT: given[None]})
    return Vector(samples, rows, said if parts.step.length else said[0], edge, agreed)


def _ticket_tables(ticket: Ticket, parts: _Parts, facts: Mapping[str, int]) -> str:
    feature, front, step = parts.feature, parts.front, parts.step
    told = {
        "TICKET_TASK": ticket.task,
        "TICKET_RATE": feature.sample_rate,
        "TICKET_HOP": feature.hop,
        "TICKET_BINS": feature.bins,
        "TICKET_WAVEFORM": front is None,
        "TICKET_FRAMEWISE": get_task(ticket.task).framewise,
        "TICKET_STEP": step.frames,
        "TICKET_EVERY": step.every,
        "TICKET_SAID": step.said,
        "TICKET_ROW": parts.row,
        "TICKET_TOGETHER": parts.together_frames,
        "TICKET_WINDOW": step.length or 0,
        "TICKET_MEAN": bool(step.mean),
        "TICKET_LATE": step.delay,
        "TICKET_DELAY": _delay(parts),
        **{f"TICKET_{name}": value for name, value in facts.items()},
        **{f"TICKET_THRESHOLD_{_word(name)}": float(value) for name, value in ticket.thresholds.items()},
    }
    return header("TICKET_TABLES_H", [defines(told)])


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII).upper()


def _delay(parts: _Parts) -> int:
    """Samples from a frame's centre until it is told of, at most: what filters hear ahead, then layers, then the step.

    Of a network of clips: from the centre of a window's first frame on.
    """
    front, step, hop = parts.front, parts.step, parts.feature.hop
    ahead = 0 if front is None else max(map(front.ahead, front.banks))
    if step.length is not None:
        return ahead + (step.length // step.every - 1) * hop
    return ahead + (step.delay + step.said - 1 + max(0, parts.together_frames - 1) + (step.every > 1)) * hop


def _write_folder(path: Path, made: dict[str, str]) -> None:
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: a file, expected a folder to write C into")
    path.mkdir(parents=True, exist_ok=True)
    for source in files(__package__).joinpath("sources").iterdir():
        if source.name.startswith("front.") and "front_tables.h" not in made:
            continue
        made[source.name] = source.read_text(encoding="utf-8")
    for name, text in made.items():
        with replacing(path / name) as scratch:
            scratch.write_text(text, encoding="utf-8")
