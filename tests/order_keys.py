"""Keys of a small office for tests that tell a story press by press; each press is compared."""

from luot.core import records
from luot.core.turn import BOUNDED
from tests.order_bench import INTAKE, Office
from tests.strategies import Site


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
