"""Runs exported graphs with numpy and onnxruntime alone: no torch, and where the front end is inside, no librosa."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export import Engine
from ultralight_mir.export.head import INPUT, KEY, Head
from ultralight_mir.listening import whole, windows
from ultralight_mir.tasks.base import Array, Output, Task

if TYPE_CHECKING:
    import onnxruntime

LARGEST = 512 * 2**20
"""Bytes of a graph's file; ours are far below."""


def read(path: Path) -> tuple[Head, Callable[[Array], Array]]:
    """What a graph says of itself, and what it hears in rows of its input: `Listener.hear`.

    Raises:
        InputError: onnxruntime is missing; the file is missing, damaged or no graph that `ultralight-mir export` wrote.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: {path.stat().st_size:,} bytes, expected at most {LARGEST:,} of a graph")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    running = session(content, str(path))
    told = running.get_modelmeta().custom_metadata_map.get(KEY)
    if told is None:
        raise InputError(f"{path}: a graph that says nothing of audio, expected one that ultralight-mir export wrote")
    head = Head.read_json(told, str(path))

    def hear(rows: Array) -> Array:
        heard: Array = running.run(None, {INPUT: np.asarray(rows, np.float32)[None]})[0][0]
        return heard

    return head, hear


def engine(path: Path) -> Engine:
    """A graph, made ready to run. (`export.engine`.)

    Raises:
        InputError: as `read`.
    """
    head, hear = read(path)
    return Engine(hear, head.precision, path.stat().st_size)


def outputs(hear: Callable[[Array], Array], task: Task, clips: Iterable[tuple[Array, Array]]) -> Iterator[Output]:
    """What an exported ticket says of clips, `(input, centres of its frames)` each, as `inference.outputs` says it."""
    for inputs, times in clips:
        parts = [(hear(rows), own) for rows, own in windows(task, inputs, times)]
        yield whole(task, [Output(a[: len(t)], t) if task.framewise else Output(a, t[:0]) for a, t in parts])


def session(content: bytes, name: str) -> onnxruntime.InferenceSession:
    """A graph made ready to run, on one thread.

    Raises:
        InputError: onnxruntime is missing, or it cannot make sense of the graph; names it.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(
            f"{name}: onnxruntime is not installed, expected it to run a graph (pip install 'ultralight-mir[onnx]')"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of its own classes, which have no common one
        raise InputError(f"{name}: not readable as an ONNX graph ({str(error).splitlines()[0][:200]})") from error
