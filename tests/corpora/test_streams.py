"""A corpus's random numbers are its own: they do not hang on its place in a registry, nor on which others there are."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path

import pytest

from ultralight_mir.corpora import synthetic
from ultralight_mir.corpora.synthetic import SYNTHESISERS

CLIPS = {
    "instrument": "e1d1bcf466f02de3",
    "singing": "1033618b5c725b2d",
    "pitch": "e081b86159d62f64",
    "chord": "d12b6bb19a8bfe0e",
    "drums": "85d20d61df7a9813",
    "onset": "6f9c7e7bc491bf18",
}
"""The first digits of the SHA-256 of clips.csv of four clips from seed 0 (groups, labels, splits, durations)."""
ANNOTATIONS = {"chord": "5ebb335c892a6f92", "drums": "f6a91d8ddf563449"}
"""And of their annotations, where these are drawn and not measured (which the last bit of a processor may change)."""


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def test_every_corpus_has_a_stream_of_its_own() -> None:
    streams = {task: import_module(module).STREAM for task, module in SYNTHESISERS.items()}
    assert len(set(streams.values())) == len(streams)


@pytest.mark.parametrize("task", SYNTHESISERS)
def test_the_clips_are_those_of_ever(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "SYNTHESISERS", {"another": "nowhere", **dict(reversed(SYNTHESISERS.items()))})
    synthetic.build(task, tmp_path, 4, 0)
    assert _digest(tmp_path / "clips.csv") == CLIPS[task]
    if task in ANNOTATIONS:
        assert _digest(*sorted((tmp_path / "annotations").iterdir())) == ANNOTATIONS[task]
