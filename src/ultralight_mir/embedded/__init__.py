"""Tickets on microcontrollers: built bare-metal, run under QEMU, measured, and set against what devices have.

The C comes from `export.c`; the compiler and the emulator are the machine's (`tools`), and needed here alone.
"""
