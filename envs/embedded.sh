#!/usr/bin/env bash
# Brings what firmware is built and run with, by Debian's packages, where it is missing; `make embedded` calls it.
set -euo pipefail
packages=(gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm)
newlib="$(arm-none-eabi-gcc -print-file-name=libc_nano.a 2>/dev/null || true)"
if command -v arm-none-eabi-gcc qemu-system-arm >/dev/null && [ -f "$newlib" ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  echo "error: arm-none-eabi-gcc, newlib or qemu-system-arm: not installed; as root: apt-get install ${packages[*]}" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}"
