"""A corpus's random numbers are its own: they do not hang on its place in a registry, nor on which others there are."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path

import pytest

from ultralight_mir.corpora import synthetic
from ultralight_mir.corpora.synthetic import SYNTHESISERS

CLIPS = {
    "instrument": "304dbee737cd5234",
    "singing": "801a3c06975e9a44",
    "pitch": "be975eb8e48c7dcf",
    "chord": "30f7f4f0a5cdb9d7",
    "drums": "d7af111966daf3cc",
    "onset": "e19761de5858ebba",
}
"""The first digits of the SHA-256 of clips.csv of six clips, two of them to test, of seed 0 (groups, labels, …)."""
ANNOTATIONS = {"chord": "2c606b061c961b9e", "drums": "99b3fcd05c2816b2"}
"""And of their annotations, where these are drawn and not measured (which the last bit of a processor may change)."""


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def test_every_corpus_has_a_stream_of_its_own() -> None:
    streams = {task: import_module(module).STREAM for task, module in SYNTHESISERS.items()}
    assert len(set(streams.values())) == len(streams)


@pytest.mark.parametrize("task", SYNTHESISERS)
def test_the_clips_are_those_of_ever(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "SYNTHESISERS", {"another": "nowhere", **dict(reversed(SYNTHESISERS.items()))})
    synthetic.build(task, tmp_path, 4, 0, test_clips=2)
    assert _digest(tmp_path / "clips.csv") == CLIPS[task]
    if task in ANNOTATIONS:
        assert _digest(*sorted((tmp_path / "annotations").iterdir())) == ANNOTATIONS[task]
