"""What a room that stands alone raises reaches a user as the one exception that is shown in a line."""

from __future__ import annotations

import pytest
from torch import nn

from ultralight_mir.errors import InputError, refusing
from ultralight_mir.removal import Removal
from ultralight_mir.trimming import TrimError, kept_after


def test_an_error_of_that_kind_becomes_an_input_error_and_others_pass() -> None:
    with pytest.raises(InputError, match=r"^a\.json: floor: 0$") as caught, refusing(TrimError, "a.json"):
        raise TrimError("floor: 0")
    assert isinstance(caught.value.__cause__, TrimError)
    with pytest.raises(InputError, match=r"^floor: 0$"), refusing(TrimError):
        raise TrimError("floor: 0")
    with pytest.raises(ValueError, match="another"), refusing(TrimError):
        raise ValueError("another")


def test_weights_of_another_network_to_rewind_to_are_refused_in_one_line() -> None:
    dense, other = nn.Sequential(nn.Linear(2, 3)), nn.Sequential(nn.Linear(2, 4))
    removal = Removal(dense, dense, kept_after(dense, []), {}, 0.0, 0.0, 0.0, ())
    with pytest.raises(InputError, match=r"state '0\.weight': shape \(4, 2\), expected \(3, 2\)"):
        removal.network(other.state_dict())
