"""The people of the naive line, and what can be asked and done about them: the lower half of it.

Everybody who holds a number is in one plain list. Undo puts back copies of the people whom a press
was about, taken before it. Commands are `naive`.
"""

from dataclasses import dataclass, field

from luot.core import records
from luot.core.line.line import CLOSED, OPEN
from luot.core.line.rules import ALTERNATE, BOUNDED, FIFO, STRICT
from luot.core.line.ticket import CALLED, SERVING, WAITING
from tests.naive.tally import Fact, Facts
from tests.rigs.strategies import Site

Happened = dict[str, int]  # what a record must say; what is not named must be 0
NOT_ARRIVED, NAMED = 0x80, 0x40  # flags of a call


@dataclass(eq=False)
class Person:
    """Somebody who holds a number. Times are in seconds, None for what nobody measured."""

    ticket: int  # the arrival
    number: int
    letter: int  # the service that its name is of, for ever
    service: int
    priority: int
    pager: int  # 0: lost
    place: int
    since: int | None
    state: int = WAITING
    desk: int = 0  # where last called to
    bound: int = 0  # the desk waited for
    overtaken: int = 0
    calls: int = 0
    called_at: int | None = None
    served_from: int | None = None


@dataclass
class Memory:
    """What a press was about, as it was before."""

    kind: int
    ticket: Person
    closed: Person | None = None
    passed: list[int] = field(default_factory=list)  # the ordinary ones, by their arrival
    desk: int = 0
    last: tuple[int, int] = (0, 0)  # class and ordinal of the desk's last call

    def about(self) -> set[int]:
        """Return everybody it moved or passed, by their arrival."""
        closed = {self.closed.ticket} if self.closed else set()
        return {self.ticket.ticket, *self.passed} | closed

    def done(self) -> Person | None:
        """Return whose way it ended."""
        if self.closed:
            return self.closed
        return self.ticket if self.kind in (records.FINISH, records.CANCEL) else None


class People:
    """One office's line, as a list."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.people: list[Person] = []  # who holds a number, in any order
        self.rack = list(range(1, site.pagers + 1))  # the pager returned longest ago first
        self.numbers = dict.fromkeys(range(8), 0)  # of each service, the last one issued
        self.issued = self.day = self.day_open = self.intake = self.ordinal = 0
        self.now: int | None = 0
        self.newest = (0, 0, 0)
        self.desk_state = dict.fromkeys(range(1, len(site.services) + 1), CLOSED)
        self.last = dict.fromkeys(self.desk_state, (0, 0))
        self.unrated: set[int] = set()  # desks where somebody was called since the last rating
        self.obeyed: dict[int, int] = {}  # the last press obeyed of each source
        self.memories: dict[int, Memory] = {}  # of each source, the longest ago first
        self.facts = Facts()
        self.who = (0, 0)  # source and press of this command

    # Questions.

    def living(self, ticket: int) -> Person | None:
        """Return who came as the `ticket`-th today and is still here."""
        return next((person for person in self.people if person.ticket == ticket), None)

    def at(self, desk: int) -> Person | None:
        """Return who is called to a desk or served there."""
        for person in self.people:
            if person.desk == desk and person.state in (CALLED, SERVING):
                return person
        return None

    def waiting_at(self, desk: int) -> list[Person]:
        """Return who waits for this desk, or for a service of it and for no other desk."""
        found = [p for p in self.people if p.state == WAITING and self.may_call(desk, p)]
        return sorted(found, key=self.place)

    def may_call(self, desk: int, person: Person) -> bool:
        """Say whether a desk may call somebody."""
        if person.bound:
            return bool(person.bound == desk)
        return bool(self.site.services[desk - 1] >> person.service & 1)

    @staticmethod
    def place(person: Person) -> tuple[int, int]:
        """Return what orders those who wait; of two at one place the earlier arrival is first."""
        return person.place, person.ticket

    def next_at(self, desk: int) -> Person | None:
        """Return whom a desk calls next, by the rule of the office."""
        line = self.waiting_at(desk)
        urgent = [person for person in line if person.priority]
        ordinary = [person for person in line if not person.priority]
        if not urgent or not ordinary:
            return line[0] if line else None
        if self.site.rule == FIFO:
            return line[0]
        if self.site.rule == STRICT:
            return urgent[0]
        if self.site.rule == ALTERNATE:
            return ordinary[0] if self.last[desk][0] else urgent[0]
        for person in ordinary:
            if self.place(person) < self.place(urgent[0]):
                if person.overtaken + 1 > self.site.overtakes_max:
                    return line[0]
        return urgent[0]

    def estimate_min(self, service: int, priority: int, mean_s: int) -> int:
        """Return (ahead + 1) x mean visit / open desks, as minutes in steps of 5."""
        site, least = self.site, 0
        urgent = self._ahead(service, 1, 0)
        if priority and site.rule == STRICT:
            least = 1000
        elif priority and site.rule == BOUNDED:
            least = max(site.overtakes_max - urgent, 0)
        ordinary = self._ahead(service, 0, least)
        if site.rule == ALTERNATE and priority:
            ordinary = min(ordinary, urgent)
        elif site.rule == ALTERNATE:
            urgent = min(urgent, ordinary + 1)
        desks = len(self._serving(service))
        if len(self.facts.visits_s) < 10 or not desks:
            return -1
        return (urgent + ordinary + 1) * mean_s // (desks * 300) * 5

    def _serving(self, service: int) -> list[int]:
        """Return the open desks of a service."""
        masks = enumerate(self.site.services, 1)
        return [n for n, mask in masks if mask >> service & 1 and self.desk_state[n] == OPEN]

    def _ahead(self, service: int, priority: int, least: int) -> int:
        """Return how many of a class wait for a service's desks; of other services a share."""
        ahead = 0
        for other in range(8):
            desks = self._serving(other)
            shared = set(desks) & set(self._serving(service))
            waiting = [
                person
                for person in self.people
                if (person.state, person.service, person.priority) == (WAITING, other, priority)
                and (not least or (person.overtaken >= least and not person.bound))
            ]
            if shared:
                ahead += int(len(waiting) * len(shared) / len(desks) + 0.5)
        return ahead

    # What every command does.

    def _obey(self) -> None:
        """A press counts: what this source pressed before it can be undone no more."""
        source, press = self.who
        if press:
            self.memories.pop(source, None)
            self.obeyed[source] = press
        self.ordinal += 1

    def _remember(self, memory: Memory) -> None:
        if self.who[1] and self.who[0] <= 32:
            self.memories[self.who[0]] = memory

    def _touched(self, person: Person) -> None:
        """Something happens to somebody: what was about that one before cannot be undone."""
        for source, memory in list(self.memories.items()):
            if person.ticket in memory.about():
                del self.memories[source]

    def _joins(self, person: Person) -> None:
        """Somebody begins to wait: before whoever was called past others, perhaps."""
        person.state = WAITING
        for source, memory in list(self.memories.items()):
            if memory.passed and not person.priority:
                before = self.place(person) < self.place(memory.ticket)
                if before and self.may_call(memory.desk, person):
                    del self.memories[source]

    def _hand_over(self, pager: int, needs_room: bool = False) -> None:
        """A pager changes hands: whoever gave it back, or needs the room, is forgotten."""
        kept = [done for done in map(Memory.done, self.memories.values()) if done]
        full = needs_room and len(self.people) + len(kept) == self.site.tickets
        for source, memory in list(self.memories.items()):
            done = memory.done()
            if done and (full or done.pager == pager):
                del self.memories[source]

    def _leaves(self, person: Person, returned: bool = True) -> None:
        self.people.remove(person)
        if returned and person.pager:
            self.rack.append(person.pager)

    def _served(self, person: Person) -> None:
        """Service is over for whoever is at a desk."""
        self._touched(person)
        seconds = self._since(person.served_from) if person.state == SERVING else None
        self.facts.add(Fact(self.who, "served", person.service, person.desk, seconds))
        visit = self._since(person.called_at)
        if visit is not None:
            self.facts.visits_s.append(visit)
        self._leaves(person)

    def _paused(self, person: Person) -> None:
        """Somebody leaves a desk unserved, or service is to go on another time."""
        if person.state == SERVING:
            seconds = self._since(person.served_from)
            self.facts.add(Fact(self.who, "stretch", person.service, person.desk, seconds))

    def _unbind(self, person: Person) -> None:
        """Nobody waits for a desk that is not open."""
        if person.bound and self.desk_state[person.bound] != OPEN:
            person.bound = 0

    def _since(self, then: int | None) -> int | None:
        """Return the seconds since then; a clock that was set back makes them none."""
        return None if then is None or self.now is None else max(self.now - then, 0)

    def _told(self, kind: int, person: Person, **more: int) -> Happened:
        lane = 2 * person.service + person.priority
        if person.letter != person.service:
            lane += 16 * (person.letter + 1)
        told = {"kind": kind, "lane": lane, "ticket": person.ticket, "number": person.number}
        return told | {"pager": person.pager} | more
