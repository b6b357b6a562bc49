"""The facts that happen to a line, as 32 bytes each: what a slot of the journal holds.

Owns the layout (SPEC.md section 2) and nothing else: who may decide a fact is `order`, where it is
kept is `journal`. A record states facts (this ticket, this pager, that desk), never increments, so
that it can be applied after its neighbours were lost.

    0 slot sequence u32 | 4 event ordinal u24 | 7 kind | 8 source | 9 press u16 | 11 time u24
    14 desk | 15 lane | 16 ticket u16 | 18 number u16 | 20 pager u16
    22 a u16 | 24 b u16 | 26 c | 27 d
    28 CRC-32 of bytes 0..27, salted
"""

from binascii import crc32

from luot.core.wire import get, put
from micropython import const

SIZE = const(32)

# Events: they have an ordinal of their own and are what `apply` understands (SPEC.md 2.3).
# fmt: off
DAY_OPEN  = const(1)   # ticket: day; a, b: wall clock, epoch s (0 unknown); c: rule; d: K
DAY_CLOSE = const(2)   # ticket: day; a: tickets issued; b: served; all others: a seal
BOOT      = const(3)   # a, b: how many starts this box has had; desk: how many; c: rule; d: K
CLOCK     = const(4)   # a, b: wall clock, epoch s
ISSUE     = const(8)   # a new ticket, waiting, with a pager
CALL      = const(9)   # a: ticket closed by it (0 none); b: passed; c: rule | flags; d: services
RECALL    = const(10)  # c: which call this is (2, 3, ...)
ABSENT    = const(11)  # called and did not come; the pager is still out
ARRIVED   = const(12)  # service begins
FINISH    = const(13)  # served; the pager is back
BACK      = const(14)  # an absent one has returned; a: place
HOLD      = const(15)  # put aside by a desk
RESUME    = const(16)  # called again from hold; a: ticket closed by it; c: flags; d: services
TRANSFER  = const(17)  # lane: the new one; a: place; c: 0 to a service, else to this desk
CANCEL    = const(18)  # c: why
UNDO      = const(19)  # a: press undone; c: its kind; d: services
DESK      = const(20)  # a: ticket closed by it; c: state | flags; d: services
INTAKE    = const(21)  # c: why no numbers are issued, 0: they are
PAGER     = const(22)  # c: 0 lost, 1 found; ticket: whose it was
RATING    = const(23)  # c: 1 very satisfied, 2 satisfied, 3 not satisfied
# Not events: they repeat what is known, under the ordinal of the last event.
HEADER    = const(0x80)  # slot 0 of a sector: proof that its erase finished
ANCHOR    = const(0x81)  # the chain's value so far
BEGIN     = const(0x82)  # a checkpoint begins; holds the chain's value
DAY_ROW   = const(0x83)  # rows of a checkpoint: bytes 8..27 by kind
COUNT_ROW = const(0x84)
PRESS_ROW = const(0x85)
DESK_ROW  = const(0x86)
PAGER_ROW = const(0x87)
TICKET_ROW = const(0x88)
UNDO_ROW  = const(0x89)
TALLY_ROW = const(0x8A)
OFFICE_ROW = const(0x8B)
END       = const(0x8F)  # the checkpoint is complete: where it began, rows, CRC, seal
# fmt: on

START_UNKNOWN = const(0x80)  # flag in `c`: the ticket closed was never marked as arrived
BY_NUMBER = const(0x40)  # flag in `c` of a call: not the next one, but whom the officer named
SURE = const(0x800000)  # top bit of the time: no power was lost since the day was opened
TIME_MAX = const(0x7FFFFF)  # tenths of a second: 9.7 days

_SALT = const(0x4C55)  # "LU": so that slots of all 0x00 and of all 0xFF are invalid


def stamp(record: bytearray, sequence: int, ordinal: int) -> None:
    """Give a record its slot sequence, its event ordinal and its check sum."""
    put(record, 0, 4, sequence)
    put(record, 4, 3, ordinal)
    check = crc32(memoryview(record)[:28], _SALT)
    put(record, 28, 2, check & 0xFFFF)
    put(record, 30, 2, check >> 16 & 0xFFFF)


def valid(record: bytearray, sequence: int) -> bool:
    """Say whether 32 bytes read from flash are the record of slot `sequence`."""
    check = crc32(memoryview(record)[:28], _SALT)
    return (
        get(record, 0, 4) == sequence
        and get(record, 28, 2) == check & 0xFFFF
        and get(record, 30, 2) == check >> 16 & 0xFFFF
    )


def sequence(record: bytearray) -> int:
    """Return the slot sequence, 0..2**32-1."""
    return get(record, 0, 4)


def ordinal(record: bytearray) -> int:
    """Return the event ordinal, 1..2**24-1; of a row: the last event's."""
    return get(record, 4, 3)


def press(record: bytearray, source: int, number: int, time: int) -> None:
    """Say who pressed, which of their presses it was (u16), and when (time u24, see SURE)."""
    if source >> 8:
        raise ValueError("records: a source out of range")
    record[8] = source
    put(record, 9, 2, number)
    put(record, 11, 3, time)


def fact(
    record: bytearray,
    kind: int,
    desk: int = 0,
    lane: int = 0,
    ticket: int = 0,
    number: int = 0,
    pager: int = 0,
    a: int = 0,
    b: int = 0,
    c: int = 0,
    d: int = 0,
) -> None:
    """Fill in what happened; the table above says what a, b, c and d mean for each kind."""
    if (kind | desk | lane | c | d) >> 8 or (ticket | number | pager | a | b) >> 16:
        raise ValueError("records: a fact out of range")
    record[7] = kind
    record[14] = desk
    record[15] = lane
    record[26] = c
    record[27] = d
    at = 16
    for value in (ticket, number, pager, a, b):
        record[at] = value & 0xFF
        record[at + 1] = value >> 8
        at += 2
