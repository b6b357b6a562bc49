"""A journal on the bench: flash to write on, stretches to write, and what is read back.

Shared by the tests of the journal. Whatever a twin notes as misuse fails the test.
"""

from functools import cache, partial
from random import Random

import pytest

from luot.core import records
from luot.core.journal import journal, recovery, ring, search
from luot.core.journal.journal import Journal
from luot.core.journal.recovery import Recovery
from luot.core.journal.ring import SLOTS
from luot.core.limits import CHECKPOINT_AFTER
from luot.core.line import history, premises, undo, undoable
from luot.core.line.order import Order
from luot.pc import reader
from sim.torture.plate import Plate
from sim.torture.stretch import KEY, START, Facts, Stretch, decide, empty_line
from sim.torture.verdict import facts

CORE = (
    history,
    journal,
    undoable,
    premises,
    reader,
    recovery,
    ring,
    search,
    undo,
)  # where a fault may be seeded
BUSY = Stretch(seed=1, length=900)

Said = tuple[int, bytes, bool | None]  # sequence, record, linked: see reader.read


def blank(sectors: int = 4) -> Plate:
    return Plate(sectors, Random(1), pytest.fail)


def start(plate: Plate) -> Journal:
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    return box


def append(box: Journal, events: list[bytes], idle: bool = True) -> None:
    """Have events happen; with an idle moment after each."""
    for event in events:
        box.append(bytearray(event))
        if idle:
            box.idle(True)


def boot(box: Journal) -> bytearray:
    """A record that fits whatever happened before."""
    record = bytearray(records.SIZE)
    decide(box.order, record, START)
    return record


def checkpoint(box: Journal) -> None:
    """Have idle moments until a checkpoint is complete."""
    box.events = CHECKPOINT_AFTER
    while box.events:
        assert box.idle(True)


def look(plate: Plate) -> tuple[Recovery, Facts]:
    """What a start reads, before it writes anything."""
    before = plate.image()
    box = Journal(plate, empty_line(), KEY)
    start = Recovery(box.ring, box.order)
    start.replay()
    assert plate.image() == before
    return start, facts(box)


def place(plate: Plate, sequence: int) -> int:
    """Where a slot lies, bytes."""
    return sequence % (plate.sectors * SLOTS) * records.SIZE


def told(plate: Plate, *kinds: int) -> list[Said]:
    """What the reader says of the records of these kinds, or of all."""
    return [said for said in reader.read(plate) if said[1][7] in kinds or not kinds]


def number(record: bytes) -> int:
    """A record's event ordinal."""
    return records.ordinal(bytearray(record))


def come(box: Journal, people: int, idle: bool = False) -> None:
    """A day begins, and so many people come; with an idle moment after each."""
    record = bytearray(records.SIZE)
    for press, kind in enumerate((records.DAY_OPEN, *people * (records.ISSUE,)), 1):
        assert box.order.decide(record, kind, 0, press, 0, 0, 0) == 0
        append(box, [bytes(record)], idle)


def crowded(plate: Plate) -> Journal:
    """Start a box of an office where many wait."""
    box = Journal(plate, Order((1,), pagers=500, tickets=500), KEY)
    box.mount()
    return box


LIVED = 600  # events


def torn(sequence: int, plate: Plate) -> None:
    plate.program(place(plate, sequence), bytes(records.SIZE))


def lived() -> Plate:
    """A journal with torn records, restarts after them, and a checkpoint."""
    plate = blank(8)
    box = start(plate)
    for k in range(0, LIVED, 60):
        append(box, BUSY.events[k : k + 60])
        if k == 300:
            checkpoint(box)
        plate.strike(partial(torn, box.ring.next), 9, "torn")
        box = start(plate)
    return plate


@cache
def image() -> bytes:
    return lived().image()


def spoiled(at: int, data: bytes) -> Plate:
    """Such a journal with other bytes from offset `at` on."""
    plate = blank(8)
    plate.cells[:] = image()
    plate.cells[at : at + len(data)] = data
    return plate


def uncopied() -> list[tuple[int, bytes]]:
    """Sequence and record of the events that were written only once."""
    plate = spoiled(0, b"")
    events = [(s, r) for s, r, _ in told(plate) if r[7] < records.HEADER]
    ordinals = [number(record) for _, record in events]
    return [event for event in events if ordinals.count(number(event[1])) == 1]
