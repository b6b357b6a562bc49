"""A box small enough to know all its states: the shipped journal on a ring of a few slots.

Owns the geometry put in place of the device's, the least line a journal can keep, and how a box's
state is taken and put back. How it is named is `adversary_names`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, NamedTuple

from luot.core import records
from luot.core.journal import journal, recovery, restore, ring, search, snapshot
from luot.core.journal.journal import Journal
from luot.core.line import premises
from luot.core.records import (
    AT_CRC,
    AT_D,
    AT_KIND,
    AT_ORDINAL,
    AT_ROW,
)
from luot.core.wire import get
from sim.explore.adversary_flash import SIZE, WeakFlash

RECENT = 6  # events whose content a line remembers; older ones no longer lie in a place of doubt
_MODULES = (journal, recovery, ring, search)
_NONE = 1 << 40


class Geometry(NamedTuple):
    """A ring to be explored, with the bounds that fit it."""

    sectors: int = 4
    slots: int = 8
    rows: int = 2  # of a checkpoint, without its beginning and end
    after: int = 6  # events until an idle moment writes a checkpoint
    force: int = 6  # until a press does
    early: int = 0
    slice: int = 9  # rows in an idle moment
    failures: int = 3  # cuts in a row without a checkpoint that the ring has room for
    idle: str = "always"  # when there is an idle moment: after each press, "never", or "maybe"


class Facts(NamedTuple):
    """What is true at one moment: the newest event, the last few, the chain's value."""

    ordinal: int
    recent: bytes
    value: bytes


class _Pagers:
    size = free = 0

    def empty(self) -> None:
        """There are none."""


class Line:
    """What a journal needs of a line, and no more: which events happened."""

    services = ()
    tickets = alive = 0
    pagers = _Pagers()

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing has happened."""
        self.ordinal = self.lost = 0
        self.recent = bytes(RECENT)

    def apply(self, record: bytes | bytearray) -> None:
        """Let an event happen."""
        self.ordinal = records.ordinal(bytearray(record))
        self.recent = bytes((record[AT_D],)) + self.recent[:-1]


def _clear(line: Line) -> None:
    line.clear()


def _restore(line: Line, record: bytearray) -> None:
    line.ordinal = records.ordinal(record)
    line.recent = bytes(record[AT_ROW : AT_ROW + RECENT])


def _row(rows: int) -> Any:
    def row(line: Line, cursor: int, record: bytearray) -> int:
        record[AT_KIND] = records.OFFICE_ROW
        record[AT_ROW:AT_CRC] = line.recent + bytes(AT_CRC - AT_ROW - RECENT)
        record[AT_D] = cursor
        return (cursor + 1) % rows

    return row


def _namespaces() -> Iterator[dict[str, Any]]:
    """Yield the globals of all code of the ring; a fault that was seeded has its own."""
    for module in _MODULES:
        yield vars(module)
        for thing in list(vars(module).values()):
            if getattr(thing, "__module__", "") in (module.__name__, "mutant"):
                for part in (thing, *vars(thing).values()):
                    if isinstance(part, FunctionType):
                        yield part.__globals__


@contextmanager
def small(geometry: Geometry) -> Iterator[None]:
    """Have the shipped code work on such a ring for as long as this lasts."""
    proofs = tuple(slot for slot in (4, 8, 16, 32, 64) if slot < geometry.slots)
    names = {
        "SLOTS": geometry.slots,
        "_MORE": proofs,
        "CHECKPOINT_AFTER": geometry.after,
        "CHECKPOINT_FORCE": geometry.force,
        "CHECKPOINT_SLICE": geometry.slice,
        "_ROWS_FIXED": geometry.rows + 2,
        "_ROOM_LEAST": 0,
        "_EARLY": geometry.early,
    }
    patches = [
        (space, name, value)
        for space in {id(space): space for space in _namespaces()}.values()
        for name, value in names.items()
        if name in space
    ]
    patches += [(vars(snapshot), "row", _row(geometry.rows))]
    patches += [(vars(premises), "clear", _clear), (vars(restore), "restore", _restore)]
    kept = [(space, name, space[name]) for space, name, _ in patches]
    for space, name, value in patches:
        space[name] = value
    try:
        yield
    finally:
        for space, name, value in kept:
            space[name] = value


class Memory(NamedTuple):
    """What a box has in mind between two steps."""

    ring: tuple[Any, ...]
    journal: tuple[Any, ...]
    line: tuple[Any, ...]


_RING = (
    *("next", "begin", "ordinal", "value", "end", "prepared", "_entered", "_bad", "worn"),
    *("damaged", "alien"),
)
_JOURNAL = ("events", "_cursor", "_run", "_rows", "_crc", "_run_ordinal")
_LINE = ("ordinal", "lost", "recent")


def box(flash: WeakFlash) -> Any:
    """Return a journal that was not started."""
    line: Any = Line()  # in place of an Order, whose rows would not fit so small a ring
    return Journal(flash, line)


def remember(made: Any) -> Memory:
    """Take what a box has in mind."""
    parts = ((made.ring, _RING), (made, _JOURNAL), (made.order, _LINE))
    return Memory(*(tuple(getattr(part, name) for name in names) for part, names in parts))


def put_back(flash: WeakFlash, memory: Memory) -> Any:
    """Return a box that has this in mind."""
    made = box(flash)
    parts = ((made.ring, _RING), (made, _JOURNAL), (made.order, _LINE))
    for (part, names), values in zip(parts, memory, strict=True):
        for name, value in zip(names, values, strict=True):
            setattr(part, name, value)
    return made


def facts(made: Any) -> Facts:
    """Return what a box holds to be true."""
    return Facts(made.order.ordinal, made.order.recent, made.ring.value)


def press(cells: list[Any], order: Line) -> bytearray:
    """Return the next event, unlike any that may lie in the flash under its ordinal."""
    taken = set()
    for slot in cells:
        for one in slot:
            if one[AT_KIND] < records.HEADER and get(one, AT_ORDINAL, 3) == order.ordinal + 1:
                taken.add(one[AT_D])
    record = bytearray(SIZE)
    record[AT_KIND] = records.CLOCK
    record[AT_D] = min({*range(len(taken) + 1)} - taken)
    return record
