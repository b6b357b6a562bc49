"""A station's days: how they begin and end, and what keeps it from starting."""

import re
from typing import Any

import pytest

from luot import box
from luot.core import records
from tests.faults.seeded import found_by
from tests.rigs.station import (
    ABSENT,
    ARRIVED,
    GAP_MS,
    HOLD_MS,
    MODULES,
    NEXT,
    RECALL,
    Table,
    gone,
    said,
    waiting,
)

# The day.


def test_a_day_is_closed_and_another_one_begun() -> None:
    """Who still waits is sent home, a record each, and the figures are kept in a file."""
    table = Table(("services", "A, B"))
    for service in "AAB":
        table.take(service)
    table.do(1, NEXT)
    table.do(1, ARRIVED)
    table.wait(60_000)
    table.do(1, NEXT)
    table.wait(2 * HOLD_MS)
    table.choose(1, "day.close", ARRIVED)
    assert table.text == "Kết thúc ngày Hủy hết 2 số OK? Nhấn lại"
    assert "cancel" not in table.kinds, "nobody is dropped unasked"
    table.do(1, ARRIVED)
    assert table.kinds[6:] == ["cancel", "cancel", "day_close"]
    assert table.text == "Quầy 1 Đã kết thúc ngày"
    table.wait(2_000)
    figures = table.files["day-001.csv"].decode().splitlines()
    assert figures[:2] == ["day,issued,served,untimed", "1,3,1,0"]
    assert figures[3].startswith("A,1,")
    table.choose(1, "newday", ARRIVED)
    assert table.text == "Quầy 1 Sang ngày mới"
    table.take("A")
    assert table.issued[0] == "A001"
    assert table.events[-1]["time_ds"] < 600


def test_figures_are_shown_by_service_and_desk() -> None:
    table = Table(("services", "A Hộ tịch, B"), ("desks", "AB,B"), ("rating", "yes"))
    table.take("A")
    table.wait(120_000)
    table.do(1, NEXT)
    table.do(1, ARRIVED)
    table.wait(300_000)
    table.rate(1, 1)
    table.do(1, ARRIVED)
    table.wait(2 * HOLD_MS)
    seen = []
    table.choose(1, "stat")
    for _ in range(6):
        seen.append(table.text)
        table.do(1, RECALL)
    assert seen == [
        "Hôm nay: 1 PV 1 Vắng 0 Chờ 2/2 ph Làm TB 5 ph",
        "A Hộ tịch PV 1 Vắng 0 Chờ 2/2 ph Làm TB 5 ph",
        "B PV 0 Vắng 0 Chờ 0/0 ph Làm TB 0 ph",
        "Quầy 1 PV 1 Vắng 0 Chờ 2/2 ph Làm TB 5 ph",
        "Quầy 1 Chấm 0/1/0",
        "Quầy 2 PV 0 Vắng 0 Chờ 0/0 ph Làm TB 0 ph",
    ]


class Sunday:
    """A clock that somebody set: a Sunday at half past ten."""

    def datetime(self) -> tuple[int, ...]:
        return (2026, 11, 22, 6, 10, 30, 0, 0)


def test_opening_hours_suggest_and_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.chips.machine.RTC", Sunday)
    table = Table(("hours", "-, -, -, -, -, -, 7:30-11:00"), ("services", "A"))
    assert not said(table, "Hết giờ làm?")
    table.wait(29 * 60_000)
    assert said(table, "Hết giờ làm?")
    table.take("A")
    assert table.issued == ("A001", 1), "the clock decides nothing"
    table.wait(HOLD_MS)
    table.choose(1, "intake", ARRIVED)
    assert not said(table, "Hết giờ làm?")


def test_a_day_says_when_it_began_if_anybody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the first day the start says it, on the next one the clock of the box goes on."""
    for begun, clock in ((1_795_343_400, Sunday), (None, None)):
        if clock:
            monkeypatch.setattr("sim.chips.machine.RTC", clock)
        else:
            monkeypatch.undo()
        table = Table()
        table.wait(3_600_000)
        table.choose(1, "day.close", ARRIVED)
        later = table.now // 1000
        table.choose(1, "newday", ARRIVED, ARRIVED)
        first, second = (event for event in table.events if event["kind"] == "day_open")
        assert first["clock"] == begun
        if begun:
            assert later <= second["clock"] - begun <= later + 60
        else:
            assert second["clock"] is None


def clock(patch: pytest.MonkeyPatch, answer: Any) -> None:
    """Have the box's clock show something, or raise it."""

    def datetime(self: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    patch.setattr("sim.chips.machine.RTC", type("Clock", (), {"datetime": datetime}))


ANSWERS: list[Any] = [
    *((year, 1, 1, 5, 0, 0, 0, 0) for year in (1900, 1970, 2000, 2026, 2038, 2099, 2105, 2106)),
    *((2107, 1, 1, 5, 0, 0, 0, 0), (2100, 2, 29, 0, 0, 0, 0, 0), (2105, 12, 31, 3, 23, 59, 59, 0)),
    *((2200, 12, 31, 2, 23, 59, 59, 0), (255,) * 8, (), (2026,), None, OSError(116), OSError(19)),
]


def test_whatever_the_clock_says_the_box_starts_and_works() -> None:
    """A start, a day, and the next day's beginning; each start is one record and not more."""
    for answer in ANSWERS:
        with pytest.MonkeyPatch.context() as patch:
            clock(patch, answer)
            table = Table(("hours", "-, -, -, -, -, -, 7:30-11:00"))
            table.restart()
            table.take("A")
            assert table.issued == ("A001", 1), answer
            table.wait(HOLD_MS)
            table.choose(1, "day.close", ARRIVED, ARRIVED)
            table.choose(1, "newday", ARRIVED, ARRIVED)
        kinds = [event["kind"] for event in table.events]
        assert kinds.count("boot") == 2, answer
        assert kinds.count("day_open") == 2, answer
        for event in table.events:
            assert 0 <= (event.get("clock") or 0) < 1 << 32


def test_a_clock_that_runs_out_of_32_bits_is_unknown_from_then_on() -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock(patch, (2105, 12, 31, 3, 23, 59, 59, 0))
        table = Table()
    table.station._wall_s = (1 << 32) - 60
    table.choose(1, "day.close", ARRIVED)
    table.wait(120_000)
    table.choose(1, "newday", ARRIVED, ARRIVED)
    opened = [event for event in table.events if event["kind"] == "day_open"]
    assert len(opened) == 2
    assert opened[1]["clock"] is None


def test_a_clock_that_is_not_set_is_named_where_there_are_hours_and_heals_with_a_day() -> None:
    assert not said(Table(), "Chưa đặt giờ")
    table = Table(("hours", "-, -, -, -, -, -, 7:30-11:00"))
    assert said(table, "Chưa đặt giờ")
    table.choose(1, "day.close", ARRIVED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.station.board, "rtc", Sunday())
        table.choose(1, "newday", ARRIVED, ARRIVED)
    assert not said(table, "Chưa đặt giờ")
    assert table.events[-1]["clock"] == 1_795_343_400
    table.wait(30 * 60_000)
    assert said(table, "Hết giờ làm?")


def test_what_was_lost_and_where_is_on_the_display() -> None:
    table = waiting()
    cells = table.box.flash.cells
    lost = next(at for at in range(32, 4096, records.SIZE) if cells[at + 7] == records.ISSUE)
    cells[lost : lost + records.SIZE] = bytes(records.SIZE)
    table.restart()
    assert said(table, "Mất 1 bản ghi")
    assert said(table, "Hư hại ô nhớ 0")


def suggested_hours() -> None:
    """The test above, with nothing left patched after it."""
    with pytest.MonkeyPatch.context() as patch:
        test_opening_hours_suggest_and_do_nothing(patch)


# What cannot be started.


def headed(version: int = 1, sectors: int = 256) -> bytes:
    """The beginning of a flash whose first sector has such a header."""
    head = bytearray(records.SIZE)
    head[7], head[8] = records.HEADER, version
    head[9:11] = sectors.to_bytes(2, "little")
    records.stamp(head, 0, 0)
    return bytes(head)


@pytest.mark.parametrize(
    ("text", "flash", "words"),
    [
        ("pagers = 4000\nend = 1", b"", "Sai cài đặt pagers = 4000"),
        ("language = en\npager = 4\nend = 2", b"", "Bad setting pager = 4"),
        ("pagers = 400", b"", "Cài đặt chưa đủ end = ?"),
        ("language = en\npagers = 40\nend = 3", b"", "Settings cut off end = 3, 2"),
        ("language = en\n" + "#" * 9000, b"", "Cài đặt quá dài 9014 > 8192 B"),
        ("", headed(version=250), "Sổ bản mới hơn"),
        ("", headed(sectors=128), "Sổ khác cỡ"),
    ],
)
def test_what_keeps_it_from_starting_is_named(text: str, flash: bytes, words: str) -> None:
    """It shows that and touches nothing, however often it tries again."""
    table = Table(text=text, flash=flash)
    before = table.box.flash.image()
    table.wait(HOLD_MS)
    assert said(table, words)
    table.take("A")
    assert table.issued == ("", 0)
    table.wait(2 * HOLD_MS)
    table.do(1, NEXT)
    assert re.split(" pager| end| [0-9]", words)[0] in table.text
    assert "1" in table.text, "and whose press it was"
    assert table.box.flash.image() == before
    assert not table.sent


def test_a_partition_that_is_too_small_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.unit._JOURNAL_BYTES", 3 * 4096)
    table = Table()
    assert said(table, "Bộ nhớ quá nhỏ")
    table.take("A")
    assert table.box.flash.image() == b"\xff" * 3 * 4096


def test_what_is_no_journal_is_named_and_written_over() -> None:
    table = Table(flash=b"\x17" * (1 << 20))
    assert said(table, "Đã lập sổ mới")
    table.take("A")
    assert table.issued == ("A001", 1)
    table.restart()
    assert table.issued == ("A001", 1)


# Restarts.


def test_a_restart_shows_the_last_number_and_its_pager() -> None:
    table = Table()
    assert "Đã khôi phục" not in table.text
    table.restart()
    assert table.text == "Đã khôi phục Sẵn sàng"
    table.take("C")
    table.restart()
    assert table.text == "Đã khôi phục C001 1 Đã cấp, thẻ 1"
    assert table.issued == ("C001", 1)
    table.do(3, NEXT)
    assert (table.called, table.issued) == (("C001", 3), ("C001", 1)), "beside a call too"
    table.wait(16_000)
    assert "Đã khôi phục" not in table.text


def test_a_restart_shows_no_number_that_nobody_has() -> None:
    table = Table()
    table.take("A")
    table.take_back()
    table.restart()
    assert table.text == "Đã khôi phục Sẵn sàng"
    table.take("B")
    table.do(1, NEXT)
    table.do(1, ARRIVED)
    table.do(1, ARRIVED)
    table.restart()
    assert table.text == "Đã khôi phục Sẵn sàng"


def test_a_restart_after_the_day_says_that_it_is_over() -> None:
    table = Table()
    table.choose(1, "day.close", ARRIVED, ARRIVED)
    table.restart()
    assert table.text == "Đã khôi phục Đã kết thúc ngày"


def test_a_restart_shows_no_pager_that_was_lost() -> None:
    table = Table()
    table.take("A")
    table.choose(1, "pager.lost", ARRIVED, ARRIVED)
    assert table.kinds[-1] == "pager"
    table.restart()
    assert table.text == "Đã khôi phục Sẵn sàng"


def test_the_first_day_is_sure_though_the_first_start_was_cut() -> None:
    """The plug was pulled when the start was recorded, and the day was not open yet."""
    flash = bytearray(Table().box.flash.image())
    at = next(at for at in range(0, 4096, records.SIZE) if flash[at + 7] == records.DAY_OPEN)
    flash[at:4096] = b"\xff" * (4096 - at)
    table = Table(flash=bytes(flash))
    table.take("A")
    assert [event["kind"] for event in table.events] == ["boot", "boot", "day_open", "issue"]
    assert all(event["sure"] for event in table.events)


def test_figures_that_could_not_be_kept_are_kept_later() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.station.files, "replace", gone)
        table.choose(1, "day.close", ARRIVED, ARRIVED)
        assert said(table, "Lỗi ghi số liệu")
    assert "day-001.csv" not in table.files
    table.choose(1, "newday", ARRIVED)
    assert b"1,2,0,0" in table.files["day-001.csv"]
    assert not said(table, "Lỗi ghi số liệu")


def test_figures_that_were_kept_stay_though_some_records_are_lost() -> None:
    """A slot of the day that is over dies: what could be made of the rest says less."""
    table = Table(text="end = 0")  # one whose files outlive a power cut
    table.take("A")
    table.do(1, NEXT)
    table.do(1, ARRIVED)
    table.do(1, ARRIVED)
    table.wait(2 * HOLD_MS)
    table.choose(1, "day.close", ARRIVED, ARRIVED)
    table.wait(HOLD_MS)
    kept = table.files["day-001.csv"]
    assert b"\nA,1,0,1," in kept
    cells = table.box.flash.cells
    lost = next(at for at in range(32, 4096, records.SIZE) if cells[at + 7] == records.ARRIVED)
    cells[lost : lost + records.SIZE] = bytes(records.SIZE)
    for _ in range(2):
        table.restart()
        table.wait(HOLD_MS)
        assert table.files["day-001.csv"] == kept
    table.files["day-001.csv"] = b"day,issued,served,untimed\n101,1,1,0\n"
    table.restart()
    table.wait(HOLD_MS)
    assert b"\n1,1,1,1\n" in table.files["day-001.csv"], "better than none"


def test_a_restart_goes_on_with_the_time_and_is_not_sure_of_it() -> None:
    table = Table()
    table.wait(20_000)
    table.take("A")
    table.restart()
    table.take("B")
    first, second = (event for event in table.events if event["kind"] == "issue")
    assert first["sure"]
    assert not second["sure"]
    assert 0 < second["time_ds"] - first["time_ds"] < 100, "the pause is missing in it"


def test_the_gap_between_calls_begins_anew_after_a_restart() -> None:
    table = waiting()
    table.do(1, NEXT)
    table.wait(GAP_MS)
    table.restart()
    table.do(1, RECALL)
    assert "Gọi lại sau" in table.text
    table.wait(GAP_MS)
    table.do(1, RECALL)
    assert table.kinds[2:] == ["call", "recall"]
    assert table.events[-1]["nth"] == 2, "paging again is no call"


def test_a_reboot_loop_does_not_ring_the_office() -> None:
    table = waiting()
    table.take("A")
    table.do(1, NEXT)
    table.do(2, NEXT)
    table.do(3, NEXT)
    table.do(2, ARRIVED)
    table.do(3, ABSENT)
    table.wait(3000)
    rung = []
    for _ in range(5):
        table.sent.clear()
        table.restart()
        table.wait(3000)
        rung.append([page.text for page in table.pages])
    assert rung == [["A001 QUAY 1"], [], [], [], []]
    table.take("D")
    table.restart()
    table.wait(GAP_MS)
    assert not table.pages, "a press of somebody else is no reason"
    table.do(1, RECALL)
    table.restart()
    table.wait(3000)
    assert {page.text for page in table.pages} == {"A001 QUAY 1"}, "a recall is"
    assert table.kinds.count("call") == 3


# Each promise can be broken.

FAULTS = {
    "a clock beyond 32 bits ends the box": (
        "return 0 if wall_s >> 32 else wall_s",
        "return wall_s",
        test_a_clock_that_runs_out_of_32_bits_is_unknown_from_then_on,
    ),
    "a silent clock ends the box": (
        "        except OSError:\n            return ()",
        "        except KeyError:\n            return ()",
        test_whatever_the_clock_says_the_box_starts_and_works,
    ),
    "a clock that comes late is never asked": (
        "        if not self._wall_s:\n",
        "        if 0:\n",
        test_a_clock_that_is_not_set_is_named_where_there_are_hours_and_heals_with_a_day,
    ),
    "a clock that is not set is silent": (
        "self._timeless = bool(week and not wall_s)",
        "self._timeless = False",
        test_a_clock_that_is_not_set_is_named_where_there_are_hours_and_heals_with_a_day,
    ),
    "whoever has no hours hears of the clock": (
        "bool(week and not wall_s)",
        "not wall_s",
        test_a_clock_that_is_not_set_is_named_where_there_are_hours_and_heals_with_a_day,
    ),
    "why nothing is obeyed is forgotten": (
        "self._refuse(now, source, self.view.words.get(word))",
        'self._refuse(now, source, self.view.words.get("store.bad"))',
        lambda: test_what_keeps_it_from_starting_is_named("", headed(250), "Sổ bản mới hơn"),
    ),
    "a number that nobody has is restored": (
        "there = order.find(order.arrivals)",
        "there = 1",
        test_a_restart_shows_no_number_that_nobody_has,
    ),
    "a day that was not open was interrupted": (
        "            if order.day:\n",
        "            if order.boots:\n",
        test_the_first_day_is_sure_though_the_first_start_was_cut,
    ),
    "figures are kept from less": (
        "if not files.begins(name(order.day), head):",
        "if 1:",
        test_figures_that_were_kept_stay_though_some_records_are_lost,
    ),
    "figures of another day are enough": (
        "if not files.begins(name(order.day), head):",
        "if name(order.day) not in files._files:",
        test_figures_that_were_kept_stay_though_some_records_are_lost,
    ),
    "figures are tried once": (
        "self._kept = max(self._kept, 0)",
        "pass",
        test_figures_that_could_not_be_kept_are_kept_later,
    ),
    "a day ends without a question": (
        '("day.close", records.DAY_CLOSE, DAY, 1, 0)',
        '("day.close", records.DAY_CLOSE, DAY, 0, 0)',
        test_a_day_is_closed_and_another_one_begun,
    ),
    "a day ends and leaves people": (
        "closing.send_home(self.journal, self.order, self._record, self._time(now))",
        "pass",
        test_a_day_is_closed_and_another_one_begun,
    ),
    "figures are not kept": (
        "        if free_ms >= ERASE_MS and self._keep_figures():\n            return True\n",
        "",
        test_a_day_is_closed_and_another_one_begun,
    ),
    "the time of yesterday": (
        "self._time_base, self._time_at, self._sure = 0, now, records.SURE",
        "pass",
        test_a_day_is_closed_and_another_one_begun,
    ),
    "figures of the next row": (
        "tally.ratings[3 * desk - 3 : 3 * desk]\n        rating",
        "tally.ratings[3 * desk - 2 : 3 * desk + 1]\n        rating",
        test_figures_are_shown_by_service_and_desk,
    ),
    "hours are not told": (
        "wanted == reason",
        "False",
        suggested_hours,
    ),
    "a wrong setting is not named": (
        "self.settings.wrong or 0",
        "0",
        lambda: test_what_keeps_it_from_starting_is_named(
            "pagers = 4000", b"", "Sai cài đặt pagers = 4000"
        ),
    ),
    "a newer journal is a bad flash": (
        'getattr(error, "word", "store.bad")',
        '"store.bad"',
        lambda: test_what_keeps_it_from_starting_is_named(
            "", headed(version=250), "Sổ bản mới hơn"
        ),
    ),
    "what was there is not named": (
        'panel.fault(now, "store.alien", ring.alien)',
        "pass",
        test_what_is_no_journal_is_named_and_written_over,
    ),
    "a restart is not told": (
        "if order.boots > 1:",
        "if self.order.boots > 2:",
        test_a_restart_shows_the_last_number_and_its_pager,
    ),
    "a restart begins the day's time anew": (
        "self._time_base, self._sure = order.time & records.TIME_MAX, 0",
        "self._time_base, self._sure = 0, 0",
        test_a_restart_goes_on_with_the_time_and_is_not_sure_of_it,
    ),
    "a restart is sure of the time": (
        "order.time & records.TIME_MAX, 0",
        "order.time & records.TIME_MAX, records.SURE",
        test_a_restart_goes_on_with_the_time_and_is_not_sure_of_it,
    ),
    "a call hides the last number": (
        "lower[0] == panel.RESTORED",
        "False",
        test_a_restart_shows_the_last_number_and_its_pager,
    ),
    "a restart opens the gap": (
        "self._rung = [now] *",
        "self._rung = [now - 60_000] *",
        test_the_gap_between_calls_begins_anew_after_a_restart,
    ),
    "every restart rings": (
        "self.ringing.again(before)",
        "self.ringing.again(0)",
        test_a_reboot_loop_does_not_ring_the_office,
    ),
    "no restart rings": (
        "self.ringing.again(before)",
        "pass",
        test_a_reboot_loop_does_not_ring_the_office,
    ),
    "who is served is rung": (
        "state[slot] == CALLED:\n            self._page",
        "state[slot]:\n            self._page",
        test_a_reboot_loop_does_not_ring_the_office,
    ),
}

test_a_broken_promise_is_found = found_by((*MODULES, box), FAULTS)
