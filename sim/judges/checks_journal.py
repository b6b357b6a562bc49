"""The judge of a journal: whether, by its records alone, all was possible and each call fair.

Owns gaps, presses and what they take back, days, desks and pagers; what concerns tickets is
`audit`. Of what came before a gap nothing is known: from there to the next opened day only what
records say by themselves is judged.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from luot.core import records
from luot.core.limits import DESKS
from luot.core.line.ticket import ABSENT
from sim.judges.audit import Audit, Tickets
from sim.judges.audit_line import LETTERS, OPEN, Event, Memory, read

_OLD = 0x8000  # so many press numbers back are earlier ones: they go round


def audit(
    events: Iterable[bytes], desks: Sequence[str] | None = None, most: int | None = None
) -> Audit:
    """Judge a journal's records, the oldest first; copies and checkpoints may be among them.

    What is known besides is judged too: `desks[i]` holds the letters that desk i + 1 serves, and
    nobody may be passed more than `most` times, whatever the rule.
    """
    judge = Judge(desks, most)
    for record in events:
        judge.hear(record)
    judge.know(judge.event.ordinal)
    return judge.found


def journal(events: Iterable[bytes], desks: Sequence[str], most: int | None) -> list[str]:
    """Return the faults alone; `most` is K of the rule `bounded`, None for another rule."""
    return audit(events, desks, most).faults


class Judge(Tickets):
    """Hears one record after the other; `found` is what it has to say."""

    def __init__(self, desks: Sequence[str] | None, most: int | None) -> None:
        """Take what is known besides: see `audit`."""
        self._known = dict(enumerate(map(sorted, desks or ()), 1))  # what each desk serves
        self._since = 0  # the first event that cannot be judged, 0: all can
        Tickets.__init__(self, most)
        moves = range(records.CALL, records.UNDO)
        self._hear: dict[int, Callable[[Event], Memory | None]] = {
            **dict.fromkeys(moves, self.moved),
            records.DAY_OPEN: self._day_opened,
            records.DAY_CLOSE: self._day_closed,
            records.BOOT: self._started,
            records.ISSUE: self._issued,
            records.UNDO: self._undone,
            records.DESK: self._desk,
            records.INTAKE: self._paused,
            records.PAGER: self._pager,
            records.RATING: self._rated,
        }

    def begin(self, whole: bool) -> None:
        """Know nothing; `whole`: because nothing happened yet."""
        Tickets.begin(self, whole)
        self._memories: dict[int, Memory] = {}  # by source
        self._unrated: set[int] = set()  # desks that called somebody since the last rating
        self._told: dict[int, list[str]] = {}  # what each desk serves, since the last start
        self._day_open = False
        self._intake = 0  # why no numbers are issued

    def hear(self, record: bytes) -> None:
        """Judge the next record and enter it."""
        event, last = read(record), self.event.ordinal
        if event.kind >= records.HEADER or event.ordinal <= last:
            return
        self.event = event
        if event.ordinal > last + 1:
            if last:
                self.found.faults.append(f"events {last + 1} to {event.ordinal - 1} are missing")
            self._since = self._since or event.ordinal
            self.begin(whole=False)
        if event.kind == records.DAY_OPEN:
            self.know(event.ordinal - 1)
        press, before = event.press, self.pressed.get(event.source, 0)
        if press and before and (before - press) % 0x10000 < _OLD:
            self.fault(f"press {press} of source {event.source} counts again")
        if not self._since:
            self._judge(event)
        elif event.kind == records.ISSUE:
            self.number(event)
        elif event.kind == records.CALL and event.c & records.BY_NUMBER:
            self.by_number(event, event.b)
        self.pressed[event.source] = press or before

    def know(self, last: int) -> None:
        """All is known again; say up to which event it was not."""
        if 0 < self._since <= last:
            told = f"events {self._since} to {last}: what was before them is missing"
            self.found.unjudged.append(told)
        self._since = 0

    def _judge(self, event: Event) -> None:
        """Let an event be judged and entered, and forget what it keeps from being taken back."""
        calls, hears = event.kind in (records.CALL, records.RESUME), self._hear.get(event.kind)
        if event.desk and (calls or event.kind in (records.DESK, records.UNDO)):
            self._serves(event.desk, event.d)
        self.hall.touched.clear()
        made = hears(event) if hears else None
        if calls:
            self._unrated.add(event.desk)
        if event.press and event.kind != records.RATING:
            self._memories.pop(event.source, None)
        for source, memory in list(self._memories.items()):
            if self.hall.touched & memory.about():
                del self._memories[source]
        if made and event.press and event.source <= DESKS:
            self._memories[event.source] = made

    def _serves(self, desk: int, mask: int) -> None:
        """What a desk serves changes at a start only."""
        told = [one for at, one in enumerate(LETTERS) if mask >> at & 1]
        known = self._known.get(desk, self._told.setdefault(desk, told))
        if told != known:
            self.fault(f"desk {desk} serves {''.join(known)}, not {''.join(told)}")

    # Days and starts.

    def _day_opened(self, event: Event) -> None:
        """A day begins; all is counted from one."""
        if self.hall.people or self._day_open:
            self.fault("a day begins before the last one is over")
        if (self.day or self.whole) and event.ticket != self.day + 1:
            self.fault(f"day {event.ticket} follows day {self.day}")
        for forgotten in (self.hall.open, self._memories, self._unrated, self.counts):
            forgotten.clear()
        self.hall.people.clear()
        self.day, self._day_open, self._intake = event.ticket, True, 0
        self.arrivals = self.served = 0
        self.rule, self.overtakes_max = event.c, event.d

    def _day_closed(self, event: Event) -> None:
        """A day ends, and nobody is left."""
        if self.hall.people or not self._day_open:
            self.fault(f"the day ends with {len(self.hall.people)} people here")
        if (event.ticket, event.a, event.b) != (self.day, self.arrivals, self.served):
            self.fault(f"day {self.day} had {self.arrivals} tickets, {self.served} served")
        self._memories.clear()
        self._day_open = False

    def _started(self, event: Event) -> None:
        """The box has started, perhaps with other settings; one that tells none has the same."""
        self._memories.clear()
        self._told.clear()
        self.hall.started()
        if event.desk or event.c or event.d:
            self.rule, self.overtakes_max = event.c, event.d
        for desk in range(event.desk + 1, DESKS + 1) if event.desk else ():
            self.hall.remove(desk)
            self._unrated.discard(desk)

    # What concerns no ticket in line.

    def _issued(self, event: Event) -> Memory:
        if self._intake or not self._day_open:
            self.fault("no numbers are issued now")
        return self.issued(event)

    def _paused(self, event: Event) -> None:
        if not self._day_open:
            self.fault("the day is over")
        self._intake = event.c

    def _desk(self, event: Event) -> None:
        """A desk opens, has a break or closes."""
        self.closed(event)
        if event.c & ~records.START_UNKNOWN == OPEN:
            self.hall.open.add(event.desk)
        else:
            self.hall.fold(event.desk)

    def _rated(self, event: Event) -> None:
        """A citizen answers, once for each call."""
        if event.desk not in self._unrated:
            self.fault(f"nobody was called to desk {event.desk} who could answer")
        self._unrated.discard(event.desk)

    def _pager(self, event: Event) -> None:
        """A pager is lost or found; whoever was absent with it is not expected any more."""
        hall, pager, found = self.hall, event.pager, event.c
        holder = hall.holder(pager)
        if event.ticket != (holder.arrival if holder else 0):
            self.fault(f"pager {pager} is not with arrival {event.ticket}")
        gone = holder is not None and holder.state == ABSENT
        lost = not holder and pager in hall.out
        if found and not gone and not lost and (holder or self.whole or pager in hall.rack):
            self.fault(f"pager {pager} was found, but it was not lost")
        elif not found and lost:
            self.fault(f"pager {pager} was lost already")
        if holder and gone:
            hall.leave(holder)
        elif holder:
            hall.put(replace(holder, pager=0))
        hall.take(pager)
        if found:
            hall.give_back(pager)
        else:
            hall.out.add(pager)

    # What a press takes back.

    def _undone(self, event: Event) -> None:
        """The last press of a source is taken back: all is as if it had never been."""
        memory, last = self._memories.get(event.source), self.pressed.get(event.source)
        about = memory and (memory.event.kind, memory.event.desk, memory.before.arrival)
        if not memory or about != (event.c, event.desk, event.ticket):
            self.fault(f"source {event.source} cannot take that back")
            return
        was, hall, call = memory.before, self.hall, memory.event
        if not self.meant(event, hall.find(was.arrival) or was):
            return
        if event.a != last:
            self.fault(f"the press before was {last}, not {event.a}")
        if was.desk and hall.at(event.desk) not in (None, hall.find(was.arrival)):
            self.fault(f"there is somebody else at desk {event.desk}")
        if call.kind == records.ISSUE:
            hall.leave(was)
            return
        if call.c & records.BY_NUMBER and call.kind == records.CALL:
            undone = f"the call by number of event {call.ordinal} is undone"
            self.found.exceptions.append(f"event {event.ordinal}: {undone}")
        self._count_back(event, memory)
        if call.kind == records.CALL:
            hall.last[call.desk] = memory.last
        for one in (was, memory.closed):
            if one and not hall.revive(one):
                self.fault(f"pager {one.pager} of {one.number} is not to be had any more")
        self.served -= bool(memory.closed or call.kind == records.FINISH)

    def _count_back(self, event: Event, memory: Memory) -> None:
        """Whom a call passed was not passed by it; nobody may have come among them."""
        line, was = self.hall.line(event.desk, event.d), memory.before
        passed = [one for one in line if one.stands < was.stands and not one.priority]
        if memory.passed and {one.arrival for one in passed} != memory.passed:
            self.fault(f"whom {was.number} passed is not who waits there now")
        for one in passed:
            if one.arrival in memory.passed:
                self.hall.note(replace(one, overtaken=one.overtaken - 1))
