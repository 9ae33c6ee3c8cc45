"""Where the time of dense networks and tickets goes in ONNX Runtime, and how much of the MACs' reduction is seen.

    python benchmarks/operators.py DENSE TICKET [DENSE TICKET …] [--rounds 40] [--each]

Folders of tickets, in pairs. Ten seconds of noise, one thread, one recording at a time; dense and ticket run in turns.
"faster" is the median of the rounds' ratios of CPU time, "of it" that over the ratio of their MACs, "at
best" the same of the fastest rounds. Then, of dense and of the ticket: CPU milliseconds (median and fastest), MACs a
second in the fastest round, and the shares of it that go into convolutions and products, into moving values about (what
reorders channels, transposes, slices, concatenates), into other operators, and into nothing that the profiler of ONNX
Runtime sees; each operator counts as in its fastest round, by the clock: where others kept the machine too busy for
that, no shares are told. "lanes" is the share of the products that are the network's: the rest are of channels that are
not there, as a block of channels is computed whole. `--each` prints every operator that takes 2 % or more.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch loads

import argparse
import json
import math
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import torch

from ultralight_mir import cost
from ultralight_mir.export import export
from ultralight_mir.export.head import INPUT
from ultralight_mir.features import get_feature
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.ticket import Ticket

WARM = 3
QUIET = 1.1
"""How much longer than a whole round its operators may take by the clock, for the clock to be believed."""
COMPUTES = ("Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "GRU", "LSTM")
MOVES = ("ReorderInput", "ReorderOutput", "Transpose", "Concat", "Slice", "Split", "Pad", "Reshape", "Gather", "Expand")


@dataclass
class Graph:
    """A ticket as a graph, profiled."""

    name: str
    task: str
    macs: float
    run: Any
    operators: dict[str, tuple[float, dict[str, Any]]]

    def share(self, *kinds: str) -> float:
        """Milliseconds of these operators, or of all."""
        return sum(taken for taken, about in self.operators.values() if not kinds or about["op_name"] in kinds)

    @property
    def lanes(self) -> float:
        """MACs over those that convolutions and products compute."""
        return self.macs / sum(_computed(about) for _, about in self.operators.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="DENSE TICKET")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--each", action="store_true")
    chosen = parser.parse_args()
    if len(chosen.folders) % 2:
        parser.error("expected pairs of folders")
    prepare(1)
    rows = []
    for pair in zip(chosen.folders[::2], chosen.folders[1::2], strict=True):
        graphs = [_graph(folder, chosen.rounds) for folder in pair]
        rows += _rows(graphs, chosen.rounds)
        for graph in graphs if chosen.each else ():
            _print_each(graph)
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda value: f"{value:.2f}"))


def _graph(folder: Path, rounds: int) -> Graph:
    ticket = Ticket.read_folder(folder)
    feature = get_feature(str(ticket.feature["name"]))
    shape = feature.batch_of_one(int(cost.SECONDS * feature.sample_rate / feature.hop))
    inputs = {INPUT: np.random.default_rng(0).uniform(0, 2, shape).astype(np.float32)}
    with TemporaryDirectory() as name:
        path = Path(name) / "ticket.onnx"
        export("onnx", ticket, path, with_front_end=False, calibration=None)
        plain, profiled = _session(path, ""), _session(path, str(Path(name) / "profile"))
        for _ in range(WARM + rounds):
            profiled.run(None, inputs)
        events = json.loads(Path(profiled.end_profiling()).read_text())
    macs = cost.macs(ticket.network(), torch.from_numpy(inputs[INPUT]))
    return Graph("/".join(folder.parts[-2:]), ticket.task, macs, lambda: plain.run(None, inputs), _fastest(events))


def _session(path: Path, profile: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_profiling, options.profile_file_prefix = bool(profile), profile
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _fastest(events: list[dict[str, Any]]) -> dict[str, tuple[float, dict[str, Any]]]:
    """Operator → its milliseconds in its fastest run, and what the profiler says of it."""
    taken, about = defaultdict(list), {}
    for event in events:
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            taken[event["name"]].append(event["dur"] / 1e3)
            about[event["name"]] = event["args"]
    return {name: (min(times), about[name]) for name, times in taken.items()}


def _computed(about: dict[str, Any]) -> float:
    """Products of a convolution or a matrix product, those of channels that are not there included."""
    inputs, outputs = (
        [next(iter(shape.values())) for shape in about[f"{side}_type_shape"]] for side in ("input", "output")
    )
    if about["op_name"] not in COMPUTES:
        return 0.0
    if "Conv" in about["op_name"]:
        return math.prod(inputs[1]) * math.prod(outputs[0]) / outputs[0][1]
    return math.prod(outputs[0]) * inputs[0][-1]


def _rows(graphs: list[Graph], rounds: int) -> list[dict[str, object]]:
    taken: list[list[float]] = [[], []]
    for number in range(WARM + rounds):
        for times, graph in zip(taken, graphs, strict=True):
            begun = time.process_time()
            graph.run()
            times += [1e3 * (time.process_time() - begun)] if number >= WARM else []
    dense, ticket = graphs
    fewer, best = dense.macs / ticket.macs, min(taken[0]) / min(taken[1])
    faster = float(np.median(np.array(taken[0]) / np.array(taken[1])))
    ratios = {"MACs fewer": fewer, "faster": faster, "of it": faster / fewer, "at best": best / fewer}
    return [
        _row(dense, taken[0]) | dict.fromkeys(ratios, 1.0),
        _row(ticket, taken[1]) | ratios,
    ]


def _row(graph: Graph, times: list[float]) -> dict[str, object]:
    least, every = min(times), graph.share()
    computes, moves = graph.share(*COMPUTES), graph.share(*MOVES)
    shares = {"computes": computes, "moves": moves, "other": every - computes - moves, "unseen": least - every}
    quiet = every < QUIET * least
    return {
        "task": graph.task,
        "ticket": graph.name,
        "ms": float(np.median(times)),
        "fastest": least,
        "G MAC/s": graph.macs / least / 1e6,
        "lanes": graph.lanes,
        **{name: taken / least if quiet else math.nan for name, taken in shares.items()},
    }


def _print_each(graph: Graph) -> None:
    every = sum(taken for taken, _ in graph.operators.values())
    print(f"{graph.task}, {graph.name}: {every:.2f} ms")
    for taken, about in graph.operators.values():
        if taken >= 0.02 * every:
            shapes = [
                next(iter(shape.values())) for shape in (*about["input_type_shape"][:2], *about["output_type_shape"])
            ]
            print(f"  {taken:7.2f} ms {100 * taken / every:3.0f} %  {about['op_name']} {' '.join(map(str, shapes))}")


if __name__ == "__main__":
    main()
