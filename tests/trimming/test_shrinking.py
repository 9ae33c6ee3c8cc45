"""The way in: one call from a network to a smaller one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.trimming import Kept, Ranking, TrimError, apply_kept, compose, shrink, silence
from ultralight_mir.trimming.unit import Unit

torch.set_num_threads(1)
WAVE = torch.randn(1, 1, 60, dtype=torch.float64)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Conv1d(1, 16, 5), nn.BatchNorm1d(16), nn.ReLU(), nn.Conv1d(16, 24, 5), nn.ReLU(), nn.Conv1d(24, 2, 1)
    return nn.Sequential(*layers).double().eval()


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def test_it_is_smaller_computes_what_silencing_does_and_leaves_the_network_alone() -> None:
    dense = network()
    before = {name: tensor.clone() for name, tensor in dense.state_dict().items()}
    small = shrink(dense, WAVE, removed=0.7)
    assert small.selection.removed == pytest.approx(1 - parameters(small.network) / parameters(dense))
    assert 0.7 <= small.selection.removed < 0.8
    assert torch.allclose(small.network(WAVE), silence(dense, small.selection.units)(WAVE), atol=1e-12)
    assert all(tensor.equal(before[name]) for name, tensor in dense.state_dict().items())
    again = apply_kept(dense, Kept.from_json(small.kept.to_json()))
    assert again(WAVE).equal(small.network(WAVE))


def test_it_can_be_shrunk_again_as_a_fraction_of_the_dense_network() -> None:
    dense = network()
    first = shrink(dense, WAVE, removed=0.5)
    second = shrink(first.network, WAVE, removed=0.8, dense=dense)
    assert second.selection.removed == pytest.approx(1 - parameters(second.network) / parameters(dense))
    assert apply_kept(dense, compose(first.kept, second.kept))(WAVE).equal(second.network(WAVE))


def test_options_data_and_seed_arrive() -> None:
    dense = network()
    even = shrink(dense, WAVE, 0.5, ranking=Ranking(scope="local", round_to=8, measure="macs"))
    assert [layer.out_channels % 8 for layer in even.network if isinstance(layer, nn.Conv1d)][:2] == [0, 0]
    inputs = torch.randn(8, 1, 60, dtype=torch.float64)
    pairs = [(inputs, torch.randn(8, 2, 52, dtype=torch.float64))]
    by_loss = shrink(dense, WAVE, 0.5, "taylor", batches=pairs, loss=functional.mse_loss)
    assert by_loss.kept != shrink(dense, WAVE, 0.5).kept
    draws = [shrink(dense, WAVE, 0.5, "random", seed=seed).kept for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def _channels(kept: Kept) -> int:
    return sum(len(kept.layers[name].outputs) for name in "03")


@pytest.mark.parametrize("round_to", [1, 4])
def test_it_is_shrunk_until_somebody_says_enough(round_to: int) -> None:
    """By something that falls, but not with every unit."""
    dense, ranking, asked = network(), Ranking(scope="local", round_to=round_to), list[int]()

    def wobbling(kept: Kept) -> int:
        one, other = (len(kept.layers[name].outputs) for name in "03")
        return 4 * one * other + 60 * (one % 3)

    def enough(kept: Kept) -> bool:
        asked.append(wobbling(kept))
        return wobbling(kept) <= 600

    small = shrink(dense, WAVE, 0.0, ranking=ranking, enough=enough)
    assert wobbling(small.kept) <= 600 and len(asked) <= 6
    wider = _channels(small.kept) + round_to
    before = shrink(dense, WAVE, 0.0, ranking=ranking, enough=lambda kept: _channels(kept) <= wider)
    assert _channels(before.kept) == wider and wobbling(before.kept) > 600, "a unit less does not do"
    more = shrink(dense, WAVE, 0.9, ranking=ranking, enough=enough)
    assert more.kept == shrink(dense, WAVE, 0.9, ranking=ranking).kept, "what is asked for goes anyway"
    least = shrink(dense, WAVE, 0.0, ranking=ranking, enough=lambda kept: False)
    assert [least.kept.widths()[name] for name in "03"] == [round_to, round_to]


def test_a_function_of_ones_own_ranks_units() -> None:
    def first_channels(net: nn.Module, units: list[Unit], batches: object, *, loss: object, seed: int) -> Tensor:
        return torch.tensor([float(-unit.outputs[0][1][0]) for unit in units])

    small = shrink(network(), WAVE, 0.5, first_channels, ranking=Ranking(scope="local"))  # type: ignore[arg-type]
    outputs = small.kept.layers["0"].outputs
    assert outputs == tuple(range(len(outputs)))


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(TrimError, match="criterion: 'best', expected one of magnitude, "):
        shrink(network(), WAVE, criterion="best")
    with pytest.raises(TrimError, match="'taylor': no loss"):
        shrink(network(), WAVE, criterion="taylor")
    with pytest.raises(TrimError, match=r"removed: 1\.5, expected"):
        shrink(network(), WAVE, removed=1.5)
