"""Whatever lies in the partition: a box starts on it or says by name why not, and never both.

After a start the journal takes events, and the next start finds them. Drawn by hypothesis: bytes,
journals with bits flipped and stretches overwritten, records that are valid and make no sense.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.journal.ring import SLOTS, JournalError
from luot.core.limits import ARRIVALS_DAY
from luot.core.line.order import Order
from luot.core.wire import put
from luot.pc import story
from sim.chips.norflash import SECTOR
from sim.torture.plate import Plate
from sim.torture.stretch import KEY, START, decide, empty_line, press
from sim.torture.verdict import facts
from tests.faults.seeded import fails, seed
from tests.rigs.journal import BUSY, CORE, append
from tests.rigs.strategies import tries

NAMED = r"journal: (format \d+ is newer|made for \d+ sectors)"
KINDS = (*range(records.DAY_OPEN, records.RATING + 1), *range(records.ANCHOR, records.END + 1))
READS = 60_000  # slots of a start and of events after it; without end is more


class Patient(Plate):
    """Flash that counts what is read: a start that never ends would read for ever."""

    reads = 0

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Read, so often and no more."""
        self.reads += 1
        assert self.reads < READS
        super().read_into(offset, buffer)


def holding(image: bytes) -> Patient:
    """A flash with these bytes in it, whatever was there before."""
    plate = Patient(len(image) // SECTOR, Random(1), lambda text: None)
    plate.cells[:] = image
    return plate


@cache
def journal(sectors: int) -> bytes:
    """A sound journal that went round."""
    plate = Plate(sectors, Random(1), pytest.fail)
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    append(box, BUSY.events[:700])
    return plate.image()


def insist(work: Callable[[], None]) -> None:
    """Do what decayed slots may refuse, three at a time: after a sector of them there are others.

    Any other error is one.
    """
    for _ in range(SLOTS):
        try:
            return work()
        except OSError as error:
            if "three slots refused" not in str(error):
                raise
    raise AssertionError("no slot takes a record")


def started(plate: Patient) -> Journal:
    """A box that has started on it."""
    box = Journal(plate, empty_line(), KEY)
    plate.reads = 0
    insist(box.mount)
    return box


def survives(image: bytes, chance: int, exact: bool = True) -> None:
    """Start on it; go on living unless it is named; start again, and find that life.

    Not exactly that, where records lie ahead that nobody wrote: they may fit one day.
    """
    plate = holding(image)
    try:
        box = started(plate)
    except JournalError as error:
        named = re.match(NAMED, str(error))
        assert named
        assert plate.image() == image
    except OSError as error:
        if exact or str(error) != "journal: no sector can be erased":
            raise
    else:
        lives_on(plate, box, chance, exact)


def lives_on(plate: Patient, box: Journal, chance: int, exact: bool) -> None:
    """Have things happen, and start once more."""
    rng, record = Random(chance), bytearray(records.SIZE)
    decide(box.order, record, START)
    for _ in range(12):
        insist(partial(box.append, record))
        box.idle(True)
        press(rng, box.order, record)
    # Which tickets are alive says the picture; how many events were lost is counted from a start.
    lived, again = box.order, started(plate).order
    assert list(story.log(plate))
    assert again.ordinal >= lived.ordinal
    if not exact:
        return
    assert (again.ordinal, again.arrivals, again.pressed) == (
        lived.ordinal,
        lived.arrivals,
        lived.pressed,
    )


@tries(60)
@given(st.binary(max_size=4096), st.integers(0, 5), st.integers())
def test_random_bytes(data: bytes, sectors: int, chance: int) -> None:
    size = (4 + sectors) * SECTOR
    fill = data or b"\xff"
    survives((fill * (size // len(fill) + 1))[:size], chance)


@tries(60)
@given(st.integers(4, 6), st.integers(0, 2**32), st.integers(1, 3000))
def test_flipped_bits(sectors: int, chance: int, bits: int) -> None:
    image, rng = bytearray(journal(sectors)), Random(chance)
    for _ in range(bits):
        image[rng.randrange(len(image))] ^= 1 << rng.randrange(8)
    survives(bytes(image), chance)


@tries(60)
@given(
    st.integers(4, 6),
    st.lists(st.tuples(st.integers(0, 6 * SECTOR), st.binary(max_size=300)), max_size=20),
    st.integers(),
)
def test_stretches_overwritten(sectors: int, wrong: list[tuple[int, bytes]], chance: int) -> None:
    image = bytearray(journal(sectors))
    for at, data in wrong:
        image[at % len(image) : at % len(image) + len(data)] = data
    survives(bytes(image[: sectors * SECTOR]), chance)


@pytest.mark.parametrize("sectors", [4, 5, 6])
def test_a_journal_that_lost_its_headers_never_comes_back(sectors: int) -> None:
    image = bytearray(journal(sectors))
    for at in range(0, len(image), SECTOR):
        image[at : at + records.SIZE] = bytes(records.SIZE)
    plate = holding(bytes(image))
    box = started(plate)
    for k in range(0, 400, 40):
        append(box, BUSY.events[k : k + 40])
        box = started(plate)
        assert facts(box) == BUSY.facts[k + 40]


@pytest.mark.parametrize("sectors", [4, 5, 6])
def test_headers_that_died_but_for_the_last_stop_nobody(sectors: int) -> None:
    plate = Plate(sectors, Random(1), pytest.fail)
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    while box.ring.next < (sectors - 1) * SLOTS + 120:
        append(box, BUSY.events[box.order.ordinal :][:1])
    image = bytearray(plate.image())
    for at in range(0, len(image) - SECTOR, SECTOR):
        image[at : at + 125 * records.SIZE] = bytes(125 * records.SIZE)
    survives(bytes(image), 1)


@tries(40)
@given(st.integers(4, 6), st.integers(0, 5), st.integers(0, 6), st.integers(0, 2**32))
def test_valid_records_that_make_no_sense(sectors: int, rows: int, wild: int, chance: int) -> None:
    """Every slot, or one in two, is a record with its check sum; the headers are sound."""
    rng, image = Random(chance), bytearray(journal(sectors))
    for at in range(0, len(image), records.SIZE):
        slot = at // records.SIZE
        if slot % SLOTS == 0 or rng.randrange(6) < rows:
            continue
        kind = rng.choice(KINDS)
        low, word = rng.randint(1, 3), rng.randrange(ARRIVALS_DAY)
        a, ticket, number, pager = (rng.choice((0, low, word)) for _ in range(4))
        desk, lane, d = rng.randint(1, 3), rng.randrange(6), rng.randrange(8)
        record = bytearray(records.SIZE)
        if rng.randrange(6) < wild:
            record[7:28] = rng.randbytes(21)
            record[7] = kind
        else:
            records.press(record, rng.randrange(4), rng.randrange(3), word)
            records.fact(record, kind, desk, lane, ticket, number, pager, a, word, low, d)
        records.stamp(record, slot + rng.choice((0, 1)) * sectors * SLOTS, rng.randrange(900))
        image[at : at + records.SIZE] = record
    survives(bytes(image), chance, exact=False)


@tries(40)
@given(st.integers(4, 6), st.integers(0, 5), st.integers(2, 255), st.integers(0, 65535))
def test_a_journal_of_another_kind_is_named(
    sectors: int, sector: int, version: int, size: int
) -> None:
    for at, wide, value, text in ((8, 1, version, "is newer"), (9, 2, size, "made for")):
        image = bytearray(journal(sectors))
        start = sector % sectors * SECTOR
        header = image[start : start + records.SIZE]
        put(header, at, wide, value)
        records.stamp(header, records.sequence(header), records.ordinal(header))
        image[start : start + records.SIZE] = header
        plate = holding(bytes(image))
        if (at, value) == (9, sectors):
            continue
        with pytest.raises(JournalError, match=f"^journal: .*{text}"):
            Journal(plate, empty_line(), KEY).mount()
        assert plate.image() == image


@given(st.integers(1, 14), st.integers(1, 999))
def test_a_partition_is_too_small_or_holds_every_line(sectors: int, tickets: int) -> None:
    plate = Plate(sectors, Random(1), pytest.fail)
    try:
        box = Journal(plate, Order((1,), pagers=999, tickets=tickets))
        box.mount()
    except JournalError as error:
        few = "few" in str(error)
        assert few
        assert plate.image() == b"\xff" * plate.size
    else:
        assert sectors * SLOTS > 3 * tickets


def test_a_start_that_believes_anything_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(
        monkeypatch,
        CORE,
        '            raise JournalError("store.newer", "journal: format %d is newer"'
        " % back[AT_VERSION])",
        "            pass",
    )
    assert fails(test_a_journal_of_another_kind_is_named)
