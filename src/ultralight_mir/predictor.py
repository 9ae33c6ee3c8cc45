"""A ticket on anybody's audio: features → activations → an estimate in seconds, each step usable alone.

predictor = ultralight_mir.load("results/synthetic/drums/spectral_cnn/seed-0/trim/removed-0.90")
hits = predictor("song.wav")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ultralight_mir import audio
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.features.streaming import inputs_in_pieces
from ultralight_mir.inference import listener
from ultralight_mir.jobs.torch_setup import CPU, find_device
from ultralight_mir.listening import Listener, whole
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Array, Output, Task, Thresholds
from ultralight_mir.ticket import Ticket, Trust

Recording = Path | str | NDArray[np.floating]
"""A file, or samples."""


@dataclass(frozen=True)
class Predictor:
    """What a ticket says of audio.

    Attributes:
        network: trimmed and trained, in eval mode.
        task: what it is for; `task.classes` are the names of its outputs, where they are classes.
        feature: how its input is made of samples.
        thresholds: the task's decisions, as chosen on the validation split.
    """

    network: nn.Module
    task: Task
    feature: Feature
    thresholds: Thresholds

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
        rows = inputs_in_pieces(self.feature, self._blocks(recording, sample_rate))
        return self._listener.stream(self.task, map(self._network_input, rows))

    def inputs(self, recording: Recording, sample_rate: int | None = None) -> Array:
        """The network's input, as a feature store keeps it: float16 `[frames, bins]` (waveform `[samples]`).

        Raises:
            InputError: as calling the predictor.
        """
        rows = inputs_in_pieces(self.feature, self._blocks(recording, sample_rate))
        return self._network_input(np.concatenate(list(rows)))

    def output(self, inputs: Array) -> Output:
        """Activations in 0…1, float32 `[frames, outputs]` (`[outputs]` a clip), and the frames' centres in seconds."""
        return whole(self.task, list(self._listener.stream(self.task, [inputs])))

    def whole(self, parts: Iterable[Output]) -> Output:
        """What `estimate` needs of a stream's parts: of hours, that much stays in memory."""
        return whole(self.task, [self.task.condensed(part) for part in parts])

    def estimate(self, activations: Output) -> Any:
        """The decision on activations, in the annotation's own terms (seconds, Hz, labels)."""
        return self.task.decode(activations, self.thresholds)

    @cached_property
    def _listener(self) -> Listener:
        return listener(self.network, self.task, self.feature)

    def _network_input(self, rows: Array) -> Array:
        return rows[:, 0] if self.feature.kind == "waveform" else rows

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
    path: Path | str, device: str = CPU.type, trust: Trust = (), network: type[nn.Module] | None = None
) -> Predictor:
    """The predictor of a ticket.

    Args:
        path: the ticket's folder, or its `ticket.json`.
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
    folder = Path(path)
    folder = folder.parent if folder.name == "ticket.json" and not folder.is_dir() else folder
    ticket = Ticket.read_folder(folder, trust, network)
    feature = get_feature(str(ticket.feature["name"]))
    if feature.describe() != ticket.feature:
        raise InputError(
            f"{folder}: its input is {ticket.feature}, expected {feature.describe()} as this version computes it"
        )
    return Predictor(ticket.network(network).to(find_device(device)), get_task(ticket.task), feature, ticket.thresholds)
