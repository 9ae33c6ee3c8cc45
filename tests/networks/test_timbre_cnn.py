import pytest
import torch
from recipes import recipe

from ultralight_mir.errors import InputError
from ultralight_mir.networks import build

RECIPE = recipe("timbre_cnn", 64, 10, False, 320, {"width": 4})


@pytest.mark.parametrize("frames", [1, 2, 7, 207])
def test_gives_a_row_a_clip(frames):
    assert build(RECIPE, 0).eval()(torch.randn(3, frames, 64)).shape == (3, 10)


def test_sees_what_moves_without_the_equalisation():
    network = build(RECIPE, 0).eval()
    seen = []
    network.deviation.register_forward_hook(lambda module, given, made: seen.append(made))
    x = torch.randn(1, 50, 64)
    network(x)
    network(x + torch.randn(64))
    assert torch.allclose(seen[0], seen[1], atol=1e-4)


@pytest.mark.parametrize("bins", [40, 64, 80, 81])
def test_takes_any_number_of_bins(bins):
    assert build(recipe("timbre_cnn", bins, 10, False, 320, {"width": 4}), 0).eval()(
        torch.randn(2, 20, bins)
    ).shape == (2, 10)


def test_does_not_serve_framewise_tasks():
    with pytest.raises(InputError, match="frame-wise"):
        build(recipe("timbre_cnn", 64, 10, True, 320, {}), 0)
