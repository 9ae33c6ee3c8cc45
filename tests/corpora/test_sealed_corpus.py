"""What `splits` proved is proven to whoever reads it; names that look like nothing are names."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import audio
from ultralight_mir.clips import Clip, read_good_clips, recordings, write_clips
from ultralight_mir.corpora.validation import validate
from ultralight_mir.digests import digest
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store, build
from ultralight_mir.tasks import get_task

NAMES = ("NA", "None", "null", "*", "nan", "", "007", 'quo"ted', "a,b", "#1")
TABLES = ("clips.csv", "splits.tsv", "quality.csv")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Ten clips of noise in three splits; each is named as its group."""
    clips = []
    for number, name in enumerate(NAMES):
        random = np.random.default_rng(number)
        steps = np.repeat(random.uniform(0.01, 0.3, 20), 400)
        audio.write(tmp_path / f"{number}.wav", (steps * random.standard_normal(8_000)).clip(-1, 1), 8_000)
        split = ("train", "valid", "test")[number % 3]
        clips.append(Clip(name, str(tmp_path / f"{number}.wav"), "", "flute", name, split, 1.0))
    write_clips(tmp_path, clips)
    validate(tmp_path, get_task("instrument"), 0.0)
    return tmp_path


def test_names_that_look_like_nothing_survive(corpus: Path) -> None:
    clips = read_good_clips(corpus)
    assert [(clip.track_id, clip.group) for clip in clips] == [(name, name) for name in NAMES]
    assert recordings(corpus) == {name: digest(corpus / f"{number}.wav") for number, name in enumerate(NAMES)}
    build("mine", clips, get_task("instrument"), get_feature("waveform"), corpus / "features")
    entries = Store(corpus / "features").entries
    assert [(entry.clip.track_id, entry.clip.group) for entry in entries] == [(name, name) for name in NAMES]


def _cut(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def _edit(path: Path) -> None:
    path.write_text(path.read_text().replace("train", "valid", 1).replace("8000", "8001", 1))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("spoil", [_cut, _edit, Path.unlink])
def test_an_edited_table_is_one_line(corpus: Path, name: str, spoil: Callable[[Path], object]) -> None:
    spoil(corpus / name)
    for read in (read_good_clips, recordings):
        with pytest.raises(InputError) as caught:
            read(corpus)
        assert str(caught.value).startswith(f"{corpus / name}: ") and "\n" not in str(caught.value)
        assert str(caught.value).endswith(f"make it again with: snakemake --cores 1 --force {corpus / name}")


def test_splits_that_fail_leave_no_proof_of_earlier_ones(corpus: Path) -> None:
    (corpus / "0.wav").write_bytes(b"no audio")
    with pytest.raises(InputError, match="1 of 10 clips are bad"):
        validate(corpus, get_task("instrument"), 0.0)
    with pytest.raises(InputError, match=r"splits\.json: no such file; make it again"):
        read_good_clips(corpus)


def test_the_command_refuses_a_recording_that_changed(corpus: Path) -> None:
    audio.write(corpus / "3.wav", 0.1 * np.random.default_rng(99).standard_normal(8_000), 8_000)
    command = [sys.executable, "-m", "ultralight_mir", "features", "instrument", "waveform", corpus, corpus / "out"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert last.startswith(f"error: clip '*': {corpus / '3.wav'} has changed since it was examined")
    assert "run `ultralight-mir splits instrument` on its corpus again" in last
    assert not (corpus / "out" / "store.json").exists()
