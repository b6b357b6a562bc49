"""A busy stretch of an office's life, drawn from a seed: what is pressed, what is true.

Owns the commands and what two lines are told apart by. Must never know a journal or a flash: it
says what should be found there.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from luot.core import chain, records
from luot.core.order import Order
from luot.core.ticket import ABSENT

_DESKS, _TICKETS, _PAGERS = 3, 24, 30  # few, so that a checkpoint fits a small ring
_ABSENT_MOST = 4  # nobody brings them back

Ask = tuple[int, int, int, int]  # kind of record, source, at, extra: see Order.decide
START: Ask = (records.BOOT, 0, 0, 0)

OF_TICKETS = ("arrival", "place", "number", "pager", "lane", "state", "overtaken", "calls")
OF_LINES = (
    *("day", "arrivals", "served", "newest", "alive", "ordinal", "time", "boots", "quiet_boots"),
    *("waiting", "counts", "last_call", "last_class", "pressed", "lost"),
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
    known: list[object] = [[getattr(order, name)[slot] for slot in slots] for name in OF_TICKETS]
    known += [_walk(first, order.after.__getitem__, order.arrival) for first in order.head]
    known.append(_walk(order.pagers.first, order.pagers.after, range(order.pagers.size + 1)))
    known.append([order.arrival[slot] if slot else 0 for slot in order.opened])
    known += [getattr(order, name) for name in OF_LINES]
    return hash(repr(known))


def _walk(first: int, after: Callable[[int], int], names: Sequence[int]) -> list[int]:
    met = []
    while first:
        met.append(names[first])
        first = after(first)
    return met


def empty_line() -> Order:
    """Return the line of an office before its first day."""
    return Order((3,) * _DESKS, pagers=_PAGERS, tickets=_TICKETS)


def _draw(rng: Random, order: Order) -> Ask:
    """Return what somebody in that office does next; it may be refused."""
    if not order.day:
        return records.DAY_OPEN, 0, 1, 0
    desk = rng.randint(1, _DESKS)
    kinds = (records.ISSUE, records.CALL, records.ARRIVED, records.RECALL, records.BOOT)
    (kind,) = rng.choices((*kinds, records.ABSENT), (30, 22, 40, 6, 1, 1))
    if kind == records.ISSUE:
        return kind, 0, rng.randrange(2), int(rng.random() < 0.2)
    if kind == records.ABSENT and order.state.count(ABSENT) >= _ABSENT_MOST:
        kind = records.CALL
    return kind, desk, desk, 60_000


def decide(order: Order, record: bytearray, ask: Ask) -> int:
    """Have the line decide; a start and a day's opening are the station's own to record."""
    kind, source, at, extra = ask
    time = order.ordinal % 80_000
    if kind not in {records.BOOT, records.DAY_OPEN}:
        press = order.pressed[source] % 0xFFFF + 1
        return order.decide(record, kind, source, press, time, at, extra)
    records.fact(record, kind, ticket=at, a=order.boots + 1)
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
    return Facts(order.ordinal, chain.link(value, record), picture(order))


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
