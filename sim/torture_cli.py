"""The plug pulled a million times: `python -m sim torture`.

    python -m sim torture [--seconds S] [--seed N] [--jobs J] [--state FILE] [--json]

Owns arguments, the cores, the file that a later run goes on from, the count while it lasts and
the line at the end. What the parts are is `torture_parts`.
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sim import ROOT
from sim.arrivals import InputError
from sim.torture_parts import PARTS, Told, part, sequence

FIGURES = ("cuts", "double_cuts", "lost", "ghosts", "reordered")
_PLAIN_S = 10.0  # between two lines where there is no terminal
_SHOWN = 5  # findings told in full
_SOURCES = ("firmware/luot/core/*.py", "sim/torture*.py", "sim/verdict.py", "sim/stretch.py")
_TWINS = ("sim/plate.py", "sim/chips/norflash.py", "sim/chips/clock.py")


def _above(least: float) -> Any:
    def check(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        if not least < value < float("inf"):
            raise argparse.ArgumentTypeError(f"'{text}' is not a number above {least:g}")
        return value

    return check


def _whole(least: int) -> Any:
    def check(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {least} up")
        return int(text)

    return check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument(
        "--seconds", type=_above(0), metavar="S", help="stop after so long (default: do it all)"
    )
    parser.add_argument("--seed", type=_whole(0), default=1, metavar="N")
    parser.add_argument(
        "--jobs", type=_whole(1), metavar="J", help="processes (default: one for each core)"
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep what is done there, and go on from it"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON, nothing else")


class State:
    """The parts that are done, with what they found; kept in a file if one was given."""

    def __init__(self, path: Path | None, seed: int) -> None:
        """Read what an earlier run left; InputError if it tried something else."""
        self.figures = dict.fromkeys(FIGURES, 0)
        self.findings: list[str] = []
        self.done: set[int] = set()
        self._path = path
        if path is None:
            return
        tried = {"seed": seed, "code": fingerprint()}
        try:
            lines = path.read_bytes().split(b"\n") if path.is_file() else []
            if not lines or not lines[0]:
                lines = [json.dumps(tried).encode(), b""]
                path.parent.mkdir(parents=True, exist_ok=True)
            elif _parsed(lines[0]) != tried:
                raise InputError(
                    f"{path} is of another seed or other code; remove it or give another --state"
                )
            for told in map(_parsed, lines[1:-1]):
                self._count(told)
            # The last line may have been cut short: whole ones end.
            path.write_bytes(b"\n".join(lines[:-1]) + b"\n")
        except (OSError, KeyError, TypeError) as error:
            raise InputError(f"cannot use {path}: {error}; give another --state") from None

    def add(self, told: Told) -> None:
        """Take in a part that is done."""
        self._count(told)
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(told) + "\n")

    def _count(self, told: Told) -> None:
        for name in FIGURES:
            self.figures[name] += told[name]
        self.findings += [f"part {told['part']}: {text}" for text in told["findings"]]
        self.done.add(told["part"])


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def fingerprint() -> str:
    """Return what tells the code under torture, and the torture, from any other."""
    digest = sha256()
    for pattern in (*_SOURCES, *_TWINS):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _deaf() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def results(seed: int, todo: list[int], jobs: int, until: float | None) -> Iterator[Told]:
    """Do parts on so many cores, one at least, until none is left or `until` is past."""
    if jobs == 1:
        for number in todo:
            yield part(seed, number)
            if until and time.monotonic() >= until:
                return
        return
    with multiprocessing.Pool(jobs, _deaf) as pool:
        told = pool.imap_unordered(partial(part, seed), todo)
        if todo:
            yield told.next()
        for _ in todo[1:]:
            try:
                yield told.next(None if until is None else max(until - time.monotonic(), 0))
            except multiprocessing.TimeoutError:
                return


def summary(state: State, seed: int) -> str:
    """Return the last line."""
    figures = state.figures
    return (
        f"{figures['cuts']:,} power cuts, {figures['double_cuts']:,} of them in the start after "
        f"another: {figures['lost']} presses lost, {figures['ghosts']} numbers twice, "
        f"{figures['reordered']} orders changed; seed {seed}, "
        f"{len(state.done):,} of {PARTS:,} parts"
    )


def _go(state: State, told: Iterator[Told], console: Console, quiet: bool) -> None:
    """Take in parts as they are done, and count aloud."""
    bar = Progress(
        TextColumn("{task.fields[cuts]:,} cuts"),
        BarColumn(None),
        TextColumn("{task.completed:,} of {task.total:,} parts, {task.fields[found]} found"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    due = time.monotonic() + _PLAIN_S
    with bar:
        task = bar.add_task("", total=PARTS, cuts=0, found=0)
        for one in told:
            state.add(one)
            cuts, found = state.figures["cuts"], len(state.findings)
            bar.update(task, completed=len(state.done), cuts=cuts, found=found)
            if not console.is_terminal and not quiet and time.monotonic() >= due:
                due = time.monotonic() + _PLAIN_S
                print(f"{cuts:,} cuts, {len(state.done):,} of {PARTS:,} parts, {found} found")
                sys.stdout.flush()


def run(options: argparse.Namespace) -> int:
    """Torture and say what came of it; return the exit code.

    0 all is well so far, 1 something was found, 130 stopped by hand; InputError: a state file
    that is not this run's.
    """
    state = State(options.state, options.seed)
    todo = [number for number in sequence(options.seed) if number not in state.done]
    jobs = min(options.jobs or os.cpu_count() or 1, len(todo) or 1)
    began = time.monotonic()
    before = state.figures["cuts"]
    told = results(options.seed, todo, jobs, options.seconds and began + options.seconds)
    stopped = False
    try:
        _go(state, told, Console(stderr=options.json), options.json)
    except KeyboardInterrupt:
        stopped = True
    if options.json:
        print(json.dumps(state.figures | {"seed": options.seed}))
    else:
        for text in state.findings[:_SHOWN]:
            print(text)
        speed = (state.figures["cuts"] - before) / (time.monotonic() - began) / jobs
        print(f"{summary(state, options.seed)}; {speed:,.0f} cuts/s on each of {jobs} cores")
    if any(state.figures[name] for name in ("lost", "ghosts", "reordered")):
        return 1
    return 130 if stopped else 0
