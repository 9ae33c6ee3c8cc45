"""Annotations: one module a kind, its text form read and written; JAMS and MIDI beside them."""
