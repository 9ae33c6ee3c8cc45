"""The base of the tasks that give a clip one class.

*Conventions.* The annotation of a clip is its label, one of `classes` (or one of `aliases`, other corpora's names for
them). The target is the index of the class; −1 for a label that the network cannot know, which the loss ignores and
`unscored` names. Such labels are known too (`foreign`): real corpora have more classes than the embedded one, and are
trained and tested on all the same. Any other label is a fault of its clip: a slip would be left out without a word.

*Windows.* A recording of more than 3 s is heard in windows of 3 s (as long as the embedded clips are, on which networks
are validated), and its probabilities are their mean.

*Metrics.* `accuracy` (the headline): 1 for a clip whose most probable class is its label, else 0; the mean over the
clips that are scored, all alike. There is no threshold. `macro_f1` and `balanced_accuracy`: the mean over the
classes that occur in the set of their F1 and of their recall (scikit-learn); they exist for a whole set of clips only.
`constant_accuracy`: the accuracy of always giving the class that most of the scored clips have (of several, the first
by name); it hangs on the test corpus alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ultralight_mir.annotations.labels import Label
from ultralight_mir.clips import Clip
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds

if TYPE_CHECKING:
    from torch import Tensor

UNKNOWN = -1
"""The target of a clip whose class the network cannot know."""
SMOOTHING = 0.05
"""Label smoothing (Szegedy et al., CVPR 2016): the share of the target that is spread over all classes."""


class Classification(Task):
    """One class a clip; a subclass says which classes there are.

    Attributes:
        aliases: other corpora's label → the class here that it means.
        foreign: other corpora's labels that mean none of the classes.
    """

    annotation = "label"
    framewise = False
    window = 3.0
    exclusive = True
    features: ClassVar[Mapping[str, str]] = {"spectral": "log_mel_timbre", "waveform": "waveform"}
    scorer = "sklearn.metrics"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("accuracy", "accuracy", constant="constant_accuracy"),
        Metric("macro_f1", "macro F1"),
        Metric("balanced_accuracy", "balanced accuracy"),
        Metric("constant_accuracy", "accuracy of the constant answer"),  # stands with the dense network only
    )
    aliases: ClassVar[Mapping[str, str]] = {}
    foreign: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        cls.outputs = len(cls.classes)

    def read(self, clip: Clip) -> Label:
        """The clip's class, or its own label where that is no class here.

        Raises:
            InputError: the clip has no label.
        """
        name = super().read(clip).name
        return Label(self.aliases.get(name, name))

    def fault(self, annotation: Label) -> str:
        """A label that is neither a class nor `foreign`."""
        if annotation.name in (*self.classes, *self.foreign):
            return ""
        known = ", ".join((*self.classes, *self.aliases))
        others = f", or a class that is not scored ({', '.join(self.foreign)})" if self.foreign else ""
        return f"label '{annotation.name}', expected one of {known}{others}"

    def target(self, annotation: Label, times: Array) -> Array:
        """The class's index (`UNKNOWN` if it is none), float32 `[1]`."""
        index = self.classes.index(annotation.name) if annotation.name in self.classes else UNKNOWN
        return np.array([index], np.float32)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy with label smoothing of logits `[batch, outputs]` against indices `[batch, 1]`.

        The mean over the clips whose class is known; 0 where none is (the mean of none would be NaN).
        """
        from torch.nn import functional

        wanted = targets[:, 0].long()
        some = (wanted != UNKNOWN).any()  # asked where it lies: to know it here would be to wait for a GPU
        loss = functional.cross_entropy(logits, wanted * some, ignore_index=UNKNOWN, label_smoothing=SMOOTHING)
        return loss * some

    def activation(self, logits: Tensor) -> Tensor:
        """Softmax over the classes."""
        return logits.softmax(dim=-1)

    def decode(self, output: Output, thresholds: Thresholds) -> Label:
        """The most probable class, and the probability of each."""
        probabilities = dict(zip(self.classes, map(float, output.activation), strict=True))
        return Label(self.classes[int(np.argmax(output.activation))], probabilities)

    def score(self, estimate: Label, annotation: Label) -> list[Score]:
        """`accuracy`: 1 if the class is right, else 0."""
        return [Score("accuracy", float(estimate.name == annotation.name))]

    def score_set(self, estimates: Sequence[Label], annotations: Sequence[Label]) -> list[Score]:
        """`macro_f1` and `balanced_accuracy` over the classes that occur in `annotations`."""
        from sklearn.metrics import f1_score, recall_score

        answers, wanted = ([label.name for label in labels] for labels in (estimates, annotations))
        present = sorted(set(wanted))
        f1 = f1_score(wanted, answers, labels=present, average="macro", zero_division=0.0)
        # What balanced_accuracy_score gives, without its warning where an estimate is of a class that does not occur.
        recall = recall_score(wanted, answers, labels=present, average="macro", zero_division=0.0)
        return [Score("macro_f1", float(f1)), Score("balanced_accuracy", float(recall))]

    def constant_answer(self, clips: Sequence[Clip]) -> list[Score]:
        """`constant_accuracy` of each clip: 1 if it has the most frequent class, else 0."""
        names = [self.read(clip).name for clip in clips]
        ((most, _),) = Counter(sorted(names)).most_common(1)
        return [Score("constant_accuracy", float(name == most)) for name in names]

    def unscored(self, annotation: Label) -> str:
        """The annotation's name where it is no class here, else ""."""
        return "" if annotation.name in self.classes else annotation.name
