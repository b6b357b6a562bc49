"""A box that starts again and again: what it records of it, and what it does not do.

FAULTS names what would break each promise, and that its test then fails.
"""

from luot.core import records
from luot.core.journal import journal, restore, ring, snapshot, startup
from luot.core.limits import CHECKPOINT_FORCE, QUIET_STARTS
from luot.core.line import history, order, premises
from luot.roles import station
from tests.faults.seeded import found_by
from tests.rigs.station import NEXT, Table, waiting


def starts(table: Table) -> int:
    """How many starts are in the journal."""
    return sum(event["kind"] == "boot" for event in table.events)


def again(table: Table, times: int) -> None:
    """Have it start so often, each time for a while."""
    for _ in range(times):
        table.box.power_off()
        table.wait(500)
        table.start(700)


def test_a_loop_of_restarts_is_recorded_up_to_a_bound_and_rings_no_more() -> None:
    table = waiting()
    table.do(1, NEXT)
    table.wait(4_000)
    before = starts(table)
    again(table, QUIET_STARTS)
    assert starts(table) == before + QUIET_STARTS
    table.wait(4_000)
    rung, used = len(table.sent), table.station.journal.ring.next
    again(table, 12)
    table.wait(4_000)
    assert starts(table) == before + QUIET_STARTS
    assert len(table.sent) == rung, "what is not recorded rings nobody"
    assert table.station.journal.ring.next <= used + 4 * 12, "what makes the flash safe"
    assert table.called == ("", 0)
    table.take("B")
    assert table.issued == ("B001", 3), "and all is there"
    again(table, 1)
    assert starts(table) == before + QUIET_STARTS + 1, "a key was pressed"


def test_a_start_by_other_rules_is_recorded_in_any_loop() -> None:
    """An audit computes each call by the rule and K of the start before."""
    table = waiting()
    again(table, QUIET_STARTS + 2)
    before = starts(table)
    for key, value in (("rule", "strict"), ("overtakes_max", 7)):
        setattr(table.settings, key, value)
        again(table, 3)
        before += 1
        assert starts(table) == before, key
    assert table.events[-1]["overtakes_max"] == 7


def test_a_start_after_a_checkpoint_is_recorded_once() -> None:
    table = waiting()
    again(table, QUIET_STARTS + 2)
    before = starts(table)
    table.station.journal.events = CHECKPOINT_FORCE
    table.wait(3_000)
    again(table, 4)
    assert starts(table) == before + 1


def test_a_box_of_old_that_started_300_times_goes_on() -> None:
    """Its journal has each of them; then a checkpoint is written."""
    table = waiting()
    line = table.station.order
    for _ in range(300):
        made = bytearray(records.SIZE)
        starts_so_far = line.boots + 1
        records.fact(made, records.BOOT, a=starts_so_far & 0xFFFF, b=starts_so_far >> 16, d=3)
        records.press(made, 0, 0, line.time)
        table.station.journal.append(made)
    assert line.quiet_boots > 256
    table.station.journal.events = CHECKPOINT_FORCE
    table.wait(5_000)
    assert table.station.journal.events == 0
    again(table, 1)
    table.take("A")
    assert table.issued == ("A003", 3)


FAULTS = {
    "each start is recorded": (
        "order.quiet_boots >= QUIET_STARTS",
        "False",
        test_a_loop_of_restarts_is_recorded_up_to_a_bound_and_rings_no_more,
    ),
    "another rule is not recorded": (
        " and order.begun_as == begun_as",
        "",
        test_a_start_by_other_rules_is_recorded_in_any_loop,
    ),
    "another rule is not seen": (
        "record[AT_DESK] << 16 | record[AT_C] << 8 | record[AT_D]",
        "record[AT_DESK] << 16 | line.rule << 8 | line.overtakes_max",
        test_a_start_by_other_rules_is_recorded_in_any_loop,
    ),
    "256 quiet starts are too many": (
        "min(order.quiet_boots, 255)",
        "order.quiet_boots",
        test_a_box_of_old_that_started_300_times_goes_on,
    ),
}

MODULES = (journal, restore, ring, snapshot, startup, history, order, premises, station)
test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
