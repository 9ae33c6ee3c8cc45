"""A ticket as an ONNX graph whose convolutions and products compute with eight-bit whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export import onnx as plain
from ultralight_mir.export.calibration import EMBEDDED
from ultralight_mir.export.frontends import front_end
from ultralight_mir.export.head import INPUT
from ultralight_mir.features import get_feature

if TYPE_CHECKING:
    from onnx import ModelProto

    from ultralight_mir.tasks.base import Array
    from ultralight_mir.ticket import Ticket

QUANTIZED = ("Conv", "MatMul", "MaxPool")
"""No Gemm (what classifies whole clips, a thousandth of the MACs): ONNX Runtime makes an operator of its own of it."""


def write(ticket: Ticket, path: Path, with_front_end: bool, calibration: Sequence[Array] | None = None) -> None:
    """Write a ticket with weights in int8 (each output channel its own scale) and activations in uint8.

    The front end, the activation in the end and recurrent layers stay float32. (`export.export`.)

    Raises:
        InputError: nothing to calibrate by.
    """
    model, feature = graph(ticket, calibration), get_feature(str(ticket.feature["name"]))
    if with_front_end and feature.kind != "waveform":
        model = plain.with_front(model, front_end(feature), feature)
    plain.save(model, plain.head_of(ticket, with_front_end, "int8"), path)


def graph(ticket: Ticket, calibration: Sequence[Array] | None) -> ModelProto:
    """A ticket's graph in quantize–dequantize form, without its front end.

    Raises:
        InputError: as `write`.
    """
    if calibration is None:
        raise InputError(
            f"export: int8 without clips to calibrate it by, expected --calibrate, a folder of features or '{EMBEDDED}'"
        )
    return quantized(plain.graph(ticket, with_front_end=False), iter(calibration))


def quantized(model: ModelProto, inputs: Iterator[Array]) -> ModelProto:
    """A graph in quantize–dequantize form, calibrated by the least and the largest activations of these inputs.

    Weights take seven of their eight bits. A CPU without instructions for products of bytes (x86 with AVX2, before
    VNNI) adds two of them up in sixteen bits and cuts off what is more: outputs were off by 0.1 to 0.3 there, and
    nothing said so. With seven bits nothing is cut off, and outputs are as near to float32's.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def get_next(self) -> dict[str, Array] | None:
            rows = next(inputs, None)
            return None if rows is None else {INPUT: np.asarray(rows, np.float32)[None]}

    with TemporaryDirectory() as folder, plain.quiet():
        before, after = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        onnx.save_model(model, str(before))
        quantize_static(
            str(before),
            str(after),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            reduce_range=True,
            op_types_to_quantize=list(QUANTIZED),
        )
        return onnx.load(str(after))
