"""The rows of a checkpoint: which field lies where (SPEC.md 2.4), told once for both ways.

Owns bytes 8..27 of each kind of row. A field has the name of what it comes from: an attribute of
the line, of its tally or of a `Before`, or one element of such an attribute. What is no such
copy has its place's name instead, by which `snapshot` puts it there and `restore` reads it.
"""

from luot.core.wire import get, put
from micropython import const

PRESSES = const(9)  # sources in one row
PAGERS = const(10)  # free pagers in one row, in the order they will be handed out
WORD = const(2)  # bytes of each value in a list

# fmt: off
DAY_QUIET     = const(21)
DAY_LANE      = const(22)  # of the ticket issued last; so are the next two
DAY_NUMBER    = const(23)
DAY_PAGER     = const(25)
COUNTS        = const(8)
COUNT_PAGERS  = const(24)
PRESS_FIRST   = const(8)
PRESSED       = const(10)
DESK_DESK     = const(8)
DESK_RATINGS  = const(18)
FREE          = const(8)
TICKET_LANE   = const(16)
TICKET_DESK   = const(18)
TICKET_SERIES = const(24)
UNDO_SOURCE   = const(8)
UNDO_KIND     = const(9)
UNDO_TICKET   = const(10)
UNDO_STATES   = const(16)
UNDO_CLOSED   = const(18)
UNDO_FLAGS    = const(20)
TALLY_ROW     = const(8)

# Name, first byte, bytes; flat, since a tuple for each field would cost the heap twice as much.
DAY = (
    "day", 8, 2,
    "arrivals", 10, 2,
    "served", 12, 2,
    "time", 14, 3,
    "boots", 17, 4,
    "", DAY_QUIET, 1,
    "", DAY_LANE, 1,
    "", DAY_NUMBER, 2,
    "", DAY_PAGER, 2,
)
COUNT = (
    "", COUNTS, 16,
    "", COUNT_PAGERS, 2,
)
PRESS = (
    "", PRESS_FIRST, 1,
    "", PRESSED, 18,
)
DESK = (
    "", DESK_DESK, 1,
    "last_call", 9, 3,
    "last_class", 12, 1,
    "desk_state", 13, 1,
    "called_at", 14, 2,
    "served_from", 16, 2,
    "", DESK_RATINGS, 6,
    "unrated", 24, 1,
)
PAGER = (
    "", FREE, 20,
)
TICKET = (
    "arrival", 8, 2,
    "place", 10, 2,
    "number", 12, 2,
    "pager", 14, 2,
    "", TICKET_LANE, 1,
    "state", 17, 1,
    "", TICKET_DESK, 1,
    "overtaken", 19, 1,
    "calls", 20, 1,
    "since", 21, 2,
    "bound", 23, 1,
    "", TICKET_SERIES, 1,
)
UNDO = (
    "", UNDO_SOURCE, 1,
    "", UNDO_KIND, 1,
    "", UNDO_TICKET, 2,
    "place", 12, 2,
    "lane", 14, 1,
    "bound", 15, 1,
    "", UNDO_STATES, 1,
    "calls", 17, 1,
    "", UNDO_CLOSED, 2,
    "", UNDO_FLAGS, 1,
    "last_call", 21, 3,
    "wait_s", 24, 2,
    "service_s", 26, 2,
)
TALLY = (
    "", TALLY_ROW, 1,
    "served", 9, 2,
    "absent", 11, 2,
    "waits", 13, 2,
    "wait_s", 15, 4,
    "worst", 19, 2,
    "services", 21, 2,
    "service_s", 23, 4,
)
OFFICE = (
    "day_open", 8, 1,
    "intake", 9, 1,
)
OFFICE_TALLY = (
    "visits", 10, 1,
    "mean", 11, 4,
    "untimed", 15, 2,
)
OFFICE_START = (
    "started", 17, 3,
)
# fmt: on


def save(fields: tuple, owner: object, i: int, record: bytearray) -> None:
    """Copy the fields of `owner` into a row: the element `i` of each, or all of it if `i` < 0.

    ValueError when one does not fit.
    """
    for n in range(0, len(fields), 3):
        name = fields[n]
        if name:
            value = getattr(owner, name)
            put(record, fields[n + 1], fields[n + 2], value if i < 0 else value[i])


def load(fields: tuple, owner: object, i: int, record: bytearray) -> None:
    """Copy a row's fields back into `owner`, as `save` took them."""
    for n in range(0, len(fields), 3):
        name = fields[n]
        if name:
            value = get(record, fields[n + 1], fields[n + 2])
            if i < 0:
                setattr(owner, name, value)
            else:
                getattr(owner, name)[i] = value
