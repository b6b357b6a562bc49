"""The chain over the journal: what was damaged or changed is named, and nothing else is.

A promise is a function; each of FAULTS, seeded into the code, must break the one it names.
"""

import hashlib
import hmac as reference
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from random import Random

import pytest

from luot.core import chain, records, story
from luot.core.journal import Journal
from luot.core.limits import CHECKPOINT_AFTER
from luot.core.order import Order
from luot.core.ring import SLOTS
from luot.core.wire import get
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS
from sim.plate import Operation, Plate
from sim.stretch import KEY, sealed
from sim.verdict import facts
from tests.faults import fails, seed
from tests.journal_bench import (
    BUSY,
    CORE,
    append,
    blank,
    boot,
    checkpoint,
    number,
    place,
    start,
    told,
)

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


def a_sound_journal_is_confirmed() -> None:
    events, newest = [], 0
    for _, record, linked in told(lived()):
        if record[7] < records.HEADER and number(record) > newest:
            newest = number(record)
            events.append(record[7:28])
            assert linked is True
        elif record[7] in {records.ANCHOR, records.BEGIN}:
            assert linked is True
        else:
            assert linked is None
    expected = [
        bytes(sealed(bytearray(event), facts.value)[7:28])
        for event, facts in zip(BUSY.events[:LIVED], BUSY.facts, strict=False)
    ]
    assert events == expected
    assert BUSY.events[:LIVED] != expected  # days were closed, and sealed


def a_damaged_event_is_named() -> None:
    rng = Random(1)
    for sequence, record in uncopied()[::3]:
        byte = rng.randrange(records.SIZE)
        bad = bytes([record[byte] ^ 1 << rng.randrange(8)])
        plate = spoiled(place(blank(8), sequence) + byte, bad)
        said = [(s, linked) for s, r, linked in told(plate) if r[7] <= records.BEGIN]
        assert [s for s, linked in said if linked is False] == [
            min(s for s, _ in said if s > sequence)
        ]


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
    plate, record = blank(20), bytearray(records.SIZE)
    box = crowded(plate)
    for kind, press in ((records.DAY_OPEN, 1), *((records.ISSUE, n) for n in range(2, 402))):
        assert box.order.decide(record, kind, 0, press, 0, 0, 0) == 0
        box.append(record)
    checkpoint(box)
    for press in range(150):
        extra = press % 2
        assert box.order.decide(record, records.PAGER, 33, press + 1, 0, 1, extra) == 0
        box.append(record)
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


def crowded(plate: Plate) -> Journal:
    """Start a box of an office where many wait."""
    box = Journal(plate, Order((1,), pagers=500, tickets=500), KEY)
    box.mount()
    return box


def what_a_cut_checkpoint_overwrote_is_no_damage() -> None:
    """It fills sectors of a ring that went round; a start disowns them, but one is half erased."""
    plate, record = blank(20), bytearray(records.SIZE)
    box = crowded(plate)
    for kind, press in ((records.DAY_OPEN, 1), *((records.ISSUE, n) for n in range(2, 402))):
        assert box.order.decide(record, kind, 0, press, 0, 0, 0) == 0
        append(box, [bytes(record)])
    while box.ring.next < 24 * SLOTS + 60:
        append(box, [found_or_lost(box)])
    for share in range(1, ERASE_STEPS):
        copy = plate.copy()
        box = crowded(copy)
        box.events = CHECKPOINT_AFTER + 1
        copy.before = partial(second_erase, copy, [], share)
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


def second_erase(plate: Plate, erases: list[int], share: int, *operation: object) -> None:
    """Pull the plug in the middle of it."""
    if not operation[2]:
        erases.append(share)
        if len(erases) == 2:
            plate.before = None
            plate.cut_after(share, "torn")


def found_or_lost(box: Journal) -> bytes:
    """Somebody says so of a pager, in turn."""
    record, press = bytearray(records.SIZE), box.order.pressed[33]
    assert box.order.decide(record, records.PAGER, 33, press + 1, 0, 1, press % 2) == 0
    return bytes(record)


def a_start_that_had_to_keep_all_is_no_damage() -> None:
    """Without a checkpoint, in the last sector but one, nothing may be erased before there is."""
    for length in range(350, 420, 4):
        plate = blank(5)
        box = start(plate)
        append(box, BUSY.events[:length], False)
        assert not told(plate, records.END)
        start(plate).idle(True)
        assert (start(plate).ring.damaged, damage(plate)) == (-1, [])


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


def a_copy_stands_for_its_event() -> None:
    once = [sequence for sequence, _ in uncopied()]
    events = [(s, number(r)) for s, r, _ in told(lived()) if r[7] < records.HEADER]
    copied = [(s, n) for s, n in events if s not in once]
    for (sequence, one), (_, other) in pairwise(copied):
        if one == other:
            plate = spoiled(place(blank(8), sequence), bytes(records.SIZE))
            assert not [1 for _, _, linked in told(plate) if linked is False]
            assert facts(start(plate)) == BUSY.facts[LIVED]


def a_changed_event_is_named() -> None:
    rng = Random(2)
    for sequence, record in uncopied()[::3]:
        bad = bytearray(record)
        bad[rng.randrange(4, 28)] ^= 1 << rng.randrange(8)
        records.stamp(bad, sequence, records.ordinal(bad))  # with a check sum that fits
        said = told(spoiled(place(blank(8), sequence), bytes(bad)))
        assert [s for s, _, linked in said if linked is False and s >= sequence]


def a_sector_can_be_checked_by_itself() -> None:
    sound = blank(8)
    append(start(sound), BUSY.events[:LIVED])
    for sector in range(1, 4):
        plate = sound.copy()
        plate.erase(sector)
        said = told(plate)
        assert [s // SLOTS for s, _, linked in said if linked is False] == [sector + 1]
        confirmed = [s for s, _, linked in said if linked and s // SLOTS == sector + 1]
        assert len(confirmed) > SLOTS // 2


def a_loss_is_counted_and_the_chain_goes_on() -> None:
    lost = [sequence for sequence, _ in uncopied()[-100:-97]]
    plate = spoiled(place(blank(8), lost[0]), bytes(records.SIZE * 3))
    box = start(plate)
    assert box.order.lost == len(lost) == 3
    assert facts(box)[:2] == BUSY.facts[LIVED][:2]
    box.append(boot(box))
    box = start(plate)
    said = [(s, linked) for s, r, linked in told(plate) if r[7] <= records.BEGIN]
    after = [linked for s, linked in said if s // SLOTS > lost[-1] // SLOTS]
    assert [linked for _, linked in said].count(False) == 1
    assert after.count(True) > 3 and False not in after


def no_ordinal_is_given_out_twice() -> None:
    plate = blank()
    box = start(plate)
    append(box, BUSY.events[:50])
    last = box.ring.next - 1
    box = start(plate)
    for sequence in (last, box.ring.next - 2):  # the event and its copy; the anchor remains
        plate.cells[place(plate, sequence) + 16] ^= 1
    box = start(plate)
    assert (box.order.ordinal, box.order.lost) == (50, 1)


def an_erase_cut_short_is_no_damage() -> None:
    plate = blank()
    box = start(plate)
    tried = 0

    def before(operation: Operation, offset: int, data: bytes) -> None:
        nonlocal tried
        if not data:
            for done in range(ERASE_STEPS):
                victim = plate.copy()
                victim.strike(operation, done, "torn")
                assert not [1 for _, _, linked in told(victim) if linked is False]
                tried += 1

    plate.before = before
    append(box, BUSY.events)
    assert tried > 4 * ERASE_STEPS


def seals_are_made_with_the_key() -> None:
    plate = spoiled(0, b"")
    values = {s: record[8:28] for s, record, _ in told(plate, records.BEGIN)}
    ends = [record for _, record, _ in told(plate, records.END)]
    assert ends
    for end in ends:
        sealed = values[get(end, 8, 4)] + end[8:18]
        assert end[18:26] == reference.new(KEY, sealed, hashlib.sha256).digest()[: chain.SEAL]


PROMISES = [
    a_sound_journal_is_confirmed,
    a_damaged_event_is_named,
    a_damaged_sector_is_named,
    a_damaged_slot_of_a_long_checkpoint_is_named,
    the_first_of_two_damaged_sectors_is_named,
    what_a_cut_checkpoint_overwrote_is_no_damage,
    a_worn_first_sector_hides_nothing,
    a_start_that_had_to_keep_all_is_no_damage,
    a_sector_that_is_gone_is_named,
    a_copy_stands_for_its_event,
    a_changed_event_is_named,
    a_sector_can_be_checked_by_itself,
    a_loss_is_counted_and_the_chain_goes_on,
    no_ordinal_is_given_out_twice,
    an_erase_cut_short_is_no_damage,
    seals_are_made_with_the_key,
]

FAULTS = {
    "a copy is an event": (
        "event = kind < records.HEADER and number > ordinal",
        "event = kind < records.HEADER",
        a_sound_journal_is_confirmed,
    ),
    "the chain takes in slot sequences": (
        "memoryview(record)[4:28]",
        "memoryview(record)[0:28]",
        a_copy_stands_for_its_event,
    ),
    "gaps are passed over": (
        "number != (ordinal + 1 if event else ordinal)",
        "number < ordinal",
        a_damaged_event_is_named,
    ),
    "an anchor is believed": (
        "linked = event or value == ring.back[8:28]",
        "linked = True",
        a_changed_event_is_named,
    ),
    "the chain leaves out who pressed": (
        "memoryview(record)[4:28]",
        "memoryview(record)[14:28]",
        a_changed_event_is_named,
    ),
    "a sector has no anchor": (
        "                if anchored:\n                    self.anchor()\n",
        "",
        a_sector_can_be_checked_by_itself,
    ),
    "the chain does not go on after a loss": (
        "            ring.value = bytes(ring.back[8:28])\n",
        "",
        a_loss_is_counted_and_the_chain_goes_on,
    ),
    "a lost ordinal is free again": (
        "            self._skip(number, sequence)\n            ring.value",
        "            ring.value",
        no_ordinal_is_given_out_twice,
    ),
    "the oldest sector is read": (
        "oldest = newest + 2 - flash.sectors",
        "oldest = newest + 1 - flash.sectors",
        an_erase_cut_short_is_no_damage,
    ),
    "the sector after a gap is named": (
        "gap(before, sequence) if missing > 0 else here",
        "here",
        a_sector_that_is_gone_is_named,
    ),
    "a row that is missing is not told": (
        "(get(record, 8, 4), get(record, 12, 2), get(record, 14, 4)) != (begin, rows, crc)",
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
        "            self._hole = 0  # only",
        "            pass  # only",
        a_start_that_had_to_keep_all_is_no_damage,
    ),
    "the log calls an event a checkpoint": (
        "or ring.back[7] == records.BEGIN)",
        "or 1)",
        a_start_that_had_to_keep_all_is_no_damage,
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
    "a seal covers no chain": (
        "self.ring.value + bytes(row[8:18])",
        "bytes(row[8:18])",
        seals_are_made_with_the_key,
    ),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_the_chain_keeps(promise: Callable[[], None]) -> None:
    promise()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, promise = FAULTS[fault]
    seed(monkeypatch, (*CORE, chain, story), sound, broken)
    image.cache_clear()
    assert fails(promise)
    image.cache_clear()


RFC_4231 = [  # test cases 1 to 4, 6, 7: key, message, HMAC-SHA256
    (
        20 * "0b",
        b"Hi There".hex(),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe".hex(),
        b"what do ya want for nothing?".hex(),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (20 * "aa", 50 * "dd", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        bytes(range(1, 26)).hex(),
        50 * "cd",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        131 * "aa",
        b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        131 * "aa",
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.".hex(),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "message", "digest"), RFC_4231, ids=range(len(RFC_4231)))
def test_hmac_is_that_of_rfc_4231(key: str, message: str, digest: str) -> None:
    assert chain.hmac(bytes.fromhex(key), bytes.fromhex(message)).hex() == digest
