"""Who is paged and when, what may be shown, and who has the display."""

from itertools import pairwise

import pytest

from sim.chips.norflash import OUTCOMES
from sim.people.reading import Line
from tests.faults.seeded import found_by
from tests.rigs.station import HOLD_MS, MODULES, NEXT, RECALL, Table, called, gone, waiting

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
    table.wait(12_000)
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
        for cut_us in range(4_000, 26_000, 500):
            table = waiting()
            table.cut_after(cut_us)
            survive(table, of_call)


def survive(table: Table, of_call: bool) -> None:
    """Press once as the plug is pulled: all of it happened or nothing, whatever was seen."""
    if of_call:
        table.press(1, NEXT)
    else:
        table.box.issue_keys[0].press(table.world.now, 150_000)
    table.wait(26)  # an issue key acts 12 ms after it went down, and it bounces
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
    for seen in ("A001 1", "A002 2", "Quầy 1 Gọi lại sau 30s", "Lỗi bàn phím 0x22"):
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

FAULTS = {
    "the page of the next pager": (
        "self.settings.ric(pager)",
        "self.settings.ric(pager + 1)",
        test_pagers_have_their_addresses_in_order,
    ),
    "another desk on the page": (
        "% (self._desk, desk)",
        "% (self._desk, desk + 1)",
        lambda: test_a_call_is_one_page_to_the_pager_in_hand((), "A001 QUAY 3"),
    ),
    "one page a transmission": (
        "len(pages) < PAGES_TOGETHER - 1",
        "not pages",
        test_calls_made_together_share_a_transmission,
    ),
    "every call is paged": (
        "if wake < 0 and self._due:",
        "if 0:",
        test_a_page_is_of_whom_the_desk_calls_now,
    ),
    "kept in RAM alone": (
        "self.ring.write(record, self.order.ordinal + 1)",
        "records.stamp(record, 0, self.order.ordinal + 1)",
        test_nothing_is_shown_before_it_would_survive,
    ),
    "shown first": (
        "        try:\n            self.journal.append(record)",
        "        self.panel.issue(now, 'A003', 3, 0)\n        self.view.draw(9)\n"
        "        try:\n            self.journal.append(record)",
        test_nothing_is_shown_before_it_would_survive,
    ),
    "not read back": (
        "if self.back == record:",
        "if True:",
        test_a_slot_that_does_not_take_is_not_believed,
    ),
    "a call is cut short": (
        "_HOLD_MS = const(4_000)",
        "_HOLD_MS = const(2_000)",
        test_a_call_keeps_the_display_for_four_seconds,
    ),
    "the newest has the display": (
        "if not self.upper[0] or",
        "if True or",
        test_a_call_keeps_the_display_for_four_seconds,
    ),
    "a screen stands still": (
        "step = self._step + 1",
        "step = self._step or 1",
        test_quiet_screens_alternate,
    ),
}

test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
