"""The network that the site shows, taken from its page."""

import re
from pathlib import Path

import pytest
import torch

from ultralight_mir import networks
from ultralight_mir.errors import InputError
from ultralight_mir.networks import Recipe
from ultralight_mir.trimming import find_units, silence, trim

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "own-network.md"


@pytest.fixture
def _in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    code = next(block for block in blocks if "class MyNet" in block)
    (tmp_path / "mynet.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])


@pytest.mark.usefixtures("_in_its_folder")
def test_the_network_of_the_page_is_found_and_trimmed() -> None:
    recipe = Recipe(network="mynet:MyNet", bins=80, outputs=1, framewise=True, hop=220, options={"width": 24})
    network = networks.build(recipe, 0).double().eval()
    inputs = torch.rand(2, 50, 80, dtype=torch.float64)
    assert network(inputs).shape == (2, 50, 1)
    units = find_units(network, inputs[:1])
    assert len(units) == 24 + 24  # channels of the convolution, hidden units of the GRU
    chosen = units[::3]
    torch.testing.assert_close(trim(network, chosen)(inputs), silence(network, chosen)(inputs), rtol=0, atol=1e-12)


@pytest.mark.usefixtures("_in_its_folder")
def test_a_class_that_says_no_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kindless.py").write_text("from torch import nn\n\n\nclass Net(nn.Module):\n    pass\n")
    with pytest.raises(InputError, match="class attribute 'kind' is None"):
        networks.find_class("kindless:Net")


@pytest.mark.usefixtures("_in_its_folder")
def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "netless.py").write_text("class Net:\n    kind = 'spectral'\n")
    with pytest.raises(InputError, match=r"network 'netless:Net': class Net, expected a subclass of Module$"):
        networks.find_class("netless:Net")
