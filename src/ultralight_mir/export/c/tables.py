"""The tables of a front end, as a C header."""

from __future__ import annotations

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.arrays import array, defines, header
from ultralight_mir.export.c.frontends.banks import Bank, Front
from ultralight_mir.features.base import Feature

BANK = """typedef struct {
    uint16_t size, hop, bins, first_row; /* of the transform, between frames; filters, and where the first one goes */
    uint8_t kind, stream;                /* stream: that it hears */
    float scale;                         /* of its magnitudes */
    const uint16_t *firsts, *counts;     /* of each filter: its first bin of the spectrum, how many */
    const float *weights;                /* of all filters, one after the other; where they are complex, pairs */
} front_bank;
"""
STREAM = """typedef struct {
    uint16_t first, size; /* where its samples are kept, and how many; a power of two */
    uint16_t half;        /* of the filter before it: taps on either side of the middle one */
    const float *taps;    /* from the middle one on; both sides are alike */
} front_stream;
"""
KINDS = {"magnitudes": "FRONT_MAGNITUDES", "turned": "FRONT_TURNED", "complex": "FRONT_COMPLEX"}


def work(front: Front) -> int:
    """Bytes of scratch that its transforms take."""
    return 4 * max(bank.size for bank in front.banks)


def front_tables(front: Front, feature: Feature) -> str:
    """`front_tables.h`.

    Raises:
        InputError: a filter weighs what `front.c` does not keep, the last bin of a spectrum.
    """
    circle = 2 * max(bank.size for bank in front.banks)
    last = max(front.banks, key=front.ahead)
    lead = (front.ahead(last) - min(map(front.ahead, front.banks))) // feature.hop
    rings = _rings(front)
    told = {
        "FRONT_BINS": feature.bins,
        "FRONT_BANKS": len(front.banks),
        "FRONT_LAST": front.banks.index(last),
        "FRONT_ROWS": lead + 2 if len(front.banks) > 1 else 1,
        "FRONT_STREAMS": len(rings),
        "FRONT_KEPT": sum(rings),
        "FRONT_CIRCLE": circle,
        "FRONT_GAIN": front.gain,
        **{name: number for number, name in enumerate(KINDS.values())},
    }
    cosines = np.cos(2 * np.pi * np.arange(circle // 4 + 1) / circle).astype(np.float32)
    lines = ["#include <stdint.h>\n", defines(told), BANK, STREAM, array("front_cosines", cosines)]
    lines += _stream_tables(front, rings)
    entries = []
    for number, bank in enumerate(front.banks):
        alike = next((other for other in range(number) if _ends_alike(front.banks[other], bank)), number)
        if alike == number:
            lines += _bank_tables(bank, number)
        entries.append(_entry(bank, alike, front.banks[alike], feature))
    lines.append(_structs("front_bank front_banks", entries))
    return header("FRONT_TABLES_H", lines)


def _rings(front: Front) -> list[int]:
    """How many samples of each stream are kept: what its transforms and the filter after it hear."""
    sizes = []
    for stream in range(1 + len(front.halvings)):
        heard = [bank.size for bank in front.banks if bank.stream == stream]
        heard += [2 * len(taps) for taps in front.halvings[stream : stream + 1]]
        sizes.append(1 << (max(heard) - 1).bit_length())
    return sizes


def _stream_tables(front: Front, rings: list[int]) -> list[str]:
    lines, entries = [], [f"{{0, {rings[0]}, 0, 0}}"]
    for number, taps in enumerate(front.halvings):
        alike = next(other for other, its in enumerate(front.halvings) if np.array_equal(its, taps))
        if alike == number:
            lines.append(array(f"front_taps_{number}", taps))
        entries.append(f"{{{sum(rings[: number + 1])}, {rings[number + 1]}, {len(taps) - 1}, front_taps_{alike}}}")
    return [*lines, _structs("front_stream front_streams", entries)]


def _structs(name: str, entries: list[str]) -> str:
    told = ",\n    ".join(entries)
    return f"static const {name}[{len(entries)}] = {{\n    {told}\n}};\n"


def _bank_tables(bank: Bank, number: int) -> list[str]:
    firsts = np.array([first for first, _ in bank.rows], np.uint16)
    counts = np.array([len(row) for _, row in bank.rows], np.uint16)
    if (firsts + counts).max() > bank.size // 2:
        raise InputError("front end: a filter that weighs the last bin of a spectrum; no C for that")
    weights = np.concatenate([row for _, row in bank.rows])
    return [
        array(f"front_firsts_{number}", firsts),
        array(f"front_counts_{number}", counts),
        array(f"front_weights_{number}", weights.astype(np.complex64 if bank.kind == "complex" else np.float32)),
    ]


def _ends_alike(one: Bank, other: Bank) -> bool:
    """Whether the other's filters are the last ones of the first: they then stand in the file once."""
    pairs = zip(reversed(one.rows), reversed(other.rows), strict=False)
    return (
        one.kind == other.kind
        and len(one.rows) >= len(other.rows)
        and all(mine[0] == its[0] and np.array_equal(mine[1], its[1]) for mine, its in pairs)
    )


def _entry(bank: Bank, number: int, owner: Bank, feature: Feature) -> str:
    """A bank whose tables are the last of those that another, or it, owns."""
    hop, before = feature.hop >> bank.stream, len(owner.rows) - len(bank.rows)
    skipped = sum(len(row) for _, row in owner.rows[:before]) * (2 if bank.kind == "complex" else 1)
    places = {"firsts": before, "counts": before, "weights": skipped}
    names = ", ".join(f"front_{name}_{number}" + f" + {place}" * bool(place) for name, place in places.items())
    told = f"{bank.size}, {hop}, {len(bank.rows)}, {bank.first_row}, {KINDS[bank.kind]}, {bank.stream}"
    return f"{{{told}, {bank.scale:.9e}f, {names}}}"
