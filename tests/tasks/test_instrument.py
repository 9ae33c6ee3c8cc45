import numpy as np
import pytest

from ultralight_mir.clips import Clip
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
    assert Instrument().unscored("theremin") == "theremin"
