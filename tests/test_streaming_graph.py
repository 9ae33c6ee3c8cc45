"""Graphs a few frames at a time say what they say of the whole; what lives at the same time shares no memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from untrained import write_ticket

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.arena import Span, placed
from ultralight_mir.export.c.streaming import Step, streaming
from ultralight_mir.export.onnx import graph
from ultralight_mir.export.runtime import session
from ultralight_mir.ticket import Ticket

onnx = pytest.importorskip("onnx", reason="onnx is not installed (pip install 'ultralight-mir[export]')")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "onset": ("onset", "spectral_cnn", {"width": 2}),
    "deep": ("drums", "spectral_cnn", {"width": 2, "depth": 5}),
    "chord": ("chord", "chord_cnn", {"width": 2, "depth": 4}),
    "pitch": ("pitch", "harmonic_cnn", {"width": 2, "depth": 3}),
}


def _streamed(step: Step, rows: np.ndarray) -> np.ndarray:
    running, frames = session(step.model.SerializeToString(), "step"), len(rows)
    means = {value.name: value for value in step.model.graph.input if value.name == step.mean}
    shapes = {name: [size.dim_value for size in value.type.tensor_type.shape.dim] for name, value in means.items()}
    beforehand = {name: rows.mean(axis=0).reshape(shape) for name, shape in shapes.items()}
    states = {state.name: np.zeros(state.shape, np.float32) for state in step.states}
    said = []
    for number in range(-(-(frames + step.delay) // step.frames)):
        part = np.full((step.frames, rows.shape[1]), 7.0, np.float32)  # what stands after the end must not be heard
        given = rows[number * step.frames : (number + 1) * step.frames]
        part[: len(given)] = given
        masks = {}
        for mask in step.masks:
            place = number * mask.frames - mask.delay + np.arange(mask.frames)
            there = (place >= 0) & (place < -(-frames // mask.rate))
            masks[mask.name] = there.astype(np.float32).reshape(mask.shape)
        first, *later = running.run(None, {"input": part[None], **beforehand, **masks, **states})
        states = dict(zip(states, later, strict=True))
        said.append(first[0])
    return said[-1] if step.length else np.concatenate(said)[step.delay : step.delay + frames]


@pytest.mark.parametrize("case", CASES)
def test_a_stream_says_what_the_whole_says(case: str, tmp_path: Path) -> None:
    task, network, options = CASES[case]
    model = graph(Ticket.read_folder(write_ticket(tmp_path, task, network, options)), with_front_end=False)
    step, whole = streaming(model), session(model.SerializeToString(), "whole")
    bins = step.model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    for frames in (3, 64, 201):
        rows = np.random.default_rng(frames).uniform(0, 2, (frames, bins)).astype(np.float32)
        (wanted,) = whole.run(None, {"input": rows[None]})
        np.testing.assert_allclose(_streamed(step, rows), wanted[0], atol=2e-6)


@pytest.mark.parametrize("frames", [64, 207])
def test_what_is_said_of_a_clip_is_gathered(frames: int, tmp_path: Path) -> None:
    ticket = Ticket.read_folder(write_ticket(tmp_path, "singing", "timbre_cnn", {"width": 3}))
    weights = {name: 20 * value if "classify" in name else value for name, value in ticket.weights.items()}
    model = graph(ticket.model_copy(update={"weights": weights}), with_front_end=False)
    step, whole = streaming(model, frames), session(model.SerializeToString(), "whole")
    rows = np.random.default_rng(0).uniform(0, 2, (frames, 64)).astype(np.float32)
    rows[frames // 3 :] *= np.linspace(0.2, 2, 64, dtype=np.float32)  # something that changes in the clip
    (wanted,) = whole.run(None, {"input": rows[None]})
    assert wanted.max() > 2 * wanted.mean()
    np.testing.assert_allclose(_streamed(step, rows), wanted[0], atol=2e-6)


@pytest.mark.parametrize(
    ("task", "network", "message"),
    [
        ("drums", "crnn", "GRU|Shape|Expand|axis"),
        ("instrument", "timbre_cnn", "ReduceMean over time needs all of a recording at a time"),
    ],
)
def test_what_needs_all_of_a_recording_is_no_stream(task: str, network: str, message: str, tmp_path: Path) -> None:
    model = graph(Ticket.read_folder(write_ticket(tmp_path, task, network, {"width": 2})), with_front_end=False)
    with pytest.raises(InputError, match=message) as caught:
        streaming(model)
    assert "\n" not in str(caught.value)


class _Odd(nn.Module):
    """What no network here has: strides in time that are joined again late, and a kernel that looks ahead alone."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(6)
        self.slow = nn.Conv1d(6, 4, 3, stride=2, padding=1)
        self.slower = nn.Conv1d(4, 4, 6, stride=2, padding=2)
        self.wide = nn.Conv1d(6, 4, 5, dilation=3, padding=6)
        self.last = nn.Conv1d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x.transpose(1, 2))
        slow = nn.functional.interpolate(self.slower(self.slow(x).relu()), scale_factor=4.0, mode="nearest")
        both = torch.cat((slow[..., : x.shape[2]], self.wide(x)), dim=1)
        return self.last(both).transpose(1, 2)


def test_slow_layers_and_wide_kernels_come_together(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = _Odd().eval()
    path = str(tmp_path / "odd.onnx")
    axes = {"input": {1: "length"}, "activation": {1: "frames"}}
    torch.onnx.export(
        network,
        (torch.randn(1, 64, 6),),
        path,
        dynamo=False,
        input_names=["input"],
        output_names=["activation"],
        dynamic_axes=axes,
        opset_version=18,
    )
    step = streaming(onnx.load(path))
    assert step.frames == 4 and step.delay >= 6
    for frames in (64, 128):
        rows = np.random.default_rng(frames).normal(size=(frames, 6)).astype(np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(rows)[None])[0].numpy()
        np.testing.assert_allclose(_streamed(step, rows), wanted, atol=2e-6)


SPANS = st.tuples(st.integers(0, 64), st.integers(0, 9), st.integers(0, 9)).map(
    lambda told: Span(8 * told[0], min(told[1:]), max(told[1:]))
)


@given(st.dictionaries(st.text("abcdef", min_size=1), SPANS, max_size=12))
def test_what_lives_together_lies_apart(spans: dict[str, Span]) -> None:
    offsets, total = placed(spans)
    assert set(offsets) == set(spans)
    for name, mine in spans.items():
        assert 0 <= offsets[name] <= total - mine.size
        for other, its in spans.items():
            together = mine.first <= its.last and its.first <= mine.last
            if name != other and together and mine.size and its.size:
                assert offsets[name] + mine.size <= offsets[other] or offsets[other] + its.size <= offsets[name]
    alive = [sum(span.size for span in spans.values() if span.first <= at <= span.last) for at in range(10)]
    assert max(alive) <= total <= sum(span.size for span in spans.values())
