"""The figures of a day as a small file, kept when the day is closed.

Owns its name and its lines (SPEC.md 2.10). A file that was kept stays: after a loss there is less
to make it of.
"""

from luot.core.limits import DAYS_KEPT, SERVICES
from luot.core.line.history import History

_HEAD = "what,served,absent,waits,wait_s,worst_s,services,service_s,good,fair,bad\n"


def name(day: int) -> str:
    """Return the name of a day's file: so many days are kept."""
    return "day-%03d.csv" % (day % DAYS_KEPT)


def keep(files, order: History, services: "tuple[str, ...]") -> bool:
    """Keep the figures of the day that was closed in one of the box's `files`; say whether."""
    made = text(order, services)
    # Day, issued, served: as the record of the day's end says, whatever else was lost.
    head = made[: made.rindex(b",", 0, made.index(b"what")) + 1]
    try:
        if not files.begins(name(order.day), head):
            files.replace(name(order.day), made)
    except OSError:
        return False
    return True


def text(order: History, services: "tuple[str, ...]") -> bytes:
    """Return the file of the day that is on, or was closed; `services` as in the settings."""
    tally = order.tally
    made = "day,issued,served,untimed\n%d,%d,%d,%d\n" % (
        order.day,
        order.arrivals,
        order.served,
        tally.untimed,
    )
    made += _HEAD
    for row in range(SERVICES + len(order.services)):
        if row < SERVICES:
            if row >= len(services):
                continue
            what = services[row][0]
        else:
            what = "%d" % (row - SERVICES + 1)
        made += "%s,%d,%d,%d,%d,%d,%d,%d" % (
            what,
            tally.served[row],
            tally.absent[row],
            tally.waits[row],
            tally.wait_s[row],
            tally.worst[row],
            tally.services[row],
            tally.service_s[row],
        )
        for i in range(3):
            made += ",%d" % tally.ratings[3 * (row - SERVICES) + i] if row >= SERVICES else ","
        made += "\n"
    return made.encode()
