"""How fast tickets and systems are from samples to estimate: front end, network and decisions, in turns.

What is timed is what a user waits for; `cost` times the network alone. All hear the same recordings one after the other
in one process, so that a machine that slows down slows all of them down; CPU time, as another job must not count.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ultralight_mir import audio, predictor
from ultralight_mir.clips import Clip
from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.given_up import GivenUpError
from ultralight_mir.jobs.machine import cpu_name
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import DENSE, RaceFolder, TicketFolder
from ultralight_mir.records import RACE
from ultralight_mir.rivals import heard
from ultralight_mir.systems import get_system
from ultralight_mir.trust import Trust

log = logging.getLogger(__name__)
SECONDS = 30.0
"""Of audio that all hear."""
SPREAD = (10, 50, 90)
"""Percentiles over the recordings that are told."""


class Runner(NamedTuple):
    """A ticket or a system: the columns that say which, and what it does with samples and their rate."""

    identity: Mapping[str, Any]
    hear: Callable[[np.ndarray, int], Any]


def run(
    tickets: Sequence[Path],
    systems: Sequence[str],
    corpus: Path,
    folder: Path,
    clock: Clock,
    threads: int = 1,
    split: str = "",
    trust: Trust = (),
) -> None:
    """Write `times.csv` and `race.json` into a folder.

    Args:
        tickets, systems: who takes part: folders of tickets, and names as `get_system` finds them.
        corpus: the folder of the clips that they hear, of one `split` or all.
        threads: that libraries may use, as the table says.

    Raises:
        InputError: a ticket is missing or damaged; a package is missing that a system needs; there is no clip.
    """
    runners = [*_tickets(tickets, trust), *map(_system, systems)]
    with clock.phase("cost"):
        factors = _factors(runners, list(_chosen(heard(corpus, split))))
    ends = np.percentile(factors, SPREAD, axis=0).T
    place = {"threads": threads, "machine": cpu_name()}
    rows = [
        {**runner.identity, "rtf_low": low, "rtf": median, "rtf_high": high, **place}
        for runner, (low, median, high) in zip(runners, ends.tolist(), strict=True)
    ]
    where = RaceFolder(folder)
    RACE.write(where.times, rows)
    write_sealed(where.race, {"seconds": SECONDS}, [where.times])


def _tickets(paths: Iterable[Path], trust: Trust) -> Iterator[Runner]:
    """Those that there are: a training that was given up left none."""
    for path in paths:
        try:
            yield _ticket(path, trust)
        except GivenUpError as error:
            log.warning("%s", error)


def _ticket(path: Path, trust: Trust) -> Runner:
    hear = predictor.load(path, trust=trust)
    ticket = read_sealed(TicketFolder(path).ticket)
    strategy = DENSE if ticket["strategy"] is None else ticket["strategy"]["name"]
    identity = {"network": ticket["recipe"]["network"], "seed": ticket["seed"], "strategy": strategy}
    return Runner({**identity, "removed_target": ticket["removed_target"]}, hear)


def _system(name: str) -> Runner:
    system = get_system(name)
    return Runner({"system": system.name}, system.estimate)


def _chosen(clips: Sequence[Clip]) -> Iterator[Clip]:
    """As many as last `SECONDS`, from all over the corpus."""
    step, left = max(1, int(len(clips) * np.mean([clip.duration for clip in clips]) / SECONDS)), SECONDS
    for clip in clips[::step]:
        if left > 0:
            yield clip
        left -= clip.duration


def _factors(runners: Sequence[Runner], clips: Sequence[Clip]) -> np.ndarray:
    """CPU seconds for a second of audio, `[clips, runners]`; before the first each warms up on it."""
    progress, factors = Progress("recordings raced"), []
    for number, clip in enumerate(clips):
        recording = audio.read(Path(clip.audio))
        samples, rate = recording.mono, recording.sample_rate
        if not number:
            _times(runners, samples, rate)
        factors.append([taken * rate / len(samples) for taken in _times(runners, samples, rate)])
        progress(number + 1, len(clips))
    return np.array(factors)


def _times(runners: Iterable[Runner], samples: np.ndarray, rate: int) -> list[float]:
    times = []
    for runner in runners:
        begun = time.process_time()
        runner.hear(samples, rate)
        times.append(time.process_time() - begun)
    return times
