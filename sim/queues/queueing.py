"""The ordering core under a plain event loop: people come, desks call, nothing else is modelled.

    result = simulate("bounded", arrival_rate=0.6, service_rate=1 / 6, desks=4, seed=7)

Owns that loop and what it counts itself: waits, how often somebody was passed, whether a lane was
reordered. No box, no key and no page is in it, so that the shipped core meets a million people in
minutes, and queueing theory. What should come out is `theory`'s to say.

A unit of time is whatever the rates are in. The core is told time 0 throughout: no choice asks it.
"""

import heapq
from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

from luot.core import records
from luot.core.line.order import Order
from luot.core.line.rules import RULES

_DAY = 8000  # tickets: from here on the next time that nobody is there begins a new day


class Person(NamedTuple):
    """Somebody who comes: when, for how long at a desk, for which service and class."""

    arrive: float
    serve: float
    service: int = 0
    priority: int = 0


class Result(NamedTuple):
    """What the loop saw, each list in the order of the calls."""

    waits: tuple[list[float], list[float]]  # from coming to the call, by class
    passed: list[int]  # how often each ordinary one was passed, by the loop's own count
    reordered: int  # calls of somebody although an earlier one of the same lane waited
    queue: float  # how many waited, mean over time


def draw(
    arrival_rate: float, service_rate: float, priority_share: float, customers: int, rng: Random
) -> Iterator[Person]:
    """Yield people of a Poisson stream with exponential service times."""
    now = 0.0
    for _ in range(customers):
        now += rng.expovariate(arrival_rate)
        serve = rng.expovariate(service_rate)
        yield Person(now, serve, 0, int(rng.random() < priority_share))


def simulate(
    rule: str,
    arrival_rate: float,
    service_rate: float,
    desks: int,
    priority_share: float = 0.0,
    customers: int = 100_000,
    seed: int = 1,
    overtakes_max: int = 3,
    warm_up: int = 0,
) -> Result:
    """Return what happens to so many people, the first `warm_up` of whom are not counted."""
    order = Order((1,) * desks, RULES.index(rule), overtakes_max)
    people = draw(arrival_rate, service_rate, priority_share, customers, Random(seed))
    return play(order, people, warm_up)


def play(order: Order, people: Iterable[Person], warm_up: int = 0) -> Result:
    """Let people, by time of coming, walk into an empty office; ValueError if it is too small."""
    floor = _Floor(order)
    for count, person in enumerate(people):
        if count == warm_up:
            floor.count_from(floor.now)
        floor.come(person)
    floor.go_on(float("inf"))
    return floor.result()


class _Floor:
    """Who waits and who is served, beside the line."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.record = bytearray(records.SIZE)
        self.press = 0
        self.now = 0.0
        self.busy: list[tuple[float, int]] = []  # until when, desk
        self.idle = list(range(1, len(order.services) + 1))
        self.here: dict[int, Person] = {}  # who waits, by ticket
        self.passed: dict[int, int] = {}  # of those with an ordinary ticket
        self.do(records.DAY_OPEN, 0, 0, 0)
        self.count_from(0.0)

    def count_from(self, now: float) -> None:
        """Forget what was counted before `now`."""
        self.since = now
        self.area = 0.0  # of the queue's length over time
        self.waits: tuple[list[float], list[float]] = ([], [])
        self.often: list[int] = []
        self.reordered = 0

    def do(self, kind: int, source: int, at: int, extra: int) -> int:
        """Give a command; return the refusal, 0 if it was obeyed."""
        order, record = self.order, self.record
        self.press = self.press % 0xFFFF + 1
        refusal = order.decide(record, kind, source, self.press, 0, at, extra)
        if not refusal:
            records.stamp(record, 0, order.ordinal + 1)
            order.apply(record)
        return refusal

    def come(self, person: Person) -> None:
        """Somebody comes, after whatever happens until then."""
        self.go_on(person.arrive)
        order = self.order
        if order.arrivals >= _DAY and not order.alive:
            self.do(records.DAY_CLOSE, 0, 0, 0)
            self.do(records.DAY_OPEN, 0, 0, 0)
        if self.do(records.ISSUE, 0, person.service, person.priority):
            raise ValueError("the office is too small for so many")
        self.here[order.arrivals] = person
        if not person.priority:
            self.passed[order.arrivals] = 0
        for desk in self.idle:
            if order.services[desk - 1] >> person.service & 1:
                if self.call(desk):
                    self.idle.remove(desk)
                break

    def go_on(self, until: float) -> None:
        """Let the desks work until then, each calling the next one as soon as it is free."""
        busy = self.busy
        while busy and busy[0][0] <= until:
            self.pass_time(busy[0][0])
            desk = heapq.heappop(busy)[1]
            if not self.call(desk):
                self.do(records.FINISH, desk, desk, 0)
                self.idle.append(desk)
        if until < float("inf"):
            self.pass_time(until)

    def pass_time(self, now: float) -> None:
        """It is `now`."""
        self.area += len(self.here) * (now - self.now)
        self.now = now

    def call(self, desk: int) -> bool:
        """Call the next one to a desk, and count; say whether there was anybody."""
        if self.do(records.CALL, desk, desk, 0):
            return False
        order, here = self.order, self.here
        slot = order.opened[desk]
        ticket = order.arrival[slot]
        person = here.pop(ticket)
        self.waits[person.priority].append(self.now - person.arrive)
        heapq.heappush(self.busy, (self.now + person.serve, desk))
        for earlier, other in here.items():  # by ticket
            if earlier > ticket:
                break
            if other.priority == person.priority:
                self.reordered += other.service == person.service
            elif person.priority and order.services[desk - 1] >> other.service & 1:
                self.passed[earlier] += 1
        if not person.priority:
            self.often.append(self.passed.pop(ticket))
        return True

    def result(self) -> Result:
        """Return what was counted."""
        return Result(self.waits, self.often, self.reordered, self.area / (self.now - self.since))
