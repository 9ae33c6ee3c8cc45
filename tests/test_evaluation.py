"""Scoring: rows stand in the order of the clips, and time is set against the right dense network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from toy import ToyTask, settings, toy_store

from ultralight_mir import evaluation, ladder
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.inference import outputs
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.strategy import Strategy
from ultralight_mir.ticket import Ticket

MASK = Strategy(name="thin", method="mask", reset="reinit")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return toy_store(tmp_path_factory.mktemp("toy"))


def trained(store: Store, folder: Path, seed: int = 0, width: int = 4) -> Ticket:
    """A dense ticket."""
    ladder.train_dense(store, folder, seed, settings(steps=2, options={"width": width}), Clock())
    return Ticket.read_folder(folder, trust=True)


def test_time_is_set_against_the_dense_network(store: Store, tmp_path: Path) -> None:
    dense = trained(store, tmp_path / "dense", width=64)
    other = trained(store, tmp_path / "small").model_copy(update={"strategy": MASK, "rung": 1})  # of another recipe
    evaluation.run(dense, [store], tmp_path / "dense", Clock())
    evaluation.run(other, [store], tmp_path / "small", Clock(), dense=dense)
    costs = [json.loads((tmp_path / n / "evaluation.json").read_text())["costs"] for n in ("dense", "small")]
    assert [costs[0][f"cpu_ratio{end}"] for end in ("_low", "", "_high")] == [1, 1, 1]
    assert 0 < costs[1]["cpu_ratio_low"] <= costs[1]["cpu_ratio"] <= costs[1]["cpu_ratio_high"]


def test_another_dense_network_is_refused(store: Store, tmp_path: Path) -> None:
    dense, foreign = trained(store, tmp_path / "0"), trained(store, tmp_path / "1", seed=1)
    thin = dense.model_copy(update={"strategy": MASK})
    with pytest.raises(InputError, match=r"a ticket of thin, expected --dense, the dense one's folder"):
        evaluation.run(thin, [store], tmp_path / "0", Clock())
    for other, found in ((foreign, r"toy 1 dense"), (thin, r"toy 0 thin")):
        with pytest.raises(
            InputError, match=rf"set against the ticket of \S+ {found}, expected that of \S+ toy 0 dense"
        ):
            evaluation.run(thin, [store], tmp_path / "0", Clock(), dense=other)
    assert not (tmp_path / "0" / "scores.csv").exists()


def test_every_clip_has_its_own_score(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though clips of one length, wherever they stand, go through the network together."""
    ticket, task = trained(store, tmp_path / "dense"), ToyTask()
    entries = [replace(entry, frames=90 - 10 * (i % 3)) for i, entry in enumerate(store.entries)]
    monkeypatch.setattr(store, "entries", entries)

    def rows(indices: Sequence[int]) -> list[dict[str, object]]:
        return evaluation.score_corpus(
            partial(outputs, ticket.network(), task), task, evaluation.TestCorpus("toy", store, indices), {"on": 0.5}
        ).rows

    together = rows(range(len(entries)))
    assert [row["track_id"] for row in together] == [str(i) for i in range(10)]
    assert together == [row for index in range(len(entries)) for row in rows([index])]
    assert len({row["value"] for row in together}) > 1
