"""A ticket on anybody's audio: features → activations → an estimate in seconds, each step usable alone.

`ultralight_mir.load(folder)("song.wav")` are a drum ticket's hits in a song.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ultralight_mir import audio
from ultralight_mir.errors import InputError
from ultralight_mir.export import runtime
from ultralight_mir.features import get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.features.streaming import PIECE, inputs_in_pieces
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.listening import EDGE, Listener, Reach, whole
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Array, Output, Task, Thresholds
from ultralight_mir.trust import Trust, check_names

if TYPE_CHECKING:
    from torch import nn

LIVE = 16
"""Frames of a feature that are computed at a time, live."""
Recording = Path | str | NDArray[np.floating]
"""A file, or samples."""


@dataclass(frozen=True)
class Predictor:
    """What a ticket says of audio.

    Attributes:
        task: what it is for; `task.classes` are the names of its outputs, where they are classes.
        feature: how its input is made of samples.
        thresholds: the task's decisions, as chosen on the validation split.
        listener: what hears.
        front_end: whether that takes samples, and makes the feature itself.
        network: trimmed and trained, in eval mode; None where an exported graph hears.
    """

    task: Task
    feature: Feature
    thresholds: Thresholds
    listener: Listener
    front_end: bool = False
    network: nn.Module | None = None

    def __call__(self, recording: Recording, sample_rate: int | None = None) -> Any:
        """The task's estimate of a recording: a small dataclass of `ultralight_mir.annotations`, times in seconds.

        Args:
            recording: a file that libsndfile reads, or samples `[samples]` or `[samples, channels]` in [−1, 1].
            sample_rate: of samples, in Hz.

        Raises:
            InputError: the file is missing or unreadable; the audio is shorter than 0.1 s, silent, or not finite.
        """
        return self.task.decode(self.whole(self.stream(recording, sample_rate)), self.thresholds)

    def stream(self, recording: Recording, sample_rate: int | None = None) -> Iterator[Output]:
        """Activations of a recording of any length in constant memory, a piece at a time.

        They are those of `output`, some frames at a time; of a clip-wise task window by window (`Task.window`), each
        with its middle in seconds.

        Raises:
            InputError: as calling the predictor; that a file is silent shows at its end only.
        """
        return self.listener.stream(self.task, self._rows(self._blocks(recording, sample_rate)))

    def live(self, blocks: Iterable[NDArray[np.floating]], sample_rate: int) -> Iterator[Output]:
        """Activations of what is being recorded, soon after it was heard: those of `output` on the whole of it.

        Args:
            blocks: mono samples `[samples]` in [−1, 1] as they come, of any lengths.
            sample_rate: theirs, in Hz.

        Yields:
            Of a frame-wise task some frames at a time, each at most `delay` seconds after its centre was heard; else a
            window each.

        Raises:
            InputError: the feature has no end to what it hears.
        """
        if self.feature.reach is None and not self.front_end:
            raise InputError(f"feature {self.feature.name}: hears the whole recording, expected one that can be live")
        mono = (np.asarray(block, np.float32) for block in blocks)
        rows = self._rows(audio.resampled_blocks(mono, sample_rate, self.feature.sample_rate), LIVE)
        return self.listener.stream(self.task, rows, EDGE)

    @property
    def delay(self) -> float:
        """Seconds after its centre at which `live` has given a frame: what feature and network hear beyond it.

        Of what hears for ever it is that of pieces; of a clip-wise task, two windows.
        """
        frame = self.feature.hop / self.feature.sample_rate
        if not self.task.framewise:
            return 2 * (self.task.window or math.inf) + self._ahead * frame
        return (EDGE + self.listener.reach().after + self._ahead + 1) * frame

    @property
    def _ahead(self) -> int:
        """Frames that come in before the feature of one can be computed."""
        return 1 if self.front_end else LIVE + 2 * -(-(self.feature.reach or 0) // self.feature.hop) + 1

    def inputs(self, recording: Recording, sample_rate: int | None = None) -> Array:
        """The network's input, as a feature store keeps it: float16 `[frames, bins]` (waveform `[samples]`).

        Where the front end is inside, float32 `[samples]`.

        Raises:
            InputError: as calling the predictor.
        """
        return np.concatenate(list(self._rows(self._blocks(recording, sample_rate))))

    def output(self, inputs: Array) -> Output:
        """Activations in 0…1, float32 `[frames, outputs]` (`[outputs]` a clip), and the frames' centres in seconds."""
        return whole(self.task, list(self.listener.stream(self.task, [inputs])))

    def whole(self, parts: Iterable[Output]) -> Output:
        """What `estimate` needs of a stream's parts: of hours, that much stays in memory."""
        return whole(self.task, [self.task.condensed(part) for part in parts])

    def estimate(self, activations: Output) -> Any:
        """The decision on activations, in the annotation's own terms (seconds, Hz, labels)."""
        return self.task.decode(activations, self.thresholds)

    def _rows(self, blocks: Iterator[NDArray[np.float32]], piece: int = PIECE) -> Iterator[Array]:
        if self.front_end:
            return blocks
        pieces = inputs_in_pieces(self.feature, blocks, piece)
        return (rows[:, 0] for rows in pieces) if self.feature.kind == "waveform" else pieces

    def _blocks(self, recording: Recording, sample_rate: int | None) -> Iterator[NDArray[np.float32]]:
        """Mono samples at the feature's rate."""
        if isinstance(recording, Path | str):
            return audio.stream(Path(recording), self.feature.sample_rate)
        samples = np.asarray(recording)
        if not np.issubdtype(samples.dtype, np.floating) or samples.ndim not in (1, 2):
            raise InputError(
                f"samples: {samples.dtype} {list(samples.shape)}, expected floats in −1…1,"
                " [samples] or [samples, channels]"
            )
        if not isinstance(sample_rate, int) or not 0 < sample_rate <= audio.HIGHEST_RATE:
            raise InputError(f"sample_rate: {sample_rate!r}, expected the samples' rate in Hz")
        mono = samples.astype(np.float32) if samples.ndim == 1 else samples.astype(np.float32).mean(axis=1)
        audio.check(Path("samples"), mono, sample_rate)
        return audio.resampled_blocks([mono], sample_rate, self.feature.sample_rate)


def load(
    path: Path | str, device: str = DEVICE, trust: Trust = (), network: type[nn.Module] | None = None
) -> Predictor:
    """The predictor of a ticket.

    Args:
        path: the ticket's folder, or its `ticket.json`; or a graph that `ultralight-mir export` wrote (`.onnx`), for
            which torch is not needed.
        device: where torch computes.
        trust: somebody's own `module:Name` that the ticket may name, whose code is then run; True for any. What is
            registered needs no trust.
        network: the class of the ticket's network, where that is the caller's own: nothing is imported by its name.

    Raises:
        InputError: the ticket is missing, truncated, damaged, of another format or network, names what is neither
            registered nor trusted, or its input is made with other settings than this version's.

    >>> predictor = load(folder)  # of a ticket for onsets
    >>> onsets = predictor(song)  # a file, or samples and their rate
    >>> onsets.times.dtype, bool((onsets.times >= 0).all())  # in seconds
    (dtype('float64'), True)
    >>> predictor.task.name, predictor.feature.sample_rate, list(predictor.thresholds)
    ('onset', 22050, ['onset'])
    >>> frames = predictor.inputs(song)  # each step alone: features, activations, estimate, file
    >>> output = predictor.output(frames)
    >>> frames.shape[1], output.activation.shape[1], len(output.times) == len(frames)
    (80, 1, True)
    >>> predictor.estimate(output).text() == onsets.text()
    True
    >>> predictor.task.write(onsets, folder / "onsets.txt")
    """
    where = Path(path)
    if where.suffix.lower() == ".onnx":
        return _of_graph(where, trust)
    return _of_ticket(
        where.parent if where.name == "ticket.json" and not where.is_dir() else where, device, trust, network
    )


def _of_graph(path: Path, trust: Trust) -> Predictor:
    head, hear = runtime.read(path)
    check_names(path, head.task, head.feature, trust)
    feature, reach = _feature(head.feature, path), Reach(head.before, head.after, head.endless)
    rows = feature.hop if head.front_end else feature.samples_per_frame
    listener = Listener(hear, rows, feature.times, lambda: reach)
    task = get_task(head.task)
    task.check_decisions(head.thresholds, path)
    return Predictor(task, feature, head.thresholds, listener, head.front_end)


def _of_ticket(folder: Path, device: str, trust: Trust, factory: type[nn.Module] | None) -> Predictor:
    from ultralight_mir.inference import listener
    from ultralight_mir.jobs.torch_setup import find_device
    from ultralight_mir.ticket import Ticket

    ticket = Ticket.read_folder(folder, trust, factory)
    task, feature = get_task(ticket.task), _feature(ticket.feature, folder)
    task.check_decisions(ticket.thresholds, folder)
    network = ticket.network(factory).to(find_device(device))
    return Predictor(task, feature, ticket.thresholds, listener(network, task, feature), network=network)


def _feature(described: Mapping[str, Any], path: Path) -> Feature:
    """The feature that a ticket describes, if this version makes it as it did."""
    feature = get_feature(str(described.get("name")))
    if feature.describe() != described:
        raise InputError(f"{path}: its input is {described}, expected {feature.describe()} as this version computes it")
    return feature
