"""The forms that a ticket can be exported to, by name; a new one is a module with a `write` and a line here."""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """A form.

    Attributes:
        write: what writes a ticket so, `module:function` (`export.export`).
        engine: what runs on this machine what that wrote, `module:function` (`export.engine`).
        file: what it is called among results; "" of a folder, which is not kept there, only what it says.
    """

    write: str
    engine: str
    file: str


_ONNX, _C = "ultralight_mir.export.runtime:engine", "ultralight_mir.export.c.host:engine"
FORMS = {
    "onnx": Form("ultralight_mir.export.onnx:write", _ONNX, "ticket.onnx"),
    "onnx-int8": Form("ultralight_mir.export.int8:write", _ONNX, "ticket.onnx"),
    "c": Form("ultralight_mir.export.c:write", _C, ""),
    "c-int8": Form("ultralight_mir.export.c:write_int8", _C, ""),
}
