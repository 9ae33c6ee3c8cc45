import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from processes import comes_about, processes
from sealing import reseal_store
from toy import FEATURE, HOP, RATE, ToyTask, toy_clips, toy_store

from ultralight_mir import audio
from ultralight_mir.annotations import Events
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.features.parallel import AHEAD, in_order
from ultralight_mir.features.store import Store, build
from ultralight_mir.files import read_json, write_json
from ultralight_mir.tasks.base import Array


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    store = toy_store(tmp_path)
    clips = toy_clips(tmp_path / "audio")
    assert len(store.entries) == len(clips)
    for i, clip in enumerate(clips):
        expected = FEATURE.compute(audio.load(Path(clip.audio), RATE))
        assert np.array_equal(store.input(i), expected.astype(np.float16))
        times = store.times(store.entries[i].frames)
        assert np.array_equal(store.target(i), ToyTask().target(ToyTask().read(clip), times))
    assert store.split("valid", "test") == [3, 4, 8, 9]


def test_a_segment_is_a_view_of_the_right_frames(tmp_path: Path) -> None:
    store = toy_store(tmp_path)
    assert np.array_equal(store.input(2, 10, 5), store.input(2)[10:15])
    assert np.array_equal(store.target(2, 10, 5), store.target(2)[10:15])
    assert isinstance(store.input(2, 10, 5).base, np.ndarray)


def test_a_bad_clip_leaves_nothing_behind(tmp_path: Path) -> None:
    clips = toy_clips(tmp_path / "audio")
    Path(clips[7].audio).write_bytes(b"no audio")
    with pytest.raises(InputError, match=r"7\.wav: not readable"):
        build("toy", clips, ToyTask(), FEATURE, tmp_path / "features")
    assert not list((tmp_path / "features").iterdir())


@pytest.mark.parametrize("processes", [2, 3])
def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path, processes: int) -> None:
    clips = toy_clips(tmp_path / "audio", 20)  # more than are under way at once
    for count in (1, processes):
        build("toy", clips, ToyTask(), FEATURE, tmp_path / str(count), processes=count)
    for name in ("inputs.npy", "targets.npy", "clips.csv", "store.json"):
        assert (tmp_path / str(processes) / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


def test_a_bad_clip_among_several_processes_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    clips = toy_clips(tmp_path / "audio", 20)
    Path(clips[11].audio).write_bytes(b"no audio")
    with pytest.raises(InputError, match=r"11\.wav: not readable"):
        build("toy", clips, ToyTask(), FEATURE, tmp_path / "features", processes=2)
    assert not list((tmp_path / "features").iterdir())


def _die(item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_one_line() -> None:
    with pytest.raises(InputError, match="one of 2 processes was killed"):
        list(in_order(_die, range(3), 2))


SLOW = """
import os, time
from pathlib import Path
from ultralight_mir.features.parallel import in_order

def slow(item):
    Path(f"worker-{os.getpid()}").touch()
    time.sleep(0.2)

if __name__ == "__main__":
    list(in_order(slow, range(1000), 2))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at as Linux shows them")
def test_no_process_outlives_one_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    parent = subprocess.Popen([sys.executable, "slow.py"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    assert comes_about(lambda: len(list(tmp_path.glob("worker-*"))) == 2)
    parent.kill()
    parent.wait()
    assert comes_about(lambda: not processes(tmp_path))


def test_results_come_in_order_and_only_a_few_items_are_taken_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(40):
            taken.append(item)
            yield -item

    results = in_order(abs, items(), 2)
    for expected in range(40):
        assert next(results) == expected
        assert len(taken) <= expected + 2 * AHEAD
    assert next(results, None) is None


def _wide(samples: Array, **_: float) -> Array:
    return np.zeros((100, 1000), np.float32)


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    clip = toy_clips(tmp_path / "audio", 1)[0]
    feature = Feature("wide", "spectral", RATE, HOP, 1000, _wide)  # 200 kB a clip on disk
    peaks = []
    for count in (10, 100):
        clips = [replace(clip, track_id=str(number)) for number in range(count)]
        tracemalloc.start()
        build("toy", clips, ToyTask(), feature, tmp_path / str(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (tmp_path / "100" / "inputs.npy").stat().st_size > 19_000_000
    assert peaks[1] < peaks[0] + 200_000


def _store(folder: Path) -> Path:
    toy_store(folder)
    return folder / "features"


def _refusal(folder: Path) -> str:
    with pytest.raises(InputError) as refusal:
        Store(folder)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_truncated_store_is_refused(tmp_path: Path) -> None:
    folder = _store(tmp_path)
    inputs = folder / "inputs.npy"
    inputs.write_bytes(inputs.read_bytes()[:-100])
    assert "inputs.npy: 6028 bytes, expected 6128 as when it was written; make it again with: snak" in _refusal(folder)
    np.save(inputs, np.zeros((17, 3), np.float16))
    assert "inputs.npy: " in _refusal(folder)
    reseal_store(folder)
    assert _refusal(folder).endswith("inputs.npy: 17 rows, expected 1000 as clips.csv says")
    inputs.write_bytes(inputs.read_bytes()[:-10])
    reseal_store(folder)
    assert "inputs.npy: not a readable array" in _refusal(folder)


@pytest.mark.parametrize("name", ["inputs.npy", "targets.npy", "clips.csv", "store.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_damaged_store_is_refused_with_the_file_and_the_remedy(tmp_path: Path, name: str, damage: str) -> None:
    folder = _store(tmp_path)
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content if damage == "flipped" else content[:-2])
    said = _refusal(folder)
    assert str(path) in said
    assert f"make it again with: snakemake --cores 1 --force {path}" in said or name == "store.json"


@pytest.mark.parametrize("change", [{"hop": 1}, {"corpus": "other"}])
def test_an_edited_store_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    folder = _store(tmp_path)
    content = read_json(folder / "store.json")
    (content if "corpus" in change else content["feature"]).update(change)
    write_json(folder / "store.json", content)
    assert "store.json: edited or damaged since it was written" in _refusal(folder)


@pytest.mark.parametrize("key", ["corpus", "task", "feature", "framewise"])
def test_a_store_without_a_key_is_refused(tmp_path: Path, key: str) -> None:
    folder = _store(tmp_path)
    content = read_json(folder / "store.json")
    del content[key]
    write_json(folder / "store.json", content)
    assert "store.json: edited or damaged since it was written" in _refusal(folder)
    reseal_store(folder)
    assert f"store.json: not a whole store ('{key}')" in _refusal(folder)


def test_a_store_of_another_format_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "store.json", {"format": 1, "corpus": "toy"})
    assert "store.json: format 1, expected 2; make it again" in _refusal(tmp_path)


def test_a_store_says_how_its_input_is_made(tmp_path: Path) -> None:
    feature = replace(get_feature("log_mel"), name="mine")
    build("toy", toy_clips(tmp_path / "audio", 2), ToyTask(), feature, tmp_path / "features")
    store = Store(tmp_path / "features")
    assert store.description == feature.describe() == json.loads(json.dumps(feature.describe()))
    assert (store.feature, store.kind, store.hop, store.sample_rate) == ("mine", "spectral", 220, 22_050)
    assert store.description["settings"] == {"n_fft": 1024, "fmin": 27.5, "fmax": 11_025.0}
    assert np.array_equal(store.times(3), feature.times(3))


def _not_finite(samples: Array, **_: float) -> Array:
    frames = np.zeros((100, 3), np.float32)
    frames[50, 1] = 1e6 if samples[0] > 0 else np.nan  # 1e6 is infinite in float16
    return frames


class Broken(ToyTask):
    """Its target is not finite."""

    def target(self, annotation: Events, times: Array) -> Array:
        return super().target(annotation, times) * np.nan


def test_what_is_not_finite_is_refused_and_the_clip_named(tmp_path: Path) -> None:
    clips = toy_clips(tmp_path / "audio", 4)
    feature = Feature("broken", "spectral", RATE, HOP, 3, _not_finite)
    for task, shape, what in ((ToyTask(), feature, "feature broken"), (Broken(), FEATURE, "target of task toy")):
        with pytest.raises(InputError, match=rf"^clip '0': {what} holds values that are not finite numbers; .*0\.wav$"):
            build("toy", clips, task, shape, tmp_path / "features")
        assert not list((tmp_path / "features").iterdir())


@pytest.mark.parametrize("processes", [1, 2])
def test_a_recording_that_changed_since_it_was_examined_is_refused(tmp_path: Path, processes: int) -> None:
    clips = toy_clips(tmp_path / "audio", 4)
    known = {clip.track_id: audio.read(Path(clip.audio)).sha256 for clip in clips}
    build("toy", clips, ToyTask(), FEATURE, tmp_path / "features", recordings=known)
    samples = audio.read(Path(clips[2].audio)).mono
    audio.write(Path(clips[2].audio), samples * 0.5, RATE)
    with pytest.raises(InputError) as refusal:
        build("toy", clips, ToyTask(), FEATURE, tmp_path / "again", processes=processes, recordings=known)
    said = str(refusal.value)
    assert said.startswith("clip '2': ") and "2.wav has changed since it was examined (SHA-256 " in said
    assert "run `ultralight-mir splits toy` on its corpus again" in said and "\n" not in said
    assert not list((tmp_path / "again").iterdir())


def test_every_recording_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, opened, whole = toy_clips(tmp_path / "audio", 4), [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or whole(path))
    build("toy", clips, ToyTask(), FEATURE, tmp_path / "features", recordings={"0": ""})
    assert sorted(opened) == [f"{number}.wav" for number in range(4)]
