"""What the simulator's verbs share: how they are found and ended, arguments that are checked.

Owns how a user's mistake looks (one line *what; do this*, exit code 2, no traceback), how Ctrl-C
does (one line, 130), and a stream that nobody takes.

A verb is a row (its word, a line of help, its module), and that module has `arguments(parser)`,
which adds what it reads, `run(options)`, which does it and returns the exit code, and `STOPPED`,
what Ctrl-C leaves behind. Only the verb that is asked for is imported.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from sim.text import InputError, plain
from sim.vm.image import BuildError
from sim.vm.node import NodeError
from sim.vm.process import VmError

Verb = tuple[str, str, str]  # word, what it does, the module that does it
TOLD = (BuildError, NodeError, VmError)  # of our tools: the text is all that a user needs
STOPPED = 130  # exit code after Ctrl-C: 128 and SIGINT's number


class Parser(argparse.ArgumentParser):
    """A parser that says one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to look; exit."""
        print(plain(f"{message}; see: {self.prog} --help"), file=sys.stderr)
        sys.exit(2)


def real(least: float, most: float) -> Callable[[str], float]:
    """Return a type of argument: a number from `least` to `most`."""

    def check(text: str) -> float:
        try:
            value = float(text) if text.isascii() and "_" not in text else least - 1
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
        if not text.isascii() or not text.isdecimal() or len(digits) > len(str(most)):
            digits = str(most + 1)
        if not least <= int(digits) <= most:
            raise argparse.ArgumentTypeError(
                f"'{text:.40}' is no whole number from {least:,} to {most:,}"
            )
        return int(digits)

    return check


def place(text: str) -> Path:
    """Take an argument that is a path: an empty one would mean the folder one is in."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty; give a path, or leave it out")
    return Path(text)


def say(text: str) -> None:
    """Print a line; InputError when nobody takes it."""
    try:
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        # Python tries once more when it ends, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InputError(f"cannot print: {error.strerror}; send it elsewhere") from None


def asked(verbs: Sequence[Verb], arguments: list[str]) -> argparse.Namespace:
    """Return what `arguments` ask of one of `verbs`, for `run`; exits where they ask for none."""
    parser = Parser(prog="python -m sim", description="The firmware in a made-up office.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for word, does, module in verbs:
        command = commands.add_parser(word, help=does, description=does)
        if arguments[:1] == [word]:
            verb = import_module(module)
            verb.arguments(command)
            command.set_defaults(run=verb.run, left=verb.STOPPED)
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> int:
    """Do what is asked; return the exit code.

    0 all is well, 1 a fault was found, 2 what was given is wrong, 130 Ctrl-C.
    """
    try:
        return int(options.run(options))
    except InputError as error:
        print(plain(str(error)), file=sys.stderr)
        return 2
    except TOLD as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"stopped; {options.left}", file=sys.stderr)
        return STOPPED
