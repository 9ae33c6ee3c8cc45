"""Tickets of the package beside the systems that one would take otherwise: scores, sizes, speed.

    python benchmarks/systems.py CORPUS [CORPUS …] [--clips 100]

CORPUS is a folder with a manifest.csv, or one that `ultralight-mir corpus` wrote (its test clips count). Every system
hears the same clips at 22,050 Hz, one after the other on one thread. The real-time factor is CPU time over the time of
audio, from samples to estimate, front end and decisions included, the median over the clips; a ticket is run by torch
and, exported with its front end, by onnxruntime. Scores are the task's metrics over all clips.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch loads

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from ultralight_mir import audio, predictor, tickets
from ultralight_mir.clips import Clip, read_clips
from ultralight_mir.corpora import build
from ultralight_mir.corpora.settings import Manifest
from ultralight_mir.errors import InputError
from ultralight_mir.export import export
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.scoring import score_estimates
from ultralight_mir.systems import SYSTEMS, get_system
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.tasks.base import Task
from ultralight_mir.ticket import Ticket
from ultralight_mir.tickets.cards import read_card

RATE = 22_050


@dataclass
class Way:
    """One system or ticket."""

    name: str
    parameters: int
    bytes: int
    estimate: Callable[[np.ndarray], Any]
    factors: list[float] = field(default_factory=list)
    estimates: list[Any] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--clips", type=int, default=100)
    chosen = parser.parse_args()
    prepare(1)
    for corpus in chosen.corpora:
        for task_name in TASKS:
            with TemporaryDirectory() as folder:
                task = get_task(task_name)
                clips, ways = _clips(corpus, task, Path(folder))[: chosen.clips], _ways(task_name, Path(folder))
                if clips and ways:
                    print(f"\n{corpus.name}, {task_name}: {len(clips)} clips")
                    print(_table(task, clips, ways).to_string(index=False, float_format=lambda value: f"{value:.4g}"))


def _clips(corpus: Path, task: Task, folder: Path) -> list[Clip]:
    """Those with an annotation that the task can read."""
    try:
        if (corpus / "clips.csv").exists():
            clips = [clip for clip in read_clips(corpus) if clip.split == "test"]
        else:
            build(task.name, folder / "corpus", Manifest(kind="manifest", folder=str(corpus)), lambda done, total: None)
            clips = read_clips(folder / "corpus")
        references = [task.read(clip) for clip in clips]
    except InputError:
        return []
    faults = (task.fault(reference) or task.unscored(reference) for reference in references)
    return [clip for clip, fault in zip(clips, faults, strict=True) if not fault]


def _ways(task_name: str, folder: Path) -> list[Way]:
    ways = []
    for name in SYSTEMS:
        system = get_system(name)
        if system.task == task_name:
            heard = lambda samples, system=system: system.estimate(samples, RATE)  # noqa: E731
            ways.append(Way(name, system.parameters, system.bytes, heard))
    for task, size in tickets.names():
        if task == task_name:
            place = tickets.path(task, size)
            card, graph = read_card(place), folder / f"{size}.onnx"
            export("onnx", Ticket.read_folder(place), graph, True, None)
            for engine, path, count in (("torch", place, card.bytes), ("onnx", graph, graph.stat().st_size)):
                loaded = predictor.load(path)
                heard = lambda samples, loaded=loaded: loaded(samples, RATE)  # noqa: E731
                ways.append(Way(f"ticket {size}, {engine}", card.parameters, count, heard))
    return ways


def _table(task: Task, clips: list[Clip], ways: list[Way]) -> pd.DataFrame:
    progress = Progress("clips")
    for number, clip in enumerate(clips):
        samples = audio.load(Path(clip.audio), RATE)
        for way in ways:
            if not number:
                way.estimate(samples)  # imports, and what is compiled when it is first used
            begun = time.process_time()
            way.estimates.append(way.estimate(samples))
            way.factors.append((time.process_time() - begun) * RATE / len(samples))
        progress(number + 1, len(clips))
    references = [task.read(clip) for clip in clips]
    return pd.DataFrame([_row(task, way, references) for way in ways])


def _row(task: Task, way: Way, references: list[Any]) -> dict[str, object]:
    found = score_estimates(task, way.estimates, references).means(task)
    scores = {metric.name: metric.scale * found[metric.name] for metric in task.metrics[:6] if metric.name in found}
    factor = float(np.median(way.factors))
    return {"system": way.name, "parameters": way.parameters, "bytes": way.bytes, "rtf": factor, **scores}


if __name__ == "__main__":
    main()
