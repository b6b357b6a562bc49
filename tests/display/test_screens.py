"""What people read on the display: every screen, in both languages, shortest and longest values.

A simulated eye (sim/people/reading.py) reads the pixels back; `GOLDEN` says what it must see.
"""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core import records
from luot.core.display import screens, setup, wording
from luot.core.display.canvas import WIDTH, Canvas, Face
from luot.core.display.strings import Strings
from luot.core.keys.menu import Menu
from luot.core.line.line import OPEN
from luot.core.line.order import Order
from luot.core.settings.settings import Settings
from sim.people.reading import Line, Reader, characters
from sim.picture import picture

FIRMWARE = Path(__file__).parent.parent.parent / "firmware/luot"
FONT = (FIRMWARE / "font.bin").read_bytes()
READER = Reader(FONT)
TABLES = {language: (FIRMWARE / f"{language}.txt").read_bytes() for language in ("vi", "en")}
# The largest values: a day's tickets have five digits, those alive three (a pager each).
LONGEST = {"n": "999", "p": "999", "d": "32", "k": "9", "m": "9", "t": "A9999", "w": "999"}
LONGEST |= {"lo": "475", "hi": "480", "a": "999", "b": "999", "c": "999"}
LONGEST_OF: dict[str, dict[str, str]] = {
    "key.issue": {"t": "H"},
    "refused.8": {"n": "600"},
    "setup": {"f": "434.765"},
    "setup.desks": {"s": "ABCDEFGH", "d": "4"},
    "setup.pagers": {"p": "999", "b": "2400"},
    "setup.ric": {"r": "1990000"},
    "bat": {"p": "100"},
    "stat.today": {"n": "32766"},
    "stat.untimed": {"n": "9999"},
    "stat.done": {"n": "9999"},
    "stat.wait": {"m": "999"},
    "stat.serve": {"m": "999"},
    "refused.14": {"n": "250"},
    "store.lost": {"n": "9999"},
    "store.worn": {"n": "255"},
    "store.damaged": {"n": "255"},
}

Draw = Callable[[Canvas, Strings], None]

ON, BACK, CHOOSE = 1, 2, 3  # keys of the menu


def office() -> tuple[Settings, Order]:
    """An office of the longest values: numbers of four digits, a busy day's figures."""
    settings = Settings([("services", "A Hộ tịch và cư trú, B"), ("desks", "AB,B")])
    line = Order(settings.masks())
    record = bytearray(records.SIZE)

    def press(kind: int, source: int, at: int, extra: int) -> None:
        line.time += 600
        number = line.pressed[source] % 0xFFFF + 1
        assert not line.decide(record, kind, source, number, line.time | 1 << 23, at, extra)
        records.stamp(record, 0, line.ordinal + 1)
        line.apply(record)

    records.fact(record, records.BOOT, 0, 0, 0, 0, 0, 1, 0, 0, 0)
    records.stamp(record, 0, 1)
    line.apply(record)
    press(records.DAY_OPEN, 0, 0, 0)
    line.counts[0] = 9_997
    for pager in range(998):
        line.pagers.take(pager + 1)
    for extra in (0, 1):
        line.pagers.give(998 + extra)
        press(records.ISSUE, 0, 0, extra)
    press(records.DESK, 2, 2, OPEN)
    tally = line.tally
    for row in (0, 8):
        tally.served[row], tally.absent[row], tally.waits[row] = 9_999, 999, 100
        tally.wait_s[row], tally.worst[row] = 100 * 60 * 123, 60 * 456
        tally.services[row], tally.service_s[row] = 10, 10 * 60 * 789
    for grade in range(3):
        tally.ratings[grade] = 997 + grade
    return settings, line


def menu_at(canvas: Canvas, words: Strings, word: str, *keys: int, page: int = 0) -> None:
    """Draw desk 1's menu at an item, after keys."""
    settings, line = office()
    shown = Menu(line, 1)
    while shown.word != word:
        shown.press(ON)
    for key in keys:
        shown.press(key)
    wording.draw(canvas, wording.lines(shown, words, settings), page)


def stuck(words: Strings) -> str:
    """What is said of keys that stick."""
    desk, key = words.get("desk", "d", 4), words.get("key.next")
    others = (words.get("key.issue", "t", "H"), words.get("prio.key"))
    return "\n".join((words.get("key.stuck"), desk + " " + key, *others))


FOUR = (("A", "Hộ tịch", 12), ("B", "Chứng thực", 7), ("C", "Đất đai", 103), ("D", "", 0))
EIGHT = tuple((letter, "Hộ tịch", 7 * i) for i, letter in enumerate("ABCDEFGH"))
CALLS = (("A012", 3, False), ("B1007", 32, True), ("G999", 10, True))

ON_AIR = ("frequency_hz", "pagers", "pocsag_bps", "ric_first")
SMALL = Settings(
    [("services", "A"), ("desks", "A"), *zip(ON_AIR, ("433075000", "1", "512", "8"), strict=True)]
)
LARGE = Settings(
    [
        ("services", "A,B,C,D,E,F,G,H"),
        *zip(ON_AIR, ("434765000", "999", "2400", "1990000"), strict=True),
    ]
)
SCREENS: dict[str, Draw] = {
    "issued": lambda c, w: screens.issued(c, w, "B007", 5, 10, False),
    "issued, long": lambda c, w: screens.issued(c, w, "A1000", 999, 475, False),
    "issued, longer": lambda c, w: screens.issued(c, w, "A1000", 999, 480, False),
    "issued, nobody knows": lambda c, w: screens.issued(c, w, "B007", 5, -1, False),
    "issued, priority": lambda c, w: screens.issued(c, w, "B007", 5, 10, True),
    "issued, priority, long": lambda c, w: screens.issued(c, w, "A1000", 999, 475, True),
    "called": lambda c, w: screens.called(c, w, "A012", 3, False, 1, 3),
    "called, long": lambda c, w: screens.called(c, w, "H1458", 32, True, 1, 9),
    "recalled": lambda c, w: screens.called(c, w, "C369", 8, False, 2, 3),
    "recalled, long": lambda c, w: screens.called(c, w, "H1458", 32, True, 9, 9),
    "call half": lambda c, w: screens.call_half(c, w, 0, "A012", 3, False),
    "call half, long": lambda c, w: screens.call_half(c, w, 4, "D1000", 28, True),
    "issue half": lambda c, w: screens.issue_half(c, 4, "B007", 23),
    "issue half, long": lambda c, w: screens.issue_half(c, 0, "E1234", 999),
    "issue half, priority": lambda c, w: screens.priority_half(c, w, 4, "B007", 230),
    "issue half, priority, long": lambda c, w: screens.priority_half(c, w, 0, "E1234", 99),
    "issue half, priority, longest": lambda c, w: screens.priority_half(c, w, 0, "E1234", 999),
    "notice, stuck": lambda c, w: screens.notice(c, stuck(w)),
    "notice half, stuck": lambda c, w: screens.notice(c, stuck(w), 4, 4),
    "restored": lambda c, w: screens.restored(c, w, "D345", 7, ""),
    "restored, long": lambda c, w: screens.restored(c, w, "F1345", 999, ""),
    "restored, none": lambda c, w: screens.restored(c, w, "", 0, w.get("idle.title")),
    "ready": lambda c, w: screens.ready(c, w.get("idle.title"), 100),
    "board": lambda c, w: screens.board(c, w, CALLS, "", 50),
    "board, one": lambda c, w: screens.board(c, w, CALLS[:1], "", 0),
    "board, none": lambda c, w: screens.board(c, w, (), w.get("intake.2"), 20),
    "waiting": lambda c, w: screens.waiting(c, w, FOUR, 3, 25),
    "waiting, one": lambda c, w: screens.waiting(c, w, FOUR[:1], 0, 75),
    "waiting, eight": lambda c, w: screens.waiting(c, w, EIGHT, 120, 12),
    "status": lambda c, w: screens.status(c, w, w.get("refused.3"), 5, 0, 0),
    "status, no battery": lambda c, w: screens.status(c, w, w.get("idle.title"), -1, 12, 3),
    "board, no battery": lambda c, w: screens.board(c, w, (), w.get("idle.title"), -1),
    "waiting, no battery": lambda c, w: screens.waiting(c, w, FOUR[:1], 0, -1),
    "status, long": lambda c, w: screens.status(c, w, w.get("refused.10"), 100, 999, 9999),
    "notice": lambda c, w: screens.notice(c, w.get("refused.2")),
    "setup": lambda c, w: setup.draw(c, w, SMALL),
    "setup, long": lambda c, w: setup.draw(c, w, LARGE),
    "notice, long": lambda c, w: screens.notice(c, w.get("bat.low") + " " + w.get("bat.low")),
    "notice half": lambda c, w: screens.notice(c, w.get("refused.3"), 4, 4),
    "notice half, long": lambda c, w: screens.notice(
        c, w.get("bat.low") + " " + w.get("refused.4"), 0, 4
    ),
    "told": lambda c, w: screens.told(c, w.get("desk", "d", 3), w.get("done.15", "t", "A012")),
    "told the clerk": lambda c, w: screens.told(c, "", w.get("done.19", "t", "A012")),
    "told, half": lambda c, w: screens.told(
        c, w.get("desk", "d", 32), w.get("done.19", "t", "H9999"), 4, 4
    ),
    "menu": lambda c, w: menu_at(c, w, "undo"),
    "menu, half": lambda c, w: menu_at(c, w, "hold.list", page=4),
    "menu, by number": lambda c, w: menu_at(c, w, "call.number", CHOOSE, ON),
    "menu, by number, half": lambda c, w: menu_at(c, w, "call.number", CHOOSE, ON, CHOOSE, page=4),
    "menu, to be confirmed": lambda c, w: menu_at(c, w, "call.number", CHOOSE, ON, CHOOSE),
    "menu, nobody": lambda c, w: menu_at(c, w, "hold.list", CHOOSE),
    "menu, where to": lambda c, w: menu_at(c, w, "move", CHOOSE, ON),
    "menu, to a desk": lambda c, w: menu_at(c, w, "move", CHOOSE, BACK),
    "menu, why": lambda c, w: menu_at(c, w, "intake", CHOOSE, ON),
    "menu, a pager": lambda c, w: menu_at(c, w, "pager.lost", CHOOSE),
    "menu, the day": lambda c, w: menu_at(c, w, "day.close", CHOOSE),
    "menu, the day's end": lambda c, w: menu_at(c, w, "day.close", CHOOSE, CHOOSE),
    "menu, figures": lambda c, w: menu_at(c, w, "stat", CHOOSE),
    "menu, figures of a service": lambda c, w: menu_at(c, w, "stat", CHOOSE, ON),
    "menu, figures of a desk": lambda c, w: menu_at(c, w, "stat", CHOOSE, ON, ON, ON),
    "menu, how a desk was rated": lambda c, w: menu_at(c, w, "stat", CHOOSE, ON, ON, ON, ON),
}


def drawn(draw: Draw, language: str = "vi", font: bytes = FONT, before: int = 0) -> bytes:
    """The buffer after a screen, drawn over one filled with `before`."""
    buffer = bytearray([before] * 1024)
    draw(Canvas(buffer, BytesIO(font)), Strings(BytesIO(TABLES[language])))
    return bytes(buffer)


def said(buffer: bytes | bytearray) -> list[str]:
    """The lines a person reads: numbers in stars, lit words and tags in brackets."""
    return [shown(line) for line in READER.read(buffer)]


def shown(line: Line) -> str:
    text = f"*{line.text}*" if line.big else line.text
    return f"[{text}]" if line.lit else text


GOLDEN = {
    "issued": (
        ["Chờ 10-15 phút", "*B007*", "[*5*]", "Đưa thẻ số 5"],
        ["Wait 10-15 min", "*B007*", "[*5*]", "Give pager 5"],
    ),
    "issued, long": (
        ["Chờ 475-480 phút", "*A1000*", "[*999*]", "Đưa thẻ số 999"],
        ["Wait 475-480 min", "*A1000*", "[*999*]", "Give pager 999"],
    ),
    "issued, longer": (
        ["Chờ hơn 8 giờ", "*A1000*", "[*999*]", "Đưa thẻ số 999"],
        ["Over 8 hours", "*A1000*", "[*999*]", "Give pager 999"],
    ),
    "issued, nobody knows": (
        ["Chưa ước tính", "*B007*", "[*5*]", "Đưa thẻ số 5"],
        ["No estimate yet", "*B007*", "[*5*]", "Give pager 5"],
    ),
    "issued, priority": (
        ["Chờ 10-15 phút", "*B007*", "[*5*]", "[ƯT]", "Đưa thẻ số 5"],
        ["Wait 10-15 min", "*B007*", "[*5*]", "[PR]", "Give pager 5"],
    ),
    "issued, priority, long": (
        ["Chờ 475-480 phút", "*A1000*", "[*999*]", "[ƯT]", "Đưa thẻ số 999"],
        ["Wait 475-480 min", "*A1000*", "[*999*]", "[PR]", "Give pager 999"],
    ),
    "called": (
        ["Mời số", "*A012*", "*→3*", "Đến quầy 3"],
        ["Calling", "*A012*", "*→3*", "Go to desk 3"],
    ),
    "called, long": (
        ["Mời số", "[Ưu tiên]", "*H1458*", "*→32*", "Đến quầy 32"],
        ["Calling", "[Priority]", "*H1458*", "*→32*", "Go to desk 32"],
    ),
    "recalled": (
        ["Gọi lần 2/3", "*C369*", "*→8*", "Đến quầy 8"],
        ["Call 2 of 3", "*C369*", "*→8*", "Go to desk 8"],
    ),
    "recalled, long": (
        ["Gọi lần 9/9", "[ƯT]", "*H1458*", "*→32*", "Đến quầy 32"],
        ["Call 9 of 9", "[PR]", "*H1458*", "*→32*", "Go to desk 32"],
    ),
    "call half": (["*A012*", "*→3*"], ["*A012*", "*→3*"]),
    "call half, long": (["*D1000*", "[ƯT]", "*28*", "→"], ["*D1000*", "[PR]", "*28*", "→"]),
    "issue half": (["*B007*", "[*23*]"], ["*B007*", "[*23*]"]),
    "issue half, long": (["*E1234*", "[*999*]"], ["*E1234*", "[*999*]"]),
    "issue half, priority": (
        ["*B007*", "[*230*]", "[Ư]", "[T]"],
        ["*B007*", "[*230*]", "[P]", "[R]"],
    ),
    "issue half, priority, long": (
        ["*E1234*", "[*99*]", "[Ư]", "[T]"],
        ["*E1234*", "[*99*]", "[P]", "[R]"],
    ),
    "issue half, priority, longest": (
        ["*E1234*", "[*999*]"],
        ["*E1234*", "[*999*]"],
    ),
    "notice, stuck": (
        ["[Phím bị kẹt]", "[Quầy 4 Gọi tiếp]", "[Phím cấp số H]", "[Phím ưu tiên]"],
        ["[Key stuck]", "[Desk 4 Call next]", "[Issue key H]", "[Priority key]"],
    ),
    "notice half, stuck": (
        ["[Phím bị kẹt]", "[Quầy 4 Gọi tiếp]"],
        ["[Key stuck]", "[Desk 4 Call next]"],
    ),
    "restored": (
        ["Đã khôi phục", "*D345*", "[*7*]", "Đã cấp, thẻ 7"],
        ["Queue restored", "*D345*", "[*7*]", "Last: pager 7"],
    ),
    "restored, long": (
        ["Đã khôi phục", "*F1345*", "[*999*]", "Đã cấp, thẻ 999"],
        ["Queue restored", "*F1345*", "[*999*]", "Last: pager 999"],
    ),
    "restored, none": (["Đã khôi phục", "Sẵn sàng"], ["Queue restored", "Ready"]),
    "ready": (["▅", "Sẵn sàng"], ["▅", "Ready"]),
    "board": (
        "Mời số|▃|A012|→|3|B1007|→|32|[ƯT]|G999|→|10|[ƯT]".split("|"),
        "Calling|▃|A012|→|3|B1007|→|32|[PR]|G999|→|10|[PR]".split("|"),
    ),
    "board, one": (["Mời số", "▁", "A012", "→", "3"], ["Calling", "▁", "A012", "→", "3"]),
    "board, none": (["▂", "Nghỉ trưa"], ["▂", "Lunch break"]),
    "waiting": (
        "A Hộ tịch|12|♟ ▂|B Chứng th|7|122|C Đất đa|103|[ƯT]|D|0|3".split("|"),
        "A Hộ tịch|12|♟ ▂|B Chứng th|7|122|C Đất đa|103|[PR]|D|0|3".split("|"),
    ),
    "waiting, one": (["A Hộ tịch", "12", "♟ ▄", "12"], ["A Hộ tịch", "12", "♟ ▄", "12"]),
    "waiting, eight": (
        "A|0|E|28|♟ ▁|B|7|F|35|196|C|14|G|42|[ƯT]|D|21|H|49|120".split("|"),
        "A|0|E|28|♟ ▁|B|7|F|35|196|C|14|G|42|[PR]|D|21|H|49|120".split("|"),
    ),
    "status": (
        ["Hết thẻ rung", "Pin 5%", "Thẻ còn: 0", "Hôm nay: 0"],
        ["No pagers left", "Battery 5%", "Pagers left: 0", "Today: 0"],
    ),
    "status, no battery": (
        ["Sẵn sàng", "Không thấy pin", "Thẻ còn: 12", "Hôm nay: 3"],
        ["Ready", "No battery seen", "Pagers left: 12", "Today: 3"],
    ),
    "board, no battery": (["▆", "Sẵn sàng"], ["▆", "Ready"]),
    "waiting, no battery": (["A Hộ tịch", "12", "♟ ▆", "12"], ["A Hộ tịch", "12", "♟ ▆", "12"]),
    "status, long": (
        ["Đã kết thúc ngày", "Pin 100%", "Thẻ còn: 999", "Hôm nay: 9999"],
        ["The day is over", "Battery 100%", "Pagers left: 999", "Today: 9999"],
    ),
    "setup": (
        ["[Cài đặt 433.075]", "A 1 quầy", "1 thẻ 512 b/s", "RIC 8"],
        ["[Settings 433.075]", "A 1 desks", "1 pagers 512", "RIC 8"],
    ),
    "setup, long": (
        ["[Cài đặt 434.765]", "ABCDEFGH 4 quầy", "999 thẻ 2400 b/s", "RIC 1990000"],
        ["[Settings 434.765]", "ABCDEFGH 4 desks", "999 pagers 2400", "RIC 1990000"],
    ),
    "notice": (["[*!*]", "[Hết hàng chờ]"], ["[*!*]", "[Queue is empty]"]),
    "notice, long": (["[Pin yếu, cắm sạc]"] * 2, ["[Low bat, plug in]"] * 2),
    "notice half": (["[Hết thẻ rung]"], ["[No pagers left]"]),
    "notice half, long": (
        ["[Pin yếu, cắm sạc]", "[Tạm dừng cấp số]"],
        ["[Low bat, plug in]", "[Intake paused]"],
    ),
    "told": (
        ["Quầy 3", "Tạm giữ A012"],
        ["Desk 3", "A012 on hold"],
    ),
    "told the clerk": (
        ["Hoàn tác A012"],
        ["A012 undone"],
    ),
    "told, half": (
        ["Quầy 32", "Hoàn tác H9999"],
        ["Desk 32", "H9999 undone"],
    ),
    "menu": (
        ["[Hoàn tác]", "Quầy 1", "Thoát Tới Lùi OK"],
        ["[Undo]", "Desk 1", "Exit Nxt Prev OK"],
    ),
    "menu, half": (
        ["[Gọi số tạm giữ]", "Quầy 1"],
        ["[Call from hold]", "Desk 1"],
    ),
    "menu, by number": (
        ["[Gọi số ...]", "A9999 ƯT Thẻ 998", "Thoát Tới Lùi OK"],
        ["[Call number ...]", "A9999 PR Pgr 998", "Exit Nxt Prev OK"],
    ),
    "menu, by number, half": (
        ["[A9999 ƯT Thẻ 998]", "Vượt 1 người"],
        ["[A9999 PR Pgr 998]", "Passes 1"],
    ),
    "menu, to be confirmed": (
        ["[A9999 ƯT Thẻ 998]", "Vượt 1 người", "Gọi số ...", "OK? Nhấn lại"],
        ["[A9999 PR Pgr 998]", "Passes 1", "Call number ...", "OK? Press again"],
    ),
    "menu, nobody": (
        ["[Gọi số tạm giữ]", "Không có", "Thoát Tới Lùi OK"],
        ["[Call from hold]", "None", "Exit Nxt Prev OK"],
    ),
    "menu, where to": (
        ["[Chuyển ...]", "B", "Thoát Tới Lùi OK"],
        ["[Move to ...]", "B", "Exit Nxt Prev OK"],
    ),
    "menu, to a desk": (
        ["[Chuyển ...]", "Quầy 2", "Thoát Tới Lùi OK"],
        ["[Move to ...]", "Desk 2", "Exit Nxt Prev OK"],
    ),
    "menu, why": (
        ["[Cấp số ...]", "Nghỉ trưa", "Thoát Tới Lùi OK"],
        ["[Intake ...]", "Lunch break", "Exit Nxt Prev OK"],
    ),
    "menu, a pager": (
        ["[Báo mất thẻ]", "Thẻ 998 A9999", "Thoát Tới Lùi OK"],
        ["[Pager lost]", "Pgr 998 A9999", "Exit Nxt Prev OK"],
    ),
    "menu, the day": (
        ["[Kết thúc ngày]", "A9998 Thẻ 999", "Thoát Tới Lùi OK"],
        ["[End the day]", "A9998 Pgr 999", "Exit Nxt Prev OK"],
    ),
    "menu, the day's end": (
        ["[Kết thúc ngày]", "Hủy hết 2 số", "OK? Nhấn lại"],
        ["[End the day]", "Cancel all 2", "OK? Press again"],
    ),
    "menu, figures": (
        ["[Hôm nay: 2]", "PV 9999 Vắng 999", "Chờ 123/456 ph", "Làm TB 789 ph"],
        ["[Today: 2]", "9999 ok 999 away", "Wait 123/456 min", "Service 789 min"],
    ),
    "menu, figures of a service": (
        ["[A Hộ tịch và cư]", "PV 9999 Vắng 999", "Chờ 123/456 ph", "Làm TB 789 ph"],
        ["[A Hộ tịch và cư]", "9999 ok 999 away", "Wait 123/456 min", "Service 789 min"],
    ),
    "menu, figures of a desk": (
        ["[Quầy 1]", "PV 9999 Vắng 999", "Chờ 123/456 ph", "Làm TB 789 ph"],
        ["[Desk 1]", "9999 ok 999 away", "Wait 123/456 min", "Service 789 min"],
    ),
    "menu, how a desk was rated": (
        ["[Quầy 1]", "Chấm 997/998/999"],
        ["[Desk 1]", "Rate 997/998/999"],
    ),
}


def misread(name: str) -> bool:
    """Whether a screen says anything but what it should, in any language."""
    draw, (in_vietnamese, in_english) = SCREENS[name], GOLDEN[name]
    return said(drawn(draw, "vi")) != in_vietnamese or said(drawn(draw, "en")) != in_english


def unclean(name: str) -> bool:
    """Whether a screen shows through what was there before, or draws beyond its half."""
    blank = drawn(SCREENS[name])
    over = drawn(SCREENS[name], before=0xA5)
    begin, end = 0, 1024
    if "half" in name:
        begin, end = (0, 512) if any(blank[:512]) else (512, 1024)
    return over != b"\xa5" * begin + blank[begin:end] + b"\xa5" * (1024 - end)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_says_what_it_should_and_nothing_else(name: str) -> None:
    assert not misread(name)
    assert not unclean(name)


def cannot_cut(canvas: Canvas, face: Face, x: int, page: int, text: str) -> None:
    for i, character in enumerate(text):
        at = page * WIDTH + x + i * face.advance
        canvas.buffer[at : at + face.width] = face.load(ord(character))[: face.width]


@pytest.mark.parametrize(
    ("owner", "name", "broken", "wrong"),
    [
        (Canvas, "clear", lambda canvas: None, unclean),
        (Canvas, "fill", lambda *_: None, unclean),
        (Canvas, "panel", lambda *_: None, misread),
        (Canvas, "_write", cannot_cut, misread),
        (Face, "load", lambda face, code: bytearray(len(face.glyph)), misread),
        (Strings, "get", lambda words, key, *_: key, misread),
        (screens, "_wrap", lambda text: [text], misread),
        (screens, "_badge", lambda *_: None, misread),
    ],
)
def test_what_breaks_a_screen_is_found(
    owner: object,
    name: str,
    broken: Callable[..., object],
    wrong: Callable[[str], bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, name, broken)
    assert any(wrong(screen) for screen in SCREENS)


def test_an_eye_that_sees_one_wrong_pixel_reads_no_letter() -> None:
    buffer = bytearray(drawn(SCREENS["issued"]))
    buffer[3 * WIDTH + 1] ^= 1  # in the B
    assert said(buffer) == ["Chờ 10-15 phút", "*007*", "[*5*]", "Đưa thẻ số 5"]


def height(buffer: bytes, line: Line) -> int:
    """How tall the ink of a line is: rows in which a pixel differs from the panel or the dark."""
    pages, advance, ink = (4, 16, 13) if line.big else (2, 8, 8)
    width = advance * (len(line.text) - 1) + ink
    rows = []
    for row in range(8 * line.page, 8 * (line.page + pages)):
        at = row // 8 * WIDTH + line.x
        rows.append(any((byte >> row % 8 & 1) != line.lit for byte in buffer[at : at + width]))
    return len(rows) - rows[::-1].index(True) - rows.index(True)


def short_numbers(name: str, font: bytes = FONT) -> list[str]:
    """The tickets, desks and pagers on a screen that stand less than 24 pixels tall."""
    buffer = drawn(SCREENS[name], font=font)
    lines = [x for x in Reader(font).read(buffer) if re.fullmatch(r"→?[A-H]?\d+", x.text)]
    assert lines
    return [line.text for line in lines if not line.big or height(buffer, line) < 24]


NUMBERED = [n for n in SCREENS if re.match("issue|call|recall|restored(?!, none)", n)]


@pytest.mark.parametrize("name", NUMBERED)
def test_a_number_is_at_least_24_pixels_tall(name: str) -> None:
    assert short_numbers(name) == []


@pytest.mark.parametrize("name", NUMBERED)
def test_a_shorter_number_is_found(name: str) -> None:
    file = BytesIO(FONT)
    number = Face(file, Face(file, 0).end)
    low = bytearray(FONT)  # its numbers 22 pixels tall
    for at in range(number.glyphs, number.end, len(number.glyph)):
        for x in range(number.width):
            low[at + x] = 0
    assert short_numbers(name, bytes(low))


def lit(buffer: bytes) -> int:
    return sum(byte.bit_count() for byte in buffer)


@pytest.mark.parametrize("name", SCREENS)
def test_a_refusal_and_nothing_else_is_dark_on_lit(name: str) -> None:
    area = 128 * 64 // (2 if "half" in name else 1)
    assert (lit(drawn(SCREENS[name])) > area * 2 // 3) == ("notice" in name)


def test_both_halves_stand_together() -> None:
    def draw(canvas: Canvas, words: Strings) -> None:
        screens.call_half(canvas, words, 0, "A1000", 12, True)
        screens.issue_half(canvas, 4, "H1234", 123)

    assert said(drawn(draw)) == ["*A1000*", "[ƯT]", "*12*", "→", "*H1234*", "[*123*]"]


def test_a_call_and_a_refused_issue_stand_together() -> None:
    def draw(canvas: Canvas, words: Strings) -> None:
        screens.call_half(canvas, words, 0, "A012", 3, False)
        screens.notice(canvas, words.get("refused.3"), 4, 4)

    assert said(drawn(draw)) == ["*A012*", "*→3*", "[Hết thẻ rung]"]


# The canvas.


def test_text_is_cut_between_letters() -> None:
    def draw(canvas: Canvas, _: Strings) -> None:
        canvas.small(0, 0, "Đường Nguyễn Trãi")
        canvas.small(4, 2, "Đường Nguyễn Trãi")
        canvas.big(0, 4, "A12345678")

    assert said(drawn(draw)) == ["Đường Nguyễn Trã", "Đường Nguyễn Tr", "*A1234567*"]


def test_what_cannot_be_drawn_is_a_box() -> None:
    def draw(canvas: Canvas, _: Strings) -> None:
        canvas.small(0, 0, "a\x00漢\U0001f600ß")
        canvas.big(0, 2, "AZ")

    assert said(drawn(draw)) == ["a□□□□", "*A□*"]


WORDS = st.text(
    sorted(c for c, glyph in characters(Face(BytesIO(FONT), 0)) if any(glyph)), min_size=1
)


@given(
    st.lists(WORDS.map(lambda word: word[:14]), min_size=3, max_size=3),
    st.integers(0, 15),
    st.booleans(),
)
def test_what_is_written_anywhere_is_read_back(words: list[str], x: int, panel: bool) -> None:
    canvas = Canvas(bytearray(1024), BytesIO(FONT))
    for i, word in enumerate(words):
        canvas.small(x, 1 + 2 * i, word)
    if panel:
        canvas.panel(0, WIDTH, 1, 6)
    read = READER.read(canvas.buffer)
    assert read == [Line(1 + 2 * i, x, word, False, panel) for i, word in enumerate(words)]


def test_a_picture_shows_each_pixel_as_a_square() -> None:
    image = picture(bytes([0b10]) + bytes(1022) + bytes([0x80]), scale=3)
    assert image.size == (384, 192)
    assert image.getbbox() == (0, 3, 384, 192)
    assert image.crop((0, 3, 3, 6)).getextrema() == (255, 255)
    assert image.crop((3, 0, 381, 192)).getextrema() == (0, 0)


# The string tables.


def keys(table: bytes) -> list[str]:
    return [line.split("=")[0] for line in table.decode().split("\n") if line and line[0] != ";"]


def flaws(table: bytes) -> list[str]:
    """The strings that do not fit 16 cells, or cannot be drawn."""
    words = Strings(BytesIO(table))
    small = Face(BytesIO(FONT), 0)
    box = bytes(small.load(0))
    found = []
    for key in keys(table):
        values = [v for pair in (LONGEST | LONGEST_OF.get(key, {})).items() for v in pair]
        text = words.get(key, *values)
        if len(text) > 16 or "{" in text or any(small.load(ord(c)) == box for c in text):
            found.append(key)
    return found


@pytest.mark.parametrize("language", TABLES)
def test_every_string_fits_a_line_with_its_longest_values(language: str) -> None:
    assert flaws(TABLES[language]) == []
    assert len(Strings(BytesIO(TABLES[language])).get("prio.short")) == 2, (
        "it stands over an arrow"
    )


@pytest.mark.parametrize(
    "text",
    ["Tạm dừng cấp số!!", "Tạm dừng {x}", "暂停", "Đã gọi {n} lần / {m}"],
)
def test_a_string_that_does_not_fit_is_found(text: str) -> None:
    table = TABLES["vi"].decode()
    assert flaws(re.sub("refused.4=.*", f"refused.4={text}", table).encode()) == ["refused.4"]


def test_both_languages_say_the_same() -> None:
    assert keys(TABLES["vi"]) == keys(TABLES["en"])
    assert len(set(keys(TABLES["vi"]))) == len(keys(TABLES["vi"]))
    for key in keys(TABLES["vi"]):
        values = [
            sorted(re.findall(r"{\w}", Strings(BytesIO(table)).get(key)))
            for table in TABLES.values()
        ]
        assert values[0] == values[1], key


def test_a_string_is_filled_in() -> None:
    words = Strings(BytesIO(b"; comment\na=x={n}\nb.c={k}/{m} {k}\n"))
    assert words.get("a", "n", 12) == "x=12"
    assert words.get("b.c", "k", 1, "m", "z") == "1/z 1"


@pytest.mark.parametrize("key", ["", "call", "call.now=Mời", "Mời số", "; Tiếng Việt"])
def test_a_key_the_table_lacks_is_our_own_bug(key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        Strings(BytesIO(TABLES["vi"])).get(key)
