"""The menu of a station: who sees it, what its keys do, and what is told of what was chosen.

One box alone (tests/rigs/station.py), its keys pressed by script. Each promise is a test; FAULTS
names for each of them what would break it, and that the test then fails.
"""

import pytest

from luot.core.keys.menu import Menu
from tests.faults.seeded import found_by
from tests.rigs.station import (
    ABSENT,
    ARRIVED,
    HOLD_MS,
    MODULES,
    NEXT,
    RECALL,
    Table,
    called,
    waiting,
)


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


def test_a_number_is_shown_beside_calls_though_a_menu_is_open() -> None:
    table = waiting()
    table.hold(1, ABSENT)
    table.press(2, NEXT)
    table.press(3, NEXT)
    table.wait(400)
    table.take("B")
    assert (table.called, table.issued) == (("A001", 2), ("B001", 3))
    table.wait(3_000)
    assert table.issued == ("B001", 3), "for as long as any number"
    table.wait(HOLD_MS)
    assert table.issued == ("", 0)
    assert "Quầy 1" in table.text, "the menu is still open"


def covered() -> tuple[Table, Menu]:
    """Desk 4 has the menu, at its second item, and news for both sides hides it."""
    table = waiting()
    table.hold(4, ABSENT)
    table.do(4, RECALL)
    menu = table.station.keypad.menu
    assert menu and menu.item == 1
    table.press(2, NEXT)
    table.wait(200)
    table.take("B")
    assert "Quầy 4" not in table.text
    return table, menu


def test_nobody_chooses_from_a_menu_that_is_hidden() -> None:
    """The first key brings it back, and does nothing else."""
    table, menu = covered()
    for key, item in ((RECALL, 1), (RECALL, 2), (ABSENT, 1), (ABSENT, 0)):
        table.do(4, key)
        assert menu.item == item
        assert "Quầy 4" in table.text, "who pressed sees the menu"
        assert table.issued == ("B001", 3), "and the clerk the number"


@pytest.mark.parametrize("pause", [0, 2 * HOLD_MS])
def test_a_menu_that_was_brought_back_gives_way_to_the_next_call(pause: int) -> None:
    """Numbers are issued all the time; the call comes at once, or when nobody has news."""
    table, _ = covered()
    table.do(4, RECALL)
    assert "Quầy 4" in table.text
    table.wait(pause)
    table.press(3, NEXT)
    for _ in range(3):
        table.take("C")
        table.wait(HOLD_MS // 2)
    seen = [at for at, lines in table.shown if called(lines) == ("A002", 3)]
    while_it_lasts = [lines for at, lines in table.shown if 0 <= at - seen[0] < HOLD_MS - 100]
    assert {called(lines) for lines in while_it_lasts} == {("A002", 3)}, "it is not cut short"


def test_call_next_calls_though_a_menu_is_hidden() -> None:
    table, _ = covered()
    table.do(4, NEXT)
    assert (table.events[-1]["kind"], table.events[-1]["desk"]) == ("call", 4)
    assert table.station.keypad.menu is None


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
    table.wait(4 * HOLD_MS)
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


# Each promise can be broken.

FAULTS = {
    "a hidden menu takes keys": (
        "if self.menu.hidden:  # nobody",
        "if False:  # nobody",
        test_nobody_chooses_from_a_menu_that_is_hidden,
    ),
    "the menu hides what was issued": (
        "menu.hidden = both and",
        "menu.hidden = 0 and",
        test_a_number_is_shown_beside_calls_though_a_menu_is_open,
    ),
    "a menu that was wanted once is wanted for ever": (
        "not (menu.wanted and menu.hidden_by is upper)",
        "not menu.wanted",
        lambda: test_a_menu_that_was_brought_back_gives_way_to_the_next_call(0),
    ),
    "who wanted a menu once wants it before the next call": (
        "menu.hidden_by, menu.wanted = upper, False",
        "menu.hidden_by = upper",
        lambda: test_a_menu_that_was_brought_back_gives_way_to_the_next_call(0),
    ),
    "to call is to leave a menu that nobody sees": (
        "self._menu_of(self.at) and not self.menu.hidden",
        "self._menu_of(self.at)",
        test_call_next_calls_though_a_menu_is_hidden,
    ),
    "the menu hides the news": (
        "        if news[0] and not below:\n            self._half(news, 0)\n",
        "",
        test_the_menu_has_the_display_while_nobody_else_has_news,
    ),
    "the menu stays open": (
        "if self.keypad.expired(now):",
        "if False:",
        test_the_menu_has_the_display_while_nobody_else_has_news,
    ),
    "to leave the menu is to call": (
        "if not left:  # nobody",
        "if True:  # nobody",
        test_call_next_leaves_the_menu_and_calls_nobody,
    ),
    "by number without a question": (
        '("call.number", records.CALL, TICKETS, 1, 0)',
        '("call.number", records.CALL, TICKETS, 0, 0)',
        test_what_is_done_in_the_menu_is_told,
    ),
    "what was done is not told": (
        'self.panel.tell(now, source, self._desk(source) if source else "", text)',
        "pass",
        test_what_is_done_in_the_menu_is_told,
    ),
}

test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
