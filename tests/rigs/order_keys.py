"""Keys of a small office for tests that tell a story press by press.

The first few compare each press with the naive line; the last two stand alone.
"""

from luot.core import records
from luot.core.line.order import Order
from luot.core.line.rules import BOUNDED
from tests.rigs.order import INTAKE, Office
from tests.rigs.strategies import Site


def office(services: tuple[int, ...] = (1,), rule: int = BOUNDED, most: int = 3) -> Office:
    """An office on its first day."""
    return Office(Site(services, rule=rule, overtakes_max=most, pagers=99, tickets=99))


def come(made: Office, *classes: int, service: int = 0) -> None:
    """Somebody comes, and somebody else..."""
    for priority in classes:
        assert made.command(records.ISSUE, INTAKE, service, priority) == 0


def press(made: Office, kind: int, desk: int = 1, extra: int = 0) -> int:
    """Press a key of a desk, 0 being the intake, and return the refusal."""
    refusal = made.command(kind, desk, desk, extra)
    made.compare()
    return refusal


def decided(line: Order, kind: int, source: int, at: int, extra: int = 0) -> int:
    """Press a key; what comes of it happens, unless it is refused."""
    record = bytearray(records.SIZE)
    refusal = line.decide(record, kind, source, line.pressed[source] + 1, 0, at, extra)
    if not refusal:
        records.stamp(record, line.ordinal + 1, line.ordinal + 1)
        line.apply(record)
    return refusal


def happened(line: Order, kind: int, source: int = 0, press: int = 0, **facts: int) -> None:
    """Have happen what perhaps nobody could have decided, after a loss."""
    record = bytearray(records.SIZE)
    records.fact(record, kind, **facts)
    records.press(record, source, press, 0)
    records.stamp(record, line.ordinal + 1, line.ordinal + 1)
    line.apply(record)
