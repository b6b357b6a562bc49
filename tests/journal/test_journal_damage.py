"""Damage of a journal is named where it is, and nothing sound is called damaged.

By the decoded log, and by a start for the display. A promise is a function; each of FAULTS, seeded
into the code, must break the one it names.
"""

from collections.abc import Callable
from functools import partial
from random import Random

import pytest

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.journal.ring import SLOTS
from luot.core.limits import CHECKPOINT_AFTER
from luot.pc import story
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS
from sim.torture.plate import Plate
from tests.faults.seeded import fails, seed
from tests.rigs.journal import (
    BUSY,
    CORE,
    append,
    blank,
    checkpoint,
    come,
    crowded,
    image,
    lived,
    place,
    spoiled,
    start,
    told,
    uncopied,
)


def damage(plate: Plate) -> list[object]:
    """The sectors that the decoded log says are damaged."""
    return [line["sector"] for line in story.log(plate) if line["kind"] == "damage"]


def a_damaged_sector_is_named() -> None:
    """By the log, and for the display by a start that meets it."""
    sound = told(spoiled(0, b""))
    assert (start(spoiled(0, b"")).ring.damaged, damage(spoiled(0, b""))) == (-1, [])
    checked = max(s for s, r, _ in sound if r[7] == records.TALLY_ROW)
    begun = max(s for s, r, _ in sound if r[7] == records.BEGIN and s < checked)
    for sequence, _ in uncopied()[1::3]:
        plate = spoiled(place(blank(8), sequence), bytes(records.SIZE))
        assert damage(plate) == [sequence // SLOTS]
        assert start(plate).ring.damaged == (sequence // SLOTS if sequence > checked else -1)
    for sequence in [s for s, r, _ in sound if begun < s <= checked and r[7] > records.BEGIN]:
        plate = spoiled(place(blank(8), sequence) + 27, b"\x5a")
        assert damage(plate) == [begun // SLOTS]
        assert start(plate).ring.damaged == begun // SLOTS


def a_damaged_slot_of_a_long_checkpoint_is_named() -> None:
    """A header names the checkpoint by then: so a start notices whatever is missing of it."""
    plate = blank(20)
    box = crowded(plate)
    come(box, 400)
    checkpoint(box)
    for _ in range(150):
        append(box, [found_or_lost(box)], False)
    begun = max(s for s, r, _ in told(plate) if r[7] == records.BEGIN)
    ended = min(s for s, r, _ in told(plate) if r[7] == records.END and s > begun)
    assert ended // SLOTS > begun // SLOTS + 2
    for slot in (begun, begun + 1, begun + 200, ended - 1, ended, ended + 1):
        if slot % SLOTS > 1:
            broken = blank(20)
            broken.cells[:] = plate.cells
            broken.cells[place(plate, slot) + 20] ^= 0x55
            assert damage(broken) == [slot // SLOTS]
            assert crowded(broken).ring.damaged == slot // SLOTS


def what_a_cut_checkpoint_overwrote_is_no_damage() -> None:
    """It fills sectors of a ring that went round; a start disowns them, but one is half erased."""
    plate = blank(20)
    box = crowded(plate)
    come(box, 400, idle=True)
    while box.ring.next < 24 * SLOTS + 60:
        append(box, [found_or_lost(box)])
    for share in range(1, ERASE_STEPS):
        copy = plate.copy()
        box = crowded(copy)
        box.events = CHECKPOINT_AFTER + 1
        copy.before = partial(third_erase, copy, [], share)
        with pytest.raises(PowerCut):
            all(box.idle(True) for _ in range(999))
        copy.clock = Clock()
        assert (crowded(copy).ring.damaged, damage(copy)) == (-1, [])
        assert False not in [linked for _, _, linked in told(copy)]


class Worn(Plate):
    """Its first sector cannot be erased."""

    def erase(self, sector: int) -> None:
        """Erase another one."""
        if sector:
            super().erase(sector)


def a_worn_first_sector_hides_nothing() -> None:
    """In a ring made anew over something else all headers ahead are zeroed, as if disowned."""
    for count in (5, 120, 290):
        plate = Worn(8, Random(1), lambda _: None)
        plate.cells[:] = b"\xa5" * len(plate.cells)
        box = start(plate)
        append(box, BUSY.events[:count])
        assert len([r for _, r, _ in told(plate) if r[7] < records.HEADER]) >= count
    assert list(story.log(blank(8))) == []


def third_erase(plate: Plate, erases: list[int], share: int, *operation: object) -> None:
    """Pull the plug in the middle of it."""
    if not operation[2]:
        erases.append(share)
        if len(erases) == 3:  # the first is that of the sector a start found empty (R6)
            plate.before = None
            plate.cut_after(share, "torn")


def found_or_lost(box: Journal) -> bytes:
    """Somebody says so of a pager, in turn."""
    record, press = bytearray(records.SIZE), box.order.pressed[33]
    assert box.order.decide(record, records.PAGER, 33, press + 1, 0, 1, press % 2) == 0
    return bytes(record)


def what_was_given_up_is_no_damage_where_it_was_kept() -> None:
    """Damage and no room: a header names the newest record, where nothing is missing."""
    for length in (480, 500, 510):
        plate = blank(4)
        append(start(plate), BUSY.events[:length], False)
        for sequence, _, _ in told(plate, records.BEGIN):
            plate.cells[place(plate, sequence) + 20] ^= 1
        box = start(plate)
        kept = box.ring.begin
        assert box.ring.prepare_ahead() and box.ring.read(kept)
        assert box.ring.back[records.AT_KIND] != records.BEGIN
        assert start(plate).ring.damaged == 1 != kept // SLOTS % 4
        assert damage(plate) == []


def the_first_of_two_damaged_sectors_is_named() -> None:
    checked = max(s for s, r, _ in told(lived()) if r[7] == records.TALLY_ROW)
    later = [sequence for sequence, _ in uncopied() if sequence > checked]
    first, last = later[0], later[-1]
    assert first // SLOTS < last // SLOTS
    plate = spoiled(place(blank(8), first), bytes(records.SIZE))
    plate.cells[place(plate, last) : place(plate, last) + records.SIZE] = bytes(records.SIZE)
    assert damage(plate) == [first // SLOTS, last // SLOTS]
    assert start(plate).ring.damaged == first // SLOTS


def a_sector_that_is_gone_is_named() -> None:
    newest = max(sequence for sequence, _ in uncopied()) // SLOTS
    for sector in range(1, newest):
        plate = spoiled(sector * SLOTS * records.SIZE, bytes(SLOTS * records.SIZE))
        assert sector in damage(plate)
        box = start(plate)
        assert box.ring.damaged == (sector if box.order.lost else -1)


PROMISES = [
    a_damaged_sector_is_named,
    a_damaged_slot_of_a_long_checkpoint_is_named,
    what_a_cut_checkpoint_overwrote_is_no_damage,
    a_worn_first_sector_hides_nothing,
    what_was_given_up_is_no_damage_where_it_was_kept,
    the_first_of_two_damaged_sectors_is_named,
    a_sector_that_is_gone_is_named,
]

FAULTS = {
    "the sector after a gap is named": (
        "gap(before, sequence) if missing > 0 else here",
        "here",
        a_sector_that_is_gone_is_named,
    ),
    "a row that is missing is not told": (
        "said != (begin, rows, crc)",
        "0",
        a_damaged_sector_is_named,
    ),
    "a start names the sector after a gap": (
        "gap(self._read, sequence))\n        self",
        "sequence // SLOTS)\n        self",
        a_sector_that_is_gone_is_named,
    ),
    "a start names no checkpoint": (
        "            self._miss(hole // SLOTS)\n",
        "            pass\n",
        a_damaged_sector_is_named,
    ),
    "a start names where a checkpoint begins": (
        "            self._miss(hole // SLOTS)\n",
        "            self._miss(newest // SLOTS)\n",
        a_damaged_slot_of_a_long_checkpoint_is_named,
    ),
    "the log misses no end": (
        "left = _checkpoints(flash) - judged",
        "left = set()",
        a_damaged_slot_of_a_long_checkpoint_is_named,
    ),
    "what was disowned is read": (
        "    if newest >= flash.sectors:\n",
        "    if 0:\n",
        what_a_cut_checkpoint_overwrote_is_no_damage,
    ),
    "a ring that never went round is read as if it had": (
        "    if newest >= flash.sectors:\n",
        "    if 1:\n",
        a_worn_first_sector_hides_nothing,
    ),
    "an event is a damaged checkpoint": (
        "            self._hole = 0\n",
        "            pass\n",
        what_was_given_up_is_no_damage_where_it_was_kept,
    ),
    "the log calls an event a checkpoint": (
        "or ring.back[AT_KIND] == records.BEGIN)",
        "or 1)",
        what_was_given_up_is_no_damage_where_it_was_kept,
    ),
    "a start names the last of two": (
        "        if self.ring.damaged < 0:\n",
        "        if 1:\n",
        the_first_of_two_damaged_sectors_is_named,
    ),
    "a start looks from the beginning of the ring": (
        "        self._read = after - 1\n",
        "",
        a_damaged_slot_of_a_long_checkpoint_is_named,
    ),
    "a start names no gap": (
        "                    self._miss(gap(self._read, sequence))\n                if",
        "                    pass\n                if",
        a_damaged_sector_is_named,
    ),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_damage_is_named(promise: Callable[[], None]) -> None:
    promise()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, promise = FAULTS[fault]
    seed(monkeypatch, (*CORE, story), sound, broken)
    image.cache_clear()
    assert fails(promise)
    image.cache_clear()
