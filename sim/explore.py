"""Every state that a small office can get into, breadth first, and the laws held in each.

    result = explore(Site(), states=20_000)

Owns the search and every command that somebody could give. What a state is is `explore_state`,
what must hold is `explore_laws`. The line is the shipped one: it decides and applies each command.
"""

from array import array
from binascii import crc32
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from copy import copy
from itertools import chain, islice
from multiprocessing import Pool
from typing import Any, NamedTuple

from luot.core import records, restore, snapshot
from luot.core.line import BREAK, CLOSED, OPEN
from luot.core.order import TO_DESK, Order
from luot.core.ticket import DONE
from sim import explore_laws as laws
from sim.explore_laws import BrokenError, law
from sim.explore_state import GAP_MS, NOW_S, Passed, Site, Tickets, look, name, recall

THREE = Site(memory=0)  # 3 tickets of a day, undo at once or never: closed
TWO = Site(tickets=2)  # 2 tickets, undo whenever it is possible: closed
FOUR = Site((1, 3), tickets=4, pagers=4)  # 4 tickets, 2 services: as far as one likes

_STATION = -1  # who gives a command that nobody pressed a key for
_SAMPLE = 61  # one state in so many goes through a checkpoint
_CHUNK = 200  # states that a process takes at a time
_COPIED = (array, bytearray, list, dict)


class Command(NamedTuple):
    """What `Order.decide` is asked, but for press and time."""

    kind: int
    source: int = 0
    at: int = 0
    extra: int = 0


class Result(NamedTuple):
    """How far the search came; `finding` is the law that broke and the way there, or nothing."""

    states: int
    transitions: int
    depth: int
    closed: bool  # every state that can be reached was
    finding: str = ""


Step = tuple[Command, bytes | str]  # a command, and the next state's name or the law it broke


class Kept:
    """A line's whole state, to go back to again and again."""

    def __init__(self, line: Order) -> None:
        """Keep it as it is now."""
        self.parts: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = []
        self._keep(line)

    def _keep(self, part: Any) -> None:
        values = vars(part)
        copied = {k: copy(v) for k, v in values.items() if isinstance(v, _COPIED)}
        plain = {k: v for k, v in values.items() if k not in copied}
        self.parts.append((values, plain, copied))
        for value in plain.values():
            if hasattr(value, "__dict__"):
                self._keep(value)

    def put_back(self) -> None:
        """Make the line that was kept as it was then."""
        for values, plain, copied in self.parts:
            values.update(plain)
            for key, value in copied.items():
                values[key] = value.copy() if type(value) is dict else value[:]


class Explorer:
    """One line that is put into state after state."""

    def __init__(self, site: Site) -> None:
        """Make the office of `site`."""
        self.site = site
        self.line = site.line()
        self.record = bytearray(records.SIZE)
        self.first = name(site, self.line, {}, {})

    def expand(self, told: bytes) -> list[Step]:
        """Return every command that is obeyed in a state, and what comes of it."""
        line, site = self.line, self.site
        passed = recall(line, told)
        before = look(line)
        same = name(site, line, before, passed)
        was = laws.figures(line, before)
        kept = Kept(line)
        obeyed = []
        for command in commands(site, line, before):
            if not self._ask(command, 1):
                obeyed.append((command, self.record[:]))
        steps: list[Step] = []
        try:
            law(name(site, line, look(line), passed) == same, "deciding changes something")
            laws.heard(line, before, {c.at for c, r in obeyed if c.kind == records.CALL})
            if crc32(told) % _SAMPLE == 0:
                self._checkpoint(passed, same)
        except BrokenError as broken:
            steps.append((Command(0), str(broken)))
        for command, record in obeyed:
            try:
                for step in self._try(command, record, before, passed, was):
                    steps.append(step)
            except (BrokenError, IndexError, KeyError, ValueError, OverflowError) as error:
                steps.append((command, f"{type(error).__name__}: {error}"))
            kept.put_back()
        return steps

    def _ask(self, command: Command, press: int) -> int:
        kind, source, at, extra = command
        line, record, time = self.line, self.record, 10 * NOW_S
        if source != _STATION:
            return line.decide(record, kind, source, press, time, at, extra)
        if kind == records.CANCEL:
            line.decide_end(record, line.find(extra), time)
        else:
            records.fact(record, kind, a=1)
            records.press(record, 0, 0, time)
        return 0

    def _happen(self, record: bytearray, ordinal: int) -> Tickets:
        """Let it happen; the check sum is the journal's."""
        record[4:7] = bytes((ordinal, 0, 0))
        self.line.apply(record)
        after = look(self.line)
        laws.state(self.line, after)
        return after

    def _try(
        self,
        command: Command,
        record: bytearray,
        before: Tickets,
        passed: Passed,
        was: tuple[object, ...],
    ) -> Iterator[Step]:
        """Give a command and, if that can be undone, undo it."""
        line, site = self.line, self.site
        own = line.last_class[record[14]]
        after = self._happen(record, 1)
        left = laws.step(line, before, after, record, passed, own)
        yield command, name(site, line, after, left)
        kind, source = record[7], command.source
        if source == _STATION or kind == records.UNDO:
            return
        undo = Command(records.UNDO, source, record[14])
        refused = self._ask(undo, 2)
        can = records.ISSUE <= kind <= records.CANCEL
        law(can != bool(refused), "what was just done cannot be undone, or nothing can")
        if can:
            back = self._happen(self.record, 2)
            laws.undone(line, before, back, was)
            left.pop(source, None)
            yield undo, name(site, line, back, left)

    def _checkpoint(self, passed: Passed, same: bytes) -> None:
        """A line goes through a checkpoint, and is the same."""
        line, row = self.site.line(), bytearray(records.SIZE)
        line.pagers.empty()
        cursor = snapshot.row(self.line, 0, row)
        while True:
            records.stamp(row, 1, self.line.ordinal)
            restore.restore(line, row)
            if not cursor:
                break
            cursor = snapshot.row(self.line, cursor, row)
        law(name(self.site, line, look(line), passed) == same, "a checkpoint changes something")


def commands(site: Site, line: Order, tickets: Tickets) -> list[Command]:
    """Return every command that somebody could give, refused or not."""
    served = [s for s in range(8) if any(mask >> s & 1 for mask in site.services)]
    living = [arrival for arrival, ticket in tickets.items() if ticket.state != DONE]
    made = [Command(records.BOOT, _STATION)]
    if line.arrivals < site.tickets:
        made += [Command(records.ISSUE, 0, s, priority) for s in served for priority in (0, 1)]
    made += [Command(records.CANCEL, who, 0, n) for n in living for who in (0, _STATION)]
    made += [Command(records.INTAKE, 0, 0, reason) for reason in (0, 1)]
    pagers = range(1, site.pagers + 1)
    made += [Command(records.PAGER, 0, pager, found) for pager in pagers for found in (0, 1)]
    made += [Command(kind) for kind in (records.DAY_OPEN, records.DAY_CLOSE, records.UNDO)]
    desks = range(1, len(site.services) + 1)
    keys = [(records.RECALL, GAP_MS), (records.UNDO, 0), (records.RATING, 1)]
    keys += [(kind, 0) for kind in (records.CALL, records.CANCEL)]
    keys += [(kind, 0) for kind in (records.ABSENT, records.ARRIVED, records.HOLD, records.FINISH)]
    keys += [(records.TRANSFER, to) for to in chain(served, [TO_DESK + desk for desk in desks])]
    keys += [(records.DESK, state) for state in (CLOSED, OPEN, BREAK)]
    named = (records.CALL, records.RESUME, records.BACK, records.CANCEL)
    keys += [(kind, arrival) for kind in named for arrival in living]
    return made + [Command(kind, desk, desk, extra) for desk in desks for kind, extra in keys]


_explorers: list[Explorer] = []  # the one of this process


def _begin(site: Site) -> None:
    _explorers[:] = [Explorer(site)]


def _expand(told: bytes) -> tuple[bytes, list[Step]]:
    return told, _explorers[0].expand(told)


def explore(site: Site, states: int = 0, jobs: int = 1) -> Result:
    """Explore until every state is known, or so many are, or a law breaks."""
    _begin(site)
    first = _explorers[0].first
    seen: dict[bytes, bytes] = {first: b""}  # each with where it was first reached from
    level, depth, transitions = [first], 0, 0
    with Pool(jobs, _begin, (site,)) if jobs > 1 else nullcontext() as pool:
        while level:
            found: list[bytes] = []
            expanded = pool.imap(_expand, level, _CHUNK) if pool else map(_expand, level)
            for told, steps in expanded:
                transitions += len(steps)
                for command, then in steps:
                    if isinstance(then, str):
                        way = f"{then}: {[*history(seen, told), command]}"
                        return Result(len(seen), transitions, depth, False, way)
                    if then not in seen:
                        seen[then] = told
                        found.append(then)
                if states and len(seen) >= states:
                    return Result(len(seen), transitions, depth + 1, False)
            depth += bool(found)
            level = found
    return Result(len(seen), transitions, depth, True)


def history(seen: dict[bytes, bytes], told: bytes) -> list[Command]:
    """Return the commands that lead to a state; desks and pagers go by their names there."""
    made: list[Command] = []
    while seen[told]:
        steps: Iterable[Step] = _expand(seen[told])[1]
        made += islice((command for command, then in steps if then == told), 1)
        told = seen[told]
    return made[::-1]
