"""Small networks, one for each way in which layers hang together. Used by the tests and by `benchmarks/trimming.py`."""

from . import joined, layers, recurrent, unusual
from .family import FAMILIES, Family, Lambda, sequential

__all__ = ["FAMILIES", "Family", "Lambda", "joined", "layers", "recurrent", "sequential", "unusual"]
