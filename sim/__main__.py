"""The simulator's command line: `python -m sim day ...`, `torture ...`, `bench ...`."""

import sys

from sim.command_line import run

VERBS = (
    ("day", "play the arrivals of a real day at one station", "sim.play"),
    ("torture", "pull the plug at every byte; find what is lost", "sim.torture.cli"),
    ("bench", "measure the budgets, in minutes", "sim.bench.bench"),
)


def main(arguments: list[str]) -> int:
    """Do what is asked; return the exit code."""
    return run(VERBS, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
