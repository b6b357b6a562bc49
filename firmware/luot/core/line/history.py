"""What happens to a line: events, applied one by one. The only place where a line changes.

Replay after a power cut is the same `apply`, so all is written from a record's facts alone, and it
is total: what a loss left unknown is adopted from those facts, or passed over. What concerns no
ticket in line is `office`, who may do what is `order`; this knows no rule, no refusal, no clock.
"""

from luot.core import records
from luot.core.line.line import OPEN
from luot.core.line.notes import Before, Notes
from luot.core.line.ticket import ABSENT, CALLED, HELD, LANE, SERVING, WAITING
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
)
from luot.core.wire import get

# What else only an open day has: if it is over, the next one's beginning was lost.
_OF_A_DAY = (records.INTAKE, records.RATING)


class History(Notes):
    """A line that things happen to."""

    def __init__(self, services: "tuple[int, ...]", tickets: int, pagers: int) -> None:
        """Make an empty line; `services[i]` is the bit mask of services that desk i + 1 serves."""
        self.ordinal = self.boots = self.lost = 0
        self.quiet_boots = 0  # starts since anybody pressed a key
        self.day_open = self.intake = 0
        Notes.__init__(self, services, tickets, pagers)
        from luot.core.journal import restore  # code is RAM: needed at a start only

        restore.clear(self)

    def apply(self, record: bytearray) -> None:
        """Let an event happen, unless its ordinal was applied already: replay meets copies."""
        ordinal = records.ordinal(record)
        if ordinal <= self.ordinal:
            return
        self.lost += ordinal - self.ordinal - 1
        self.ordinal = ordinal
        self.note_time(record)
        press, source, kind = get(record, AT_PRESS, 2), record[AT_SOURCE], record[AT_KIND]
        if not self.day_open and (records.ISSUE <= kind <= records.UNDO or kind in _OF_A_DAY):
            from luot.core.line import premises  # code is RAM: after a loss

            premises.open_day(self, premises.next_day(self))
        if kind == records.UNDO:
            from luot.core.line import undo  # code is RAM: a few times a day

            undo.happen(self, record)
        elif press:
            self.shut(self.before_of(source))
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
        self.settle(pager, not self.unused, get(record, AT_TICKET, 2))
        if pager and not self.pagers.has(pager):  # whoever had it gave it back, that was lost
            self.vanish(self.holder(pager))
        ticket, number = get(record, AT_TICKET, 2), get(record, AT_NUMBER, 2)
        return self.admit(ticket, record[AT_LANE], number, pager)

    def whom(self, record: bytearray) -> int:
        """Return the slot of a record's ticket; if its issue was lost, it is made, and waits."""
        slot = self._known(record)
        if not slot:
            slot = self._admit(record)
            if slot:
                self.enqueue(slot)
        return slot

    def _issued(self, record: bytearray) -> None:
        if get(record, AT_TICKET, 2) <= self.arrivals:
            # Issued twice: a start could not read the first ISSUE of ticket 5, so 5 was given to
            # the next person. Now both can be read, and whoever got it last has it.
            self.vanish(self.find(get(record, AT_TICKET, 2)))
        slot = self._admit(record)
        if slot:
            self.since[slot] = self.seconds()
            self.enqueue(slot)
            self._remember(record, Before(record[AT_SOURCE], records.ISSUE, slot))

    def _moved(self, record: bytearray, kind: int) -> None:
        """Somebody in line is called, comes, stays away, leaves, is put aside or elsewhere."""
        desk, source = record[AT_DESK], record[AT_SOURCE]
        slot = self.whom(record)
        before = Before(source, kind, slot)
        if kind in (records.CALL, records.RESUME):
            closed = self.find(get(record, AT_A, 2), desk) if get(record, AT_A, 2) else 0
            if closed and closed != slot:
                before.closed, before.closed_state = closed, self.state[closed]
                self.close(closed, desk, before)
        if not slot:
            self.release(before.closed)
            return
        self.touch(slot)
        if kind == records.CANCEL and desk and self.desk_of(slot) not in (0, desk):
            self.leave(slot)  # it was put aside there, and that was lost
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
            self.state[slot] = SERVING if kind == records.ARRIVED else CALLED
            if kind == records.ARRIVED:
                self.served_from[desk] = self.seconds()
            else:
                self.calls[slot], self.last_call[desk] = record[AT_C], self.ordinal
        self._remember(record, before)

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
        self.state[slot] = CALLED
        self.calls[slot] = 1

    def _at_desk(self, slot: int, desk: int) -> None:
        """Open a ticket at a desk."""
        other = self.opened[desk]
        if other and other != slot:  # how it left was lost: its pager may be out
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
        self.touch(slot)

    def _put_aside(self, before: Before, desk: int) -> None:
        slot = before.slot
        self._worked(before, desk)
        self.leave(slot)
        self.state[slot] = HELD
        if before.kind == records.ABSENT:
            self.state[slot] = ABSENT
            self.tally.missed(before.lane >> 1, desk, 1)
