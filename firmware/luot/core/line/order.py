"""The ordering core: what may be done.

A command is decided into one record or refused; nothing here changes the line. When the record is
in the journal, `apply` (of `history`) lets it happen; who is next is `rules`. It knows no clock,
no key, no radio and no display.
"""

from luot.core import records
from luot.core.limits import ARRIVALS_DAY, PAGERS, TICKETS_ALIVE
from luot.core.line import automaton, refusals, rules
from luot.core.line.history import History
from luot.core.line.line import OPEN
from luot.core.line.rules import BOUNDED, FIFO
from luot.core.line.ticket import CALLED, PRIORITY, SERVING, in_lane
from luot.core.records import AT_LANE
from micropython import const

TO_DESK = const(32)  # what TRANSFER adds to a desk to tell it from a service
_OLD = const(0x8000)  # so many press numbers back are earlier ones


class Order(History):
    """The line of one premises, for one day at a time."""

    def __init__(
        self,
        services: tuple[int, ...],
        rule: int = BOUNDED,
        overtakes_max: int = 3,
        calls_max: int = 3,
        recall_gap_ms: int = 30_000,
        pagers: int = PAGERS,
        tickets: int = TICKETS_ALIVE,
    ) -> None:
        """Make an empty line; `services[i]` is the bit mask of services that desk i + 1 serves."""
        History.__init__(self, services, rule, overtakes_max, tickets, pagers)
        self.calls_max = calls_max
        self.recall_gap_ms = recall_gap_ms

    def decide(
        self, record: bytearray, kind: int, source: int, press: int, time: int, at: int, extra: int
    ) -> int:
        """Turn a command into `record` and return 0, or return the refusal.

        `at` is the desk 1..32, and `extra`:
        CALL: 0 for the next one, else a ticket's arrival. RECALL, UNDO: the time since the desk
        last called, or the source last pressed, ms. ABSENT, ARRIVED (which becomes FINISH for a
        ticket in service), HOLD: nothing. RESUME, BACK: a ticket's arrival. CANCEL: the same, 0
        for the ticket open at the desk. TRANSFER: a service 0..7, or TO_DESK + a desk. DESK: its
        state. RATING: 1..3.
        ISSUE: `at` is the service 0..7, `extra` the class. INTAKE: `extra` is the reason. PAGER:
        `at` is the pager, `extra` 0 lost, 1 found. DAY_OPEN: `extra` is the time on the wall,
        seconds since 1970, 0 if not known. DAY_CLOSE: neither.
        """
        last = self.pressed[source]
        if last and last - press & 0xFFFF < _OLD:  # it or one before: numbers go round
            return refusals.REPEATED
        if kind == records.ISSUE:
            refusal = self._issue(record, at, extra)
        elif kind == records.CALL:
            refusal = self._call(record, at, extra)
        elif kind == records.UNDO:
            from luot.core.line import undo  # code is RAM: a few times a day

            refusal = undo.decide(self, record, source, at, extra)
        elif kind in (records.RESUME, records.BACK, records.CANCEL):
            refusal = self._named(record, kind, at, extra)
        elif kind > records.CANCEL or kind < records.ISSUE:
            from luot.core.line import premises

            refusal = premises.decide(self, record, kind, at, extra)
        else:
            refusal = self._open_ticket(record, kind, at, extra)
        if not refusal:
            # A rating is a citizen's, not the desk's press; it counts once for each call anyway.
            records.press(record, source, 0 if kind == records.RATING else press, time)
        return refusal

    def _issue(self, record: bytearray, service: int, priority: int) -> int:
        if not self.day_open:
            return refusals.DAY_OVER
        if self.intake:
            return refusals.PAUSED
        if self.alive >= self.tickets or self.arrivals >= ARRIVALS_DAY:
            return refusals.FULL
        if not self.pagers.free:
            return refusals.NO_PAGER
        records.fact(
            record,
            records.ISSUE,
            lane=2 * service + priority,
            ticket=self.arrivals + 1,
            number=self.counts[service] + 1,
            pager=self.pagers.first,
        )
        return 0

    def _call(self, record: bytearray, desk: int, ticket: int) -> int:
        services = self.services[desk - 1]
        flags = self.rule
        if ticket:
            slot = self.find(ticket, desk)
            refused = automaton.refusal(records.CALL, self.state[slot])
            if refused or not self.reaches(desk, services, slot):
                return refusals.WRONG
            flags |= records.BY_NUMBER
            passed, most = self.overtake(desk, services, slot, 0)
            if passed and most >= self.overtakes_max and self.rule in (BOUNDED, FIFO):
                return refusals.PASSED_OUT
            passed += self.overtake(desk, services, slot, 0, PRIORITY)[0]
        else:
            slot = rules.choose(self, desk, services)
            refused = automaton.refusal(records.CALL, self.state[slot])
            if refused:
                return refused
            passed = self.overtake(desk, services, slot, 0)[0] if self.lane[slot] & 1 else 0
        self.about(
            record,
            records.CALL,
            desk,
            slot,
            self.closes(desk),
            passed,
            flags | self.unknown(desk),
        )
        return 0

    def _open_ticket(self, record: bytearray, kind: int, desk: int, extra: int) -> int:
        """Decide what a desk does with the ticket that is open there."""
        slot = self.opened[desk]
        if kind == records.ARRIVED and self.state[slot] == SERVING:
            kind = records.FINISH
        refused = automaton.refusal(kind, self.state[slot])
        if refused:
            return refused
        if kind == records.TRANSFER:
            return self._transfer(record, desk, slot, extra)
        c = 0
        if kind == records.RECALL:
            c = self.calls[slot] + 1
            if c > self.calls_max:
                return refusals.CALLED_OUT
            if extra < self.recall_gap_ms:
                return refusals.TOO_SOON
        self.about(record, kind, desk, slot, c=c)
        return 0

    def _transfer(self, record: bytearray, desk: int, slot: int, target: int) -> int:
        lane, bound = self.lane[slot], 0
        if target > TO_DESK:
            bound = target - TO_DESK
            if bound == desk or bound > len(self.services) or self.desk_state[bound] != OPEN:
                return refusals.WRONG
        else:
            lane = 2 * target + (lane & 1)
            served = 0
            for services in self.services:
                served |= services
            if not served >> target & 1:
                return refusals.WRONG
        self.about(record, records.TRANSFER, desk, slot, a=self.place[slot], c=bound)
        record[AT_LANE] = in_lane(lane, self.series(slot))
        return 0

    def _named(self, record: bytearray, kind: int, desk: int, ticket: int) -> int:
        """Decide about a ticket that an officer chose from a list."""
        slot = self.find(ticket, desk) if ticket else self.opened[desk]
        if ticket and not slot:
            return refusals.WRONG
        refused = automaton.refusal(kind, self.state[slot])
        if refused:
            return refused
        a = c = 0
        if kind == records.CANCEL and self.desk_of(slot) not in (0, desk):
            return refusals.WRONG
        if kind == records.RESUME:
            a, c = self.closes(desk), self.unknown(desk)
        elif kind == records.BACK:
            a = self._place_back(slot)
        self.about(record, kind, desk, slot, a=a, c=c)
        return 0

    def _place_back(self, slot: int) -> int:
        """Return a place behind the next one called, but never before the ticket's own.

        If that one has come back too, the earlier arrival goes first: a place behind him would
        climb with each return, and past those who come later.
        """
        head = self.head[self.row(slot)]  # 0, whose place is 0, in an empty row
        return max(self.place[slot], self.place[head] | 1)

    def about(
        self,
        record: bytearray,
        kind: int,
        desk: int,
        slot: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
    ) -> None:
        """Fill in what happens to a ticket in line; a, b, c and d as in `records`."""
        lane, ticket = in_lane(self.lane[slot], self.series(slot)), self.arrival[slot]
        number, pager = self.number[slot], self.pager[slot]
        if kind in (records.CALL, records.RESUME):
            d = self.services[desk - 1]
        records.fact(record, kind, desk, lane, ticket, number, pager, a, b, c, d)

    def closes(self, desk: int) -> int:
        """Return the ticket that a desk leaves by turning to another, 0 for none."""
        return self.arrival[self.opened[desk]] if self.opened[desk] else 0

    def unknown(self, desk: int) -> int:
        """Return the flag that says that nobody marked when that one's service began."""
        slot = self.opened[desk]
        return records.START_UNKNOWN if slot and self.state[slot] == CALLED else 0
