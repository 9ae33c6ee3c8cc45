"""Snakemake's cache between workflows (`snakemake --cache`): a folder in it for all that makes the same from the same.

Snakemake knows what it keeps there by a rule's command and `params` and by what came before. It does not know this
package, its libraries, somebody's own modules, nor what lies in somebody's own folder: the folder's name tells them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from ultralight_mir.errors import InputError
from ultralight_mir.files import check_writable
from ultralight_mir.registry import sources

VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"
"""Environment variable, Snakemake's: the folder that workflows share."""
PACKAGE = "ultralight-mir"
UNDECLARED = ("tinysoundfont",)
"""What it needs that its metadata cannot say (envs/no-deps.txt)."""
SHOWN = 16
"""Characters of the digest in the folder's name."""


def place(environment: Mapping[str, str], modules: Iterable[str], recordings: Iterable[Path]) -> Path:
    """The folder, made if it is not there, with the permissions of the one that it is in.

    Args:
        environment: with `VARIABLE` set, or as an earlier call's answer in it.
        modules: somebody's own, whose code jobs run.
        recordings: folders of recordings; a file that is changed, added or gone in one makes another place.

    Raises:
        InputError: `VARIABLE` is not set or names no folder to write in.
    """
    said = environment.get(VARIABLE, "")
    shared = Path(said)
    if shared.name.startswith(PACKAGE):
        shared = shared.parent
    if not (shared.is_absolute() and shared.is_dir()):
        raise InputError(f"--cache: {VARIABLE} is '{said}', expected the absolute path of a folder that is there")
    check_writable(shared)
    told = hashlib.sha256()
    for line in (*_code(modules), *_libraries(), *_states(recordings)):
        told.update(f"{line}\n".encode(errors="surrogateescape"))
    folder = shared / f"{PACKAGE}-{told.hexdigest()[:SHOWN]}"
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(shared.stat().st_mode & 0o7777)
    return folder


def _code(modules: Iterable[str]) -> Iterator[str]:
    """Every source file of this package and of somebody's own modules, by its digest."""
    for name in ("ultralight_mir", *sorted(set(modules))):
        for path in sources(name):
            yield f"{name} {path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _libraries() -> Iterator[str]:
    """What this package needs, and which version of it is there."""
    needed = [requirement for requirement in requires(PACKAGE) or () if "extra ==" not in requirement]
    for name in sorted({*re.findall(r"^[\w.-]+", "\n".join(needed), re.M), *UNDECLARED}):
        with suppress(PackageNotFoundError):
            yield f"{name} {version(name)}"


def _states(recordings: Iterable[Path]) -> Iterator[str]:
    """Every file of these folders: its path, size and time."""
    for folder in sorted({path.absolute() for path in recordings}):
        for path in sorted(folder.rglob("*")):
            status = path.lstat()
            yield f"{path} {status.st_size} {status.st_mtime_ns}"
