"""The plug pulled a million times: `python -m sim torture`.

    python -m sim torture [--seconds S] [--seed N] [--jobs J] [--state FILE] [--json]

Owns arguments, the cores, the count while it lasts and the line at the end. What the parts are is
`torture_parts`; what is kept of those that are done, `torture_state`.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sim.command_line import real, say, whole
from sim.people.arrivals import InputError
from sim.torture.parts import PARTS, Told, part, sequence
from sim.torture.state import State

_PLAIN_S = 10.0  # between two lines where there is no terminal
_SHOWN = 5  # findings told in full
_JOBS_MAX = 256
_SEED_MAX = 10**9
_YEAR_S = 365 * 24 * 3600
_SOON_S = 1.0
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
        "--state", type=Path, metavar="FILE", help="keep what is done there, and go on from it"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON, nothing else")


def _work(pipe: Connection, others: list[Connection], seed: int) -> None:
    """Do the parts that are asked for, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:  # inherited: as long as they are open here, nobody sees them end
        other.close()
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        pipe.send(part(seed, number))


def results(seed: int, todo: list[int], jobs: int, until: float | None) -> Generator[Told]:
    """Do parts on so many cores, one at least, until none is left or `until` is past.

    InputError when a process ends by itself.
    """
    if jobs == 1:
        for number in todo:
            yield part(seed, number)
            if until and time.monotonic() >= until:
                return
        return
    left = iter(todo)
    workers: dict[Connection, Process] = {}
    try:
        for number in islice(left, jobs):
            here, there = Pipe()
            others = [*workers, here]
            workers[here] = Process(target=_work, args=(there, others, seed), daemon=True)
            workers[here].start()
            there.close()
            here.send(number)
        yield from _told(workers, left, until)
    finally:
        for process in workers.values():
            process.terminate()
            process.join()


def _told(
    workers: dict[Connection, Process], left: Iterator[int], until: float | None
) -> Generator[Told]:
    """Take what the workers tell, and give each the next part."""
    limit = None  # the first one is waited for
    while workers:
        ready = wait(workers, limit)
        if not ready:
            return
        for pipe in ready:
            assert isinstance(pipe, Connection)
            try:
                told = pipe.recv()
                number = next(left, None)
                if number is not None:
                    pipe.send(number)
            except (EOFError, OSError):
                workers[pipe].join(_SOON_S)
                code = workers[pipe].exitcode or 0
                do = "have more memory free" if code < 0 else "see why with --jobs 1"
                raise InputError(f"a process ended by itself ({code}); {do}") from None
            if number is None:
                del workers[pipe]
                pipe.close()
            yield told
        limit = None if until is None else max(until - time.monotonic(), 0)


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
    state = State(options.state, options.seed)
    todo = [number for number in sequence(options.seed) if number not in state.done]
    jobs = min(options.jobs or os.cpu_count() or 1, len(todo) or 1)
    began = time.monotonic()
    before = state.figures["cuts"]
    told = results(options.seed, todo, jobs, options.seconds and began + options.seconds)
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
