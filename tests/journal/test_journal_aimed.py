"""What a journal keeps where chance hardly ever comes: each stretch is laid out by hand.

A promise is a function; each of FAULTS, seeded into the code, must break the one it names.
"""

from collections.abc import Callable
from random import Random

import pytest

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.journal.ring import SLOTS
from luot.core.limits import CHECKPOINT_AFTER, CHECKPOINT_FORCE
from luot.core.wire import get, put
from sim.chips.norflash import SECTOR
from sim.torture.plate import Plate
from sim.torture.verdict import facts
from tests.faults.seeded import found_by
from tests.rigs.journal import (
    BUSY,
    CORE,
    append,
    blank,
    come,
    crowded,
    look,
    place,
    start,
    told,
)


def zeroed(plate: Plate, sequence: int) -> None:
    at = place(plate, sequence)
    plate.cells[at : at + records.SIZE] = bytes(records.SIZE)


def checkpoint(box: Journal) -> None:
    """Write one, preparing no sector."""
    box.events = CHECKPOINT_AFTER
    while box.events:
        assert box.idle(False)


def two_checkpoints() -> tuple[Plate, Journal]:
    """Two of them in one sector, the next one being prepared after both."""
    plate = blank(6)
    box = start(plate)
    append(box, BUSY.events[:5], idle=False)
    checkpoint(box)
    append(box, BUSY.events[5:10], idle=False)
    checkpoint(box)
    append(box, BUSY.events[10:20])
    assert box.ring.next // SLOTS == 0 and box.ring.prepared == 1
    return plate, box


def ends_a_sector() -> tuple[Plate, int]:
    """A checkpoint whose end is the last slot of a sector, none being prepared; it begins where.

    Another one is at the beginning.
    """
    for length in range(30, SLOTS):
        plate = blank(6)
        box = start(plate)
        append(box, BUSY.events[:10], idle=False)
        checkpoint(box)
        append(box, BUSY.events[10:length], idle=False)
        checkpoint(box)
        if box.ring.next == SLOTS:
            return plate, box.ring.begin
    raise AssertionError("no checkpoint ends there")


def an_end_that_names_another_begin_proves_nothing() -> None:
    plate, box = two_checkpoints()
    begin = box.ring.begin
    assert look(plate)[0].begin == begin
    *_, (sequence, end, _) = told(plate, records.END)
    wrong = bytearray(end)
    put(wrong, 8, 4, begin - 1)
    records.stamp(wrong, sequence, records.ordinal(wrong))
    at = place(plate, sequence)
    plate.cells[at : at + records.SIZE] = wrong
    assert look(plate)[0].begin != begin and look(plate)[1] == facts(box)


def a_checkpoint_counts_only_when_its_end_is_copied() -> None:
    plate, begin = ends_a_sector()
    assert look(plate)[0].begin == begin
    start(plate)
    header = plate.cells[SECTOR : SECTOR + records.SIZE]
    assert header[7] == records.HEADER and get(header, 11, 4) < begin


def the_copy_of_an_end_is_kept() -> None:
    plate, begin = ends_a_sector()
    for _ in range(3):
        start(plate)
        copy = plate.copy()
        zeroed(copy, SLOTS - 1)
        assert look(copy)[0].begin == begin


def rows_in_vain_are_counted_by_the_next_start() -> None:
    plate = blank()
    box = start(plate)
    append(box, BUSY.events[:30], idle=False)
    before = start(plate).events
    box = start(plate)
    box.events = CHECKPOINT_AFTER
    box.idle(False)
    assert box.writing()
    rows = box.ring.next - told(plate, records.BEGIN)[0][0]
    append(box, BUSY.events[30:31], idle=False)
    assert start(plate).events == before + rows + 1


def a_sector_is_known_by_its_second_record() -> None:
    plate = blank()
    box = start(plate)
    while box.ring.next < SLOTS + 3:  # its header, an anchor and one event
        append(box, BUSY.events[box.order.ordinal :][:1], idle=False)
    zeroed(plate, SLOTS)
    zeroed(plate, SLOTS + 1)
    assert look(plate)[1] == facts(box)


def a_damaged_checkpoint_is_replaced_at_once() -> None:
    plate, _ = two_checkpoints()
    assert start(plate.copy()).events < CHECKPOINT_FORCE
    zeroed(plate, told(plate, records.END)[1][0])
    assert start(plate).events >= CHECKPOINT_FORCE


class Liar(Plate):
    """Flash whose events are misread once each, as long as there are `lies`."""

    def __init__(self) -> None:
        super().__init__(6, Random(1), lambda text: None)
        self.lies = 0
        self._fresh = -1

    def program(self, offset: int, data: bytes) -> None:
        """Remember what was written last."""
        super().program(offset, data)
        self._fresh = offset

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Misread that once."""
        super().read_into(offset, buffer)
        if self.lies and offset == self._fresh and 0 < buffer[7] < records.HEADER:
            self.lies -= 1
            self._fresh = -1
            buffer[9] ^= 1


def what_was_refused_has_not_happened() -> None:
    plate = Liar()
    box = start(plate)
    append(box, BUSY.events[:20], idle=False)
    plate.lies = 9
    with pytest.raises(OSError, match="three slots"):
        box.append(bytearray(BUSY.events[20]))
    plate.lies = 0
    assert look(plate)[1] == BUSY.facts[20]


def a_sector_passed_over_is_named() -> None:
    class Dead(Plate):
        def erase(self, sector: int) -> None:
            if sector == 2:
                raise OSError("flash: no erase")
            super().erase(sector)

    plate = Dead(6, Random(1), lambda text: None)
    box = start(plate)
    assert box.ring.worn == -1
    append(box, BUSY.events[:400])
    assert box.ring.worn == 2


def rows_that_fill_sectors_are_taken_back() -> None:
    """Where many wait a checkpoint fills sectors; the plug is pulled before its end."""
    plate = blank(20)
    box = crowded(plate)
    come(box, 350)
    last = (box.ring.next - 1) // SLOTS
    box.events = CHECKPOINT_AFTER
    while box.ring.next // SLOTS < last + 3:
        assert box.idle(True)
    assert crowded(plate).ring.next // SLOTS <= last + 1, "no room is lost"
    assert crowded(plate).order.alive == 350


def a_header_counts_the_erases_of_its_sector() -> None:
    plate = blank()
    append(start(plate), BUSY.events)
    assert [get(plate.cells, at + 15, 4) for at in range(0, 4 * SECTOR, SECTOR)] == plate.wear
    assert min(plate.wear) > 1


PROMISES = [
    an_end_that_names_another_begin_proves_nothing,
    a_checkpoint_counts_only_when_its_end_is_copied,
    the_copy_of_an_end_is_kept,
    rows_in_vain_are_counted_by_the_next_start,
    a_sector_is_known_by_its_second_record,
    a_damaged_checkpoint_is_replaced_at_once,
    what_was_refused_has_not_happened,
    a_sector_passed_over_is_named,
    a_header_counts_the_erases_of_its_sector,
    rows_that_fill_sectors_are_taken_back,
]

FAULTS = {
    "any end will do": (
        "same = get(back, AT_BEGIN, 4) == begin and get(back",
        "same = get(back",
        an_end_that_names_another_begin_proves_nothing,
    ),
    "a checkpoint counts before its end is copied": (
        "        self.search.repair()\n",
        "        ring.begin = self.begin\n        self.search.repair()\n",
        a_checkpoint_counts_only_when_its_end_is_copied,
    ),
    "the copy of an end is taken for rows": (
        "if kind < records.HEADER or kind == records.END:\n            self._needed",
        "if kind < records.HEADER:\n            self._needed",
        the_copy_of_an_end_is_kept,
    ),
    "rows in vain are not counted": (
        "            self._open = True\n            self.events += 1\n",
        "            self._open = True\n",
        rows_in_vain_are_counted_by_the_next_start,
    ),
    "the first record alone proves a sector": (
        "_PROOFS = (1, 2)\n",
        "_PROOFS = (1,)\n",
        a_sector_is_known_by_its_second_record,
    ),
    "an older end hides what a header names": (
        "newest = pointer = max(self.search.found, ring.begin)",
        "newest = pointer = self.search.found or ring.begin",
        a_damaged_checkpoint_is_replaced_at_once,
    ),
    "a slot that was refused is left": (
        "            self.program(sequence, ZERO)\n        raise OSError",
        "        raise OSError",
        what_was_refused_has_not_happened,
    ),
    "a bad sector is not named": (
        "            self._bad, self.worn = sector, sector % self.sectors\n",
        "            self._bad = sector\n",
        a_sector_passed_over_is_named,
    ),
    "rows are taken back from one sector": (
        "while self.sector > sector:",
        "if self.sector > sector:",
        rows_that_fill_sectors_are_taken_back,
    ),
    "erases are counted anew": (
        "erases = get(self.back, AT_ERASES, 4) if known >= 0 else 0",
        "erases = 0",
        a_header_counts_the_erases_of_its_sector,
    ),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_the_journal_keeps(promise: Callable[[], None]) -> None:
    promise()


test_a_broken_promise_is_found = found_by(CORE, FAULTS)
