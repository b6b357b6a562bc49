"""Who waits how long and is passed how often: every rule on the same people.

Owns the days and streams on which the rules are compared. What the loop counts is `queueing`.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from random import Random
from statistics import mean
from typing import NamedTuple

from luot.core.line.order import Order
from luot.core.line.rules import RULES
from sim.people import arrivals
from sim.people.arrivals import Arrival
from sim.queues.queueing import Person, Result, play, simulate
from sim.queues.theory import quantile

PACE = 0.12  # of the service times of a day: four desks are then busy, and fall behind at noon
SHARES = (0.2, 0.5)
LONG = 400_000  # people in the long form, for each row
STREAM = (0.6, 1 / 6, 4)  # arrivals and services a minute, desks: load 0.9


class Row(NamedTuple):
    """What a rule does to a stream of people; minutes."""

    rule: str
    share: float  # of people with priority
    priority: float  # mean wait
    priority_p95: float
    ordinary: float
    ordinary_p95: float
    ordinary_max: float
    passed_p95: float
    passed_max: int
    reordered: int


def row(rule: str, share: float, result: Result) -> Row:
    """Return a result as a row of the table."""
    ordinary, priority = result.waits
    return Row(
        rule,
        share,
        mean(priority),
        quantile(priority, 0.95),
        mean(ordinary),
        quantile(ordinary, 0.95),
        max(ordinary),
        quantile(result.passed, 0.95),
        max(result.passed),
        result.reordered,
    )


def cell(rule: str, share: float, customers: int, seed: int, warm_up: int = 0) -> Row:
    """Return the row of a rule and a share of people with priority."""
    return row(rule, share, simulate(rule, *STREAM, share, customers, seed, warm_up=warm_up))


def table(customers: int, seed: int, warm_up: int = 0) -> list[Row]:
    """Return a row for each share and rule, all on the same people."""
    return [cell(rule, share, customers, seed, warm_up) for share, rule in product(SHARES, RULES)]


def told(rows: list[Row]) -> str:
    """Return rows as a table to be read."""
    lines = ["share rule       priority mean/p95   ordinary mean/p95/max   passed p95/max"]
    for one in rows:
        urgent = f"{one.priority:.1f}/{one.priority_p95:.0f}"
        normal = f"{one.ordinary:.1f}/{one.ordinary_p95:.0f}/{one.ordinary_max:.0f}"
        passed = f"{one.passed_p95:.0f}/{one.passed_max}"
        lines.append(f"{one.share:4.0%}  {one.rule:10} {urgent:19} {normal:23} {passed}")
    return "\n".join(lines)


def day(people: list[Arrival], rule: str, share: float | None = None, seed: int = 1) -> Result:
    """Play a real day at four desks, two of which serve half of the services each.

    `share` draws anew who has priority; None leaves it as it was.
    """
    letters = sorted({person.service for person in people})
    everything = (1 << len(letters)) - 1
    half = (1 << len(letters) // 2) - 1
    desks = (everything, everything, half or everything, everything & ~half)
    return play(Order(desks, RULES.index(rule)), _people(people, letters, share, Random(seed)))


def _people(
    people: list[Arrival], letters: list[str], share: float | None, rng: Random
) -> Iterator[Person]:
    blank = arrivals.median_service_s(people)
    for person in people:
        serve = blank if person.service_s is None else person.service_s
        urgent = person.priority if share is None else rng.random() < share
        service = letters.index(person.service)
        yield Person(person.arrive_s, PACE * serve, service, int(urgent))


def days(paths: list[Path], seeds: int) -> list[tuple[str, Row]]:
    """Return a row for each day, rule, share and seed: as it was, then drawn with `SHARES`."""
    told = []
    for path in paths:
        people = arrivals.read(path)
        for rule in RULES:
            told.append((path.name, row(rule, 0.0, day(people, rule))))
            for share in SHARES:
                for seed in range(1, seeds + 1):
                    told.append((path.name, row(rule, share, day(people, rule, share, seed))))
    return told


def long(seeds: int = 4) -> list[list[Row]]:
    """Return the table of 400,000 people, once for each seed: 12.8 million people in all.

    That is a quarter of an hour of one core. Every core of this machine takes its share; what
    comes out does not depend on how many.
    """
    work = list(product(range(1, seeds + 1), SHARES, RULES, [LONG]))
    numbers, shares, rules, customers = zip(*work, strict=True)
    with ProcessPoolExecutor() as pool:
        rows = list(pool.map(cell, rules, shares, customers, numbers))
    size = len(work) // seeds
    return [rows[at : at + size] for at in range(0, len(rows), size)]
