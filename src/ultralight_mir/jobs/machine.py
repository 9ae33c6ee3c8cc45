"""What machine this is, as the report says it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

DEVICE = "cpu"
"""Where torch computes unless a job is told otherwise."""
AUTO = "auto"
"""As a device: the GPU if there is one that torch can use, else the CPU."""
DEVICE_VARIABLE = "ULTRALIGHT_MIR_DEVICE"
"""Environment variable: the device of jobs that train. It is in no command of a rule, so no job is run again for it."""


def cpu_name() -> str:
    """The CPU's name, as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def memory_gib() -> float:
    """Physical memory in GiB."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def computes_in_bfloat16() -> bool:
    """Whether this CPU has bfloat16 arithmetic (elsewhere autocast would be slower than float32)."""
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.exists() and any(flag in cpuinfo.read_text() for flag in ("avx512_bf16", "amx_bf16"))
