"""The forms that a ticket can be exported to, by name; a new one is a module with a `write` and a line here."""

from __future__ import annotations

FORMS = {
    "onnx": "ultralight_mir.export.onnx:write",
    "onnx-int8": "ultralight_mir.export.int8:write",
    "c": "ultralight_mir.export.c:write",
    "c-int8": "ultralight_mir.export.c:write_int8",
}
GRAPHS = ("onnx", "onnx-int8")
"""Those that `load` and `predict` run, and that are scored; others are for machines that are not this one."""
