"""What concerns no ticket in line: desks, intake, pagers, days, starts, ratings.

Owns what may be done about them, as `order` does for tickets, and what happens then, as `history`
does: written from a record's facts alone, and total. At the end of a day that concerns everybody's
ticket. Imported when it is needed: a few times a day.
"""

from luot.core import records
from luot.core.limits import DAYS, DESKS, SERVICES, SOURCES
from luot.core.line.history import History
from luot.core.line.line import CLOSED, OPEN, OWN_ROWS, UNKNOWN
from luot.core.line.order import Order
from luot.core.line.refusals import ALIVE, DAY_OVER, REPEATED, WRONG
from luot.core.line.ticket import ABSENT, HELD
from luot.core.line.undoable import Before
from luot.core.records import AT_A, AT_B, AT_C, AT_D, AT_DESK, AT_PAGER, AT_SOURCE, AT_TICKET
from luot.core.wire import get


def decide(order: Order, record: bytearray, kind: int, at: int, extra: int) -> int:
    """Turn a command into `record` and return 0, or return the refusal: see `Order.decide`."""
    if kind == records.DESK:
        if extra == order.desk_state[at]:
            return WRONG
        c = extra | order.unknown(at)
        a, d = order.closes(at), order.services[at - 1]
        records.fact(record, kind, desk=at, a=a, c=c, d=d)
    elif kind == records.RATING:
        if not order.unrated[at]:
            return REPEATED
        records.fact(record, kind, desk=at, c=extra)
    elif kind == records.INTAKE:
        if not order.day_open:
            return DAY_OVER
        records.fact(record, kind, c=extra)
    elif kind == records.PAGER:
        if not 0 < at <= order.pagers.size:
            return WRONG
        slot = order.holder(at)
        if extra and (order.pagers.has(at) or (slot and order.state[slot] != ABSENT)):
            return WRONG
        if not extra and not slot and not order.pagers.has(at):
            return WRONG
        ticket = order.arrival[slot] if slot else 0
        records.fact(record, kind, ticket=ticket, pager=at, c=extra)
    elif order.alive:
        return ALIVE
    elif kind == records.DAY_OPEN:
        if order.day_open:
            return WRONG
        a, b, c, d = extra & 0xFFFF, extra >> 16, order.rule, order.overtakes_max
        records.fact(record, kind, ticket=next_day(order), a=a, b=b, c=c, d=d)
    elif not order.day_open:
        return DAY_OVER
    else:
        records.fact(record, kind, ticket=order.day, a=order.arrivals, b=order.served)
    return 0


def decide_end(order: Order, record: bytearray, slot: int, time: int) -> None:
    """Turn the end of the day, for whoever still holds a number, into `record`."""
    order.about(record, records.CANCEL, 0, slot, c=1)
    records.press(record, 0, 0, time)


def clear(line: History) -> None:
    """Forget everything: an office before its first day, with all pagers in."""
    line.begun_as = -1
    line.ordinal = line.boots = line.lost = line.quiet_boots = line.time = line.alive = 0
    line.started = 0
    line.undoable.notes.clear()
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


def happen(line: History, record: bytearray, kind: int) -> None:
    """Let such an event happen; one of an unknown kind is none."""
    if kind == records.BOOT:
        _start(line, record)
    elif kind == records.DAY_OPEN:
        open_day(line, get(record, AT_TICKET, 2))
        for desk in range(DESKS + 1):
            line.desk_state[desk] = CLOSED
    elif kind == records.DAY_CLOSE:
        _empty(line)
        line.day, line.day_open = max(line.day, get(record, AT_TICKET, 2)), 0
        line.arrivals, line.served = get(record, AT_A, 2), get(record, AT_B, 2)
        for desk in range(DESKS + 1):
            line.unrated[desk] = 0  # its figures are kept now
    elif kind == records.DESK:
        _desk(line, record)
    elif kind == records.INTAKE:
        line.intake = record[AT_C]
    elif kind == records.PAGER:
        _tell_pager(line, get(record, AT_PAGER, 2), record[AT_C])


def _start(line: History, record: bytearray) -> None:
    """After a start nothing can be undone, and no interval that it lies in was measured.

    With fewer desks than before, who was open at one that is gone is on hold.
    """
    line.boots = get(record, AT_A, 4)
    line.begun_as = record[AT_DESK] << 16 | record[AT_C] << 8 | record[AT_D]
    line.started = line.ordinal
    line.quiet_boots += 1
    line.undoable.shut_all()
    for slot in range(1, line.tickets + 1):
        line.since[slot] = UNKNOWN
    for desk in range(DESKS + 1):
        line.called_at[desk] = line.served_from[desk] = UNKNOWN
        if 0 < record[AT_DESK] < desk:
            if line.opened[desk]:
                slot = line.opened[desk]
                line.leave(slot)
                line.state[slot] = HELD
            line.desk_state[desk] = CLOSED
            line.last_call[desk] = line.last_class[desk] = line.unrated[desk] = 0
            _fold(line, desk)


def next_day(line: History) -> int:
    """Return the number of the day that comes next."""
    return line.day % DAYS + 1


def open_day(line: History, day: int) -> None:
    """A day begins: nobody is there, all is counted from one."""
    _empty(line)
    line.day = day
    line.day_open = 1
    line.arrivals = line.served = line.intake = 0
    line.newest = (0, 0, 0)
    for service in range(SERVICES):
        line.counts[service] = 0
    for desk in range(DESKS + 1):
        line.unrated[desk] = 0
    line.tally.clear()


def _empty(line: History) -> None:
    """At either end of a day nobody is there, and nothing can be undone."""
    line.undoable.shut_all()
    if line.alive:  # how they left was lost
        for slot in range(1, line.tickets + 1):
            if line.state[slot]:
                line.end(slot, line.state[slot] != ABSENT)
                line.release(slot)


def _desk(line: History, record: bytearray) -> None:
    """A desk opens, has a break or closes; who was there was served."""
    desk, closed = record[AT_DESK], get(record, AT_A, 2)
    slot = line.find(closed, desk) if closed else 0
    if slot:
        line.close(slot, desk, Before(record[AT_SOURCE], records.DESK, slot))
        line.release(slot)
    line.desk_state[desk] = record[AT_C] & ~records.START_UNKNOWN
    _fold(line, desk)


def _fold(line: History, desk: int) -> None:
    """Put who waits for a desk that is not open back into their lanes."""
    if line.desk_state[desk] == OPEN:
        return
    for row in (OWN_ROWS + 2 * desk - 2, OWN_ROWS + 2 * desk - 1):
        while line.head[row]:
            slot = line.head[row]
            line.undoable.touch(slot)
            line.dequeue(slot)
            line.bound[slot] = 0
            line.enqueue(slot)
            line.undoable.touch(slot)
    for slot in range(1, line.tickets + 1):
        if line.bound[slot] == desk:
            line.bound[slot] = 0


def _tell_pager(line: History, pager: int, found: int) -> None:
    """A pager is lost or found. Whoever was absent with it is not expected any more."""
    line.undoable.settle(pager, False, 0)
    slot = line.holder(pager)
    if slot:
        line.undoable.touch(slot)
        gone = line.state[slot] == ABSENT
        if not found:
            line.pager[slot] = 0
        if gone:
            line.end(slot)
            line.release(slot)
    elif found:
        line.pagers.give(pager)
    else:
        line.pagers.take(pager)
