"""Each driver against its chip twin, through `machine`; any misuse a twin notes fails the test.

The wiring stands here a second time, transcribed from the boards' own documents. Where a fault is
wanted that no twin has, a few lines of fake take its place.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luot.board import Board
from luot.drivers import ssd1306, sx127x
from luot.drivers.battery import Battery
from luot.drivers.keys import Keys
from luot.drivers.norflash import NorFlash

from sim.chips import battery as cell
from sim.chips import norflash as nor
from sim.chips.buses import I2cBus, SpiBus
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.chips.pcf8574 import Pcf8574
from sim.chips.ssd1306 import Ssd1306
from sim.chips.sx127x import SX127x, Transmission
from sim.chips.wires import Wire, open_drain

KEYPADS = (0x20, 0x21, 0x22)

# sck, mosi, miso, nss, nreset, scl, sda, /INT, priority key, led, battery, its divider
WIRING = {
    "t3": (5, 27, 19, 18, 23, 22, 21, 13, 4, 25, 35, (1, 2)),
    "heltec2": (5, 27, 19, 18, 14, 15, 4, 23, 22, 25, 37, (100, 320)),
    "devkit": (5, 27, 19, 18, 23, 22, 21, 13, 4, 2, 35, (1, 2)),
}
HELTEC_VEXT, HELTEC_OLED_RESET = 21, 16


class Counted:
    """A chip on its bus, with the number of times it was selected or written to."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chip, name)

    def select(self, selected: bool) -> None:
        self.count += selected
        self.chip.select(selected)

    def transfer(self, out: bytes) -> bytes:
        answer: bytes = self.chip.transfer(out)
        return answer

    def write(self, data: bytes) -> None:
        self.count += 1
        self.chip.write(data)

    def read(self, n: int) -> bytes:
        answer: bytes = self.chip.read(n)
        return answer


class Bench:
    """One board on the bench: twins, wires, and the firmware's `Board` once `start`ed."""

    def __init__(self, name: str = "t3", radio: Any = None) -> None:
        pins = WIRING[name]
        self.name = name
        self.clock = Clock(9 * 3600 * 10**6)
        self.misuses: list[str] = []
        self.sent: list[Transmission] = []
        self.wakes = 0
        self.down: set[int] = set()  # expander keys, 8 an expander
        self.priority = False
        self.taken_mah = 0.0
        self.led = 0
        self.driven: list[tuple[int, int]] = []
        misuse = self.misuses.append
        self.radio = Counted(radio or SX127x(self.clock, misuse, self.sent.append))
        self.panel = Counted(Ssd1306(self.clock, misuse))
        self.interrupt = Wire()
        self.expanders = [
            Pcf8574([self.contact(8 * i + bit) for bit in range(8)], misuse, self.moved)
            for i in range(3)
        ]
        self.interrupt.source = open_drain(*(e.interrupt for e in self.expanders))
        self.priority_wire = Wire(source=lambda: 0 if self.priority else None)
        wires = {
            pins[4]: Wire(sink=self.radio.reset),
            pins[7]: self.interrupt,
            pins[8]: self.priority_wire,
            pins[9]: Wire(sink=lambda level: setattr(self, "led", level)),
        }
        if name == "heltec2":
            wires[HELTEC_VEXT] = Wire(sink=lambda level: self.driven.append((21, level)))
            wires[HELTEC_OLED_RESET] = Wire(sink=lambda level: self.driven.append((16, level)))
        self.i2c = I2cBus((pins[5], pins[6]), {0x3C: self.panel})
        self.i2c.devices.update(zip(KEYPADS, self.expanders, strict=True))
        self.flash = nor.NorFlash(16 * 4096, self.clock, Random(1), misuse)
        battery = cell.Battery(1000, lambda: self.taken_mah, pins[11])
        self.machine = Machine(
            self.clock,
            misuse,
            self.wake,
            wires,
            SpiBus(pins[0:3], [(pins[3], self.radio)]),
            self.i2c,
            {pins[10]: battery.microvolts},
            {"journal": self.flash},
        )

    def contact(self, key: int) -> Callable[[], int | None]:
        return lambda: 0 if key in self.down else None

    def moved(self) -> None:
        self.interrupt.changed()

    def wake(self) -> None:
        self.wakes += 1

    def press(self, *keys: int) -> None:
        self.down = set(keys)
        for expander in self.expanders:
            expander.input_changed()

    def start(self) -> Board:
        self.board = Board(self.machine, self.name, KEYPADS)
        return self.board

    def wait_ms(self, ms: int) -> None:
        self.clock.spend(ms * 1000)

    def start_radio(self, radio: sx127x.SX127x, calls: int = 3) -> None:
        for _ in range(calls - 1):
            assert not radio.start()
            self.wait_ms(5)
        assert radio.start()

    def finish(self, radio: sx127x.SX127x, every_ms: int = 100, limit_ms: int = 60_000) -> int:
        """Poll until the transmission is over; return the milliseconds it took."""
        begun = self.clock.now
        self.wait_ms(1)
        while not radio.poll(self.clock.now - begun > limit_ms * 1000):
            self.wait_ms(every_ms)
        return (self.clock.now - begun) // 1000


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.start()
    yield made
    assert made.misuses == []


def load_mutant(module: ModuleType, sound: str, broken: str) -> ModuleType:
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    assert source.count(sound) == 1
    mutant = ModuleType("mutant")
    exec(source.replace(sound, broken), mutant.__dict__)
    return mutant


# -- board ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WIRING)
def test_every_board_reaches_all_its_chips(name: str) -> None:
    bench = Bench(name)
    board = bench.start()
    assert (bench.radio.count, bench.panel.count) == (0, 0)
    bench.start_radio(board.radio)
    board.display.buffer[5] = 0xFF
    board.display.show()
    assert bench.panel.pixels() == board.display.buffer
    bench.priority = True
    bench.press(0, 23)
    assert board.keys.read() == 1 | 1 << 1 | 1 << 24
    assert board.battery.percent() >= 99
    board.led.value(1)
    assert bench.led == 1
    assert bench.misuses == []


def test_heltec_powers_and_resets_the_display_first() -> None:
    bench = Bench("heltec2")
    bench.start()
    assert bench.driven == [(21, 0), (16, 0), (16, 1)]


def test_a_key_wakes_the_board(bench: Bench) -> None:
    board = bench.board
    board.keys.read()
    for keys in ((9,), ()):
        board.woken = False
        bench.wakes = 0
        bench.press(*keys)
        assert board.woken
        assert bench.wakes == 1
        board.keys.read()
    for level in (0, 1):
        board.woken = False
        bench.priority = level == 0
        bench.priority_wire.changed()
        assert board.woken


# -- radio ------------------------------------------------------------------------------------

SYNC = bytes.fromhex("7CD215D8")
BATCH = bytes(range(64))


def bits_of(data: bytes) -> bytes:
    return bytes(byte >> shift & 1 for byte in data for shift in range(7, -1, -1))


def pocsag_bits(payload: bytes) -> bytes:
    """As M.584 has it: reversals from a 1 on, sync word, batches."""
    return bits_of(b"\xaa" * 72 + SYNC + payload)


def complement(bits: bytes) -> bytes:
    return bytes(bit ^ 1 for bit in bits)


def judge_transmission(driver: ModuleType, payload: bytes, bit_rate: int) -> None:
    """Fail unless `driver` sends `payload` as POCSAG wants it, and the twin has no complaint."""
    bench = Bench()
    bench.start()
    radio = driver.SX127x(bench.board.radio._spi, bench.board.radio._cs, bench.board.radio._reset)
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, bit_rate)
    radio.send(bytearray(payload), len(payload))
    assert not radio.poll()  # too early, and no harm
    took_ms = bench.finish(radio)
    assert len(bench.sent) == 1
    sent = bench.sent[0]
    assert sent.bits == complement(pocsag_bits(payload))  # the chip's 1 is the higher frequency
    assert sent.complete
    assert sent.modulation == "fsk"
    assert abs(sent.frequency_hz - 433_920_000) < 31
    assert abs(sent.deviation_hz - 4500) < 31
    assert abs(sent.bit_rate / bit_rate - 1) < 1e-5
    assert sent.power_dbm == 10
    assert 0 <= took_ms - len(sent.bits) * 1000 // bit_rate <= 105
    touched = bench.radio.count
    bench.wait_ms(10_000)
    assert not radio.poll()
    assert bench.radio.count == touched, "the bus is used while nothing is to be done"
    assert bench.radio.dio0 in (0, 1)  # the twin looks at the time when it is looked at
    assert bench.misuses == []


@pytest.mark.parametrize("bit_rate", [512, 1200, 2400])
@pytest.mark.parametrize("n", [4, 64, 132, 200, 472, 2036])
def test_a_transmission_is_what_pocsag_wants(n: int, bit_rate: int) -> None:
    judge_transmission(sx127x, Random(n).randbytes(n), bit_rate)


def judge_short_and_long(driver: ModuleType) -> None:
    for n in (4, 472):
        judge_transmission(driver, Random(n).randbytes(n), 1200)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param(
            "^ self._polarity\n        self._at", "\n        self._at", id="payload plain"
        ),
        pytest.param("_SYNC[i] ^ self._polarity", "_SYNC[i]", id="sync word plain"),
        pytest.param("| self._polarity & _PREAMBLE_55", "", id="preamble plain"),
        pytest.param("0x48,  # 72", "0x47,  # 72", id="71 bytes of preamble"),
        pytest.param("sixteenths & 15", "0", id="bit rate without its fraction"),
        pytest.param("0x4A,  # 74", "0x49,  # 74", id="deviation a step short"),
        pytest.param("% 15625 * 256", "% 15625 * 128", id="frequency off"),
        pytest.param("power_dbm - 2)", "power_dbm - 1)", id="a decibel too much"),
        pytest.param("TX          = const(0x0B)", "TX = const(0x03)", id="high frequency port"),
        pytest.param("const(32)    # always", "const(40)  # always", id="FIFO overrun"),
        pytest.param("const(32)    # always", "const(2)  # always", id="FIFO underrun"),
        pytest.param("_PACKET_CONFIG2 | n >> 8", "_PACKET_CONFIG2", id="length cut to 8 bits"),
        pytest.param("self.sleep()\n", "self._state = _READY\n", id="left in transmit mode"),
        pytest.param("0x9F,  # start", "0x81,  # start", id="refilled late"),
        pytest.param("0x9F,  # start", "0xBF,  # start", id="refilled early"),
        pytest.param("& _IRQ1_MODE_READY", "| 1", id="does not wait for the oscillator"),
        pytest.param("_PACKET_CONFIG1, 0x00", "_PACKET_CONFIG1, 0x10", id="CRC appended"),
    ],
)
def test_a_fault_in_the_radio_driver_is_caught(sound: str, broken: str) -> None:
    mutant = load_mutant(sx127x, sound, broken)
    with pytest.raises((AssertionError, OSError)):
        judge_short_and_long(mutant)


def test_inverted_networks_get_the_bits_upright(bench: Bench) -> None:
    bench.start_radio(bench.board.radio)
    bench.board.radio.configure_pocsag(433_920_000, 1200, inverted=True)
    bench.board.radio.send(bytearray(BATCH), 64)
    bench.finish(bench.board.radio)
    assert bench.sent[0].bits == pocsag_bits(BATCH)


@pytest.mark.parametrize("hz", [433_062_000, 433_100_123, 434_000_000, 434_778_000])
@pytest.mark.parametrize("dbm", [2, 13])
def test_every_channel_and_power_is_met(bench: Bench, hz: int, dbm: int) -> None:
    bench.start_radio(bench.board.radio)
    bench.board.radio.configure_pocsag(hz, 1200, dbm)
    bench.board.radio.send(bytearray(BATCH), 64)
    bench.finish(bench.board.radio)
    assert abs(bench.sent[0].frequency_hz - hz) < 31
    assert bench.sent[0].power_dbm == dbm


def test_transmissions_follow_each_other(bench: Bench) -> None:
    radio = bench.board.radio
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, 2400)
    for n in (132, 64, 1, 200):
        assert not radio.poll()
        radio.send(bytearray(Random(n).randbytes(n)), n)
        bench.finish(radio)
        assert bench.sent[-1].bits == complement(pocsag_bits(Random(n).randbytes(n)))
        bench.wait_ms(500)
    radio.configure_pocsag(434_000_000, 512)
    radio.send(bytearray(BATCH), 64)
    bench.finish(radio)
    assert abs(bench.sent[-1].bit_rate - 512) < 0.1


def test_what_a_broken_off_transmission_left_is_not_sent(bench: Bench) -> None:
    radio = bench.board.radio
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, 1200)
    radio.send(bytearray(BATCH), 64)
    radio.sleep()
    radio.send(bytearray(BATCH[::-1]), 64)
    bench.finish(radio)
    assert bench.sent[-1].bits == complement(pocsag_bits(BATCH[::-1]))


def test_a_poll_costs_one_bus_transfer(bench: Bench) -> None:
    radio = bench.board.radio
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, 1200)
    radio.send(bytearray(BATCH), 64)
    bench.wait_ms(10)
    radio.poll()
    before = bench.radio.count
    for _ in range(20):
        bench.wait_ms(10)
        assert not radio.poll()
    assert bench.radio.count == before + 20
    bench.finish(radio)


def test_an_overdue_transmission_ends_in_an_error_and_a_reset() -> None:
    bench = Bench()
    radio = bench.start().radio
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, 1200)
    radio.send(bytearray(BATCH), 64)
    bench.wait_ms(1)
    assert not radio.poll()
    bench.wait_ms(300)
    with pytest.raises(OSError, match="sx127x: PacketSent did not come"):
        radio.poll(True)
    bench.wait_ms(5000)
    assert not radio.poll(True)
    assert [sent.complete for sent in bench.sent] == [False]
    with pytest.raises(ValueError, match="not configured"):
        radio.send(bytearray(BATCH), 64)
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, 1200)
    radio.send(bytearray(BATCH), 64)
    bench.finish(radio)
    assert bench.sent[-1].complete
    assert bench.misuses == ["sx127x: mode changed in the middle of a packet"]


def test_polled_too_late_the_fifo_runs_empty() -> None:
    bench = Bench()
    radio = bench.start().radio
    bench.start_radio(radio)
    radio.configure_pocsag(433_920_000, 1200)
    radio.send(bytearray(200), 200)
    bench.wait_ms(1)
    assert not radio.poll()
    bench.wait_ms(960)  # preamble, sync and 64 bytes take 933
    with pytest.raises(OSError, match="sx127x: the FIFO ran empty"):
        radio.poll()
    assert not bench.sent[0].complete
    assert bench.misuses, "the twin should have seen the underrun"


class NobodyThere:
    """A chip select that leads nowhere: MISO floats at `level`."""

    def __init__(self, level: int) -> None:
        self.level = level

    def select(self, selected: bool) -> None:
        pass

    def reset(self, level: int) -> None:
        pass

    def transfer(self, out: bytes) -> bytes:
        return bytes((self.level,)) * len(out)


@pytest.mark.parametrize("level", [0x00, 0xFF])
def test_a_missing_radio_is_one_driver_error(level: int) -> None:
    radio = Bench(radio=NobodyThere(level)).start().radio
    for _ in range(2):
        assert not radio.start()
    with pytest.raises(OSError, match=f"sx127x: RegVersion reads {level}"):
        radio.start()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param((433_049_999, 1200, 10), id="below the band"),
        pytest.param((434_790_001, 1200, 10), id="above the band"),
        pytest.param((433_920_000, 1199, 10), id="no POCSAG rate"),
        pytest.param((433_920_000, 1200, 1), id="below the amplifier's range"),
        pytest.param((433_920_000, 1200, 14), id="more than 13 dBm"),
    ],
)
def test_what_the_radio_refuses(bench: Bench, asked: tuple[int, int, int]) -> None:
    radio = bench.board.radio
    with pytest.raises(ValueError, match="not started"):
        radio.configure_pocsag(433_920_000, 1200)
    bench.start_radio(radio)
    before = bench.radio.count
    with pytest.raises(ValueError, match="sx127x"):
        radio.configure_pocsag(*asked)
    with pytest.raises(ValueError, match="not configured"):
        radio.send(bytearray(BATCH), 64)
    assert bench.radio.count == before, "the chip is left alone"
    radio.configure_pocsag(433_920_000, 1200)
    for n in (0, 2048):
        with pytest.raises(ValueError, match="bytes"):
            radio.send(bytearray(2048), n)
    radio.send(bytearray(BATCH), 64)
    with pytest.raises(ValueError, match="sending"):
        radio.send(bytearray(BATCH), 64)
    with pytest.raises(ValueError, match="sending"):
        radio.configure_pocsag(433_920_000, 1200)
    bench.finish(radio)


# -- display ----------------------------------------------------------------------------------


def scribble(display: ssd1306.SSD1306, seed: int, pages: set[int]) -> None:
    """Change at least one byte in each of `pages`."""
    random = Random(seed)
    for page in pages:
        at = 128 * page + random.randrange(128)
        display.buffer[at] ^= random.randrange(1, 256)


def judge_display(driver: ModuleType) -> None:
    """Fail unless what `driver` shows is its buffer, sent sparingly."""
    bench = Bench()
    bench.start()
    display = driver.SSD1306(bench.board.display._i2c)
    random = Random(3)
    for _ in range(40):
        pages = {page for page in range(8) if random.random() < 0.3}
        fresh = not bench.panel.lit
        scribble(display, random.randrange(10**6), pages)
        before = bench.panel.count
        display.show()
        assert bench.panel.pixels() == display.buffer
        assert bench.panel.lit
        assert fresh or bench.panel.count - before == len(pages)
    assert bench.misuses == []


def test_the_display_shows_its_buffer() -> None:
    judge_display(ssd1306)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param("0xA1,        # column", "0xA0,        # column", id="mirrored"),
        pytest.param("0xC8,        # COM63", "0xC0,        # COM63", id="upside down"),
        pytest.param("0x8D, 0x14", "0x8D, 0x10", id="no charge pump"),
        pytest.param("_PAGE_START | page", "_PAGE_START", id="one page for all"),
        pytest.param("fresh or pixels !=", "pixels !=", id="power-on noise left"),
        pytest.param("fresh or pixels != self._shown[page]", "True", id="everything always"),
        pytest.param("self._shown[page][:] = pixels", "pass", id="no memory"),
        pytest.param("            self.on()\n", "            pass\n", id="dark"),
        pytest.param("_DATA               = const(0x40)", "_DATA = const(0x00)", id="not data"),
        pytest.param("0xA8, 0x3F", "0xA8, 0x1F", id="32 rows"),
        pytest.param("0xDA, 0x12", "0xDA, 0x02", id="rows interleaved"),
    ],
)
def test_a_fault_in_the_display_driver_is_caught(sound: str, broken: str) -> None:
    mutant = load_mutant(ssd1306, sound, broken)
    with pytest.raises(AssertionError):
        judge_display(mutant)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 255)), max_size=20))
def test_any_change_reaches_the_panel(changes: list[tuple[int, int]]) -> None:
    bench = Bench()
    display = bench.start().display
    display.show()
    before = bench.panel.count
    shown = bytes(display.buffer)
    for at, byte in changes:
        display.buffer[at] = byte
    display.show()
    assert bench.panel.pixels() == display.buffer
    changed = sum(shown[i : i + 128] != display.buffer[i : i + 128] for i in range(0, 1024, 128))
    assert bench.panel.count == before + changed
    assert bench.misuses == []


def test_a_redraw_takes_3_1_ms_a_page_and_nothing_when_nothing_changed(bench: Bench) -> None:
    display = bench.board.display
    display.show()
    for pages in (set(), {3}, set(range(8))):
        scribble(display, 1, pages)
        before = bench.clock.now
        display.show()
        assert bench.clock.now - before <= 3100 * len(pages)


def test_power_on_noise_is_never_seen() -> None:
    bench = Bench()
    seen: list[bytes] = []
    panel = Ssd1306(
        bench.clock,
        bench.misuses.append,
        lambda: seen.append(panel.pixels() if panel.lit else b""),
    )
    bench.i2c.devices[0x3C] = panel
    display = bench.start().display
    scribble(display, 5, {0, 7})
    display.show()
    assert seen
    assert {frame for frame in seen if frame} == {bytes(display.buffer)}
    assert bench.misuses == []


def test_a_display_left_in_any_state_is_taken_over(bench: Bench) -> None:
    machine = bench.machine
    i2c = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21))
    i2c.writeto(0x3C, b"\x00\x20\x00\x21\x10\x20\x22\x03\x04")  # horizontal, a window
    i2c.writeto(0x3C, b"\x00\x45\xa7\xd3\x09")  # scrolled, inverse, shifted
    display = bench.board.display
    scribble(display, 4, {1, 2, 6})
    display.show()
    assert bench.panel.pixels() == display.buffer


def test_a_display_that_was_unplugged_comes_back(bench: Bench) -> None:
    display = bench.board.display
    display.show()
    panel = bench.i2c.devices.pop(0x3C)
    display.show()  # nothing to send, nothing noticed
    for _ in range(2):
        scribble(display, 6, {2})
        with pytest.raises(OSError, match="ssd1306: no answer at address 60"):
            display.show()
    again = Ssd1306(bench.clock, bench.misuses.append)
    bench.i2c.devices[0x3C] = again
    display.show()
    assert again.lit
    assert again.pixels() == display.buffer
    assert panel is not again


def test_off_and_on(bench: Bench) -> None:
    display = bench.board.display
    display.show()
    display.contrast(1)
    display.off()
    assert not bench.panel.lit
    scribble(display, 8, {4})
    display.show()
    assert not bench.panel.lit
    display.on()
    assert bench.panel.lit
    assert bench.panel.pixels() == display.buffer


# -- keys -------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 23)), st.booleans())
def test_each_key_has_its_bit(down: set[int], priority: bool) -> None:
    bench = Bench()
    board = bench.start()
    bench.press(*down)
    bench.priority = priority
    assert board.keys.read() == sum(2 << key for key in down) + priority
    assert board.keys.missing == 0
    board.keys.check()
    assert bench.misuses == []


def test_a_missing_expander_leaves_the_others_working(bench: Bench) -> None:
    keys = bench.board.keys
    bench.press(0, 8)
    assert keys.read() == 1 << 1 | 1 << 9
    gone = bench.i2c.devices.pop(0x21)
    bench.press(1, 16)
    assert keys.read() == 1 << 2 | 1 << 9 | 1 << 17, "its keys stay as last seen: no new press"
    assert keys.missing == 0b010
    with pytest.raises(OSError, match="pcf8574: no answer at address 33"):
        keys.check()
    bench.i2c.devices[0x21] = gone
    assert keys.read() == 1 << 2 | 1 << 17
    assert keys.missing == 0
    keys.check()


def test_an_expander_that_never_answered_cannot_look_like_a_press(bench: Bench) -> None:
    keys = bench.board.keys
    late = bench.i2c.devices.pop(0x22)
    bench.press(23)
    assert keys.read() == 0xFF << 17, "down: a key counts only after it was seen up"
    bench.i2c.devices[0x22] = late
    assert keys.read() == 1 << 24


def test_an_expander_with_pins_held_low_is_released(bench: Bench) -> None:
    bench.expanders[0].write(b"\x0f")
    bench.press(2)
    assert bench.board.keys.read() == 1 << 3


def test_the_expanders_are_written_once(bench: Bench) -> None:
    counted = Counted(bench.expanders[0])
    bench.i2c.devices[0x20] = counted
    for _ in range(5):
        bench.board.keys.read()
    assert counted.count == 1


def test_the_mask_stays_a_small_integer() -> None:
    with pytest.raises(ValueError, match="30"):
        Keys((), None, (0x20, 0x21, 0x22, 0x23))
    assert Keys((None,) * 6, None, KEYPADS).missing == 0b111


# -- flash ------------------------------------------------------------------------------------


def test_flash_is_addressed_by_the_byte(bench: Bench) -> None:
    machine = bench.machine
    (partition,) = machine.Partition.find(machine.Partition.TYPE_DATA, label="journal")
    flash = NorFlash(partition)
    assert (flash.sectors, flash.sector_size) == (16, 4096)
    flash.program(2 * 4096 - 3, bytearray(b"Luot.."))
    flash.program(5, bytearray(b"\xf0"))
    flash.program(5, bytearray(b"\x30"))
    flash.program(6, bytearray(b"\x11"))
    assert bytes(bench.flash.cells[8189:8195]) == b"Luot.."
    assert bytes(bench.flash.cells[4:8]) == b"\xff\x30\x11\xff", "programming never erases"
    into = bytearray(8)
    flash.read_into(8188, into)
    assert into == b"\xffLuot..\xff"
    flash.erase(1)
    flash.read_into(8188, into)
    assert into == b"\xff\xff\xff\xfft..\xff"
    assert bench.flash.cells[5] == 0x30
    with pytest.raises(OSError, match="INVALID"):
        flash.program(65536, bytearray(1))
    with pytest.raises(OSError, match="INVALID"):
        flash.erase(16)


class StubbornPartition:
    """A block device whose blocks are `size` bytes and whose erase fails, as ioctl says it."""

    def __init__(self, size: int) -> None:
        self.size = size

    def ioctl(self, op: int, arg: int) -> int:
        return {4: 16, 5: self.size, 6: -22}[op]


def test_flash_errors_are_driver_errors() -> None:
    with pytest.raises(OSError, match="4096"):
        NorFlash(StubbornPartition(512))
    with pytest.raises(OSError, match="sector 3"):
        NorFlash(StubbornPartition(4096)).erase(3)


# -- battery ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WIRING)
def test_the_battery_is_judged_within_five_percent(name: str) -> None:
    bench = Bench(name)
    battery = bench.start().battery
    last = 100
    for percent in range(100, -1, -1):
        bench.taken_mah = 10.0 * (100 - percent)
        assert abs(battery.percent() - percent) <= 5
        assert battery.percent() <= last
        last = battery.percent()
    assert last == 0
    assert bench.misuses == []


def test_a_battery_reading_is_an_average() -> None:
    class Noisy:
        readings = iter([2_000_000, 2_016_000] * 4)

        def read_uv(self) -> int:
            return next(self.readings)

    assert Battery(Noisy(), 2, 1).millivolts() == 4016
