"""What records say of tickets, judged: whether each event was possible, and each call fair.

Owns the sentences about tickets. Each event is entered into a plain list of people
(`audit_line`), and each call is computed anew: by the rule that its record names, the K in force,
the services in it. Days, gaps and all that concerns no ticket in line are `checks_journal`.
"""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from luot.core import records
from luot.core.limits import PAGERS
from luot.core.line.ticket import ABSENT, CALLED, HELD, LANE, SERVING, WAITING, label
from sim.judges.audit_line import BOUNDED, FIFO, Event, Hall, Memory, Person, next_of, read

_RULE = 3  # of a call's c
_FROM = {  # what somebody must be at the desk for this, and is after it
    records.RECALL: ((CALLED,), CALLED),
    records.ABSENT: ((CALLED,), ABSENT),
    records.ARRIVED: ((CALLED,), SERVING),
    records.FINISH: ((SERVING,), SERVING),
    records.HOLD: ((CALLED, SERVING), HELD),
    records.TRANSFER: ((CALLED, SERVING), WAITING),
}


class Audit(NamedTuple):
    """What an audit has to say: sentences, in the order of events."""

    faults: list[str]  # what must not be; none if all is well
    exceptions: list[str]  # calls by number: allowed, and for everybody to know
    unjudged: list[str]  # where a gap hides whose turn it was


class Tickets:
    """A day's tickets; `found` is what there is to say about them."""

    def __init__(self, most: int | None) -> None:
        """`most`: how often somebody may be passed under any rule, None: as that says."""
        self.found = Audit([], [], [])
        self.most = most
        self.event = read(bytes(records.SIZE))  # the newest
        self.pressed: dict[int, int] = {}  # the last press of each source
        self.begin(whole=True)

    def begin(self, whole: bool) -> None:
        """Know nothing; `whole`: because nothing happened yet."""
        self.whole = whole
        self.hall = Hall()
        self.rule = self.overtakes_max = 0  # in force; SPEC.md 2.3, and K
        self.counts: Counter[str] = Counter()  # numbers issued, by letter
        self.day = self.arrivals = self.served = 0

    def fault(self, words: str) -> None:
        """The newest event was not possible, or not fair."""
        self.found.faults.append(f"event {self.event.ordinal}: {words}")

    def by_number(self, event: Event, passed: int) -> None:
        """A call by number is no fault, but nobody shall have to look for it."""
        when = f"event {event.ordinal}" + (f", day {self.day}" if self.day else "")
        self.found.exceptions.append(
            f"{when}: desk {event.desk} called {event.who} by number, which passed {passed}"
        )

    # A number is issued.

    def number(self, event: Event) -> None:
        """A number is issued once a day, and none is left out."""
        letter, due = event.who[0], self.counts[event.who[0]] + 1
        if event.number < due:
            self.fault(f"{event.who} was issued already")
        elif event.number > due and self.day:
            self.fault(f"{event.who} was issued where {label(letter, due)} was due")
        self.counts[letter] = max(event.number, due - 1)

    def issued(self, event: Event) -> Memory:
        """Somebody comes, and is given a number and a pager."""
        hall, who, pager = self.hall, event.who, event.pager
        self.number(event)
        self.arrivals += 1
        if event.ticket != self.arrivals:
            self.fault(f"{who} is arrival {event.ticket}, not {self.arrivals}")
            self.arrivals = max(self.arrivals, event.ticket)
        holder = hall.holder(pager)
        if not 1 <= pager <= PAGERS:
            self.fault(f"{who} has pager {pager}, not 1 to {PAGERS}")
        elif holder:
            self.fault(f"pager {pager} was given to {who}, but {holder.number} had it")
        elif pager in hall.out:
            self.fault(f"pager {pager} was given to {who}, but it was not back")
        elif pager in hall.rack and hall.rack[0] != pager:
            self.fault(f"pager {pager} was given to {who}, but {hall.rack[0]} was back before it")
        hall.hand_out(pager)
        service, priority = (event.lane & LANE) >> 1, event.lane & 1
        person = Person(event.ticket, who, service, priority, pager, 2 * event.ticket)
        hall.put(person)
        return Memory(event, person)

    # Somebody who has a number moves.

    def meant(self, event: Event, person: Person | None) -> Person | None:
        """Return whom a record means: `person`, or nobody if it says another number or pager."""
        if not person or (person.number, person.pager) != (event.who, event.pager):
            self.fault(f"there is no {event.who} with pager {event.pager}")
            return None
        lane = 2 * person.service + person.priority
        if event.kind != records.TRANSFER and event.lane & LANE != lane:
            self.fault(f"{person.number} is in lane {lane}, not {event.lane & LANE}")
        return person

    def moved(self, event: Event) -> Memory | None:
        """Somebody in line is called, comes, stays away, leaves, is put aside or elsewhere."""
        kind, desk = event.kind, event.desk
        person, last = self.meant(event, self.hall.find(event.ticket)), self.hall.last.get(desk)
        if not person:
            return None
        if kind in (records.CALL, records.RESUME):
            closed = self.closed(event)
            passed = self._called(event, person)
            return Memory(event, person, closed, passed, last)
        if kind in _FROM:
            self._at_desk(event, person)
        elif kind == records.BACK:
            self._back(event, person)
        else:
            if not event.c and person.desk not in (0, desk):
                self.fault(f"{person.number} is at desk {person.desk}")
            self.hall.leave(person)
        return Memory(event, person)

    def closed(self, event: Event) -> Person | None:
        """A desk turns to something else: whoever was there was served."""
        there = self.hall.at(event.desk)
        if (there.arrival if there else 0) != event.a:
            name = there.number if there else "nobody"
            self.fault(f"desk {event.desk} has {name}, not arrival {event.a}")
        unknown = there is not None and there.state == CALLED
        if bool(event.c & records.START_UNKNOWN) != unknown:
            self.fault(f"whether anybody had come to desk {event.desk} is told wrong")
        if there:
            self.hall.leave(there)
            self.served += 1
        return there

    def _called(self, event: Event, person: Person) -> frozenset[int]:
        """Somebody is called to a desk; return the ordinary ones whom that passed."""
        hall, desk = self.hall, event.desk
        ordinary: list[Person] = []
        if event.kind == records.CALL:
            ordinary = self._whom_it_passed(event, person)
            hall.last[desk] = person.priority
        elif person.state != HELD:
            self.fault(f"{person.number} is not on hold")
        hall.put(replace(person, state=CALLED, desk=desk, calls=1))
        hall.open.add(desk)
        return frozenset([one.arrival for one in ordinary])

    def _whom_it_passed(self, event: Event, person: Person) -> list[Person]:
        """Judge a call from the line, and count it for the ordinary ones whom it passed."""
        line, who, named = self.hall.line(event.desk, event.d), event.who, records.BY_NUMBER
        rule, most = event.c & _RULE, self.most
        if rule != self.rule:
            self.fault(f"rule {rule} is not in force")
        if person.state != WAITING:
            self.fault(f"{who} does not wait")
        elif person not in line:
            self.fault(f"{who} was called to desk {event.desk}, which does not serve it")
        elif not event.c & named:
            self._judge_turn(event, line, person)
        passed = [one for one in line if one.stands < person.stands]
        ordinary = [one for one in passed if not one.priority]
        if not event.c & named:
            passed = ordinary = ordinary if person.priority else []
        else:
            self.by_number(event, len(passed))
        if len(passed) != event.b:
            self.fault(f"{who} passed {len(passed)}, not {event.b}")
        if rule in (BOUNDED, FIFO):
            most = self.overtakes_max if most is None else min(most, self.overtakes_max)
        for one in ordinary:
            times = one.overtaken + 1
            self.hall.note(replace(one, overtaken=times))
            if most is not None and times > most:
                self.fault(f"{one.number} was passed {times} times, not {most} at most")
        return ordinary

    def _judge_turn(self, event: Event, line: list[Person], person: Person) -> None:
        """Compute who was next, by the rule that the record names."""
        last = self.hall.last.get(event.desk)
        lasts = (last,) if last is not None else (0,) if self.whole else (0, 1)
        rule, most = event.c & _RULE, self.overtakes_max
        due = [next_of(line, rule, most, one) for one in lasts]
        if person not in due:
            self.fault(f"desk {event.desk} called {person.number}, {due[0].number} was next")

    def _at_desk(self, event: Event, person: Person) -> None:
        """A desk does something with whoever is there."""
        hall, who, kind = self.hall, person.number, event.kind
        states, then = _FROM[kind]
        if person.desk != event.desk or person.state not in states:
            self.fault(f"{who} is not at desk {event.desk} for this")
        if kind == records.FINISH:
            hall.leave(person)
            self.served += 1
        elif kind == records.RECALL:
            if event.c != person.calls + 1:
                self.fault(f"{who} was called {person.calls} times before call {event.c}")
            hall.put(replace(person, calls=event.c))
        elif kind == records.ARRIVED:
            hall.put(replace(person, state=then))
        else:
            if kind == records.TRANSFER:
                person = self._sent(event, person)
            hall.put(replace(person, state=then, desk=0, calls=0))

    def _sent(self, event: Event, person: Person) -> Person:
        """A desk sends somebody to a service or another desk, of the same class and place."""
        who, to, service = person.number, event.c, (event.lane & LANE) >> 1
        if event.lane & 1 != person.priority or (to and service != person.service):
            self.fault(f"{who} is in another lane after it")
        if event.a != person.place:
            self.fault(f"{who} is sent to place {event.a}, not {person.place}")
        if to and (to == event.desk or to not in self.hall.open):
            self.fault(f"{who} is sent to desk {to}, which is not open")
        return replace(person, service=service, bound=to, place=event.a)

    def _back(self, event: Event, person: Person) -> None:
        """Somebody who was absent has returned."""
        place = self.hall.behind_next(person)
        if person.state != ABSENT:
            self.fault(f"{person.number} is not absent")
        elif event.a != place:
            self.fault(f"{person.number} is back at place {event.a}, not {place}")
        self.hall.put(replace(person, state=WAITING, place=event.a))
