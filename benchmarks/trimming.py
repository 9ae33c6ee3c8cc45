"""The trimming engine beside torch-pruning, on the same networks, in the same run.

    python benchmarks/trimming.py            # every family, then networks of 0.1, 1 and 10 million parameters
    python benchmarks/trimming.py --families # or only one of the two
    python benchmarks/trimming.py --sizes

A family fails where an exception is raised, the trimmed network does not run, or it does not compute what the network
computes with the same units silenced. Torch-pruning is tried group by group, each on a fresh copy, and is told which
layers give the output. It is optional: `pip install --no-deps torch-pruning==1.6.1`.
"""

from __future__ import annotations

import argparse
import copy
import importlib.metadata
import multiprocessing
import resource
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "trimming"))

from network_families import FAMILIES, Family

from ultralight_mir.trimming import Ranking, find_criterion, find_units, probe_units, select, silence, trim
from ultralight_mir.trimming.calling import call, convert, tensors_of

try:
    import torch_pruning
except ImportError:
    torch_pruning = None

SIZES = (0.1e6, 1e6, 10e6)


@dataclass(frozen=True)
class Result:
    verdict: str
    find: float = 0.0
    trim: float = 0.0


def outputs(network: nn.Module, example: Any) -> list[Tensor]:
    with torch.no_grad():
        return list(tensors_of(call(network.eval(), example)))


def same(ones: list[Tensor], others: list[Tensor]) -> bool:
    return all(
        a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=1e-10 * max(1.0, float(a.abs().max())))
        for a, b in zip(ones, others, strict=True)
    )


def double(family: Family) -> tuple[nn.Module, Any]:
    change: Callable[[Tensor], Tensor] = lambda tensor: tensor.double() if tensor.is_floating_point() else tensor  # noqa: E731
    return family.network.double().eval(), convert(family.example, change)


def ours(network: nn.Module, example: Any) -> Result:
    begin = time.process_time()
    units = find_units(network, example)
    middle = time.process_time()
    scores = torch.from_numpy(np.random.default_rng(0).random(len(units)))
    choice = select(network, units, scores, 0.5)
    decision = time.process_time()
    trimmed = trim(network, choice.units)
    end = time.process_time()
    right = same(outputs(trimmed, example), outputs(silence(network, choice.units), example))
    return Result("ok" if right else "WRONG RESULT", middle - begin, end - decision)


def theirs(network: nn.Module, example: Any, last: set[str]) -> Result:
    if torch_pruning is None:
        return Result("not installed")
    begin, finding, count = time.process_time(), 0.0, 0
    try:
        while True:
            twin = copy.deepcopy(network)
            groups = groups_of(twin, example, last)
            finding = finding or time.process_time() - begin
            if count >= len(groups):
                return Result(f"ok, {count} groups" if count else "prunes nothing", finding, 0.0)
            reference = prune_one(twin, groups[count])
            if not same(outputs(twin, example), outputs(reference, example)):
                return Result("WRONG RESULT", finding)
            count += 1
    except Exception as error:
        text = (str(error).splitlines() or [""])[0]
        return Result(f"{type(error).__name__}: {text}"[:70], finding)


def groups_of(network: nn.Module, example: Any, last: set[str]) -> list[Any]:
    """Half of the channels of every group that torch-pruning finds."""
    graph = torch_pruning.DependencyGraph().build_dependency(network, example_inputs=example)
    outer = [module for name, module in network.named_modules() if name in last]
    groups = []
    for group in graph.get_all_groups(ignored_layers=outer):
        first = group[0]
        channels = len(first.idxs)
        if channels > 1:
            keep = sorted(np.random.default_rng(0).permutation(channels)[: channels // 2].tolist())
            groups.append(graph.get_pruning_group(first.dep.target.module, first.dep.handler, keep))
    return groups


def prune_one(network: nn.Module, group: Any) -> nn.Module:
    """Prune a group from `network`, in place; returns a copy from before in which nothing reads what was pruned."""
    reference = copy.deepcopy(network)
    names = {module: name for name, module in network.named_modules()}
    for item in group:
        module = item.dep.target.module
        if module not in names:
            continue
        twin, indices = reference.get_submodule(names[module]), list(item.idxs)
        if "in_channels" in item.dep.handler.__name__:
            axis = -1 if isinstance(module, nn.Linear | nn.RNNBase) else 1
            twin.register_forward_pre_hook(lambda _, inputs, indices=indices, axis=axis: mute(inputs, indices, axis))
        elif isinstance(twin, nn.RNNBase):
            for name, weight in twin.named_parameters():
                if name.startswith("weight_hh"):
                    weight.data[:, indices] = 0
    group.prune()
    return reference


def mute(inputs: tuple[Any, ...], indices: list[int], axis: int) -> tuple[Any, ...]:
    index = torch.tensor(indices)
    return (inputs[0].index_fill(axis, index, 0.0), *inputs[1:])


def cnn(width: int) -> tuple[nn.Module, Tensor]:
    layers: list[nn.Module] = []
    ins = 1
    for number, factor in enumerate((1, 1, 2, 2, 4, 4, 8, 8)):
        outs = width * factor
        layers += [nn.Conv2d(ins, outs, 3, padding=1), nn.BatchNorm2d(outs), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if number % 2 else []
        ins = outs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ins, 10)), torch.randn(1, 1, 80, 100)


class Crnn(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            *(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d((1, 4))),
            *(nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU(), nn.MaxPool2d((1, 4))),
        )
        self.gru = nn.GRU(10 * width, 8 * width, 2, bidirectional=True, batch_first=True)
        self.last = nn.Linear(16 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.gru(self.conv(x[:, None]).permute(0, 2, 1, 3).flatten(2))[0])


class WaveNet(nn.Module):
    """Twelve gated blocks, the residual branch of the last of which is dead."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(1, width, 1)
        self.gates = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=2 ** (i % 6)) for i in range(12))
        self.skips, self.backs = (nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(12)) for _ in range(2))
        self.last = nn.Conv1d(width, 10, 1)

    def forward(self, x: Tensor) -> Tensor:
        x, total = self.first(x), 0
        for gate, skip, back in zip(self.gates, self.skips, self.backs, strict=True):
            value, control = gate(functional.pad(x, (gate.dilation[0], 0))).chunk(2, dim=1)
            h = value.tanh() * control.sigmoid()
            total, x = total + skip(h), x + back(h)
        return self.last(total.relu())


KINDS: dict[str, Callable[[int], tuple[nn.Module, Tensor]]] = {
    "cnn": cnn,
    "crnn": lambda width: (Crnn(width), torch.randn(1, 100, 80)),
    "wavenet": lambda width: (WaveNet(width), torch.randn(1, 1, 200)),
}


def sized(kind: str, parameters: float) -> tuple[nn.Module, Tensor]:
    """The widest network of that kind with up to about so many parameters."""
    width = 2
    with torch.device("meta"):
        while sum(p.numel() for p in KINDS[kind](width + 1)[0].parameters()) <= 1.02 * parameters:
            width += 1
    return KINDS[kind](width)


def measure(kind: str, parameters: float, engine: str) -> tuple[int, str, float, float, float]:
    """Parameters, verdict, seconds to find units, seconds to trim, and mebibytes that finding them took."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    network, example = sized(kind, parameters)
    network.eval()
    count = sum(p.numel() for p in network.parameters())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        begin = time.process_time()
        if engine == "ours":
            units = find_units(network, example)
        else:
            torch_pruning.DependencyGraph().build_dependency(network, example_inputs=example)
        finding = time.process_time() - begin
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        if engine == "ours":
            scores = find_criterion("magnitude")(network, units)
            choice = select(network, units, scores, 0.5, ranking=Ranking(scale="dimension"))
            begin = time.process_time()
            trimmed = trim(network, choice.units)
        else:
            importance = torch_pruning.importance.MagnitudeImportance(p=1)
            options = {"pruning_ratio": 0.3, "ignored_layers": [list(network.modules())[-1]]}
            pruner = torch_pruning.pruner.MagnitudePruner(network, example, importance, **options)
            begin = time.process_time()
            pruner.step()
            trimmed = network
        seconds = time.process_time() - begin
        outputs(trimmed, example)
    except Exception as error:
        return count, f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"[:60], 0.0, 0.0, 0.0
    return count, "runs", finding, seconds, memory


def families() -> None:
    print(f"{'family':32} {'ours':6} {'find s':>7} {'trim s':>7}   torch-pruning {version()}")
    passes = [0, 0]
    for name, make in FAMILIES.items():
        torch.manual_seed(0)
        network, example = double(make())
        last = {layer for layer, reason in probe_units(network, example).whole.items() if "output" in reason}
        mine, other = ours(network, example), theirs(network, example, last)
        passes = [passes[0] + (mine.verdict == "ok"), passes[1] + other.verdict.startswith("ok")]
        print(f"{name:32} {mine.verdict:6} {mine.find:7.3f} {mine.trim:7.3f}   {other.verdict}", flush=True)
    print(f"{'passed of ' + str(len(FAMILIES)):32} {passes[0]:<6} {'':15}   {passes[1]}")


def sizes() -> None:
    print(f"\n{'network':8} {'parameters':>11}  {'engine':14} {'find s':>7} {'trim s':>7} {'MiB':>6}  outcome")
    for kind in KINDS:
        for parameters in SIZES:
            for engine in ("ours", "torch-pruning") if torch_pruning is not None else ("ours",):
                # A process of its own, so that the peak of memory is this one's.
                with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                    count, verdict, find, cut, memory = pool.submit(measure, kind, parameters, engine).result()
                print(f"{kind:8} {count:11,}  {engine:14} {find:7.2f} {cut:7.2f} {memory:6.0f}  {verdict}", flush=True)


def version() -> str:
    return importlib.metadata.version("torch-pruning") if torch_pruning is not None else "(not installed)"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--families", action="store_true", help="only the families")
    parser.add_argument("--sizes", action="store_true", help="only the sizes")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    if options.families or not options.sizes:
        families()
    if options.sizes or not options.families:
        sizes()


if __name__ == "__main__":
    main()
