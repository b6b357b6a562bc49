"""The journal on good flash, on bad flash and on rubbish; its chain, its checkpoints, its costs.

Power cuts are test_torture.py; the bytes themselves are SPEC.md 2. The promises are written as
functions without a fixture, and each fault in FAULTS must break the one it names.
"""

import hashlib
import hmac as reference
from collections.abc import Callable, Iterator
from random import Random

import pytest

from luot.core import chain, journal, records, ring
from luot.core.journal import Journal
from luot.core.limits import CHECKPOINT_AFTER, CHECKPOINT_FORCE
from luot.core.order import Order
from luot.core.ring import SLOTS
from luot.core.wire import get, put
from sim import bench_ring
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import SECTOR, NorFlash
from sim.plate import Plate
from sim.stretch import Facts, Stretch, empty_line
from sim.torture import facts
from tests.faults import fails, seed

KEY = b"a key of the station"
BUSY = Stretch(seed=1, length=900)
ALIVE = 990  # tickets; there are 999 pagers


def blank(sectors: int = 4) -> Plate:
    return Plate(sectors, Random(1), pytest.fail)


def start(plate: Plate) -> Journal:
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    return box


def append(box: Journal, events: list[bytes], idle: bool = True) -> None:
    for event in events:
        box.append(bytearray(event))
        if idle:
            box.idle(True)


def look(plate: Plate) -> tuple[Journal, Facts]:
    """What is read from flash without writing to it."""
    before = plate.image()
    box = Journal(plate, empty_line(), KEY)
    box.replay()
    assert plate.image() == before
    return box, facts(box)


def place(plate: Plate, sequence: int) -> int:
    return sequence % (plate.sectors * SLOTS) * records.SIZE


def flip(plate: Plate, at: int, mask: int = 0x10) -> None:
    plate.cells[at] ^= mask


def slots(plate: Plate, *kinds: int) -> list[int]:
    """The sequences of the records of these kinds, oldest first; of no kind: of all events."""
    found = [(sequence, record[7]) for sequence, record, _ in journal.read(plate)]
    return [s for s, kind in found if kind in kinds or (not kinds and kind < records.HEADER)]


# What is written is found.


def a_start_finds_the_line_at_any_time() -> None:
    plate = blank()
    box = start(plate)
    for k, event in enumerate(BUSY.events, 1):
        append(box, [event])
        if k % 7 == 0:
            assert look(plate)[1] == BUSY.facts[k]
        if k % 101 == 0:
            box = start(plate)
    assert min(plate.wear) > 1
    assert len(slots(plate, records.END)) > 1


def a_checkpoint_without_its_end_is_none() -> None:
    plate = blank()
    box = start(plate)
    append(box, BUSY.events[:300])
    for _ in range(2):
        assert not box._checkpoint()
    found, now = look(plate)
    assert now == BUSY.facts[300]
    assert found._open
    assert found._begin == box.ring.begin
    box = start(plate)
    assert not look(plate)[0]._open or box.ring.next % SLOTS < 60
    append(box, BUSY.events[300:])
    assert look(plate)[1] == BUSY.facts[-1]


def a_damaged_checkpoint_costs_no_event() -> None:
    plate = blank(12)
    box = start(plate)
    append(box, BUSY.events[:400])
    for _ in range(2):
        while not box._checkpoint():
            pass
        append(box, BUSY.events[len(box_events(box)) :][:150])
    begin = look(plate)[0]._begin
    rows = [s for s in slots(plate, records.TICKET_ROW) if s > begin]
    for damaged in (begin, rows[0], rows[-1], slots(plate, records.END)[-1]):
        copy = plate.copy()
        flip(copy, place(copy, damaged) + 20)
        assert look(copy)[1] == facts(box)
        again = start(copy)
        again.append(bytearray(BUSY.events[again.order.ordinal]))
        assert look(copy)[0]._begin > begin


def box_events(box: Journal) -> range:
    return range(box.order.ordinal)


class Fickle(Plate):
    """Flash of which one slot is read as it was written only once."""

    once = -1

    def read_into(self, offset: int, buffer: bytearray) -> None:
        super().read_into(offset, buffer)
        if self.once in (offset, offset + self.size):
            self.once += self.size
            if self.once >= 2 * self.size:
                buffer[5] ^= 1


def what_one_start_believed_the_next_ones_believe() -> None:
    for kind in (records.END, records.ISSUE):
        plate = Fickle(4, Random(1), pytest.fail)
        box = start(plate)
        append(box, BUSY.events[:50])
        if kind == records.END:
            while not box._checkpoint():
                pass
        else:
            box.append(bytearray(BUSY.events[50]))
        now, begin = facts(box), box.ring.begin
        plate.once = place(plate, box.ring.next - 1)
        for _ in range(3):
            box = start(plate)
            assert (facts(box), box.ring.begin) == (now, begin)
