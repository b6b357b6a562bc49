"""The radio driver against its twin: what leaves the antenna is judged, and every misuse.

Driver and twin are two transcriptions of one datasheet; this file is where they must agree.
"""

import inspect
from collections.abc import Iterator
from itertools import product
from random import Random
from types import ModuleType

import pytest

from luot.drivers import sx127x, sx127x_pocsag
from luot.drivers.sx127x import ABSENT, RESET, UNFINISHED, VERSION, RadioError
from sim.chips.sx127x import SX127x
from sim.chips.sx127x_packets import PacketHandler
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

    def send(self, payload: bytes, bit_rate: int = 1200) -> None:
        self.driver.send(bytearray(payload), len(payload))
        self.airtime_ms = -(-(608 + 8 * len(payload)) * 1000 // bit_rate)
        self.end_us = self.clock.now + self.airtime_ms * 1000

    def poll(self) -> bool:
        """Poll once as the driver wants it, with what is left by a clock of whole milliseconds."""
        was = self.driver.on_air()
        sent: bool = self.driver.poll((self.end_us // 1000) - self.clock.now // 1000)
        if self.driver.on_air() and not was:
            self.end_us = self.clock.now + self.airtime_ms * 1000
        return sent

    def finish(self) -> int:
        """Poll as the driver wants it until all is sent; return the milliseconds it took."""
        begun = self.clock.now
        self.wait_ms(1)
        while not self.poll():
            left_ms = (self.end_us - self.clock.now) // 1000
            self.wait_ms(min(max(left_ms, 2), 20))
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
    link.send(payload, bit_rate)
    assert not link.poll()  # too early, and no harm
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
    assert 0 <= took_ms - len(sent.bits) * 1000 // bit_rate <= 10
    assert sent.shaping == 0
    assert len(link.carriers) == 1
    assert link.carriers[0][1] - sent.end_us < 10_000, "asleep within 10 ms after the page"
    touched = link.radio.count
    link.wait_ms(10_000)
    assert not link.poll()
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
        pytest.param("power_dbm - 2,", "power_dbm - 1,", id="a decibel too much"),
        pytest.param("TX          = const(0x0B)", "TX = const(0x03)", id="high frequency port"),
        pytest.param("const(16)    # always", "const(24)  # always", id="FIFO overrun"),
        pytest.param("const(16)    # always", "const(2)  # always", id="FIFO underrun"),
        pytest.param("_PACKET_CONFIG2 | n >> 8", "_PACKET_CONFIG2", id="length cut to 8 bits"),
        pytest.param("self.sleep()\n", "self._state = _READY\n", id="left in transmit mode"),
        pytest.param("const(0x2B)  # on", "const(0x0B)  # on", id="no over-current protection"),
        pytest.param("0x09,  # no shaping", "0x29,  # no shaping", id="bits rounded"),
        pytest.param("0x09,  # no shaping", "0x00,  # no shaping", id="ramp longer than a bit"),
        pytest.param("0xAF)  # start", "0x81)  # start", id="refilled late"),
        pytest.param("0xAF)  # start", "0xBF)  # start", id="refilled early"),
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
    link.send(BATCH, 512)
    link.finish()
    assert abs(link.sent[-1].bit_rate - 512) < 0.1


def test_what_was_broken_off_is_not_sent_later(link: Link) -> None:
    link.send(BATCH)
    link.driver.sleep()
    link.wait_ms(1)
    assert not link.poll()
    link.send(BATCH[::-1])
    link.finish()
    assert [sent.bits for sent in link.sent] == [complement(pocsag_bits(BATCH[::-1]))]


def test_a_poll_costs_two_bus_transfers(link: Link) -> None:
    link.send(BATCH)
    link.wait_ms(1)
    link.poll()
    before = link.radio.count
    for _ in range(20):
        link.wait_ms(10)
        assert not link.poll()
    assert link.radio.count == before + 40
    link.finish()


# -- what goes wrong --------------------------------------------------------------------------


def test_an_overdue_transmission_ends_in_an_error_and_a_new_start() -> None:
    link = Link()
    for complete in (False, True):
        link.start()
        link.configure()
        link.send(BATCH)
        link.wait_ms(1)
        assert not link.poll()
        if complete:
            link.finish()
        else:
            link.wait_ms(300)
            with pytest.raises(OSError, match="sx127x: PacketSent did not come"):
                link.driver.poll(-51)
            assert not link.driver.poll(-51), "told once"
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
    assert not link.poll()
    link.wait_ms(960)  # preamble, sync word and 64 bytes take 933
    with pytest.raises(OSError, match="sx127x: the FIFO ran empty"):
        link.poll()
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
        link.poll()
    link.wait_ms(2000)
    assert len(link.sent) == 1
    link.start()
    link.configure()
    link.send(BATCH)
    link.finish()
    assert link.sent[1].bits == link.sent[0].bits


# -- what is not believed -----------------------------------------------------------------------


def under_way(driver: ModuleType = sx127x, ms: int = 500, n: int = 64) -> Link:
    """A transmission that has been on the air for so long."""
    link = Link(driver)
    link.start()
    link.configure()
    link.send(Random(n).randbytes(n))
    link.wait_ms(1)
    assert not link.poll()
    for _ in range(ms // 20):
        link.wait_ms(20)
        assert not link.poll()
    return link


def outcome(link: Link) -> int:
    """Poll on until it ends; return the reason why it failed, 0 if all was sent."""
    try:
        link.finish()
    except OSError as error:  # of a mutant, too
        link.radio.chip.floating = None
        return int(vars(error)["reason"])
    return 0


def judge_truth(driver: ModuleType = sx127x) -> None:
    """Fail if the driver believes what cannot be, or does not say why it failed."""
    assert outcome(under_way(driver)) == 0
    for level, ms in product((0, 1), (100, 500, 900)):
        link = under_way(driver, ms)
        link.radio.chip.floating = level
        assert outcome(link) == ABSENT, f"MISO floats at {level} after {ms} ms"
    for ms in (100, 500, 900):
        link = under_way(driver, ms)
        link.radio.chip.dip()
        link.wait_ms(15)
        assert outcome(link) == RESET, f"its supply dips after {ms} ms"
    for register, value in SPOILT:
        link = under_way(driver)
        link.radio.chip._regs.put(register, value)
        assert outcome(link) == RESET, f"register {register:#04x} reads {value:#04x}"
    link = under_way(driver)
    link.radio.chip._packets.sent = True
    link.radio.chip._packets._packet.end_us = link.clock.now
    link.radio.chip._packets._fifo.clear()
    assert outcome(link) == UNFINISHED, "PacketSent half a second too early"
    link = under_way(driver)
    link.radio.chip._packets._packet.end_us += 10_000_000
    assert outcome(link) == UNFINISHED, "PacketSent never comes"
    assert link.clock.now < link.end_us + 60_000
    for flags in set(range(256)) - {0x00, 0x20, 0xA0, 0x40, 0x48}:
        link = under_way(driver, 40)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PacketHandler, "flags", flags)
            with pytest.raises(OSError, match="sx127x"):
                link.poll()


SPOILT = [
    *((0x01, value) for value in (0x08, 0x09, 0x0C, 0x03, 0x2B)),  # its mode
    *((0x02, 0x1A), (0x03, 0x0B), (0x5D, 0x00)),  # bit rate
    *((0x04, 0x01), (0x05, 0x52)),  # deviation
    *((0x06, 0xD9), (0x07, 0x80), (0x08, 0x00)),  # carrier
    *((0x09, 0x8F), (0x0A, 0x29), (0x0B, 0x0B)),  # power, shaping, protection
    *((0x25, 0x01), (0x26, 0x03), (0x27, 0x93)),  # preamble
    *((0x28 + i, 0x55) for i in range(4)),
    *((0x30, 0x90), (0x31, 0x41), (0x32, 0x41), (0x35, 0x0F)),
]

TRUTHS = {
    "any flags are believed": ("if flags not in _IRQ2_POSSIBLE:", "if False:"),
    "PacketSent alone is enough": (
        "                self._compare(_OP_MODE_TX)\n                if left_ms",
        "                if left_ms",
    ),
    "not too early": ("if left_ms > _EARLY_MS or", "if"),
    "settings are not looked at": ("if found[told[i]] != told[i + 1]:", "if False:"),
    "of a register only the first": ("range(0, len(told), 2)", "range(0, 2, 2)"),
    "nobody is there, and not told": ("ABSENT if nobody else VERSION", "VERSION"),
    "it is waited for ever": ("if left_ms < -_OVERDUE_MS:", "if False:"),
    "half a second too long": ("_OVERDUE_MS = const(50)", "_OVERDUE_MS = const(500)"),
}


def test_the_chip_is_not_believed_what_cannot_be() -> None:
    judge_truth()


@pytest.mark.parametrize("fault", TRUTHS)
def test_a_driver_that_believes_is_caught(fault: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, RecursionError)):
        judge_truth(mutant(sx127x, *TRUTHS[fault]))


def test_what_is_wrong_before_goes_not_on_the_air() -> None:
    for register, value in SPOILT[5:]:
        link = Link()
        link.start()
        link.configure()
        link.send(BATCH)
        link.wait_ms(1)
        link.radio.chip._regs.put(register, value)
        with pytest.raises(RadioError) as caught:
            link.poll()
        assert caught.value.reason == RESET
        assert not link.carriers


def test_a_chip_that_does_not_listen_is_held_in_reset() -> None:
    """The contact is lost in the middle of a page: the carrier ends all the same, by NRESET."""
    link = under_way()
    link.radio.chip.floating = 1
    with pytest.raises(RadioError):
        link.poll()
    link.wait_ms(1)
    link.radio.chip.floating = None
    assert link.radio.dio0 == 0
    (_, off_us) = link.carriers[-1]
    assert off_us < link.clock.now
    link.start()
    link.configure()
    link.send(BATCH)
    assert outcome(link) == 0


@pytest.mark.parametrize(
    ("version", "reason"),
    [(0x11, 0), (0x12, 0), (0x13, 0), (0x22, VERSION), (0x10, VERSION), (0x14, VERSION)],
)
def test_the_versions_of_one_die_are_taken(version: int, reason: int) -> None:
    link = Link()
    link.radio.chip._regs.put(0x42, version)
    reset = SX127x._start_over

    def start_over(self: SX127x, at_us: int) -> None:
        reset(self, at_us)
        self._regs.put(0x42, version)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SX127x, "_start_over", start_over)
        if reason:
            with pytest.raises(RadioError) as caught:
                link.start()
            assert caught.value.reason == reason
        else:
            link.start()
            link.configure()
            link.send(BATCH)
            assert outcome(link) == 0


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
        with pytest.raises(RadioError, match=f"sx127x: RegVersion reads {level}") as caught:
            radio.start()
        assert caught.value.reason == ABSENT


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
