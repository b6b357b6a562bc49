"""A busy stretch of an office's life, drawn from a seed: what is pressed, what is true.

Owns the commands and what two lines are told apart by. Must never know a journal or a flash: it
says what should be found there.
"""

import hmac
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from luot.core import records
from luot.core.journal import chain
from luot.core.line import line, order
from luot.core.line.order import Order
from luot.core.line.ticket import ABSENT, CALLED, DONE, HELD, SERVING, WAITING
from luot.core.line.undoable import Before
from luot.core.records import AT_A, AT_C, AT_CRC, AT_DESK, AT_KIND, AT_NUMBER, AT_TICKET

KEY = b"torture"  # what the days are sealed with
_DESKS, _TICKETS, _PAGERS = 3, 24, 30  # few, so that a checkpoint fits a small ring
_ALL = 0b111  # the services of every desk
_CROWDS = (2, 3, 24, 4, 2, 3, 1)  # tickets of a day: one that fills the hall, and short ones
_PAUSES = (1, 2, 3)  # reasons to issue no numbers
_TENTHS = 23  # of a second, from one event to the next

Ask = tuple[int, int, int, int]  # kind of record, source, at, extra: see Order.decide
START: Ask = (records.BOOT, 0, 0, 0)

# How often each is tried; most are refused most of the time. In a day's last hour nobody comes.
_WISHES = {
    records.ISSUE: 24,
    records.CALL: 18,
    records.RECALL: 100,
    records.ABSENT: 48,
    records.ARRIVED: 12,
    records.BACK: 90,
    records.HOLD: 54,
    records.RESUME: 200,
    records.TRANSFER: 170,
    records.CANCEL: 2,
    records.UNDO: 7,
    records.DESK: 10,
    records.INTAKE: 4,
    records.PAGER: 20,
    records.RATING: 6,
    records.CLOCK: 4,
    records.BOOT: 4,
    records.DAY_CLOSE: 20,
    records.DAY_OPEN: 60,
}
_LEAVE = {records.CALL: 4, records.ARRIVED: 60, records.CANCEL: 10}

OF_TICKETS = (
    *("arrival", "place", "number", "pager", "since", "lane", "bound", "state"),
    *("overtaken", "calls", "other"),
)
OF_LINES = (
    *("day", "arrivals", "served", "newest", "alive", "ordinal", "time", "boots"),
    *("quiet_boots", "started", "lost", "day_open", "intake"),
)
ARRAYS = (
    *("waiting", "counts", "last_call", "last_class", "pressed", "desk_state", "called_at"),
    *("served_from", "unrated"),
)


class Facts(NamedTuple):
    """What is true at one moment: the newest event, the chain's value, a picture of the line."""

    ordinal: int
    value: bytes
    picture: int


def picture(order: Order) -> int:
    """Return a fingerprint of all that a line knows, wherever in its arrays the tickets lie."""
    slots = [slot for slot in range(1, order.tickets + 1) if order.state[slot]]
    slots.sort(key=order.arrival.__getitem__)
    names = [order.arrival[slot] if order.state[slot] else 0 for slot in range(order.tickets + 1)]
    known: list[object] = [[getattr(order, name)[slot] for slot in slots] for name in OF_TICKETS]
    known += [
        (row, _walk(first, order.after.__getitem__, names))
        for row, first in enumerate(order.head)
        if first
    ]
    known.append(_walk(order.pagers.first, order.pagers.after, range(order.pagers.size + 1)))
    known.append([names[slot] for slot in order.opened])
    known.append([_remembered(before, names) for before in order.undoable.notes])
    known += [bytes(getattr(order, name)) for name in ARRAYS]
    known += [
        bytes(value) if hasattr(value, "__len__") else value
        for value in vars(order.tally).values()
    ]
    known += [getattr(order, name) for name in OF_LINES]
    return hash(repr(known))


def _walk(first: int, after: Callable[[int], int], names: Sequence[int]) -> list[int]:
    met = []
    while first:
        met.append(names[first])
        first = after(first)
    return met


def _remembered(before: Before, names: Sequence[int]) -> list[int]:
    return [
        names[value] if name in {"slot", "closed"} else value
        for name, value in vars(before).items()
    ]


def empty_line() -> Order:
    """Return the line of an office before its first day."""
    return Order((_ALL,) * _DESKS, pagers=_PAGERS, tickets=_TICKETS)


def sort(record: bytes | bytearray) -> tuple[int, int]:
    """Return what sort of command a record is: its kind, and which of those there are in it."""
    kind, c = record[AT_KIND], record[AT_C]
    if kind in {records.DESK, records.PAGER}:
        return kind, c & ~records.START_UNKNOWN
    if kind == records.CALL:
        return kind, int(bool(c & records.BY_NUMBER))
    return kind, int(kind == records.TRANSFER and c > 0)


SORTS = (
    *((kind, 0) for kind in (*_WISHES, records.FINISH)),
    *((records.CALL, 1), (records.TRANSFER, 1), (records.PAGER, 1)),
    *((records.DESK, line.OPEN), (records.DESK, line.BREAK)),
)


def _draw(rng: Random, line: Order) -> Ask:
    """Return what somebody in that office does next; it may be refused."""
    wishes = _WISHES
    if line.arrivals >= _CROWDS[line.day % len(_CROWDS)]:
        wishes = _WISHES | {records.ISSUE: 0}
        if rng.random() < 0.4:
            wishes = _LEAVE
    (kind,) = rng.choices(tuple(wishes), tuple(wishes.values()))
    desk = rng.randint(1, _DESKS)
    if kind == records.CALL and line.opened[desk] and rng.random() < 0.9:
        kind = rng.choice((records.ABSENT, records.ABSENT, records.TRANSFER, records.TRANSFER))
    if kind == records.ISSUE:
        return kind, 0, rng.randrange(3), int(rng.random() < 0.25)
    if kind == records.INTAKE:
        return kind, 0, 0, 0 if line.intake else rng.choice(_PAUSES)
    if kind == records.PAGER:
        return kind, 0, rng.randint(1, _PAGERS), rng.choice((0, 1, 1))
    if kind == records.UNDO:
        source = rng.choice([before.source for before in line.undoable.notes] or [desk])
        return kind, source, source, rng.choice((0, 0, 0, 9_000, 11_000))
    if kind in {records.BOOT, records.CLOCK, records.DAY_OPEN, records.DAY_CLOSE}:
        return kind, 0, 0, 0
    return kind, desk, desk, _extra(rng, line, kind, desk)


def _extra(rng: Random, line: Order, kind: int, desk: int) -> int:
    """Return what a desk says with a command."""
    if kind == records.CALL:
        return _one(rng, line, WAITING) if rng.random() < 0.4 else 0
    if kind == records.CANCEL:
        return _one(rng, line, rng.choice((0, WAITING, CALLED, SERVING, HELD, ABSENT)))
    if kind == records.BACK:
        return _one(rng, line, ABSENT)
    if kind == records.RESUME:
        return _one(rng, line, HELD)
    if kind == records.TRANSFER and rng.random() < 0.7:
        return order.TO_DESK + rng.randint(1, _DESKS)
    if kind == records.RECALL:
        return rng.choice((0, 60_000, 60_000))
    if kind == records.DESK:
        return rng.choice([s for s in (0, 1, 1, 1, 2) if s != line.desk_state[desk]])
    return rng.randint(int(kind == records.RATING), 2)


def _one(rng: Random, line: Order, state: int) -> int:
    """Return the arrival of somebody in a state, 0 for nobody."""
    slots = [slot for slot in range(1, line.tickets + 1) if 0 < line.state[slot] < DONE]
    return rng.choice([line.arrival[slot] for slot in slots if line.state[slot] == state] or [0])


def decide(order: Order, record: bytearray, ask: Ask) -> int:
    """Have the line decide; a start and a clock's setting are the station's own to record."""
    kind, source, at, extra = ask
    time = order.ordinal * _TENTHS % records.TIME_MAX
    if kind not in {records.BOOT, records.CLOCK}:
        press = order.pressed[source] % 0xFFFF + 1
        return order.decide(record, kind, source, press, time, at, extra)
    number = order.boots + 1 if kind == records.BOOT else time
    records.fact(record, kind, a=number & 0xFFFF, b=number >> 16)
    records.press(record, 0, 0, time)
    return 0


def press(rng: Random, order: Order, record: bytearray) -> Ask:
    """Let people press until the line takes one; return what it was."""
    while True:
        ask = _draw(rng, order)
        if not decide(order, record, ask):
            return ask


def happen(order: Order, value: bytes, record: bytearray) -> Facts:
    """Let an event happen to a line; return what is true then."""
    records.stamp(record, 0, order.ordinal + 1)
    order.apply(record)
    return Facts(order.ordinal, chain.link(value, sealed(record, value)), picture(order))


def sealed(record: bytearray, value: bytes) -> bytearray:
    """Return an event as the journal keeps it after the chain's `value`: a day's end is sealed."""
    kept = bytearray(record)
    if record[AT_KIND] == records.DAY_CLOSE:
        kept[AT_DESK:AT_TICKET] = kept[AT_C:AT_CRC] = bytes(2)
        kept[AT_NUMBER:AT_A] = bytes(4)
        seal = hmac.digest(KEY, value + kept[AT_KIND:AT_CRC], "sha256")
        kept[AT_DESK:AT_TICKET], kept[AT_C:AT_CRC] = seal[:2], seal[6:8]
        kept[AT_NUMBER:AT_A] = seal[2:6]
    return kept


class Stretch:
    """Events in order, with what is true before the first and after each of them."""

    def __init__(self, seed: int, length: int) -> None:
        """Draw `length` events."""
        rng, order = Random(seed), empty_line()
        self.asked: list[Ask] = []
        self.events: list[bytes] = []
        self.facts = [Facts(0, bytes(chain.SIZE), picture(order))]
        record = bytearray(records.SIZE)
        for _ in range(length):
            self.asked.append(press(rng, order, record))
            self.facts.append(happen(order, self.facts[-1].value, record))
            self.events.append(bytes(record))
