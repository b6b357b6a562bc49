"""Keys that no finger pressed like that, and a bus that hangs, at a whole station on its table."""

from collections import Counter
from typing import Any

import pytest

from luot.core.keys import doubt, gestures
from sim.chips.buses import I2cBus
from tests.faults.seeded import found_by
from tests.rigs.station import (
    ABSENT,
    ARRIVED,
    HOLD_MS,
    MODULES,
    NEXT,
    RECALL,
    Table,
    issued,
    said,
    waiting,
)

STEP_US = 60_000  # no step but a start, an erase or a checkpoint's slice takes longer
STUCK_MS = 31_000


def test_what_lies_on_four_keys_calls_nobody() -> None:
    table = Table()
    for _ in range(3):
        table.take("A")
    table.wait(6_000)
    table.do(1, NEXT)
    table.wait(2_000)
    table.do(1, ARRIVED)
    table.wait(2_000)
    for hold_ms, chord in ((150, (0, 1, 2, 3)), (1_500, (0, 1, 2, 3)), (150, (NEXT, ARRIVED))):
        for key in chord:
            table.press(1, key, hold_ms)
        table.wait(4_000)
        assert table.kinds[3:] == ["call", "arrived"]
    table.do(1, ARRIVED)
    assert table.kinds[3:] == ["call", "arrived", "finish"]


@pytest.mark.parametrize("rubbish", [0x00, 0x07, 0xEC])
@pytest.mark.parametrize("lasts_ms", [8, 200, 5_000])
def test_rubbish_from_every_pad_presses_nothing(rubbish: int, lasts_ms: int) -> None:
    table = Table()
    for _ in range(4):
        table.take("A")
    table.wait(6_000)
    for _ in range(2):
        for pad in table.keypads:
            pad.rubbish = rubbish
        table.box._woken()
        table.wait(lasts_ms)
        for pad in table.keypads:
            pad.rubbish = None
        table.box._woken()
        table.wait(3_000)
    assert table.kinds == ["issue"] * 4
    table.do(1, NEXT)
    assert table.kinds == ["issue"] * 4 + ["call"]


def test_a_pad_that_says_that_all_its_keys_are_down_is_named() -> None:
    table = Table()
    table.keypads[2].rubbish = 0x00
    assert said(table, "Lỗi bàn phím 0x22")
    table.do(1, NEXT)
    assert table.kinds == []
    table.take("A")
    table.do(1, NEXT)
    assert table.kinds == ["issue", "call"], "the others work"
    table.keypads[2].rubbish = None
    table.wait(HOLD_MS)
    table.do(3, NEXT)
    assert not said(table, "Lỗi bàn phím")


@pytest.mark.parametrize("gap_ms", [0, 11, 12, 20, 140, 330])
def test_each_of_two_numbers_can_be_read(gap_ms: int) -> None:
    """Two keys under one finger are none; two presses are two numbers, for two seconds each."""
    table = Table()
    table.wait(1_000)
    now = table.world.now
    table.box.issue_keys[0].press(now, 150_000)
    table.box.issue_keys[1].press(now + gap_ms * 1000, 150_000)
    table.shown.clear()
    table.wait(20_000)
    ends = [at for at, _ in table.shown[1:]] + [table.now]
    seen: Counter[str] = Counter()
    for (at, lines), end in zip(table.shown, ends, strict=True):
        seen[issued(lines)[0]] += end - at
    del seen[""]
    assert sorted(seen) == (["A001", "B001"] if gap_ms >= 12 else [])
    assert all(ms >= 1_950 for ms in seen.values()), seen


def test_two_numbers_can_be_read_beside_a_call() -> None:
    table = waiting()
    table.press(1, NEXT)
    table.take("C")
    table.take("D")
    table.shown.clear()
    table.wait(1_600)
    assert table.issued == ("D001", 4)
    assert table.called == ("A001", 1)


def test_a_stuck_priority_key_is_said_and_counts_no_more() -> None:
    table = Table()
    table.box.priority_key.press(table.world.now)
    table.wait(100)
    table.restart()
    for _ in range(3):
        table.take("A")
        table.wait(5_000)
    assert [event["class"] for event in table.events if event["kind"] == "issue"] == ["normal"] * 3
    table.wait(STUCK_MS)
    assert said(table, "Phím bị kẹt Phím ưu tiên")
    table.box.priority_key.release(table.world.now)
    table.wait(2_000)
    assert not said(table, "Phím bị kẹt")
    table.take("A", priority=True)
    assert "ƯT" in table.text
    assert table.events[-1]["class"] == "priority"
    table.wait(6_000)
    table.take("A")
    assert "ƯT" not in table.text
    table.box.priority_key.press(table.world.now)
    table.wait(STUCK_MS + 4_000)
    table.take("A")
    assert table.events[-1]["class"] == "normal", "nobody holds it for half a minute"


def test_who_has_priority_stands_beside_a_call_too() -> None:
    table = waiting()
    table.do(1, NEXT)
    table.take("B", priority=True)
    assert table.called == ("A001", 1)
    assert table.issued == ("B001", 3)
    assert "Ư" in table.text.split()


@pytest.mark.parametrize("key", [NEXT, RECALL, ABSENT, ARRIVED])
def test_a_stuck_key_is_named_and_its_desk_goes_on(key: int) -> None:
    table = waiting()
    table.box.desk_keys[1][key].press(table.world.now)
    table.wait(STUCK_MS)
    name = ("Gọi tiếp", "Gọi lại", "Vắng mặt", "Đã đến")[key]
    assert said(table, f"Phím bị kẹt Quầy 2 {name}")
    before = len(table.events)
    other = NEXT if key != NEXT else ARRIVED
    table.do(2, other)
    assert len(table.events) == before + 1, table.events[before - 1 :]
    table.box.desk_keys[1][key].release(table.world.now)
    table.wait(2_000)
    assert not said(table, "Phím bị kẹt")


def test_a_citizens_answer_does_not_give_a_desk_time_to_undo() -> None:
    """The ten seconds run from the desk's own press."""
    table = Table(("rating", "yes"))
    table.take("A")
    table.wait(1_000)
    table.do(1, NEXT)
    table.wait(8_000)
    table.rate(1, 0)
    assert table.events[-1]["kind"] == "rating"
    table.wait(2_500)
    table.hold(1, RECALL)
    assert "Quá 10 giây" in table.text
    assert table.kinds == ["issue", "call", "rating"]


# What is news for whom.


def test_a_call_after_a_restart_has_the_whole_display_if_there_is_no_last_number() -> None:
    """The last one was taken back: there is no pager that could be in a hand."""
    table = Table()
    table.take("A")
    table.take("A")
    key = table.box.issue_keys[len(table.settings.services)]
    key.press(table.world.now, 150_000)
    table.wait(6_000)
    table.restart()
    assert "Đã khôi phục" in table.text
    table.do(1, NEXT)
    assert "Mời số" in table.text
    assert table.called == ("A001", 1)


def test_who_was_told_something_goes_on_in_the_menu_beside_a_number() -> None:
    """A desk that has read why a press did nothing is not kept from its menu by it."""
    table = Table()
    table.do(1, RECALL)
    assert "Chưa gọi số nào" in table.text
    table.hold(1, ABSENT)
    table.take("A")
    assert table.issued == ("A001", 1)
    assert "Hoàn tác" in table.text, "the menu's first item"


# A bus that hangs.


def measure(table: Table) -> list[int]:
    """Have each step's time kept, us."""
    steps: list[int] = []
    station: Any = table.station
    step = station.step

    def measured(now: int) -> int:
        begun = table.box.clock.now
        wake: int = step(now)
        steps.append(table.box.clock.now - begun)
        return wake

    station.step = measured
    return steps


def called_then_hangs(bps: str, hang: "list[int] | None" = None) -> tuple[Counter[str], list[int]]:
    """Four people are called, the plug is pulled, and from the next start on the bus hangs."""
    table = Table(("pocsag_bps", bps))
    for _ in range(4):
        table.take("A")
    table.wait(6_000)
    for desk in (1, 2, 3, 4):
        table.press(desk, NEXT)
    table.wait(200)
    table.box.power_off()
    table.wait(3_000)
    before = len(table.pages)
    table.box.power_on()
    table.box.i2c.hanging.update((0x20, 0x21, 0x22, 0x3C) if hang is None else hang)
    table.wait(400)
    steps = measure(table)
    table.wait(120_000)
    assert table.box.misuses == []
    return Counter(page.text for page in table.pages[before:]), steps


@pytest.mark.parametrize("bps", ["512", "1200", "2400"])
@pytest.mark.parametrize("hang", [None, [0x3C], [0x20], [0x20, 0x21, 0x22]])
def test_a_bus_that_hangs_starves_no_radio(bps: str, hang: "list[int] | None") -> None:
    """Each is rung once, and no step is longer than one time-out and what else it does."""
    pages, steps = called_then_hangs(bps, hang)
    assert sorted(pages.values()) == [1, 1, 1, 1]
    assert max(steps) <= STEP_US
    assert len(steps) > 120, "it goes on stepping"


@pytest.mark.parametrize("bps", ["1200", "2400"])
@pytest.mark.parametrize("errno", [19, 116])
def test_not_even_if_a_time_out_is_longer_and_says_something_else(
    bps: str, errno: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with MicroPython's default of 50 ms, and with a port that calls it a missing chip."""

    def hangs(bus: I2cBus, address: int, *rest: object) -> bytes:
        bus._clock.spend(50_000)
        raise OSError(errno)

    table = Table(("pocsag_bps", bps))
    for _ in range(4):
        table.take("A")
    table.wait(6_000)
    for desk in (1, 2, 3, 4):
        table.press(desk, NEXT)
    table.wait(200)
    table.box.power_off()
    table.wait(3_000)
    before = len(table.pages)
    monkeypatch.setattr(I2cBus, "write", hangs)
    monkeypatch.setattr(I2cBus, "read", hangs)
    table.start()
    steps = measure(table)
    table.wait(120_000)
    assert sorted(Counter(page.text for page in table.pages[before:]).values()) == [1, 1, 1, 1]
    assert max(steps) <= STEP_US


def test_a_bus_that_is_free_again_has_its_keys_and_display_back() -> None:
    table = waiting()
    table.box.i2c.hanging.update((0x20, 0x21, 0x22, 0x3C))
    table.press(1, NEXT)
    table.wait(60_000)
    assert table.kinds == ["issue"] * 2
    table.box.i2c.hanging.clear()
    table.wait(4_000)
    table.shown.clear()
    table.do(1, NEXT)
    assert table.called == ("A001", 1)


@pytest.mark.parametrize("clocks", [1, 9])
def test_a_chip_that_holds_sda_costs_no_press(clocks: int) -> None:
    table = waiting()
    table.box.i2c.holds_sda = clocks
    table.do(1, NEXT)
    assert table.kinds == ["issue", "issue", "call"]
    table.wait(2_500)
    assert table.called == ("A001", 1)
    assert table.box.misuses == []


def test_a_missing_pad_has_no_keys_that_stick() -> None:
    """One that never answered is named itself."""
    table = Table()
    table.box.power_off()
    table.wait(1_000)
    table.box.power_on()
    table.keypads[1].rubbish = 0x00
    table.wait(STUCK_MS)
    assert not said(table, "Phím bị kẹt")


def rubbish() -> None:
    """The test above, at its quickest."""
    test_rubbish_from_every_pad_presses_nothing(0x00, 200)
    test_rubbish_from_every_pad_presses_nothing(0xEC, 200)


def hung() -> None:
    """Likewise."""
    for bps in ("1200", "2400"):
        test_a_bus_that_hangs_starves_no_radio(bps, None)


FAULTS = {
    "chords are obeyed": (
        "new & (new - 1) or",
        "0 or",
        test_what_lies_on_four_keys_calls_nobody,
    ),
    "pads are believed": ("if _count(of_pad) > _MOVED_MAX:", "if 0:", rubbish),
    "two are told at once": (
        "now >= self._lower_from + _READ_MS",
        "True",
        lambda: test_each_of_two_numbers_can_be_read(20),
    ),
    "nobody says who has priority": (
        "if priority:\n        canvas.small(0, 6",
        "if 0:\n        canvas.small(0, 6",
        test_a_stuck_priority_key_is_said_and_counts_no_more,
    ),
    "nobody says so beside a call": (
        "view == panel.ISSUE and values[3]",
        "0",
        test_who_has_priority_stands_beside_a_call_too,
    ),
    "what sticks is not said": (
        'self.panel.fault(now, "key.stuck", stuck != ""',
        'self.panel.fault(now, "key.stuck", False',
        lambda: test_a_stuck_key_is_named_and_its_desk_goes_on(NEXT),
    ),
    "a missing pad's keys stick": (
        "not missing >> (bit - ISSUE) // KEYS_OF_PAD & 1",
        "True",
        test_a_missing_pad_has_no_keys_that_stick,
    ),
    "an answer gives time": (
        "if kind != records.RATING:  # which",
        "if True:  # which",
        test_a_citizens_answer_does_not_give_a_desk_time_to_undo,
    ),
    "half a call beside nothing": (
        " and lower[1][0]",
        "",
        test_a_call_after_a_restart_has_the_whole_display_if_there_is_no_last_number,
    ),
    "the menu hides from who has read": (
        " and not mine)",
        ")",
        test_who_was_told_something_goes_on_in_the_menu_beside_a_number,
    ),
}


test_a_broken_promise_is_found = found_by((doubt, gestures, *MODULES), FAULTS)
