"""Short days, played and judged: what tests/sim/test_day.py and test_cli.py share; holds no test.

The judges of `sim.judges.checks` read the table of tickets; here are those of the pages, and of
what only the simulator knows: which pager lies in whose hand, what the chips put up with, what the
air took.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

from luot.core.settings.settings import Settings
from sim import ROOT, report
from sim.chips.machine import Machine
from sim.day import Day, Plan
from sim.judges import checks
from sim.people import arrivals
from sim.people.arrivals import Arrival
from sim.unit import Firmware

SAMPLE = ROOT / "sim/data/2019-11-09.csv"
EIGHT_S = 8 * 3600
_FRAMES = (0, 2, 5)  # three pagers to a block of eight addresses, spread over its frames

Pairs = tuple[tuple[str, str], ...]


@cache
def sample() -> tuple[Arrival, ...]:
    """The people of the sample day."""
    return tuple(arrivals.read(SAMPLE))


def plan(
    pairs: Pairs = (), minutes: int = 20, people: list[Arrival] | None = None, **more: Any
) -> Plan:
    """A morning from eight on, so many minutes long, of the sample day or other `people`."""
    more = {"pace": 0.12, "priority": 0.5} | more
    chosen = list(sample()) if people is None else people
    return Plan(chosen, Settings(pairs), EIGHT_S, EIGHT_S + 60 * minutes, **more)


def play(
    pairs: Pairs = (),
    program: Callable[[Machine], Firmware] | None = None,
    sink: Callable[[str], None] | None = None,
    **more: Any,
) -> Day:
    """Such a day, played."""
    day = Day(plan(pairs, **more), sink, program)
    day.run()
    return day


def aimed(day: Day, chance: Random, cuts: int) -> None:
    """Have the plug pulled so often, mostly within some ms of a press or of a page's start."""
    world, left = day.world, [cuts]
    note = world.chronicle.note

    def listen(time_us: int, line: str) -> None:
        note(time_us, line)
        if left[0] and (" presses " in line or " led 1" in line) and chance.random() < 0.06:
            left[0] -= 1
            late_us = chance.choice((0, 4_000, 4_000, 900_000))
            day.cut_at(time_us + late_us + chance.randint(0, 12_000))

    world.chronicle.note = listen  # type: ignore[method-assign]


def served_by(people: tuple[Arrival, ...], letters: str) -> list[Arrival]:
    """The same people, each wanting another of these services in turn."""
    return [
        replace(person, service=letters[place % len(letters)])
        for place, person in enumerate(people)
    ]


def rows(day: Day) -> list[dict[str, str]]:
    """tickets.csv, unwritten."""
    return [dict(zip(report.TICKET_COLUMNS, row, strict=True)) for row in report.ticket_rows(day)]


def judged(day: Day) -> list[str]:
    """What all judges find wrong with a day, in plain sentences."""
    settings = day.plan.settings
    most = settings.overtakes_max if settings.rule == "bounded" else None
    came = [(person.arrival.arrive_s, person.arrival.service) for person in day.people]
    found = checks.day(rows(day), settings.desks, most, came)
    found += _pages(day) + _hands(day) + day.box.misuses
    if day.air.overlaps():
        found.append("two transmissions at once")
    if len(day.box.starts) == 1 and not all(sent.complete for sent in day.air.transmissions):
        found.append("a transmission was cut short though the power stayed")
    return found


def _pages(day: Day) -> list[str]:
    """Each page is of somebody called, to the pager they hold, and names their desk."""
    settings, found = day.plan.settings, []
    word = "QUAY" if settings.language == "vi" else "DESK"
    told: dict[str, int] = {}
    for page in day.ledger.pages:
        ticket = day.ledger.tickets.get(page.number)
        if ticket is None or ticket.called_us is None or ticket.called_us > page.start_us:
            found.append(f"page '{page.text}' is of nobody who was called")
            continue
        block, place = divmod(ticket.pager - 1, 3)
        if page.ric != settings.ric_first + 8 * block + _FRAMES[place]:
            found.append(f"{page.number} has pager {ticket.pager}, paged was {page.ric}")
        if (page.text, page.function) != (f"{page.number} {word} {ticket.desk}", 3):
            found.append(f"{page.number} is at desk {ticket.desk}, told was '{page.text}'")
        told[page.number] = told.get(page.number, 0) + (page.kind in ("call", "recall"))
    if len(day.box.starts) == 1:
        for number, ticket in day.ledger.tickets.items():
            if told.get(number, 0) != ticket.calls:
                found.append(f"{number} was called {ticket.calls} times, paged {told.get(number)}")
    return found


def _hands(day: Day) -> list[str]:
    """Whoever has a number holds the pager that the station thinks, and comes when it rings."""
    found = []
    for person in day.people:
        ticket = day.ledger.tickets.get(person.label)
        if ticket and ticket.pager != person.pager:
            found.append(f"{person.label} holds pager {person.pager}, not {ticket.pager}")
        if ticket and ticket.outcome == "no_show" and person.comes:
            found.append(f"{person.label} would have come")
        if ticket and ticket.outcome == "served" and not ticket.served_us and not person.desk:
            found.append(f"{person.label} was told served and never came")
    return found
