"""The C of one step: arrays for its states and masks, and the call of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ultralight_mir.export.c.streaming import Step
from ultralight_mir.export.c.writer import State
from ultralight_mir.export.head import INPUT, OUTPUT

if TYPE_CHECKING:
    from onnx import ModelProto

BEGIN = """#include "step.h"

#include <string.h>

#include "scratch.h"

/* What layers compute and what the front end transforms in, by turns. */
unsigned char scratch[SCRATCH] __attribute__((aligned(8)));

"""
MASK = """/* 1 at frames that there are, of frames that stand for `rate` of the input's and come `late`. */
static void mask(float *values, uint32_t count, uint32_t rate, uint32_t late, uint32_t number, uint32_t length) {
    const uint32_t end = length / rate + (length % rate != 0);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t place = number * count + i;
        values[i] = place >= late && place - late < end ? 1.0f : 0.0f;
    }
}

"""


def step_source(step: Step, name: str, later: str = "") -> str:
    """`step.c`: a state's input and output are one array, which the generated function reads before it writes it.

    Args:
        name: of the function that is generated of the step.
        later: of the one of what comes from the first recurrent layer on, `together_source`; "" where there is none.
    """
    declared = [f"static {_kind(state)} {state.name}{_sizes(state.shape)};\n" for state in step.states]
    masks = [f"    float {mask.name}{_sizes(mask.shape)};\n" for mask in step.masks]
    fills = [
        f"    mask((float *){mask.name}, {mask.frames}, {mask.rate}, {mask.delay}, number, length);\n"
        for mask in step.masks
    ]
    parts = [BEGIN]
    parts += [f"{_prototype(step, name)};\n\n", *declared, "\n" * bool(declared)]
    parts += [MASK] if step.masks else []
    if step.mean:
        mean = _sizes(_shape_of(step, step.mean))
        parts += [f"static const float (*mean){mean[mean.index(']') + 1 :]};\n\n"]
        parts += [
            f"void step_mean(const float *values) {{ mean = {_cast('values', _shape_of(step, step.mean))}; }}\n\n"
        ]
    clear = [f"    memset({state.name}, {state.zero}, sizeof {state.name});\n" for state in step.states]
    parts += ["void step_begin(void) {\n", *clear, "}\n\n"]
    parts += ["void step_run(const float *frames, uint32_t number, uint32_t length, float *activations) {\n"]
    parts += [*masks, *fills] if step.masks else ["    (void)number, (void)length;\n"]
    given = [_cast("frames", _shape_of(step, INPUT)), *["mean"] * bool(step.mean), *(mask.name for mask in step.masks)]
    states = [state.name for state in step.states]
    said = _cast("activations", _shape_of(step, OUTPUT), "")
    arguments = ", ".join([*given, *states, said, *states])
    parts += [f"    {name}({arguments});\n", "}\n", later]
    return "".join(parts)


def together_source(model: ModelProto, name: str) -> str:
    """The call of what comes from the first recurrent layer on."""
    graph = model.graph
    rows, said = (
        tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        for value in (graph.input[0], graph.output[0])
    )
    return (
        f"\nvoid {name}(const float in_0{_sizes(rows)}, const int64_t in_1[1], float out_0{_sizes(said)});\n\n"
        "void step_together(const float *rows, uint32_t count, float *activations) {\n"
        "    const int64_t there[1] = {count};\n"
        f"    {name}({_cast('rows', rows)}, there, {_cast('activations', said, '')});\n}}\n"
    )


def _prototype(step: Step, name: str) -> str:
    shapes = [_shape_of(step, one) for one in (INPUT, step.mean) if one]
    shapes += [mask.shape for mask in step.masks]
    ins = [("float", shape) for shape in shapes] + [(_kind(state), state.shape) for state in step.states]
    outs = [("float", _shape_of(step, OUTPUT)), *((_kind(state), state.shape) for state in step.states)]
    told = [f"const {kind} in_{place}{_sizes(shape)}" for place, (kind, shape) in enumerate(ins)]
    told += [f"{kind} out_{place}{_sizes(shape)}" for place, (kind, shape) in enumerate(outs)]
    return f"void {name}({', '.join(told)})"


def _kind(state: State) -> str:
    return "uint8_t" if state.bytes else "float"


def _shape_of(step: Step, name: str) -> tuple[int, ...]:
    for value in (*step.model.graph.input, *step.model.graph.output):
        if value.name == name:
            return tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
    raise KeyError(name)


def _cast(name: str, shape: tuple[int, ...], const: str = "const ") -> str:
    return f"({const}float (*){_sizes(shape[1:])}){name}"


def _sizes(shape: tuple[int, ...]) -> str:
    return "".join(f"[{size}]" for size in shape)
