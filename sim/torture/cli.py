"""The plug pulled a million times: `python -m sim torture`.

    python -m sim torture [--seconds S] [--seed N] [--jobs J] [--state FILE] [--json]
    python -m sim torture --office-hours H [--seconds S] [--seed N] [--jobs J] [--json]

Owns arguments, the cores, the count while it lasts and the line at the end. What the parts are is
`torture_parts`; what is kept of those that are done, `torture_state`.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Generator
from contextlib import closing
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sim.command_line import place, real, say, whole
from sim.text import InputError
from sim.torture import hours_cli
from sim.torture.cores import results
from sim.torture.parts import PARTS, Told, part, sequence
from sim.torture.state import State

_PLAIN_S = 10.0  # between two lines where there is no terminal
_SHOWN = 5  # findings told in full
_JOBS_MAX = 256
_SEED_MAX = 10**9
_HOURS_MAX = 1_000_000
_YEAR_S = 365 * 24 * 3600
STOPPED = "what --state has is still there"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument(
        "--seconds",
        type=real(0.001, _YEAR_S),
        metavar="S",
        help="stop after so long (default: do it all)",
    )
    parser.add_argument("--seed", type=whole(0, _SEED_MAX), default=1, metavar="N")
    parser.add_argument(
        "--jobs",
        type=whole(1, _JOBS_MAX),
        metavar="J",
        help="processes (default: one for each core)",
    )
    parser.add_argument(
        "--state",
        type=place,
        metavar="FILE",
        help="keep what is done there, and go on from it",
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON, nothing else")
    parser.add_argument(
        "--office-hours",
        type=real(0.01, _HOURS_MAX),
        metavar="H",
        help="not cuts, but so many hours of drawn offices whose parts fail",
    )


def summary(state: State, seed: int) -> str:
    """Return the last line."""
    figures = state.figures
    return (
        f"{figures['cuts']:,} power cuts, {figures['double_cuts']:,} of them in the start after "
        f"another: {figures['lost']} presses lost, {figures['ghosts']} numbers twice, "
        f"{figures['reordered']} orders changed; seed {seed}, "
        f"{len(state.done):,} of {PARTS:,} parts"
    )


def _go(state: State, told: Generator[Told], console: Console, quiet: bool) -> None:
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
                say(f"{cuts:,} cuts, {len(state.done):,} of {PARTS:,} parts, {found} found")


def run(options: argparse.Namespace) -> int:
    """Torture and say what came of it; return the exit code.

    0 all is well so far, 1 something was found, 130 stopped by hand; InputError: a state file
    that is not this run's or cannot be written, and when nothing can be printed.
    """
    if options.office_hours:
        return hours_cli.run(options)
    state = State(options.state, options.seed)
    todo = [number for number in sequence(options.seed) if number not in state.done]
    jobs = min(options.jobs or os.cpu_count() or 1, len(todo) or 1)
    began = time.monotonic()
    before = state.figures["cuts"]
    until = options.seconds and began + options.seconds
    told = results(partial(part, options.seed), todo, jobs, until)
    stopped = False
    try:
        with closing(told):
            _go(state, told, Console(stderr=options.json), options.json)
    except KeyboardInterrupt:
        stopped = True
    except InputError as error:
        for text in state.findings[:_SHOWN]:
            print(text, file=sys.stderr)
        raise InputError(f"{error}; so far {summary(state, options.seed)}") from None
    for text in state.findings[:_SHOWN]:
        if options.json:
            print(text, file=sys.stderr)
        else:
            say(text)
    if options.json:
        say(json.dumps(state.figures | {"seed": options.seed}))
    else:
        speed = (state.figures["cuts"] - before) / (time.monotonic() - began) / jobs
        say(f"{summary(state, options.seed)}; {speed:,.0f} cuts/s on each of {jobs} cores")
    if state.findings:
        return 1
    return 130 if stopped else 0
