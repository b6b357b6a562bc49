"""The facts that happen to a line, as 32 bytes each: what a slot of the journal holds.

Owns the layout (SPEC.md section 2) and nothing else: who may decide a fact is `order`, where it is
kept is `journal`. A record states facts (this ticket, this pager, that desk), never increments, so
that it can be applied after its neighbours were lost.
"""

from binascii import crc32

from luot.core.wire import get, put
from micropython import const

SIZE = const(32)

# Where its fields begin. Their numbers are written into the shipped code: a name costs nothing.
# fmt: off
AT_SEQUENCE   = const(0)   # u32: the slot's
AT_ORDINAL    = const(4)   # u24: the event's
AT_KIND       = const(7)
AT_SOURCE     = const(8)   # who pressed
AT_PRESS      = const(9)   # u16: which of their presses it was
AT_TIME       = const(11)  # u24, see SURE
AT_DESK       = const(14)
AT_LANE       = const(15)
AT_TICKET     = const(16)  # u16
AT_NUMBER     = const(18)  # u16
AT_PAGER      = const(20)  # u16
AT_A          = const(22)  # u16; a, b together are a u32
AT_B          = const(24)  # u16
AT_C          = const(26)
AT_D          = const(27)
AT_CRC        = const(28)  # u32: CRC-32 of all before it, salted
# What is no event has its own meaning from 8 on; rows of a checkpoint: `rows`.
AT_ROW        = const(8)
AT_VALUE      = const(8)   # of ANCHOR and BEGIN: the chain's value, up to AT_CRC
AT_VERSION    = const(8)   # of HEADER: the format's
AT_SECTORS    = const(9)   # u16: of the partition
AT_CHECKPOINT = const(11)  # u32: sequence where the newest complete one begins
AT_ERASES     = const(15)  # u32: of this sector
AT_BEGIN      = const(8)   # of END, u32: sequence of its BEGIN
AT_ROWS       = const(12)  # u16: how many there are
AT_ROWS_CRC   = const(14)  # u32
AT_SEAL       = const(18)  # 8 bytes
# fmt: on

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
    put(record, AT_SEQUENCE, 4, sequence)
    put(record, AT_ORDINAL, 3, ordinal)
    check = crc32(memoryview(record)[:AT_CRC], _SALT)
    put(record, AT_CRC, 2, check & 0xFFFF)
    put(record, AT_CRC + 2, 2, check >> 16 & 0xFFFF)


def valid(record: bytearray, sequence: int) -> bool:
    """Say whether 32 bytes read from flash are the record of slot `sequence`."""
    check = crc32(memoryview(record)[:AT_CRC], _SALT)
    return (
        get(record, AT_SEQUENCE, 4) == sequence
        and get(record, AT_CRC, 2) == check & 0xFFFF
        and get(record, AT_CRC + 2, 2) == check >> 16 & 0xFFFF
    )


def sequence(record: bytearray) -> int:
    """Return the slot sequence, 0..2**32-1."""
    return get(record, AT_SEQUENCE, 4)


def ordinal(record: bytearray) -> int:
    """Return the event ordinal, 1..2**24-1; of a row: the last event's."""
    return get(record, AT_ORDINAL, 3)


def press(record: bytearray, source: int, number: int, time: int) -> None:
    """Say who pressed, which of their presses it was (u16), and when (time u24, see SURE)."""
    if source >> 8:
        raise ValueError("records: a source out of range")
    record[AT_SOURCE] = source
    put(record, AT_PRESS, 2, number)
    put(record, AT_TIME, 3, time)


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
    record[AT_KIND] = kind
    record[AT_DESK] = desk
    record[AT_LANE] = lane
    record[AT_C] = c
    record[AT_D] = d
    at = AT_TICKET
    for value in (ticket, number, pager, a, b):
        record[at] = value & 0xFF
        record[at + 1] = value >> 8
        at += 2
