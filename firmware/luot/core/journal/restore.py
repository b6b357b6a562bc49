"""A line before anything happened, and a checkpoint put into it: needed at a start only.

Owns what is forgotten, and reading bytes 8..27 of the rows (SPEC.md 2.4) that `snapshot` writes.
"""

from luot.core import records
from luot.core.limits import SERVICES, SOURCES
from luot.core.line.history import History
from luot.core.line.line import CLOSED, UNKNOWN
from luot.core.line.notes import Before
from luot.core.line.order import Order
from luot.core.line.premises import open_day
from luot.core.line.ticket import CALLED, DONE, SERVING, WAITING
from luot.core.wire import get
from micropython import const

_PRESSES = const(9)  # sources in one row
_PAGERS = const(10)  # free pagers in one row


def clear(line: History) -> None:
    """Forget everything: an office before its first day, with all pagers in."""
    line.ordinal = line.boots = line.lost = line.quiet_boots = line.time = line.alive = 0
    line.undoable.clear()
    for row in range(len(line.head)):
        line.head[row] = line.tail[row] = 0
    for lane in range(len(line.waiting)):
        line.waiting[lane] = 0
    for desk in range(len(line.opened)):
        line.opened[desk] = line.last_call[desk] = line.last_class[desk] = 0
        line.desk_state[desk] = CLOSED
        line.called_at[desk] = line.served_from[desk] = UNKNOWN
    for source in range(SOURCES):
        line.pressed[source] = 0
    for slot in range(line.tickets + 1):
        line.state[slot] = 0
        line.after[slot] = slot + 1 if slot < line.tickets else 0
    line.unused = 1
    line.pagers.fill()
    open_day(line, 0)
    line.day_open = 0
    line.tally.visits = line.tally.mean = 0


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
        _desk(order, record, at)
    elif kind == records.PAGER_ROW:
        for i in range(_PAGERS):
            order.pagers.give(get(record, 8 + 2 * i, 2))
    elif kind == records.TICKET_ROW:
        _ticket(order, record)
    elif kind == records.UNDO_ROW:
        _undo(order, record)
    elif kind == records.TALLY_ROW:
        _tally(order, record)
    elif kind == records.OFFICE_ROW:
        order.day_open = record[8]
        order.intake = record[9]
        order.tally.visits = record[10]
        order.tally.mean = get(record, 11, 4)
        order.tally.untimed = get(record, 15, 2)


def _desk(order: Order, record: bytearray, at: int) -> None:
    order.last_call[at] = get(record, 9, 3)
    order.last_class[at] = record[12]
    order.desk_state[at] = record[13]
    order.called_at[at] = get(record, 14, 2)
    order.served_from[at] = get(record, 16, 2)
    order.unrated[at] = record[24]
    for i in range(3 if 3 * at <= len(order.tally.ratings) else 0):
        order.tally.ratings[3 * at - 3 + i] = get(record, 18 + 2 * i, 2)


def _ticket(order: Order, record: bytearray) -> None:
    slot = order.unused
    if not slot:
        return
    order.unused = order.after[slot]
    order.arrival[slot] = get(record, 8, 2)
    order.place[slot] = get(record, 10, 2)
    order.number[slot] = get(record, 12, 2)
    order.pager[slot] = get(record, 14, 2)
    order.relane(slot, record[16], record[24])
    order.state[slot] = record[17]
    order.overtaken[slot] = record[19]
    order.calls[slot] = record[20]
    order.since[slot] = get(record, 21, 2)
    order.bound[slot] = record[23]
    if record[17] != DONE:
        order.revive(slot)
    if record[17] == WAITING:
        order.enqueue(slot)
    elif record[17] in (CALLED, SERVING):
        order.opened[record[18]] = slot


def _undo(order: Order, record: bytearray) -> None:
    before = Before(record[8], record[9], _slot(order, get(record, 10, 2)))
    before.place = get(record, 12, 2)
    before.lane = record[14]
    before.bound = record[15]
    before.state = record[16] & 15
    before.closed_state = record[16] >> 4
    before.calls = record[17]
    before.closed = _slot(order, get(record, 18, 2))
    before.last_class = record[20] & 1
    before.passed = record[20] >> 1
    before.last_call = get(record, 21, 3)
    before.wait_s = get(record, 24, 2)
    before.service_s = get(record, 26, 2)
    order.undoable.append(before)


def _slot(order: Order, ticket: int) -> int:
    """Return the slot of a ticket, one that is done too; 0 for none."""
    for slot in range(1, order.tickets + 1):
        if ticket and order.state[slot] and order.arrival[slot] == ticket:
            return slot
    return 0


def _tally(order: Order, record: bytearray) -> None:
    tally, at = order.tally, record[8]
    if at >= tally.rows:
        return  # the settings have fewer desks by now
    tally.served[at] = get(record, 9, 2)
    tally.absent[at] = get(record, 11, 2)
    tally.waits[at] = get(record, 13, 2)
    tally.wait_s[at] = get(record, 15, 4)
    tally.worst[at] = get(record, 19, 2)
    tally.services[at] = get(record, 21, 2)
    tally.service_s[at] = get(record, 23, 4)
