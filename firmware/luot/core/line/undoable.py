"""What the last press of each source changed, noted so that it can be put back.

Owns what is noted and until when: a press can be undone until its source presses again, the box
starts, or another command touches the ticket, one that the call passed, or the pager that came
back. A ticket that is done keeps its slot as long as a note names it. Putting back is `undo`.
"""

from luot.core.limits import DESKS
from luot.core.line.line import UNKNOWN, Line
from luot.core.line.ticket import DONE, WAITING


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


class Undoable:
    """The presses at one line that can be undone: at most one of each source."""

    def __init__(self, line: Line) -> None:
        """Nothing can be undone at first."""
        self.line = line
        self.notes: list[Before] = []

    def before_of(self, source: int) -> "Before | None":
        """Return what a source may undo."""
        for before in self.notes:
            if before.source == source:
                return before
        return None

    def note(self, before: Before, press: int) -> None:
        """Let a press of this number be undone from now on; what has none (0) cannot be."""
        if press and before.source <= DESKS:
            self.notes.append(before)
        else:
            self.line.release(before.slot)
            self.line.release(before.closed)

    def touch(self, slot: int) -> None:
        """A ticket moves: what was done with it, or passing it, can no longer be undone."""
        line = self.line
        waits = line.state[slot] == WAITING and not line.lane[slot] & 1
        for before in self.notes[:]:
            if slot in (before.slot, before.closed) or (
                waits
                and before.passed
                and before.source <= len(line.services)  # else the settings had more desks then
                and line.before(slot, before.slot)
                and line.reaches(before.source, line.services[before.source - 1], slot)
            ):
                self.shut(before)

    def settle(self, pager: int, full: bool, ticket: int) -> None:
        """Shut what cannot be undone any more: its ticket is over, and its place was taken.

        Somebody else has the pager, or the arrival (0: nobody's); or slots have run out: `full`.
        """
        line = self.line
        for before in self.notes[:]:
            done = before.closed or before.slot
            same = line.pager[done] == pager or line.arrival[done] == ticket
            if line.state[done] == DONE and (full or same):
                self.shut(before)

    def shut(self, before: "Before | None") -> None:
        """A press can no longer be undone."""
        if before:
            self.notes.remove(before)
            self.line.release(before.slot)
            self.line.release(before.closed)

    def shut_all(self) -> None:
        """Nothing can be undone any more."""
        while self.notes:
            self.shut(self.notes[0])
