"""The flash twin against the facts of NOR: what programs, erases and power cuts leave behind.

Each promise is a check that takes the class; a mutant of the twin shows that the check can fail.
"""

from collections.abc import Callable
from functools import partial
from random import Random

import pytest

from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS, OUTCOMES, SECTOR, NorFlash

RECORD = Random(7).randbytes(32)
BLANK = b"\xff" * 32


def made(
    cls: type[NorFlash] = NorFlash, seed: int = 1, misuse: list[str] | None = None
) -> NorFlash:
    notes = [] if misuse is None else misuse
    return cls(4 * SECTOR, Clock(), Random(seed), notes.append)


def cut(flash: NorFlash, action: Callable[[], object]) -> None:
    """The plug is pulled within `action`; afterwards there is power again."""
    with pytest.raises(PowerCut):
        action()
    flash.clock.cut_us = None


def torn(cls: type[NorFlash], done: int, outcome: str, seed: int = 1) -> NorFlash:
    flash = made(cls, seed)
    flash.cut_after(done, outcome)
    cut(flash, lambda: flash.program(64, RECORD))
    return flash


def interrupted(cls: type[NorFlash], done: int, outcome: str, seed: int = 1) -> NorFlash:
    flash = made(cls, seed)
    flash.program(0, bytes(range(256)) * 16)
    flash.cut_after(done, outcome)
    cut(flash, lambda: flash.erase(0))
    return flash


# The checks


def programs_only_clear_bits(cls: type[NorFlash]) -> None:
    flash = made(cls)
    flash.program(10, b"\xf0\x3c")
    flash.program(10, b"\xaa\xff")
    assert flash.read(9, 4) == b"\xff\xa0\x3c\xff"


def an_erase_sets_its_sector_and_no_other(cls: type[NorFlash]) -> None:
    flash = made(cls)
    for sector in range(4):
        flash.program(sector * SECTOR, bytes(SECTOR))
    flash.erase(1)
    assert flash.image() == bytes(SECTOR) + b"\xff" * SECTOR + bytes(2 * SECTOR)
    assert flash.wear == [0, 1, 0, 0]


def a_cut_program_is_a_prefix_then_bits_in_flight(cls: type[NorFlash]) -> None:
    for outcome in OUTCOMES:
        tails = set()
        for done in range(len(RECORD)):
            image = torn(cls, done, outcome, seed=done).image()
            tail = image[64 + done : 96]
            tails.add(outcome if tail == BLANK[done:] else "moved")
            assert image[64 : 64 + done] == RECORD[:done]
            assert image[:64] + image[96:] == b"\xff" * (4 * SECTOR - 32)
            assert all(was & now == was for was, now in zip(RECORD[done:], tail, strict=True))
        assert tails == {"none"} if outcome == "none" else "moved" in tails


def a_cut_leaves_one_to_six_unstable_bits(cls: type[NorFlash]) -> None:
    counts = set()
    for done in range(31):
        assert not torn(cls, done, "torn").unstable
        flash = torn(cls, done, "unstable", seed=done)
        counts.add(sum(mask.bit_count() for mask in flash.unstable.values()))
        assert all(64 + done <= at < 96 for at in flash.unstable)
        assert all(not RECORD[at - 64] & mask for at, mask in flash.unstable.items())
    assert min(counts) >= 1
    assert max(counts) <= 6
    assert len(counts) > 3


def unstable_bits_are_misread_once_in_eight(cls: type[NorFlash]) -> None:
    flash = torn(cls, 3, "unstable")
    ((at, mask), *_) = flash.unstable.items()
    bit = mask & -mask
    likely = flash.image()[at] & bit
    wrong = sum(flash.read(at, 1)[0] & bit != likely for _ in range(4000))
    assert 400 < wrong < 600
    assert all(flash.read(0, 64) == b"\xff" * 64 for _ in range(100))


def some_cuts_give_a_record_or_a_blank_that_will_not_last(cls: type[NorFlash]) -> None:
    kinds = set()
    for seed in range(60):
        flash = torn(cls, 0, "unstable", seed)
        reads = [flash.read(64, 32) for _ in range(50)]
        kinds |= {"record" if RECORD in reads and set(reads) != {RECORD} else ""}
        kinds |= {"blank" if BLANK in reads and set(reads) != {BLANK} else ""}
    assert {"record", "blank"} <= kinds


def unstable_bits_last_until_zeroed_or_erased(cls: type[NorFlash]) -> None:
    flash = torn(cls, 3, "unstable")
    flash.clock = Clock(10_000_000)
    before = dict(flash.unstable)
    flash.program(64, BLANK)
    assert flash.unstable == before
    flash.program(64, bytes(32))
    assert not flash.unstable
    assert flash.read(64, 32) == bytes(32)
    flash = torn(cls, 3, "unstable")
    flash.erase(0)
    assert not flash.unstable
    assert flash.read(64, 32) == BLANK


def an_erase_first_zeroes_from_the_end_then_sets(cls: type[NorFlash]) -> None:
    old = bytes(range(256)) * 16
    span = 2 * SECTOR // ERASE_STEPS
    for done in range(ERASE_STEPS // 2):
        kept = SECTOR - done * span
        image = interrupted(cls, done, "none").image()[:SECTOR]
        assert image == old[:kept] + bytes(SECTOR - kept)
        image = interrupted(cls, done, "torn").image()[:SECTOR]
        assert image[: kept - span] == old[: kept - span]
        assert image[kept - span : kept] != old[kept - span : kept]
    ones = []
    for done in range(ERASE_STEPS // 2, ERASE_STEPS):
        for outcome in ("none", "torn"):
            image = interrupted(cls, done, outcome).image()[:SECTOR]
            ones.append(round(4 * int.from_bytes(image).bit_count() / (8 * SECTOR)))
    assert ones == [0, 1, 1, 2, 2, 3, 3, 4]


def an_erase_can_look_done_and_not_be(cls: type[NorFlash]) -> None:
    flash = interrupted(cls, ERASE_STEPS - 1, "unstable")
    reads = [flash.read(0, SECTOR) == b"\xff" * SECTOR for _ in range(100)]
    assert any(reads)
    assert not all(reads)


def operations_are_observed_once_completed(cls: type[NorFlash]) -> None:
    seen: list[tuple[str, int, bytes]] = []
    flash = made(cls)
    flash.observe = lambda op, offset, data: seen.append((op, offset, data))
    flash.program(5, b"\x01")
    flash.erase(2)
    flash.cut_after(3, "torn")
    cut(flash, lambda: flash.program(0, RECORD))
    flash.cut_after(0, "torn")
    cut(flash, lambda: flash.erase(3))
    assert seen == [("program", 5, b"\x01"), ("erase", 2 * SECTOR, b"")]
    assert (flash.programs, flash.bytes_programmed, flash.erases) == (1, 1, 1)


# The mutants: a fault by name, and the methods that have it


def mutant(fault: str, **methods: Callable[..., object]) -> type[NorFlash]:
    return type(fault, (NorFlash,), methods)


def overwrite(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


def sprawl(flash: NorFlash, offset: int, data: bytes) -> None:
    NorFlash._fill(flash, offset, data + data[: flash.size - offset - len(data)])


def weaken_all(flash: NorFlash, offset: int, mask: bytes) -> None:
    flash.unstable.update({at: byte for at, byte in enumerate(mask, offset) if byte})


def toss_coins(flash: NorFlash, offset: int, n: int) -> bytes:
    noise = {at: mask & flash._rng.getrandbits(8) for at, mask in flash.unstable.items()}
    return bytes(flash.cells[at] ^ noise.get(at, 0) for at in range(offset, offset + n))


def set_at_once(flash: NorFlash, offset: int, done: int, outcome: str) -> None:
    flash._fill(offset, flash._bits(SECTOR, done // 2))


def tell_too_soon(flash: NorFlash, offset: int, data: bytes) -> None:
    if flash.observe is not None:
        flash.observe("program", offset, data)
    NorFlash.program(flash, offset, data)


STABLE = mutant("Stable", _weaken=lambda *_: None)
HALFWAY = mutant("Halfway", _bits=lambda flash, n, quarters: NorFlash._bits(flash, n, 2))
PROMISES = [
    (programs_only_clear_bits, mutant("Overwriting", _clear=overwrite)),
    (an_erase_sets_its_sector_and_no_other, mutant("Sprawling", _fill=sprawl)),
    (
        a_cut_program_is_a_prefix_then_bits_in_flight,
        mutant("Whole", _tear_program=lambda *_: None),
    ),
    (a_cut_leaves_one_to_six_unstable_bits, STABLE),
    (a_cut_leaves_one_to_six_unstable_bits, mutant("Ruined", _weaken=weaken_all)),
    (unstable_bits_are_misread_once_in_eight, mutant("CoinTossing", read=toss_coins)),
    (some_cuts_give_a_record_or_a_blank_that_will_not_last, STABLE),
    (some_cuts_give_a_record_or_a_blank_that_will_not_last, HALFWAY),
    (
        unstable_bits_last_until_zeroed_or_erased,
        mutant("Healing", _keep_unstable=lambda flash, *_: flash.unstable.clear()),
    ),
    (
        unstable_bits_last_until_zeroed_or_erased,
        mutant("Incurable", _keep_unstable=lambda *_: None),
    ),
    (an_erase_first_zeroes_from_the_end_then_sets, mutant("OnePhase", _tear_erase=set_at_once)),
    (an_erase_can_look_done_and_not_be, STABLE),
    (operations_are_observed_once_completed, mutant("Hasty", program=tell_too_soon)),
]


@pytest.mark.parametrize("check", dict.fromkeys(check for check, _ in PROMISES))
def test_the_twin_keeps(check: Callable[[type[NorFlash]], None]) -> None:
    check(NorFlash)


@pytest.mark.parametrize(("check", "mutant"), PROMISES)
def test_the_check_can_fail(
    check: Callable[[type[NorFlash]], None], mutant: type[NorFlash]
) -> None:
    with pytest.raises(AssertionError):
        check(mutant)


# Time, cuts by time, misuse


def spent(flash: NorFlash, action: Callable[[], object]) -> int:
    start = flash.clock.now
    action()
    return flash.clock.now - start


def test_operations_take_the_time_esp_idf_measured() -> None:
    flash = made()
    assert spent(flash, lambda: flash.program(0, b"\x00" * 4)) <= 4e6 / 46_300
    assert 0.9 * 2048 / 0.851 < spent(flash, lambda: flash.program(0, bytes(2048))) < 2048 / 0.851
    assert 0.9 * 2048 / 11.5 < spent(flash, lambda: flash.read(0, 2048)) <= 2048 / 11.5
    assert flash.bytes_read == 2048
    erases = [spent(flash, lambda: flash.erase(3)) for _ in range(500)]
    assert min(erases) >= 45_000
    assert 450_000 < max(erases) <= 500_000
    assert 50_000 < sorted(erases)[250] < 75_000, "typical"
    flash.slow = True
    assert {spent(flash, lambda: flash.erase(3)) for _ in range(20)} == {500_000}


def test_a_cut_by_time_falls_where_the_operation_was() -> None:
    whole = made()
    us = spent(whole, lambda: whole.program(64, RECORD))
    done = []
    for cut_us in range(1, us + 1):
        flash = made(seed=cut_us)
        flash.clock.cut_us = cut_us
        cut(flash, partial(flash.program, 64, RECORD))
        assert flash.clock.now == cut_us
        image = flash.image()[64:96]
        done.append(next((i for i in range(32) if image[i] != RECORD[i]), 32))
        assert done[-1] >= 32 * cut_us // us
    assert len(set(done)) > 16
    assert done[-1] == 32


def test_a_cut_by_step_is_spent_once() -> None:
    flash = torn(NorFlash, 31, "none")
    flash.program(64, RECORD)
    assert flash.image()[64:96] == RECORD
    assert flash.steps == 32
    flash.cut_after(32 + 1, "none")
    flash.program(96, RECORD)
    cut(flash, lambda: flash.erase(1))
    assert flash.wear[1] == 1
    assert flash.erases == 0


def test_a_chosen_cut_does_not_bring_the_dead_back() -> None:
    flash = made()
    flash.cut_after(5, "none")
    flash.clock.cut_us = 0
    cut(flash, lambda: flash.program(0, RECORD))
    assert flash.image() == b"\xff" * flash.size


def test_a_cut_between_operations_touches_nothing() -> None:
    flash = made()
    flash.clock.cut_us = 10
    cut(flash, lambda: flash.read(0, 4))
    assert flash.image() == b"\xff" * flash.size


def test_the_same_seed_gives_the_same_flash() -> None:
    def story() -> tuple[bytes, dict[int, int], list[bytes], int]:
        flash = interrupted(NorFlash, 5, "unstable", seed=42)
        return (
            flash.image(),
            flash.unstable,
            [flash.read(0, 99) for _ in range(9)],
            flash.clock.now,
        )

    assert story() == story()


def test_wanting_a_one_of_a_zero_is_misuse() -> None:
    misuse: list[str] = []
    flash = made(misuse=misuse)
    flash.program(0, b"\x0f")
    flash.program(0, b"\x0f\xff")
    flash.program(0, b"\x07")
    assert misuse == []
    flash.program(0, b"\x0f")
    assert misuse == ["norflash: program at 0 wants a 1 where the cell is 0"]


def test_an_unstable_bit_that_read_as_one_is_nobodys_misuse() -> None:
    misuse: list[str] = []
    flash = made(misuse=misuse)
    flash.cells[7], flash.unstable[7] = 0xFE, 0x01
    flash.program(7, b"\xff")
    assert misuse == []


@pytest.mark.parametrize(("offset", "n"), [(-1, 4), (4 * SECTOR - 3, 4), (0, 0)])
def test_what_is_outside_is_refused(offset: int, n: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        made().program(offset, bytes(n))
