# Every word a person types. Each makes what it stands on first, once: see host_tools/prepare.py.

PY := .venv/bin/python
MYPY := $(PY) -m mypy
AS_MICROPYTHON := --custom-typeshed-dir .venv/stubs --cache-dir .mypy_cache

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench torture mutants build clean

help:  ## Show this list
	@echo "Lượt: a queue device for offices, and a made-up office to try it in. Start with: make run"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup:  ## Make .venv and what else is missing; the words below do so themselves
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import tomllib' 2>/dev/null; then \
	    exec "$$python" host_tools/prepare.py; \
	  fi; \
	done; \
	echo "Set-up stopped: no Python 3.11 or newer was found. Debian 12 and Ubuntu 24.04 have it:" \
	  "sudo apt-get install python3 python3-venv" >&2; \
	exit 1

run: setup  ## Play a real morning at a station, key press by key press
	$(PY) -m sim day sim/data/2019-11-09.csv --from 08:00 --until 12:00 --pace 0.12

test: setup  ## Try every promise, in under five minutes
	$(PY) -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

check: setup  ## Lint, format and type-check everything, the firmware as MicroPython
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(MYPY) --exclude sim/vm/inside sim tests host_tools firmware/micropython.py
	MYPYPATH=.venv/stubs $(MYPY) $(AS_MICROPYTHON)/firmware firmware/main.py firmware/luot
	MYPYPATH=sim/vm/inside:.venv/stubs $(MYPY) $(AS_MICROPYTHON)/inside sim/vm/inside

bench: setup  ## Measure the budgets of firmware/DESIGN.md, on another day with DAY=file.csv
	$(PY) -m sim bench $(DAY)

torture: setup  ## Pull the plug over a million times, let parts fail, explore at length (hours)
	$(PY) -m sim torture --state build/torture
	$(PY) -m sim torture --office-hours 2000
	$(PY) -m pytest --long -m long --capture no -o faulthandler_timeout=0

mutants: setup  ## Break the core in each place in turn, and see that the tests find it (hours)
	$(PY) -m tests.faults.mutants

build: setup  ## Compile the firmware into build/, as it goes onto a device
	$(PY) -m host_tools.build.compile

clean:  ## Remove all that these words made
	rm -rf .venv build out sim/vm/build sim/vm/node_modules
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find firmware host_tools sim tests -name __pycache__ -prune -exec rm -rf {} +
