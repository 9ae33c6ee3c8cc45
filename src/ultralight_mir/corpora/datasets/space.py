"""Whether a disk has room, asked before hours of downloading and not after."""

from __future__ import annotations

import shutil
from pathlib import Path

from ultralight_mir.errors import InputError


def require_space(folder: Path, needed: int, what: str) -> None:
    """Do nothing where `needed` bytes are free.

    Args:
        folder: where they are to be written; need not be there yet.
        needed: bytes.
        what: what they are needed for, for the message.

    Raises:
        InputError: fewer are free; says how many, and what to do.
    """
    at = next(parent for parent in (folder, *folder.absolute().parents) if parent.is_dir())
    free = shutil.disk_usage(at).free
    if free < needed:
        raise InputError(
            f"{folder}: {free / 1e9:.3f} GB are free, expected at least {needed / 1e9:.3f} GB for {what}; free some,"
            " or set data_home (in the config) or MIRDATA_HOME to a folder on another disk"
        )


def bytes_in(folder: Path) -> int:
    """Bytes of the files in `folder`; 0 where there is no such folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*")) if folder.is_dir() else 0
