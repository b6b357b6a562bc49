"""Board, keys, flash and battery against their twins; any misuse a twin notes fails the test.

The radio and the display have files of their own. Where a fault is wanted that no twin has, a few
lines of fake take its place.
"""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot import board as board_module
from luot.drivers import battery, keys, norflash
from tests.rigs.board import HELTEC_OLED_RESET, HELTEC_VEXT, KEYPADS, WIRING, Bench, mutant

# -- board ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WIRING)
def test_every_board_reaches_all_its_chips(name: str) -> None:
    bench = Bench(name)
    board = bench.board()
    assert (bench.radio.count, bench.panel.count) == (0, 0), "no chip is spoken to yet"
    for expected in (False, False, True):
        assert board.radio.start() is expected
        bench.wait_ms(5)
    board.display.buffer[5] = 0xFF
    board.display.show()
    assert bench.panel.pixels() == board.display.buffer
    bench.press(0, 23)
    bench.press_priority(True)
    assert board.keys.read(0) == 1 | 1 << 1 | 1 << 24
    assert 4190 <= board.battery.millivolts() <= 4200
    board.led.value(1)
    assert bench.driven[-1] == (WIRING[name][9], 1)
    assert bench.misuses == []


def test_heltec_powers_and_resets_the_display_first() -> None:
    bench = Bench("heltec2")
    bench.board()
    power, reset = HELTEC_VEXT, HELTEC_OLED_RESET
    assert bench.driven[:3] == [(power, 0), (reset, 0), (reset, 1)]


def test_boards_differ_only_where_it_is_known() -> None:
    """A pin nobody thought about: strapping pins as keys, input-only pins that must drive."""
    for name, (_, radio, i2c, wakes, led, (sense, _, _)) in board_module.BOARDS.items():
        assert not {0, 2, 5, 12, 15} & set(wakes), f"{name}: a key down at reset changes the start"
        assert max(*radio, *i2c, *wakes, led) < 34, f"{name}: 34 to 39 cannot drive or pull up"
        assert sense >= 32, f"{name}: ADC1 is on 32 to 39"


@pytest.mark.parametrize("pressed", [True, False])
def test_any_change_of_a_key_wakes_the_board(pressed: bool) -> None:
    bench = Bench()
    if not pressed:
        bench.press(9)
        bench.press_priority(True)
    board = bench.board()
    board.keys.read(0)
    for which in ("expander", "priority"):
        board.woken = False
        bench.wakes = 0
        if which == "expander":
            bench.press(*([9] if pressed else []))
        else:
            bench.press_priority(pressed)
        assert board.woken
        assert bench.wakes == 1
        board.keys.read(0)
    assert bench.misuses == []


# -- keys -------------------------------------------------------------------------------------


@given(
    st.sets(st.integers(0, 23)).filter(
        lambda d: not any(d >= {*range(i, i + 8)} for i in (0, 8, 16))
    ),
    st.booleans(),
)
def test_each_key_has_its_bit(down: set[int], priority: bool) -> None:
    bench = Bench()
    board = bench.board()
    bench.press(*down)
    bench.press_priority(priority)
    assert board.keys.read(0) == sum(2 << key for key in down) + priority
    assert board.keys.missing == 0
    assert bench.misuses == []


def judge_keys(driver: ModuleType) -> None:
    """Fail unless an expander that comes and goes neither makes a press nor stops the others."""
    bench = Bench()
    made = driver.Keys((bench.priority_pin(),), bench.i2c(), KEYPADS)
    bench.expanders[0].write(b"\x0f")  # left so by another program: its pins pull themselves low
    late = bench.i2c_bus.devices.pop(0x22)
    bench.press(0, 8, 23)
    assert made.read(0) == 1 << 1 | 1 << 9 | 0xFF << 17, "down, as it was never seen up"
    bench.i2c_bus.devices[0x22] = late
    made.read(10)
    assert made.read(20) == 1 << 1 | 1 << 9 | 1 << 24
    gone = bench.i2c_bus.devices.pop(0x21)
    bench.press(1, 16)
    for now in (30, 33, 36, 39):  # it fails, the bus rests, the others are read
        found = made.read(now)
        assert made.missing == 0b010
    assert found == 1 << 2 | 1 << 9 | 1 << 17, "keys stay as they were last seen"
    bench.i2c_bus.devices[0x21] = gone
    made.read(90)
    assert made.read(100) == 1 << 2 | 1 << 17
    assert made.missing == 0
    assert bench.misuses == []


def test_a_missing_expander_is_named_and_leaves_the_others_working() -> None:
    judge_keys(keys)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param("self.missing |= 1 << i", "self._levels[i] = 0xFF", id="up when it is gone"),
        pytest.param("self.missing |= 1 << i", "raise", id="one gone stops all"),
        pytest.param(
            "bytearray(len(expanders))", "bytearray(b'\\xff' * 3)", id="up from the start"
        ),
        pytest.param("address, _ALL_HIGH", "address, b''", id="pins not released"),
        pytest.param("^ 0xFF) << bit", ") << bit", id="active high"),
        pytest.param("self.missing &= ~(1 << i)", "pass", id="never found again"),
    ],
)
def test_a_fault_in_the_keys_driver_is_caught(sound: str, broken: str) -> None:
    with pytest.raises((AssertionError, OSError)):
        judge_keys(mutant(keys, sound, broken))


def test_an_expander_is_released_once_and_then_only_read() -> None:
    bench = Bench()
    board = bench.board()
    board.keys.read(0)
    begun = bench.clock.now
    board.keys.read(0)
    assert bench.clock.now - begun == 3 * (9 + 11) * 2.5, "three reads of a byte at 400 kHz"


def test_a_rated_office_of_four_desks_has_keys_enough() -> None:
    """Five expanders and the priority key; a mask of none down stays a small integer."""
    rated = keys.Keys((None,), None, (0x20, 0x21, 0x22, 0x23, 0x24))
    assert rated.missing == 0b11111
    with pytest.raises(ValueError, match="46"):
        keys.Keys((), None, (0x20, 0x21, 0x22, 0x23, 0x24, 0x25))
    assert keys.Keys((None,) * 6, None, KEYPADS).missing == 0b111


# -- flash ------------------------------------------------------------------------------------


def judge_flash(driver: ModuleType) -> None:
    """Fail unless bytes go where they should and nothing is erased but what should be."""
    bench = Bench()
    machine = bench.machine
    (partition,) = machine.Partition.find(machine.Partition.TYPE_DATA, label="journal")
    flash = driver.NorFlash(partition)
    assert (flash.sectors, flash.sector_size) == (16, 4096)
    flash.program(5, bytearray(b"\xf0"))
    flash.program(5, bytearray(b"\x30"))
    flash.program(6, bytearray(b"\x11"))
    assert bytes(bench.flash.cells[4:8]) == b"\xff\x30\x11\xff"
    flash.program(2 * 4096 - 3, bytearray(b"across"))
    into = bytearray(8)
    flash.read_into(2 * 4096 - 4, into)
    assert into == b"\xffacross\xff"
    flash.erase(1)
    flash.read_into(2 * 4096 - 4, into)
    assert into == b"\xff\xff\xff\xffoss\xff"
    assert bench.flash.cells[5] == 0x30
    with pytest.raises(OSError, match="INVALID"):
        flash.program(16 * 4096, into)
    with pytest.raises(OSError, match="INVALID"):
        flash.erase(16)
    assert bench.misuses == []


def test_flash_is_addressed_by_the_byte_and_erased_by_the_sector() -> None:
    judge_flash(norflash)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param(
            "writeblocks(offset // _SECTOR, buf, offset % _SECTOR)",
            "writeblocks(offset // _SECTOR, buf)",
            id="erases before it programs",
        ),
        pytest.param(
            "readblocks(offset // _SECTOR, buf, offset % _SECTOR)",
            "readblocks(0, buf, offset % _SECTOR)",
            id="reads the first sector",
        ),
        pytest.param("_BLOCK_ERASE, sector)", "3, sector)", id="does not erase"),
    ],
)
def test_a_fault_in_the_flash_driver_is_caught(sound: str, broken: str) -> None:
    with pytest.raises((AssertionError, OSError)):
        judge_flash(mutant(norflash, sound, broken))


class StubbornPartition:
    """A block device with blocks of `size` bytes; its erase fails, as ioctl tells it."""

    def __init__(self, size: int) -> None:
        self.size = size

    def ioctl(self, op: int, arg: int) -> int:
        return {4: 16, 5: self.size, 6: -22}[op]


def test_flash_errors_are_driver_errors() -> None:
    with pytest.raises(OSError, match="4096"):
        norflash.NorFlash(StubbornPartition(512))
    with pytest.raises(OSError, match="sector 3"):
        norflash.NorFlash(StubbornPartition(4096)).erase(3)


# -- battery ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WIRING)
def test_the_battery_is_judged_within_five_percent(name: str) -> None:
    bench = Bench(name)
    cell = bench.board().battery
    last = 100
    for percent in range(100, -1, -1):
        bench.taken_mah = 10.0 * (100 - percent)
        assert abs(cell.percent() - percent) <= 5
        assert cell.percent() <= last, "it never seems to fill by being used"
        last = cell.percent()
    assert last == 0
    assert bench.misuses == []


def test_a_reading_is_an_average() -> None:
    class Scattering:
        readings = iter([2_000_000, 2_016_000] * 4)

        def read_uv(self) -> int:
            return next(self.readings)

    assert battery.Battery(Scattering(), 2, 1).millivolts() == 4016


class Gauge:
    """An ADC behind which there is a cell of so many millivolts, but for single readings."""

    def __init__(self, millivolts: int) -> None:
        self.millivolts = millivolts
        self.odd: dict[int, int | None] = {}  # millivolts by number of reading; None: OSError
        self.read = 0

    def read_uv(self) -> int:
        told = self.odd.get(self.read, self.millivolts)
        self.read += 1
        if told is None:
            raise OSError(116)
        return told * 500


def judge_battery(driver: ModuleType) -> None:
    """Fail unless odd readings change nothing, and what is no cell is no weak one."""
    for odd in (0, 2_400, 3_300, 4_900, 9_000, -3_000):
        for at in range(60):  # one conversion
            gauge = Gauge(3_950)
            gauge.odd = {at: odd}
            cell = driver.Battery(gauge, 2, 1)
            assert {cell.percent() for _ in range(9)} == {70}, (odd, at)
        for at in range(0, 56, 8):  # one look, as during a burst of the radio
            gauge = Gauge(3_950)
            gauge.odd = dict.fromkeys(range(at, at + 8), odd)
            cell = driver.Battery(gauge, 2, 1)
            assert {cell.percent() for _ in range(9)} == {70}, (odd, at)
    gauge = Gauge(3_950)
    gauge.odd = {44: None}
    cell = driver.Battery(gauge, 2, 1)
    assert [cell.percent() for _ in range(9)] == [70] * 9, "nor one that failed"
    for nothing in (-500, 0, 700, 2_499, 4_501, 9_000):
        cell = driver.Battery(Gauge(nothing), 2, 1)
        assert {cell.percent() for _ in range(5)} == {-1}, nothing
    for millivolts, percent in ((2_500, 0), (3_300, 0), (3_690, 10), (4_200, 100), (4_500, 100)):
        cell = driver.Battery(Gauge(millivolts), 2, 1)
        assert {cell.percent() for _ in range(5)} == {percent}
    gauge = Gauge(3_950)
    cell = driver.Battery(gauge, 2, 1)
    told = []
    for millivolts in (3_950, 0, 0, 0, 4_110, 4_110, 4_110):
        gauge.millivolts = millivolts
        told.append(cell.percent())
    assert told == [70, 70, -1, -1, -1, 90, 90], "a cell that is taken out, and another one"
    gauge.odd = dict.fromkeys(range(gauge.read, gauge.read + 1000))
    assert [cell.percent() for _ in range(3)] == [90, -1, -1], "a gauge that fails"


def test_a_single_odd_reading_changes_nothing_and_no_cell_is_no_weak_one() -> None:
    judge_battery(battery)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("max(min(before, last), min(max(before, last), now))", "now"),
        ("max(min(before, last), min(max(before, last), now))", "min(before, last)"),
        ("max(min(before, last), min(max(before, last), now))", "max(before, last)"),
        ("if not self._last:", "if 0:"),
        ("_LEAST_MV = const(2500)", "_LEAST_MV = const(0)"),
        ("_MOST_MV = const(4500)", "_MOST_MV = const(99999)"),
        ("except OSError", "except KeyError"),
        ("if millivolts == UNKNOWN:", "if 0:"),
    ],
)
def test_a_fault_of_the_battery_gauge_is_caught(sound: str, broken: str) -> None:
    with pytest.raises((AssertionError, OSError)):
        judge_battery(mutant(battery, sound, broken))
