from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultralight_mir.clips import Clip
from ultralight_mir.corpora.quality import Examined
from ultralight_mir.corpora.splits import check_and_write
from ultralight_mir.errors import InputError
from ultralight_mir.folds import LEAVE_ONE_OUT, count, fold_by_group, how_many, take


def _clips(groups: list[int]) -> list[Clip]:
    return [Clip(str(i), "", "", "label", str(g), "test", 1.0) for i, g in enumerate(groups)]


@given(st.lists(st.integers(0, 9), min_size=3, max_size=60), st.integers(3, 8), st.integers(0, 1000))
def test_every_clip_is_tested_once_and_no_group_crosses_a_split(groups: list[int], folds: int, seed: int) -> None:
    clips = _clips(groups)
    if len(set(groups)) < folds:
        with pytest.raises(InputError, match=rf"expected at least {folds} to cut into folds"):
            fold_by_group(clips, folds, seed)
        return
    cut = fold_by_group(clips, folds, seed)
    assert cut == fold_by_group(clips, folds, seed)
    assert count(cut) == folds
    tested: Counter[str] = Counter()
    validated: Counter[str] = Counter()
    for fold in range(folds):
        taken = take(cut, fold)
        assert [c.track_id for c in taken] == [c.track_id for c in clips]
        assert {c.split for c in taken} == {"train", "valid", "test"}
        where = defaultdict(set)
        for clip in taken:
            where[clip.group].add(clip.split)
        assert all(len(splits) == 1 for splits in where.values())
        tested.update(c.track_id for c in taken if c.split == "test")
        validated.update(c.track_id for c in taken if c.split == "valid")
    assert tested == validated == Counter(c.track_id for c in clips)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=40).filter(lambda g: len(set(g)) >= 3))
def test_leaving_one_group_out_leaves_out_one_group(groups: list[int]) -> None:
    clips = _clips(groups)
    cut = fold_by_group(clips, how_many(LEAVE_ONE_OUT, len(set(groups))), 0)
    for fold in range(count(cut)):
        taken = take(cut, fold)
        assert len({c.group for c in taken if c.split == "test"}) == 1
        assert len({c.group for c in taken if c.split == "valid"}) == 1


def test_the_seed_changes_which_group_validates() -> None:
    def validator(seed: int) -> list[str]:
        cut = fold_by_group(_clips(list(range(8))), 8, seed)
        tests = {c.group: fold for fold in range(8) for c in take(cut, fold) if c.split == "test"}
        return [next(c.group for c in take(cut, tests[str(g)]) if c.split == "valid") for g in range(8)]

    assert validator(0) != validator(1)


def test_parts_are_about_equally_large() -> None:
    cut = fold_by_group(_clips([i // 3 for i in range(90)]), 5, 0)
    assert set(Counter(c.split for c in cut).values()) == {18}


@pytest.mark.parametrize(
    ("asked", "groups", "message"),
    [
        (LEAVE_ONE_OUT, 1, "^1 group, expected at least 3 to cut into folds"),
        (LEAVE_ONE_OUT, 2, "^2 groups, expected at least 3"),
        (5, 4, "^4 groups, expected at least 5"),
    ],
)
def test_too_few_groups(asked: str | int, groups: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        how_many(asked, groups)


def test_a_fold_that_there_is_not() -> None:
    cut = fold_by_group(_clips([0, 1, 2]), 3, 0)
    for fold in (-1, 3):
        with pytest.raises(InputError, match=f"fold {fold} is asked for; the clips are cut into 3 folds"):
            take(cut, fold)
    with pytest.raises(InputError, match="fold 0 is asked for; the clips are cut into no folds"):
        take(_clips([0, 1, 2]), 0)


def test_the_same_recording_in_two_folds_is_a_leak(tmp_path: Path) -> None:
    clips = fold_by_group([Clip(name, "", "", "x", name, "train", 1.0) for name in "abc"], 3, 0)
    examined = [Examined(clip, {}, "", content, None) for clip, content in zip(clips, "121", strict=True)]
    with pytest.raises(
        InputError, match=r"same content is in two splits: clip 'a' \(fold-\d\) and clip 'c' \(fold-\d\)"
    ):
        check_and_write(examined, tmp_path / "splits.tsv")
