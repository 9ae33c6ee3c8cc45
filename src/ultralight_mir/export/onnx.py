"""A ticket as an ONNX graph: normalisations folded, any length in time, checked against torch before it is written."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError
from ultralight_mir.export import lanes
from ultralight_mir.export.frontends import front_end
from ultralight_mir.export.head import INPUT, KEY, OUTPUT, Head
from ultralight_mir.features import get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.files import replacing
from ultralight_mir.jobs.torch_setup import bring_compiler
from ultralight_mir.listening import EDGE, Reach
from ultralight_mir.reach import reach_of
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Task
from ultralight_mir.ticket import Ticket

if TYPE_CHECKING:
    import onnx

    from ultralight_mir.tasks.base import Array

OPSET = 18
LENGTHS = (64, 200, 333)
"""Frames at which a graph must say what torch says; the second is what it is traced with."""
AGREED = 1e-4
"""Of an activation in 0…1, that a graph may differ by."""
NEEDED = "onnx, onnxscript and onnxruntime (pip install 'ultralight-mir[export]')"


class Activated(nn.Module):
    """A ticket's network with its activation, and with its front end where samples go in."""

    def __init__(self, network: nn.Module, task: Task, front: nn.Module | None = None) -> None:
        super().__init__()
        self.front, self.network, self._task = front, network, task

    def forward(self, inputs: Tensor) -> Tensor:
        """`[1, frames, bins]` or `[1, samples]` → activations in 0…1, `[1, frames, outputs]` or `[1, outputs]`."""
        return self._task.activation(self.network(inputs if self.front is None else self.front(inputs)))


def write(ticket: Ticket, path: Path, with_front_end: bool, calibration: Sequence[Array] | None = None) -> None:
    """Write a ticket as a float32 graph (`export.export`)."""
    made = graph(ticket, with_front_end)
    lanes.fill(made)
    save(made, head_of(ticket, with_front_end, "float32"), path)


def graph(ticket: Ticket, with_front_end: bool) -> onnx.ModelProto:
    """The graph of a ticket.

    Raises:
        InputError: a package is missing; the feature has no front end; no exporter makes a graph of this network that
            says what torch says at every length.
    """
    task, feature, network = get_task(ticket.task), get_feature(str(ticket.feature["name"])), ticket.network()
    front = front_end(feature) if with_front_end and feature.kind != "waveform" else None
    made = _network_graph(Activated(network, task).eval(), feature, task, ticket.recipe.network)
    if front is None:
        return made
    made = with_front(made, front, feature)
    fault = _fault(made, Activated(network, task, front).eval(), feature, samples=True)
    if fault:
        raise InputError(f"front end {feature.name}: cannot be exported ({fault})")
    return made


def with_front(network: onnx.ModelProto, front: nn.Module, feature: Feature) -> onnx.ModelProto:
    """A graph with a front end before it: samples go in."""
    from onnx import compose

    # Not folded: Fourier kernels would stand in the file.
    first = _exported(front, _example(feature, True, LENGTHS[1]), True, dynamo=False, fold=False)
    first, prefix = compose.add_prefix(first, "front_"), "front_"
    first.ir_version = network.ir_version
    versions = {other.domain: other.version for other in network.opset_import}
    for mine in first.opset_import:
        mine.version = versions.get(mine.domain, mine.version)
    made = compose.merge_models(first, network, io_map=[(prefix + OUTPUT, INPUT)])
    made.graph.input[0].name = INPUT
    for node in made.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = INPUT if name == prefix + INPUT else name
    return made


def _network_graph(whole: nn.Module, feature: Feature, task: Task, name: str) -> onnx.ModelProto:
    samples, faults = feature.kind == "waveform", []
    # The older exporter takes a tenth of the time but cannot frame a waveform; the newer one freezes the length of
    # recurrent networks.
    for dynamo in (False, True):
        try:
            made = _exported(whole, _example(feature, samples, LENGTHS[1]), task.framewise, dynamo)
        except ImportError as error:
            raise InputError(f"export: {error.name} is not installed, expected {NEEDED}") from error
        except Exception as error:  # the exporters raise whatever they stumble over
            faults.append((str(error).strip().splitlines() or [type(error).__name__])[0])
            continue
        fault = _fault(made, whole, feature, samples)
        if not fault:
            return made
        faults.append(fault)
    raise InputError(f"{name}: cannot be exported ({'; '.join(faults)})")


def head_of(ticket: Ticket, with_front_end: bool, precision: Any) -> Head:
    """What a ticket's graph says of itself."""
    task, feature = get_task(ticket.task), get_feature(str(ticket.feature["name"]))
    reach = Reach(0, 0)
    if task.framewise:
        bins = feature.bins if feature.kind == "spectral" else 0
        reach = reach_of(ticket.network(), bins, feature.samples_per_frame)
    further = -(-(feature.reach or 0) // (feature.hop * EDGE)) * EDGE if with_front_end else 0
    return Head(
        task=ticket.task,
        feature=ticket.feature,
        front_end=with_front_end or feature.kind == "waveform",
        thresholds=ticket.thresholds,
        before=reach.before + further,
        after=reach.after + further,
        endless=reach.endless,
        precision=precision,
    )


def save(model: onnx.ModelProto, head: Head, path: Path) -> None:
    """Write a graph with its head, atomically."""
    import onnx

    del model.metadata_props[:]
    for part in (*model.graph.node, *model.graph.value_info):  # where in which source file each came from
        del part.metadata_props[:]
        part.doc_string = ""
    model.metadata_props.add(key=KEY, value=head.model_dump_json())
    model.producer_name = KEY
    onnx.checker.check_model(model)
    with replacing(path) as scratch:
        onnx.save_model(model, str(scratch))


def _exported(whole: nn.Module, example: Tensor, framewise: bool, dynamo: bool, fold: bool = True) -> onnx.ModelProto:
    import onnx

    bring_compiler()
    with quiet():
        if dynamo:
            program = torch.onnx.export(
                whole,
                (example,),
                dynamo=True,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({1: torch.export.Dim.DYNAMIC},),
                verbose=False,
            )
            assert program is not None
            return program.model_proto
        lengths = {INPUT: {1: "length"}} | ({OUTPUT: {1: "frames"}} if framewise else {})
        with TemporaryDirectory() as folder:
            path = str(Path(folder) / "graph.onnx")
            torch.onnx.export(
                whole,
                (example,),
                path,
                dynamo=False,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_axes=lengths,
                opset_version=OPSET,
                do_constant_folding=fold,
            )
            return onnx.load(path)


def _fault(model: onnx.ModelProto, whole: nn.Module, feature: Feature, samples: bool) -> str:
    """Where a graph does not say what torch says; "" where it does throughout."""
    from ultralight_mir.export.runtime import session

    running = session(model.SerializeToString(), "export")
    for length in LENGTHS:
        example = _example(feature, samples, length)
        with torch.inference_mode():
            wanted = whole(example).numpy()
        try:
            (found,) = running.run(None, {INPUT: example.numpy()})
        except Exception as error:
            return f"fails at {length} frames: {str(error).splitlines()[0]}"
        if found.shape != wanted.shape:
            return f"gives {list(found.shape)} at {length} frames, expected {list(wanted.shape)}"
        differs = float(np.abs(found - wanted).max())
        if not differs <= AGREED:
            return f"differs by {differs:.1e} at {length} frames, expected at most {AGREED}"
    return ""


def _example(feature: Feature, samples: bool, frames: int) -> Tensor:
    """An input with something in it."""
    random = torch.Generator().manual_seed(0)
    if samples:
        return 0.3 * torch.randn((1, frames * feature.hop), generator=random)
    return 2.0 * torch.rand((1, frames, feature.bins), generator=random)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what the exporters tell of themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
