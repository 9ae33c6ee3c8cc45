"""What every feature must say of itself, and the scale that features, tasks and networks share."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ultralight_mir.features import FEATURES, get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.features.cqt import CQT_CHORD, CQT_PITCH
from ultralight_mir.frames import KINDS, centres
from ultralight_mir.networks.harmonic_cnn import FOLD
from ultralight_mir.pitch_scale import C1, CENTS, PITCH_BINS, SEMITONES
from ultralight_mir.tasks.pitch import CENTS_PER_BIN, blur


@pytest.mark.parametrize("name", FEATURES)
def test_a_description_is_json_and_all_that_compute_hangs_on(name: str) -> None:
    feature = get_feature(name)
    assert feature.name == name and feature.kind in KINDS
    description = json.loads(json.dumps(feature.describe()))
    assert description == feature.describe()
    rest = {key: description[key] for key in ("kind", "sample_rate", "hop", "bins", "settings")}
    again = Feature("again", function=feature.function, **rest)
    samples = np.random.default_rng(0).standard_normal(2 * feature.sample_rate).astype(np.float32)
    assert np.array_equal(again.compute(samples), feature.compute(samples))
    frames = feature.compute(samples)
    assert frames.shape[1] == feature.bins and frames.dtype == np.float32


def test_frame_i_is_centred_at_i_hops() -> None:
    assert centres(3, 220, 22_050).tolist() == [0.0, 220 / 22_050, 2 * (220 / 22_050)]
    assert len(centres(0, 220, 22_050)) == 0


def test_features_task_and_network_begin_at_the_same_c() -> None:
    import torch

    assert CQT_PITCH.settings["fmin"] == CQT_CHORD.settings["fmin"] == C1
    assert CQT_PITCH.settings["bins_per_octave"] == PITCH_BINS == FOLD * SEMITONES
    octave_up = blur(torch.tensor([[C1], [2 * C1]])).argmax(dim=1)
    assert octave_up.tolist() == [0, round(CENTS / CENTS_PER_BIN)]
