"""What a task is: how its annotation becomes a target, its logits an estimate, and the two a score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from ultralight_mir.annotations import of_clip
from ultralight_mir.annotations import write as write_annotation
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.metrics import Metric

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[Any]
Thresholds = dict[str, float]


@dataclass(frozen=True)
class Score:
    """One metric of one clip; `weight` is what it counts for in the mean over clips.

    That is what the value is a share of, where clips are pooled: seconds for chords, events for onsets and drums (an F
    weighs estimates + references, a precision estimates, a recall references). The weighted mean is then the value of
    all clips together, and with its weight a row holds the clip's counts. What weighs nothing has no row.
    """

    metric: str
    value: float
    weight: float = 1.0


@dataclass(frozen=True)
class Output:
    """What a network said of one clip.

    `activation`: sigmoid or softmax outputs, `[frames, outputs]` (clip-wise tasks: `[outputs]`), in 0…1.
    `times`: centre of each frame in seconds, `[frames]` (clip-wise tasks: empty).
    """

    activation: Array
    times: Array


def describe(unscored: Mapping[str, int]) -> str:
    """Classes left out of a score and their numbers of clips, in order of the name: `class×clips; …`."""
    return "; ".join(f"{name}×{count}" for name, count in sorted(unscored.items()))


class Task(ABC):
    """One task = one subclass in a module of its own, plus one line in `tasks/__init__.py`.

    Attributes:
        name: as it stands in paths: a plain word, also where the task is somebody's own `module:Class`.
        address: what `get_task` finds it by: its name, or `module:Class`.
        annotation: the kind of its references and estimates, one of `annotations.KINDS`.
        outputs: units of the network's last layer.
        framewise: True for one output a frame, False for one a clip.
        window: of a clip-wise task, the seconds that its network hears at a time: a longer recording is heard window by
            window, and its activations are their mean. None: however long it is.
        exclusive: True where one output excludes the others (softmax), False where each stands alone (sigmoid).
        features: kind of input (`frames.KINDS`, each of them) → the feature that serves it, as `get_feature` finds it.
        scorer: the module that `score` and `score_set` call.
        metrics: what they give, the headline (which figures and claims are about) first.
        classes: class names in the order of the outputs, where outputs are classes.
        decisions: the names of the thresholds that `decode` takes, as `thresholds` gives them.
        limits: what its tickets do not do, for those who use them: a sentence or two.
    """

    name: ClassVar[str]
    annotation: ClassVar[str]
    outputs: ClassVar[int]
    framewise: ClassVar[bool]
    window: ClassVar[float | None] = None
    exclusive: ClassVar[bool] = False
    features: ClassVar[Mapping[str, str]]
    scorer: ClassVar[str]
    metrics: ClassVar[tuple[Metric, ...]]
    classes: ClassVar[tuple[str, ...]] = ()
    decisions: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = ""

    _address = ""

    @property
    def address(self) -> str:
        """What `get_task` finds the task by: a registered name, or `module:Class`."""
        return self._address or self.name

    @address.setter
    def address(self, address: str) -> None:
        self._address = address

    def read(self, clip: Clip) -> Any:
        """The clip's annotation (of the task's kind), validated.

        Raises:
            InputError: out of order, past the end of the clip, or malformed; names the file and line.
        """
        return of_clip(clip, self.annotation)

    def write(self, estimate: Any, path: Path | str) -> None:
        """Write an estimate as plain text, as its kind of annotation is read."""
        write_annotation(Path(path), estimate)

    def fault(self, annotation: Any) -> str:
        """What is wrong with a readable reference that no task like this can know (a class, an f0); "" if nothing."""
        return ""

    def span(self, annotation: Any) -> tuple[float, float] | None:
        """The first and the last annotated second; None where the annotation is a word, or empty."""
        return None

    @abstractmethod
    def target(self, annotation: Any, times: Array) -> Array:
        """What the loss compares with: float32 `[frames, k]`; for clip-wise tasks `[k]`, k = 1 for a class index."""

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Scalar loss of `logits` `[batch, frames, outputs]` (clip-wise `[batch, outputs]`) against stacked targets."""

    @abstractmethod
    def activation(self, logits: Tensor) -> Tensor:
        """Logits → activations in 0…1, same shape."""

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Any]) -> Thresholds:
        """Decision thresholds, called with the validation split only; none by default.

        They maximise the headline of these clips, or what the task's module says, with the reason.
        """
        return {}

    def check_decisions(self, thresholds: Thresholds, where: object) -> None:
        """That `decode` finds the thresholds that it takes.

        Raises:
            InputError: one is missing; names it, and `where` the others stand.
        """
        missing = [name for name in self.decisions if name not in thresholds]
        if missing:
            found = ", ".join(thresholds) or "none"
            raise InputError(f"{where}: no threshold '{missing[0]}' for task {self.name}, found {found}")

    def condensed(self, output: Output) -> Output:
        """What `decode` needs of each frame, where that is less than its activations: hours of it stay in memory.

        Applied twice it changes nothing more. By default all.
        """
        return output

    @abstractmethod
    def decode(self, output: Output, thresholds: Thresholds) -> Any:
        """Activations, condensed or not → an estimate, of the task's kind of annotation (seconds, Hz, labels)."""

    @abstractmethod
    def score(self, estimate: Any, annotation: Any) -> list[Score]:
        """Metrics of one clip; those that are not defined for it, or weigh nothing, are left out.

        So are those that are means over others' means (`Metric.over`), which no clip has.
        """

    def score_set(self, estimates: Sequence[Any], annotations: Sequence[Any]) -> list[Score]:
        """Metrics that exist only for a whole set of clips, such as macro-F1. None by default."""
        return []

    def constant_answer(self, clips: Sequence[Clip]) -> list[Score]:
        """What the best answer that never listens scores on each of these scored clips. None by default.

        `clips`: all that a test corpus is scored on (folds together), as the answer is chosen for them.
        """
        return []

    def unscored(self, annotation: Any) -> str:
        """The class of this annotation if the network cannot know it (another corpus's class), else ""."""
        return ""
