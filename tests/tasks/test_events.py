import numpy as np
import pytest
from mir_eval import onset

from ultralight_mir.tasks.events import Counts, activity, judged
from ultralight_mir.tasks.peaks import CANDIDATES, Peaks, best_threshold, find_peaks, matches


def test_the_nearest_frame_is_one_and_its_neighbours_less() -> None:
    times = np.arange(8) * 0.01
    assert activity(np.array([0.03]), times).tolist() == pytest.approx([0, 0, 0.5, 1, 0.5, 0, 0, 0])
    assert activity(np.array([0.033]), times).tolist() == pytest.approx([0, 0, 0.2, 1, 0.8, 0, 0, 0])
    assert activity(np.array([0.0, 0.02]), times).tolist() == pytest.approx([1, 0.5, 1, 0.5, 0, 0, 0, 0])
    assert activity(np.zeros(0), times).tolist() == [0.0] * 8
    assert activity(np.array([9.0]), times).max() == 0.0


def test_counts_add_up() -> None:
    total = Counts(1, 2, 2) + Counts(0, 0, 2)
    assert total == Counts(1, 2, 4)
    assert total.f_measure == pytest.approx(1 / 3)
    assert not Counts(0, 0, 0).defined


@pytest.mark.parametrize("seed", range(30))
def test_the_fast_matching_is_mir_evals(seed: int) -> None:
    random = np.random.default_rng(seed)
    reference = np.sort(random.uniform(0, 2, random.integers(1, 30)))
    estimate = np.sort(random.uniform(0, 2, random.integers(1, 30)))
    for window in (0.01, 0.05, 0.2):
        counts = matches(reference, estimate, window)
        f, _, _ = onset.f_measure(reference, estimate, window=window)
        assert counts.f_measure == pytest.approx(f)
        assert judged(reference, estimate, window) == counts


def test_peaks_are_found_between_frames() -> None:
    times = np.arange(100) * 0.01
    true = 0.5037
    activation = np.exp(-(((times - true) / 0.012) ** 2))
    found = find_peaks(activation, times)
    assert found.times == pytest.approx([true], abs=0.001)


def test_plateaus_and_edges_give_one_peak() -> None:
    times = np.arange(6) * 0.1
    assert find_peaks(np.array([0.9, 0.1, 0.5, 0.5, 0.1, 0.8]), times).times == pytest.approx(
        [0.0, 0.25, 0.5], abs=0.051
    )
    assert len(find_peaks(np.zeros(6), times).times) == 0
    assert len(find_peaks(np.array([0.9]), times[:1]).times) == 0


def test_of_two_close_peaks_the_higher_stays() -> None:
    activation = np.zeros(50)
    activation[[10, 12, 30]] = 0.5, 0.9, 0.4
    found = find_peaks(activation, np.arange(50) * 0.01)
    assert found.times == pytest.approx([0.12, 0.3], abs=0.005)
    assert found.above(0.5) == pytest.approx([0.12], abs=0.005)


def test_the_threshold_separates_true_peaks_from_false_ones() -> None:
    times = np.arange(20) * 0.2
    heights = np.where(np.arange(20) % 2 == 0, 0.7, 0.3)
    threshold = best_threshold([Peaks(times, heights)], [times[::2]])
    assert 0.3 < threshold <= 0.7
    assert best_threshold([], []) in CANDIDATES
