"""Keys that bounce and stick, and chips that fail: the station says so and goes on if it can."""

import pytest

from tests.faults.seeded import found_by
from tests.rigs.station import GAP_MS, HOLD_MS, MODULES, NEXT, RECALL, Table, gone, said, waiting

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
    first.wait(100)
    first.erase_ahead()
    ends: list[int] = []
    first.box.flash.observe = lambda *_: ends.append(first.box.clock.now)
    first.wait(1_100)
    for early_us in range(1_000, 45_000, 3_000):
        table = waiting()
        table.wait(100)
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


def test_a_radio_that_never_ends_is_told_and_who_was_perhaps_not_called() -> None:
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
        table.shown.clear()
        table.wait(3000)
        texts = [" ".join(line.text for line in lines) for _, lines in table.shown]
        assert any("Lỗi phát sóng Phát không xong" in text for text in texts)
        assert said(table, "Có thể chưa gọi A001")
    assert [page.text for page in table.pages] == ["A001 QUAY 1"] * 2
    assert not said(table, "Lỗi phát sóng")
    table.do(1, RECALL)
    table.wait(3000)
    assert [page.text for page in table.pages] == ["A001 QUAY 1"] * 3
    assert not said(table, "Có thể chưa gọi")


def test_without_a_display_the_office_goes_on() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.display, "write", gone)
        table.take("A")
        table.do(1, NEXT)
    table.wait(2_100)
    assert table.called == ("A001", 1)
    assert table.kinds == ["issue", "issue", "issue", "call"]
    assert [page.text for page in table.pages] == ["A001 QUAY 1"]


def test_without_a_display_the_box_tidies_up_as_ever() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.display, "write", gone)
        table.take("A")
        table.erase_ahead()
        table.wait(5_000)
        ring = table.station.journal.ring
        assert ring.prepared > ring.next // 128, "the next sector is erased ahead"
    table.wait(2_100)
    assert table.text, "it is drawn on once it is back"


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
        table.wait(4_000)
    assert not said(table, "Lỗi bàn phím")


def test_a_low_battery_is_told_and_an_empty_one_erases_nothing_ahead() -> None:
    table = waiting()
    table.used(0.89)
    table.wait(20_000)
    assert said(table, "Pin yếu, cắm sạc")
    erases = table.box.flash.erases
    table.erase_ahead()
    table.wait(1_100)
    assert table.box.flash.erases == erases + 1
    table.used(0.99)
    table.wait(31_000)
    table.erase_ahead()
    table.wait(5_000)
    assert table.box.flash.erases == erases + 1


def test_without_a_cell_nothing_is_refused_and_nothing_warns_for_ever() -> None:
    table = Table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.station.board.battery._adc, "read_uv", lambda: 0)
        table.wait(31_000)
        assert said(table, "Không thấy pin")
        assert not said(table, "Pin yếu")
        erases = table.box.flash.erases
        table.erase_ahead()
        table.wait(1_100)
        assert table.box.flash.erases == erases + 1, "an erase is done ahead as ever"
        for n in range(1, 11):
            table.take("A")
            assert table.issued == (f"A{n:03d}", n)
            table.wait(2_000)  # until it may be followed by the next


def test_a_battery_gauge_that_fails_is_told_and_heals_by_itself() -> None:
    table = waiting()
    adc = table.station.board.battery._adc
    with pytest.MonkeyPatch.context() as patch:

        def fails() -> int:
            raise OSError(116)

        patch.setattr(adc, "read_uv", fails)
        table.wait(31_000)
        assert said(table, "Không thấy pin")
        table.take("A")
        assert table.issued == ("A003", 3)
    table.wait(31_000)
    assert said(table, "Pin 9")
    assert not said(table, "Không thấy pin")


def test_one_odd_look_at_the_battery_changes_nothing() -> None:
    table = waiting()
    adc = table.station.board.battery._adc
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adc, "read_uv", lambda: 1_650_000)
        table.wait(10_000)
    assert not said(table, "Pin yếu")
    assert not said(table, "Pin 0%")


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


# Each promise can be broken.

UPDATE = "pressed = gestures.update(now, raw)"

FAULTS = {
    "without a display nothing is done": (
        "pass  # it may come back; the pagers do not need it",
        "self.panel.touch()",
        test_without_a_display_the_box_tidies_up_as_ever,
    ),
    "a display comes back blank": (
        "            self.view.renew(now)\n",
        "            pass\n",
        test_without_a_display_the_office_goes_on,
    ),
    "believed at once": (
        UPDATE,
        "gestures.update(now, raw); pressed = raw",
        test_a_bouncing_key_counts_once_and_a_spike_never,
    ),
    "of two keys at once none counts": (
        UPDATE,
        UPDATE + "\n        pressed &= -(not pressed & pressed - 1)",
        test_a_press_counts_whatever_the_box_is_doing,
    ),
    "keys are looked at anew after an erase": (
        "self._tidy(wake - now):\n",
        "self._tidy(wake - now):\n            self.keypad.gestures.down = -1\n",
        test_a_key_is_seen_after_an_erase,
    ),
    "a stuck key stops all": (
        UPDATE,
        UPDATE + "\n        pressed &= -(not raw & raw - 1)",
        test_a_key_that_is_stuck_counts_once_and_hinders_no_other,
    ),
    "held at start counts": (
        UPDATE,
        UPDATE + " | (0 if now else raw)",
        test_a_key_held_at_power_on_counts_once_it_was_up,
    ),
    "a dead radio is not told": (
        "self.failed = True",
        "self.failed = False",
        test_a_radio_that_is_dead_is_told_and_paged_by_when_it_is_back,
    ),
    "no page waits for the radio": (
        "if wake < 0 and self._due:",
        "self._due = self._due if wake < 0 else 0\n        if wake < 0 and self._due:",
        test_a_radio_that_is_dead_is_told_and_paged_by_when_it_is_back,
    ),
    "an endless page is not missed": (
        "self.radio.poll(self._end - now)",
        "self.radio.poll(max(self._end - now, 0))",
        test_a_radio_that_never_ends_is_told_and_who_was_perhaps_not_called,
    ),
    "what failed is not sent again": (
        "elif not well and sent:\n                self._due |= 1 << desk",
        "elif not well and sent:\n                pass",
        test_a_radio_that_never_ends_is_told_and_who_was_perhaps_not_called,
    ),
    "a keypad is not missed": (
        'keys.bad", lasting != 0',
        'keys.bad", False',
        test_a_keypad_that_is_gone_is_told_and_the_others_work,
    ),
    "a fault that is over is drawn": (
        "elif view == panel.FAULT and values:",
        "elif view == panel.FAULT:",
        test_a_fault_may_be_over_while_it_is_shown,
    ),
    "the battery is not told": (
        "_BATTERY_LOW = const(15)",
        "_BATTERY_LOW = const(0)",
        test_a_low_battery_is_told_and_an_empty_one_erases_nothing_ahead,
    ),
    "no cell is a weak one": (
        "0 <= percent < _BATTERY_LOW",
        "percent < _BATTERY_LOW",
        test_without_a_cell_nothing_is_refused_and_nothing_warns_for_ever,
    ),
    "without a cell nothing is erased": (
        "not 0 <= self._percent < _BATTERY_LEAST",
        "self._percent >= _BATTERY_LEAST",
        test_without_a_cell_nothing_is_refused_and_nothing_warns_for_ever,
    ),
    "an empty battery erases": (
        "not 0 <= self._percent < _BATTERY_LEAST",
        "True",
        test_a_low_battery_is_told_and_an_empty_one_erases_nothing_ahead,
    ),
    "obeyed without flash": (
        "            if self.back == record:\n                return\n",
        "            return\n",
        lambda: test_a_flash_that_refuses_is_told_and_nothing_is_obeyed("silent"),
    ),
    "silent without flash": (
        "self.telling.broken(now, keys.source, self._broken)",
        "pass",
        lambda: test_a_flash_that_refuses_is_told_and_nothing_is_obeyed("error"),
    ),
}

test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
