import pytest
import torch
from recipes import recipe

from ultralight_mir.errors import InputError
from ultralight_mir.networks import build

RECIPE = recipe("crepe", 1, 360, True, 160, {"width": 1})


@pytest.mark.parametrize("samples", [160, 319, 1600, 1601])
def test_gives_a_row_a_whole_frame(samples):
    assert build(RECIPE, 0).eval()(torch.randn(2, samples)).shape == (2, samples // 160, 360)


def test_frame_i_sees_the_512_samples_around_i_hops():
    network = build(RECIPE, 0).eval()
    quiet = torch.randn(1, 4800) * 0.1
    loud = quiet.clone()
    loud[0, 2400] += 5.0  # the centre of frame 15
    with torch.no_grad():
        changed = (network(loud) - network(quiet)).abs().amax(dim=(0, 2)) > 1e-6
    assert changed.nonzero()[:, 0].tolist() == [12, 13, 14, 15, 16, 17, 18]


def test_level_and_offset_do_not_matter():
    network, x = build(RECIPE, 0).eval(), torch.randn(1, 4800)
    with torch.no_grad():
        inside = slice(5, 25)
        assert torch.allclose(network(x)[:, inside], network(0.01 * x + 0.002)[:, inside], atol=1e-3)
        assert torch.isfinite(network(torch.zeros(1, 800))).all()


def test_the_published_model_has_22_million_parameters():
    published = build(recipe("crepe", 1, 360, True, 160, {"width": 32}), 0)
    assert sum(p.numel() for p in published.parameters()) == pytest.approx(22.24e6, rel=0.01)


@pytest.mark.parametrize("options", [{"depth": 0}, {"depth": 7}])
def test_refuses_other_depths(options):
    with pytest.raises(InputError, match="1 to 6 layers"):
        build(recipe("crepe", 1, 360, True, 160, options), 0)
