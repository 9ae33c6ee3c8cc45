"""How many clips each split of an embedded corpus has."""

from __future__ import annotations

from ultralight_mir.clips import UNLABELLED

TEST = 0.2
"""Of all clips, where no number of test clips is given."""
VALID = 1 / 8
"""Of training and validation clips together."""


def split_sizes(
    clips: int, test_clips: int | None = None, unlabelled_clips: int = 0, valid_clips: int | None = None
) -> dict[str, int]:
    """Split → number of clips, of those that have any.

    `clips` are training, validation and test clips together, 70/10/20 %; with `test_clips` they are training and
    validation clips, 7 : 1, and there are that many test clips beside them. With `valid_clips` there are that many
    validation clips beside them too.
    """
    test = round(TEST * clips) if test_clips is None else test_clips
    rest = clips - test if test_clips is None else clips
    valid = round(VALID * rest) if valid_clips is None else valid_clips
    train = rest - valid if valid_clips is None else rest
    sizes = {"train": train, "valid": valid, "test": test, UNLABELLED: unlabelled_clips}
    return {split: size for split, size in sizes.items() if size}
