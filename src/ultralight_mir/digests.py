"""Digests: every artefact is a JSON file that says what it holds and what the files beside it must be.

A *sealed* JSON carries the SHA-256 of its own content, and the size and SHA-256 of the files that it was written with.
Whoever reads one proves it first: what was cut, edited or damaged is refused by name, never averaged or trained on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json, write_json

SEAL, FILES = "digest", "files"
REMEDY = "make it again with: snakemake --cores 1 --force"
SHOWN = 12
"""Characters of a digest that a message shows."""


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_sealed(path: Path, content: Mapping[str, Any], files: Iterable[Path] = ()) -> None:
    """Write a JSON object with its seal, atomically.

    Args:
        files: written before, in the same folder; their sizes and digests go into the seal.
    """
    sizes = {file.name: {"bytes": file.stat().st_size, "sha256": digest(file)} for file in files}
    whole = {**content, FILES: sizes}
    write_json(path, {**whole, SEAL: _of_content(whole)})


def read_sealed(path: Path, *files: str, form: int | None = None) -> dict[str, Any]:
    """The content of a sealed JSON, proven, without its seal.

    Args:
        files: names of files beside it that are to be read too: they are proven as well.
        form: the number that its key `format` must hold; None for JSON without one.

    Raises:
        InputError: it or one of `files` is missing, cut, edited, damaged or of another format; names the file and the
            command that makes it again.
    """
    try:
        content = read_json(path)
    except InputError as error:
        raise InputError(f"{error}; {remedy(path)}") from error
    if form is not None and content.get("format") != form:
        raise InputError(f"{path}: format {content.get('format')!r}, expected {form}; {remedy(path)}")
    seal = content.pop(SEAL, None)
    if seal != _of_content(content) or not isinstance(content.get(FILES), dict):
        raise InputError(f"{path}: edited or damaged since it was written; {remedy(path)}")
    sizes = content.pop(FILES)
    for name in files:
        _check(path.parent / name, sizes.get(name))
    return content


def damages(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every JSON below a folder that is cut or edited, or whose files are gone or of another size; and what is wrong.

    What lies in the files is not read: whoever reads them proves that.
    """
    for path in sorted(folder.rglob("*.json")):
        try:
            sizes = json.loads(path.read_bytes())
            if SEAL in sizes:
                read_sealed(path)
                for name, expected in sizes[FILES].items():
                    _check_size(path.parent / name, expected)
        except (ValueError, TypeError, RecursionError):
            yield path, f"{path}: not valid JSON"
        except InputError as error:
            yield path, str(error).partition(REMEDY)[0].rstrip("; ")


def remedy(path: Path) -> str:
    """What to do about a damaged file of a run."""
    shared = f" (before, delete {path.resolve()}: others share it)" if path.is_symlink() else ""
    return f"{REMEDY} {path}{shared}"


def _check(path: Path, expected: Mapping[str, Any] | None) -> None:
    if expected is None:
        raise InputError(f"{path}: not sealed by the JSON file beside it; {remedy(path)}")
    _check_size(path, expected)
    actual = digest(path)
    if actual != expected["sha256"]:
        shown, wanted = actual[:SHOWN], expected["sha256"][:SHOWN]
        raise InputError(f"{path}: edited or damaged (SHA-256 {shown}…, expected {wanted}…); {remedy(path)}")


def _check_size(path: Path, expected: Mapping[str, Any]) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; {remedy(path)}") from error
    if size != expected["bytes"]:
        raise InputError(f"{path}: {size} bytes, expected {expected['bytes']} as when it was written; {remedy(path)}")


def _of_content(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
