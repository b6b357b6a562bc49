"""The journal on rubbish, on decayed flash, and on flash that refuses.

A promise is a function; each of FAULTS, seeded into the code, must break the one it names.
"""

from collections.abc import Callable
from random import Random

import pytest

from luot.core import records
from luot.core.ring import SLOTS
from luot.core.wire import put
from sim.chips.norflash import SECTOR
from sim.plate import Plate
from sim.stretch import Facts, press
from sim.verdict import facts
from tests.faults import fails, seed
from tests.journal_bench import BUSY, CORE, append, blank, checkpoint, look, place, start, told

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
    for k in range(300, 720, 60):
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
    plate.dead = {2}
    box = start(plate)
    for event in BUSY.events:
        box.append(bytearray(event))
        while box.idle(True):
            pass
    rounds = (box.ring.next // SLOTS + 1) // 5 + 1
    assert rounds > 1
    assert plate.asked[2] <= 3 * rounds
    assert max(plate.asked[sector] for sector in (0, 1, 3, 4)) <= rounds


def a_dead_chip_is_said_plainly_and_nothing_more_is_erased() -> None:
    plate = Bad(40)
    box = start(plate)
    append(box, BUSY.events[:100])
    plate.stuck = set(range(0, plate.size, records.SIZE))
    for k in range(100, 300):
        with pytest.raises(OSError, match="^journal: (three slots|no sector)"):
            box.append(bytearray(BUSY.events[k]))
    assert facts(box) == look(plate)[1] == BUSY.facts[100]
    assert sum(plate.asked) <= 2 + 3 * 3


def a_failed_call_undoes_nothing() -> None:
    """What was said to have happened has; what was not, may or may not have, for good."""
    for number in range(6):
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
    a_dead_chip_is_said_plainly_and_nothing_more_is_erased,
    a_failed_call_undoes_nothing,
]

FAULTS = {
    "a newer sector needs no header": (
        "if back[7] != records.HEADER or sequence % SLOTS or not records.valid(back, sequence):",
        "if back[7] != records.HEADER:",
        on_rubbish_the_line_is_empty,
    ),
    "any slot is valid": (
        "        return records.valid(self.back, sequence)\n",
        "        return records.sequence(self.back) == sequence\n",
        on_rubbish_the_line_is_empty,
    ),
    "the first anchor missing stops the search": (
        "        if self.ring.read(after + 1) or self.ring.read(after + 2):\n",
        "        if False:\n",
        a_header_that_died_costs_nothing,
    ),
    "damage keeps its sectors": (
        "            ring.begin = self.begin = end\n",
        "",
        without_a_checkpoint_the_rest_goes_on,
    ),
    "nothing is read back": (
        "            if self.back == record:\n",
        "            if True:\n",
        a_slot_that_refuses_costs_itself,
    ),
    "one slot that refuses is enough": (
        "for tried in range(2 * _TRIES):",
        "for tried in range(1):",
        a_slot_that_refuses_costs_itself,
    ),
    "a slot that refused is taken again": (
        "            self.next = sequence + 1\n            if",
        "            if",
        three_slots_that_refuse_end_the_sector,
    ),
    "no sector is passed over": (
        "            self._bad = sector\n",
        "            break\n",
        a_dead_sector_costs_itself,
    ),
    "an erase is believed": (
        "            self.read(sector * SLOTS)\n            if self.back == header:\n",
        "            if True:\n",
        a_dead_chip_is_said_plainly_and_nothing_more_is_erased,
    ),
    "a bad sector takes no room": (
        "bad = 1 if self._bad > self.next // SLOTS else 0",
        "bad = 0",
        a_dead_sector_costs_itself,
    ),
    "a bad sector is forgotten": (
        "            self._bad = sector\n",
        "",
        a_dead_sector_is_not_tried_again_and_again,
    ),
    "all sectors are tried": (
        "first + _TRIES):",
        "first + 99):",
        a_dead_chip_is_said_plainly_and_nothing_more_is_erased,
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


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, promise = FAULTS[fault]
    seed(monkeypatch, CORE, sound, broken)
    assert fails(promise)
