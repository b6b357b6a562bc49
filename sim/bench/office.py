"""An office without an idle moment: the program whose speed is measured, here and on MicroPython.

Owns the commands that are given; the VM is handed this very file as its main.py. Each turn is as
many records as a busy hall makes of so many people: issue, call (which ends the one before),
arrived. It keeps no time and no journal.
"""

from luot.core import records
from luot.core.line.order import Order

WAITING = 100  # in four services, every fifth with priority
TICKETS = 10  # of one turn: shorter than a slice of a processor that others use, too
RECORDS = 3 * TICKETS
_DESKS = 4
_SIZE, _DAY_OPEN, _ISSUE, _CALL, _ARRIVED = 32, 1, 8, 9, 12  # in shipped files they have no name

record = bytearray(_SIZE)
order = Order((15,) * _DESKS)


def give(kind: int, source: int, at: int, extra: int) -> None:
    """Decide a command, stamp its record and let it happen."""
    press = order.pressed[source] % 0xFFFF + 1
    if order.decide(record, kind, source, press, order.ordinal, at, extra):
        raise ValueError("refused")
    records.stamp(record, 0, order.ordinal + 1)
    order.apply(record)


def issue(person: int) -> None:
    """Somebody comes."""
    give(_ISSUE, 0, person % 4, 0 if person % 5 else 1)


def turn(now: int) -> int:
    """Serve the next `TICKETS` people; return the ordinal of the last record."""
    if not order.day_open:
        give(_DAY_OPEN, 0, 0, 0)
        for person in range(WAITING):
            issue(person)
    for person in range(TICKETS):
        desk = 1 + person % _DESKS
        issue(person)
        give(_CALL, desk, desk, 0)
        give(_ARRIVED, desk, desk, 0)
    return order.ordinal
