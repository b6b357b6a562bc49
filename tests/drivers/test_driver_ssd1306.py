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
        pytest.param("            self._send([_LIT])\n", "            pass\n", id="dark"),
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
