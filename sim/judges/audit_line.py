"""The line once more, as a plain list that is sorted anew at every question: what an audit asks.

Owns who stands where and whose turn it is by each rule, written from the words of
firmware/DESIGN.md 5. It borrows from the core what a record looks like and the names of a ticket's
states, and nothing of its reasoning. It judges nobody: that is `audit`.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from luot.core import records
from luot.core.line.ticket import ABSENT, HELD, WAITING, label, series
from luot.core.records import (
    AT_A,
    AT_B,
    AT_C,
    AT_D,
    AT_DESK,
    AT_KIND,
    AT_LANE,
    AT_NUMBER,
    AT_PAGER,
    AT_PRESS,
    AT_SOURCE,
    AT_TICKET,
)

LETTERS = "ABCDEFGH"
BOUNDED, STRICT, ALTERNATE, FIFO = range(4)  # rules: SPEC.md 2.3
OPEN = 1  # a desk


@dataclass(frozen=True)
class Person:
    """Somebody who holds a number, at one moment."""

    arrival: int
    number: str  # as people say it: A001
    service: int
    priority: int
    pager: int  # 0: lost
    place: int
    state: int = WAITING
    desk: int = 0  # where called or in service
    bound: int = 0  # the desk that one was sent to
    overtaken: int = 0
    calls: int = 0

    @property
    def stands(self) -> tuple[int, int]:
        """What orders those who wait; of two at one place the earlier arrival is before."""
        return self.place, self.arrival


class Event(NamedTuple):
    """The fields of a record: SPEC.md 2.2."""

    ordinal: int
    kind: int
    source: int
    press: int
    desk: int
    lane: int
    ticket: int
    number: int
    pager: int
    a: int
    b: int
    c: int
    d: int

    @property
    def who(self) -> str:
        """The number that people read; a letter is a service's place in the settings."""
        return label(LETTERS[series(self.lane) % 8], self.number)


class Memory(NamedTuple):
    """What the last press of a source was about, as it was before."""

    event: Event
    before: Person
    closed: Person | None = None  # whom the press served
    passed: frozenset[int] = frozenset()  # the arrivals of the ordinary ones
    last: int | None = None  # the class that the desk had called last

    def about(self) -> frozenset[int]:
        """Return the arrivals of all whom it moved or passed."""
        closed = {self.closed.arrival} if self.closed else set()
        return self.passed | closed | {self.before.arrival}


_WORDS = AT_PRESS, AT_TICKET, AT_NUMBER, AT_PAGER, AT_A, AT_B  # u16 each


def read(record: bytes) -> Event:
    """Return the fields of a record."""
    press, *rest = (record[at] | record[at + 1] << 8 for at in _WORDS)
    who = (records.ordinal(bytearray(record)), record[AT_KIND], record[AT_SOURCE], press)
    where = (record[AT_DESK], record[AT_LANE])
    ticket, number, pager, a, b = rest
    return Event(*who, *where, ticket, number, pager, a, b, record[AT_C], record[AT_D])


class Hall:
    """Everybody who is here, the pagers, and what the desks did last."""

    def __init__(self) -> None:
        """Nobody came yet; all pagers are in, however many there are."""
        self.people: list[Person] = []
        self.touched: set[int] = set()  # arrivals of those who were moved since it was emptied
        self.out: set[int] = set()  # pagers that are neither in nor with anybody who is here
        self.rack: list[int] = []  # pagers that came back, the longest ago first: see `started`
        self.handed: set[int] = set()  # pagers handed out since the last start
        self.open: set[int] = set()  # desks
        self.last: dict[int, int | None] = {}  # the class that each desk called last

    # Questions.

    def find(self, arrival: int) -> Person | None:
        """Return who came as the `arrival`-th today and is still here."""
        return next((one for one in self.people if one.arrival == arrival), None)

    def at(self, desk: int) -> Person | None:
        """Return who is called to a desk or served there."""
        return next((one for one in self.people if desk and one.desk == desk), None)

    def holder(self, pager: int) -> Person | None:
        """Return who has a pager."""
        return next((one for one in self.people if pager and one.pager == pager), None)

    def line(self, desk: int, services: int) -> list[Person]:
        """Return who waits for a desk of these services (a bit mask), the earliest place first."""
        waiting = [one for one in self.people if one.state == WAITING]
        reached = [
            one
            for one in waiting
            if (one.bound == desk if one.bound else services >> one.service & 1)
        ]
        return sorted(reached, key=lambda one: one.stands)

    def behind_next(self, person: Person) -> int:
        """Return where somebody who was absent waits: at the heels of the next of that row."""
        row = [
            one
            for one in self.people
            if (one.state, one.priority, one.bound) == (WAITING, person.priority, person.bound)
            and (person.bound or one.service == person.service)
        ]
        if not row:
            return person.place
        return max(min(one.place for one in row) | 1, person.place)

    # What happens to people.

    def put(self, person: Person) -> None:
        """Somebody stands elsewhere, or is new."""
        self.touched.add(person.arrival)
        self.note(person)

    def note(self, person: Person) -> None:
        """Something is noted about somebody who stays there."""
        self.people = [one for one in self.people if one.arrival != person.arrival] + [person]

    def leave(self, person: Person) -> None:
        """Somebody's way is over; the pager of one who is absent does not come back by that."""
        self.touched.add(person.arrival)
        self.people = [one for one in self.people if one.arrival != person.arrival]
        if person.state == ABSENT:
            self.out |= {person.pager} - {0}
        else:
            self.give_back(person.pager)

    def revive(self, person: Person) -> bool:
        """Somebody's way is not over after all; say whether that one's pager was still to be had.

        Who waited for a desk that is not open now waits for its service again.
        """
        there, pager = self.find(person.arrival), person.pager
        in_hand = self.holder(pager) or (pager in self.out) != (person.state == ABSENT)
        free = bool(there) or not pager or not in_hand
        if not there:
            self.take(pager)
        overtaken = there.overtaken if there else person.overtaken
        bound = person.bound if person.bound in self.open else 0
        self.put(replace(person, overtaken=overtaken, bound=bound))
        return free

    def fold(self, desk: int) -> None:
        """A desk is not open any more: who was sent to it waits for the service again."""
        self.open.discard(desk)
        for one in [one for one in self.people if one.bound == desk]:
            change = self.put if one.state == WAITING else self.note
            change(replace(one, bound=0))

    def remove(self, desk: int) -> None:
        """A desk is gone: who was there is on hold. Should it come back, it begins anew."""
        there = self.at(desk)
        if there:
            self.put(replace(there, state=HELD, desk=0))
        self.fold(desk)
        self.last.pop(desk, None)

    # What happens to pagers. How many there are, no record says, and a start may change it: of
    # those that were out at a start nobody knows whether they are handed out again.

    def started(self) -> None:
        """The box has started."""
        self.rack.clear()
        self.handed.clear()

    def hand_out(self, pager: int) -> None:
        """A citizen gets a pager."""
        self.take(pager)
        self.handed.add(pager)

    def take(self, pager: int) -> None:
        """A pager goes out."""
        self.out.discard(pager)
        if pager in self.rack:
            self.rack.remove(pager)

    def give_back(self, pager: int) -> None:
        """A pager is in again."""
        self.take(pager)
        if pager in self.handed:
            self.rack.append(pager)


def next_of(line: list[Person], rule: int, most: int, last: int) -> Person:
    """Return whom a desk calls next of those who wait for it.

    `most` is K, `last` the class that the desk called last.
    """
    urgent = [one for one in line if one.priority]
    ordinary = [one for one in line if not one.priority]
    if not urgent or not ordinary or rule == FIFO:
        return line[0]
    if rule == ALTERNATE:
        return ordinary[0] if last else urgent[0]
    passed = [one for one in ordinary if one.stands < urgent[0].stands]
    if rule == BOUNDED and any(one.overtaken + 1 > most for one in passed):
        return line[0]
    return urgent[0]
