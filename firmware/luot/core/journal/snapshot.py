"""The order's state as rows of a checkpoint, and back.

Owns bytes 8..27 of the rows (SPEC.md 2.4). A row is a record of a kind of its own; where it is
kept and when a run of rows is complete is `journal`.
"""

from luot.core import records
from luot.core.limits import SERVICES, SOURCES
from luot.core.line.notes import Before
from luot.core.line.order import Order
from luot.core.line.ticket import WAITING
from luot.core.wire import put
from micropython import const

_PRESSES = const(9)  # sources in one row
_PAGERS = const(10)  # free pagers in one row, in the order they will be handed out

# Sections of a cursor (section << 16 | position), in the order of the row kinds.
_DAY = const(0)
_COUNTS = const(1)
_PRESSED = const(2)
_DESKS = const(3)
_FREE = const(4)
_TICKETS = const(5)
_UNDOABLE = const(6)
_TALLY = const(7)
_OFFICE = const(8)


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
    elif section == _DESKS:
        _put_desk(order, record, at + 1)
        after = at + 1 if at + 1 < len(order.services) else 0
    elif section == _FREE:
        after = at or order.pagers.first
        for i in range(_PAGERS):
            put(record, 8 + 2 * i, 2, after)
            after = order.pagers.after(after) if after else 0
    elif section == _TICKETS:
        _put_ticket(order, record, at)
        after = _next_ticket(order, at)
    elif section == _UNDOABLE:
        _put_undo(order, record, order.undoable[at])
        after = at + 1 if at + 1 < len(order.undoable) else 0
    elif section == _TALLY:
        _put_tally(order, record, at)
        after = _next_tally(order, at + 1)
    else:
        _put_office(order, record)
        return 0
    return section << 16 | after if after else _section(order, section + 1)


def _section(order: Order, section: int) -> int:
    """Return the cursor of the first row of a section, or of the next one that has any."""
    if section == _TICKETS:
        first = _next_ticket(order, 0)
        if first:
            return section << 16 | first
        section += 1
    if section == _UNDOABLE and not order.undoable:
        section += 1
    return section << 16


def _next_ticket(order: Order, slot: int) -> int:
    """Return the slot after `slot`, 0 for the first: rows in order of place, then the rest."""
    line = -1
    if slot and order.state[slot] == WAITING:
        if order.after[slot]:
            return order.after[slot]
        line = order.row(slot)
        slot = 0
    if not slot:
        for other in range(line + 1, len(order.head)):
            if order.head[other]:
                return order.head[other]
    for other in range(slot + 1, order.tickets + 1):
        if order.state[other] > WAITING:
            return other
    return 0


def _next_tally(order: Order, row: int) -> int:
    """Return the first row from `row` on that holds more than zeros, 0 for none."""
    tally = order.tally
    while row < tally.rows:
        if tally.served[row] or tally.absent[row] or tally.waits[row]:
            return row
        if tally.worst[row] or tally.services[row] or tally.service_s[row]:
            return row
        row += 1
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


def _put_desk(order: Order, record: bytearray, desk: int) -> None:
    put(record, 8, 1, desk)
    put(record, 9, 3, order.last_call[desk])
    put(record, 12, 1, order.last_class[desk])
    put(record, 13, 1, order.desk_state[desk])
    put(record, 14, 2, order.called_at[desk])
    put(record, 16, 2, order.served_from[desk])
    put(record, 24, 1, order.unrated[desk])
    for i in range(3):
        put(record, 18 + 2 * i, 2, order.tally.ratings[3 * desk - 3 + i])


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
    put(record, 21, 2, order.since[slot])
    put(record, 23, 1, order.bound[slot])
    put(record, 24, 1, order.series(slot))


def _put_undo(order: Order, record: bytearray, before: Before) -> None:
    put(record, 8, 1, before.source)
    put(record, 9, 1, before.kind)
    put(record, 10, 2, order.arrival[before.slot])
    put(record, 12, 2, before.place)
    put(record, 14, 1, before.lane)
    put(record, 15, 1, before.bound)
    put(record, 16, 1, before.closed_state << 4 | before.state)
    put(record, 17, 1, before.calls)
    put(record, 18, 2, order.arrival[before.closed] if before.closed else 0)
    put(record, 20, 1, before.passed << 1 | before.last_class)
    put(record, 21, 3, before.last_call)
    put(record, 24, 2, before.wait_s)
    put(record, 26, 2, before.service_s)


def _put_tally(order: Order, record: bytearray, at: int) -> None:
    tally = order.tally
    put(record, 8, 1, at)
    put(record, 9, 2, tally.served[at])
    put(record, 11, 2, tally.absent[at])
    put(record, 13, 2, tally.waits[at])
    put(record, 15, 4, tally.wait_s[at])
    put(record, 19, 2, tally.worst[at])
    put(record, 21, 2, tally.services[at])
    put(record, 23, 4, tally.service_s[at])


def _put_office(order: Order, record: bytearray) -> None:
    put(record, 8, 1, order.day_open)
    put(record, 9, 1, order.intake)
    put(record, 10, 1, order.tally.visits)
    put(record, 11, 4, order.tally.mean)
    put(record, 15, 2, order.tally.untimed)
