"""Everything that is wrong with a folder and its manifest, at once, before anything is run on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ultralight_mir.clips import SPLITS, Clip
from ultralight_mir.corpora import manifest, quality
from ultralight_mir.corpora.splits import leaks
from ultralight_mir.tasks import get_task

LABELS = 12
"""Labels that the summary names; the others are counted."""


def check(
    folder: Path, task: str, seed: int = 0, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[str], str]:
    """Read every row, recording and annotation of `folder/manifest.csv`; nothing is written.

    `task`: whose annotations they are; "" reads none (labels are words, and need no reading).

    Everything is looked at in one go: a row with a bad split is examined and placed all the same, and so on.

    Returns:
        What is wrong, one line a fault; and a summary of the clips whose files are there.

    Raises:
        InputError: the task is unknown.
    """
    reader = get_task(task) if task else None
    listing = manifest.read(str(folder), task, seed)
    faults, sound = list(listing.faults), []
    with TemporaryDirectory() as scratch:
        clips = manifest.write_texts(listing, Path(scratch))
        for number, (entry, clip) in enumerate(zip(listing.clips, clips, strict=True), start=1):
            examined = quality.examine(clip, reader)
            if examined.fault:
                faults.append(f"clip '{clip.track_id}': {_of_its_source(examined.fault, clip, listing, entry)}")
            elif clip.split in SPLITS:
                sound.append(examined)
            progress(number, len(clips))
    return [*faults, *leaks(sound)], _summary(clips)


def _of_its_source(fault: str, clip: Clip, listing: manifest.Listing, entry: Clip) -> str:
    """The fault of a converted annotation, told of the file that it was converted from: the text is gone by then."""
    text = listing.texts.get(entry.annotation)
    return fault.replace(clip.annotation, f"{text.source} (as text)") if text else fault


def _summary(clips: Sequence[Clip]) -> str:
    splits = Counter(clip.split for clip in clips)
    labels = Counter(clip.label for clip in clips if clip.label)
    named = ", ".join(f"{label} {count}" for label, count in labels.most_common(LABELS))
    more = f" and {len(labels) - LABELS} more" if len(labels) > LABELS else ""
    return "; ".join(
        (
            f"{len(clips)} clips",
            f"{sum(clip.duration for clip in clips) / 3600:.2f} hours",
            f"{len({clip.group for clip in clips})} groups",
            f"labels: {named}{more}" if labels else "no labels",
            "splits: " + ", ".join(f"{split} {splits[split]}" for split in SPLITS),
        )
    )
