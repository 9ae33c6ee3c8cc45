"""The General MIDI sound font that comes with pretty_midi, made to sound in tune under symusic.

symusic 0.5 ignores the SoundFont generator *overridingRootKey* (number 58; its issue 55), with which TimGM6mb says
what note most of its samples hold: middle C on its piano sounded 20 semitones sharp. The note that a sample holds also
stands in the sample's own header, which symusic heeds; so each such zone gets a header of its own with the right key
(SoundFont 2.04 technical specification, sections 7.10 and 8.1). The sound data stay as they are.
"""

from __future__ import annotations

import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

SAMPLE, ROOT_KEY = 53, 58
"""Generators of a zone: which sample it plays, and the MIDI key that the sample holds."""
HEADER, ORIGINAL_PITCH = 46, 40
"""Bytes of a sample header; place in it of the MIDI key that the sample holds."""


def original_font() -> Path:
    """TimGM6mb.sf2 as pretty_midi brings it.

    Raises:
        RuntimeError: pretty_midi is not installed.
    """
    found = find_spec("pretty_midi")
    if found is None or found.origin is None:
        raise RuntimeError("pretty_midi is not installed; it brings the sound font TimGM6mb.sf2")
    return Path(found.origin).with_name("TimGM6mb.sf2")


@lru_cache(maxsize=1)
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ultralight-mir-")


@lru_cache(maxsize=1)
def tuned_font() -> Path:
    """The font in tune, in a temporary folder that goes when the process ends."""
    path = Path(_scratch().name) / "TimGM6mb-tuned.sf2"
    path.write_bytes(retune(original_font().read_bytes()))
    return path


def retune(font: bytes) -> bytes:
    """The same font with every zone's root key in the header of its sample, where need be a new one.

    Raises:
        ValueError: not a SoundFont 2 file, or its chunks are not in the order of the specification.
    """
    bags = np.frombuffer(_chunk(font, b"ibag"), "<u2").reshape(-1, 2)
    generators = np.frombuffer(_chunk(font, b"igen"), "<u2").reshape(-1, 2).copy()
    headers = _chunk(font, b"shdr")
    if not font.endswith(headers):
        raise ValueError("sound font: chunk shdr is not the last, expected a SoundFont 2 file")
    samples = [headers[place : place + HEADER] for place in range(0, len(headers), HEADER)]
    terminal = samples.pop()
    known: dict[bytes, int] = {}
    for first, end in zip(bags[:-1, 0], bags[1:, 0], strict=True):
        zone = generators[first:end]  # a view
        values = {int(kind): int(value) for kind, value in zone}
        if ROOT_KEY in values and SAMPLE in values:
            old = samples[values[SAMPLE]]
            new = old[:ORIGINAL_PITCH] + bytes([values[ROOT_KEY]]) + old[ORIGINAL_PITCH + 1 :]
            if new not in known:
                known[new] = len(samples)
                samples.append(new)
            zone[zone[:, 0] == SAMPLE, 1] = known[new]
    return _replaced(_replaced(font, b"igen", generators.tobytes()), b"shdr", b"".join((*samples, terminal)))


def _place(font: bytes, name: bytes) -> int:
    """Where the chunk `name` of the preset data begins (its name, then its length in 4 bytes, then its content)."""
    place = font.find(name, font.find(b"pdta"))
    if not font.startswith(b"RIFF") or place < 0:
        raise ValueError(f"sound font: no chunk {name.decode()}, expected a SoundFont 2 file")
    return place


def _chunk(font: bytes, name: bytes) -> bytes:
    begin = _place(font, name) + 8
    return font[begin : begin + int.from_bytes(font[begin - 4 : begin], "little")]


def _replaced(font: bytes, name: bytes, content: bytes) -> bytes:
    """The font with another content of a chunk of the preset data, the lengths around it put right."""
    place, grown = _place(font, name), len(content) - len(_chunk(font, name))
    after = font[place + 8 + len(_chunk(font, name)) :]
    new = bytearray(font[:place] + name + len(content).to_bytes(4, "little") + content + after)
    for outer in (4, font.find(b"pdta") - 4):  # the lengths of RIFF and of the list that holds the preset data
        new[outer : outer + 4] = (int.from_bytes(new[outer : outer + 4], "little") + grown).to_bytes(4, "little")
    return bytes(new)
