"""The journal on rubbish, on decayed flash, and on flash that refuses.

A promise is a function; each of FAULTS, seeded into the code, must break the one it names.
"""

from collections.abc import Callable
from random import Random

import pytest

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.journal.ring import SLOTS, JournalError
from luot.core.line.order import Order
from luot.core.line.ticket import CALLED, HELD
from luot.core.wire import put
from luot.pc import story
from sim.chips.norflash import SECTOR
from sim.torture.plate import Plate
from sim.torture.stretch import KEY, Facts, decide, press
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

# Rubbish.


def rubbish() -> list[bytes]:
    """Partitions that hold no journal: worn, foreign, or nearly one."""
    size, rng = 4 * SECTOR, Random(3)
    found = [bytes(size), b"\xff" * size, b"\x80" * size]
    found += [rng.randbytes(size) for _ in range(20)]
    for _ in range(20):
        nearly = bytearray(rng.randbytes(size))
        for at in range(0, size, records.SIZE):
            put(nearly, at, 4, at // records.SIZE)
            nearly[at + 7] = rng.choice((records.HEADER, records.ANCHOR, records.END, 8))
        found.append(bytes(nearly))
    return found


def on_rubbish_the_line_is_empty() -> None:
    for image in rubbish():
        plate = blank()
        plate.cells[:] = image
        box = start(plate)
        assert facts(box) == BUSY.facts[0]
        append(box, BUSY.events[:150])
        assert facts(start(plate)) == BUSY.facts[150]


@pytest.mark.parametrize(
    ("at", "size", "value", "text"),
    [(8, 1, 2, "format 2 is newer"), (9, 2, 256, "made for 256 sectors")],
)
def test_a_journal_of_another_kind_is_left_alone(
    at: int, size: int, value: int, text: str
) -> None:
    plate = blank()
    append(start(plate), BUSY.events[:200])
    header = bytearray(plate.cells[SECTOR : SECTOR + records.SIZE])
    put(header, at, size, value)
    records.stamp(header, SLOTS, 0)
    plate.cells[SECTOR : SECTOR + records.SIZE] = header
    before = plate.image()
    with pytest.raises(OSError, match=f"^journal: {text}$"):
        start(plate)
    assert plate.image() == before


# Decay.


def grown(sectors: int) -> Plate:
    """A journal whose misuse does not matter, with a checkpoint now and then."""
    plate = Plate(sectors, Random(1), lambda text: None)
    box = start(plate)
    for k in range(0, 900, 300):
        append(box, BUSY.events[k : k + 300])
        checkpoint(box)
    return plate


def go_on(plate: Plate, rng: Random) -> Facts:
    """Start on it and live for a while."""
    box = start(plate)
    record = bytearray(records.SIZE)
    for _ in range(150):
        press(rng, box.order, record)
        box.append(record)
        box.idle(True)
    return facts(box)._replace(picture=0)  # losses are counted from a start on


def a_flipped_bit_costs_one_event() -> None:
    rng, sound = Random(4), grown(16)
    for bits in (1, 10, 50):
        for _ in range(15):
            plate = sound.copy()
            for _ in range(bits):
                plate.cells[rng.randrange(plate.size)] ^= 1 << rng.randrange(8)
            assert look(plate)[0].order.lost <= bits
            now = go_on(plate, rng)
            assert facts(start(plate))._replace(picture=0) == now


def decay_stops_nobody() -> None:
    rng = Random(5)
    for sectors in (4, 16):
        sound = grown(sectors)
        for bits in (100, 1000, 10000, 30000):
            for _ in range(8):
                plate = sound.copy()
                for _ in range(bits):
                    plate.cells[rng.randrange(plate.size)] ^= 1 << rng.randrange(8)
                start(plate)
                assert told(plate)


def a_lost_sector_stops_nobody() -> None:
    rng = Random(6)
    for sectors in (4, 8):
        sound = grown(sectors)
        for sector in range(sectors):
            for rest in (bytes(SECTOR), b"\xff" * SECTOR, rng.randbytes(SECTOR)):
                plate = sound.copy()
                plate.cells[sector * SECTOR : (sector + 1) * SECTOR] = rest
                now = go_on(plate, rng)
                assert facts(start(plate))._replace(picture=0) == now


def without_a_checkpoint_the_rest_goes_on() -> None:
    for k in range(500, 900, 40):
        plate = Plate(4, Random(1), lambda text: None)
        append(start(plate), BUSY.events[:k], idle=False)
        for sequence, _, _ in told(plate, records.BEGIN):
            plate.cells[place(plate, sequence) + 20] ^= 1
        now = go_on(plate, Random(k))
        assert facts(start(plate))._replace(picture=0) == now


def a_header_that_died_costs_nothing() -> None:
    for k in (40, *range(300, 720, 60)):
        for ahead in (False, True):
            plate = blank(6)
            box = start(plate)
            append(box, BUSY.events[:k])
            if not ahead:  # no sector was prepared after the present one
                plate.erase((box.ring.next // SLOTS + 1) % 6)
            sector = box.ring.next // SLOTS % 6 * SECTOR
            plate.cells[sector : sector + records.SIZE] = bytes(records.SIZE)
            box = start(plate)
            assert facts(box) == BUSY.facts[k]
            append(box, BUSY.events[k:])
            assert facts(start(plate)) == BUSY.facts[-1]


# Flash that refuses.


class Bad(Plate):
    """Flash with slots that keep a bit, sectors that cannot be erased, and calls that fail."""

    def __init__(self, sectors: int) -> None:
        super().__init__(sectors, Random(1), lambda text: None)
        self.stuck: set[int] = set()  # places of slots
        self.dead: set[int] = set()  # sectors
        self.silent = False  # whether a dead one says that it was erased
        self.asked = [0] * sectors  # erases wanted, by sector
        self.fails: Callable[[], bool] = lambda: False

    def program(self, offset: int, data: bytes) -> None:
        """Clear bits, but for a stuck one; it may have done so when it fails."""
        failed = self.fails()
        if not failed or self._rng.randrange(2):
            stuck = 0x40 if offset in self.stuck else 0
            super().program(offset, bytes(byte | stuck for byte in data))
        if failed:
            raise OSError("flash: no program")

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Read, or fail."""
        if self.fails():
            raise OSError("flash: no read")
        super().read_into(offset, buffer)

    def erase(self, sector: int) -> None:
        """Erase, or not; a dead sector may say so or not."""
        self.asked[sector] += 1
        failed = self.fails()
        if failed or (sector in self.dead and not self.silent):
            raise OSError("flash: no erase")
        if sector not in self.dead:
            super().erase(sector)


def live_on(plate: Plate) -> None:
    box = start(plate)
    for k, event in enumerate(BUSY.events, 1):
        append(box, [event])
        if k % 37 == 0:
            box = start(plate)
            assert facts(box) == BUSY.facts[k]


def a_slot_that_refuses_costs_itself() -> None:
    plate = Bad(6)
    for slot in range(8, 6 * SLOTS, 8):
        if slot % SLOTS:
            plate.stuck |= {records.SIZE * slot, records.SIZE * (slot + slot % 3)}
    live_on(plate)
    assert all(told(plate, kind) for kind in (records.ISSUE, records.ANCHOR, records.BEGIN))


def three_slots_that_refuse_end_the_sector() -> None:
    plate = Bad(4)
    box = start(plate)
    append(box, BUSY.events[:20])
    plate.stuck = {place(plate, box.ring.next + i) for i in range(3)}
    append(box, BUSY.events[20:40])
    assert box.ring.next // SLOTS == 1
    assert facts(box) == facts(start(plate)) == BUSY.facts[40]


def a_dead_sector_costs_itself() -> None:
    for sector in range(5):
        for neighbour, silent in ((sector, False), (sector, True), ((sector + 1) % 5, False)):
            plate = Bad(5)
            plate.dead, plate.silent = {sector, neighbour}, silent
            live_on(plate)


def a_sector_that_dies_costs_itself() -> None:
    plate = Bad(8)
    box = start(plate)
    for k, event in enumerate(BUSY.events, 1):
        if k % 300 == 0:
            plate.dead.add(box.ring.next // SLOTS % 8)
        append(box, [event])
        if k % 37 == 0:
            box = start(plate)
            assert facts(box) == BUSY.facts[k]


def a_dead_sector_is_not_tried_again_and_again() -> None:
    plate = Bad(5)
    plate.dead, plate.silent = {2}, True
    box = start(plate)
    for event in BUSY.events:
        box.append(bytearray(event))
        while box.idle(True):
            pass
        assert box.ring.prepared % 5 != 2 or box.ring.prepared == 2, "it was blank once"
    rounds = (box.ring.next // SLOTS + 1) // 5 + 1
    assert rounds > 1
    assert plate.asked[2] <= 3 * rounds
    assert max(plate.asked[sector] for sector in (0, 1, 3, 4)) <= rounds


def a_dead_chip_is_said_plainly_and_nothing_is_erased_again() -> None:
    plate = Bad(40)
    box = start(plate)
    append(box, BUSY.events[:100])
    plate.stuck = set(range(0, plate.size, records.SIZE))
    for k in range(100, 300):
        with pytest.raises(OSError, match="^journal: (three slots|no sector)"):
            box.append(bytearray(BUSY.events[k]))
    assert facts(box) == look(plate)[1] == BUSY.facts[100]
    assert sum(plate.asked) <= 2 + 3 * (plate.sectors - 2)


def many_dead_sectors_cost_themselves() -> None:
    """Side by side, met while it writes, and at a start."""
    for restarts in (False, True):
        plate = Bad(20)
        plate.dead = {2, 3, 4, 5, 6, 7, 9}
        box = start(plate)
        for k, event in enumerate(BUSY.events, 1):
            append(box, [event], idle=not restarts)
            if restarts and k % 9 == 0:
                box = start(plate)
        assert facts(start(plate)) == BUSY.facts[-1]
        said = [told["sector"] for told in story.log(plate) if told["kind"] == "worn"]
        assert said == [2, 3, 4, 5, 6, 7, 9]
    plate = Bad(7)
    plate.dead = {2, 3, 4}
    box = start(plate)
    append(box, BUSY.events)
    assert facts(start(plate)) == BUSY.facts[-1]


def a_sector_that_died_in_use_is_named() -> None:
    """Wholly, or at its beginning; with the next one prepared, or not."""
    for dead, prepared in ((SECTOR, True), (3 * records.SIZE, False), (9 * records.SIZE, False)):
        plate = blank(8)
        box = start(plate)
        append(box, BUSY.events[:400])
        while not box.ring.next % SLOTS > 40 or (box.ring.prepared > here(box)) != prepared:
            append(box, BUSY.events[box.order.ordinal :][:1], idle=prepared)
        at = here(box) * SECTOR
        plate.cells[at : at + dead] = bytes(dead)
        again = start(plate)
        assert 0 < again.order.lost <= 2 * SLOTS
        again.append(boot(again))
        assert again.order.ordinal > box.order.ordinal
        damage = [told for told in story.log(plate) if told["kind"] == "damage"]
        assert damage
        assert again.order.lost == start(plate).order.lost


def a_sector_that_died_in_use_is_named_though_it_began_with_rows() -> None:
    plate = blank(8)
    box = start(plate)
    while box.ring.next < 2 * SLOTS - 12:
        append(box, BUSY.events[box.order.ordinal :][:1])
    checkpoint(box)
    append(box, BUSY.events[box.order.ordinal :][:60])
    plate.cells[2 * SECTOR : 3 * SECTOR] = b"\xff" * SECTOR
    again = start(plate)
    assert again.order.lost > 0
    again.append(boot(again))
    assert again.order.ordinal > box.order.ordinal


def lost_ordinals_have_an_end() -> None:
    """No number beyond the last one is given, and no start fails for it."""
    plate = blank(8)
    box = start(plate)
    while box.ring.next % SLOTS < 120:
        append(box, BUSY.events[box.order.ordinal :][:1])
    before = here(box)
    box.order.ordinal = box.ring.ordinal = 0xFFFFA0
    while here(box) == before or box.ring.prepared <= here(box):
        box.append(boot(box))
        box.idle(True)
    dead = here(box) * SECTOR
    plate.cells[dead : dead + SECTOR] = bytes(SECTOR)
    assert start(plate).order.ordinal == start(plate).order.ordinal == 0xFFFFFF


def here(box: Journal) -> int:
    """The sector that is being filled."""
    return box.ring.next // SLOTS


def what_cannot_be_is_lost() -> None:
    """Valid records of no box like this one: passed over, counted, and never an end."""
    for at, value, kind in (
        (8, 34, records.CALL),
        (14, 33, records.CALL),
        (15, 0x95, records.ISSUE),
        (26, 33, records.TRANSFER),
        (26, 4, records.INTAKE),
        (26, 0, records.RATING),
        (26, 9, records.RATING),
        (14, 0, records.DESK),
        (14, 0, records.CALL),
        (17, 0x80, records.ISSUE),
        (19, 0x80, records.CALL),
        (16, 0, records.DAY_OPEN),
        (25, 0xFF, records.BOOT),
    ):
        plate = blank()
        box = start(plate)
        append(box, BUSY.events[:60])
        record = bytearray(BUSY.events[59])
        record[7], record[14:20], record[26] = kind, b"\1\0\1\0\1\0", 1
        record[at] = value
        if value == 0xFF:
            record[at - 1] = record[22] = record[23] = 0xFF
        box.ring.write(record, 61)
        again = start(plate)
        assert (again.order.ordinal, again.order.lost) == (61, 1)
        assert again.order.arrivals == box.order.arrivals
        assert list(story.log(plate))


def the_last_ordinal_is_the_last() -> None:
    plate = blank()
    box = start(plate)
    box.order.ordinal = 0xFFFFFF
    for _ in range(3):
        with pytest.raises(JournalError, match="^journal: no ordinal is left$") as error:
            box.append(boot(box))
        assert error.value.word == "store.end"


def a_desk_less_stops_nobody() -> None:
    """Fewer desks in the settings: whoever was there is on hold, and nothing else changes."""
    plate = blank()
    box = start(plate)
    for source, kind, at, extra in (
        *[(0, records.DAY_OPEN, 0, 0)],
        *[(0, records.ISSUE, 0, priority) for priority in (0, 0, 1)],
        *[(2, records.CALL, 2, 0), (1, records.CALL, 1, 0), (3, records.CALL, 3, 0)],
    ):
        record = bytearray(records.SIZE)
        decide(box.order, record, (kind, source, at, extra))
        box.append(record)
    again = Journal(plate, Order((7,), pagers=30, tickets=24), KEY)
    again.mount()
    record = boot(again)
    record[14] = 1
    again.append(record)
    order = again.order
    assert [order.state[slot] for slot in (1, 2, 3)] == [CALLED, HELD, HELD]
    assert order.opened[2] == order.opened[3] == 0
    assert facts(again) == facts(look_with(plate, Order((7,), pagers=30, tickets=24)))


def look_with(plate: Plate, order: Order) -> Journal:
    """What a start makes of an order."""
    box = Journal(plate, order, KEY)
    box.mount()
    return box


def a_failed_call_undoes_nothing() -> None:
    """What was said to have happened has; what was not, may or may not have, for good."""
    for number in (0, 1, 2, 11, 20, 25):
        plate, rng = Bad(4), Random(number)
        box = start(plate)
        refused = 0
        record = bytearray(records.SIZE)
        for _ in range(500):
            press(rng, box.order, record)
            plate.fails = lambda rng=rng: rng.random() < 0.01  # type: ignore[misc]
            try:
                box.append(record)
                box.idle(True)
            except OSError:
                refused += 1
            plate.fails = lambda: False
            if rng.random() < 0.1:
                now, low = look(plate)[1], facts(box)
                assert now == low or now.ordinal == low.ordinal + 1
                if rng.random() < 0.5:
                    box = start(plate)
                    assert facts(box) == now
        assert refused >= 5


PROMISES = [
    on_rubbish_the_line_is_empty,
    a_flipped_bit_costs_one_event,
    decay_stops_nobody,
    a_lost_sector_stops_nobody,
    without_a_checkpoint_the_rest_goes_on,
    a_header_that_died_costs_nothing,
    a_slot_that_refuses_costs_itself,
    three_slots_that_refuse_end_the_sector,
    a_dead_sector_costs_itself,
    a_sector_that_dies_costs_itself,
    a_dead_sector_is_not_tried_again_and_again,
    a_dead_chip_is_said_plainly_and_nothing_is_erased_again,
    many_dead_sectors_cost_themselves,
    a_sector_that_died_in_use_is_named,
    a_sector_that_died_in_use_is_named_though_it_began_with_rows,
    lost_ordinals_have_an_end,
    what_cannot_be_is_lost,
    the_last_ordinal_is_the_last,
    a_desk_less_stops_nobody,
    a_failed_call_undoes_nothing,
]

FAULTS = {
    "a newer sector needs no header": (
        "        proven = back[AT_KIND] == records.HEADER and records.valid(back, sequence)\n"
        "        if not proven or sequence % SLOTS:\n",
        "        if back[AT_KIND] != records.HEADER:\n",
        on_rubbish_the_line_is_empty,
    ),
    "any slot is valid": (
        "        return records.valid(self.back, sequence)\n",
        "        return records.sequence(self.back) == sequence\n",
        on_rubbish_the_line_is_empty,
    ),
    "the first anchor missing stops the search": (
        "        if self._proven(after, _PROOFS):\n",
        "        if False:\n",
        a_header_that_died_costs_nothing,
    ),
    "damage keeps its sectors": (
        "            ring.begin = self.begin = end\n",
        "            pass\n",
        without_a_checkpoint_the_rest_goes_on,
    ),
    "nothing is read back": (
        "            if self.back == record:\n",
        "            if True:\n",
        a_slot_that_refuses_costs_itself,
    ),
    "one slot that refuses is enough": (
        "for tried in range(3 * _TRIES):",
        "for tried in range(1):",
        a_slot_that_refuses_costs_itself,
    ),
    "a slot that refused is taken again": (
        "            self.next = sequence + 1\n            if",
        "            if",
        three_slots_that_refuse_end_the_sector,
    ),
    "no sector is passed over": (
        "            self._bad, self.worn = sector, sector % self.sectors\n",
        "            return False\n",
        a_dead_sector_costs_itself,
    ),
    "an erase is believed": (
        "            self.read(sector * SLOTS)\n            if self.back == header:\n",
        "            if True:\n",
        a_dead_sector_is_not_tried_again_and_again,
    ),
    "a bad sector takes no room": (
        "bad = max(self._bad - here, self.prepared - here - 1, 0)",
        "bad = 0",
        a_dead_sector_costs_itself,
    ),
    "a bad sector is forgotten": (
        "            self._bad, self.worn = sector, sector % self.sectors\n",
        "            self.worn = sector % self.sectors\n",
        a_dead_chip_is_said_plainly_and_nothing_is_erased_again,
    ),
    "many dead sectors take no room": (
        "bad = max(self._bad - here, self.prepared - here - 1, 0)",
        "bad = 1 if self._bad > here else 0",
        many_dead_sectors_cost_themselves,
    ),
    "three dead sectors are the end": (
        "for _ in range(_PASSED):",
        "for _ in range(3):",
        many_dead_sectors_cost_themselves,
    ),
    "a sector that died at its beginning is the end": (
        "self._proven(end + 1, _MORE)",
        "False",
        a_sector_that_died_in_use_is_named,
    ),
    "a header promises nothing": (
        "if self.search.promised > self.order.ordinal:",
        "if 0:",
        a_sector_that_died_in_use_is_named,
    ),
    "lost ordinals are given anew": (
        "min(self.search.promised + SLOTS, ORDINAL_LAST)",
        "self.search.promised",
        a_sector_that_died_in_use_is_named,
    ),
    "lost ordinals have no end": (
        "min(self.search.promised + SLOTS, ORDINAL_LAST)",
        "self.search.promised + SLOTS",
        lost_ordinals_have_an_end,
    ),
    "a header is made before there is an event to bear witness of": (
        "fresh = self.ordinal <= self._entered",
        "fresh = False",
        a_sector_that_died_in_use_is_named_though_it_began_with_rows,
    ),
    "another box's event happens": (
        "if _possible(ring.back):",
        "if 1:",
        what_cannot_be_is_lost,
    ),
    "a ticket beyond a day's last one happens": (
        "0 < get(record, AT_NUMBER, 2) <= get(record, AT_TICKET, 2) <= ARRIVALS_DAY",
        "0 < get(record, AT_NUMBER, 2) <= get(record, AT_TICKET, 2)",
        what_cannot_be_is_lost,
    ),
    "a number above its ticket happens": (
        "0 < get(record, AT_NUMBER, 2) <= get(record, AT_TICKET, 2) <= ARRIVALS_DAY",
        "0 < get(record, AT_TICKET, 2) <= ARRIVALS_DAY",
        what_cannot_be_is_lost,
    ),
    "a day before the first one happens": (
        "return get(record, AT_TICKET, 2) > 0",
        "return True",
        what_cannot_be_is_lost,
    ),
    "a start after which there is none happens": (
        "return get(record, AT_A, 4) < _STARTS_LAST",
        "return True",
        what_cannot_be_is_lost,
    ),
    "an event that cannot be was none": (
        "                    self._skip(number, sequence)\n                ring.ordinal",
        "                    pass\n                ring.ordinal",
        what_cannot_be_is_lost,
    ),
    "ordinals have no end": (
        "if self.order.ordinal >= ORDINAL_LAST:",
        "if 0:",
        the_last_ordinal_is_the_last,
    ),
    "who was open at a desk that is gone stays there": (
        "if 0 < record[AT_DESK] < desk:",
        "if 0:",
        a_desk_less_stops_nobody,
    ),
    "undo asks a desk that is gone": (
        "and before.source <= len(line.services)",
        "",
        a_desk_less_stops_nobody,
    ),
    "a slot is left before it was read back": (
        "            self.read(sequence)\n            self.next = sequence + 1\n",
        "            self.next = sequence + 1\n            self.read(sequence)\n",
        a_failed_call_undoes_nothing,
    ),
    "a checkpoint goes on after a failed call": (
        "cursor, self._cursor = self._cursor, -1",
        "cursor = self._cursor",
        a_failed_call_undoes_nothing,
    ),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_the_journal_keeps(promise: Callable[[], None]) -> None:
    promise()


test_a_broken_promise_is_found = found_by(CORE, FAULTS)
