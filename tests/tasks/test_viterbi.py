from itertools import pairwise, product

import numpy as np
import pytest

from ultralight_mir.tasks.viterbi import smooth, smooth_by_each


@pytest.mark.parametrize("self_transition", [1 / 3, 0.5, 0.9])
def test_the_path_is_the_likeliest_of_all(self_transition: float) -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        probabilities = random.dirichlet(np.ones(3) * 0.5, 6)

        def likelihood(path: tuple[int, ...], given: np.ndarray = probabilities) -> float:
            change = (1 - self_transition) / 2
            moves = [self_transition if a == b else change for a, b in pairwise(path)]
            return float(np.prod([given[i, state] for i, state in enumerate(path)]) * np.prod(moves))

        best = max(likelihood(path) for path in product(range(3), repeat=6))
        assert likelihood(tuple(smooth(probabilities, self_transition))) == pytest.approx(best)


def test_one_over_classes_is_the_argmax() -> None:
    probabilities = np.random.default_rng(1).dirichlet(np.ones(25), 40)
    assert np.array_equal(smooth(probabilities, 0.04), probabilities.argmax(axis=1))


def test_a_short_blip_is_smoothed_away() -> None:
    probabilities = np.tile([0.8, 0.2], (9, 1))
    probabilities[4] = [0.3, 0.7]
    assert smooth(probabilities, 0.95).tolist() == [0] * 9


@pytest.mark.parametrize("self_transition", [0.1, 1.0])
def test_impossible_transitions_are_refused(self_transition: float) -> None:
    with pytest.raises(ValueError, match="self_transition"):
        smooth(np.ones((3, 4)) / 4, self_transition)


def test_several_at_once_are_each_alone() -> None:
    probabilities, each = np.random.default_rng(2).dirichlet(np.ones(25) * 0.1, 60), (0.04, 0.5, 0.9, 0.99)
    paths = smooth_by_each(probabilities, each)
    assert all(np.array_equal(path, smooth(probabilities, one)) for path, one in zip(paths, each, strict=True))
    assert len({path.tobytes() for path in paths}) > 2
