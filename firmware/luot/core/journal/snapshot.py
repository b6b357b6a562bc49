"""The order's state as rows of a checkpoint, one after the other.

Owns which rows there are, and in which order. What lies where in them is `rows`, how they are read
back `restore`; where they are kept and when a run of them is complete is `journal`.
"""

from luot.core import records
from luot.core.journal import rows
from luot.core.limits import SERVICES, SOURCES
from luot.core.line.order import Order
from luot.core.line.ticket import WAITING
from luot.core.line.undoable import Before
from luot.core.records import AT_CRC, AT_KIND, AT_ROW
from luot.core.wire import put
from micropython import const

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
    for i in range(AT_ROW, AT_CRC):
        record[i] = 0
    record[AT_KIND] = records.DAY_ROW + section
    after = 0  # where this section's next row begins, 0 when this was its last
    if section == _DAY:
        _put_day(order, record)
    elif section == _COUNTS:
        for i in range(SERVICES):
            put(record, rows.COUNTS + rows.WORD * i, rows.WORD, order.counts[i])
        put(record, rows.COUNT_PAGERS, 2, order.pagers.size)
    elif section == _PRESSED:
        put(record, rows.PRESS_FIRST, 1, at)
        for i in range(at, min(at + rows.PRESSES, SOURCES)):
            put(record, rows.PRESSED + rows.WORD * (i - at), rows.WORD, order.pressed[i])
        after = at + rows.PRESSES if at + rows.PRESSES < SOURCES else 0
    elif section == _DESKS:
        _put_desk(order, record, at + 1)
        after = at + 1 if at + 1 < len(order.services) else 0
    elif section == _FREE:
        after = at or order.pagers.first
        for i in range(rows.PAGERS):
            put(record, rows.FREE + rows.WORD * i, rows.WORD, after)
            after = order.pagers.after(after) if after else 0
    elif section == _TICKETS:
        _put_ticket(order, record, at)
        after = _next_ticket(order, at)
    elif section == _UNDOABLE:
        _put_undo(order, record, order.undoable.notes[at])
        after = at + 1 if at + 1 < len(order.undoable.notes) else 0
    elif section == _TALLY:
        put(record, rows.TALLY_ROW, 1, at)
        rows.save(rows.TALLY, order.tally, at, record)
        after = _next_tally(order, at + 1)
    else:
        _put_office(order, record)
        return 0
    return section << 16 | after if after else _section(order, section + 1)


def _put_office(order: Order, record: bytearray) -> None:
    rows.save(rows.OFFICE, order, -1, record)
    rows.save(rows.OFFICE_TALLY, order.tally, -1, record)
    rows.save(rows.OFFICE_START, order, -1, record)


def _section(order: Order, section: int) -> int:
    """Return the cursor of the first row of a section, or of the next one that has any."""
    if section == _TICKETS:
        first = _next_ticket(order, 0)
        if first:
            return section << 16 | first
        section += 1
    if section == _UNDOABLE and not order.undoable.notes:
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
    rows.save(rows.DAY, order, -1, record)
    record[rows.DAY_QUIET] = min(order.quiet_boots, 255)
    lane, number, pager = order.newest
    put(record, rows.DAY_LANE, 1, lane)
    put(record, rows.DAY_NUMBER, 2, number)
    put(record, rows.DAY_PAGER, 2, pager)


def _put_desk(order: Order, record: bytearray, desk: int) -> None:
    put(record, rows.DESK_DESK, 1, desk)
    rows.save(rows.DESK, order, desk, record)
    for i in range(3):
        rating = order.tally.ratings[3 * desk - 3 + i]
        put(record, rows.DESK_RATINGS + rows.WORD * i, rows.WORD, rating)


def _put_ticket(order: Order, record: bytearray, slot: int) -> None:
    rows.save(rows.TICKET, order, slot, record)
    put(record, rows.TICKET_LANE, 1, order.lane[slot])
    for desk in range(1, len(order.services) + 1):
        if order.opened[desk] == slot:
            put(record, rows.TICKET_DESK, 1, desk)
    put(record, rows.TICKET_SERIES, 1, order.series(slot))


def _put_undo(order: Order, record: bytearray, before: Before) -> None:
    put(record, rows.UNDO_SOURCE, 1, before.source)
    put(record, rows.UNDO_KIND, 1, before.kind)
    put(record, rows.UNDO_TICKET, 2, order.arrival[before.slot])
    rows.save(rows.UNDO, before, -1, record)
    put(record, rows.UNDO_STATES, 1, before.closed_state << 4 | before.state)
    put(record, rows.UNDO_CLOSED, 2, order.arrival[before.closed] if before.closed else 0)
    put(record, rows.UNDO_FLAGS, 1, before.passed << 1 | before.last_class)
