"""A publisher of data sets on 127.0.0.1: serves files, cuts connections as told, and remembers what it was asked."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from mirdata import core
from mirdata.download_utils import RemoteFileMetadata


class Publisher:
    """What is published (path → content), and how the server misbehaves.

    Attributes:
        files: path → content.
        cuts: path → after how many bytes each of the next answers is cut.
        stalls: path → set when the server has sent its half and waits.
        trickles: path → where each of the next answers goes on with a byte every 20 ms ("headers", "size" of a chunk,
            "content").
        asked: (path, Range header or "") of every request.
        ranges: whether the server knows what a Range is.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.cuts: dict[str, list[int]] = {}
        self.stalls: dict[str, threading.Event] = {}
        self.trickles: dict[str, list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.ranges = True

    def remote(self, filename: str, content: bytes, **where: Any) -> RemoteFileMetadata:
        """Publish a file; mirdata's description of it."""
        self.files[f"/{filename}"] = content
        return RemoteFileMetadata(filename, f"{self.url}/{filename}", md5(content), **where)

    def index(self, files: Mapping[str, bytes], metadata: Mapping[str, bytes] | None = None) -> core.Index:
        """Publish an index: one track a file, of a kind named after its folder."""
        tracks = {name: {name.partition("/")[0]: [name, md5(data)]} for name, data in files.items()}
        listing: dict[str, Any] = {"tracks": tracks}
        if metadata:
            listing["metadata"] = {name: [name, md5(data)] for name, data in metadata.items()}
        content = json.dumps(listing).encode()
        self.files["/index.json"] = content
        return core.Index("index.json", f"{self.url}/index.json", md5(content))


def dataset(home: Path, index: core.Index, remotes: Mapping[str, RemoteFileMetadata] | None) -> core.Dataset:
    """A mirdata data set `tiny` in `home`, its index in there too."""
    made = core.Dataset(str(home), "1", "tiny", core.Track, indexes={"1": index}, remotes=remotes)
    made.index_path = str(home / "mirdata_index" / index.filename)
    return made


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return stream.getvalue()


OWN = """
from mirdata import core
from mirdata.download_utils import RemoteFileMetadata

from ultralight_mir.annotations import Events
from ultralight_mir.corpora.datasets.base import DataSet, Labelled

INDEXES = {{"default": "1", "1": core.Index(**{index})}}
REMOTES = {{"clicks": RemoteFileMetadata(**{remote})}}


class Track(core.Track):
    pass


class Dataset(core.Dataset):
    def __init__(self, data_home=None, version="default"):
        super().__init__(data_home, version, "clicks", Track, indexes=INDEXES, remotes=REMOTES)


def onsets(track):
    times = [float(line) for line in open(track.get_path("times"))]
    yield Labelled(track.track_id, track.get_path("audio"), track.track_id, annotation=Events(times))


CLICKS = DataSet("clicks", "Clicks", "CC0", "nobody", {size}, "by track", "mine", {{"onset": onsets}})
"""


def publish_own(publisher: Publisher, folder: Path, tracks: int = 20) -> bytes:
    """Publish recordings of clicks; write `folder/mine.py` with the data set `CLICKS`, as a user would. The archive."""
    files, index = {}, {}
    random = np.random.default_rng(0)
    for number in range(tracks):
        times = np.cumsum(random.uniform(0.2, 0.6, 5))
        samples = 1e-3 * random.standard_normal(22_050 * 3)
        for at in (times * 22_050).astype(int):
            samples[at : at + 500] += random.uniform(-0.5, 0.5, 500)
        recording = io.BytesIO()
        soundfile.write(recording, samples, 22_050, format="WAV")
        names = {"audio": f"audio/{number}.wav", "times": f"times/{number}.txt"}
        files[names["audio"]] = recording.getvalue()
        files[names["times"]] = "".join(f"{time:.6f}\n" for time in times).encode()
        index[str(number)] = {key: [name, md5(files[name])] for key, name in names.items()}
    listing = json.dumps({"tracks": index}).encode()
    described = {"filename": "clicks_index.json", "url": f"{publisher.url}/clicks_index.json", "checksum": md5(listing)}
    publisher.files["/clicks_index.json"] = listing
    archive = zipped({f"clicks/{name}": content for name, content in files.items()})
    remote = vars(publisher.remote("clicks.zip", archive, unpack_directories=["clicks"]))
    (folder / "mine.py").write_text(OWN.format(index=described, remote=remote, size=len(archive)))
    return archive


@contextmanager
def serving() -> Iterator[Publisher]:
    """A publisher at work in a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            publisher.asked.append((self.path, wanted))
            content = publisher.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            begin = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and publisher.ranges else 0
            if begin and begin >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if begin else 200)
            body = content[begin:]
            if publisher.trickles.get(self.path):
                self._trickle(publisher.trickles[self.path].pop(0), body)
                return
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cuts = publisher.cuts.get(self.path)
            if cuts:
                body = body[: cuts.pop(0)]
            stall = publisher.stalls.get(self.path)
            if stall:
                self.wfile.write(body[: len(body) // 2])
                stall.set()
                released.wait(60)
                return
            self.wfile.write(body)

        def _trickle(self, place: str, body: bytes) -> None:
            """Half of the answer, then a byte every 20 ms while somebody listens: the rest, or a line without end."""
            half, rest = body[: len(body) // 2], body[len(body) // 2 :] if place == "content" else b"0" * 1_000
            if place == "headers":
                self.flush_headers()
            elif place == "size":
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(half), half))
            else:
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(half)
            with suppress(OSError):
                for byte in rest:
                    self.wfile.write(bytes([byte]))
                    if released.wait(0.02):
                        return

        def log_message(self, format: str, *args: object) -> None:
            pass

    released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher = Publisher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield publisher
    finally:
        released.set()
        server.shutdown()
        thread.join()
        server.server_close()
