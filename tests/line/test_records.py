"""Integers, records, labels, pools and rows of checkpoints: what is stored is what comes back.

What a whole line does with them is test_order.py; which byte stands where is SPEC.md.
"""

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from luot.core import records, wire
from luot.core.journal import restore
from luot.core.limits import DESKS, SERVICES, SOURCES
from luot.core.line import pool, ticket
from luot.core.line.order import Order
from luot.core.line.pool import Pool
from luot.core.records import SIZE
from tests.faults.seeded import seed
from tests.rigs.board import mutant
from tests.rigs.order import restored, rows
from tests.rigs.order_look import look, rack, sound
from tests.rigs.strategies import tries

# -- wire -------------------------------------------------------------------------------------

sizes = st.integers(1, 4)


@given(sizes, st.integers(0, 4), st.integers(0, 2**32 - 1), st.binary(min_size=8, max_size=8))
def test_what_is_put_is_got_and_nothing_else_changes(
    size: int, at: int, value: int, before: bytes
) -> None:
    value %= 256**size
    buffer = bytearray(before)
    wire.put(buffer, at, size, value)
    assert wire.get(buffer, at, size) == wire.get(bytes(buffer), at, size) == value
    assert bytes(buffer) == before[:at] + value.to_bytes(size, "little") + before[at + size :]


@given(sizes, st.integers(0, 2**32))
def test_what_does_not_fit_raises(size: int, beyond: int) -> None:
    """On the device it would wrap in silence."""
    with pytest.raises(ValueError, match="out of range"):
        wire.put(bytearray(4), 0, size, 256**size + beyond)
    with pytest.raises(ValueError, match="out of range"):
        wire.put(bytearray(4), 0, size, -1 - beyond)


# -- records ----------------------------------------------------------------------------------

VECTOR = bytes.fromhex("0403020107060508020a090c0b8d0e0f111013121514171619181a1b614831bd")


def build(module: ModuleType = records) -> bytes:
    """A record in which each byte can be told from the others."""
    record = bytearray(SIZE)
    module.fact(
        record,
        module.ISSUE,
        desk=0x0E,
        lane=0x0F,
        ticket=0x1011,
        number=0x1213,
        pager=0x1415,
        a=0x1617,
        b=0x1819,
        c=0x1A,
        d=0x1B,
    )
    module.press(record, 2, 0x090A, 0x0D0B0C | module.SURE)
    module.stamp(record, 0x01020304, 0x050607)
    return bytes(record)


def test_every_field_has_its_bytes() -> None:
    record = bytearray(build())
    assert record.hex() == VECTOR.hex()
    assert records.valid(record, 0x01020304)
    assert (records.sequence(record), records.ordinal(record)) == (0x01020304, 0x050607)


@pytest.mark.parametrize(
    ("sound_text", "broken"),
    [
        ("put(record, AT_PRESS, 2, number)", "put(record, AT_PRESS, 2, number & 0xFF)"),
        ("in (ticket, number, pager, a, b)", "in (ticket, pager, number, a, b)"),
        ("put(record, AT_CRC, 2, check & 0xFFFF)", "put(record, AT_CRC, 2, check >> 16 & 0xFFFF)"),
        ("_SALT = const(0x4C55)", "_SALT = const(0)"),
    ],
)
def test_the_vector_finds_a_fault(sound_text: str, broken: str) -> None:
    assert build(mutant(records, sound_text, broken)) != VECTOR


sequences = st.integers(0, 2**32 - 1)


def judge_check_sum(module: ModuleType, data: bytes, sequence: int, ordinal: int) -> None:
    """Fail unless any flipped bit, and any other slot, makes a record invalid."""
    record = bytearray(data + bytes(4))
    module.stamp(record, sequence, ordinal)
    assert module.valid(record, sequence)
    assert not module.valid(record, (sequence + 1) % 2**32)
    for bit in range(8 * SIZE):
        record[bit // 8] ^= 1 << bit % 8
        assert not module.valid(record, sequence)
        record[bit // 8] ^= 1 << bit % 8


@tries(30)
@given(st.binary(min_size=28, max_size=28), sequences, st.integers(0, 2**24 - 1))
def test_the_check_sum_covers_all(data: bytes, sequence: int, ordinal: int) -> None:
    judge_check_sum(records, data, sequence, ordinal)


@pytest.mark.parametrize(
    ("sound_text", "broken"),
    [
        ("get(record, AT_SEQUENCE, 4) == sequence", "True"),
        ("get(record, AT_CRC, 2) == check & 0xFFFF", "True"),
        ("get(record, AT_CRC + 2, 2) == check >> 16 & 0xFFFF", "True"),
    ],
)
def test_a_check_sum_that_does_not_is_found(sound_text: str, broken: str) -> None:
    with pytest.raises(AssertionError):
        judge_check_sum(mutant(records, sound_text, broken), VECTOR[:28], 1, 1)


@given(sequences)
@example(0)
@example(0xFFFFFFFF)
def test_blank_and_zeroed_slots_are_invalid(sequence: int) -> None:
    assert not records.valid(bytearray(SIZE), sequence)
    assert not records.valid(bytearray(b"\xff" * SIZE), sequence)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: records.stamp(record, 2**32, 1),
        lambda record: records.stamp(record, 1, 2**24),
        lambda record: records.press(record, 256, 1, 1),
        lambda record: records.press(record, 1, 2**16, 1),
        lambda record: records.press(record, 1, 1, 2**24),
        lambda record: records.fact(record, 256),
        *[
            lambda record, name=name: records.fact(record, records.CALL, **{name: 256})
            for name in ("desk", "lane", "c", "d")
        ],
        *[
            lambda record, name=name: records.fact(record, records.CALL, **{name: 2**16})
            for name in ("ticket", "number", "pager", "a", "b")
        ],
    ],
)
def test_a_field_out_of_range_raises(spoil: Callable[[bytearray], None]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        spoil(bytearray(SIZE))


def test_kinds_are_told_apart() -> None:
    kinds = [
        value
        for name, value in vars(records).items()
        if name.isupper()
        and not name.startswith(("_", "AT_"))
        and name not in ("SIZE", "START_UNKNOWN", "BY_NUMBER", "SURE", "TIME_MAX")
    ]
    assert len(set(kinds)) == len(kinds) > 10
    assert max(kind for kind in kinds if kind < records.HEADER) == records.RATING


# -- ticket -----------------------------------------------------------------------------------


def test_labels_never_wrap() -> None:
    assert [ticket.label("A", n) for n in (1, 12, 999, 1000)] == ["A001", "A012", "A999", "A1000"]
    labels = {ticket.label(letter, n) for letter in "AH" for n in range(1, 32768)}
    assert len(labels) == 2 * 32767


# -- pool -------------------------------------------------------------------------------------

moves = st.lists(st.tuples(st.sampled_from(("take", "give")), st.integers(-1, 9)), max_size=40)


def judge_pool(size: int, history: list[tuple[str, int]], start: str) -> None:
    """Compare a pool with a list, the next to be handed out first."""
    made, model = Pool(size), list(range(1, size + 1))
    if start == "empty":
        made.empty()
        model = []
    for move, n in history:
        getattr(made, move)(n)
        if move == "take" and n in model:
            model.remove(n)
        elif move == "give" and n not in model and 1 <= n <= size:
            model.append(n)
        assert rack(made) == model
        assert made.first == (model[0] if model else 0)
        assert [n for n in range(-1, size + 2) if made.has(n)] == sorted(model)
    made.fill()
    assert rack(made) == list(range(1, size + 1))


@given(st.integers(1, 7), moves, st.sampled_from(("full", "empty")))
def test_a_pool_is_a_list(size: int, history: list[tuple[str, int]], start: str) -> None:
    judge_pool(size, history, start)


@pytest.mark.parametrize(
    ("sound_text", "broken"),
    [
        ("if self._last == n:\n            self._last = before", "pass"),
        ("or self._after[n] != _OUT:\n            return\n", ":\n            return\n"),
        ("self._after[self._last] = n\n", "self.first = n\n"),
    ],
)
def test_a_fault_in_the_pool_is_found(
    sound_text: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, (pool,), sound_text, broken)
    history = [("take", 3), ("give", 3), ("give", 1), ("take", 1), ("take", 1), ("give", 1)]
    with pytest.raises((AssertionError, IndexError)):
        judge_pool(3, history, "full")


# -- rows of a checkpoint ---------------------------------------------------------------------


def office(desks: int = 2, pagers: int = 9, tickets: int = 9) -> Order:
    """An empty line whose desks serve everything."""
    return Order((0xFF,) * desks, pagers=pagers, tickets=tickets)


def busy(line: Order) -> Order:
    """Fill a line on its first day: everybody came, every desk called, the first did not come."""
    record = bytearray(SIZE)
    desks = range(1, len(line.services) + 1)
    commands = [] if line.day_open else [(records.DAY_OPEN, 0, 0)]
    commands += [(records.ISSUE, n % 8, int(n % 3 == 0)) for n in range(line.tickets)]
    commands += [(records.CALL, desk, 0) for desk in desks] + [(records.ABSENT, 1, 0)]
    for press, (kind, at, extra) in enumerate(commands, 1 + max(line.pressed)):
        source = at if kind in (records.CALL, records.ABSENT) else 0
        if not line.decide(record, kind, source, press, press, at, extra):
            records.stamp(record, press, line.ordinal + 1)
            line.apply(record)
    return line


def test_the_fullest_line_fits_its_rows() -> None:
    line = busy(office(DESKS, 999, 999))
    assert (line.alive, line.pagers.free) == (999, 0)
    made = rows(line)
    fixed = 2 + -(-SOURCES // 9) + DESKS + 1 + (SERVICES + DESKS) + 1
    assert len(made) == fixed + 999 + len(line.undoable.notes)
    back = restored(office(DESKS, 999, 999), made)
    assert look(back) == look(line)
    assert [bytes(row) for row in rows(back)] == [bytes(row) for row in made]


def test_an_empty_line_has_rows_too() -> None:
    made = rows(office())
    assert look(restored(office(), made)) == look(office())


def test_every_byte_of_a_row_is_written() -> None:
    """What a row does not use is zero, whatever stood in the buffer."""
    for row in rows(busy(office())):
        assert b"\xaa" not in row[8:28]


@pytest.mark.parametrize(("desks", "pagers", "tickets"), [(1, 4, 4), (1, 30, 30), (4, 4, 30)])
def test_a_checkpoint_of_other_settings_is_taken_as_far_as_it_goes(
    desks: int, pagers: int, tickets: int
) -> None:
    back = restored(office(desks, pagers, tickets), rows(busy(office(2, 9, 8))))
    sound(back)
    assert back.alive == min(tickets, 8)
    assert busy(back).alive == tickets if pagers > tickets else min(tickets, pagers)


def test_pagers_that_were_bought_later_are_handed_out() -> None:
    """The checkpoint of an office of 9 pagers does not know number 10."""
    back = restored(office(2, 30, 30), rows(busy(office(2, 9, 8))))
    assert sorted(rack(back.pagers)) == list(range(9, 31))


def test_a_row_nobody_knows_changes_nothing() -> None:
    line = busy(office())
    before = look(line)
    row = bytearray(SIZE)
    row[7] = records.END
    records.stamp(row, 1, line.ordinal)
    restore.restore(line, row)
    assert look(line) == before


def test_a_service_has_a_count_of_its_own() -> None:
    line = busy(office())
    assert list(line.counts) == [2] + [1] * (SERVICES - 1)
    assert list(restored(office(), rows(line)).counts) == list(line.counts)


def test_a_pager_that_was_sold_and_bought_again_is_in_one_hand() -> None:
    """Settings went from 9 pagers to 4 and on to 30 while somebody held number 7."""
    line = restored(office(2, 4, 30), rows(busy(office(2, 9, 8))))
    back = restored(office(2, 30, 30), rows(line))
    sound(back)
    assert sorted(rack(back.pagers)) == list(range(9, 31))
