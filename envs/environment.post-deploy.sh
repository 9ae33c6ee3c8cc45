#!/usr/bin/env bash
# Installs the project and what it needs into the active environment; run from the project's folder.
# GROUP=dev adds what developers need (a dependency group of pyproject.toml).
set -euo pipefail
install() { python -m pip install --quiet --disable-pip-version-check "$@"; }
install "pip>=25.1" # the first that knows dependency groups
install --constraint envs/constraints.txt torch
install --constraint envs/constraints.txt --editable . ${GROUP:+--group "$GROUP"}
install --no-deps --requirement envs/no-deps.txt
