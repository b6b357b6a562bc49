"""A station does for each press what it should, and says why when it does not.

One box alone (tests/rigs/station.py), its keys pressed by script. Each promise is a test; FAULTS
names for each of them what would break it, and that the test then fails. The menu is in
test_station_menu.py, the day and its starts in test_station_day.py, pages and display in
test_station_pages.py, keys and chips that fail in test_station_parts.py.
"""

import re
from collections.abc import Callable

import pytest

from luot.core.line import order
from tests.faults.seeded import found_by
from tests.rigs.station import (
    ABSENT,
    ARRIVED,
    GAP_MS,
    HOLD_MS,
    MODULES,
    NEXT,
    READ_MS,
    RECALL,
    Table,
    called,
    said,
    waiting,
)

# Issuing and calling.


def test_each_press_gives_a_number_and_a_pager() -> None:
    table = Table()
    seen = []
    for service in "ABAD":
        table.take(service)
        table.wait(READ_MS)
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
    table.wait(READ_MS + 5000)
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
    table.wait(READ_MS)
    table.take("B")
    table.wait(READ_MS)
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
    "undone for another": (undone_for_another, "Không hoàn tác", "Cannot be undone", 4),
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
    if case in ISSUES:  # the numbers before are to be read first
        table.wait(READ_MS * (1 + (case == "no pager")))
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
    table.wait(READ_MS)
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


def test_a_call_that_is_over_is_not_told() -> None:
    for key, told in ((ABSENT, "Vắng A002"), (ARRIVED, "A002")):
        table = waiting()
        table.do(1, NEXT)
        table.do(2, NEXT)
        table.do(2, key)
        for _ in range(10):
            assert table.called != ("A002", 2)
            assert "A002" not in table.text or told in table.text
            table.wait(1_000)


def test_nobody_is_called_after_the_day() -> None:
    table = waiting()
    table.choose(1, "day.close", ARRIVED)
    for desk in (2, 3):
        table.press(desk, NEXT)
    table.wait(300)
    for _ in range(3):
        table.do(1, ARRIVED)
    assert table.kinds[-1] == "day_close"
    table.shown.clear()
    table.wait(20_000)
    assert not [lines for _, lines in table.shown if called(lines) == ("A002", 3)]


def test_whoever_has_not_come_yet_is_on_the_board() -> None:
    table = Table()
    for _ in range(4):
        table.take("A")
    table.do(1, NEXT)
    for desk in (2, 3, 4):
        table.do(desk, NEXT)
        table.do(desk, ARRIVED)
    assert said(table, "A001 → 1 A004 → 4 A003 → 3")


def test_a_rating_leaves_the_officer_the_undo() -> None:
    table = Table(("rating", "yes"))
    table.take("A")
    table.do(1, NEXT)
    table.wait(HOLD_MS)
    table.rate(1, 0)
    table.hold(1, RECALL)
    assert table.kinds[-1] == "undo"


# Each promise can be broken.

FAULTS = {
    "a call that is over is told": (
        "or order.state[slot] != CALLED:",
        "or 0:",
        test_a_call_that_is_over_is_not_told,
    ),
    "calls outlive the day": (
        "if kind == records.DAY_CLOSE else",
        "if 0 else",
        test_nobody_is_called_after_the_day,
    ),
    "whoever is there is called for": (
        "calls.append((there, age,",
        "calls.append((0, age,",
        test_whoever_has_not_come_yet_is_on_the_board,
    ),
    "a hold is a click": (
        "self._held &= self._held - 1\n                found = self._of_desk(bit, _STEPS_HELD)",
        "self._held &= self._held - 1\n                found = self._of_desk(bit, 1)",
        test_a_key_that_is_held_means_something_else,
    ),
    "undo is another's": (
        "elif _CLICKS[key] == records.RECALL:\n            self.kind = records.UNDO",
        "elif _CLICKS[key] == records.RECALL:\n            self.kind = records.HOLD",
        test_a_key_that_is_held_means_something_else,
    ),
    "call next waits": (
        "                self.kind = records.CALL\n            return True",
        "                return False\n            return True",
        test_call_next_does_not_wait_for_the_key_to_come_up,
    ),
    "the intake cannot undo": (
        "bit == ISSUE + self.services",
        "bit == ISSUE + 7",
        test_the_intake_takes_back_what_it_issued,
    ),
    "undo has no end": (
        "extra = now - self._pressed[source]",
        "extra = 0",
        test_the_intake_takes_back_what_it_issued,
    ),
    "an undone call is not told": (
        "self.ringing.take_back(source, get(record, AT_TICKET, 2))",
        "pass",
        test_an_undone_call_is_told_to_wait,
    ),
    "who is reopened is rung": (
        "state[slot] == CALLED:\n            self._page",
        "state[slot]:\n            self._page",
        test_an_undone_call_reopens_whom_it_closed_and_does_not_ring,
    ),
    "a guess from nothing": (
        "if wait_min < 0:",
        "if wait_min < -1:",
        test_the_wait_is_told_once_it_can_be_guessed,
    ),
    "ratings of the next desk": (
        "key // KEYS_OF_DESK + 1\n            self.kind",
        "key // KEYS_OF_DESK % 2 + 1\n            self.kind",
        test_citizens_say_how_it_was,
    ),
    "ratings are mixed up": (
        "records.RATING, key % KEYS_OF_DESK + 1",
        "records.RATING, 3 - key % KEYS_OF_DESK",
        test_citizens_say_how_it_was,
    ),
    "the pager of another": (
        "issue(now, name, pager, wait_min",
        "issue(now, name, pager + 1, wait_min",
        test_each_press_gives_a_number_and_a_pager,
    ),
    "priority is not asked": (
        "PRIORITY if self.gestures.counted &",
        "PRIORITY if 0 and self.gestures.counted &",
        test_the_priority_key_makes_it_priority,
    ),
    "keys are mixed up": (
        "self.kind = _CLICKS[key]",
        "self.kind = _CLICKS[key % 3 + 1]",
        test_the_four_keys_of_a_desk,
    ),
    "desks are mixed up": (
        "self.source = self.at = desk\n",
        "self.source = self.at = desk ^ 3\n",
        test_the_four_keys_of_a_desk,
    ),
    "a call leaves open": (
        "            self.closes(desk),\n",
        "            0,\n",
        lambda: test_call_next_closes_whom_the_desk_had(True),
    ),
    "another word": (
        '"refused.%d" % refusal\n',
        '"refused.%d" % (refusal ^ 1)\n',
        lambda: test_every_refusal_is_a_word_on_the_display("nobody waits", "vi"),
    ),
    "no word": (
        "self.panel.refuse(now, source, ",
        "str(",
        lambda: test_every_refusal_is_a_word_on_the_display("too soon", "en"),
    ),
    "counted from the wrong call": (
        "            self._rung[source] = now\n",
        "",
        lambda: test_every_refusal_is_a_word_on_the_display("too soon", "vi"),
    ),
    "edges alone count": (
        "wake if keys < 0 else min(wake, keys)",
        "wake",
        test_call_next_does_not_wait_for_the_key_to_come_up,
    ),
}

test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
