"""What mutants of the core showed that no other test looked at: ends of ranges, usual settings.

Each test here is the only one that fails for some small change; see mutants.py.
"""

import pytest

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.journal.ring import JournalError
from luot.core.limits import ARRIVALS_DAY, CHECKPOINT_AFTER, DESKS
from luot.core.line import premises, refusals
from luot.core.line.line import CLOSED, OPEN
from luot.core.line.order import TO_DESK, Order
from luot.core.line.ticket import CALLED, HELD, WAITING
from sim.torture.stretch import empty_line
from tests.rigs.journal import BUSY, append, blank, checkpoint, start, told
from tests.rigs.order import INTAKE, restored, rows
from tests.rigs.order_keys import decided, happened


def test_an_office_calls_as_often_and_as_fast_as_is_usual() -> None:
    line = Order((1,))
    assert (line.overtakes_max, line.calls_max, line.recall_gap_ms) == (3, 3, 30_000)


def test_a_day_has_so_many_numbers_and_no_more() -> None:
    line = Order((1,))
    assert decided(line, records.DAY_OPEN, INTAKE, 0) == 0
    happened(line, records.ISSUE, ticket=ARRIVALS_DAY - 1, number=1, pager=1)
    assert decided(line, records.ISSUE, INTAKE, 0) == 0
    assert line.newest == (0, 2, 2)
    assert decided(line, records.ISSUE, INTAKE, 0) == refusals.FULL


def test_who_is_at_a_desk_that_is_gone_is_put_aside() -> None:
    """Of as many desks as there can be, all open, two are left."""
    line = Order((1,) * DESKS)
    assert decided(line, records.DAY_OPEN, INTAKE, 0) == 0
    for desk in range(1, DESKS + 1):
        assert decided(line, records.ISSUE, INTAKE, 0) == 0
        assert decided(line, records.CALL, desk, desk) == 0
    assert decided(line, records.TRANSFER, 1, 1, TO_DESK + 3) == 0
    line.services = (1, 1)
    happened(line, records.BOOT, desk=2, a=1)
    assert list(line.desk_state) == [CLOSED, OPEN, OPEN, *[CLOSED] * (DESKS - 2)]
    assert [line.state[line.find(n)] for n in (1, 2)] == [WAITING, CALLED]
    assert {line.state[line.find(n)] for n in range(3, DESKS + 1)} == {HELD}
    assert (line.head[0], line.bound[line.find(1)]) == (line.find(1), 0)
    assert [line.desk_of(line.find(n)) for n in range(2, 5)] == [2, 0, 0]


def test_starts_are_counted_until_somebody_presses() -> None:
    line = Order((1,))
    for boots in (70_000, 70_001):
        happened(line, records.BOOT, a=boots & 0xFFFF, b=boots >> 16)
    assert (line.boots, line.quiet_boots) == (70_001, 2)
    assert decided(line, records.DAY_OPEN, INTAKE, 0) == 0
    assert (line.boots, line.quiet_boots) == (70_001, 0)


@pytest.mark.parametrize("starts", [254, 255, 256, 257, 300, 70_000])
def test_a_checkpoint_is_written_after_any_number_of_quiet_starts(starts: int) -> None:
    line = Order((1,))
    for boots in range(1, min(starts, 300) + 1):
        happened(line, records.BOOT, a=boots & 0xFFFF, b=boots >> 16)
    line.quiet_boots = starts
    assert (line.begun_as, line.boots) == (0, min(starts, 300))
    again = restored(line, rows(line))
    assert again.quiet_boots == min(starts, 255)
    assert (again.begun_as, again.boots) == (-1, min(starts, 300))


def test_the_end_of_the_day_is_nobodys_press() -> None:
    line = Order((1,))
    happened(line, records.ISSUE, ticket=1, number=1, pager=1)
    record = bytearray(records.SIZE)
    premises.decide_end(line, record, line.find(1), 12345)
    assert record[8:14] == bytes((0, 0, 0, 0x39, 0x30, 0))


def test_without_a_key_a_checkpoint_is_not_sealed() -> None:
    plate = blank()
    box = Journal(plate, empty_line())
    box.mount()
    append(box, BUSY.events[:3])
    checkpoint(box)
    [(_, end, _)] = told(plate, records.END)
    assert end[18:28] == bytes(10)


def test_a_journal_of_nothing_has_nothing_to_do() -> None:
    box = start(blank())
    assert not box.writing()
    assert not box.idle(False)


def begin_checkpoint(box: Journal) -> None:
    box.events = CHECKPOINT_AFTER
    while not box.writing():
        assert box.idle(True)


def test_a_checkpoint_that_was_begun_is_ended_though_it_is_not_due_any_more() -> None:
    plate = blank()
    box = start(plate)
    append(box, BUSY.events[:30])
    begin_checkpoint(box)
    box.events = 0
    while box.writing():
        assert box.idle(True)
    assert len(told(plate, records.END)) == 1


def test_rows_written_in_vain_hasten_the_next_checkpoint() -> None:
    box = start(blank())
    append(box, BUSY.events[:30])
    begin_checkpoint(box)
    written = box._rows
    assert box.events == CHECKPOINT_AFTER
    append(box, BUSY.events[30:31], idle=False)
    assert written > 0
    assert box.events == CHECKPOINT_AFTER + 1
    assert box.idle(False)
    assert box.events == CHECKPOINT_AFTER + 1 + written


def refuse(*_: object) -> None:
    raise OSError("refused")


def test_a_checkpoint_that_could_not_begin_again_is_not_gone_on_with() -> None:
    plate = blank()
    box = start(plate)
    append(box, BUSY.events[:30])
    begin_checkpoint(box)
    for _ in ("a row", "the beginning"):
        vars(box.ring)["write"] = refuse
        with pytest.raises(OSError, match="refused"):
            box.idle(False)
        del vars(box.ring)["write"]
        assert not box.writing()
    checkpoint(box)
    assert len(told(plate, records.BEGIN)) == 2


def test_no_checkpoint_has_more_rows_than_there_is_room_for() -> None:
    line = Order((255,) * DESKS, pagers=999, tickets=400)
    box = Journal(blank(64), line)
    box.mount()
    assert decided(line, records.DAY_OPEN, INTAKE, 0) == 0
    for number in range(200):
        assert decided(line, records.ISSUE, INTAKE, number % 8) == 0
    for desk in range(1, DESKS + 1):
        for kind in (records.CALL, records.ARRIVED, records.FINISH, records.CALL):
            assert decided(line, kind, desk, desk) == 0
    assert len(rows(line)) <= box._rows_now()


def test_a_ring_has_room_for_the_line_or_says_which_word() -> None:
    """A checkpoint of 72 rows is the largest for four sectors; see journal._rows_most."""
    Journal(blank(4), Order((1,), pagers=9, tickets=72 - 24 - 4)).mount()
    with pytest.raises(JournalError) as caught:
        Journal(blank(4), Order((1,), pagers=9, tickets=73 - 24 - 4)).mount()
    assert caught.value.word == "store.small"
