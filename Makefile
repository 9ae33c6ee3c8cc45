# Two commands: `make run` and `make test`. Both set everything up first and are safe to repeat.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test smoke check figures embedded docs

run: $(READY)
	$(BIN)/ultralight-mir run --cores all

test: $(READY)
	$(BIN)/pytest -n auto

smoke: $(READY)
	$(BIN)/ultralight-mir run --cores all --configfile experiments/smoke.yaml

figures: $(READY)
	$(BIN)/ultralight-mir run --cores all figures

# Tickets in C on Cortex-M4 and M7 under QEMU: builds, runs, compares, prints what they take.
embedded: $(READY)
	bash envs/embedded.sh
	$(BIN)/ultralight-mir embedded --out results/embedded.csv

docs: $(READY) $(VENV)/.docs
	$(BIN)/python -m sphinx -q -W --keep-going -n -d docs/_build/doctrees docs docs/_build/html

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/lint-imports

$(READY): pyproject.toml envs/constraints.txt envs/no-deps.txt envs/environment.post-deploy.sh
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: Python " + sys.version.split()[0] + ", expected 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	. $(BIN)/activate && GROUP=dev bash envs/environment.post-deploy.sh
	touch $@

$(VENV)/.docs: $(READY)
	$(BIN)/python -m pip install --quiet --constraint envs/constraints.txt --editable ".[docs]"
	touch $@
