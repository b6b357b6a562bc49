"""Numbered parts of a long work, done on all cores.

Owns the processes and their pipes. What a part is, is the caller's; it must need nothing but its
number. The processes are forks: what a part is made of need not be sent to them.
"""

import signal
import time
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from sim.text import InputError

Told = dict[str, Any]
Part = Callable[[int], Told]

_SOON_S = 1.0
_FORKS = get_context("fork")


def _work(pipe: Connection, others: list[Connection], part: Part) -> None:
    """Do the parts that are asked for, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:  # inherited: as long as they are open here, nobody sees them end
        other.close()
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        pipe.send(part(number))


def results(part: Part, todo: list[int], jobs: int, until: float | None) -> Generator[Told]:
    """Do parts on so many cores, one at least, until none is left or `until` is past.

    InputError when a process ends by itself.
    """
    if jobs == 1:
        for number in todo:
            yield part(number)
            if until and time.monotonic() >= until:
                return
        return
    left = iter(todo)
    workers: dict[Connection, BaseProcess] = {}
    try:
        for number in islice(left, jobs):
            here, there = _FORKS.Pipe()
            others = [*workers, here]
            workers[here] = _FORKS.Process(target=_work, args=(there, others, part), daemon=True)
            workers[here].start()
            there.close()
            here.send(number)
        yield from _told(workers, left, until)
    finally:
        for process in workers.values():
            process.terminate()
            process.join()


def _told(
    workers: dict[Connection, BaseProcess], left: Iterator[int], until: float | None
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
