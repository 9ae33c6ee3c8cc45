"""One thread for the libraries under numpy: the last bits of what they compute depend on how many they use."""

from __future__ import annotations

import os

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Environment variables that such libraries read when they load."""


def fix() -> None:
    """Have this process, and those that it starts, compute with one thread, whatever its environment says.

    To be called before numpy loads. Snakemake exports a rule's threads under these names; torch's own number of threads
    is set later, by `torch_setup.prepare`.
    """
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
