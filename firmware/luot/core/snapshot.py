"""The order's state as rows of a checkpoint, and back.

Owns bytes 8..27 of the rows (SPEC.md 2.4). A row is a record of a kind of its own; where it is
kept and when a run of rows is complete is `journal`.
"""

from luot.core import records
from luot.core.limits import SERVICES, SOURCES
from luot.core.order import Order
from luot.core.ticket import CALLED, SERVING, WAITING
from luot.core.wire import get, put
from micropython import const

_PRESSES = const(9)  # sources in one row
_DESKS = const(4)  # desks in one row
_PAGERS = const(10)  # free pagers in one row, in the order they will be handed out

# Sections of a cursor (section << 16 | position), in the order of the row kinds.
_DAY = const(0)
_COUNTS = const(1)
_PRESSED = const(2)
_OF_DESKS = const(3)
_FREE = const(4)
_TICKETS = const(5)


def row(order: Order, cursor: int, record: bytearray) -> int:
    """Fill `record` with the row at `cursor` (0 at first); return the next cursor, 0 at the end.

    The line must not change between the first row and the last.
    """
    section, at = cursor >> 16, cursor & 0xFFFF
    for i in range(8, 28):
        record[i] = 0
    record[7] = records.DAY_ROW + section
    after = 0  # where this section's next row begins, 0 when this was its last
    if section == _DAY:
        _put_day(order, record)
    elif section == _COUNTS:
        for i in range(SERVICES):
            put(record, 8 + 2 * i, 2, order.counts[i])
        put(record, 24, 2, order.pagers.size)
    elif section == _PRESSED:
        put(record, 8, 1, at)
        for i in range(at, min(at + _PRESSES, SOURCES)):
            put(record, 10 + 2 * (i - at), 2, order.pressed[i])
        after = at + _PRESSES if at + _PRESSES < SOURCES else 0
    elif section == _OF_DESKS:
        put(record, 8, 1, at)
        desks = len(order.services)
        for i in range(at, min(at + _DESKS, desks)):
            put(record, 9 + 4 * (i - at), 3, order.last_call[i + 1])
            put(record, 12 + 4 * (i - at), 1, order.last_class[i + 1])
        after = at + _DESKS if at + _DESKS < desks else 0
    elif section == _FREE:
        after = at or order.pagers.first
        for i in range(_PAGERS):
            put(record, 8 + 2 * i, 2, after)
            after = order.pagers.after(after) if after else 0
    else:
        _put_ticket(order, record, at)
        after = _next_ticket(order, at)
    if after:
        return section << 16 | after
    if section >= _FREE:
        first = _next_ticket(order, 0) if section == _FREE else 0
        return _TICKETS << 16 | first if first else 0
    return section + 1 << 16


def _next_ticket(order: Order, slot: int) -> int:
    """Return the slot after `slot`, 0 for the first: lanes in order of place, then the rest."""
    lane = -1
    if slot and order.state[slot] == WAITING:
        if order.after[slot]:
            return order.after[slot]
        lane = order.lane[slot]
        slot = 0
    if not slot:
        for other in range(lane + 1, 2 * SERVICES):
            if order.head[other]:
                return order.head[other]
    for other in range(slot + 1, order.tickets + 1):
        if order.state[other] > WAITING:
            return other
    return 0


def _put_day(order: Order, record: bytearray) -> None:
    put(record, 8, 2, order.day)
    put(record, 10, 2, order.arrivals)
    put(record, 12, 2, order.served)
    put(record, 14, 3, order.time)
    put(record, 17, 4, order.boots)
    put(record, 21, 1, min(order.quiet_boots, 255))
    lane, number, pager = order.newest
    put(record, 22, 1, lane)
    put(record, 23, 2, number)
    put(record, 25, 2, pager)


def _put_ticket(order: Order, record: bytearray, slot: int) -> None:
    put(record, 8, 2, order.arrival[slot])
    put(record, 10, 2, order.place[slot])
    put(record, 12, 2, order.number[slot])
    put(record, 14, 2, order.pager[slot])
    put(record, 16, 1, order.lane[slot])
    put(record, 17, 1, order.state[slot])
    for desk in range(1, len(order.services) + 1):
        if order.opened[desk] == slot:
            put(record, 18, 1, desk)
    put(record, 19, 1, order.overtaken[slot])
    put(record, 20, 1, order.calls[slot])


def restore(order: Order, record: bytearray) -> None:
    """Put one row into an order that was cleared and whose pagers were emptied."""
    kind, at = record[7], record[8]
    order.ordinal = records.ordinal(record)
    if kind == records.DAY_ROW:
        order.day = get(record, 8, 2)
        order.arrivals = get(record, 10, 2)
        order.served = get(record, 12, 2)
        order.time = get(record, 14, 3)
        order.boots = get(record, 17, 4)
        order.quiet_boots = record[21]
        order.newest = (record[22], get(record, 23, 2), get(record, 25, 2))
    elif kind == records.COUNT_ROW:
        for i in range(SERVICES):
            order.counts[i] = get(record, 8 + 2 * i, 2)
        for pager in range(get(record, 24, 2) + 1, order.pagers.size + 1):
            order.pagers.give(pager)  # bought since
    elif kind == records.PRESS_ROW:
        for i in range(at, min(at + _PRESSES, SOURCES)):
            order.pressed[i] = get(record, 10 + 2 * (i - at), 2)
    elif kind == records.DESK_ROW:
        for i in range(at, min(at + _DESKS, len(order.services))):
            order.last_call[i + 1] = get(record, 9 + 4 * (i - at), 3)
            order.last_class[i + 1] = record[12 + 4 * (i - at)]
    elif kind == records.PAGER_ROW:
        for i in range(_PAGERS):
            order.pagers.give(get(record, 8 + 2 * i, 2))
    elif kind == records.TICKET_ROW:
        _restore_ticket(order, record)


def _restore_ticket(order: Order, record: bytearray) -> None:
    slot = order.take()
    if not slot:
        return
    order.arrival[slot] = get(record, 8, 2)
    order.place[slot] = get(record, 10, 2)
    order.number[slot] = get(record, 12, 2)
    order.pager[slot] = get(record, 14, 2)
    order.pagers.take(order.pager[slot])
    order.lane[slot] = record[16]
    order.state[slot] = record[17]
    order.overtaken[slot] = record[19]
    order.calls[slot] = record[20]
    if record[17] == WAITING:
        order.enqueue(slot)
    elif record[17] in (CALLED, SERVING):
        order.opened[record[18]] = slot
