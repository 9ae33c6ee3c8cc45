"""The command line: what a person reads when something is wrong, and that nothing is left half written."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ultralight_mir import audio
from ultralight_mir.cli import app
from ultralight_mir.features import FEATURES
from ultralight_mir.tasks import TASKS


def _cli(*arguments: object, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "ultralight_mir", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, preexec_fn=restrict)


def _error(done: subprocess.CompletedProcess[str]) -> str:
    """The last line, which is all that a failure adds; a traceback fails the test."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr.strip().splitlines()[-1]


def _manifest(folder: Path, *rows: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    return json.dumps({"kind": "manifest", "folder": str(folder)})


@pytest.mark.parametrize(
    "command", ["corpus", "check-corpus", "splits", "features", "train", "rung", "evaluate", "results", "report"]
)
def test_every_command_has_help(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0 and "Usage" in done.output


def test_a_manifest_without_a_column(tmp_path: Path) -> None:
    settings = _manifest(tmp_path / "mine", "track_id,label", "a,flute")
    said = _error(_cli("corpus", "instrument", tmp_path / "out", "--settings", settings))
    assert said == f"error: {tmp_path}/mine/manifest.csv: column 'audio' is missing; found track_id, label"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.zeros(22_050), "a.wav: silent"),
        (np.full(200, 0.1), "a.wav: 0.009 s long, expected at least 0.1 s"),
    ],
)
def test_a_bad_recording_stops_the_splits(tmp_path: Path, samples: np.ndarray, expected: str) -> None:
    (tmp_path / "mine").mkdir()
    audio.write(tmp_path / "mine" / "a.wav", samples, 22_050)
    settings = _manifest(tmp_path / "mine", "track_id,audio,label,split", "a,a.wav,flute,train")
    assert _cli("corpus", "instrument", tmp_path / "out", "--settings", settings).returncode == 0
    assert expected in _error(_cli("splits", "instrument", tmp_path / "out"))
    assert not (tmp_path / "out" / "splits.tsv").exists()


@pytest.mark.parametrize(
    ("task", "annotation", "expected"),
    [
        ("onset", "0.5\n0.2\n", "line 2"),
        ("onset", "0.5\n7.0\n", "line 2"),
        ("drums", "0.5 KD\n0.2 SD\n", "line 2"),
        ("drums", "0.5 KD\n9.5 SD\n", "line 2"),
        ("pitch", "0.5,220\n0.2,220\n", "line 2"),
        ("pitch", "0.5,220\n9.9,220\n", "line 2"),
        ("chord", "0.0 0.5 C:maj\n0.4 1.0 G:maj\n", "line 2"),
        ("chord", "0.0 0.5 C:maj\n0.5 9.0 G:maj\n", "line 2"),
    ],
)
def test_an_annotation_out_of_order_or_past_the_end(tmp_path: Path, task: str, annotation: str, expected: str) -> None:
    (tmp_path / "mine").mkdir()
    audio.write(tmp_path / "mine" / "a.wav", 0.1 * np.random.default_rng(0).standard_normal(22_050), 22_050)
    (tmp_path / "mine" / "a.txt").write_text(annotation)
    settings = _manifest(tmp_path / "mine", "track_id,audio,annotation,split", "a,a.wav,a.txt,train")
    assert _cli("corpus", task, tmp_path / "out", "--settings", settings).returncode == 0
    said = _error(_cli("splits", task, tmp_path / "out"))
    assert "a.txt" in said and expected in said
    assert "1 of 1 clips are bad, expected at most 2 % (bad_clips): clip 'a'" in said
    assert not (tmp_path / "out" / "splits.tsv").exists()


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the write fails in the middle, as it does there."""
    done = _cli(
        "corpus",
        "onset",
        tmp_path,
        "--settings",
        '{"kind": "synthetic", "clips": {"onset": 20}}',
        limit=50_000,
    )
    said = _error(done)
    assert "no space left to write it" in said and ".wav" in said
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_settings_that_are_not_json(tmp_path: Path) -> None:
    assert "--settings: not valid JSON" in _error(_cli("corpus", "onset", tmp_path, "--settings", "{"))


def test_an_unknown_task(tmp_path: Path) -> None:
    assert "no clips for task 'beats', expected one of" in _error(_cli("corpus", "beats", tmp_path))


def test_listing_recordings_is_not_called_synthesis(tmp_path: Path) -> None:
    for number in range(3):
        audio.write(tmp_path / "mine" / f"{number}.wav", np.full(22_050, 0.1), 22_050)
    settings = _manifest(tmp_path / "mine", "track_id,audio,label", *(f"{n},{n}.wav,flute" for n in range(3)))
    done = _cli("corpus", "instrument", tmp_path / "out", "--settings", settings)
    assert done.returncode == 0, done.stderr
    assert set(json.loads((tmp_path / "out" / "timing.json").read_text())["phases"]) == {"start-up", "other"}


def test_help_names_what_is_registered() -> None:
    for command, names in (("corpus", TASKS), ("splits", TASKS), ("features", {**TASKS, **FEATURES})):
        shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
        assert all(name in shown for name in names)
