"""The judge of a station's life from outside: what it wrote to its flash, and what was on the air.

Owns what a page may say and when, how often one call may ring, what the air may take, and that
nobody who was called is forgotten; whether the line was kept is `checks_journal`. It is told
records and pages, and borrows nothing from who made them: addresses are those of SPEC.md 1.4.
"""

import re
from collections import Counter, deque
from typing import NamedTuple

from luot.core import records
from luot.core.line.ticket import label
from sim.judges.audit_line import LETTERS, Event, read
from sim.judges.checks_journal import audit

_SECOND_US = 1_000_000
_HOUR_US = 3600 * _SECOND_US
_AIR_US = 360 * _SECOND_US  # in any hour
_AIR_START_US = 10 * _SECOND_US  # and so much more for each start in it
_MADE_US = _SECOND_US  # a page says what was so when it was made, at most so long before
_RINGS = 3  # of one call while nobody presses: once, and twice again
_FRAMES = (0, 2, 5)
_PAGE = re.compile(r"([A-H])(\d{3,5}) (?:(?:QUAY|DESK) (\d)|(CHO|WAIT))")
_CALLS = (records.CALL, records.RECALL, records.RESUME)
_OPEN = (*_CALLS, records.ARRIVED)  # kinds after which a ticket is at a desk


class _Was(NamedTuple):
    """A ticket from one record on."""

    time_us: int
    kind: int  # the newest record of it
    desk: int
    pager: int
    call: int  # ordinal of its newest call
    closed: str = ""  # who was there before, if it was a call
    undone: bool = False  # whether it was called just before, and that was taken back


class Pages:
    """What one station wrote and sent; `findings` is what was not as it must be."""

    def __init__(self, letters: str, desks: "list[str]", ric_first: int, most: int | None) -> None:
        """Of an office with these services and desks; `most`: K of the rule `bounded`."""
        self._letters = letters
        self.findings: list[str] = []
        self.records: list[bytes] = []  # events, in the order of their ordinals
        self.rung: Counter[tuple[str, int, int]] = Counter()  # by number, call, press
        self._desks = desks
        self._ric_first = ric_first
        self._most = most
        self._tickets: dict[str, list[_Was]] = {}
        self._at_desk: dict[int, str] = {}  # who is open there
        self._press = 0  # ordinal of the newest press
        self._starts: list[int] = []
        self._air: deque[tuple[int, int]] = deque()
        self._paged: Counter[tuple[str, int]] = Counter()  # by number and call

    def started(self, time_us: int) -> None:
        """The box was switched on."""
        self._starts.append(time_us)

    # Records.

    def programmed(self, time_us: int, data: bytes) -> None:
        """A slot was written; an event counts once."""
        record = bytearray(data)
        if len(data) != records.SIZE or not records.valid(record, records.sequence(record)):
            return
        event = read(data)
        if event.kind >= records.HEADER or event.ordinal <= len(self.records):
            return
        self.records.append(data)
        if event.press:
            self._press = event.ordinal
        self._enter(time_us, event)

    def _enter(self, time_us: int, event: Event) -> None:
        kind, desk = event.kind, event.desk
        if kind == records.DAY_OPEN:
            self._tickets.clear()
            self._at_desk.clear()
        closed = ""
        if kind in (records.CALL, records.RESUME, records.DESK) and event.a:
            closed = self._at_desk.pop(desk, "")
            self._over(closed, time_us)
        if not records.ISSUE <= kind <= records.UNDO:
            return
        number = self._letters[LETTERS.index(event.who[0])] + event.who[1:]
        course = self._tickets.setdefault(number, [])
        if kind == records.UNDO:
            self._undone(time_us, number, event.c)
            return
        call = event.ordinal if kind in _CALLS else course[-1].call if course else 0
        course.append(_Was(time_us, kind, desk, event.pager, call, closed))
        self._place(number)

    def _undone(self, time_us: int, number: str, kind: int) -> None:
        """Everything is as it was before a ticket's newest record, which was of `kind`."""
        course = self._tickets[number]
        before = course[-2] if len(course) > 1 else course[-1]
        if kind in (records.CALL, records.RESUME) and course[-1].closed:
            closed = course[-1].closed
            self._tickets[closed].append(self._tickets[closed][-2]._replace(time_us=time_us))
            self._place(closed)
        if kind == records.ISSUE:
            before = before._replace(kind=records.CANCEL)
        undone = kind in (records.CALL, records.RESUME)
        course.append(before._replace(time_us=time_us, undone=undone))
        self._place(number)

    def _place(self, number: str) -> None:
        """Whoever is open at a desk is there and nowhere else."""
        was = self._tickets[number][-1]
        for at, who in list(self._at_desk.items()):
            if who == number:
                del self._at_desk[at]
        if was.kind in _OPEN:
            self._at_desk[was.desk] = number

    def _over(self, number: str, time_us: int) -> None:
        """Whoever was there has been served."""
        if number:
            course = self._tickets[number]
            course.append(course[-1]._replace(time_us=time_us, kind=records.FINISH))

    # Air.

    def on_air(self, start_us: int, end_us: int) -> None:
        """There was a carrier."""
        self._air.append((start_us, end_us))
        while self._air and self._air[0][1] < end_us - _HOUR_US:
            self._air.popleft()
        total = sum(end - max(start, end_us - _HOUR_US) for start, end in self._air)
        starts = sum(at > end_us - _HOUR_US for at in self._starts)
        if total > _AIR_US + _AIR_START_US * starts:
            self._find(end_us, f"{total / 1e6:.1f} s of air in an hour with {starts} starts")

    def paged(self, start_us: int, ric: int, function: int, text: str) -> None:
        """A pager heard this."""
        found = _PAGE.fullmatch(text)
        if not found or function != 3:
            self._find(start_us, f"a page nobody understands: '{text}', function {function}")
            return
        letter, count, desk, _ = found.groups()
        number = label(letter, int(count))
        lately = self._lately(number, start_us)
        if desk:
            right = [was for was in lately if was.kind in _CALLS and was.desk == int(desk)]
        else:
            right = [was for was in lately if was.undone]
        if not right:
            self._find(start_us, f"page '{text}': not so when it was made")
            return
        if ric not in [self._ric(was.pager) for was in right]:
            self._find(start_us, f"page '{text}' went to {ric}: the pager of somebody else")
        if desk:
            call = right[-1].call
            self._paged[number, call] += 1
            self.rung[number, call, self._press] += 1
            if self.rung[number, call, self._press] == _RINGS + 1:
                self._find(start_us, f"page '{text}' rang {_RINGS + 1} times, nobody pressed")

    def _lately(self, number: str, time_us: int) -> list[_Was]:
        """Return how a ticket was within the second before."""
        course = self._tickets.get(number, [])
        after = [one.time_us for one in course[1:]] + [time_us + 1]
        return [
            one
            for one, until in zip(course, after, strict=False)
            if one.time_us <= time_us and until >= time_us - _MADE_US
        ]

    def _ric(self, pager: int) -> int:
        block, place = divmod(pager - 1, 3)
        return self._ric_first + 8 * block + _FRAMES[place]

    # In the end.

    def owed(self, time_us: int) -> list[str]:
        """Return who stands called and was never paged."""
        owed = []
        for desk, number in self._at_desk.items():
            was = self._tickets[number][-1]
            if was.kind in _CALLS and was.pager and not self._paged[number, was.call]:
                aired = sum(start >= was.time_us for start, _ in self._air)
                if aired < _RINGS:
                    owed.append(f"{number} is called to desk {desk} and was never paged")
        return owed

    def kept(self) -> list[str]:
        """Return what an audit of the records finds: gaps, orders, numbers, pagers, presses."""
        told = audit(self.records, self._desks, self._most)
        return told.faults + told.unjudged

    def _find(self, time_us: int, text: str) -> None:
        self.findings.append(f"{time_us / _SECOND_US:.3f} s: {text}")
