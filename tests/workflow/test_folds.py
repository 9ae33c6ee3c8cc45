"""Training on a small folder of recordings in folds, as a user runs it: trained apart, gathered as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from checkout import TINY, checkout, run

from ultralight_mir import audio


def _clicks(folder: Path, count: int = 4) -> None:
    """Recordings of three bands, each with a few clicks, and a manifest."""
    folder.mkdir()
    random = np.random.default_rng(0)
    rows = ["track_id,audio,annotation,group"]
    for number in range(count):
        samples = 0.001 * random.standard_normal(2 * 22_050)
        times = np.sort(random.uniform(0.2, 1.8, 4))
        for time_ in times:
            at = int(time_ * 22_050)
            samples[at : at + 400] += 0.5 * random.standard_normal(400)
        audio.write(folder / f"{number}.wav", samples, 22_050)
        (folder / f"{number}.txt").write_text("".join(f"{t:.4f}\n" for t in times))
        rows.append(f"song-{number},{number}.wav,{number}.txt,band-{number % 3}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


def test_folds_are_trained_apart_and_gathered_as_one(tmp_path: Path) -> None:
    corpora = {"mine": {"kind": "manifest", "folder": "recordings", "folds": "leave-one-group-out"}}
    training = {"steps": 6, "batch": 2, "frames": 50}
    folder = checkout(
        tmp_path / "folds",
        grid={"tasks": ["onset"], "strategies": ["trim"], "removed": [0.5]},
        strategies={"trim": {"rewind": "2it"}},
        corpora=corpora,
        tasks={"onset": {"corpus": "mine", "training": training}},
    )
    _clicks(folder / "recordings")
    done = run(folder)
    assert done.returncode == 0, done.stderr
    root = folder / "results" / "tiny"
    trained = sorted(path.relative_to(root).parts[0] for path in root.glob("*/onset/**/ticket.json"))
    assert trained == ["mine.fold-0", "mine.fold-0", "mine.fold-1", "mine.fold-1", "mine.fold-2", "mine.fold-2"]
    assert len(list(root.glob("features/*/*/*/inputs.npy"))) == 1, "features are computed once, not once a fold"
    tested = [set(pd.read_csv(path)["track_id"]) for path in sorted(root.glob("*/onset/*/*/dense/scores.csv"))]
    assert sorted(track for tracks in tested for track in tracks) == [f"song-{number}" for number in range(4)]
    results = pd.read_csv(root / "results.csv").query("split == 'test'")
    assert set(results["corpus"]) == {"mine"} and set(results["clips"]) == {4}
    assert len(pd.read_csv(root / "costs.csv")) == 2
    page = (folder / "reports" / "tiny" / "index.html").read_text()
    assert "4 clips of mine in 3 folds by group" in page
    told = page.partition("<main ")[2].partition("<pre ")[0]
    assert "thresholds" in told and "synthesised" not in told
    again = run(folder)
    assert "Nothing to be done" in again.stderr, again.stderr


def test_folds_of_too_few_groups_are_one_line_and_a_failure(tmp_path: Path) -> None:
    corpora = {"mine": {"kind": "manifest", "folder": "recordings", "folds": "leave-one-group-out"}}
    folder = checkout(tmp_path / "few", corpora=corpora, tasks={"onset": {"corpus": "mine", **TINY["tasks"]["onset"]}})
    _clicks(folder / "recordings", 2)
    done = run(folder)
    assert done.returncode != 0
    assert "manifest.csv: 2 groups, expected at least 3 to cut into folds (leave-one-group-out)" in done.stderr
    assert "Traceback" not in done.stderr and not (folder / "results").exists()
