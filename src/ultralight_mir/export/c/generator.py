"""C from graphs, by emx-onnx-cgen, with the memory between its layers used again and again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.arena import Span, placed

if TYPE_CHECKING:
    from onnx import ModelProto

NEEDED = "emx-onnx-cgen (pip install 'ultralight-mir[c]')"
BYTES = {"float": 4, "uint8_t": 1, "int8_t": 1}
"""Of a tensor's element, by its type in C. Others stay on the stack: a compiler may take it that tensors of different
types, bytes aside, never share memory."""
ALIGNED = 8
"""Bytes at whose multiples tensors begin."""
TENSOR = re.compile(r"    (\w+) (\w+)((?:\[\d+\])+);")
CONSTANT = re.compile(r"^static const EMX_UNUSED (\w+) \w+((?:\[\d+\])*) =", re.M)
CONSTANTS = BYTES | {"int32_t": 4}
"""Of a constant's element. Those of 64 bits are places and sizes, which a compiler writes into its instructions."""


@dataclass(frozen=True)
class Generated:
    """A network in C.

    Attributes:
        source: of one function that takes the graph's inputs, then its outputs.
        arena: bytes of `scratch` that its tensors share.
        weights: bytes of its constants.
    """

    source: str
    arena: int
    weights: int


def generated(model: ModelProto, name: str) -> Generated:
    """A graph as a C function `name`, without any memory but its stack and `scratch`, which somebody else defines.

    Raises:
        InputError: the generator is missing, or has no C for the graph.
    """
    try:
        from emx_onnx_cgen.compiler import Compiler, CompilerOptions
        from emx_onnx_cgen.errors import CompilerError
    except ImportError as error:
        raise InputError(f"export: {error.name} is not installed, expected {NEEDED}") from error
    # Beyond a threshold it would take memory from the heap, or read weights from a file. A state's input and output are
    # one array, so that nothing may be told to be restricted.
    options = CompilerOptions(
        model_name=name, large_temp_threshold_bytes=0, large_weight_threshold=0, restrict_arrays=False
    )
    try:
        source = Compiler(options).compile(model)
    except (CompilerError, NotImplementedError) as error:
        raise InputError(f"export: no C for this network ({str(error).splitlines()[0][:200]})") from error
    return _with_arena(_quiet(source), name)


def _quiet(source: str) -> str:
    """Without what the generator says of its own run, and with weights that no other file can see."""
    lines = [line for line in source.splitlines() if not line.startswith("extern const ")]
    return "\n".join(re.sub(r"^const EMX_UNUSED ", "static const EMX_UNUSED ", line) for line in lines) + "\n"


def _with_arena(source: str, name: str) -> Generated:
    """The function's tensors, each of which stands on the stack to its end, moved where earlier ones are done with."""
    before, begin, rest = source.partition(f"\nvoid {name}(")
    signature, opened, body = rest.partition("{\n")
    body, closed, after = body.partition("\n}")
    if not (begin and opened and closed):
        raise InputError("export: the generator's C is not as expected, expected emx-onnx-cgen 1.4")
    lines = body.splitlines()
    calls = [line for line in lines if not TENSOR.fullmatch(line)]
    spans = {}
    for line in lines:
        if found := TENSOR.fullmatch(line):
            kind, tensor, sizes = found.groups()
            if kind not in BYTES:
                continue
            used = [place for place, call in enumerate(calls) if re.search(rf"\b{tensor}\b", call)]
            size = BYTES[kind] * _elements(sizes)
            spans[tensor] = Span(-(-size // ALIGNED) * ALIGNED, used[0], used[-1])
    offsets, total = placed(spans)
    made = [_moved(line, offsets) for line in lines]
    told = "".join(('#include "scratch.h"\n', before, begin, signature, opened, "\n".join(made), closed, after))
    return Generated(
        told, total, sum(CONSTANTS.get(kind, 0) * _elements(sizes) for kind, sizes in CONSTANT.findall(told))
    )


def _elements(sizes: str) -> int:
    return prod(map(int, re.findall(r"\d+", sizes)))


def _moved(line: str, offsets: dict[str, int]) -> str:
    found = TENSOR.fullmatch(line)
    if not found or found[2] not in offsets:
        return line
    kind, tensor, sizes = found.groups()
    inner = sizes[sizes.index("]") + 1 :]  # what a parameter of this type points to
    declared, cast = (f"(*{tensor}){inner}", f"(*){inner}") if inner else (f"*{tensor}", "*")
    return f"    {kind} {declared} = ({kind} {cast})(void *)(scratch + {offsets[tensor]});"
