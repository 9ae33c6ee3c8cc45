"""What a system is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from ultralight_mir.errors import InputError

if TYPE_CHECKING:  # the command line asks for names alone, in every job
    import numpy as np
    from numpy.typing import NDArray


class System(ABC):
    """One system; made without arguments.

    Attributes:
        name: as it stands in tables.
        task: whose estimates it gives.
        about: what it is, and where it was published.
        parameters, bytes: of what it learnt; 0 where it learnt nothing.
        needs: packages that do not come with this one.

    Raises:
        InputError: one of them is not installed.
    """

    name: ClassVar[str]
    task: ClassVar[str]
    about: ClassVar[str]
    parameters: ClassVar[int] = 0
    bytes: ClassVar[int] = 0
    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.check_installed()

    @classmethod
    def check_installed(cls) -> None:
        """That the packages are there which it needs.

        Raises:
            InputError: one is not.
        """
        missing = [package for package in cls.needs if find_spec(package) is None]
        if missing:
            raise InputError(
                f"system '{cls.name}': {missing[0]} is not installed (pip install 'ultralight-mir[systems]')"
            )

    @abstractmethod
    def estimate(self, samples: NDArray[np.float32], sample_rate: int) -> Any:
        """What it hears in mono samples `[samples]` in [−1, 1]: an estimate of its task's kind of annotation."""
