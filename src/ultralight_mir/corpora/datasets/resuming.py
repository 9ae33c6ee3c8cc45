"""Downloading one file: pooch retries, checks the checksum and renames; the part that is there is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.corpora.datasets.space import require_space
from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from mirdata.download_utils import RemoteFileMetadata

Progress = Callable[[str], Callable[[int, int], None]]
"""Given what is being done, gives what is to be called with (done, total)."""
MEGABYTE = 10**6


class UnreachableError(InputError):
    """The server does not give the file: what a person lays in its place does as well."""


class Resuming:
    """A downloader for pooch that keeps what it has in `part` and asks the server for the rest only (HTTP range)."""

    def __init__(self, part: Path, progress: Callable[[int, int], None]) -> None:
        self._part, self._progress = part, progress

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download `url` to `output_file`; what came before a failure stays in the part file.

        Raises:
            requests.RequestException: the server cannot be reached, says no, cuts the connection or stalls.
            InputError: the disk has no room for what is to come.
        """
        import requests

        from ultralight_mir.corpora.datasets.transfer import StallError, Transfer

        begin = self._part.stat().st_size if self._part.exists() else 0
        with Transfer(url, begin) as transfer:
            answer = transfer.answer()
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                self._part.unlink()  # longer than the file: of no use, and the next try starts afresh
            answer.raise_for_status()
            resumed = answer.status_code == requests.codes.partial_content
            total = _length(answer.headers.get("Content-Length", ""))
            require_space(self._part.parent, total, url)
            try:
                self._write(transfer.chunks(), "ab" if resumed else "wb", total)
            except StallError as error:
                size = self._part.stat().st_size
                of = f" of {total + begin * resumed:,}" if total else ""
                raise StallError(f"stalled at {size:,}{of} bytes: {error}; run again to go on from there") from error
        self._part.replace(output_file)

    def _write(self, chunks: Iterable[bytes], mode: str, total: int) -> None:
        received = 0
        with self._part.open(mode) as stream:
            for chunk in chunks:
                stream.write(chunk)
                received += len(chunk)
                if total:
                    self._progress(-(-received // MEGABYTE), -(-total // MEGABYTE))


def _length(header: str) -> int:
    """Bytes that are to come; 0 where the server does not say."""
    try:
        return max(0, int(header))
    except ValueError:
        return 0


def download(remote: RemoteFileMetadata, folder: Path, retries: int, progress: Progress) -> Path:
    """The remote's file in `folder`, downloaded unless it is there with the right checksum.

    Args:
        remote: mirdata's description of the file.
        folder: where it goes, with the part of a download that was interrupted.
        retries: how often to try again, after 1, 2, 3 … (at most 10) seconds.
        progress: told the megabytes (10⁶ bytes) that came and that were to come.

    Raises:
        UnreachableError: it cannot be had; says why.
        InputError: what came has not the published checksum, or the disk has no room for it.
    """
    import pooch
    import requests

    source = pooch.create(
        folder,
        base_url="",
        registry={remote.filename: f"md5:{remote.checksum}"},
        urls={remote.filename: remote.url},
        retry_if_failed=retries,
    )
    downloader = Resuming(folder / "part", progress(f"{remote.filename}, MB"))
    try:
        return Path(source.fetch(remote.filename, downloader=downloader))
    except requests.RequestException as error:
        raise UnreachableError(f"{remote.url}: {_why(error)}") from error
    except ValueError as error:  # pooch's word for a wrong checksum; it has deleted the file
        raise InputError(
            f"{remote.url}: the MD5 of what came is not the published {remote.checksum}; it was deleted"
        ) from error


def _why(error: Exception) -> str:
    import requests

    from ultralight_mir.corpora.datasets import transfer

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, transfer.StallError):
        return str(error)
    if isinstance(error, requests.Timeout):
        return f"no answer within {transfer.TIMEOUT:g} s"
    text = str(error)
    if "IncompleteRead" in text or "Connection broken" in text or "RemoteDisconnected" in text:
        return "the connection was cut; run again to go on from there"
    return f"cannot be reached ({type(error).__name__})"
