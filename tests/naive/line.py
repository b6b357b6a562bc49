"""The line once more, as naively as can be: a plain list of people, sorted anew at every question.

Written from the words of firmware/DESIGN.md, not from `order`, to be compared with it. It knows no
record, no array, no lane and no slot; only words, refusals and names of rules are shared. The
people are `naive_people`, the figures of the day `naive_tally`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from luot.core import records
from luot.core.line import refusals
from luot.core.line.line import OPEN
from luot.core.line.rules import BOUNDED, FIFO
from luot.core.line.ticket import ABSENT, CALLED, HELD, SERVING, WAITING
from tests.naive.office import NaiveOffice
from tests.naive.people import NAMED, NOT_ARRIVED, Happened, Memory, Person
from tests.naive.tally import Fact

LATEST_S = 65_534  # of a day; what is later nobody measures
NUMBERS = 0x10000  # press numbers go round
_COMMANDS = {
    records.ISSUE: "issue",
    records.CALL: "call",
    records.BACK: "back",
    records.RESUME: "resume",
    records.CANCEL: "cancel",
    records.UNDO: "undo",
    records.DESK: "turn_desk",
    records.INTAKE: "turn_intake",
    records.PAGER: "tell_pager",
    records.RATING: "rate",
    records.DAY_OPEN: "open_day",
    records.DAY_CLOSE: "close_day",
}


class Naive(NaiveOffice):
    """One office's line. A command returns what happened, or the refusal."""

    def do(
        self, kind: int, source: int, press: int, now_s: int, at: int, extra: int
    ) -> Happened | int:
        """Obey or refuse a command; it is given as `Order.decide` is."""
        last = self.obeyed.get(source)
        if last and (press - last - 1) % NUMBERS >= NUMBERS // 2:
            return refusals.REPEATED
        self.who, self.now = (source, press), now_s if now_s <= LATEST_S else None
        there = self.at(at)
        if kind in (records.RESUME, records.BACK, records.CANCEL):
            named = self.living(extra) if extra else there
            if not named:
                return refusals.WRONG if extra else refusals.NO_TICKET
            return self._obeyed(kind, at, named)
        if kind in (records.RECALL, records.ABSENT, records.ARRIVED, records.HOLD):
            return self.about(there, kind, extra) if there else refusals.NO_TICKET
        if kind == records.TRANSFER:
            return self.transfer(at, there, extra) if there else refusals.NO_TICKET
        return self._obeyed(kind, at, extra)

    def _obeyed(self, kind: int, at: int, more: Any) -> Happened | int:
        obey: Callable[..., Happened | int] = getattr(self, _COMMANDS[kind])
        return obey(at, more)

    # Commands about tickets.

    def issue(self, service: int, priority: int) -> Happened | int:
        """A citizen asks for a number."""
        if not self.day_open:
            return refusals.DAY_OVER
        if self.intake:
            return refusals.PAUSED
        if len(self.people) == self.site.tickets:
            return refusals.FULL
        if not self.rack:
            return refusals.NO_PAGER
        self._obey()
        pager = self.rack.pop(0)
        self._hand_over(pager, needs_room=True)
        self.issued += 1
        self.numbers[service] += 1
        number, place = self.numbers[service], 2 * self.issued
        person = Person(*(self.issued, number, service, service, priority, pager, place, self.now))
        self.people.append(person)
        self.newest = (2 * service + priority, person.number, pager)
        self._remember(Memory(records.ISSUE, replace(person)))
        return self._told(records.ISSUE, person)

    def call(self, desk: int, ticket: int) -> Happened | int:
        """The officer calls the next one, or one by number; whoever was there was served."""
        line = self.waiting_at(desk)
        person = self.next_at(desk)
        if ticket:
            person = next((one for one in line if one.ticket == ticket), None)
        if person is None:
            return refusals.WRONG if ticket else refusals.NOBODY
        earlier = [other for other in line if self.place(other) < self.place(person)]
        passed = [other for other in earlier if not other.priority]
        if ticket and self.site.rule in (BOUNDED, FIFO):
            if any(other.overtaken >= self.site.overtakes_max for other in passed):
                return refusals.PASSED_OUT
        if not ticket:
            passed = earlier = passed if person.priority else []
        self._obey()
        memory = Memory(records.CALL, replace(person), passed=[p.ticket for p in passed])
        told = self._to_desk(desk, person, memory)
        for other in passed:
            other.overtaken += 1
        seconds = self._since(memory.ticket.since)
        self.facts.add(Fact(self.who, "wait", person.service, desk, seconds))
        self.last[desk] = (person.priority, self.ordinal)
        self._remember(memory)
        flags = told["c"] | self.site.rule | (NAMED if ticket else 0)
        return told | {"b": len(earlier), "c": flags}

    def resume(self, desk: int, person: Person) -> Happened | int:
        """The officer takes somebody up again who was on hold; whoever was there was served."""
        if person.state != HELD:
            return refusals.WRONG
        self._obey()
        memory = Memory(records.RESUME, replace(person))
        told = self._to_desk(desk, person, memory)
        self.last[desk] = (self.last[desk][0], self.ordinal)
        self._remember(memory)
        return told

    def _to_desk(self, desk: int, person: Person, memory: Memory) -> Happened:
        there = self.at(desk)
        memory.desk, memory.last = desk, self.last[desk]
        closed, unknown = 0, 0
        if there:
            memory.closed = replace(there)
            closed, unknown = there.ticket, NOT_ARRIVED if there.state == CALLED else 0
            self._served(there)
        self._touched(person)
        person.state = CALLED
        person.desk = desk
        person.calls = 1
        person.called_at = self.now
        self.desk_state[desk] = OPEN
        self.unrated.add(desk)
        mask = self.site.services[desk - 1]
        return self._told(memory.kind, person, desk=desk, a=closed, c=unknown, d=mask)

    def about(self, person: Person, kind: int, waited_ms: int) -> Happened | int:
        """Recall `waited_ms` after the last call; absent; arrived, pressed again: served; hold."""
        serving = person.state == SERVING
        if serving and kind in (records.RECALL, records.ABSENT):
            return refusals.IN_SERVICE
        if kind == records.RECALL and person.calls >= self.site.calls_max:
            return refusals.CALLED_OUT
        if kind == records.RECALL and waited_ms < self.site.recall_gap_ms:
            return refusals.TOO_SOON
        if kind == records.ARRIVED and serving:
            kind = records.FINISH
        self._obey()
        self._touched(person)
        memory = Memory(kind, replace(person))
        told = self._told(kind, person, desk=person.desk)
        if kind == records.RECALL:
            memory.last = self.last[person.desk]
            self.last[person.desk] = (memory.last[0], self.ordinal)
            person.calls += 1
            told["c"] = person.calls
        elif kind == records.ARRIVED:
            person.state = SERVING
            person.served_from = self.now
        elif kind == records.FINISH:
            self._served(person)
        else:
            if kind == records.ABSENT:
                self.facts.add(Fact(self.who, "absent", person.service, person.desk))
            self._paused(person)
            person.state = ABSENT if kind == records.ABSENT else HELD
            person.calls = 0
        self._remember(memory)
        return told

    def back(self, desk: int, person: Person) -> Happened | int:
        """An absent one has returned: behind the next one called, never before the own place."""
        if person.state != ABSENT:
            return refusals.WRONG
        self._obey()
        self._touched(person)
        memory = Memory(records.BACK, replace(person))
        row = [
            other
            for other in self.people
            if other.state == WAITING and other.priority == person.priority
            if other.bound == person.bound
            if person.bound or other.service == person.service
        ]
        if row:
            head = min(row, key=self.place)
            person.place = max(person.place, head.place | 1)
        told = self._told(records.BACK, person, desk=desk, a=person.place)
        person.since = self.now
        self._joins(person)
        self._remember(memory)
        return told

    def transfer(self, desk: int, person: Person, target: int) -> Happened | int:
        """The officer sends somebody to a service, or from 33 on to a desk."""
        bound, service = 0, target
        if target > 32:
            bound, service = target - 32, person.service
            if bound == desk or self.desk_state.get(bound) != OPEN:
                return refusals.WRONG
        elif not any(mask >> target & 1 for mask in self.site.services):
            return refusals.WRONG
        self._obey()
        self._touched(person)
        memory = Memory(records.TRANSFER, replace(person))
        self._paused(person)
        person.calls = 0
        person.service = service
        person.bound = bound
        person.since = self.now
        self._joins(person)
        self._remember(memory)
        return self._told(records.TRANSFER, person, desk=desk, a=person.place, c=bound)

    def cancel(self, desk: int, person: Person) -> Happened | int:
        """Somebody gives up; the pager of one who is absent is not back by that."""
        if person.state in (CALLED, SERVING) and person.desk != desk:
            return refusals.WRONG
        return self._sent_home(desk, person)

    def end_of_day(self, ticket: int, now_s: int) -> Happened:
        """The station sends somebody home, wherever that one is; nobody pressed a key of it."""
        person = self.living(ticket)
        assert person
        self.who, self.now = (0, 0), now_s if now_s <= LATEST_S else None
        return self._sent_home(0, person) | {"c": 1}

    def _sent_home(self, desk: int, person: Person) -> Happened:
        self._obey()
        self._touched(person)
        memory = Memory(records.CANCEL, replace(person))
        self._paused(person)
        self._leaves(person, returned=person.state != ABSENT)
        self._remember(memory)
        return self._told(records.CANCEL, person, desk=desk)

    def undo(self, desk: int, since_ms: int) -> Happened | int:
        """The last press of a source was wrong, `since_ms` ago: all is as it was before it."""
        memory = self.memories.get(self.who[0])
        if since_ms > 10_000:
            return refusals.TOO_LATE
        if not memory:
            return refusals.TOUCHED
        was = memory.ticket
        person = self.living(was.ticket)
        if was.state in (CALLED, SERVING) and self.at(was.desk) not in (None, person):
            return refusals.TOUCHED
        press = self.obeyed[self.who[0]]
        self._obey()
        told = self._told(records.UNDO, person or was, desk=desk, a=press, c=memory.kind)
        told["d"] = self.site.services[desk - 1] if desk else 0
        self.facts.strike((self.who[0], press))
        if person:
            self._touched(person)
            was.overtaken = person.overtaken
            self.people.remove(person)
        if memory.kind == records.ISSUE:
            self.rack.append(was.pager)
            return told
        for ticket in memory.passed:
            passed = self.living(ticket)
            assert passed
            passed.overtaken -= 1
        if memory.kind in (records.CALL, records.RECALL, records.RESUME):
            self.last[desk] = memory.last
        for one in (was, memory.closed):
            if one:
                self.people.append(one)
                if one.pager in self.rack:
                    self.rack.remove(one.pager)
        if memory.closed:
            memory.closed.called_at = None  # nobody noted when that was
        self._unbind(was)
        if was.state == WAITING:
            self._joins(was)
        return told
