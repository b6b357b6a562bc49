"""A checkpoint put into a line before anything happened: needed at a start only.

Owns reading bytes 8..27 of the rows (SPEC.md 2.4) that `snapshot` writes.
"""

from luot.core import records
from luot.core.journal import rows
from luot.core.limits import SERVICES, SOURCES
from luot.core.line.order import Order
from luot.core.line.ticket import CALLED, DONE, SERVING, WAITING
from luot.core.line.undoable import Before
from luot.core.records import AT_KIND
from luot.core.wire import get


def restore(order: Order, record: bytearray) -> None:
    """Put one row into an order that was cleared and whose pagers were emptied."""
    kind = record[AT_KIND]
    order.ordinal = records.ordinal(record)
    if kind == records.DAY_ROW:
        rows.load(rows.DAY, order, -1, record)
        order.quiet_boots = record[rows.DAY_QUIET]
        lane, number = record[rows.DAY_LANE], get(record, rows.DAY_NUMBER, 2)
        order.newest = (lane, number, get(record, rows.DAY_PAGER, 2))
    elif kind == records.COUNT_ROW:
        for i in range(SERVICES):
            order.counts[i] = _word(record, rows.COUNTS, i)
        for pager in range(get(record, rows.COUNT_PAGERS, 2) + 1, order.pagers.size + 1):
            order.pagers.give(pager)  # bought since
    elif kind == records.PRESS_ROW:
        at = record[rows.PRESS_FIRST]
        for i in range(at, min(at + rows.PRESSES, SOURCES)):
            order.pressed[i] = _word(record, rows.PRESSED, i - at)
    elif kind == records.DESK_ROW:
        _desk(order, record, record[rows.DESK_DESK])
    elif kind == records.PAGER_ROW:
        for i in range(rows.PAGERS):
            order.pagers.give(_word(record, rows.FREE, i))
    elif kind == records.TICKET_ROW:
        _ticket(order, record)
    elif kind == records.UNDO_ROW:
        _undo(order, record)
    elif kind == records.TALLY_ROW:
        if record[rows.TALLY_ROW] < order.tally.rows:  # else the settings have fewer desks by now
            rows.load(rows.TALLY, order.tally, record[rows.TALLY_ROW], record)
    elif kind == records.OFFICE_ROW:
        rows.load(rows.OFFICE, order, -1, record)
        rows.load(rows.OFFICE_TALLY, order.tally, -1, record)
        rows.load(rows.OFFICE_START, order, -1, record)


def _word(record: bytearray, at: int, i: int) -> int:
    """Return a value of a list of u16."""
    return get(record, at + rows.WORD * i, rows.WORD)


def _desk(order: Order, record: bytearray, at: int) -> None:
    rows.load(rows.DESK, order, at, record)
    for i in range(3 if 3 * at <= len(order.tally.ratings) else 0):
        order.tally.ratings[3 * at - 3 + i] = _word(record, rows.DESK_RATINGS, i)


def _ticket(order: Order, record: bytearray) -> None:
    slot = order.unused
    if not slot:
        return
    order.unused = order.after[slot]
    rows.load(rows.TICKET, order, slot, record)
    order.relane(slot, record[rows.TICKET_LANE], record[rows.TICKET_SERIES])
    state = order.state[slot]
    if state != DONE:
        order.revive(slot)
    if state == WAITING:
        order.enqueue(slot)
    elif state in (CALLED, SERVING):
        order.opened[record[rows.TICKET_DESK]] = slot


def _undo(order: Order, record: bytearray) -> None:
    slot = _slot(order, get(record, rows.UNDO_TICKET, 2))
    before = Before(record[rows.UNDO_SOURCE], record[rows.UNDO_KIND], slot)
    rows.load(rows.UNDO, before, -1, record)
    before.state = record[rows.UNDO_STATES] & 15
    before.closed_state = record[rows.UNDO_STATES] >> 4
    before.closed = _slot(order, get(record, rows.UNDO_CLOSED, 2))
    before.last_class = record[rows.UNDO_FLAGS] & 1
    before.passed = record[rows.UNDO_FLAGS] >> 1
    order.undoable.notes.append(before)


def _slot(order: Order, ticket: int) -> int:
    """Return the slot of a ticket, one that is done too; 0 for none."""
    for slot in range(1, order.tickets + 1):
        if ticket and order.state[slot] and order.arrival[slot] == ticket:
            return slot
    return 0
