import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score

from ultralight_mir.annotations import Label
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Output

TASK = get_task("singing")


def clip(label):
    return Clip("one", "one.wav", "", label, "g", "test", 3.0)


def set_scores(estimates, annotations):
    return {s.metric: s.value for s in TASK.score_set(*(list(map(Label, names)) for names in (estimates, annotations)))}


def constant_answer(*labels):
    return [(s.metric, s.value, s.weight) for s in TASK.constant_answer([clip(label) for label in labels])]


def test_there_is_one_output_a_class():
    assert TASK.outputs == len(TASK.classes) == 10 and not TASK.framewise


def test_labels_are_read_and_aliased():
    assert TASK.read(clip(" vibrato ")) == Label("vibrato")
    assert TASK.read(clip("control")) == Label("straight")


def test_a_clip_without_label_is_refused():
    with pytest.raises(InputError, match="clip 'one': no label"):
        TASK.read(clip(" "))


def test_foreign_classes_are_unscored_and_cost_nothing():
    assert TASK.unscored(Label("falsetto")) == "falsetto" and TASK.unscored(Label("belt")) == ""
    assert TASK.target(Label("falsetto"), np.zeros(0)).tolist() == [-1.0]
    logits = torch.randn(2, 10)
    both = TASK.loss(logits, torch.tensor([[3.0], [-1.0]]))
    assert both == pytest.approx(TASK.loss(logits[:1], torch.tensor([[3.0]])).item())


def test_a_batch_of_foreign_classes_alone_moves_nothing():
    logits = torch.randn(2, 10, requires_grad=True)
    loss = TASK.loss(logits, torch.tensor([[-1.0], [-1.0]]))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


def test_targets_index_the_classes():
    assert [int(TASK.target(Label(c), np.zeros(0))[0]) for c in TASK.classes] == list(range(10))


def test_the_loss_prefers_the_right_class():
    right, wrong = torch.eye(10)[[4]] * 5, torch.eye(10)[[5]] * 5
    target = torch.tensor([[4.0]])
    assert TASK.loss(right, target) < TASK.loss(wrong, target)
    assert torch.allclose(TASK.activation(right).sum(dim=-1), torch.ones(1))


def test_decodes_the_most_probable_class_and_scores_it():
    estimate = TASK.decode(Output(np.eye(10)[3], np.zeros(0)), {})
    assert estimate.name == "lip_trill"
    assert estimate.probabilities == {name: float(name == "lip_trill") for name in TASK.classes}
    assert [(s.metric, s.value) for s in TASK.score(estimate, Label("lip_trill"))] == [("accuracy", 1.0)]
    assert TASK.score(estimate, Label("belt"))[0].value == 0.0


def test_set_level_metrics_are_over_the_classes_that_occur():
    found = set_scores(["belt", "belt", "trill", "vibrato", "belt"], ["belt", "trill", "trill", "belt", "belt"])
    assert found == pytest.approx({"macro_f1": (2 / 3 + 2 / 3) / 2, "balanced_accuracy": (2 / 3 + 1 / 2) / 2})


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_balanced_accuracy_is_scikit_learn_s():
    random = np.random.default_rng(0)
    annotations, estimates = (list(random.choice(TASK.classes[:n], 50)) for n in (4, 6))
    found = set_scores(estimates, annotations)
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(annotations, estimates))


def test_an_answer_that_is_always_the_same_has_the_balanced_accuracy_of_chance():
    annotations = ["straight"] * 24 + ["vibrato"] * 4 + ["breathy"] * 4
    found = set_scores(["straight"] * 32, annotations)
    assert found["balanced_accuracy"] == pytest.approx(1 / 3)


def test_the_constant_answer_is_right_where_the_most_frequent_class_is():
    right, wrong = ("constant_accuracy", 1.0, 1.0), ("constant_accuracy", 0.0, 1.0)
    assert constant_answer("belt", "straight", "control", "belt", "control") == [wrong, right, right, wrong, right]


def test_of_classes_as_frequent_the_constant_answer_is_the_first_by_name():
    assert [value for _, value, _ in constant_answer("trill", "belt")] == [0.0, 1.0]
