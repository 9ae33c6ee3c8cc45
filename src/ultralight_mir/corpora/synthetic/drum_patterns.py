"""What a drummer plays: patterns of many styles, with fills, ghost notes, swing and human timing.

A bar is written as one line a role, one character a step: `x` nearly always, `o` often, `,` now and then, `g` a ghost
note, `.` nothing. `time` is whoever keeps time: a hi-hat, a ride, a shaker, …
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Hit:
    """One stroke: `time` in seconds, `role` as in `drum_sounds.ROLES`, `velocity` in 0…1."""

    time: float
    role: str
    velocity: float


@dataclass(frozen=True)
class Style:
    """A bar of `beats` beats, each line with the same number of steps; `tempo` is the range in beats a minute."""

    beats: int
    tempo: tuple[float, float]
    lines: dict[str, str]


LIKELY = {"x": 0.97, "o": 0.6, ",": 0.2, "g": 0.55, ".": 0.0}
LOUD = {"x": 0.85, "o": 0.72, ",": 0.65, "g": 0.38}
STYLES = {
    "rock": Style(4, (80, 170), {"time": "x.x.x.x.x.x.x.x.", "snare": "....x.......x..,", "kick": "x.....,.x.o...,."}),
    "rock_pushed": Style(
        4, (80, 160), {"time": "x.x.x.x.x.x.x.x.", "snare": "....x..g.g..x..g", "kick": "x..o..,.o.x..,.o"}
    ),
    "quarters": Style(
        4, (100, 200), {"time": "x...x...x...x...", "snare": "....x.......x...", "kick": "x.o...,.x.,...,."}
    ),
    "funk": Style(4, (75, 125), {"time": "x,x,xox,x,x,xox,", "snare": "....x.gg.g.gx.g,", "kick": "x.,o..o...x..o.,"}),
    "disco": Style(
        4,
        (105, 135),
        {
            "time": "x.x.x.x.x.x.x.x.",
            "open": "..o...o...o...o.",
            "snare": "....x.......x...",
            "kick": "x...x...x...x...",
        },
    ),
    "sixteenths": Style(
        4, (70, 115), {"time": "xoxoxoxoxoxoxoxo", "snare": "....x..,....x..,", "kick": "x.,...,ox.,...,."}
    ),
    "half_time": Style(
        4, (110, 170), {"time": "x.o.x.o.x.o.x.o.", "snare": "........x.....g.", "kick": "x.,..o..,.o...,o"}
    ),
    "motown": Style(
        4, (100, 150), {"time": "x.x.x.x.x.x.x.x.", "snare": "x...x...x...x...", "kick": "x.....o.x.....o."}
    ),
    "punk": Style(4, (150, 220), {"time": "x.x.x.x.x.x.x.x.", "snare": "..x...x...x...x.", "kick": "x...x..,x...x..o"}),
    "ballad": Style(4, (55, 85), {"time": "x.x.x.x.x.x.x.x.", "side": "....x.......x...", "kick": "x......,x.....o."}),
    "reggae": Style(
        4,
        (65, 90),
        {
            "time": "x.o.x.o.x.o.x.oo",
            "side": "........x.......",
            "kick": "........x......,",
            "open": "......,.......,.",
        },
    ),
    "breakbeat": Style(
        4, (90, 175), {"time": "x.x.x.x.x.x.x.o.", "snare": "....x..g.g..x..g", "kick": "x.x...,...xo..,."}
    ),
    "train": Style(4, (90, 130), {"snare": "gogxgogxgogxgogx", "kick": "x...x...x...x...", "time": ",...,...,...,..."}),
    "bossa": Style(4, (110, 150), {"time": "x.x.x.x.x.x.x.x.", "side": "x..x..x....x..x.", "kick": "x..xx..xx..xx..x"}),
    "march": Style(
        4, (90, 130), {"snare": "x.ggx.ggx.ggxgxg", "kick": "x.......x.......", "crash": ",.......,......."}
    ),
    "toms": Style(
        4,
        (80, 150),
        {
            "low_tom": "x..x..x.x..x..x.",
            "high_tom": "..o..,.o..o..,.o",
            "kick": "x...x...x...x...",
            "snare": "....o.......o...",
        },
    ),
    "shuffle": Style(4, (90, 160), {"time": "x.xx.xx.xx.x", "snare": "...x..g..x.g", "kick": "x....,x....o"}),
    "swing": Style(
        4,
        (110, 220),
        {"time": "x..x.xx..x.x", "pedal": "...x.....x..", "snare": "..,..g.,g..,", "kick": ",..,..,..,.,"},
    ),
    "slow_twelve": Style(4, (50, 80), {"time": "xxxxxxxxxxxx", "snare": "...x.....x.g", "kick": "x....ox....,"}),
    "waltz": Style(3, (90, 180), {"time": "x.x.x.x.x.x.", "snare": "....o...o...", "kick": "x.........,."}),
    "surf": Style(4, (120, 180), {"time": "x.x.x.x.x.x.x.x.", "snare": "....x.x.....x...", "kick": "x.......x.o....."}),
    "open": Style(4, (85, 160), {"time": "x...x...x...x...", "snare": "....x.......x...", "kick": "x..o..o.x.,...o."}),
}
KEEPERS = {
    "closed": 0.5,
    "loose": 0.14,
    "open": 0.06,
    "ride": 0.16,
    "bell": 0.02,
    "crash": 0.03,
    "pedal": 0.03,
    "shaker": 0.03,
    "none": 0.03,
}
FILLS = ("snare", "high_tom", "middle_tom", "low_tom", "snare", "kick")
FASTEST = 0.03
"""Seconds between two strokes of the drummer on one drum, at least. It says what is played, not what is annotated."""


def play(duration: float, random: np.random.Generator) -> tuple[list[Hit], float]:
    """Hits from 0 to just before `duration` seconds, in order of time, and the seconds of a beat."""
    draw = random.random()
    if draw < 0.1:
        hits, beat = _scattered(duration, random), random.uniform(0.3, 0.8)
    elif draw < 0.13:
        hits, beat = _alone(duration, random)
    else:
        hits, beat = _groove(duration, random)
    return _humanised(hits, duration, random), beat


def _groove(duration: float, random: np.random.Generator) -> tuple[list[Hit], float]:
    """Bars of one style, with fills; whoever keeps time may hand over in the middle, as from verse to chorus."""
    style = STYLES[str(random.choice(list(STYLES)))]
    beat = 60.0 / random.uniform(*style.tempo)
    keepers = [str(random.choice(list(KEEPERS), p=list(KEEPERS.values()))) for _ in range(2)]
    change = random.uniform(0.2, 1.6) * duration
    swing = random.uniform(0.5, 0.68) if random.random() < 0.25 else 0.5
    lines = {role: _varied(line, random) for role, line in style.lines.items()}
    foot = _foot(len(style.lines["kick"]), style.beats, random) if random.random() < 0.75 else ""
    hits: list[Hit] = []
    start = -float(random.choice([0.0, random.random()])) * style.beats * beat + random.uniform(
        0.0, 0.3
    ) * random.integers(2)
    while start < duration:
        keeper = keepers[int(start > change)]
        played = _bar(_cast(lines, keeper, foot), style.beats, swing, keeper, random)
        if random.random() < 0.22:
            played = _with_fill(played, style.beats, random)
        if random.random() < 0.15:
            played.append(Hit(0.0, "crash", 0.9))
        hits += [replace(hit, time=start + hit.time * beat) for hit in played]
        start += style.beats * beat
    return hits, beat


def _foot(steps: int, beats: int, random: np.random.Generator) -> str:
    """The hi-hat's pedal while the hands are elsewhere: on every beat or on every second."""
    beat = "x" + "." * (steps // beats - 1)
    return beat * beats if random.random() < 0.4 else ("." * len(beat) + beat) * (beats // 2)


def _cast(lines: dict[str, str], keeper: str, foot: str) -> dict[str, str]:
    """The lines with a drum for whoever keeps time, and the pedal (`foot`, "" for none) where no hi-hat is in it."""
    cast = {keeper if role == "time" else role: line for role, line in lines.items()}
    cast.pop("none", None)
    if foot and not {"closed", "loose", "open", "pedal"} & cast.keys():
        cast["pedal"] = foot
    return cast


def _varied(line: str, random: np.random.Generator) -> str:
    """The clip's own version of a line: a few cells changed for good."""
    return "".join(str(random.choice(list("xo,g.."))) if random.random() < 0.06 else cell for cell in line)


def _bar(lines: dict[str, str], beats: int, swing: float, keeper: str, random: np.random.Generator) -> list[Hit]:
    """One bar, times in beats from its start; off-beat eighths of straight bars come at `swing` of the beat."""
    accent = random.uniform(0.0, 0.3)
    hits = []
    for role, line in lines.items():
        step = beats / len(line)
        for place, cell in enumerate(line):
            if random.random() < LIKELY[cell]:
                time, part = place * step, (place * step) % 1
                if swing > 0.5 and len(line) % 3:
                    time += 2 * (swing - 0.5) * (part if part <= 0.5 else 1 - part)
                soft = accent * (part > 0) if role == keeper else 0.0
                opened = role == "closed" and part > 0 and random.random() < 0.06
                hits.append(Hit(time, "open" if opened else role, LOUD[cell] - soft))
    return hits


def _with_fill(hits: list[Hit], beats: int, random: np.random.Generator) -> list[Hit]:
    """The last half beat to three beats of the bar become a run over snare and toms."""
    length = float(random.choice([0.5, 1.0, 1.0, 2.0, 3.0]))
    step = float(random.choice([0.25, 0.25, 1 / 3, 1 / 6, 0.5]))
    start = beats - min(length, beats)
    run = np.arange(start, beats - 1e-6, step)
    roles = (
        sorted(random.integers(0, len(FILLS), len(run)))
        if random.random() < 0.7
        else random.integers(0, len(FILLS), len(run))
    )
    filled = [
        Hit(float(t), FILLS[r], float(random.uniform(0.5, 0.95)))
        for t, r in zip(run, roles, strict=True)
        if random.random() < 0.9
    ]
    return [hit for hit in hits if hit.time < start or hit.role == "kick"] + filled


def _scattered(duration: float, random: np.random.Generator) -> list[Hit]:
    """Every role at random times of its own, at 0…3 hits a second: all combinations, no rhythm to lean on."""
    roles = (
        "kick",
        "snare",
        "closed",
        "loose",
        "open",
        "pedal",
        "ride",
        "crash",
        "high_tom",
        "low_tom",
        "side",
        "percussion",
        "shaker",
    )
    hits = []
    for role in roles:
        rate = random.uniform(0.0, 3.0 if role in ("kick", "snare", "closed") else 1.0) * (random.random() < 0.7)
        for time in random.uniform(0.0, duration, random.poisson(rate * duration)):
            hits.append(Hit(float(time), role, float(random.uniform(0.3, 1.0))))
    return hits


def _alone(duration: float, random: np.random.Generator) -> tuple[list[Hit], float]:
    """One role by itself, or two in turn, at a steady pace."""
    step = random.uniform(0.1, 0.7)
    roles = random.choice(["kick", "snare", "closed", "loose", "open", "pedal", "ride", "crash", "low_tom", "side"], 2)
    hits = [
        Hit(float(time), str(roles[int(random.random() < 0.3)]), float(random.uniform(0.3, 1.0)))
        for time in np.arange(random.uniform(0.0, 0.5), duration, step)
    ]
    return hits, float(np.clip(step * 2, 0.3, 0.8))


def _humanised(hits: list[Hit], duration: float, random: np.random.Generator) -> list[Hit]:
    """Timing errors of up to some 10 ms, roles that lag, uneven strokes, flams; double hits dropped."""
    error = random.uniform(0.0, 0.010)
    lags: dict[str, float] = {}
    level = random.uniform(0.75, 1.1)
    moved = []
    for hit in hits:
        lag = lags.setdefault(hit.role, random.normal(0.0, 0.006))
        velocity = np.clip(hit.velocity * level + random.normal(0.0, 0.08), 0.25, 1.0)
        moved.append(
            Hit(
                max(0.0, hit.time + lag + random.normal(0.0, error)) if hit.time >= 0 else hit.time,
                hit.role,
                float(velocity),
            )
        )
    moved.sort(key=lambda hit: (hit.time, hit.role))
    last: dict[str, float] = {}
    kept = []
    for hit in moved:
        if 0.0 <= hit.time < duration - 0.05 and hit.time - last.get(hit.role, -1.0) >= FASTEST:
            last[hit.role] = hit.time
            kept.append(hit)
    return kept
