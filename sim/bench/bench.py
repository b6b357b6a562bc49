"""Every budget of firmware/DESIGN.md that can be measured by now: `python -m sim bench`.

    python -m sim bench [ARRIVALS.csv] [--json FILE]

Owns the list of measurements and which day they are made on; a path to another can be given. What
a figure is made from is `day` and `store` (a real day on CPython, its records in two stores),
`core` and `rivals` (the core alone), `vm`, `heap` and `rooms` (MicroPython), `ring` (a full
journal); what they assume is `device`.
It measures: a budget that is missed is said in the table, and is no error of the command.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from luot.core.settings.settings import Settings
from sim import ROOT
from sim.bench import core, day, heap, ring, rivals, rooms, vm
from sim.bench.device import PACE
from sim.bench.figure import Figure, table
from sim.command_line import place, say
from sim.people import arrivals
from sim.people.arrivals import Arrival
from sim.text import InputError

SAMPLE = ROOT / "sim" / "data" / "2019-11-09.csv"
_PIPED_COLUMNS = 150
STOPPED = "nothing was written"
Measurement = Callable[[list[Arrival], str], list[Figure]]

# What is measured, in the order of the table: a line while it lasts, and the measurement, which
# takes the day's people and the day's name.
MEASUREMENTS: tuple[tuple[str, Measurement], ...] = (
    ("playing a real day on CPython, storing its records", day.day),
    ("packing calls into transmissions", lambda people, name: day.together()),
    ("timing records", lambda people, name: core.records()),
    ("racing Ciw and SimPy", lambda people, name: rivals.rivals()),
    ("timing key presses on MicroPython", vm.presses),
    ("playing a drawn day on MicroPython", heap.drawn_day),
    ("doing nothing on MicroPython", lambda people, name: vm.idle()),
    ("weighing the rooms", lambda people, name: rooms.rooms()),
    ("starting on a full journal", lambda people, name: ring.full_ring()),
)


def measure(people: list[Arrival], name: str, console: Console) -> list[Figure]:
    """Return all figures for a day's people; on a terminal it says what it is at."""
    figures = []
    for i, (doing, measurement) in enumerate(MEASUREMENTS, 1):
        with console.status(f"{i} of {len(MEASUREMENTS)}: {doing} ..."):
            figures += measurement(people, name)
    return figures


def _ready(path: Path) -> None:
    """InputError unless a file can be written there: to be known before minutes of measuring."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; give another --json") from None


def write(path: Path, name: str, figures: list[Figure]) -> None:
    """Write the figures as JSON; InputError if that fails."""
    told = {"day": name, "pace": PACE, "figures": [figure.as_json() for figure in figures]}
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    _ready(path)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; make room") from None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument(
        "arrivals",
        type=place,
        nargs="?",
        metavar="ARRIVALS.csv",
        default=SAMPLE,
        help="the real day to play (default: the sample day)",
    )
    parser.add_argument(
        "--json",
        type=place,
        default=Path("out/bench.json"),
        metavar="FILE",
        help="out/bench.json",
    )


def _people(path: Path) -> list[Arrival]:
    """Return the people of a day that the default site can serve; raises InputError."""
    people = arrivals.read(path)
    letters = [name[0] for name in Settings().services]
    for person in people:
        if person.service not in letters:
            raise InputError(
                f"{path}, line {person.line}: service '{person.service}' is none of "
                f"{', '.join(letters)}; the bench plays the default site, mend the line"
            )
    if not people:
        raise InputError(f"{path}: nobody comes; give a day with at least one line")
    return people


def run(options: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON; return 0."""
    name = options.arrivals.name
    people = _people(options.arrivals)
    _ready(options.json)
    figures = measure(people, name, Console(stderr=True))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPED_COLUMNS)
    with console.capture() as drawn:
        console.print(table(figures))
    say(drawn.get())
    write(options.json, name, figures)
    missed = sum(figure.kept is False for figure in figures)
    budgets = f"{missed or 'no'} budget missed"
    say(f"{name}, pace {PACE}: {budgets}; the same as JSON: {options.json}")
    return 0
