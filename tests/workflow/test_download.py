"""An experiment on a data set of one's own that is downloaded first, from a publisher on 127.0.0.1."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from checkout import TABLES, TINY, checkout, run
from publisher import publish_own, serving

CLICKS = {
    "corpora": {"clicks": {"kind": "mirdata", "dataset": "mine:CLICKS"}},
    "data_home": "data",
    "grid": {"tasks": ["onset"], "strategies": ["trim"], "removed": [0.5]},
    "tasks": {"onset": {**TINY["tasks"]["onset"], "corpus": "clicks"}},
}


def test_from_the_publisher_to_the_results_and_then_nothing_to_do(tmp_path: Path) -> None:
    folder = checkout(tmp_path, **CLICKS)
    with serving() as publisher:
        publish_own(publisher, folder)
        done = run(folder, *TABLES)
        assert done.returncode == 0, done.stderr
        assert [path for path, _ in publisher.asked] == ["/clicks_index.json", "/clicks.zip"]
        again = run(folder, *TABLES)
        assert again.returncode == 0 and "Nothing to be done" in again.stderr, again.stderr
        assert len(publisher.asked) == 2
    found = json.loads((folder / "results/tiny/datasets/CLICKS.json").read_text())
    assert (found["files"], found["missing"], found["differing"]) == (40, 0, [])
    clips = pd.read_csv(folder / "results/tiny/corpora/clicks/onset/clips.csv")
    assert len(clips) == 20 and set(clips["split"]) == {"train", "valid", "test"}
    results = pd.read_csv(folder / "results/tiny/results.csv")
    assert set(results["corpus"]) == {"clicks"}


def test_a_data_set_that_cannot_be_had_is_one_line_and_a_failure(tmp_path: Path) -> None:
    clips = {"drums": {"kind": "mirdata", "dataset": "mdb_drums"}}
    folder = checkout(tmp_path, **{**CLICKS, "corpora": clips, "tasks": {"onset": {"corpus": "drums"}}})
    done = run(folder)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "holds no mdb_drums, which cannot be downloaded; clone https://github.com/" in done.stderr
    assert not list(folder.glob("results/tiny/corpora/*")) and not (folder / "data").exists()
