"""The check for leaks, on the embedded corpora: it finds none, and finds one where a synthesiser is made to leak."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from ultralight_mir.clips import read_clips, side_of
from ultralight_mir.corpora import synthetic
from ultralight_mir.corpora.quality import examine
from ultralight_mir.corpora.splits import leaks
from ultralight_mir.corpora.synthetic.sources import owner

FRAME_WISE = ("pitch", "chord", "drums", "onset")
MODULES = "ultralight_mir.corpora.synthetic"


def _shorten(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips of a second: who plays is asked, not what."""
    for name in ("DURATION", "SHORTEST", "LONGEST"):
        monkeypatch.setattr(f"{MODULES}.{task}.{name}", 1.0, raising=False)


def _leaks(task: str, folder: Path, clips: int = 20) -> list[str]:
    synthetic.build(task, folder, clips, 0, test_clips=clips // 2, unlabelled_clips=4)
    examined = [examine(clip, None) for clip in read_clips(folder)]
    return list(leaks([one for one in examined if not one.fault]))  # a second may be silent


@pytest.mark.parametrize("task", synthetic.SYNTHESISERS)
def test_no_source_is_in_two_splits(task: str, tmp_path: Path) -> None:
    assert not _leaks(task, tmp_path)
    where = defaultdict(set)
    for clip in read_clips(tmp_path):
        where[clip.group].add(side_of(clip.split))
    assert all(len(sides) == 1 for sides in where.values())


@pytest.mark.parametrize("task", FRAME_WISE)
def test_groups_are_sources_and_their_programs_do_not_cross(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shorten(task, monkeypatch)
    synthetic.build(task, tmp_path, 60, 0, test_clips=30, unlabelled_clips=10)
    for clip in read_clips(tmp_path):
        kind, number = clip.group.split("-")
        assert kind in ("program", "timbre", "singer", "kit") and int(number, 16) >= 0
        if kind == "program":
            assert owner(int(number)) == side_of(clip.split)


@pytest.mark.parametrize("task", ["singing", *FRAME_WISE])
def test_what_is_drawn_twice_is_found_out(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kits, singers and timbres are named by what they are drawn from: here, from one of three numbers."""
    _shorten(task, monkeypatch)
    for module in (task, "kits"):
        monkeypatch.setattr(f"{MODULES}.{module}.draw_seed", lambda random: int(random.integers(3)), raising=False)
    assert any("same group is in two splits" in leak and "(test)" in leak for leak in _leaks(task, tmp_path))


@pytest.mark.parametrize("task", ["pitch", "chord", "onset"])
def test_programs_that_are_not_held_out_are_found_out(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shorten(task, monkeypatch)

    def first_of(split: str, pool: Iterable[int]) -> list[int]:
        return list(pool)[:3]

    monkeypatch.setattr(f"{MODULES}.{task}.programs_of", first_of)
    assert any("same group is in two splits" in leak and "program-" in leak for leak in _leaks(task, tmp_path))


@pytest.mark.parametrize("task", FRAME_WISE)
def test_a_test_split_has_many_groups_none_of_them_large(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _shorten(task, monkeypatch)
    groups = Counter(clip.group for clip in synthetic.excerpts(task, "test", 200, 0))
    assert len(groups) >= 40
    assert max(groups.values()) <= 0.06 * 200
