"""What a ticket is: its label, its classes, its states and its lanes.

Owns words and numbers about one ticket; who is next is `order`.
"""

from micropython import const

LANE = const(15)  # of a record's lane byte: the lane alone

# Classes. A lane is a service and a class: lane = 2 * service + class.
PRIORITY = const(1)  # 0 is ordinary

# States of a ticket; a slot of state 0 is free.
WAITING = const(1)
CALLED = const(2)
SERVING = const(3)
HELD = const(4)
ABSENT = const(5)
DONE = const(6)  # served or cancelled; remembered as long as that can be undone


def in_lane(lane: int, series: int) -> int:
    """Return a record's lane byte: the lane, and whose letter the number bears if not its own."""
    return lane if series == lane >> 1 else lane | series + 1 << 4


def series(byte: int) -> int:
    """Return the service whose letter a number bears, from a record's lane byte."""
    return (byte >> 4) - 1 if byte >> 4 else byte >> 1


def label(letter: str, number: int) -> str:
    """Return what people read and say: A001 .. A999, then A1000 (never wraps within a day)."""
    return "%s%03d" % (letter, number)
