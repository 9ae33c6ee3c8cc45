"""Synthesised players: a parametric model a family of instruments, and draws of its parameters that persist over clips.

A player has `play(duration, random) -> Samples` (dry, before the instrument's body) and `body`, the instrument's own
response. What is drawn once is the instrument and the habits; what is played is drawn for every clip.
"""
