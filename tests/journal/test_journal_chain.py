"""The chain over the journal: what is missing or was changed is told, and nothing else is.

Which sector is damaged is in test_journal_damage.py.

A promise is a function; each of FAULTS, seeded into the code, must break the one it names.
"""

import hashlib
import hmac as reference
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from luot.core import records
from luot.core.journal import chain
from luot.core.journal.ring import SLOTS
from luot.core.wire import get
from sim.chips.norflash import ERASE_STEPS
from sim.torture.plate import Operation
from sim.torture.stretch import KEY, sealed
from sim.torture.verdict import facts
from tests.faults.seeded import fails, seed
from tests.rigs.journal import (
    BUSY,
    CORE,
    LIVED,
    append,
    blank,
    boot,
    image,
    lived,
    number,
    place,
    spoiled,
    start,
    told,
    uncopied,
)


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
        "memoryview(record)[AT_ORDINAL:AT_CRC]",
        "memoryview(record)[0:AT_CRC]",
        a_copy_stands_for_its_event,
    ),
    "gaps are passed over": (
        "number != (ordinal + 1 if event else ordinal)",
        "number < ordinal",
        a_damaged_event_is_named,
    ),
    "an anchor is believed": (
        "linked = event or value == ring.back[AT_VALUE:AT_CRC]",
        "linked = True",
        a_changed_event_is_named,
    ),
    "the chain leaves out who pressed": (
        "memoryview(record)[AT_ORDINAL:AT_CRC]",
        "memoryview(record)[14:AT_CRC]",
        a_changed_event_is_named,
    ),
    "a sector has no anchor": (
        "                if anchored:\n                    self.anchor()\n",
        "",
        a_sector_can_be_checked_by_itself,
    ),
    "the chain does not go on after a loss": (
        "            ring.value = bytes(ring.back[AT_VALUE:AT_CRC])\n",
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
    "a seal covers no chain": (
        "self.ring.value + bytes(row[AT_BEGIN:AT_SEAL])",
        "bytes(row[AT_BEGIN:AT_SEAL])",
        seals_are_made_with_the_key,
    ),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_the_chain_keeps(promise: Callable[[], None]) -> None:
    promise()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, promise = FAULTS[fault]
    seed(monkeypatch, (*CORE, chain), sound, broken)
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
