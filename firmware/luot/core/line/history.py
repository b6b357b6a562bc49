"""What happens to a line: events, applied one by one.

The only door through which a line changes is `apply`; the files behind it are listed in DESIGN.md
4. Replay after a power cut is the same `apply`, so all is written from a record's facts alone, and
it is total: what a loss left unknown is adopted from those facts, or passed over. What concerns no
ticket in line is `premises`, who may do what is `order`; this knows no refusal and no clock.
"""

from luot.core import records
from luot.core.line import automaton
from luot.core.line.line import OPEN, UNKNOWN, Line
from luot.core.line.tally import Tally
from luot.core.line.ticket import ABSENT, HELD, LANE, SERVING, WAITING
from luot.core.line.undoable import Before, Undoable
from luot.core.records import (
    AT_A,
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
    AT_TIME,
)
from luot.core.wire import get

# What else only an open day has: if it is over, the next one's beginning was lost.
_OF_A_DAY = (records.INTAKE, records.RATING)


class History(Line):
    """A line that things happen to."""

    def __init__(
        self, services: "tuple[int, ...]", rule: int, overtakes_max: int, tickets: int, pagers: int
    ) -> None:
        """Make an empty line: see `Line`."""
        Line.__init__(self, services, rule, overtakes_max, tickets, pagers)
        self.ordinal = self.boots = self.lost = self.day_open = self.intake = 0
        self.begun_as = -1  # desks, rule and K of the newest start, three bytes; -1 not known
        self.quiet_boots = self.started = 0  # starts since any press; ordinal of the newest start
        self.time = 0  # of the newest event, as in its record
        self.undoable = Undoable(self)
        self.tally = Tally(len(services))
        from luot.core.line import premises  # code is RAM: needed a few times a day

        premises.clear(self)

    def apply(self, record: bytearray) -> None:
        """Let an event happen, unless its ordinal was applied already: replay meets copies."""
        ordinal = records.ordinal(record)
        if ordinal <= self.ordinal:
            return
        self.lost += ordinal - self.ordinal - 1
        self.ordinal = ordinal
        self.time = get(record, AT_TIME, 3)
        press, source, kind = get(record, AT_PRESS, 2), record[AT_SOURCE], record[AT_KIND]
        if not self.day_open and (records.ISSUE <= kind <= records.UNDO or kind in _OF_A_DAY):
            from luot.core.line import premises  # code is RAM: after a loss

            premises.open_day(self, premises.next_day(self))
        if kind == records.UNDO:
            from luot.core.line import undo  # code is RAM: a few times a day

            undo.happen(self, record)
        elif press:
            self.undoable.shut(self.undoable.before_of(source))
        if press:
            self.pressed[source] = press
            self.quiet_boots = 0
        if kind == records.ISSUE:
            self._issued(record)
        elif records.CALL <= kind <= records.CANCEL:
            self._moved(record, kind)
        elif kind == records.RATING:
            self.tally.rated(record[AT_DESK], record[AT_C])
            self.unrated[record[AT_DESK]] = 0
        elif kind not in (records.UNDO, records.CLOCK):
            from luot.core.line import premises

            premises.happen(self, record, kind)

    # Tickets.

    def _admit(self, record: bytearray) -> int:
        """Make a ticket from a record's facts: at issue, or when its issue was lost."""
        pager = get(record, AT_PAGER, 2)
        self.undoable.settle(pager, not self.unused, get(record, AT_TICKET, 2))
        # A005 holds it, by what is known: the record that A005 gave it back was lost.
        if pager and not self.pagers.has(pager):
            self.vanish(self.holder(pager))
        ticket, number = get(record, AT_TICKET, 2), get(record, AT_NUMBER, 2)
        return self.admit(ticket, record[AT_LANE], number, pager)

    def adopt(self, record: bytearray) -> int:
        """Return the slot of a record's ticket; if its issue was lost, it is made, and waits.

        Whoever has its arrival and another number or pager is of a former day, and has left.
        """
        slot = self.find(get(record, AT_TICKET, 2), record[AT_DESK], record[AT_LANE] & LANE)
        pager = get(record, AT_PAGER, 2)
        same = slot and self.number[slot] == get(record, AT_NUMBER, 2)
        if same and (not pager or self.pager[slot] in (0, pager)):
            return slot
        self.vanish(slot)
        slot = self._admit(record)
        if slot:
            self.enqueue(slot)
        return slot

    def vanish(self, slot: int) -> None:
        """A ticket must have left, and the record of it was lost; nothing happens to slot 0."""
        if slot:
            self.undoable.touch(slot)
            self.end(slot)
            self.release(slot)

    def _issued(self, record: bytearray) -> None:
        if get(record, AT_TICKET, 2) <= self.arrivals:
            # Issued twice: a start could not read the first ISSUE of ticket 5, so 5 was given to
            # the next person. Now both can be read, and whoever got it last has it.
            self.vanish(self.find(get(record, AT_TICKET, 2)))
        slot = self._admit(record)
        if slot:
            self.since[slot] = self.seconds()
            self.enqueue(slot)
            before = Before(record[AT_SOURCE], records.ISSUE, slot)
            self.undoable.note(before, get(record, AT_PRESS, 2))

    def _moved(self, record: bytearray, kind: int) -> None:
        """Somebody in line is called, comes, stays away, leaves, is put aside or elsewhere."""
        desk, source = record[AT_DESK], record[AT_SOURCE]
        slot = self.adopt(record)
        before = Before(source, kind, slot)
        if kind in (records.CALL, records.RESUME):
            closed = self.find(get(record, AT_A, 2), desk) if get(record, AT_A, 2) else 0
            if closed and closed != slot:
                before.closed, before.closed_state = closed, self.state[closed]
                self.close(closed, desk, before)
        if not slot:
            self.release(before.closed)
            return
        self.undoable.touch(slot)
        if kind == records.CANCEL and desk and self.desk_of(slot) not in (0, desk):
            # Nobody cancels who stands at another desk: that this put it aside was lost.
            self.leave(slot)
            self.state[slot] = HELD
        before.look(self, desk)
        if kind in (records.CALL, records.RESUME):
            self._called(record, before)
        elif kind in (records.BACK, records.TRANSFER):
            self._rejoined(record, before)
        elif kind in (records.HOLD, records.ABSENT):
            self._put_aside(before, desk)
        elif kind == records.FINISH:
            self.close(slot, desk, before)
        elif kind == records.CANCEL:
            self._worked(before, self.desk_of(slot))
            self.end(slot, before.state != ABSENT)
        else:
            self._at_desk(slot, desk)
            self.state[slot] = automaton.leads(kind)
            if kind == records.ARRIVED:
                self.served_from[desk] = self.seconds()
            else:
                self.calls[slot], self.last_call[desk] = record[AT_C], self.ordinal
        self.undoable.note(before, get(record, AT_PRESS, 2))

    def _called(self, record: bytearray, before: Before) -> None:
        slot, desk, lane = before.slot, record[AT_DESK], before.lane
        if before.state == WAITING:
            before.wait_s = self._since(self.since[slot])
            self.tally.waited(lane >> 1, desk, before.wait_s, 1)
        if record[AT_KIND] == records.CALL:
            if lane & 1 or record[AT_C] & records.BY_NUMBER:
                passed = self.overtake(desk, record[AT_D], slot, 1)[0]
                before.passed = 1 if passed else 0
            self.last_class[desk] = lane & 1
        self.last_call[desk] = self.ordinal
        self._at_desk(slot, desk)
        self.desk_state[desk] = OPEN
        self.unrated[desk] = 1
        self.called_at[desk] = self.seconds()
        self.state[slot] = automaton.leads(before.kind)
        self.calls[slot] = 1

    def _at_desk(self, slot: int, desk: int) -> None:
        """Open a ticket at a desk."""
        other = self.opened[desk]
        if other and other != slot:  # how that one left was lost, and its pager may be out
            self.state[other] = ABSENT
        self.leave(slot)
        self.opened[desk] = slot

    def _rejoined(self, record: bytearray, before: Before) -> None:
        slot = before.slot
        self._worked(before, record[AT_DESK])
        self.leave(slot)
        if before.kind == records.TRANSFER:
            self.relane(slot, record[AT_LANE] & LANE, self.series(slot))
            self.bound[slot] = record[AT_C]
        if self.bound[slot] and self.desk_state[self.bound[slot]] != OPEN:
            self.bound[slot] = 0
        self.place[slot] = get(record, AT_A, 2)
        self.since[slot] = self.seconds()
        self.enqueue(slot)
        self.undoable.touch(slot)

    def _put_aside(self, before: Before, desk: int) -> None:
        slot = before.slot
        self._worked(before, desk)
        self.leave(slot)
        self.state[slot] = automaton.leads(before.kind)
        if before.kind == records.ABSENT:
            self.tally.missed(before.lane >> 1, desk, 1)

    def close(self, slot: int, desk: int, before: Before) -> None:
        """Service is over at a desk: the ticket open there was served."""
        self.undoable.touch(slot)
        service_s = UNKNOWN
        if self.state[slot] == SERVING:
            service_s = self._since(self.served_from[desk])
        visit_s = self._since(self.called_at[desk])
        if visit_s != UNKNOWN and self.opened[desk] == slot:
            self.tally.visited(visit_s)
        before.service_s = service_s
        self.tally.worked(self.lane[slot] >> 1, desk, service_s, 1, 1)
        self.serve(1)
        self.end(slot)

    def _worked(self, before: Before, desk: int) -> None:
        """A ticket leaves its desk: count the stretch of service that ends with it, if any."""
        self.calls[before.slot] = 0
        if before.state == SERVING:
            before.service_s = self._since(self.served_from[desk])
            self.tally.worked(before.lane >> 1, desk, before.service_s, 0, 1)

    # Time.

    def seconds(self) -> int:
        """Return the newest event's time as whole seconds of the day, UNKNOWN after 18 hours."""
        return min((self.time & records.TIME_MAX) // 10, UNKNOWN)

    def _since(self, then: int) -> int:
        """Return the seconds from `then` to the newest event, UNKNOWN if that was not measured."""
        now = self.seconds()
        return UNKNOWN if UNKNOWN in (then, now) else max(now - then, 0)
