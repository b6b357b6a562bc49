"""What the simulator's commands share: arguments that are checked, mistakes in one line, printing.

Owns how a user's mistake looks (*what; do this*, exit code 2) and a stream that nobody takes.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from sim.people.arrivals import InputError


class Parser(argparse.ArgumentParser):
    """A parser that says one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to look; exit."""
        print(f"{message}; see: {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def real(least: float, most: float) -> Callable[[str], float]:
    """Return a type of argument: a number from `least` to `most`."""

    def check(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"'{text:.40}' is not a number from {least:,g} to {most:,g}"
            )
        return value

    return check


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a type of argument: a whole number from `least` to `most`."""

    def check(text: str) -> int:
        digits = text.lstrip("0") or "0"
        if not text.isdecimal() or len(digits) > len(str(most)):
            digits = str(most + 1)
        if not least <= int(digits) <= most:
            raise argparse.ArgumentTypeError(
                f"'{text:.40}' is no whole number from {least:,} to {most:,}"
            )
        return int(digits)

    return check


def say(text: str) -> None:
    """Print a line; InputError when nobody takes it."""
    try:
        print(text, flush=True)
    except OSError as error:
        # Python tries once more when it ends, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InputError(f"cannot print: {error.strerror}; send it elsewhere") from None
