"""The journal on good flash: what was written is found, there is always room, and what it costs.

The chain is test_journal_chain.py, rubbish and bad flash test_journal_flaws.py, power cuts
test_torture.py. A promise is a function; each of FAULTS, seeded into the code, must break the one
it names.
"""

from collections.abc import Callable
from functools import cache
from random import Random

import pytest

from luot.core import records
from luot.core.journal import snapshot
from luot.core.journal.journal import Journal
from luot.core.journal.ring import SLOTS, JournalError
from luot.core.journal.search import Search
from luot.core.limits import CHECKPOINT_AFTER, CHECKPOINT_FORCE
from luot.core.line.order import Order
from luot.core.settings.settings import Settings
from luot.core.wire import get
from sim.bench import ring, store
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import NorFlash
from sim.torture.plate import Plate
from sim.torture.stretch import Stretch
from sim.torture.verdict import facts
from tests.faults.seeded import found_by
from tests.rigs.journal import (
    BUSY,
    CORE,
    append,
    blank,
    boot,
    checkpoint,
    look,
    place,
    start,
    told,
)

ALIVE = 990  # tickets: as many as can be, there are 999 pagers
LONG = Stretch(seed=2, length=2 * CHECKPOINT_FORCE)


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
    assert box.ring.begin > 0


def a_checkpoint_without_its_end_is_none() -> None:
    plate = blank(6)
    box = start(plate)
    append(box, BUSY.events[:300])
    box.events = CHECKPOINT_AFTER
    assert box.idle(False) and box.events
    assert look(plate)[1] == BUSY.facts[300]
    box = start(plate)
    append(box, BUSY.events[300:310])
    found, now = look(plate)
    assert now == BUSY.facts[310]
    assert found.ring.begin == 0


def an_event_amid_a_checkpoint_begins_it_anew() -> None:
    plate = blank(6)
    box = start(plate)
    append(box, BUSY.events[:300])
    box.events = CHECKPOINT_AFTER
    assert box.idle(False) and box.events
    append(box, BUSY.events[300:301], idle=False)
    checkpoint(box)
    assert look(plate)[1] == BUSY.facts[301]
    assert look(plate)[0].begin == told(plate, records.BEGIN)[-1][0]


def a_checkpoint_is_known_at_once_and_for_ever() -> None:
    plate = blank(12)
    box = start(plate)
    append(box, BUSY.events[:120])  # it goes over into a sector prepared before
    checkpoint(box)
    assert look(plate)[0].begin == box.ring.begin > 0
    for k in range(120, 720, 3):
        append(box, BUSY.events[k : k + 3])
        assert look(plate)[0].begin == box.ring.begin > 0
    header = plate.read(place(plate, box.ring.next // SLOTS * SLOTS), records.SIZE)
    assert get(header, 11, 4) == box.ring.begin


def a_damaged_checkpoint_costs_no_event() -> None:
    plate = blank(6)
    box = start(plate)
    append(box, BUSY.events[:800])
    checkpoint(box)
    append(box, BUSY.events[800:])
    begin = look(plate)[0].begin
    rows = [sequence for sequence, _, _ in told(plate, *range(records.BEGIN, records.END + 1))]
    assert rows[0] < begin == box.ring.begin
    for damaged in [sequence for sequence in rows if sequence >= begin]:
        copy = plate.copy()
        copy.cells[place(copy, damaged) + 20] ^= 0x10
        assert look(copy)[1] == BUSY.facts[-1]
        box = start(copy)
        box.append(boot(box))
        assert told(copy, records.END)[-1][0] > rows[-1]  # a new one was written at once


class Fickle(Plate):
    """Flash of which one slot, from a moment on, reads as it was written only once."""

    fickle = -1
    reads = 0

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Spoil all reads of it but the first."""
        super().read_into(offset, buffer)
        if offset == self.fickle:
            self.reads += 1
            if self.reads > 1:
                buffer[20] ^= 1


def what_one_start_believed_the_next_ones_believe() -> None:
    for k in (40, 122, 123, 124, 125, 126, 127):  # at a sector's end, too
        for ended in (False, True):
            plate = Fickle(4, Random(1), pytest.fail)
            box = start(plate)
            append(box, BUSY.events[:k], idle=False)
            if ended:
                checkpoint(box)
            now, begin = facts(box), box.ring.begin
            plate.fickle = place(plate, box.ring.next - 1)
            for _ in range(3):
                box = start(plate)
                assert (facts(box), box.ring.begin) == (now, begin)
            append(box, BUSY.events[k:])
            assert look(plate)[1] == BUSY.facts[-1]


# There is always room.


def there_is_always_room_for_a_checkpoint() -> None:
    for idle in (False, True):
        plate = blank()
        box = start(plate)
        for event in BUSY.events:
            append(box, [event], idle)
            cursor, rows = 0, 0
            while cursor or not rows:
                cursor, rows = snapshot.row(box.order, cursor, bytearray(records.SIZE)), rows + 1
            assert box.ring.room() > 2 * rows + SLOTS // 2
            assert box.ring.begin // SLOTS > box.ring.next // SLOTS - plate.sectors


def idle_moments_spare_the_keys() -> None:
    plate = blank(40)
    box = start(plate)
    most = 0
    for event in LONG.events:
        programs, erases = plate.programs, plate.erases
        box.append(bytearray(event))
        assert plate.programs - programs <= 2
        assert plate.erases == erases
        most = max(most, box.events)
        while box.idle(True):
            pass
    assert most == CHECKPOINT_AFTER


def idle_moments_spare_the_keys_on_a_small_ring_too() -> None:
    plate = blank(6)
    box = start(plate)
    for event in BUSY.events:
        programs = plate.programs
        box.append(bytearray(event))
        assert plate.programs - programs <= 2
        while box.idle(True):
            pass
    assert box.ring.begin > 0


def without_an_idle_moment_a_key_writes_the_checkpoint() -> None:
    box = start(blank(40))
    most = 0
    for event in LONG.events:
        box.append(bytearray(event))
        most = max(most, box.events)
    assert most == CHECKPOINT_FORCE
    assert box.ring.begin > 0


def a_weak_battery_erases_nothing_ahead() -> None:
    plate = blank()
    box = start(plate)
    for k, event in enumerate(BUSY.events, 1):
        box.append(bytearray(event))
        erases = plate.erases
        box.idle(False)
        if k % 100:
            assert plate.erases == erases or box.events < 100 or box.writing()
        else:
            assert look(plate)[1] == BUSY.facts[k]


@pytest.mark.parametrize(("sectors", "tickets"), [(3, 24), (4, 60), (16, 999)])
def test_a_ring_too_small_for_the_line_is_refused(sectors: int, tickets: int) -> None:
    with pytest.raises(JournalError, match="^journal: .*few"):
        Journal(blank(sectors), Order((1,), pagers=30, tickets=tickets)).mount()


# What it costs.


@cache
def full() -> tuple[NorFlash, Journal]:
    """A 1 MiB ring gone round, as many tickets alive as can be, a checkpoint due."""
    chip = NorFlash(1 << 20, Clock(), Random(1), pytest.fail)
    return chip, ring.fill(chip, ALIVE)


def reads(chip: NorFlash) -> tuple[int, int]:
    """Bytes read to find the end, and records to rebuild the line from there."""
    box = Journal(store.Twin(chip), Order(Settings().masks()))
    before = chip.bytes_read
    search = Search(box.ring)
    search.find_end(search.newest())
    found = chip.bytes_read - before
    box.replay()
    return found, (chip.bytes_read - before - 2 * found) // records.SIZE


def a_start_on_a_full_ring_reads_little() -> None:
    chip, box = full()
    found, rebuilt = reads(chip)
    assert found <= 16 * 1024
    assert CHECKPOINT_FORCE < rebuilt < 3000
    # The worst: power fails when the checkpoint that a key forced is nearly done.
    cells = bytes(chip.cells)
    box = Journal(store.Twin(chip), Order(Settings().masks()))
    box.mount()
    box.append(boot(box))
    chip.cut_after(ALIVE * records.SIZE, "torn")
    with pytest.raises(PowerCut):
        box.append(boot(box))
    chip.clock = Clock()
    found, rebuilt = reads(chip)
    chip.cells[:] = cells
    assert found <= 16 * 1024
    assert rebuilt < 3000


def a_record_is_one_program_and_few_erases() -> None:
    plate = blank(8)
    box = start(plate)
    programs, erases, first = plate.programs, plate.erases, box.ring.next
    append(box, LONG.events)
    written = box.ring.next - first
    # The header prepared ahead, and zeros in slot 0 before the first erase of a blank sector.
    assert plate.programs - programs <= written + 1 + plate.sectors
    assert 1000 * (plate.erases - erases) / written < 8.4


PROMISES = [
    a_start_finds_the_line_at_any_time,
    a_checkpoint_without_its_end_is_none,
    an_event_amid_a_checkpoint_begins_it_anew,
    a_checkpoint_is_known_at_once_and_for_ever,
    a_damaged_checkpoint_costs_no_event,
    what_one_start_believed_the_next_ones_believe,
    there_is_always_room_for_a_checkpoint,
    idle_moments_spare_the_keys,
    idle_moments_spare_the_keys_on_a_small_ring_too,
    without_an_idle_moment_a_key_writes_the_checkpoint,
    a_weak_battery_erases_nothing_ahead,
    a_start_on_a_full_ring_reads_little,
    a_record_is_one_program_and_few_erases,
]

FAULTS = {
    "replay begins one late": (
        "return sequence + 1 if same",
        "return sequence + 2 if same",
        a_start_finds_the_line_at_any_time,
    ),
    "a checkpoint has no chain": (
        "            self._row[AT_VALUE:AT_CRC] = ring.value\n",
        "",
        a_start_finds_the_line_at_any_time,
    ),
    "rows are believed before their end": (
        "                if self.ring.back[AT_KIND] == records.END:\n"
        "                    self.found = get(self.ring.back, AT_BEGIN, 4)\n",
        "                if self.ring.back[AT_KIND] == records.BEGIN:\n"
        "                    self.found = sequence\n",
        a_checkpoint_without_its_end_is_none,
    ),
    "a checkpoint goes on after an event": (
        "self._cursor < 0 or self._run_ordinal != ordinal",
        "self._cursor < 0",
        an_event_amid_a_checkpoint_begins_it_anew,
    ),
    "a header names no checkpoint": (
        "put(header, AT_CHECKPOINT, 4, self.begin)",
        "put(header, AT_CHECKPOINT, 4, 0)",
        a_checkpoint_is_known_at_once_and_for_ever,
    ),
    "an end counts for nothing": (
        "self.found = get(self.ring.back, AT_BEGIN, 4)",
        "pass",
        a_checkpoint_is_known_at_once_and_for_ever,
    ),
    "rows are not counted": (
        "return sequence + 1 if same and get(back, AT_ROWS_CRC, 4) == crc else 0",
        "return sequence + 1",
        a_damaged_checkpoint_costs_no_event,
    ),
    "there is no older checkpoint": (
        "pointer = self.search.pointer_below(pointer)",
        "pointer = 0",
        a_damaged_checkpoint_costs_no_event,
    ),
    "a damaged checkpoint is let be": (
        "        if self._damaged:\n",
        "        if False:\n",
        a_damaged_checkpoint_costs_no_event,
    ),
    "the newest record is read again": (
        "if sequence == self.end:",
        "if False:",
        what_one_start_believed_the_next_ones_believe,
    ),
    "an end is not copied": (
        "if needed and not self._open and ring.read(needed):",
        "if needed and ring.read(needed) and ring.back[AT_KIND] != records.END:",
        what_one_start_believed_the_next_ones_believe,
    ),
    "an event at a sector's end is not copied": (
        "                if anchored:\n                    self.anchor()\n",
        "                if anchored:\n                    self.anchor()\n"
        "                if record[AT_KIND] < records.HEADER and not anchored:\n"
        "                    return\n",
        what_one_start_believed_the_next_ones_believe,
    ),
    "no room is kept": (
        "2 * self._rows_now() + SLOTS + early",
        "SLOTS + early",
        there_is_always_room_for_a_checkpoint,
    ),
    "an idle moment writes no checkpoint": (
        "            self.events >= CHECKPOINT_AFTER\n            or ",
        "            ",
        idle_moments_spare_the_keys,
    ),
    "an idle moment erases nothing": (
        "if may_erase and free_ms >= ERASE_MS and self.ring.prepare_ahead():",
        "if False:",
        idle_moments_spare_the_keys,
    ),
    "an idle moment makes no room": (
        "            or self._short(_EARLY)\n",
        "",
        idle_moments_spare_the_keys_on_a_small_ring_too,
    ),
    "no key writes a checkpoint": (
        "self.events >= CHECKPOINT_FORCE or ",
        "",
        without_an_idle_moment_a_key_writes_the_checkpoint,
    ),
    "an erase needs no power": (
        "if may_erase and free_ms >= ERASE_MS and self.ring.prepare_ahead():",
        "if self.ring.prepare_ahead():",
        a_weak_battery_erases_nothing_ahead,
    ),
    "the rows of a checkpoint cut short are read": (
        "self._open and rows_last and",
        "False and",
        a_start_on_a_full_ring_reads_little,
    ),
    "the end is looked for in three sectors": (
        "if end and sequence < self._older * SLOTS:",
        "if end and sequence < (self._older - 1) * SLOTS:",
        a_start_on_a_full_ring_reads_little,
    ),
    "each record is written twice": (
        "            self.program(sequence, record)\n",
        2 * "            self.program(sequence, record)\n",
        a_record_is_one_program_and_few_erases,
    ),
    "each erase is done twice": (
        "                self.flash.erase(physical)\n",
        2 * "                self.flash.erase(physical)\n",
        a_record_is_one_program_and_few_erases,
    ),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_the_journal_keeps(promise: Callable[[], None]) -> None:
    promise()


test_a_broken_promise_is_found = found_by(CORE, FAULTS)
