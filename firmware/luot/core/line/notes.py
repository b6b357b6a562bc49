"""What the last press of each source changed, noted so that it can be put back.

Owns what is noted and until when: a press can be undone until its source presses again, the box
starts, or another command touches the ticket, one that the call passed, or the pager that came
back. Putting it back is `undo`.
"""

from luot.core import records
from luot.core.limits import DESKS
from luot.core.line.line import UNKNOWN, Line
from luot.core.line.tally import Tally
from luot.core.line.ticket import DONE, LANE, SERVING, WAITING
from luot.core.records import AT_DESK, AT_LANE, AT_NUMBER, AT_PAGER, AT_PRESS, AT_TICKET, AT_TIME
from luot.core.wire import get


class Before:
    """How things stood before a press about a ticket: all that undoing it has to put back."""

    def __init__(self, source: int, kind: int, slot: int) -> None:
        """Of the press of `kind` by `source` about the ticket in `slot`."""
        self.source = source
        self.kind = kind
        self.slot = slot
        self.place = self.lane = self.bound = self.state = self.calls = 0
        self.closed = self.closed_state = 0  # the ticket that the same press closed
        self.last_class = self.last_call = 0  # of the desk
        self.passed = 0  # whether the call passed anybody
        self.wait_s = UNKNOWN  # counted for a call
        self.service_s = 0  # counted

    def look(self, line: Line, desk: int) -> None:
        """See how the ticket and the desk are before it happens."""
        slot = self.slot
        self.place, self.calls = line.place[slot], line.calls[slot]
        self.lane, self.bound, self.state = line.lane[slot], line.bound[slot], line.state[slot]
        self.last_class, self.last_call = line.last_class[desk], line.last_call[desk]


class Notes(Line):
    """A line that remembers how things stood before the last press of each source."""

    def __init__(self, services: "tuple[int, ...]", tickets: int, pagers: int) -> None:
        """Make an empty line; `services[i]` is the bit mask of services that desk i + 1 serves."""
        self.services = services
        self.tally = Tally(len(services))
        self.time = 0  # of the newest event, as in its record
        self.undoable: list[Before] = []  # at most one of each source
        Line.__init__(self, tickets, pagers)

    def note_time(self, record: bytearray) -> None:
        """An event has happened at its record's time."""
        self.time = get(record, AT_TIME, 3)

    def seconds(self) -> int:
        """Return the newest event's time as whole seconds of the day, UNKNOWN after 18 hours."""
        return min((self.time & records.TIME_MAX) // 10, UNKNOWN)

    def desk_of(self, slot: int) -> int:
        """Return the desk that a ticket is open at, 0 for none."""
        for desk in range(1, len(self.opened)):
            if self.opened[desk] == slot:
                return desk
        return 0

    def before_of(self, source: int) -> "Before | None":
        """Return what a source may undo."""
        for before in self.undoable:
            if before.source == source:
                return before
        return None

    def _remember(self, record: bytearray, before: Before) -> None:
        """Let a press be undone, until its source presses again or another touches the ticket."""
        if get(record, AT_PRESS, 2) and before.source <= DESKS:
            self.undoable.append(before)
        else:
            self.release(before.slot)
            self.release(before.closed)

    def settle(self, pager: int, full: bool, ticket: int) -> None:
        """Shut what cannot be undone any more: its ticket is over, and its place was taken.

        Somebody else has the pager, or the arrival (0: nobody's); or slots have run out: `full`.
        """
        for before in self.undoable[:]:
            done = before.closed or before.slot
            same = self.pager[done] == pager or self.arrival[done] == ticket
            if self.state[done] == DONE and (full or same):
                self.shut(before)

    def shut(self, before: "Before | None") -> None:
        """A press can no longer be undone."""
        if before:
            self.undoable.remove(before)
            self.release(before.slot)
            self.release(before.closed)

    def shut_all(self) -> None:
        """Nothing can be undone any more."""
        while self.undoable:
            self.shut(self.undoable[0])

    def touch(self, slot: int) -> None:
        """A ticket moves: what was done with it, or passing it, can no longer be undone."""
        waits = self.state[slot] == WAITING and not self.lane[slot] & 1
        for before in self.undoable[:]:
            if slot in (before.slot, before.closed) or (
                waits
                and before.passed
                and before.source <= len(self.services)  # else the settings had more desks then
                and self.before(slot, before.slot)
                and self.reaches(before.source, self.services[before.source - 1], slot)
            ):
                self.shut(before)

    def close(self, slot: int, desk: int, before: Before) -> None:
        """Service is over at a desk: the ticket open there was served."""
        self.touch(slot)
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

    def _since(self, then: int) -> int:
        """Return the seconds from `then` to the newest event, UNKNOWN if that was not measured."""
        now = self.seconds()
        return UNKNOWN if UNKNOWN in (then, now) else max(now - then, 0)

    # After a loss.

    def _known(self, record: bytearray) -> int:
        """Return the slot of a record's ticket, 0 if there is none: one of a former day is not."""
        slot = self.find(get(record, AT_TICKET, 2), record[AT_DESK], record[AT_LANE] & LANE)
        pager = get(record, AT_PAGER, 2)
        same = slot and self.number[slot] == get(record, AT_NUMBER, 2)
        if same and (not pager or self.pager[slot] in (0, pager)):
            return slot
        self.vanish(slot)
        return 0

    def vanish(self, slot: int) -> None:
        """A ticket must have left, and the record of it was lost; nothing happens to slot 0."""
        if slot:
            self.touch(slot)
            self.end(slot)
            self.release(slot)
