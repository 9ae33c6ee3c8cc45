"""Which recordings a preset of the sound font plays: presets of different names often share theirs.

Read from the font's preset, instrument and sample lists (SoundFont 2.04, section 7).
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from ultralight_mir.corpora.synthetic.midi import DRUM_BANK, sound_font

FORMS = {"phdr": "<20sHHHIII", "pbag": "<HH", "pgen": "<HH", "inst": "<20sH", "ibag": "<HH", "igen": "<HH"}
FORMS["shdr"] = "<20sIIIIIBbHH"
INSTRUMENT, KEYS, SAMPLE = 41, 43, 53
"""Generators."""


@cache
def recordings(program: int, is_drum: bool = False) -> dict[int, frozenset[str]]:
    """Key → the names of the recordings that `program` (or the drum kit of that number) plays on it."""
    lists, bank = _lists(), DRUM_BANK if is_drum else 0
    played: dict[int, set[str]] = defaultdict(set)
    for place, (_, number, of_bank, first, *_) in enumerate(lists["phdr"][:-1]):
        if (number, of_bank) != (program, bank):
            continue
        for outer in _zones("p", first, lists["phdr"][place + 1][3]):
            if INSTRUMENT not in outer:
                continue
            begin, end = lists["inst"][outer[INSTRUMENT]][1], lists["inst"][outer[INSTRUMENT] + 1][1]
            for inner in _zones("i", begin, end):
                if SAMPLE in inner:
                    name = lists["shdr"][inner[SAMPLE]][0].split(b"\0")[0].decode("ascii")
                    for key in _keys(outer) & _keys(inner):
                        played[key].add(name)
    return {key: frozenset(names) for key, names in played.items()}


def _keys(zone: dict[int, int]) -> set[int]:
    span = zone.get(KEYS, 127 << 8)
    return set(range(span & 0xFF, (span >> 8) + 1))


def _zones(kind: str, first: int, last: int) -> Iterator[dict[int, int]]:
    """Generator → amount, of each zone."""
    bags, generators = _lists()[kind + "bag"], _lists()[kind + "gen"]
    for zone in range(first, last):
        yield dict(generators[bags[zone][0] : bags[zone + 1][0]])


@cache
def _lists() -> dict[str, list[tuple[Any, ...]]]:
    """The records of the font's last chunk, by list."""
    data = sound_font().read_bytes()
    place = data.index(b"pdta") + 4
    found = {}
    while place < len(data):
        name, size = data[place : place + 4].decode("ascii"), int.from_bytes(data[place + 4 : place + 8], "little")
        if name in FORMS:
            found[name] = list(struct.iter_unpack(FORMS[name], data[place + 8 : place + 8 + size]))
        place += 8 + size + size % 2
    return found
