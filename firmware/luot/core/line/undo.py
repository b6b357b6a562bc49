"""Undo: whether the last press of a source may be taken back, and how that is done.

What it changed is in `undoable`. Imported when it is needed: a few times a day.
"""

from luot.core import records
from luot.core.line.history import History
from luot.core.line.line import OPEN, UNKNOWN
from luot.core.line.order import Order
from luot.core.line.refusals import TOO_LATE, TOUCHED
from luot.core.line.ticket import ABSENT, CALLED, DONE, SERVING, WAITING
from luot.core.line.undoable import Before
from luot.core.records import AT_C, AT_D, AT_DESK, AT_SOURCE, AT_TICKET
from luot.core.wire import get
from micropython import const

UNDO_MS = const(10_000)
# What ends nobody's service.
_TO_DESK = (records.CALL, records.RECALL, records.ARRIVED, records.RESUME)


def decide(order: Order, record: bytearray, source: int, desk: int, since_ms: int) -> int:
    """Turn an undo into `record` and return 0, or return the refusal: see `Order.decide`."""
    before = order.undoable.before_of(source)
    if since_ms > UNDO_MS:
        return TOO_LATE
    if not before:
        return TOUCHED
    if before.state in (CALLED, SERVING) and order.opened[desk] not in (0, before.slot):
        return TOUCHED
    press, services = order.pressed[source], order.services[desk - 1] if desk else 0
    order.about(record, records.UNDO, desk, before.slot, a=press, c=before.kind, d=services)
    return 0


def happen(line: History, record: bytearray) -> None:
    """Put back what the last press of a source changed."""
    before, desk, kind = line.undoable.before_of(record[AT_SOURCE]), record[AT_DESK], record[AT_C]
    if not before or before.kind != kind or line.arrival[before.slot] != get(record, AT_TICKET, 2):
        line.undoable.shut(before)
        _without_press(line, record)
        return
    line.undoable.notes.remove(before)
    slot, closed = before.slot, before.closed
    line.undoable.touch(slot)
    _uncount(line, before, desk)
    if kind == records.ISSUE:
        line.end(slot)
        line.release(slot)
        return
    if before.passed:
        line.overtake(desk, record[AT_D], slot, -1)
    if line.state[slot] == DONE:
        line.revive(slot)
    else:
        line.leave(slot)
    line.place[slot], line.calls[slot] = before.place, before.calls
    line.relane(slot, before.lane, line.series(slot))
    line.bound[slot] = before.bound
    if before.bound and line.desk_state[before.bound] != OPEN:
        line.bound[slot] = 0
    line.state[slot] = before.state
    if before.state == WAITING:
        line.enqueue(slot)
        line.undoable.touch(slot)
    elif before.state in (CALLED, SERVING):
        if closed or not desk or line.opened[desk]:
            # A loss: the desk has somebody else. Absent, it can be called back.
            line.state[slot] = ABSENT
        else:
            line.opened[desk] = slot
    if closed:
        line.revive(closed)
        line.state[closed] = SERVING if before.closed_state == SERVING else CALLED
        line.opened[desk] = closed


def _without_press(line: History, record: bytearray) -> None:
    """Undo a press that was lost: of a CALL of A005 and its UNDO, say, only the UNDO can be read.

    There is nothing to put back: A005 is here and waits, as before the call. Was the press an
    ISSUE, nobody is here.
    """
    slot = line.adopt(record)
    line.vanish(slot if record[AT_C] == records.ISSUE else 0)


def _uncount(line: History, before: Before, desk: int) -> None:
    """Take back what the press counted."""
    tally, kind = line.tally, before.kind
    service = before.lane >> 1
    if kind in (records.CALL, records.RECALL, records.RESUME):
        line.last_call[desk] = before.last_call
    if kind in (records.CALL, records.RESUME):
        line.last_class[desk] = before.last_class
        line.called_at[desk] = UNKNOWN
        if before.state == WAITING:
            tally.waited(service, desk, before.wait_s, -1)
    if kind == records.ABSENT:
        tally.missed(service, desk, -1)
    if kind == records.FINISH or before.closed:
        served = line.lane[before.closed or before.slot] >> 1
        tally.worked(served, desk, before.service_s, 1, -1)
        line.serve(-1)
    elif before.state == SERVING and kind not in _TO_DESK:
        tally.worked(service, desk, before.service_s, 0, -1)
