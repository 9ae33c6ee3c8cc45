"""In processes of their own: what is imported cannot be undone in this one."""

import subprocess
import sys


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


TRAIN = """
import sys, torch
from ultralight_mir.jobs.torch_setup import prepare
prepare(1)
network = torch.nn.Linear(3, 2)
optimizer = torch.optim.AdamW(network.parameters())
network(torch.ones(1, 3)).sum().backward()
before = network.weight.detach().clone()
optimizer.step()
assert not torch.equal(before, network.weight)
from torch.utils.flop_counter import FlopCounterMode
with FlopCounterMode(display=False) as counter:
    network(torch.ones(1, 3))
print(counter.get_total_flops(), torch.get_num_threads(), "torch._dynamo.symbolic_convert" in sys.modules)
"""


def test_training_and_counting_work_without_the_compiler() -> None:
    assert _run(TRAIN).split() == ["12", "1", "False"]


COMPILE = """
import sys, torch
from ultralight_mir.jobs.torch_setup import prepare
prepare(1)
compiled = torch.compile(torch.nn.Linear(2, 2), backend="eager")
assert compiled(torch.ones(1, 2)).shape == (1, 2)
print("torch._dynamo.symbolic_convert" in sys.modules)
"""


def test_a_network_that_compiles_gets_the_compiler() -> None:
    assert _run(COMPILE).strip() == "True"
