"""The tables of a front end, as a C header."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.arrays import array, defines, header
from ultralight_mir.export.c.frontends.banks import Bank, Front
from ultralight_mir.features.base import Feature

BANK = """typedef struct {
    uint16_t size, hop, bins, first_row; /* of the transform, between frames; filters, and where the first one goes */
    uint8_t kind, slow;                  /* slow: it hears the slow samples */
    const uint16_t *firsts, *counts;     /* of each filter: its first bin of the spectrum, how many */
    const float *weights;                /* of all filters, one after the other */
    const int16_t *pairs;                /* or, where they are complex, in 16 bits */
    const float *scales;                 /* of each filter: what those are to be multiplied by */
} front_bank;
"""
LARGEST = 2**15 - 1
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
    slower = max(front.slower, 1)
    sizes = {slow: [bank.size for bank in front.banks if (bank.slower > 1) is slow] for slow in (False, True)}
    last = max(front.banks, key=front.ahead)
    lead = (front.ahead(last) - min(map(front.ahead, front.banks))) // feature.hop
    told = {
        "FRONT_BINS": feature.bins,
        "FRONT_BANKS": len(front.banks),
        "FRONT_LAST": front.banks.index(last),
        "FRONT_ROWS": lead + 2 if len(front.banks) > 1 else 1,
        "FRONT_RING": _power(max([*sizes[False], 2 * len(front.taps)])),
        "FRONT_SLOWER": slower,
        "FRONT_SLOW_RING": _power(max([1, *sizes[True]])),
        "FRONT_TAPS": max(0, 2 * len(front.taps) - 1),
        "FRONT_CIRCLE": circle,
        "FRONT_GAIN": front.gain,
        **{name: number for number, name in enumerate(KINDS.values())},
    }
    cosines = np.cos(2 * np.pi * np.arange(circle // 4 + 1) / circle).astype(np.float32)
    lines = ["#include <stdint.h>\n", defines(told), BANK, array("front_cosines", cosines)]
    if slower > 1:
        lines.append(array("front_taps", front.taps))
    for number, bank in enumerate(front.banks):
        lines += _bank_tables(bank, number)
    entries = ",\n    ".join(_entry(bank, number, feature) for number, bank in enumerate(front.banks))
    lines.append(f"static const front_bank front_banks[{len(front.banks)}] = {{\n    {entries}\n}};\n")
    return header("FRONT_TABLES_H", lines)


def _bank_tables(bank: Bank, number: int) -> list[str]:
    firsts = np.array([first for first, _ in bank.rows], np.uint16)
    counts = np.array([len(row) for _, row in bank.rows], np.uint16)
    if (firsts + counts).max() > bank.size // 2:
        raise InputError("front end: a filter that weighs the last bin of a spectrum; no C for that")
    lengths = [array(f"front_firsts_{number}", firsts), array(f"front_counts_{number}", counts)]
    if bank.kind != "complex":
        weights = np.concatenate([row for _, row in bank.rows]).astype(np.float32)
        return [*lengths, array(f"front_weights_{number}", weights)]
    pairs, scales = zip(*(_whole(row) for _, row in bank.rows), strict=True)
    return [
        *lengths,
        array(f"front_pairs_{number}", np.concatenate(pairs)),
        array(f"front_scales_{number}", np.array(scales, np.float32)),
    ]


def _whole(row: NDArray[np.generic]) -> tuple[NDArray[np.int16], float]:
    """A filter's weights in 16 bits, and what they are to be multiplied by: half the bytes of those that are many."""
    flat = np.stack((row.real, row.imag), axis=1).ravel()
    scale = float(np.abs(flat).max()) / LARGEST
    return np.round(flat / scale).astype(np.int16), scale


def _entry(bank: Bank, number: int, feature: Feature) -> str:
    hop = feature.hop // bank.slower
    paired = bank.kind == "complex"
    given = {"firsts": True, "counts": True, "weights": not paired, "pairs": paired, "scales": paired}
    names = ", ".join(f"front_{name}_{number}" if there else "0" for name, there in given.items())
    told = f"{bank.size}, {hop}, {len(bank.rows)}, {bank.first_row}, {KINDS[bank.kind]}, {int(bank.slower > 1)}"
    return f"{{{told}, {names}}}"


def _power(size: int) -> int:
    return 1 << (size - 1).bit_length()
