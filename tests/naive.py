"""The line once more, as naively as can be: a plain list of people, sorted anew at every question.

Written from the words of firmware/DESIGN.md, not from `order`, to be compared with it. It knows no
record, no array and no lane; only words, refusals and names of rules are shared.
"""

from typing import Any

from luot.core import order
from luot.core.order import ALTERNATE, FIFO, STRICT
from luot.core.ticket import ABSENT, CALLED, SERVING, WAITING
from tests.strategies import Site

Person = dict[str, Any]
Happened = dict[str, Any]  # what a record must say; what is not named must be 0


class Naive:
    """One office's line. A command returns what happened, or the refusal."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.people: list[Person] = []  # who holds a number, in any order
        self.rack = list(range(1, site.pagers + 1))  # the pager returned longest ago first
        self.numbers = dict.fromkeys(range(8), 0)  # of each service, the last one issued
        self.issued = self.served = 0
        self.newest = (0, 0, 0)
        self.last_class = dict.fromkeys(range(1, len(site.services) + 1), 0)
        self.obeyed: dict[int, int] = {}  # the last press obeyed of each source

    def issue(self, service: int, priority: int) -> Happened | int:
        """A citizen asks for a number."""
        if len(self.people) == self.site.tickets:
            return order.FULL
        if not self.rack:
            return order.NO_PAGER
        self.issued += 1
        self.numbers[service] += 1
        person = {
            "ticket": self.issued,
            "number": self.numbers[service],
            "service": service,
            "priority": priority,
            "pager": self.rack.pop(0),
            "state": WAITING,
            "desk": 0,
            "overtaken": 0,
            "calls": 0,
        }
        self.people.append(person)
        self.newest = (2 * service + priority, person["number"], person["pager"])
        return self._told(person)

    def call(self, desk: int) -> Happened | int:
        """The officer at `desk` calls the next one; whoever was there has been served."""
        person = self.next_at(desk)
        if person is None:
            return order.NOBODY
        passed = [
            other
            for other in self.waiting_at(desk)
            if person["priority"] > other["priority"] and other["ticket"] < person["ticket"]
        ]
        for other in passed:
            other["overtaken"] += 1
        there = self.at(desk)
        closed, unknown = 0, 0
        if there is not None:
            closed, unknown = there["ticket"], 0x80 if there["state"] == CALLED else 0
            self._leaves(there)
        self.last_class[desk] = person["priority"]
        person.update(state=CALLED, desk=desk, calls=1)
        mask = self.site.services[desk - 1]
        flags = self.site.rule | unknown
        return self._told(person, desk=desk, a=closed, b=len(passed), c=flags, d=mask)

    def recall(self, desk: int, waited_ms: int) -> Happened | int:
        """The officer calls the same one again, `waited_ms` after the desk's last call."""
        person = self.at(desk)
        if person is None or person["state"] == SERVING:
            return order.NOT_SERVING
        if person["calls"] == self.site.calls_max:
            return order.CALLED_OUT
        if waited_ms < self.site.recall_gap_ms:
            return order.TOO_SOON
        person["calls"] += 1
        return self._told(person, desk=desk, c=person["calls"])

    def absent(self, desk: int) -> Happened | int:
        """Whoever was called did not come; nobody knows where the pager is."""
        person = self.at(desk)
        if person is None or person["state"] == SERVING:
            return order.NOT_SERVING
        person.update(state=ABSENT)
        return self._told(person, desk=desk)

    def arrived(self, desk: int) -> Happened | int:
        """Whoever was called is there; pressed again: and was served."""
        person = self.at(desk)
        if person is None:
            return order.NOT_SERVING
        if person["state"] == SERVING:
            self._leaves(person)
        else:
            person.update(state=SERVING)
        return self._told(person, desk=desk)

    def at(self, desk: int) -> Person | None:
        """Return who is called to a desk or served there."""
        for person in self.people:
            if person["desk"] == desk and person["state"] in (CALLED, SERVING):
                return person
        return None

    def waiting_at(self, desk: int) -> list[Person]:
        """Return who waits for a service of this desk, first come first."""
        mask = self.site.services[desk - 1]
        return sorted(
            (p for p in self.people if p["state"] == WAITING and mask >> p["service"] & 1),
            key=lambda person: int(person["ticket"]),
        )

    def next_at(self, desk: int) -> Person | None:
        """Return whom a desk calls next, by the rule of the office."""
        line = self.waiting_at(desk)
        urgent = [person for person in line if person["priority"]]
        ordinary = [person for person in line if not person["priority"]]
        if not urgent or not ordinary:
            return line[0] if line else None
        if self.site.rule == FIFO:
            return line[0]
        if self.site.rule == STRICT:
            return urgent[0]
        if self.site.rule == ALTERNATE:
            return ordinary[0] if self.last_class[desk] else urgent[0]
        for person in ordinary:
            passed_again = person["ticket"] < urgent[0]["ticket"]
            if passed_again and person["overtaken"] + 1 > self.site.overtakes_max:
                return line[0]
        return urgent[0]

    def _leaves(self, person: Person) -> None:
        self.people.remove(person)
        self.rack.append(person["pager"])
        self.served += 1

    @staticmethod
    def _told(person: Person, **more: int) -> Happened:
        lane = 2 * person["service"] + person["priority"]
        same = {name: person[name] for name in ("ticket", "number", "pager")}
        return {"lane": lane, **same, **more}
