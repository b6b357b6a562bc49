"""What a start has to say: that there was one, under which rule; the clock; the first day.

Needed then only, after R9 and before any key (R10). Owns the records that no key and no citizen
caused.
"""

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.limits import QUIET_STARTS
from luot.core.line.order import Order


def record(journal: Journal, order: Order, time: int, wall_s: int) -> bool:
    """Append them; `time` as in a record, `wall_s` is the clock on the wall, 0 if not set.

    Return whether there was anything to be said: a box that restarts in a loop says no more after
    QUIET_STARTS of them, since each is as the one before.
    """
    rule, most = order.rule, order.overtakes_max
    begun_as = len(order.services) << 16 | rule << 8 | most
    if order.day and order.quiet_boots >= QUIET_STARTS and order.begun_as == begun_as:
        return False
    # Kind, desk, day, a number of 32 bits in a and b, c, d.
    said = [(records.BOOT, len(order.services), 0, order.boots + 1, rule, most)]
    if wall_s:
        said.append((records.CLOCK, 0, 0, wall_s, 0, 0))
    if not order.day:
        said.append((records.DAY_OPEN, 0, 1, wall_s, rule, most))
    for kind, desk, day, n, c, d in said:
        made = bytearray(records.SIZE)
        records.fact(made, kind, desk, 0, day, 0, 0, n & 0xFFFF, n >> 16, c, d)
        records.press(made, 0, 0, time)
        journal.append(made)
    return True
