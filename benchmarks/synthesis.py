"""What the embedded corpora cost to make: core-seconds per 100 training clips of each task, and its groups.

python benchmarks/synthesis.py [clips, default 100] [task …]
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from ultralight_mir.corpora.synthetic import SYNTHESISERS, excerpts


def main(count: int, tasks: list[str]) -> None:
    """Print a line a task; a first clip of each, with its imports, is not counted."""
    for task in tasks or SYNTHESISERS:
        next(excerpts(task, "train", 1, 1))
        start = time.process_time()
        groups = Counter(clip.group for clip in excerpts(task, "train", count, 0))
        seconds = (time.process_time() - start) / count
        share = max(groups.values()) / count
        print(f"{task:12} {100 * seconds:6.2f} core-s per 100 clips; {len(groups)} groups, the largest {share:.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2:])
