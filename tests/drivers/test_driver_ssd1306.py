"""The display driver against its twin: what a person sees, and how little is sent for it."""

from collections.abc import Iterator
from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luot.drivers import ssd1306
from sim.chips.ssd1306 import Ssd1306
from tests.rigs.board import DISPLAY, Bench, Counted, mutant


class Desk(Bench):
    """A bench with a display driver in front of the twin."""

    def __init__(self, driver: ModuleType = ssd1306) -> None:
        super().__init__()
        self.display = driver.SSD1306(self.i2c())

    def scribble(self, seed: int, pages: set[int]) -> None:
        """Change one byte in each of `pages`."""
        rng = Random(seed)
        for page in sorted(pages):
            self.display.buffer[128 * page + rng.randrange(128)] ^= rng.randrange(1, 256)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    assert made.misuses == []


def judge(driver: ModuleType) -> None:
    """Fail unless what is seen is the buffer, and only changed pages are sent."""
    desk = Desk(driver)
    rng = Random(3)
    for step in range(40):
        pages = {page for page in range(8) if rng.random() < 0.3}
        desk.scribble(step, pages)
        if step == 20:  # another one is plugged in, full of noise
            del desk.i2c_bus.devices[DISPLAY]
            desk.scribble(99, {3})
            with pytest.raises(OSError, match="ssd1306"):
                desk.display.show()
            desk.panel = Counted(Ssd1306(desk.clock, desk.misuses.append))
            desk.i2c_bus.devices[DISPLAY] = desk.panel
        before = desk.panel.count
        desk.display.show()
        assert desk.panel.lit
        assert desk.panel.pixels() == desk.display.buffer
        assert step in (0, 20) or desk.panel.count - before == len(pages)
    assert desk.misuses == []


def test_the_display_shows_its_buffer() -> None:
    judge(ssd1306)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param("0xA1,        # column", "0xA0,        # column", id="mirrored"),
        pytest.param("0xC8,        # COM63", "0xC0,        # COM63", id="upside down"),
        pytest.param("0x8D, 0x14", "0x8D, 0x10", id="no charge pump"),
        pytest.param("_PAGE_START | page", "_PAGE_START", id="one page for all"),
        pytest.param("fresh or check !=", "check !=", id="power-on noise left"),
        pytest.param("fresh or check != self._shown[page]", "True", id="everything always"),
        pytest.param("self._shown[page] = check", "pass", id="forgets what it shows"),
        pytest.param("[_REGISTERS, _LIT]", "[_REGISTERS]", id="dark"),
        pytest.param("_DATA               = const(0x40)", "_DATA = const(0x00)", id="not data"),
        pytest.param("0xA8, 0x3F", "0xA8, 0x1F", id="32 rows"),
        pytest.param("0xDA, 0x12", "0xDA, 0x02", id="rows interleaved"),
    ],
)
def test_a_fault_in_the_driver_is_caught(sound: str, broken: str) -> None:
    with pytest.raises(AssertionError):
        judge(mutant(ssd1306, sound, broken))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 255)), max_size=20))
def test_any_change_reaches_the_panel(changes: list[tuple[int, int]]) -> None:
    desk = Desk()
    desk.display.show()
    before = desk.panel.count
    for at, byte in changes:
        desk.display.buffer[at] = byte
    desk.display.show()
    assert desk.panel.pixels() == desk.display.buffer
    changed = sum(any(desk.display.buffer[i : i + 128]) for i in range(0, 1024, 128))
    assert desk.panel.count == before + changed
    assert desk.misuses == []


def test_a_redraw_takes_3_1_ms_a_page_and_nothing_when_nothing_changed(desk: Desk) -> None:
    desk.display.show()
    for pages in (set[int](), {3}, set(range(8))):
        desk.scribble(1, pages)
        before = desk.clock.now
        desk.display.show()
        assert desk.clock.now - before <= 3_100 * len(pages)


def test_power_on_noise_is_never_seen(desk: Desk) -> None:
    seen: list[bytes] = []

    def look() -> None:
        if panel.lit:
            seen.append(panel.pixels())

    panel = Ssd1306(desk.clock, desk.misuses.append, look)
    desk.i2c_bus.devices[DISPLAY] = panel
    desk.scribble(5, {0, 7})
    desk.display.show()
    assert seen
    assert set(seen) == {bytes(desk.display.buffer)}


def test_a_display_left_in_any_state_is_taken_over(desk: Desk) -> None:
    i2c = desk.i2c()
    i2c.writeto(DISPLAY, b"\x00\x20\x00\x21\x10\x20\x22\x03\x04")  # horizontal, within a window
    i2c.writeto(DISPLAY, b"\x00\x45\xa7\xd3\x09\xa5")  # rolled, inverse, shifted, all lit
    desk.scribble(4, {1, 2, 6})
    desk.display.show()
    assert desk.panel.pixels() == desk.display.buffer


def test_a_display_that_was_unplugged_comes_back(desk: Desk) -> None:
    desk.display.show()
    del desk.i2c_bus.devices[DISPLAY]
    desk.display.show()  # nothing to send, nothing noticed
    desk.scribble(6, {2})
    for _ in range(2):
        with pytest.raises(OSError, match="ssd1306: no answer"):
            desk.display.show()
    panel = Counted(Ssd1306(desk.clock, desk.misuses.append))
    desk.i2c_bus.devices[DISPLAY] = panel
    desk.display.show()
    assert panel.lit
    assert panel.pixels() == desk.display.buffer


# It goes on showing it, whatever became of the chip's registers and RAM.

DISTURBED = [  # every register there is, by the command that sets it (table 9-1, rev 1.5)
    *("AE", "A7", "A5", "A0", "C0", "5F", "8D 10", "81 00", "81 30", "A8 2F", "A8 0F", "D3 11"),
    *("DA 02", "DA 22", "DA 32", "D5 8F", "D5 00", "D9 11", "DB 00", "DB 20"),
    *("20 00", "20 01", "20 00 21 05 50 22 02 03 20 02", "20 00 21 10 20 22 07 07", "B7 0F 17"),
    *("26 00 00 04 07 00 FF 2F", "27 00 02 07 05 00 FF 2F", "29 00 00 07 07 01 2F"),
    *("A3 10 20 2A 00 01 04 06 3F 2F", "A3 08 10", "23 20", "23 30", "23 2F", "D6 01"),
    *("81", "21", "21 05", "22", "A8", "D3", "DA", "D5", "D9", "DB", "8D", "20", "23", "D6", "A3"),
    *("26", "27 00", "29 00 00", "2A 00 00 00 00", "26 00 00 00 00 00"),  # lacking parameters
]
RENEWS = 4  # calls until everything was sent again


def lived_in(driver: ModuleType = ssd1306) -> Desk:
    """A display that has shown something for a while."""
    made = Desk(driver)
    made.scribble(7, set(range(8)))
    made.display.show()
    return made


def renewed(desk: Desk, times: int = RENEWS) -> None:
    for _ in range(times):
        desk.wait_ms(1_000)
        desk.display.renew()


REGISTERS = lived_in().panel.registers


def judge_renewal(driver: ModuleType, disturbed: str) -> None:
    """Fail unless all that a disturbance did is mended."""
    for drawn in (False, True):
        desk = lived_in(driver)
        assert desk.panel.registers == REGISTERS
        desk.panel.upset(bytes.fromhex(disturbed))
        desk.wait_ms(700)
        if drawn:
            desk.scribble(8, {2, 5})
            desk.display.show()
        renewed(desk, 1)
        assert desk.panel.registers == REGISTERS
        renewed(desk, RENEWS - 1)
        assert desk.panel.pixels() == desk.display.buffer
        desk.wait_ms(20_000)
        assert desk.panel.pixels() == desk.display.buffer, "nor does it move, or fade"
        assert desk.misuses == []


@pytest.mark.parametrize("disturbed", DISTURBED)
def test_whatever_a_register_became_it_is_mended(disturbed: str) -> None:
    judge_renewal(ssd1306, disturbed)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=12))
def test_whatever_commands_nobody_sent_it_is_mended(disturbed: bytes) -> None:
    judge_renewal(ssd1306, disturbed.hex())


@pytest.mark.parametrize(
    ("sound", "broken", "disturbed"),
    [
        (
            "    0xE3, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3,",
            "    0xE3, 0xE3, 0xE3,",
            "26 00 00 04 07 00 FF 2F 29",
        ),
        ("0x2E, ", "0xE3, ", "26 00 00 04 07 00 FF 2F"),
        ("0xA3, 0x00, 0x40,", "", "A3 08 10"),
        ("0x21, 0x00, 0x7F,", "", "20 00 21 05 50 20 02"),
        ("0x22, 0x00, 0x07,", "", "20 00 22 05 06 20 02"),
        ("    0x20, 0x02,", "   ", "20 01"),
        ("0x40,        # start", "0xE3,  # start", "5F"),
        ("0xA8, 0x3F,", "", "A8 2F"),
        ("0x81, 0xCF,", "", "81 30"),
        ("0xD3, 0x00,", "", "D3 11"),
        ("0xDA, 0x12,", "", "DA 32"),
        ("0xD5, 0x80,", "", "D5 00"),
        ("0xD9, 0xF1,", "", "D9 11"),
        ("0xDB, 0x30,", "", "DB 00"),
        ("0x23, 0x00,", "", "23 20"),
        ("0xD6, 0x00,", "", "D6 01"),
        ("0xA4,        # show", "0xE3,  # show", "A5"),
        ("0xA6,        # 1", "0xE3,  # 1", "A7"),
        ("[_REGISTERS, _LIT]", "[_REGISTERS[:1], _LIT]", "A7"),
        ("[_REGISTERS, _LIT]", "[_REGISTERS, b'']", "AE"),
    ],
)
def test_a_register_that_is_not_sent_again_is_caught(
    sound: str, broken: str, disturbed: str
) -> None:
    with pytest.raises(AssertionError):
        judge_renewal(mutant(ssd1306, sound, broken), disturbed)


def judge_ram(driver: ModuleType) -> None:
    """Fail unless every byte of the RAM is mended."""
    for page in range(8):
        desk = lived_in(driver)
        for page_turned in range(page):
            desk.display.renew()
            assert page_turned < 8
        for at in (128 * page, 128 * page + 127):
            desk.panel.spoil(at, bytes((desk.display.buffer[at] ^ 0x42,)))
        desk.panel.spoil(0, bytes(1024))
        renewed(desk)
        assert desk.panel.pixels() == desk.display.buffer
        assert desk.misuses == []


def test_whatever_the_ram_became_it_is_mended() -> None:
    judge_ram(ssd1306)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("(self._turn + 1) % _PAGES", "(self._turn + 2) % _PAGES"),
        ("_SLICE = const(2)", "_SLICE = const(1)"),
        ("self._send_page(self._turn)", "pass"),
    ],
)
def test_a_page_that_is_not_sent_again_is_caught(sound: str, broken: str) -> None:
    with pytest.raises(AssertionError):
        judge_ram(mutant(ssd1306, sound, broken))


def test_one_that_forgot_everything_and_was_full_of_noise_is_mended(desk: Desk) -> None:
    desk.scribble(7, {1, 6})
    desk.display.show()
    desk.panel.reset()
    desk.panel.spoil(0, Random(9).randbytes(1024))
    renewed(desk)
    assert desk.panel.pixels() == desk.display.buffer


def test_one_that_did_not_listen_at_first_is_mended(desk: Desk) -> None:
    desk.panel.deafen(desk.clock.now + 2_000_000)
    desk.scribble(7, {1, 6})
    desk.display.show()
    renewed(desk, RENEWS + 1)
    assert desk.panel.pixels() == desk.display.buffer


def test_renewing_does_not_flicker() -> None:
    """A person sees the same picture before, after and between its transfers."""
    desk = lived_in()
    seen: list[bytes] = []
    desk.panel.chip.changed = lambda: seen.append(desk.panel.pixels())
    renewed(desk, 9)
    assert len(seen) == 9 * 3
    assert set(seen) == {bytes(desk.display.buffer)}


def test_renewing_takes_the_bus_for_at_most_7_5_ms(desk: Desk) -> None:
    desk.display.show()
    for _ in range(9):
        before = desk.clock.now
        desk.display.renew()
        assert desk.clock.now - before <= 7_500


def test_renewing_brings_one_back_that_did_not_answer(desk: Desk) -> None:
    desk.scribble(7, {1, 6})
    desk.display.show()
    del desk.i2c_bus.devices[DISPLAY]
    for _ in range(3):
        before = desk.clock.now
        with pytest.raises(OSError, match="ssd1306: no answer"):
            desk.display.renew()
        assert desk.clock.now - before < 100, "it tries once"
    desk.panel = Counted(Ssd1306(desk.clock, desk.misuses.append))
    desk.i2c_bus.devices[DISPLAY] = desk.panel
    desk.display.renew()
    assert desk.panel.pixels() == desk.display.buffer
