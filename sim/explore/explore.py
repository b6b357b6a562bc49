"""Every state that a small office can get into, breadth first, and the laws held in each.

    result = explore(Site(), states=20_000)

Owns the search. What a state is and what can be done in it is `explore_state`, what must hold is
`explore_laws`. The line is the shipped one: it decides and applies each command.
"""

from array import array
from binascii import crc32
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import copy
from multiprocessing import Pool
from typing import Any, NamedTuple

from luot.core import records
from luot.core.journal import restore, snapshot
from luot.core.line.order import Order
from luot.core.line.premises import decide_end
from luot.core.records import AT_DESK, AT_KIND, AT_ORDINAL
from sim.explore import laws
from sim.explore.laws import BrokenError, law
from sim.explore.state import (
    NOW_S,
    STATION,
    Command,
    Passed,
    Site,
    Tickets,
    commands,
    look,
    name,
    recall,
)

THREE = Site(memory=0, late=False)  # 3 tickets of a day, undo at once or never
HANDS = Site(memory=0, without=(records.TRANSFER,))  # whose hand a pager is in, to the end
LOYAL = HANDS._replace(without=(records.TRANSFER, records.PAGER))
TWO = Site(tickets=2)  # 2 tickets, undo whenever it is possible
FOUR = Site((1, 3), tickets=4, pagers=4)  # 4 tickets, 2 services: as far as one likes

_SAMPLE = 61  # one state in so many goes through a checkpoint, and each that remembers a press
_CHUNK = 200  # states that a process takes at a time
_COPIED = (array, bytearray, list, dict)


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
        self.parts: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = []
        self._keep(line)

    def _keep(self, part: Any) -> None:
        values = vars(part)
        if any(kept is values for kept, _, _ in self.parts):
            return  # parts may know each other
        copied = {k: copy(v) for k, v in values.items() if isinstance(v, _COPIED)}
        plain = {k: v for k, v in values.items() if k not in copied}
        self.parts.append((values, plain, copied))
        for value in plain.values():
            if hasattr(value, "__dict__"):
                self._keep(value)

    def holds(self) -> bool:
        """Say whether all is as it was."""
        return all(
            values[key] == value
            for values, plain, copied in self.parts
            for kept in (plain, copied)
            for key, value in kept.items()
        )

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
            if not self.ask(command, 1):
                obeyed.append((command, self.record[:]))
        steps: list[Step] = []
        try:
            law(kept.holds(), "deciding changes something")
            laws.heard(line, before, {c.at for c, _ in obeyed if c[::3] == (records.CALL, 0)})
            if line.undoable.notes or crc32(told) % _SAMPLE == 0:
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

    def ask(self, command: Command, press: int) -> int:
        """Decide a command into `record`; return the refusal."""
        kind, source, at, extra = command
        line, record, time = self.line, self.record, 10 * NOW_S
        if source != STATION:
            return line.decide(record, kind, source, press, time, at, extra)
        if kind == records.CANCEL:
            decide_end(line, record, line.find(extra), time)
        else:
            records.fact(record, kind, a=1)
            records.press(record, 0, 0, time)
        return 0

    def _happen(self, record: bytearray, ordinal: int) -> Tickets:
        """Let it happen; the check sum is the journal's."""
        record[AT_ORDINAL:AT_KIND] = bytes((ordinal, 0, 0))
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
        own = line.last_class[record[AT_DESK]]
        after = self._happen(record, 1)
        left = laws.step(line, before, after, record, passed, own)
        yield command, name(site, line, after, left)
        kind, source = record[AT_KIND], command.source
        if source == STATION or kind in (records.UNDO, records.RATING):
            return
        undo = Command(records.UNDO, source, record[AT_DESK])
        refused = self.ask(undo, 2)
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


class Found(NamedTuple):
    """What one state leads to; `finding` is the command and the law it broke, or nothing."""

    told: bytes
    transitions: int
    names: list[bytes]  # of the next states, without those that this process has sent before
    finding: tuple[Command, str] | None


_explorers: list[Explorer] = []  # the one of this process
_sent: set[bytes] = set()  # by this process


def _begin(site: Site) -> None:
    _explorers[:] = [Explorer(site)]
    _sent.clear()


def _expand(told: bytes) -> Found:
    names: list[bytes] = []
    steps = _explorers[0].expand(told)
    for command, then in steps:
        if isinstance(then, str):
            return Found(told, len(steps), names, (command, then))
        if then not in _sent:
            _sent.add(then)
            names.append(then)
    return Found(told, len(steps), names, None)


def explore(
    site: Site, states: int = 0, jobs: int = 1, tell: Callable[[Result], None] | None = None
) -> Result:
    """Explore until every state is known, or so many are, or a law breaks; `tell` each level."""
    _begin(site)
    first = _explorers[0].first
    seen: dict[bytes, bytes] = {first: b""}  # each with where it was first reached from
    level, depth, transitions = [first], 0, 0
    with Pool(jobs, _begin, (site,)) if jobs > 1 else nullcontext() as pool:
        while level:
            found: list[bytes] = []
            for one in pool.imap(_expand, level, _CHUNK) if pool else map(_expand, level):
                transitions += one.transitions
                for then in one.names:
                    if then not in seen:
                        seen[then] = one.told
                        found.append(then)
                if one.finding:
                    command, words = one.finding
                    way = f"{words}: {[*history(seen, one.told), command]}"
                    return Result(len(seen), transitions, depth, False, way)
                if states and len(seen) >= states:
                    return Result(len(seen), transitions, depth + 1, False)
            depth += bool(found)
            level = found
            if tell:
                tell(Result(len(seen), transitions, depth, not level))
    return Result(len(seen), transitions, depth, True)


def history(seen: dict[bytes, bytes], told: bytes) -> list[Command]:
    """Return the commands that lead to a state; desks and pagers go by their names there."""
    made: list[Command] = []
    while seen[told]:
        steps = _explorers[0].expand(seen[told])
        made.append(next(command for command, then in steps if then == told))
        told = seen[told]
    return made[::-1]
