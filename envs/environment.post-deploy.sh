#!/usr/bin/env bash
# Installs the project and what it needs into the active environment; run from the project's folder.
set -euo pipefail
install() { python -m pip install --quiet --disable-pip-version-check "$@"; }
install --constraint envs/constraints.txt torch
install --constraint envs/constraints.txt --editable ".${EXTRAS:-}"
install --no-deps --requirement envs/no-deps.txt
