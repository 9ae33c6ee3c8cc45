import pytest
import torch

from ultralight_mir.networks.crnn import Crnn
from ultralight_mir.networks.spectral_cnn import SpectralCnn


def network(**options: int) -> SpectralCnn:
    torch.manual_seed(0)
    return SpectralCnn(bins=40, outputs=3, framewise=True, hop=1, **{"width": 4, **options}).eval()


@pytest.mark.parametrize(("depth", "reach"), [(0, 3), (2, 6), (3, 10)])
def test_a_frame_sees_its_neighbourhood_and_no_more(depth: int, reach: int) -> None:
    x = torch.randn(1, 61, 40, requires_grad=True)
    network(depth=depth)(x)[0, 30].sum().backward()
    assert x.grad is not None
    seen = torch.nonzero(x.grad[0].abs().sum(dim=1)).flatten()
    assert (seen.min().item(), seen.max().item()) == (30 - reach, 30 + reach)


def test_a_whole_clip_gives_what_its_segments_give() -> None:
    x = torch.randn(1, 200, 40)
    whole, part = network()(x), network()(x[:, 50:150])
    assert torch.allclose(whole[:, 65:135], part[:, 15:85], atol=1e-5)


@pytest.mark.parametrize("bins", [8, 13, 80, 144])
@pytest.mark.parametrize("kind", [SpectralCnn, Crnn])
def test_any_number_of_bins_will_do(kind: type[SpectralCnn] | type[Crnn], bins: int) -> None:
    made = kind(bins=bins, outputs=5, framewise=True, hop=1, width=2).eval()
    assert made(torch.randn(2, 9, bins)).shape == (2, 9, 5)
    pooled = kind(bins=bins, outputs=5, framewise=False, hop=1, width=2).eval()
    assert pooled(torch.randn(2, 9, bins)).shape == (2, 5)


def test_the_recurrent_network_sees_the_past_and_the_future() -> None:
    torch.manual_seed(0)
    crnn = Crnn(bins=16, outputs=2, framewise=True, hop=1, width=2).eval()
    x = torch.randn(1, 40, 16, requires_grad=True)
    crnn(x)[0, 20].sum().backward()
    assert x.grad is not None
    assert bool((x.grad[0].abs().sum(dim=1) > 0)[[2, 37]].all())


def test_width_sets_the_size() -> None:
    sizes = [sum(p.numel() for p in network(width=w).parameters()) for w in (4, 8)]
    assert 3.0 < sizes[1] / sizes[0] < 4.0
