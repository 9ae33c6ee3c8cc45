import numpy as np
import pytest
import torch

from ultralight_mir.annotations import F0
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Output
from ultralight_mir.tasks.pitch import BINS, blur

TASK = get_task("pitch")
TIMES = np.arange(100) * 0.01


def clip(tmp_path, text, duration=1.0):
    path = tmp_path / "f0.csv"
    path.write_text(text, encoding="utf-8")
    return Clip("one", "one.wav", str(path), "", "g", "test", duration)


def scores(estimate, f0):
    return {s.metric: s.value for s in TASK.score(F0(TIMES, estimate), F0(TIMES, f0))}


def output(f0, height=0.9):
    """What a perfect network would say."""
    return Output(blur(torch.from_numpy(f0)[:, None]).numpy() * height, TIMES)


def test_reads_voiced_rows_and_leaves_gaps_unvoiced(tmp_path):
    rows = [(0.1 + 0.0058 * i, 220.0) for i in range(20)] + [(0.5 + 0.0058 * i, 330.0) for i in range(20)]
    track = TASK.read(clip(tmp_path, "".join(f"{t:.6f},{f}\n" for t, f in rows)))
    at = track.at(np.array([0.0, 0.092, 0.096, 0.15, 0.2130, 0.3, 0.495, 0.61, 0.63]))
    assert at.tolist() == [0, 0, 220, 220, 220, 0, 330, 330, 0]


def test_zero_and_negative_f0_are_unvoiced(tmp_path):
    track = TASK.read(clip(tmp_path, "0.00,220\n0.01,0\n0.02,-220\n0.03,220\n"))
    assert track.at(np.array([0.0, 0.01, 0.02, 0.03])).tolist() == [220, 0, 0, 220]


@pytest.mark.parametrize("text", ["", "0.5,220\n"])
def test_empty_and_single_row_annotations_are_read(tmp_path, text):
    at = TASK.read(clip(tmp_path, text)).at(TIMES)
    assert (at > 0).any() == bool(text) and at[0] == 0


@pytest.mark.parametrize(("text", "found"), [
    ("0.1,220\n0.1,220\n", "line 2: time 0.1 s is out of order"),
    ("0.2,220\n0.1,220\n", "line 2: time 0.1 s is out of order"),
    ("-0.1,220\n", "line 1: time -0.1 s is negative"),
    ("0.1,220\n1.2,220\n", "line 2: time 1.2 s is past the end of the clip, 1.000 s"),
    ("0.1,220\nx,y\n", "line 2: 'x,y', expected time,f0_hz"),
    ("0.1,220,3\n", "line 1: '0.1,220,3', expected time,f0_hz"),
    ("0.1,nan\n", "line 1: 0.1,nan, expected finite numbers"),
])  # fmt: skip
def test_refuses_malformed_annotations(tmp_path, text, found):
    with pytest.raises(InputError, match=r"f0\.csv, ") as error:
        TASK.read(clip(tmp_path, text))
    assert found in str(error.value) and "\n" not in str(error.value)


def test_refuses_a_clip_without_annotation(tmp_path):
    with pytest.raises(InputError, match="no annotation"):
        TASK.read(Clip("one", "one.wav", "", "", "g", "test", 1.0))
    with pytest.raises(InputError, match=r"absent.csv: not readable as text \(No such file"):
        TASK.read(Clip("one", "one.wav", str(tmp_path / "absent.csv"), "", "g", "test", 1.0))


def test_targets_peak_at_the_pitch_and_vanish_in_silence():
    targets = blur(torch.tensor([[440.0], [0.0], [32.703]]))
    assert targets[0].argmax() == round(1200 * np.log2(440 / 32.703) / 20)
    assert targets[1].max() == 0.0
    assert targets[2, 0] == pytest.approx(1.0)
    assert (targets[0] > 0.5).sum() == 3  # 25 cents of standard deviation on bins of 20


def test_a_perfect_network_scores_one():
    f0 = np.where(TIMES < 0.3, 0.0, 200.0 * 2 ** (TIMES / 2))
    estimate = TASK.decode(output(f0), TASK.thresholds([output(f0)], [F0(TIMES, f0)]))
    assert np.abs(1200 * np.log2(estimate.hertz[40:] / f0[40:])).max() < 5
    found = {s.metric: s.value for s in TASK.score(estimate, F0(TIMES, f0))}
    assert found == {"rpa": 1.0, "rca": 1.0, "oa": 1.0, "vr": 1.0, "vfa": 0.0}


def test_octave_errors_cost_rpa_but_not_rca():
    f0 = np.full(100, 220.0)
    assert scores(f0 * 2, f0)["rpa"] == 0.0 and scores(f0 * 2, f0)["rca"] == 1.0


def test_pitch_counts_where_the_network_hears_no_voice():
    f0 = np.full(100, 220.0)
    found = scores(-f0, f0)
    assert found["rpa"] == 1.0 and found["vr"] == 0.0 and found["oa"] == 0.0


def test_undefined_metrics_are_left_out():
    assert "vfa" not in scores(np.full(100, 220.0), np.full(100, 220.0))
    assert set(scores(np.full(100, 220.0), np.zeros(100))) == {"oa", "vfa"}


def test_the_threshold_parts_voiced_from_unvoiced():
    f0 = np.where(TIMES < 0.5, 0.0, 220.0)
    heard = blur(torch.full((100, 1), 220.0)).numpy() * np.where(TIMES < 0.5, 0.2, 0.6)[:, None]
    assert 0.2 < TASK.thresholds([Output(heard, TIMES)], [F0(TIMES, f0)])["voicing"] <= 0.6


def test_the_threshold_counts_voiced_and_unvoiced_frames_alike():
    """Nine of ten frames are voiced, a fifth of them faintly: plain overall accuracy would call every frame voiced."""
    f0 = np.where(TIMES < 0.1, 0.0, 220.0)
    height = np.select([TIMES < 0.1, TIMES < 0.28], [0.3, 0.2], 0.8)
    heard = Output(blur(torch.full((100, 1), 220.0)).numpy() * height[:, None], TIMES)
    chosen = TASK.thresholds([heard], [F0(TIMES, f0)])
    found = {s.metric: s.value for s in TASK.score(TASK.decode(heard, chosen), F0(TIMES, f0))}
    assert 0.3 < chosen["voicing"] <= 0.8
    assert found["vfa"] == 0.0 and found["vr"] == pytest.approx(0.8, abs=0.01) and found["rpa"] == 1.0


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_validation_frames_are_of_one_kind_all_are_called_so(share):
    f0 = np.where(np.arange(100) < 100 * share, 220.0, 0.0)
    heard = Output(blur(torch.full((100, 1), 220.0)).numpy() * 0.5, TIMES)
    estimate = TASK.decode(heard, TASK.thresholds([heard], [F0(TIMES, f0)]))
    assert (estimate.hertz > 0).mean() == share


def test_a_frame_is_voiced_with_most_of_its_neighbours():
    """Blips and gaps of up to four frames are none; the edges of notes stay where they are."""
    height = np.full(100, 0.1)
    height[[10, 11, 12, 13]] = 0.9
    height[30:60] = 0.9
    height[[40, 41, 42, 43]] = 0.1
    heard = blur(torch.full((100, 1), 220.0)).numpy() * height[:, None]
    voiced = TASK.decode(Output(heard, TIMES), {"voicing": 0.5}).hertz > 0
    assert np.flatnonzero(voiced).tolist() == list(range(30, 60))


def test_a_frames_voicing_hangs_on_four_frames_either_side():
    heard = np.random.default_rng(0).random((200, BINS)) ** 60
    times = np.arange(200) * 0.01
    whole = TASK.decode(Output(heard, times), {"voicing": 0.9}).hertz
    part = TASK.decode(Output(heard[80:140], times[80:140]), {"voicing": 0.9}).hertz
    assert np.array_equal(part[4:-4], whole[84:136]) and {True, False} == set(part > 0)


def test_the_loss_is_lowest_at_the_target():
    f0 = torch.full((1, 5, 1), 220.0)
    right = torch.logit(blur(f0).clamp(1e-4, 1 - 1e-4))
    assert TASK.loss(right, f0) < TASK.loss(right.roll(5, dims=-1), f0)
    assert right.shape[-1] == BINS == TASK.outputs
