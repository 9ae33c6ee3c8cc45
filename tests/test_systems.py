"""Systems beside tickets: each gives its task's estimate, and hears what is plain to hear."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ultralight_mir import annotations
from ultralight_mir.annotations.chords import Chords
from ultralight_mir.annotations.events import Events
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.errors import InputError
from ultralight_mir.systems import SYSTEMS, get_system
from ultralight_mir.tasks import get_task

RATE = 22_050


def _tone(hertz: float, seconds: float) -> np.ndarray:
    times = np.arange(int(seconds * RATE)) / RATE
    return sum(0.3 / n * np.sin(2 * np.pi * n * hertz * times) for n in (1, 2, 3, 4)).astype(np.float32)


def _system(name: str):
    try:
        return get_system(name)
    except InputError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_says_what_it_is_and_gives_its_tasks_estimate(name: str) -> None:
    system = _system(name)
    assert system.name == name and system.about
    kind = annotations.KINDS[get_task(system.task).annotation]
    assert isinstance(system.estimate(_tone(220.0, 2.0), RATE), kind)


@pytest.mark.parametrize("name", ["pyin", "yin", "swift_f0"])
def test_a_tone_has_its_pitch(name: str) -> None:
    system = _system(name)
    samples = np.concatenate((np.zeros(RATE // 2, np.float32), _tone(330.0, 2.0), np.zeros(RATE // 2, np.float32)))
    samples += np.random.default_rng(0).normal(0, 1e-4, len(samples)).astype(np.float32)
    reference = F0(np.arange(300) * 0.01, np.where((np.arange(300) >= 50) & (np.arange(300) < 250), 330.0, 0.0))
    scores = {score.metric: score.value for score in get_task("pitch").score(system.estimate(samples, RATE), reference)}
    assert scores["rpa"] > 0.9
    assert scores["vfa"] == 1.0 if name == "yin" else scores["oa"] > 0.85


def test_struck_notes_have_onsets() -> None:
    samples = np.zeros(3 * RATE, np.float32)
    for time in (0.5, 1.1, 1.9):
        first = int(time * RATE)
        note = _tone(440.0, 0.4) * np.exp(-25 * np.arange(int(0.4 * RATE)) / RATE)
        samples[first : first + len(note)] += note
    estimate = get_system("spectral_flux").estimate(samples, RATE)
    assert isinstance(estimate, Events) and np.abs(estimate.times - [0.5, 1.1, 1.9]).max() < 0.05


def test_a_triad_is_named() -> None:
    def chord(*hertz: float) -> np.ndarray:
        return sum(_tone(one, 3.0) for one in hertz) / 3

    samples = np.concatenate((chord(261.6, 329.6, 392.0), chord(220.0, 261.6, 329.6), np.zeros(2 * RATE, np.float32)))
    estimate = get_system("chroma_templates").estimate(samples.astype(np.float32), RATE)
    reference = Chords(np.array([[0, 3], [3, 6], [6, 8]], float), ("C:maj", "A:min", "N"))
    scores = {score.metric: score.value for score in get_task("chord").score(estimate, reference)}
    assert scores["majmin"] > 0.85


def test_a_system_whose_package_is_missing_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "swift_f0", None)
    from ultralight_mir.systems import base

    monkeypatch.setattr(base, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="system 'swift_f0': swift_f0 is not installed"):
        get_system("swift_f0")
    with pytest.raises(InputError, match="system 'abacus': unknown, expected one of pyin"):
        get_system("abacus")


def test_what_is_said_of_sizes_is_so() -> None:
    import onnx

    _system("swift_f0")
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("swift_f0")
    assert spec is not None and spec.origin is not None
    graph = Path(spec.origin).parent / "model.onnx"
    system = get_system("swift_f0")
    assert graph.stat().st_size == system.bytes
    weights = sum(int(np.prod(one.dims)) for one in onnx.load(graph).graph.initializer)
    assert weights == system.parameters
