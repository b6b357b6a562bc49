"""Every bound of the product on one page, each with its reason.

What would pass a bound is refused at the door, with a word on the display; nothing is dropped.
Owns numbers only.
"""

from micropython import const

TICKETS_ALIVE = const(1000)  # people in the building at once; a hall of 3,300 a day holds 400
DAYS = const(0xFFFF)  # then they count from one again: 16 bits of a record, 200 years
ARRIVALS_DAY = const(32766)  # tickets of one day: a place, twice the arrival, fits 16 bits
DESKS = const(32)  # what a record's desk byte, a settings line and a floor plan can still show
DESKS_WIRED = const(4)  # two keypads of four keys on each of two expanders
SERVICES = const(8)  # one expander of issue keys; a desk's services fit one byte
PAGERS = const(999)  # three digits, as printed on the pagers one can buy
SOURCES = const(34)  # who may press: 0 the intake keys, 1..32 the desks, 33 the cable

QUIET_STARTS = const(16)  # in a row without a key: from here on they are alike, and not recorded

ORDINAL_LAST = const(0xFFFFFF)  # of an event: 24 bits of a record, twenty years

CHECKPOINT_AFTER = const(900)  # events: from here on an idle moment is used for a checkpoint
CHECKPOINT_FORCE = const(1200)  # events: here it is written at once: a restart reads < 2,500
CHECKPOINT_SLICE = const(16)  # rows written in one idle step: a key waits for at most this many

ERASE_MS = const(500)  # of a sector, by the data sheets of NOR flash: everything stands still
SLICE_MS = const(120)  # of a checkpoint's slice: 19 programs of at most 3 ms, and Python

PAGES_TOGETHER = const(6)  # in one transmission: three batches at the most, 1.8 s of air
RINGS_PRESS = const(2)  # pages that were perhaps heard, for one press ...
RINGS_START = const(1)  # ... and for the start after it: nobody is rung for ever, whatever fails

DAYS_KEPT = const(100)  # files of a day's figures: a block of 4 KiB each in the file system
