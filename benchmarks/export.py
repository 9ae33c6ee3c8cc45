"""What tickets become in ONNX Runtime and in C: bytes, scores in float32 and int8, and speed against torch and dense.

    python benchmarks/export.py FEATURES DENSE TICKET [TICKET …] [--rounds 30] [--clips 200]

FEATURES is the folder of the tickets' features, DENSE the dense network's ticket; call it where their run was, as
annotations are read by the paths that stand in its tables. One thread, one recording of ten seconds at a time; every
engine of every ticket runs in turn in one process, so that a machine which slows down slows all of them down. Printed
are the median and the 90th percentile of the rounds in milliseconds, after warm-up, and the ratio of the dense
network's time to the ticket's, by engine ("faster"), beside that of their MACs ("MACs fewer"). The front end is timed
apart. Scores are of the first test clips; what is in float32 says what the ticket says. C is built for this machine, if
it has a compiler, and its bytes are the library's; what it takes of a microcontroller `make embedded` tells.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch loads

import argparse
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch

from ultralight_mir import cost
from ultralight_mir.export import export, runtime
from ultralight_mir.export.c.host import COMPILERS, Host
from ultralight_mir.export.calibration import of_store
from ultralight_mir.export.frontends import FRONT_ENDS
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store
from ultralight_mir.inference import listener
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.listening import Listener, whole
from ultralight_mir.scoring import score_set
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket

WARM = 3


@dataclass
class Engine:
    """A ticket in one form."""

    ticket: str
    form: str
    macs: float
    bytes: int
    thresholds: dict[str, float]
    listener: Listener
    milliseconds: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("dense", type=Path)
    parser.add_argument("tickets", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--clips", type=int, default=200)
    chosen = parser.parse_args()
    prepare(1)
    store = Store(chosen.features)
    inputs, _ = cost.example(store)
    with TemporaryDirectory() as folder:
        engines = [
            engine
            for number, path in enumerate((chosen.dense, *chosen.tickets))
            for engine in _engines(path, store, inputs, Path(folder) / str(number))
        ]
        rows = inputs[0].numpy()
        for number in range(WARM + chosen.rounds):
            for engine in engines:
                taken = _milliseconds(engine.listener.hear, rows)
                engine.milliseconds += [taken] if number >= WARM else []
        table = [_row(engine, engines, store, chosen.clips) for engine in engines]
    print(pd.DataFrame(table).to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    if store.feature in FRONT_ENDS:
        _print_front_end(store, (chosen.tickets or [chosen.dense])[-1], chosen.rounds)


def _engines(path: Path, store: Store, inputs: torch.Tensor, scratch: Path) -> list[Engine]:
    ticket = Ticket.read_folder(path)
    task, feature, network = get_task(ticket.task), get_feature(store.feature), ticket.network()
    macs, name = cost.macs(network, inputs), "/".join(path.parts[-2:])
    size, chosen = (path / "weights.safetensors").stat().st_size, ticket.thresholds
    made = [Engine(name, "torch", macs, size, chosen, listener(network, task, feature))]
    clips = of_store(ticket, store, path)
    for form in ("onnx", "onnx-int8"):
        graph = scratch / f"{form}.onnx"
        export(form, ticket, graph, with_front_end=False, calibration=clips)
        made.append(Engine(name, form, macs, graph.stat().st_size, chosen, runtime.read(graph)[1]))
    for form in ("c", "c-int8") if any(map(shutil.which, COMPILERS)) else ():
        folder = scratch / form
        export(form, ticket, folder, with_front_end=False, calibration=clips)
        host = Host(folder)
        there = replace(made[0].listener, hear=host.hear)
        made.append(Engine(name, form, macs, host.library.stat().st_size, chosen, there))
    return made


def _milliseconds(hear: Callable[[np.ndarray], object], rows: np.ndarray) -> float:
    begun = time.perf_counter()
    hear(rows)
    return 1e3 * (time.perf_counter() - begun)


def _row(engine: Engine, engines: list[Engine], store: Store, clips: int) -> dict[str, object]:
    task, indices = get_task(store.task), store.split("test")[:clips]
    given = [whole(task, list(engine.listener.stream(task, [store.input(i)]))) for i in indices]
    wanted = [task.read(store.entries[i].clip) for i in indices]
    ticket = next(other for other in engines if other.form == engine.form)
    score = score_set(task, given, wanted, engine.thresholds).means(task)[task.metrics[0].name]
    median, high = np.percentile(engine.milliseconds, [50, 90])
    faster = np.median(np.array(ticket.milliseconds) / np.array(engine.milliseconds))
    fewer = ticket.macs / engine.macs
    return {
        "ticket": engine.ticket,
        "form": engine.form,
        "bytes": engine.bytes,
        task.metrics[0].name: 100 * score,
        "ms": median,
        "p90": high,
        "MACs fewer": fewer,
        "faster": faster,
        "of it": faster / fewer,
    }


def _print_front_end(store: Store, path: Path, rounds: int) -> None:
    """Milliseconds of the feature of ten seconds, by librosa and by the exported graph (with and without, the less)."""
    feature = get_feature(store.feature)
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, int(cost.SECONDS * feature.sample_rate)).astype(np.float32)
    rows = feature.inputs(samples)
    ticket = Ticket.read_folder(path)
    with TemporaryDirectory() as folder:
        graphs = []
        for inside in (True, False):
            graph = Path(folder) / f"{inside}.onnx"
            export("onnx", ticket, graph, with_front_end=inside, calibration=None)
            graphs.append(runtime.read(graph)[1])
        ways = [(feature.inputs, samples), (graphs[0].hear, samples), (graphs[1].hear, rows)]
        taken = np.array([[_milliseconds(*way) for way in ways] for _ in range(WARM + rounds)])[WARM:]
    made, inside, alone = np.median(taken, axis=0)
    print(f"\nfront end {feature.name}, ten seconds: {made:.1f} ms by librosa, {inside - alone:.1f} ms in the graph")


if __name__ == "__main__":
    main()
