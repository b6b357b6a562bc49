"""A display that forgot, never heard or was gone shows the truth again, without a key.

It acknowledges all the while, so nothing tells the box. HEALED_MS is the promise. FAULTS names
what would break it, and that its test then fails.
"""

from itertools import pairwise
from random import Random

import pytest

from sim.chips.ssd1306 import Ssd1306
from tests.drivers.test_driver_ssd1306 import DISTURBED
from tests.faults.seeded import found_by
from tests.rigs.station import GAP_MS, MODULES, NEXT, Table, gone, issued, read, waiting

HEALED_MS = 10_000


def shows_what_was_drawn(table: Table) -> bool:
    """Whether the panel shows what the firmware has drawn, and it says something."""
    return bool(table.text) and table.box.display.pixels() == table.station.board.display.buffer


def test_one_that_went_dark_while_it_answers_is_lit_again() -> None:
    table = Table()
    table.take("A")
    table.wait(6_000)
    table.box.display.write(bytes((0x00, 0xAE)))
    assert table.text == ""
    table.wait(HEALED_MS)
    assert shows_what_was_drawn(table)
    table.wait(600_000)
    table.take("A")
    assert table.issued == ("A002", 2)


def test_whatever_a_register_became_it_is_mended_in_time() -> None:
    table = waiting()
    for commands in DISTURBED:
        table.box.display.upset(bytes.fromhex(commands))
        table.wait(HEALED_MS)
        assert shows_what_was_drawn(table), commands
    assert table.box.misuses == []


def test_one_reset_by_static_and_full_of_noise_is_mended_in_time() -> None:
    table = waiting()
    for seed in range(5):
        table.wait(777 * seed)
        table.box.display.reset()
        table.box.display.spoil(0, Random(seed).randbytes(1024))
        table.wait(HEALED_MS)
        assert shows_what_was_drawn(table)
    assert table.box.misuses == []


@pytest.mark.parametrize("deaf_ms", [400, 2_000])
def test_one_that_was_not_ready_at_power_on_shows_all_in_time(deaf_ms: int) -> None:
    table = waiting()
    table.box.power_off()
    table.wait(3_000)
    table.box.power_on()
    table.box.display.deafen(table.world.now + deaf_ms * 1000)
    table.wait(HEALED_MS)
    assert shows_what_was_drawn(table)
    assert table.box.misuses == []


def test_one_that_was_unplugged_comes_back_in_time() -> None:
    table = waiting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.display, "write", gone)
        table.wait(5_500)
        table.take("A")
        table.wait(20_000)
    table.box.display.reset()
    table.box.display.spoil(0, Random(1).randbytes(1024))
    table.wait(1_500)
    assert shows_what_was_drawn(table)
    assert table.box.misuses == []


@pytest.mark.parametrize("bps", ["512", "1200", "2400"])
def test_it_is_mended_while_pages_are_on_the_air_and_they_go_out(bps: str) -> None:
    table = Table(("pocsag_bps", bps))
    for _ in range(4):
        table.take("A")
    table.wait(8_000)
    for desk in (1, 2, 3, 4):
        table.press(desk, NEXT)
    table.wait(300)
    for _ in range(6):
        table.box.display.upset(b"\xae\xa7\x20\x00")
        table.wait(2_500)
        assert table.box.display.lit
    table.wait(HEALED_MS)
    assert shows_what_was_drawn(table)
    assert sorted(page.text for page in table.pages) == [f"A00{n} QUAY {n}" for n in (1, 2, 3, 4)]
    assert table.box.misuses == []


def test_a_line_without_rest_does_not_keep_it_from_being_mended() -> None:
    """Somebody takes a number or is called every 300 ms, and all that must be read is read."""
    table = Table()
    table.wait(2_000)
    table.box.display.upset(b"\x20\x00\xd3\x11")
    for _ in range(HEALED_MS // 600):
        table.take("A")
        table.do(1, NEXT)
    assert shows_what_was_drawn(table)


def test_nothing_flickers_when_nothing_is_wrong() -> None:
    """Between two screens the picture does not change, though it is sent again."""
    table = waiting()
    sends = 0
    write = table.box.display.write
    seen: list[bytes] = []

    def watched(data: bytes) -> None:
        nonlocal sends
        sends += 1
        write(data)
        seen.append(table.box.display.pixels())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.display, "write", watched)
        table.wait(4 * GAP_MS)
    assert sends > 3 * 4 * GAP_MS // 1000, "it is sent again"
    changes = sum(one != other for one, other in pairwise(seen))
    assert changes <= 8 * (4 * GAP_MS // 5_000 + 2), "pages of quiet screens that took turns"
    assert all(any(pixels) for pixels in seen)


def test_a_number_issued_while_it_was_off_can_still_be_read() -> None:
    """The message has the display for 4 s; registers are sent every second."""
    table = waiting()
    table.box.display.upset(b"\xae")
    table.take("A")
    table.wait(1_200)
    assert issued(read(table.box.display.pixels())) == ("A003", 3)


def test_what_it_takes_of_the_bus_is_as_stated() -> None:
    """DESIGN.md 8: at most 7.5 ms a second."""
    table = waiting()
    bytes_sent: list[int] = []
    write = Ssd1306.write

    def counted(self: Ssd1306, data: bytes) -> None:
        bytes_sent.append(len(data))
        write(self, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ssd1306, "write", counted)
        for _ in range(40):  # keys move all the time
            table.box.issue_keys[5].spike(table.world.now)
            table.wait(100)
    spent = sum((9 * n + 11) * 1_000_000 // 400_000 for n in bytes_sent)
    assert spent <= 4 * 7_500 + 8 * 3_200, "and at most one quiet screen"


FAULTS = {
    "it is believed for ever": (
        "            self.view.renew(now)\n",
        "            pass\n",
        test_one_that_went_dark_while_it_answers_is_lit_again,
    ),
    "it is renewed too rarely": (
        "_RENEW_MS = const(1_000)",
        "_RENEW_MS = const(25_000)",
        test_one_that_went_dark_while_it_answers_is_lit_again,
    ),
    "it is renewed all the time": (
        "_RENEW_MS = const(1_000)",
        "_RENEW_MS = const(0)",
        test_what_it_takes_of_the_bus_is_as_stated,
    ),
    "only in silence": (
        "        elif calm:\n            self.view.renew(now)\n",
        "        elif wake < 0:\n            self.view.renew(now)\n",
        lambda: test_it_is_mended_while_pages_are_on_the_air_and_they_go_out("512"),
    ),
}

test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
