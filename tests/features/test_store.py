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
from toy import FEATURE, HOP, RATE, ToyTask, build_toy, toy_clips, toy_store

from ultralight_mir import audio
from ultralight_mir.digests import write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.features.base import Feature
from ultralight_mir.features.parallel import AHEAD, in_order
from ultralight_mir.features.store import Store, build
from ultralight_mir.files import read_json
from ultralight_mir.paths import FeatureFolder
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


def test_a_store_is_read_beside_another_copy_of_its_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is shared: by an experiment of another name, from elsewhere."""
    monkeypatch.chdir(tmp_path)
    first, folder = Path("results/first"), Path("features/toy/log_mel")
    build_toy(toy_clips(first / "corpora/toy", 3), first / folder)
    first.rename("results/second")
    monkeypatch.chdir("results")
    store = Store("second" / folder)
    for entry in store.entries:
        assert entry.clip.audio.startswith("second/corpora/toy/") and Path(entry.clip.audio).exists()
        assert Path(entry.clip.annotation).exists()


def test_an_older_store_says_its_paths_as_its_working_directory_had_them(tmp_path: Path) -> None:
    folder = toy_store(tmp_path).folder
    files, content = FeatureFolder(folder), read_json(FeatureFolder(folder).store)
    files.clips.write_text(files.clips.read_text().replace(f"{tmp_path}/", "results/"))
    write_sealed(files.store, {k: v for k, v in content.items() if k not in ("files", "digest")}, files.sealed)
    assert all(entry.clip.audio.startswith("results/") for entry in Store(folder).entries)


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


def test_a_truncated_store_is_refused(tmp_path: Path) -> None:
    toy_store(tmp_path)
    inputs = tmp_path / "features" / "inputs.npy"
    inputs.write_bytes(inputs.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"inputs\.npy: 6028 bytes, expected 6128 as when it was written"):
        Store(tmp_path / "features")
    np.save(inputs, np.zeros((17, 3), np.float16))
    with pytest.raises(InputError, match=r"inputs\.npy: 230 bytes, expected 6128 as when it was written"):
        Store(tmp_path / "features")


def test_every_recording_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, opened, whole = toy_clips(tmp_path / "audio", 4), [], Path.read_bytes
    known = {clip.track_id: audio.read(Path(clip.audio)).sha256 for clip in clips}
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or whole(path))
    build("toy", clips, ToyTask(), FEATURE, tmp_path / "features", recordings=known)
    assert sorted(opened) == [f"{number}.wav" for number in range(4)]
