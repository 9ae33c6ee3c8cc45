from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ultralight_mir.clips import Clip
from ultralight_mir.corpora.datasets.splitting import with_splits
from ultralight_mir.errors import InputError


def clips(groups: list[int], split: str = "train") -> list[Clip]:
    return [
        Clip(f"{g}-{i}", "a.wav", "", "x", f"{split}-{g}", split, 1.0) for g, n in enumerate(groups) for i in range(n)
    ]


@given(some.lists(some.integers(1, 30), min_size=2, max_size=30), some.integers(0, 5))
def test_validation_is_whole_groups_of_training(sizes: list[int], seed: int) -> None:
    given_clips = clips(sizes) + clips([5], "test")
    found = with_splits(given_clips, seed)
    where = defaultdict(set)
    for before, after in zip(given_clips, found, strict=True):
        assert before.track_id == after.track_id and (before.split == "test") == (after.split == "test")
        where[after.group].add(after.split)
    assert all(len(splits) == 1 for splits in where.values())
    valid = sum(c.split == "valid" for c in found)
    assert 0 < valid < sum(sizes)
    assert valid <= max(min(sizes), sum(sizes) / 8 + max(sizes) / 2)


def test_what_the_publisher_says_in_full_stays() -> None:
    full = clips([3]) + clips([2], "valid") + clips([2], "test")
    assert with_splits(full, 0) == full


def test_half_a_split_is_refused() -> None:
    with pytest.raises(InputError, match="track '0-0': no split, expected one as 3 others have"):
        with_splits(clips([2], "") + clips([3]), 0)


def test_one_training_group_cannot_be_divided() -> None:
    with pytest.raises(InputError, match="1 groups in the publisher's training split, expected at least 2"):
        with_splits(clips([9]) + clips([2], "test"), 0)
