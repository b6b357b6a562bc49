"""The simulator's command line: `python -m sim day ...`, `torture ...`, `bench ...`."""

import os
import signal
import sys
from importlib import import_module

VERBS = (
    ("day", "play the arrivals of a real day at one station", "sim.play"),
    ("torture", "pull the plug at every byte; find what is lost", "sim.torture.cli"),
    ("bench", "measure the budgets, in minutes", "sim.bench.bench"),
)


def _stop(*_: object) -> None:
    """End at once: as an exception an import might take it for its own, or say it its own way."""
    os.write(2, b"stopped; nothing was done\n")
    os._exit(130)


def main(arguments: list[str]) -> int:
    """Do what is asked; return the exit code."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # not where a shell's `&` has it ignored
        signal.signal(signal.SIGINT, _stop)  # imports take a while
    try:
        command_line = import_module("sim.command_line")
        options = command_line.asked(VERBS, arguments)
    finally:
        signal.signal(signal.SIGINT, before)
    return int(command_line.run(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
