# Everything happens in virtual environments of the checkout; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
EMULATOR := .venv-bqemulator
PEERS := .venv-bench
BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check --quiet install --constraint constraints.txt
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo test test-all check docs format bench soak peers bundle matrix clean

help:
	@echo "make demo     play the incident on this machine, end to end"
	@echo "make test     run the tests, but for the long ones"
	@echo "make test-all run every test: also the SDK's real command lines, and all that the emulator can do"
	@echo "make check    ruff, shellcheck, mypy --strict, import-linter, generated pages"
	@echo "make docs     write the generated pages"
	@echo "make setup    make the virtual environments of the above"
	@echo "make bench    measure, side by side with peers"
	@echo "make soak     load the sink for ten minutes, each server in turn, and watch its memory"
	@echo "make peers    run the nastiest inputs against peers"
	@echo "make bundle   make build/bundle, the folder to deploy the sink from"
	@echo "make matrix   run the tests on Python 3.11, 3.12 and 3.13"
	@echo "make clean    remove what make made"

setup: $(VENV)/.dev $(EMULATOR)/.ready

demo: $(VENV)/.demo
	$(BIN)/svcerrors demo

test: setup
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long"

test-all: setup
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/shellcheck sink_function/deploy.sh
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/api.py
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench $(PEERS)/.ready
	$(PEERS)/bin/python benchmarks/capture.py --write
	$(BIN)/python benchmarks/parse.py --write
	$(BIN)/python benchmarks/views.py --write
	$(BIN)/python benchmarks/cold_start.py --write
	$(BIN)/python benchmarks/sink.py --write

soak: $(VENV)/.bench
	$(BIN)/python benchmarks/soak.py --write

peers: $(PEERS)/.ready
	$(PEERS)/bin/python benchmarks/nasty.py --write

bundle: $(VENV)/.dev
	rm -rf build/bundle
	$(BIN)/svcerrors bundle build/bundle

matrix: $(VENV)/.dev $(EMULATOR)/.ready
	$(BIN)/nox

clean:
	rm -rf $(VENV) $(EMULATOR) $(PEERS) .nox build

$(VENV)/.demo: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("make: svcerrors needs Python 3.11 or newer: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) pip setuptools
	PYTHONWARNINGS=ignore $(BIN)/python $(PIP) --editable '.[cli]'
	touch $@

$(VENV)/.dev: $(VENV)/.demo
	PYTHONWARNINGS=ignore $(BIN)/python $(PIP) --editable '.[cli,backfill,bigquery,sink,storage,pull]' --group dev
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python $(PIP) --group bench
	touch $@

# Peers patch logging, hooks and imports, so they live in a room of their own.
$(PEERS)/.ready: pyproject.toml constraints-bench.txt
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python $(PIP) --constraint constraints-bench.txt pip setuptools
	$(PEERS)/bin/python $(PIP) --constraint constraints-bench.txt --editable . --group peers
	touch $@

# The emulator caps the versions of duckdb and sqlglot that svcerrors itself uses, so it lives in a room of its own.
$(EMULATOR)/.ready: constraints-bqemulator.txt
	test -x $(EMULATOR)/bin/python || $(PYTHON) -m venv $(EMULATOR)
	$(EMULATOR)/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints-bqemulator.txt bqemulator duckdb-extension-spatial numpy
	touch $@
