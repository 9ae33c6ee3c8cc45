import numpy as np
import pytest

from ultralight_mir.annotations import Label
from ultralight_mir.clips import Clip
from ultralight_mir.corpora.datasets import good_sounds, irmas, tinysol
from ultralight_mir.tasks.instrument import Instrument

MEDLEY = (
    "clarinet",
    "distorted electric guitar",
    "female singer",
    "flute",
    "piano",
    "tenor saxophone",
    "trumpet",
    "violin",
)


@pytest.mark.parametrize("label", MEDLEY)
def test_medley_solos_db_is_scored_in_its_own_words(label: str) -> None:
    task = Instrument()
    annotation = task.read(Clip("a", "a.wav", "", label, "g", "test", 3.0))
    assert task.unscored(annotation) == ""
    assert task.classes[int(task.target(annotation, np.zeros(0))[0])] == label


def test_other_instruments_are_named_and_not_scored() -> None:
    task = Instrument()
    assert task.unscored(Label("oboe")) == "oboe" and not task.fault(Label("oboe"))


def test_a_label_that_nobody_knows_is_a_fault() -> None:
    task = Instrument()
    assert task.fault(Label("kazoo")).startswith("label 'kazoo', expected one of clarinet, ")
    assert not any(task.fault(Label(name)) for name in task.classes)


def test_the_labels_of_the_published_sets_are_known() -> None:
    task = Instrument()
    for name in (*irmas.NAMES.values(), *good_sounds.NAMES.values(), *tinysol.PITCHED):
        assert not task.fault(Label(name)), name
