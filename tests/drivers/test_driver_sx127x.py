"""The radio driver against its twin: what leaves the antenna is judged, and every misuse.

Driver and twin are two transcriptions of one datasheet; this file is where they must agree.
"""

import inspect
from collections.abc import Iterator
from random import Random
from types import ModuleType

import pytest

from luot.drivers import sx127x, sx127x_pocsag
from tests.rigs.board import Bench, mutant

SYNC = bytes.fromhex("7CD215D8")
BATCH = bytes(range(64))
HZ = 433_920_000


def bits_of(data: bytes) -> bytes:
    return bytes(byte >> shift & 1 for byte in data for shift in range(7, -1, -1))


def pocsag_bits(payload: bytes) -> bytes:
    """As M.584 has it: reversals from a 1 on, sync word, batches."""
    return bits_of(b"\xaa" * 72 + SYNC + payload)


def complement(bits: bytes) -> bytes:
    return bytes(bit ^ 1 for bit in bits)


class Link(Bench):
    """A bench with a radio driver in front of the twin, and the tables of its modulation."""

    def __init__(self, driver: ModuleType = sx127x, tables: ModuleType = sx127x_pocsag) -> None:
        super().__init__()
        self.driver = driver.SX127x(*self.spi())
        self.tables = tables

    def configure(
        self, hz: int = HZ, bit_rate: int = 1200, dbm: int = 10, inverted: bool = False
    ) -> None:
        """Set up POCSAG."""
        self.driver.configure(self.tables.table(bit_rate, inverted), hz, 0, dbm)

    def start(self) -> None:
        for up in (False, False, True):
            assert self.driver.start() is up
            self.wait_ms(5)

    def send(self, payload: bytes) -> None:
        self.driver.send(bytearray(payload), len(payload))

    def finish(self) -> int:
        """Poll as the driver wants it until all is sent; return the milliseconds it took."""
        begun = self.clock.now
        self.wait_ms(1)
        while not self.driver.poll(self.clock.now - begun > 60_000_000):
            self.wait_ms(100)
        return (self.clock.now - begun) // 1000


@pytest.fixture
def link() -> Iterator[Link]:
    made = Link()
    made.start()
    made.configure()
    yield made
    assert made.misuses == []


# -- what is sent -----------------------------------------------------------------------------


Modules = tuple[ModuleType, ModuleType]  # engine and table


def judge(modules: Modules, payload: bytes, bit_rate: int) -> None:
    """Fail unless the driver sends `payload` as POCSAG wants it, and the twin has no complaint."""
    link = Link(*modules)
    link.start()
    link.configure(HZ, bit_rate)
    link.send(payload)
    assert not link.driver.poll()  # too early, and no harm
    took_ms = link.finish()
    assert len(link.sent) == 1
    sent = link.sent[0]
    assert sent.bits == complement(pocsag_bits(payload))  # the chip's 1 is the higher frequency
    assert sent.complete
    assert sent.modulation == "fsk"
    assert abs(sent.frequency_hz - HZ) < 31
    assert abs(sent.deviation_hz - 4500) < 31
    assert abs(sent.bit_rate / bit_rate - 1) < 1e-5
    assert sent.power_dbm == 10
    assert 0 <= took_ms - len(sent.bits) * 1000 // bit_rate <= 105
    touched = link.radio.count
    link.wait_ms(10_000)
    assert not link.driver.poll()
    assert link.radio.count == touched, "the bus is used while nothing is to be done"
    assert link.radio.dio0 == 0, "PacketSent still stands: the chip was not put to sleep"
    assert link.misuses == []


@pytest.mark.parametrize("bit_rate", [512, 1200, 2400])
@pytest.mark.parametrize("n", [4, 64, 132, 200, 472, 2036])
def test_a_transmission_is_what_pocsag_wants(n: int, bit_rate: int) -> None:
    judge((sx127x, sx127x_pocsag), Random(n).randbytes(n), bit_rate)


def judge_short_and_long(modules: Modules) -> None:
    for n in (4, 472):
        judge(modules, Random(n).randbytes(n), 1200)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param(
            "^ self._polarity\n        self._at", "\n        self._at", id="payload plain"
        ),
        pytest.param("_SYNC[2] ^ complement", "_SYNC[2]", id="sync word plain"),
        pytest.param("| complement & _PREAMBLE_55", "", id="preamble plain"),
        pytest.param("   72, ", "   71, ", id="71 bytes of preamble"),
        pytest.param("sixteenths & 15", "0", id="bit rate without its fraction"),
        pytest.param("0x4A,  # 74", "0x49,  # 74", id="deviation a step short"),
        pytest.param("% 15625 * 256", "% 15625 * 128", id="frequency off"),
        pytest.param("power_dbm - 2)", "power_dbm - 1)", id="a decibel too much"),
        pytest.param("TX          = const(0x0B)", "TX = const(0x03)", id="high frequency port"),
        pytest.param("const(32)    # always", "const(40)  # always", id="FIFO overrun"),
        pytest.param("const(32)    # always", "const(2)  # always", id="FIFO underrun"),
        pytest.param("_PACKET_CONFIG2 | n >> 8", "_PACKET_CONFIG2", id="length cut to 8 bits"),
        pytest.param("self.sleep()\n", "self._state = _READY\n", id="left in transmit mode"),
        pytest.param("0x9F)  # start", "0x81)  # start", id="refilled late"),
        pytest.param("0x9F)  # start", "0xBF)  # start", id="refilled early"),
        pytest.param("& _IRQ1_MODE_READY", "| 1", id="does not wait for the oscillator"),
        pytest.param("0x00,  # fixed", "0x10,  # fixed", id="CRC appended"),
    ],
)
def test_a_fault_in_the_driver_is_caught(sound: str, broken: str) -> None:
    modules = sx127x, sx127x_pocsag
    assert sum(sound in inspect.getsource(module) for module in modules) == 1
    made = [mutant(m, sound, broken) if sound in inspect.getsource(m) else m for m in modules]
    with pytest.raises((AssertionError, OSError)):
        judge_short_and_long((made[0], made[1]))


def test_inverted_networks_get_the_bits_upright(link: Link) -> None:
    link.configure(inverted=True)
    link.send(BATCH)
    link.finish()
    assert link.sent[0].bits == pocsag_bits(BATCH)


@pytest.mark.parametrize("hz", [433_062_000, 433_100_123, 434_000_000, 434_778_000])
@pytest.mark.parametrize("dbm", [2, 13])
def test_every_channel_and_power_is_met(link: Link, hz: int, dbm: int) -> None:
    link.configure(hz, 1200, dbm)
    link.send(BATCH)
    link.finish()
    assert abs(link.sent[0].frequency_hz - hz) < 31
    assert link.sent[0].power_dbm == dbm


def test_transmissions_follow_each_other(link: Link) -> None:
    for n in (132, 64, 1, 200):
        link.send(Random(n).randbytes(n))
        link.finish()
        assert link.sent[-1].bits == complement(pocsag_bits(Random(n).randbytes(n)))
        link.wait_ms(500)
    link.configure(434_000_000, 512)
    link.send(BATCH)
    link.finish()
    assert abs(link.sent[-1].bit_rate - 512) < 0.1


def test_what_was_broken_off_is_not_sent_later(link: Link) -> None:
    link.send(BATCH)
    link.driver.sleep()
    link.wait_ms(1)
    assert not link.driver.poll()
    link.send(BATCH[::-1])
    link.finish()
    assert [sent.bits for sent in link.sent] == [complement(pocsag_bits(BATCH[::-1]))]


def test_a_poll_costs_one_bus_transfer(link: Link) -> None:
    link.send(BATCH)
    link.wait_ms(1)
    link.driver.poll()
    before = link.radio.count
    for _ in range(20):
        link.wait_ms(10)
        assert not link.driver.poll()
    assert link.radio.count == before + 20
    link.finish()


# -- what goes wrong --------------------------------------------------------------------------


def test_an_overdue_transmission_ends_in_an_error_and_a_new_start() -> None:
    link = Link()
    for complete in (False, True):
        link.start()
        link.configure()
        link.send(BATCH)
        link.wait_ms(1)
        assert not link.driver.poll()
        if complete:
            link.finish()
        else:
            link.wait_ms(300)
            with pytest.raises(OSError, match="sx127x: PacketSent did not come"):
                link.driver.poll(True)
            assert not link.driver.poll(True), "told once"
            with pytest.raises(ValueError, match="not ready"):
                link.send(BATCH)
        assert link.sent[-1].complete is complete
    assert len(link.sent) == 2
    assert link.misuses == ["sx127x: mode changed in the middle of a packet"]


def test_polled_too_late_the_fifo_runs_empty() -> None:
    link = Link()
    link.start()
    link.configure()
    link.send(bytes(200))
    link.wait_ms(1)
    assert not link.driver.poll()
    link.wait_ms(960)  # preamble, sync word and 64 bytes take 933
    with pytest.raises(OSError, match="sx127x: the FIFO ran empty"):
        link.driver.poll()
    assert not link.sent[0].complete
    assert link.misuses, "the twin should have seen it too"


def test_a_radio_that_lost_its_settings_does_not_transmit(link: Link) -> None:
    link.send(BATCH)
    link.finish()
    link.radio.power_off()
    link.wait_ms(1)
    link.radio.power_on()
    link.wait_ms(11)
    link.send(BATCH)
    link.wait_ms(1)
    with pytest.raises(OSError, match="sx127x: it has lost its settings"):
        link.driver.poll()
    link.wait_ms(2000)
    assert len(link.sent) == 1
    link.start()
    link.configure()
    link.send(BATCH)
    link.finish()
    assert link.sent[1].bits == link.sent[0].bits


class NobodyThere:
    """A chip select that leads nowhere: MISO stays at one level."""

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
    radio = sx127x.SX127x(*Bench(radio=NobodyThere(level)).spi())
    for _ in range(2):  # and it may be tried again
        assert not radio.start()
        assert not radio.start()
        with pytest.raises(OSError, match=f"sx127x: RegVersion reads {level}"):
            radio.start()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param((433_049_999, 1200, 10), id="below the band"),
        pytest.param((434_790_001, 1200, 10), id="above the band"),
        pytest.param((HZ, 1200, 1), id="below the amplifier's range"),
        pytest.param((HZ, 1200, 14), id="more than 13 dBm"),
    ],
)
def test_what_the_band_lock_refuses(asked: tuple[int, int, int]) -> None:
    link = Link()
    with pytest.raises(ValueError, match="not ready"):
        link.configure()
    link.start()
    before = link.radio.count
    with pytest.raises(ValueError, match="sx127x"):
        link.configure(*asked)
    with pytest.raises(ValueError, match="not ready"):
        link.send(BATCH)
    assert link.radio.count == before, "the chip is left alone"
    assert link.misuses == []


@pytest.mark.parametrize("register", [0x01, 0x06, 0x09, 0x0B, 0x31, 0x32, 0x35, 0x4D])
def test_no_modulation_may_change_what_is_the_engines(register: int) -> None:
    """Mode, carrier, power, its protection, length and FIFO: the locks would mean nothing."""
    link = Link()
    link.start()
    before = link.radio.count
    with pytest.raises(ValueError, match="no modulation's register"):
        link.driver.configure((bytes((0x25, 0x00, register, 0x00)), 0), HZ, 0, 10)
    assert link.radio.count == before, "the chip is left alone"


def test_the_trim_moves_the_carrier_and_leaves_no_band(link: Link) -> None:
    table = sx127x_pocsag.table(1200, False)
    link.driver.configure(table, HZ, -9_000, 10)
    link.send(BATCH)
    link.finish()
    assert abs(link.sent[0].frequency_hz - (HZ - 9_000)) < 31
    with pytest.raises(ValueError, match="band"):
        link.driver.configure(table, 434_790_000, 1, 10)


@pytest.mark.parametrize("bit_rate", [0, 511, 1199, 2401])
def test_pocsag_has_three_rates(bit_rate: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        sx127x_pocsag.table(bit_rate, False)


def test_what_a_transmission_refuses(link: Link) -> None:
    for n in (0, 2048):
        with pytest.raises(ValueError, match="bytes"):
            link.driver.send(bytearray(2048), n)
    link.send(BATCH)
    with pytest.raises(ValueError, match="not ready"):
        link.send(BATCH)
    with pytest.raises(ValueError, match="not ready"):
        link.configure()
    link.finish()
    assert link.sent[0].complete
