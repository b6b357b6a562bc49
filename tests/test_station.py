"""A station does for each press what it should, says why when it does not, and forgets nothing.

One box alone (tests/station_bench.py), its keys pressed by script. Each promise is a test; FAULTS
names for each of them what would break it, and that the test then fails.
"""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from luot.core import (
    journal,
    keypad,
    menu,
    order,
    paging,
    panel,
    records,
    ring,
    ringing,
    screens,
    telling,
    turn,
    view,
    wording,
)
from luot.roles import station
from sim.chips.norflash import OUTCOMES
from sim.reading import Line
from tests.faults import seed
from tests.station_bench import ABSENT, ARRIVED, NEXT, RECALL, Table, called

ENODEV = OSError(19)
GAP_MS = 31_000  # a second more than the default gap between two calls
HOLD_MS = 4_000  # so long a message has the display

# Issuing and calling.


def test_each_press_gives_a_number_and_a_pager() -> None:
    table = Table()
    seen = []
    for service in "ABAD":
        table.take(service)
        seen.append(table.issued)
    assert seen == [("A001", 1), ("B001", 2), ("A002", 3), ("D001", 4)]
    assert "Đưa thẻ số 4" in table.text
    assert [event["pager"] for event in table.events[2:]] == [1, 2, 3, 4]


def test_the_priority_key_makes_it_priority() -> None:
    table = Table()
    table.take("A")
    table.take("A", priority=True)
    table.take("A")
    assert [event["class"] for event in table.events[2:]] == ["normal", "priority", "normal"]
    table.do(1, NEXT)
    assert "ƯT" in table.text
    assert table.called == ("A002", 1)


def test_the_four_keys_of_a_desk() -> None:
    table = Table()
    table.take("A")
    table.take("B")
    table.wait(5000)
    table.do(2, NEXT)
    assert table.called == ("A001", 2)
    assert "Mời số" in table.text
    assert "Đến quầy 2" in table.text
    table.wait(GAP_MS)
    table.do(2, RECALL)
    assert table.called == ("A001", 2)
    assert "Gọi lần 2/3" in table.text
    table.do(2, ARRIVED)
    table.do(2, ARRIVED)
    table.do(2, NEXT)
    table.do(2, ABSENT)
    kinds = ["issue", "issue", "call", "recall", "arrived", "finish", "call", "absent"]
    assert table.kinds == kinds
    assert {event["desk"] for event in table.events[4:]} == {2}


@pytest.mark.parametrize("marked", [True, False])
def test_call_next_closes_whom_the_desk_had(marked: bool) -> None:
    table = Table(("pagers", "2"))
    table.take("A")
    table.take("A")
    table.do(1, NEXT)
    if marked:
        table.do(1, ARRIVED)
    table.do(1, NEXT)
    call = table.events[-1]
    assert (call["number"], call["closes"], call["start_unknown"]) == (2, 1, not marked)
    table.take("B")
    assert table.issued == ("B001", 1), "the pager is back"


# Refusals.

Do = Callable[[Table], None]


def no_pager(table: Table) -> None:
    for service in "ABC":
        table.take(service)


def called_at_2(table: Table) -> None:
    """Somebody was just called to desk 2, and the display is quiet again."""
    table.take("A")
    table.do(2, NEXT)
    table.wait(9700)


def full(table: Table) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "ARRIVALS_DAY", 1)  # tickets alive never reach their bound: pagers do
        table.take("A")
        table.take("A")


def too_soon(table: Table) -> None:
    called_at_2(table)
    table.do(2, RECALL)


def being_served(table: Table) -> None:
    called_at_2(table)
    table.do(2, ARRIVED)
    table.do(2, RECALL)


def undone_late(table: Table) -> None:
    called_at_2(table)
    table.wait(10_000)
    table.hold(2, RECALL)


def undone_for_another(table: Table) -> None:
    called_at_2(table)
    table.hold(2, ARRIVED)
    table.choose(1, "hold.list", ARRIVED)
    table.wait(2_000)
    table.hold(2, RECALL)
    table.wait(2_000)


def nobody_to_hold(table: Table) -> None:
    table.hold(2, ARRIVED)


def passed_out(table: Table) -> None:
    """A call by number would pass the one before it more often than once."""
    table.take("A")
    table.take("A")
    table.choose(2, "call.number", RECALL, ARRIVED, ARRIVED)


def day_alive(table: Table) -> None:
    table.take("A")
    table.take("B")
    table.choose(2, "newday", ARRIVED)


def after_the_day(table: Table) -> None:
    table.choose(2, "day.close", ARRIVED)
    table.wait(2 * HOLD_MS)
    table.take("A")


def paused(reason: int) -> Do:
    """Intake is paused by desk 2 for a reason; then somebody comes."""

    def do(table: Table) -> None:
        table.choose(2, "intake", *[RECALL] * (reason - 1), ARRIVED)
        table.wait(2 * HOLD_MS)
        table.take("A")

    return do


def menu_is_open(table: Table) -> None:
    table.hold(1, ABSENT)
    table.hold(2, ABSENT)


def called_out(table: Table) -> None:
    called_at_2(table)
    for _ in range(3):
        table.wait(GAP_MS)
        table.do(2, RECALL)


REFUSALS: dict[str, tuple[Do, str, str, int]] = {  # what is done, the words, events that happened
    "nobody waits": (lambda table: table.do(2, NEXT), "Hết hàng chờ", "Queue is empty", 0),
    "no pager": (no_pager, "Hết thẻ rung", "No pagers left", 2),
    "full": (full, "Tạm dừng cấp số", "Intake paused", 1),
    "nobody to recall": (
        lambda table: table.do(2, RECALL),
        "Chưa gọi số nào",
        "Nobody is called",
        0,
    ),
    "nobody absent": (lambda table: table.do(2, ABSENT), "Chưa gọi số nào", "Nobody is called", 0),
    "nobody to arrive": (
        lambda table: table.do(2, ARRIVED),
        "Chưa gọi số nào",
        "Nobody is called",
        0,
    ),
    "being served": (being_served, "Đang phục vụ", "Being served", 3),
    "too soon": (too_soon, "Gọi lại sau 20s", "Recall in 20s", 2),
    "called out": (called_out, "Đã gọi đủ 3 lần", "Called 3 times", 4),
    "undone too late": (undone_late, "Quá 10 giây", "After 10 s", 2),
    "undone for another": (undone_for_another, "Đã có lệnh khác", "Overtaken by now", 4),
    "nobody to hold": (nobody_to_hold, "Chưa gọi số nào", "Nobody is called", 0),
    "passed out": (passed_out, "Vượt quá 0 lần", "Passed 0 times", 2),
    "a new day with people": (day_alive, "Còn 2 số", "2 still here", 2),
    "after the day": (after_the_day, "Đã kết thúc ngày", "The day is over", 1),
    "closed": (paused(1), "Hết giờ làm", "Office closed", 1),
    "lunch": (paused(2), "Nghỉ trưa", "Lunch break", 1),
    "paused": (paused(3), "Tạm dừng cấp số", "Intake paused", 1),
    "the menu is open": (menu_is_open, "Menu ở quầy 1", "Menu at desk 1", 0),
}
ISSUES = ("no pager", "full", "after the day", "closed", "lunch", "paused")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("case", REFUSALS)
def test_every_refusal_is_a_word_on_the_display(case: str, language: str) -> None:
    do, vietnamese, english, events = REFUSALS[case]
    most = "0" if case == "passed out" else "3"
    table = Table(("language", language), ("pagers", "2"), ("overtakes_max", most))
    do(table)
    desk = "" if case in ISSUES else "Quầy 2 " if language == "vi" else "Desk 2 "
    assert desk + (vietnamese if language == "vi" else english) in table.text
    assert len(table.kinds) == events, "a refused press changes nothing"


# What desks do besides.


def test_a_key_that_is_held_means_something_else() -> None:
    """A hold is no click: what the key does when it comes up it does not do then."""
    table = waiting()
    table.do(1, NEXT)
    table.wait(HOLD_MS)
    table.hold(1, ARRIVED)
    assert table.kinds[2:] == ["call", "hold"]
    assert table.text == "Quầy 1 Tạm giữ A001"
    table.wait(HOLD_MS)
    table.hold(1, RECALL)
    assert table.kinds[2:] == ["call", "hold", "undo"]
    assert table.text == "Quầy 1 Hoàn tác A001"
    table.wait(HOLD_MS)
    table.do(1, ARRIVED)
    assert table.events[-1]["kind"] == "arrived", "the one put aside is at the desk again"
    table.hold(1, ABSENT)
    assert len(table.kinds) == 6
    assert table.text == "Hoàn tác Quầy 1 Thoát Tới Lùi OK"


def test_call_next_does_not_wait_for_the_key_to_come_up() -> None:
    """The three others do: they might be held."""
    table = waiting()
    table.press(1, NEXT, 3_000)
    table.wait(50)
    assert table.kinds[2:] == ["call"]
    table.wait(3_000)
    assert table.kinds[2:] == ["call"]
    table.press(1, ARRIVED, 600)
    table.wait(550)
    assert table.kinds[2:] == ["call"]
    table.wait(200)
    assert table.kinds[2:] == ["call", "arrived"]


def test_the_intake_takes_back_what_it_issued() -> None:
    table = Table(("services", "A, B"))
    table.take("B")
    table.take_back()
    assert table.text == "Hoàn tác B001"
    table.take("B")
    assert table.issued == ("B002", 2), (
        "the number is spent; the pager goes to the end of the rack"
    )
    table.wait(10_500)
    table.take_back()
    assert "Quá 10 giây" in table.text
    assert table.kinds == ["issue", "undo", "issue"]


def test_an_undone_call_is_told_to_wait() -> None:
    for language, words in (("vi", "CHO"), ("en", "WAIT")):
        table = Table(("language", language))
        table.take("A")
        table.take("B")
        table.do(2, NEXT)
        table.wait(3_000)
        table.hold(2, RECALL)
        table.wait(HOLD_MS)
        assert [(page.ric, page.text[:4]) for page in table.pages] == [(8, "A001")] * 2
        assert table.pages[1].text == f"A001 {words}"
        table.do(1, NEXT)
        assert table.called == ("A001", 1), "it keeps its place"


def test_an_undone_call_reopens_whom_it_closed_and_does_not_ring() -> None:
    table = waiting()
    table.do(1, NEXT)
    table.do(1, ARRIVED)
    table.wait(3_000)
    table.do(1, NEXT)
    table.wait(3_000)
    table.hold(1, RECALL)
    table.wait(3_000)
    assert [page.text for page in table.pages] == ["A001 QUAY 1", "A002 QUAY 1", "A002 CHO"]
    table.do(1, ARRIVED)
    assert (table.events[-1]["kind"], table.events[-1]["number"]) == ("finish", 1)


def test_the_menu_has_the_display_while_nobody_else_has_news() -> None:
    table = waiting()
    table.hold(1, ABSENT)
    table.take("C")
    assert table.text == "C001 3 Hoàn tác Quầy 1"
    table.wait(HOLD_MS)
    assert table.text == "Hoàn tác Quầy 1 Thoát Tới Lùi OK"
    table.do(2, NEXT)
    assert table.called == ("A001", 2)
    assert "Hoàn tác" in table.text
    table.wait(16_000)
    assert "Hoàn tác" not in table.text, "nobody touched it for a while"


def test_call_next_leaves_the_menu_and_calls_nobody() -> None:
    table = waiting()
    table.hold(1, ABSENT)
    table.do(1, RECALL)
    assert "Tạm giữ" in table.text
    table.do(1, NEXT)
    assert "Thoát" not in table.text
    assert len(table.kinds) == 2
    table.do(1, NEXT)
    assert table.kinds[2:] == ["call"]


def test_what_is_done_in_the_menu_is_told() -> None:
    table = Table(("pagers", "9"))
    for _ in range(4):
        table.take("A")
    table.do(1, NEXT)
    table.do(1, ABSENT)
    table.wait(HOLD_MS)
    table.choose(1, "absent.back", ARRIVED)
    assert table.text == "Quầy 1 Xếp lại A001"
    table.wait(HOLD_MS)
    table.choose(1, "call.number", RECALL, RECALL, ARRIVED)
    assert table.text == "A003 Thẻ 3 Vượt 2 người Gọi số ... OK? Nhấn lại"
    table.do(1, ARRIVED)
    assert table.called == ("A003", 1)
    assert (table.events[-1]["by_number"], table.events[-1]["number"]) == (True, 3)
    table.wait(HOLD_MS)
    table.choose(1, "move", RECALL, ARRIVED)
    assert table.text == "Quầy 1 Chuyển A003"
    assert (table.events[-1]["kind"], table.events[-1]["number"]) == ("transfer", 3)
    table.wait(HOLD_MS)
    table.choose(2, "cancel", ARRIVED, ARRIVED)
    assert table.text == "Quầy 2 Hủy số A001"
    table.wait(HOLD_MS)
    for word, text in (
        ("desk.pause", "Tạm nghỉ"),
        ("desk.close", "Đóng quầy"),
        ("desk.open", "Mở quầy"),
    ):
        table.choose(3, word)
        assert table.text == f"Quầy 3 {text}"
        table.wait(HOLD_MS)
    table.choose(1, "pager.lost", *[RECALL] * 3, ARRIVED, ARRIVED)
    assert table.text == "Quầy 1 Báo mất thẻ 4"
    table.wait(HOLD_MS)
    table.choose(1, "pager.found", RECALL, ARRIVED)
    assert "Quầy 1 Tìm thấy thẻ" in table.text
    table.wait(HOLD_MS)
    table.choose(1, "intake", RECALL, ARRIVED)
    assert table.text == "Quầy 1 Nghỉ trưa"
    table.wait(HOLD_MS)
    table.choose(1, "intake", ARRIVED)
    assert table.text == "Quầy 1 Tiếp tục cấp số"


def test_the_wait_is_told_once_it_can_be_guessed() -> None:
    """Ten people served for ten minutes each: the next one waits for about as long."""
    table = Table(("services", "A"), ("desks", "A"))
    for number in range(11):
        table.take("A")
        assert "Chưa ước tính" in table.text, f"after {number} services"
        table.do(1, NEXT)
        table.do(1, ARRIVED)
        table.wait(600_000)
    table.take("A")
    assert re.search(r"Chờ \d+-\d+ phút", table.text)
    low, high = map(int, re.findall(r"\d+", table.text)[:2])
    assert (low, high) == (10, 15)


def test_citizens_say_how_it_was() -> None:
    """A key each, once a visit; nobody but the desk's own counts."""
    table = Table(("rating", "yes"), ("desks", "ABCD,ABCD,ABCD"))
    for desk in (1, 2, 3):
        table.take("A")
        table.do(desk, NEXT)
        table.do(desk, ARRIVED)
    table.wait(9 * HOLD_MS)
    for desk in (1, 2, 3):
        table.rate(desk, desk - 1)
        assert table.text == f"Quầy {desk} Cảm ơn"
        table.wait(HOLD_MS)
    table.rate(1, 2)
    rated = [
        (event["desk"], event["grade"]) for event in table.events if event["kind"] == "rating"
    ]
    assert rated == [(1, 1), (2, 2), (3, 3)]


# What is not so at present.


def quiet(table: Table) -> str:
    """What the display says when nobody presses anything."""
    table.wait(3 * HOLD_MS)
    seen = set()
    for _ in range(20):
        seen.add(table.text)
        table.wait(1_000)
    return "|".join(sorted(seen))


def test_the_quiet_display_says_why_no_numbers_are_issued() -> None:
    table = Table(("pagers", "1"))
    assert "Sẵn sàng" in quiet(table)
    table.take("A")
    assert "Hết thẻ rung" in quiet(table)
    table.choose(1, "intake", RECALL, ARRIVED)
    assert "Nghỉ trưa" in quiet(table)
    table.choose(1, "intake", RECALL, RECALL, ARRIVED)
    assert "Tạm dừng cấp số" in quiet(table)
    table.choose(1, "day.close", ARRIVED, ARRIVED)
    said = quiet(table)
    assert "Đã kết thúc ngày" in said
    assert "Sẵn sàng" not in said


def test_each_press_is_answered() -> None:
    """Arrived and finish are one key: the display says which it was."""
    table = waiting()
    for key, text in (
        (NEXT, None),
        (ARRIVED, "Quầy 1 Phục vụ A001"),
        (ARRIVED, "Quầy 1 Xong A001"),
        (NEXT, None),
        (ABSENT, "Quầy 1 Vắng A002"),
    ):
        table.do(1, key)
        assert text in (None, table.text)
        table.wait(HOLD_MS)


def test_an_answer_does_not_hold_up_the_next_call() -> None:
    table = waiting()
    for key in (NEXT, ARRIVED):
        table.do(1, key)
        table.wait(HOLD_MS)
    table.do(1, ARRIVED)
    table.do(1, NEXT)
    assert table.called == ("A002", 1)


@pytest.mark.parametrize("secret", range(8))
def test_a_day_is_closed_under_a_secret(secret: int) -> None:
    """Its record bears a seal, which is no ticket's name."""
    table = Table(("secret", f"{secret:02x}" * 32))
    table.take("A")
    table.choose(1, "day.close", ARRIVED, ARRIVED)
    assert table.kinds[-1] == "day_close"
    assert table.text == "Quầy 1 Đã kết thúc ngày"


def test_a_call_that_was_undone_is_not_told() -> None:
    table = waiting()
    table.do(1, NEXT)
    table.do(2, NEXT)
    table.hold(2, RECALL)
    assert table.kinds[-1] == "undo"
    for _ in range(10):
        assert "A002" not in table.text or "Hoàn tác" in table.text
        table.wait(1_000)


def test_a_rating_leaves_the_officer_the_undo() -> None:
    table = Table(("rating", "yes"))
    table.take("A")
    table.do(1, NEXT)
    table.wait(HOLD_MS)
    table.rate(1, 0)
    table.hold(1, RECALL)
    assert table.kinds[-1] == "undo"


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
        ("pagers = 4000", b"", "Sai cài đặt pagers = 4000"),
        ("language = en\npager = 4", b"", "Bad setting pager = 4"),
        ("", headed(version=250), "Sổ bản mới hơn"),
        ("", headed(sectors=128), "Sổ khác cỡ"),
    ],
)
def test_what_keeps_it_from_starting_is_named(text: str, flash: bytes, words: str) -> None:
    """It shows that for ever and touches nothing; it does not restart."""
    table = Table(text=text, flash=flash)
    before = table.box.flash.image()
    table.wait(HOLD_MS)
    assert said(table, words)
    table.take("A")
    assert table.issued == ("", 0)
    table.wait(2 * HOLD_MS)
    table.do(1, NEXT)
    assert said(table, "Quầy 1 Lỗi bộ nhớ") or said(table, words)
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


# Pages.


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ((), "A001 QUAY 3"),
        ((("language", "en"),), "A001 DESK 3"),
        ((("polarity", "inverted"),), "A001 QUAY 3"),
        ((("pocsag_bps", "512"),), "A001 QUAY 3"),
        ((("pocsag_bps", "2400"),), "A001 QUAY 3"),
    ],
)
def test_a_call_is_one_page_to_the_pager_in_hand(
    pairs: tuple[tuple[str, str], ...], text: str
) -> None:
    table = Table(*pairs)
    table.take("B")
    table.take("A")
    table.do(3, NEXT)
    table.do(3, NEXT)
    table.wait(5000)
    told = [(page.ric, page.function, page.text, page.damaged) for page in table.pages]
    assert told == [(8, 3, text.replace("A", "B", 1), 0), (10, 3, text, 0)]
    for sent in table.sent:
        assert sent.bit_rate == pytest.approx(table.settings.pocsag_bps, 1e-4)


def test_pagers_have_their_addresses_in_order() -> None:
    table = Table(("ric_first", "80000"))
    for _ in range(5):
        table.take("A")
    for _ in range(5):
        table.do(1, NEXT)
        table.wait(1500)
    assert [page.ric for page in table.pages] == [80000, 80002, 80005, 80008, 80010]


def test_calls_made_together_share_a_transmission() -> None:
    table = Table()
    for _ in range(6):
        table.take("A")
    table.wait(HOLD_MS)
    for desk in (1, 2, 3):
        table.press(desk, NEXT)
    table.wait(2000)
    assert [page.text[-1] for page in table.pages] == ["1", "2", "3"]
    assert len(table.sent) == 1
    table.press(1, NEXT)
    table.wait(300)
    table.press(2, NEXT)
    table.wait(300)
    table.press(3, NEXT)
    table.wait(3000)
    together, alone, later = [sent.end_us - sent.start_us for sent in table.sent]
    assert together <= 1.5 * alone
    assert later <= 1.5 * alone
    assert len(table.pages) == 6


def test_a_page_is_of_whom_the_desk_calls_now() -> None:
    """Calls are made faster than the air takes them: for who was called before none is sent."""
    table = Table()
    for _ in range(60):
        table.take("A")
    for _ in range(60):
        table.press(1, NEXT)
        table.wait(200)
    table.wait(5000)
    assert table.pages[-1].text == "A060 QUAY 1"
    assert len(table.pages) < 20
    assert table.kinds.count("call") == 60


# What is not kept is not shown.


def test_nothing_is_shown_before_it_would_survive() -> None:
    """The plug is pulled in each byte of the record, with each outcome, and around the press."""
    for of_call in (False, True):
        for byte in range(32):
            for outcome in OUTCOMES:
                table = waiting()
                table.box.flash.cut_after(byte, outcome)
                survive(table, of_call)
        for cut_us in range(4_000, 16_000, 300):
            table = waiting()
            table.cut_after(cut_us)
            survive(table, of_call)


def waiting() -> Table:
    """Two people wait, the display and the journal are quiet."""
    table = Table()
    table.take("A")
    table.take("A")
    table.wait(HOLD_MS + 1000)
    return table


def survive(table: Table, of_call: bool) -> None:
    """Press once as the plug is pulled: all of it happened or nothing, whatever was seen."""
    if of_call:
        table.press(1, NEXT)
    else:
        table.box.issue_keys[0].press(table.world.now, 150_000)
    table.wait(16)
    seen = (table.called if of_call else table.issued) != ("", 0)
    table.box.power_off()
    table.wait(200)
    told = bool(table.sent)
    table.start()
    happened = len(table.kinds) == 3
    assert happened or not (seen or told), "what was shown or sent is lost"
    assert table.issued == (("A003", 3) if happened and not of_call else ("A002", 2))
    assert len(table.pages) == (happened and of_call), "paged again"
    if of_call:
        table.do(2, NEXT)
        assert table.events[-1]["number"] == 1 + happened, "called twice, or passed over"
    else:
        table.take("A")
        assert table.issued == ("A004", 4) if happened else ("A003", 3)
    assert [event["ordinal"] for event in table.events] == list(range(1, len(table.events) + 1))
    assert not table.box.misuses


def test_a_slot_that_does_not_take_is_not_believed() -> None:
    table = waiting()
    program = table.box.flash.program
    slots: list[int] = []

    def weak(offset: int, data: bytes) -> None:
        slots.append(offset)
        if len(slots) > 1:
            program(offset, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.flash, "program", weak)
        table.take("A")
    assert table.issued == ("A003", 3)
    assert len(set(slots)) == 2, "the next slot took it"
    table.restart()
    assert table.issued == ("A003", 3)


# Keys as they are.


def test_a_bouncing_key_counts_once_and_a_spike_never() -> None:
    for chance in range(20):
        table = Table(seed=chance)
        for hold_ms in (60, 90, 150, 220):
            table.box.issue_keys[0].press(table.world.now, hold_ms * 1000)
            table.wait(400)
        for _ in range(20):
            table.box.issue_keys[1].spike(table.world.now)
            table.wait(7)
        assert table.kinds == ["issue"] * 4


def test_a_press_counts_whatever_the_box_is_doing() -> None:
    """Just now another key was pressed, the display is redrawn, the radio starts."""
    for later_ms in range(0, 60, 2):
        table = waiting()
        table.press(1, NEXT)
        table.wait(later_ms)
        table.press(2, NEXT)
        table.take("A")
        assert sorted(table.kinds[2:]) == ["call", "call", "issue"], f"{later_ms} ms later"


def test_a_key_is_seen_after_an_erase() -> None:
    """Erasing stops the box for at least 45 ms: a key that is down when that is over counts."""
    first = waiting()
    first.erase_ahead()
    ends: list[int] = []
    first.box.flash.observe = lambda *_: ends.append(first.box.clock.now)
    first.wait(1_100)
    for early_us in range(1_000, 45_000, 3_000):
        table = waiting()
        table.erase_ahead()
        erases = table.box.flash.erases
        table.wait((ends[0] - early_us - table.world.now) / 1000)
        table.take("A")
        assert table.box.flash.erases == erases + 1
        assert len(table.kinds) == 3, f"down {early_us} us before the end"


def test_a_key_that_is_stuck_counts_once_and_hinders_no_other() -> None:
    table = waiting()
    table.box.desk_keys[0][NEXT].press(table.world.now)
    table.wait(5000)
    table.take("B")
    table.do(2, NEXT)
    table.wait(60_000)
    assert table.kinds[2:] == ["call", "issue", "call"]


def test_a_key_held_at_power_on_counts_once_it_was_up() -> None:
    table = waiting()
    table.box.power_off()
    table.box.issue_keys[0].press(table.world.now + 1_000)
    table.wait(100)
    table.start()
    table.wait(10_000)
    assert len(table.kinds) == 2
    table.box.issue_keys[0].release(table.world.now)
    table.wait(500)
    assert len(table.kinds) == 2
    table.take("A")
    assert table.issued == ("A003", 3)


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
    assert rung == [["A001 QUAY 1"], [], ["A001 QUAY 1"], [], ["A001 QUAY 1"]]
    table.take("D")
    table.sent.clear()
    table.restart()
    table.wait(3000)
    assert [page.text for page in table.pages] == ["A001 QUAY 1"], (
        "a press proves that work goes on"
    )
    assert table.kinds.count("call") == 3


# Parts that fail.


def test_a_radio_that_is_dead_is_told_and_paged_by_when_it_is_back() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.radio, "transfer", lambda data: bytes(len(data)))
        for _ in range(60):
            table.take("A")
            table.do(1, NEXT)
        assert table.kinds.count("call") == 60
        assert not table.sent
        assert said(table, "Lỗi phát sóng")
    table.wait(8000)
    assert table.pages[-1].text == "A060 QUAY 1"
    assert not said(table, "Lỗi phát sóng")


def test_a_radio_that_never_ends_is_told_and_sends_once_it_does() -> None:
    table = waiting()
    transfer = table.box.radio.transfer
    flags, packet_sent = 0x3F, 0x08

    def endless(data: bytes) -> bytes:
        answer = transfer(data)
        return bytes((answer[0], answer[1] & ~packet_sent)) if data[0] == flags else answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.radio, "transfer", endless)
        table.do(1, NEXT)
        table.wait(3000)
        assert said(table, "Lỗi phát sóng")
    table.sent.clear()
    table.wait(10_000)
    assert [page.text for page in table.pages] == ["A001 QUAY 1"]
    assert not said(table, "Lỗi phát sóng")


def said(table: Table, text: str) -> bool:
    """Whether the display says so at any time in the minute to come."""
    table.shown.clear()
    table.wait(60_000)
    return any(text in " ".join(line.text for line in lines) for _, lines in table.shown)


def gone(*_: object) -> bytes:
    """A chip that does not answer on I2C."""
    raise ENODEV


def test_without_a_display_the_office_goes_on() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.display, "write", gone)
        table.take("A")
        table.do(1, NEXT)
    table.wait(1_100)
    assert table.called == ("A001", 1)
    assert table.kinds == ["issue", "issue", "issue", "call"]
    assert [page.text for page in table.pages] == ["A001 QUAY 1"]


def test_a_keypad_that_is_gone_is_told_and_the_others_work() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.keypads[2], "read", gone)  # of desks 3 and 4
        patch.setattr(table.keypads[2], "write", gone)
        table.wait(2000)
        assert "Lỗi bàn phím" in table.text
        table.press(3, NEXT)
        table.do(1, NEXT)
        assert table.kinds[2:] == ["call"]
    table.wait(2000)
    table.do(3, NEXT)
    assert table.kinds[2:] == ["call", "call"]
    assert not said(table, "Lỗi bàn phím")


def test_a_fault_may_be_over_while_it_is_shown() -> None:
    table = waiting()
    for ms in range(0, 25_000, 1_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table.keypads[2], "read", gone)
            patch.setattr(table.keypads[2], "write", gone)
            table.wait(ms)
        table.wait(1_100)
    assert not said(table, "Lỗi bàn phím")


def test_a_low_battery_is_told_and_an_empty_one_erases_nothing_ahead() -> None:
    table = waiting()
    table.used(0.89)
    assert said(table, "Pin yếu, cắm sạc")
    erases = table.box.flash.erases
    table.erase_ahead()
    table.wait(1_100)
    assert table.box.flash.erases == erases + 1
    table.used(0.99)
    table.wait(11_000)
    table.erase_ahead()
    table.wait(5_000)
    assert table.box.flash.erases == erases + 1


@pytest.mark.parametrize("how", ["silent", "error"])
def test_a_flash_that_refuses_is_told_and_nothing_is_obeyed(how: str) -> None:
    table = waiting()
    table.wait(GAP_MS)

    def refuse(offset: int, data: bytes) -> None:
        if how == "error":
            raise OSError(-0x105)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.flash, "program", refuse)
        table.take("A")
        table.wait(100)
        assert "Lỗi bộ nhớ" in table.text
        assert table.issued == ("", 0)
        table.wait(2 * HOLD_MS)
        turns = table.box.turns
        table.press(1, NEXT)
        assert said(table, "Quầy 1 Lỗi bộ nhớ"), "a word for each press"
        assert table.box.turns > turns + 50
    assert not table.sent
    assert len(table.kinds) == 2
    assert len(table.box.starts) == 1


# The display is shared fairly.


def test_a_call_keeps_the_display_for_four_seconds() -> None:
    """Whatever else happens: another call, a refusal, a fault, a number issued beside it."""
    table = waiting()
    table.shown.clear()
    table.do(1, NEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.keypads[2], "read", gone)
        table.do(2, NEXT)
        table.do(1, RECALL)
        table.wait(1000)
        table.take("B")
        assert (table.called, table.issued) == (("A001", 1), ("B001", 3))
        table.wait(20_000)
    spans: dict[str, int] = {}
    for (now, lines), (then, _) in pairwise(table.shown):
        spans[upper(lines)] = spans.get(upper(lines), 0) + then - now
    for seen in ("A001 1", "A002 2", "Quầy 1 Gọi lại sau 30s", "Lỗi bàn phím"):
        assert spans.get(seen, 0) >= HOLD_MS - 100, (seen, spans)
    assert spans["A001 1"] < HOLD_MS + 200, "others wait"


def upper(lines: tuple[Line, ...]) -> str:
    """A call, or else what is said dark on lit."""
    number, desk = called(lines)
    if number:
        return f"{number} {desk}"
    return " ".join(line.text for line in lines if line.lit and not line.big)


def test_quiet_screens_alternate() -> None:
    table = Table()
    table.take("A")
    table.take("B", priority=True)
    table.do(4, NEXT)
    table.wait(2 * HOLD_MS)
    table.shown.clear()
    table.wait(60_000)
    tops = [lines[0].text for _, lines in table.shown]
    assert set(tops) == {"Mời số", "A", "Sẵn sàng"}
    assert all(one != other for one, other in pairwise(tops))
    assert all(4_900 < then - now < 5_100 for (now, _), (then, _) in pairwise(table.shown))
    status = next(lines for _, lines in table.shown if lines[0].text == "Sẵn sàng")
    told = " ".join(line.text for line in status)
    assert "Thẻ còn: 997" in told
    assert "Hôm nay: 2" in told


# Each promise can be broken.

Promise = Callable[[], None]
UPDATE = "self._pressed = self.gestures.update(now, raw)"

FAULTS: dict[str, tuple[Promise, str, str]] = {
    "a hold is a click": (
        test_a_key_that_is_held_means_something_else,
        "self._held &= self._held - 1\n                found = self._of_desk(bit, _STEPS_HELD)",
        "self._held &= self._held - 1\n                found = self._of_desk(bit, 1)",
    ),
    "undo is another's": (
        test_a_key_that_is_held_means_something_else,
        "elif _CLICKS[key] == records.RECALL:\n            self.kind = records.UNDO",
        "elif _CLICKS[key] == records.RECALL:\n            self.kind = records.HOLD",
    ),
    "call next waits": (
        test_call_next_does_not_wait_for_the_key_to_come_up,
        "else:\n                self.kind = records.CALL",
        "else:\n                return False",
    ),
    "the intake cannot undo": (
        test_the_intake_takes_back_what_it_issued,
        "bit == _ISSUE + self.services",
        "bit == _ISSUE + 7",
    ),
    "undo has no end": (
        test_the_intake_takes_back_what_it_issued,
        "extra = now - self._pressed[source]",
        "extra = 0",
    ),
    "an undone call is not told": (
        test_an_undone_call_is_told_to_wait,
        "self.ringing.take_back(source, get(record, 16, 2))",
        "pass",
    ),
    "who is reopened is rung": (
        test_an_undone_call_reopens_whom_it_closed_and_does_not_ring,
        "if slot and order.state[slot] == CALLED:",
        "if slot:",
    ),
    "the menu hides the news": (
        test_the_menu_has_the_display_while_nobody_else_has_news,
        "        if news[0]:\n            self._half(news, 0)\n",
        "",
    ),
    "the menu stays open": (
        test_the_menu_has_the_display_while_nobody_else_has_news,
        "if self.keypad.expired(now):",
        "if False:",
    ),
    "to leave the menu is to call": (
        test_call_next_leaves_the_menu_and_calls_nobody,
        "                self.close()\n            else:",
        "                self.close()\n            if True:",
    ),
    "by number without a question": (
        test_what_is_done_in_the_menu_is_told,
        '("call.number", records.CALL, TICKETS, 1, 0)',
        '("call.number", records.CALL, TICKETS, 0, 0)',
    ),
    "what was done is not told": (
        test_what_is_done_in_the_menu_is_told,
        'self.panel.tell(now, source, self._desk(source) if source else "", text)',
        "pass",
    ),
    "a guess from nothing": (
        test_the_wait_is_told_once_it_can_be_guessed,
        "if wait_min < 0:",
        "if wait_min < -1:",
    ),
    "ratings of the next desk": (
        test_citizens_say_how_it_was,
        "key // _KEYS_OF_DESK + 1\n            self.kind",
        "key // _KEYS_OF_DESK % 2 + 1\n            self.kind",
    ),
    "ratings are mixed up": (
        test_citizens_say_how_it_was,
        "records.RATING, key % _KEYS_OF_DESK + 1",
        "records.RATING, 3 - key % _KEYS_OF_DESK",
    ),
    "a day ends without a question": (
        test_a_day_is_closed_and_another_one_begun,
        '("day.close", records.DAY_CLOSE, DAY, 1, 0)',
        '("day.close", records.DAY_CLOSE, DAY, 0, 0)',
    ),
    "a day ends and leaves people": (
        test_a_day_is_closed_and_another_one_begun,
        "            self._cancel_all(now)\n",
        "            pass\n",
    ),
    "figures are not kept": (
        test_a_day_is_closed_and_another_one_begun,
        "        if self._keep_figures():\n            return True\n",
        "",
    ),
    "the time of yesterday": (
        test_a_day_is_closed_and_another_one_begun,
        "self._time_base, self._time_at, self._sure = 0, now, records.SURE",
        "pass",
    ),
    "figures of the next row": (
        test_figures_are_shown_by_service_and_desk,
        "tally.ratings[3 * desk - 3 : 3 * desk]\n        rating",
        "tally.ratings[3 * desk - 2 : 3 * desk + 1]\n        rating",
    ),
    "hours are not told": (
        suggested_hours,
        "wanted == reason",
        "False",
    ),
    "a wrong setting is not named": (
        lambda: test_what_keeps_it_from_starting_is_named(
            "pagers = 4000", b"", "Sai cài đặt pagers = 4000"
        ),
        "self.settings.wrong or 0",
        "0",
    ),
    "a newer journal is a bad flash": (
        lambda: test_what_keeps_it_from_starting_is_named(
            "", headed(version=250), "Sổ bản mới hơn"
        ),
        'getattr(error, "word", "store.bad")',
        '"store.bad"',
    ),
    "what was there is not named": (
        test_what_is_no_journal_is_named_and_written_over,
        'panel.fault(now, "store.alien", ring.alien)',
        "pass",
    ),
    "the pager of another": (
        test_each_press_gives_a_number_and_a_pager,
        "self.view.label(lane, number), pager, wait_min)",
        "self.view.label(lane, number), pager + 1, wait_min)",
    ),
    "priority is not asked": (
        test_the_priority_key_makes_it_priority,
        "if self._raw &",
        "if 0 and self._raw &",
    ),
    "keys are mixed up": (
        test_the_four_keys_of_a_desk,
        "self.kind = _CLICKS[key]",
        "self.kind = _CLICKS[key % 3 + 1]",
    ),
    "desks are mixed up": (
        test_the_four_keys_of_a_desk,
        "self.source = self.at = desk\n",
        "self.source = self.at = desk ^ 3\n",
    ),
    "a call leaves open": (
        lambda: test_call_next_closes_whom_the_desk_had(True),
        "            self.closes(desk),\n",
        "            0,\n",
    ),
    "another word": (
        lambda: test_every_refusal_is_a_word_on_the_display("nobody waits", "vi"),
        "wait.none pager.none full",
        "pager.none wait.none full",
    ),
    "no word": (
        lambda: test_every_refusal_is_a_word_on_the_display("too soon", "en"),
        "self.panel.refuse(now, source, ",
        "str(",
    ),
    "counted from the wrong call": (
        lambda: test_every_refusal_is_a_word_on_the_display("too soon", "vi"),
        "            self._rung[source] = now\n",
        "",
    ),
    "the page of the next pager": (
        test_pagers_have_their_addresses_in_order,
        "self.settings.ric(pager)",
        "self.settings.ric(pager + 1)",
    ),
    "another desk on the page": (
        lambda: test_a_call_is_one_page_to_the_pager_in_hand((), "A001 QUAY 3"),
        "% (self._desk, desk)",
        "% (self._desk, desk + 1)",
    ),
    "one page a transmission": (
        test_calls_made_together_share_a_transmission,
        "len(pages) < PAGES_TOGETHER - 1",
        "not pages",
    ),
    "every call is paged": (
        test_a_page_is_of_whom_the_desk_calls_now,
        "if wake < 0 and self._due:",
        "if 0:",
    ),
    "kept in RAM alone": (
        test_nothing_is_shown_before_it_would_survive,
        "self.ring.write(record, self.order.ordinal + 1)",
        "records.stamp(record, 0, self.order.ordinal + 1)",
    ),
    "shown first": (
        test_nothing_is_shown_before_it_would_survive,
        "        try:\n            self.journal.append(record)",
        "        self.panel.issue(now, 'A003', 3, 0)\n        self.view.draw(9)\n"
        "        try:\n            self.journal.append(record)",
    ),
    "not read back": (
        test_a_slot_that_does_not_take_is_not_believed,
        "if self.back == record:",
        "if True:",
    ),
    "believed at once": (
        test_a_bouncing_key_counts_once_and_a_spike_never,
        UPDATE,
        "self._pressed = raw",
    ),
    "of two keys at once none counts": (
        test_a_press_counts_whatever_the_box_is_doing,
        UPDATE,
        UPDATE + "\n        self._pressed &= -(not self._pressed & self._pressed - 1)",
    ),
    "keys are looked at anew after an erase": (
        test_a_key_is_seen_after_an_erase,
        "and self._tidy():\n            return now",
        "and self._tidy():\n            self.keypad.gestures.down = -1\n            return now",
    ),
    "edges alone count": (
        test_call_next_does_not_wait_for_the_key_to_come_up,
        "return wake if keys < 0 else min(wake, keys)",
        "return wake",
    ),
    "a stuck key stops all": (
        test_a_key_that_is_stuck_counts_once_and_hinders_no_other,
        UPDATE,
        UPDATE + "\n        self._pressed &= -(not raw & raw - 1)",
    ),
    "held at start counts": (
        test_a_key_held_at_power_on_counts_once_it_was_up,
        UPDATE,
        UPDATE + " | (0 if now else raw)",
    ),
    "a restart is not told": (
        test_a_restart_shows_the_last_number_and_its_pager,
        "if self.order.boots > 1:",
        "if self.order.boots > 2:",
    ),
    "a restart begins the day's time anew": (
        test_a_restart_goes_on_with_the_time_and_is_not_sure_of_it,
        "self._time_base = order.time & records.TIME_MAX",
        "self._time_base = 0",
    ),
    "a restart is sure of the time": (
        test_a_restart_goes_on_with_the_time_and_is_not_sure_of_it,
        "            self._sure = 0\n",
        "            pass\n",
    ),
    "a call hides the last number": (
        test_a_restart_shows_the_last_number_and_its_pager,
        "lower[0] == panel.RESTORED",
        "False",
    ),
    "a restart opens the gap": (
        test_the_gap_between_calls_begins_anew_after_a_restart,
        "self._rung = [now] *",
        "self._rung = [now - 60_000] *",
    ),
    "every restart rings": (
        test_a_reboot_loop_does_not_ring_the_office,
        "quiet_boots % 2",
        "boots",
    ),
    "no restart rings": (test_a_reboot_loop_does_not_ring_the_office, "quiet_boots % 2", "lost"),
    "who is served is rung": (
        test_a_reboot_loop_does_not_ring_the_office,
        "if slot and order.state[slot] == CALLED:",
        "if slot:",
    ),
    "a dead radio is not told": (
        test_a_radio_that_is_dead_is_told_and_paged_by_when_it_is_back,
        "self.failed = True",
        "self.failed = False",
    ),
    "no page waits for the radio": (
        test_a_radio_that_is_dead_is_told_and_paged_by_when_it_is_back,
        "if wake < 0 and self._due:",
        "self._due = self._due if wake < 0 else 0\n        if wake < 0 and self._due:",
    ),
    "an endless page is not missed": (
        test_a_radio_that_never_ends_is_told_and_sends_once_it_does,
        "now > self._end + _OVERDUE_MS",
        "False",
    ),
    "what failed is not sent again": (
        test_a_radio_that_never_ends_is_told_and_sends_once_it_does,
        "self._due |= self._sent",
        "pass",
    ),
    "a display comes back blank": (
        test_without_a_display_the_office_goes_on,
        "self.panel.touch()  # it may come back; the pagers do not need it",
        "pass",
    ),
    "a keypad is not missed": (
        test_a_keypad_that_is_gone_is_told_and_the_others_work,
        "self.board.keys.missing != 0",
        "False",
    ),
    "a fault that is over is drawn": (
        test_a_fault_may_be_over_while_it_is_shown,
        "elif view == panel.FAULT and values:",
        "elif view == panel.FAULT:",
    ),
    "the battery is not told": (
        test_a_low_battery_is_told_and_an_empty_one_erases_nothing_ahead,
        "_BATTERY_LOW = const(15)",
        "_BATTERY_LOW = const(0)",
    ),
    "an empty battery erases": (
        test_a_low_battery_is_told_and_an_empty_one_erases_nothing_ahead,
        "self._percent >= _BATTERY_LEAST",
        "True",
    ),
    "obeyed without flash": (
        lambda: test_a_flash_that_refuses_is_told_and_nothing_is_obeyed("silent"),
        "            if self.back == record:\n                return\n",
        "            return\n",
    ),
    "silent without flash": (
        lambda: test_a_flash_that_refuses_is_told_and_nothing_is_obeyed("error"),
        "self.telling.broken(now, keys.source)",
        "pass",
    ),
    "a call is cut short": (
        test_a_call_keeps_the_display_for_four_seconds,
        "_HOLD_MS = const(4_000)",
        "_HOLD_MS = const(2_000)",
    ),
    "the newest has the display": (
        test_a_call_keeps_the_display_for_four_seconds,
        "if not self.upper[0] or",
        "if True or",
    ),
    "a screen stands still": (
        test_quiet_screens_alternate,
        "step = self._step + 1",
        "step = self._step or 1",
    ),
}


MODULES = (
    *(journal, keypad, order, paging, panel, ring, ringing, station, telling, turn, view, wording),
    *(menu, screens),
)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, sound, broken = FAULTS[fault]
    seed(monkeypatch, MODULES, sound, broken)
    with pytest.raises((AssertionError, IndexError, KeyError)):
        promise()
