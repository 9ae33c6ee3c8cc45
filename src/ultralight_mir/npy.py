"""Arrays on disk, written as they are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class NpyWriter:
    """Appends rows to an .npy file without holding them; numpy leaves room in the header for the final row count."""

    def __init__(self, path: Path, dtype: type[np.generic]) -> None:
        self._stream = path.open("wb")
        self._dtype = np.dtype(dtype)
        self._rows = 0
        self._columns = 0

    def _write_header(self) -> None:
        shape = (self._rows, self._columns)
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(self._stream, header)

    def append(self, rows: NDArray[Any]) -> None:
        """Write further rows `[rows, columns]`, as many columns as the first ones had."""
        if not self._rows:
            self._columns = rows.shape[1]
            self._write_header()
        self._rows += len(rows)
        self._stream.write(np.ascontiguousarray(rows, dtype=self._dtype).tobytes())

    def __enter__(self) -> NpyWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._stream.seek(0)
            self._write_header()
        self._stream.close()
