"""A system is scored as tickets are, and raced against them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import audio, given_up, race, rivals, ticket
from ultralight_mir.clips import read_good_clips
from ultralight_mir.corpora import build
from ultralight_mir.corpora.settings import Synthetic
from ultralight_mir.corpora.validation import validate
from ultralight_mir.digests import read_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import ExportFolder, RaceFolder, SystemFolder
from ultralight_mir.records import RACE, SCORES
from ultralight_mir.systems import get_system
from ultralight_mir.tasks import get_task
from ultralight_mir.tickets import path as packaged


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    build("onset", folder, Synthetic(kind="synthetic", clips={"onset": 20}), lambda done, total: None)
    validate(folder, get_task("onset"), 0.0, lambda done, total: None)
    return folder


@pytest.mark.parametrize("split", ["test", ""])
def test_scores_are_those_of_the_task_on_the_same_clips(corpus: Path, tmp_path: Path, split: str) -> None:
    rivals.run("spectral_flux", "onset", corpus, "mine", tmp_path, Clock(), split)
    rows = SCORES.read(SystemFolder(tmp_path).scores)
    clips = [clip for clip in read_good_clips(corpus) if split in ("", clip.split)]
    assert rows["track_id"].drop_duplicates().tolist() == [clip.track_id for clip in clips]
    assert len(clips) < 20 if split else len(clips) == 20
    task, system = get_task("onset"), get_system("spectral_flux")
    for clip in clips[:3]:
        heard = system.estimate(audio.load(Path(clip.audio), 22_050), 22_050)
        own = rows[rows["track_id"] == clip.track_id].set_index("metric")["value"].to_dict()
        assert own == pytest.approx({s.metric: s.value for s in task.score(heard, task.read(clip))}, abs=2e-6)
    said = read_json(SystemFolder(tmp_path).system)
    assert (said["system"], said["task"], said["parameters"]) == ("spectral_flux", "onset", 0)


def test_a_system_of_another_task_and_a_corpus_without_clips_are_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="system 'yin': for pitch, expected one for onset"):
        rivals.run("yin", "onset", corpus, "mine", tmp_path, Clock())
    with pytest.raises(InputError, match="no dev clips, expected at least one to score"):
        rivals.run("spectral_flux", "onset", corpus, "mine", tmp_path, Clock(), "dev")
    assert not list(tmp_path.iterdir())


def test_a_race_has_a_row_for_each(corpus: Path, tmp_path: Path) -> None:
    race.run([packaged("onset")], ["spectral_flux"], corpus, tmp_path, Clock(), split="test")
    rows = RACE.read(RaceFolder(tmp_path).times)
    assert rows["system"].tolist() == ["", "spectral_flux"]
    assert rows["strategy"].tolist() == ["taught", ""] and rows["removed_target"].iloc[0] == 0.95
    assert ((rows["rtf_low"] > 0) & (rows["rtf_low"] <= rows["rtf"]) & (rows["rtf"] <= rows["rtf_high"])).all()


def test_a_ticket_that_was_given_up_is_left_out(corpus: Path, tmp_path: Path) -> None:
    given_up.write_ticket(tmp_path / "gone", "the loss is nan", ticket.FORMAT)
    race.run([tmp_path / "gone", packaged("onset")], [], corpus, tmp_path / "race", Clock(), split="test")
    assert RACE.read(RaceFolder(tmp_path / "race").times)["removed_target"].tolist() == [0.95]
    exported = ExportFolder(tmp_path / "gone" / "onnx")
    given_up.write_export(tmp_path / "gone", exported, "the loss is nan")
    said = read_sealed(exported.evaluation, exported.scores.name)
    assert said[given_up.KEY] == "the loss is nan" and SCORES.read(exported.scores).empty


def test_all_run_in_turns_on_the_same_samples(corpus: Path) -> None:
    seen: list[tuple[str, int]] = []

    def runner(name: str, seconds: float) -> race.Runner:
        def hear(samples: np.ndarray, rate: int) -> None:
            seen.append((name, len(samples)))
            until = time.process_time() + seconds
            while time.process_time() < until:
                pass

        return race.Runner({}, hear)

    clips = [clip for clip in read_good_clips(corpus) if clip.split == "test"][:2]
    factors = race._factors([runner("a", 0.02), runner("b", 0.06)], clips)
    assert [name for name, _ in seen] == ["a", "b"] * 3, "once before, then once a clip"
    assert {length for _, length in seen[::2]} == {length for _, length in seen[1::2]}
    lengths = np.array([length / 22_050 for _, length in seen[2::2]])
    assert factors == pytest.approx(np.stack((0.02 / lengths, 0.06 / lengths), axis=1), rel=0.2)


def test_half_a_minute_is_heard_from_all_over_the_corpus(corpus: Path) -> None:
    first, *_ = read_good_clips(corpus)
    clips = [replace(first, track_id=str(number)) for number in range(400)]
    chosen = list(race._chosen(clips))
    heard = sum(clip.duration for clip in chosen)
    assert race.SECONDS - 0.01 <= heard < race.SECONDS + max(clip.duration for clip in clips)
    assert chosen[0] == clips[0] and clips.index(chosen[-1]) > 300
    assert list(race._chosen(clips[:2])) == clips[:2], "a small corpus is heard whole"
