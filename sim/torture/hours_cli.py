"""Office hours in bad weather: `python -m sim torture --office-hours H`.

Owns how many offices that are, the count while they last and the line at the end. What an hour
is and how it is judged is `hours`.
"""

import argparse
import json
import os
import time
from contextlib import closing

from sim.command_line import STOPPED, say
from sim.text import InputError
from sim.torture.cores import Told, results
from sim.torture.hours import part

_OFFICES = 1_000_000  # of one seed: the next one's are others
_PLAIN_S = 10.0
_SHOWN = 5


def summary(told: list[Told], seed: int) -> str:
    """Return the last line."""
    hours = sum(one["hours"] for one in told)
    faults, records = (sum(one[name] for one in told) for name in ("weather", "records"))
    found = sum(bool(one["findings"]) for one in told)
    starts = sum(one["starts"] for one in told)
    return (
        f"{hours:,.6g} office-hours: {faults:,} faults, {records:,} events, "
        f"{starts:,} starts, {found} offices with findings; seed {seed}"
    )


def finding(one: Told) -> str:
    """Return what was found in one office, and the fewest faults that it takes."""
    lines = [f"office {one['office']}, {one['hours']:g} h: {one['findings'][0]}"]
    lines += [f"  {text}" for text in one["findings"][1:]]
    lines += [f"  with {text}" for text in one["faults"]]
    return "\n".join(lines)


def run(options: argparse.Namespace) -> int:
    """Play the offices; return the exit code: 0, 1 something was found, 130 stopped by hand."""
    if options.state:
        raise InputError("--state keeps cuts, not office-hours; leave one of them out")
    whole, rest = divmod(options.office_hours, 1)
    lengths = [1.0] * int(whole) + [rest] * (rest > 0)
    began = time.monotonic()
    until = options.seconds and began + options.seconds
    jobs = min(options.jobs or os.cpu_count() or 1, len(lengths))
    done: list[Told] = []

    def office(number: int) -> Told:
        return part(options.seed * _OFFICES + number, lengths[number])

    due = began + _PLAIN_S
    stopped = False
    try:
        with closing(results(office, list(range(len(lengths))), jobs, until)) as told:
            for one in told:
                done.append(one)
                if one["findings"] and not options.json:
                    say(finding(one))
                if not options.json and time.monotonic() >= due:
                    due = time.monotonic() + _PLAIN_S
                    say(summary(done, options.seed))
    except KeyboardInterrupt:
        stopped = True
    if options.json:
        say(json.dumps({"seed": options.seed, "offices": done}))
    else:
        say(summary(done, options.seed))
    if any(one["findings"] for one in done):
        return 1
    return STOPPED if stopped else 0
