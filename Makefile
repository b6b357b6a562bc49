# Every word a person types. Each one makes what it needs first, once; see host_tools/prepare.py.

PY := .venv/bin/python
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench build clean

help:  ## Show this list
	@echo "Lượt: an office's queue device, and the office it is tried in. Start with: make run"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup:  ## Make .venv, sim/vm/node_modules and the decoders the tests ask; the words below do it too
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import tomllib' 2>/dev/null; then exec "$$python" host_tools/prepare.py; fi; \
	done; \
	echo "Set-up stopped: Lượt needs Python 3.11 or newer. Run: sudo apt-get install python3" >&2; \
	exit 1

run: build  ## Play a real morning in a made-up office, in about ... seconds
	$(PY) -m sim day sim/data/2019-11-09.csv --from 08:00 --until 12:00 --pace 0.12

test: build  ## Run every test, in under five minutes
	$(PY) -m pytest -n auto --maxprocesses 8 --dist worksteal

check: setup  ## Lint, format and type-check everything, the firmware as MicroPython
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy sim tests host_tools firmware/micropython.py
	MYPYPATH=.venv/stubs $(PY) -m mypy --cache-dir .mypy_cache/firmware \
	  --custom-typeshed-dir .venv/stubs firmware/main.py firmware/luot

bench: build  ## Measure the budgets of firmware/DESIGN.md
	$(PY) -m sim bench

build: setup  ## Compile the firmware into build/, as it is put on a device
	$(PY) -m host_tools.compile

clean:  ## Remove all that make and the programs made
	rm -rf .venv build out sim/vm/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find firmware host_tools sim tests -name __pycache__ -prune -exec rm -rf {} +
