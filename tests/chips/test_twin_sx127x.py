"""The radio twin against the datasheet: instants, flags, latches, and every misuse it must name.

The expected figures are worked out here by hand from the datasheet's formulas, not by the twin.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chips.clock import Clock
from sim.chips.sx127x import SX127x, Transmission

SLEEP, STDBY, FSTX, TX = range(4)
MODE_READY, TX_READY = 0x80, 0x20
FULL, EMPTY, LEVEL, OVERRUN, SENT = 0x80, 0x40, 0x20, 0x10, 0x08
TS_OSC_US, TS_FS_US = 250, 60

# POCSAG at 1200 bit/s as facts of the paging code and the register map demand it: 4.5 kHz to
# either side, 10 dBm, 72 bytes of 0x55, the complemented sync word, 64 bytes of payload.
POCSAG: dict[int, list[int]] = {
    0x02: [0x68, 0x2A],
    0x04: [0x00, 0x4A],
    0x06: [0x6C, 0x7A, 0xE1],
    0x09: [0x88],
    0x25: [0x00, 72],
    0x27: [0x33, 0x83, 0x2D, 0xEA, 0x27],
    0x30: [0x00, 0x40, 64],
    0x35: [0x9F],
    0x5D: [0x0B],
}
BIT_US = Fraction(1_000_000) * Fraction(0x682A * 16 + 0x0B, 16) / 32_000_000
TS_TR_US = ceil(5 + Fraction(5, 4) * 40 + BIT_US / 2)
BATCH = bytes(range(1, 65))


class Bench:
    """A chip on the bench, ready for its first access, with all it says and radiates."""

    def __init__(self, crystal_ppm: float = 0.0) -> None:
        self.clock = Clock(1_000_000)
        self.misuses: list[str] = []
        self.air: list[Transmission] = []
        self.chip = SX127x(self.clock, self.misuses.append, self.air.append, crystal_ppm)
        self.clock.spend(10_000)

    def write(self, address: int, *values: int) -> bytes:
        """One SPI transaction; returns what came out for the values."""
        self.chip.select(True)
        out = self.chip.transfer(bytes([address | 0x80, *values]))
        self.chip.select(False)
        return out[1:]

    def read(self, address: int) -> int:
        self.chip.select(True)
        out = self.chip.transfer(bytes([address, 0]))
        self.chip.select(False)
        return out[1]

    def mode(self, mode: int) -> None:
        self.write(0x01, 0x08 | mode)

    def configure(self, changes: dict[int, list[int]] | None = None) -> None:
        for address, values in {**POCSAG, **(changes or {})}.items():
            self.write(address, *values)

    def send(self, payload: bytes = BATCH, changes: dict[int, list[int]] | None = None) -> int:
        """Begin to send; returns the instant of the first bit."""
        self.configure(changes)
        self.write(0x00, *payload)
        self.mode(TX)
        return self.clock.now + TS_FS_US + TS_TR_US

    def until(self, us: int) -> None:
        self.clock.spend(us - self.clock.now)


def bits_of(data: bytes) -> bytes:
    return bytes(byte >> bit & 1 for byte in data for bit in range(7, -1, -1))


# Bits and instants


def test_a_page_lasts_its_1120_bits_to_the_microsecond() -> None:
    bench = Bench()
    start_us = bench.send()
    end_us = ceil(start_us + 1120 * BIT_US)
    bench.until(end_us - 1)
    assert (bench.chip.dio0, bench.air) == (0, [])
    bench.until(end_us)
    assert bench.chip.dio0 == 1
    assert bench.read(0x3F) & SENT
    bench.write(0x40, 0x40)  # DIO0 now shows something else
    assert bench.chip.dio0 == 0
    (sent,) = bench.air
    assert (sent.start_us, sent.end_us) == (start_us, end_us)
    assert round((end_us - start_us) / 1000, 1) == 933.3  # 576 + 544 bits at 1200
    assert sent.bits == bits_of(b"\x55" * 72 + b"\x83\x2d\xea\x27" + BATCH)
    assert sent.bit_rate == pytest.approx(1200, rel=1e-6)
    assert (sent.modulation, sent.power_dbm, sent.complete) == ("fsk", 10, True)
    assert sent.frequency_hz == pytest.approx(433_919_983, abs=0.5)
    assert sent.deviation_hz == pytest.approx(4516.6, abs=0.05)
    assert bench.misuses == []


@pytest.mark.parametrize(
    ("divisor", "rate"), [([0xF4, 0x24], 512), ([0x68, 0x2A], 1200), ([0x34, 0x15], 2400)]
)
def test_bit_rates(divisor: list[int], rate: int) -> None:
    bench = Bench()
    fraction = {512: 0, 1200: 0x0B, 2400: 0x05}[rate]
    bench.send(changes={0x02: divisor, 0x5D: [fraction]})
    bench.clock.spend(3_000_000)
    bench.mode(STDBY)
    (sent,) = bench.air
    assert sent.bit_rate == pytest.approx(rate, rel=3e-6)
    assert sent.end_us - sent.start_us == pytest.approx(1120e6 / rate, rel=3e-6)


@given(looks=st.lists(st.integers(0, 1_000_000), max_size=8))
def test_the_air_does_not_depend_on_when_one_looks(looks: list[int]) -> None:
    alone, watched = Bench(), Bench()
    start_us = alone.send()
    watched.send()
    for look in sorted(looks):
        watched.until(start_us + look)
        watched.read(0x3F)
    for bench in (alone, watched):
        bench.until(start_us + 1_000_000)
        bench.mode(SLEEP)
    assert watched.air == alone.air
    assert watched.misuses == []


def test_a_byte_leaves_the_fifo_with_its_first_bit() -> None:
    bench = Bench()
    start_us = bench.send()
    taken_33rd_us = ceil(start_us + (576 + 32 + 32 * 8) * BIT_US)  # 31 bytes stay
    bench.until(taken_33rd_us - 1)
    assert bench.read(0x3F) == LEVEL
    bench.until(taken_33rd_us)
    assert bench.read(0x3F) == 0
    taken_last_us = ceil(start_us + (576 + 32 + 63 * 8) * BIT_US)
    bench.until(taken_last_us - 1)
    assert bench.read(0x3F) == 0
    bench.until(taken_last_us)
    assert bench.read(0x3F) == EMPTY


def test_three_batches_go_through_the_fifo_refilled_at_half() -> None:
    payload = bytes(i % 255 + 1 for i in range(200))
    bench = Bench()
    bench.send(payload[:64], {0x30: [0x00, 0x40, 200]})
    rest = payload[64:]
    while not bench.chip.dio0:
        bench.clock.spend(5_000)
        if rest and not bench.read(0x3F) & LEVEL:
            bench.write(0x00, *rest[:32])
            rest = rest[32:]
    (sent,) = bench.air
    assert sent.bits[608:] == bits_of(payload)
    assert sent.complete
    assert bench.misuses == []


def test_a_packet_of_2047_bytes() -> None:
    bench = Bench()
    bench.send(bytes([7] * 64), {0x30: [0x00, 0x47, 0xFF]})
    left = 2047 - 64
    while not bench.chip.dio0:
        bench.clock.spend(100_000)
        while left and not bench.read(0x3F) & FULL:
            bench.write(0x00, 7)
            left -= 1
    assert len(bench.air[0].bits) == 576 + 32 + 8 * 2047
    assert bench.misuses == []


def test_a_packet_waits_for_the_threshold_when_told_to() -> None:
    bench = Bench()
    bench.configure({0x35: [0x1F], 0x30: [0x00, 0x40, 32]})
    bench.write(0x00, *BATCH[:31])
    bench.mode(TX)
    bench.clock.spend(100_000)
    assert bench.read(0x3E) & TX_READY
    bench.write(0x00, 0xAA)
    began_us = bench.clock.now
    bench.clock.spend(900_000)
    assert bench.chip.dio0
    assert bench.air[0].start_us == began_us
    assert bench.misuses == []


def test_on_off_keying_has_no_fraction_and_no_shift() -> None:
    bench = Bench()
    changes = {0x02: [0x1A, 0x80], 0x5D: [0x0F], 0x25: [0, 0], 0x27: [0x00], 0x30: [0, 0x40, 4]}
    bench.write(0x01, 0x28 | STDBY)
    bench.configure(changes)
    bench.write(0x00, 0x8E, 0x88, 0xEE, 0x08)
    bench.write(0x01, 0x28 | TX)
    start_us = bench.clock.now + TS_FS_US + 5 + 212 // 2  # no ramp in OOK
    bench.clock.spend(10_000)
    assert bench.chip.dio0
    (sent,) = bench.air
    assert sent == (start_us, start_us + 32 * 212, "ook", sent.frequency_hz, 0.0, *sent[5:])
    assert sent.bit_rate == pytest.approx(1e6 / 212)
    assert sent.bits == bits_of(b"\x8e\x88\xee\x08")
    assert bench.misuses == []


@pytest.mark.parametrize("ppm", [-20.0, 20.0])
def test_the_crystal_shifts_carrier_and_bits_together(ppm: float) -> None:
    bench = Bench(crystal_ppm=ppm)
    bench.send()
    bench.clock.spend(1_000_000)
    bench.mode(SLEEP)
    (sent,) = bench.air
    assert sent.frequency_hz - 433_919_983 == pytest.approx(ppm * 433.92, abs=1)
    assert sent.bit_rate == pytest.approx(1200 * (1 + ppm * 1e-6), rel=1e-6)


# The end of a packet that does not end by itself


def cut_by_mode(bench: Bench) -> None:
    bench.mode(STDBY)


def cut_by_reset(bench: Bench) -> None:
    bench.chip.reset(0)
    bench.clock.spend(100)
    bench.chip.reset(1)


def cut_by_power(bench: Bench) -> None:
    bench.chip.power_off()


@pytest.mark.parametrize(
    ("cut", "after_us", "misused"),
    [(cut_by_mode, 0, 1), (cut_by_reset, 100, 0), (cut_by_power, 0, 0)],
)
def test_a_packet_cut_short(cut: Callable[[Bench], None], after_us: int, misused: int) -> None:
    bench = Bench()
    start_us = bench.send()
    at_us = ceil(start_us + 700 * BIT_US)
    bench.until(at_us - after_us)
    cut(bench)
    (sent,) = bench.air
    assert (sent.end_us, len(sent.bits), sent.complete) == (at_us, 700, False)
    assert len(bench.misuses) == misused
    bench.clock.spend(1_000_000)
    assert bench.chip.dio0 == 0
    assert len(bench.air) == 1


def test_a_packet_that_ends_before_reset_takes_hold_is_whole() -> None:
    bench = Bench()
    start_us = bench.send()
    end_us = ceil(start_us + 1120 * BIT_US)
    bench.until(end_us - 99)
    cut_by_reset(bench)
    assert [(sent.end_us, sent.complete) for sent in bench.air] == [(end_us, True)]


def test_bytes_that_stay_behind_begin_a_packet_of_their_own() -> None:
    bench = Bench()
    bench.send(changes={0x30: [0x00, 0x40, 63]})
    bench.clock.spend(2_000_000)
    bench.mode(STDBY)
    first, second = bench.air
    assert first.complete
    assert (second.start_us, second.complete) == (first.end_us, False)
    assert "sx127x: FIFO underrun, zeros sent" in bench.misuses


def test_an_empty_fifo_sends_zeros() -> None:
    bench = Bench()
    bench.send(changes={0x30: [0x00, 0x40, 70]})
    bench.clock.spend(1_000_000)
    assert bench.chip.dio0
    (sent,) = bench.air
    assert sent.bits[608:] == bits_of(BATCH + bytes(6))
    assert not sent.complete
    assert bench.misuses == ["sx127x: FIFO underrun, zeros sent"]


# SPI, FIFO and registers


def test_registers_after_reset() -> None:
    bench = Bench()
    expected = {
        0x01: 0x01, 0x02: 0x1A, 0x03: 0x0B, 0x05: 0x52, 0x06: 0x6C, 0x07: 0x80, 0x09: 0x4F,
        0x0A: 0x09, 0x0B: 0x2B, 0x26: 0x03, 0x27: 0x93, 0x28: 0x55, 0x2F: 0x55, 0x30: 0x90,
        0x31: 0x40, 0x32: 0x40, 0x35: 0x0F, 0x3E: 0x80, 0x3F: 0x40, 0x42: 0x12, 0x4D: 0x84,
    }  # fmt: skip
    assert {address: bench.read(address) for address in expected} == expected


def test_a_burst_counts_up_and_answers_with_what_was_there() -> None:
    bench = Bench()
    assert bench.write(0x06, 0x6C, 0x7A, 0xE1) == b"\x6c\x80\x00"
    bench.chip.select(True)
    bench.chip.transfer(b"\x06")
    assert bench.chip.transfer(b"\0") + bench.chip.transfer(b"\0\0") == b"\x6c\x7a\xe1"
    bench.chip.select(False)
    assert bench.misuses == []


def test_a_burst_at_the_fifo_stays_there() -> None:
    bench = Bench()
    bench.write(0x00, 1, 2, 3)
    bench.chip.select(True)
    assert bench.chip.transfer(bytes(4)) == b"\0\1\2\3"
    bench.chip.select(False)
    assert bench.read(0x3F) == EMPTY


def test_the_65th_byte_is_lost_and_clearing_that_empties_the_fifo() -> None:
    bench = Bench()
    bench.write(0x00, *BATCH)
    assert bench.read(0x3F) == FULL | LEVEL
    bench.write(0x00, 0xFF)
    assert bench.misuses == ["sx127x: FIFO overrun, byte lost"]
    assert bench.read(0x3F) == FULL | LEVEL | OVERRUN
    bench.write(0x3F, 0x10)
    assert bench.read(0x3F) == EMPTY


def test_the_fifo_survives_sleep_but_not_the_end_of_tx() -> None:
    bench = Bench()
    bench.write(0x00, *BATCH)
    bench.mode(SLEEP)
    bench.mode(STDBY)
    bench.clock.spend(TS_OSC_US)
    assert bench.read(0x3F) == FULL | LEVEL
    bench.send(b"", {0x30: [0x00, 0x40, 32], 0x35: [0x1F]})
    bench.clock.spend(800_000)
    assert bench.read(0x3F) == SENT | LEVEL
    bench.mode(STDBY)
    assert bench.read(0x3F) == EMPTY


def test_the_carrier_waits_for_the_lowest_byte_and_the_next_start() -> None:
    bench = Bench()
    bench.configure()
    bench.write(0x06, 0x6C, 0x80)  # 434.0 MHz, but without its lowest byte
    bench.write(0x00, *BATCH)
    bench.mode(FSTX)
    bench.clock.spend(TS_FS_US)
    bench.write(0x06, 0x6C, 0x80, 0x00)  # too late for this start
    bench.mode(TX)
    bench.clock.spend(1_000_000)
    bench.mode(STDBY)
    bench.write(0x00, *BATCH)
    bench.mode(TX)
    bench.clock.spend(1_000_000)
    bench.mode(STDBY)
    assert [round(sent.frequency_hz) for sent in bench.air] == [433_919_983, 434_000_000]
    assert bench.misuses == []


def test_long_range_mode_changes_in_sleep_only() -> None:
    bench = Bench()
    bench.write(0x01, 0x88 | STDBY)
    assert bench.read(0x01) == 0x08 | STDBY
    bench.mode(SLEEP)
    bench.write(0x01, 0x88 | SLEEP)
    assert bench.read(0x01) == 0x88 | SLEEP
    assert bench.misuses == ["sx127x: LongRangeMode changed outside Sleep"]


# Modes, RESET, power


def test_modes_take_their_time() -> None:
    bench = Bench()
    bench.configure()
    bench.mode(SLEEP)
    assert bench.read(0x3E) == MODE_READY
    bench.mode(TX)
    for wait_us, flags in (
        (0, 0x00),
        (TS_OSC_US + TS_FS_US - 1, 0x00),
        (1, 0x10),  # PllLock
        (TS_TR_US - 1, 0x10),
        (1, MODE_READY | TX_READY | 0x10),
    ):
        bench.clock.spend(wait_us)
        assert bench.read(0x3E) == flags
    bench.mode(STDBY)
    assert bench.read(0x3E) == MODE_READY


def test_reset_takes_100_us_and_then_5_ms() -> None:
    bench = Bench()
    for low_us, there in ((99, 0x7F), (100, 0x03)):
        bench.write(0x26, 0x7F)
        bench.chip.reset(0)
        bench.clock.spend(low_us)
        bench.chip.reset(1)
        bench.clock.spend(5_000)
        assert bench.read(0x26) == there
    assert bench.misuses == ["sx127x: RESET low for only 99 us"]


def test_power_brings_a_fresh_chip() -> None:
    bench = Bench()
    bench.configure()
    bench.chip.power_off()
    bench.clock.spend(3_000_000)
    bench.chip.power_on()
    bench.clock.spend(10_000)
    assert bench.read(0x26) == 0x03
    assert bench.misuses == []


def test_charge_is_current_by_mode_times_time() -> None:
    bench = Bench()
    bench.configure()
    bench.write(0x00, *BATCH)
    bench.mode(SLEEP)
    asleep_us = bench.clock.now
    before = bench.chip.meter.charge_mah(asleep_us)
    bench.clock.spend(60_000_000)
    bench.mode(TX)
    bench.clock.spend(1_000_000)
    bench.mode(STDBY)
    bench.clock.spend(500_000)
    microamp_us = 60e6 * 0.2 + TS_OSC_US * 1_600 + TS_FS_US * 5_800 + 500_000 * 1_600
    microamp_us += (1_000_000 - TS_OSC_US - TS_FS_US) * 24_500  # 10 dBm: between 20 and 29 mA
    charge = bench.chip.meter.charge_mah(bench.clock.now) - before
    assert charge == pytest.approx(microamp_us / 3.6e12)
    bench.chip.power_off()
    off = bench.chip.meter.charge_mah(bench.clock.now)
    bench.clock.spend(60_000_000)
    assert bench.chip.meter.charge_mah(bench.clock.now) == off


@pytest.mark.parametrize(
    ("pa_config", "pa_dac", "dbm"),
    [(0x80, 0x84, 2), (0x88, 0x84, 10), (0x8F, 0x87, 20), (0x4F, 0x84, 13.2), (0x70, 0x84, 0)],
)
def test_output_power(pa_config: int, pa_dac: int, dbm: float) -> None:
    bench = Bench()
    bench.send(changes={0x09: [pa_config], 0x4D: [pa_dac]})
    bench.clock.spend(1_000_000)
    bench.mode(STDBY)
    assert bench.air[0].power_dbm == pytest.approx(dbm)
    assert bool(bench.misuses) == (dbm > 13)


# The observer. Each row is a fault seeded into a driver that is else the one of the tests above,
# which all end without a word from it.


def send_with(changes: dict[int, list[int]]) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        bench.send(changes=changes)
        bench.clock.spend(1_000)
        assert not bench.chip.dio0

    return act


def amid_a_packet(act: Callable[[Bench], object]) -> Callable[[Bench], None]:
    def later(bench: Bench) -> None:
        bench.send()
        bench.clock.spend(100_000)
        act(bench)

    return later


def unconfigured(bench: Bench) -> None:
    bench.write(0x30, 0x00, 0x40, 64)
    bench.write(0x00, *BATCH)
    bench.mode(TX)
    bench.clock.spend(1_000_000)
    assert bench.chip.dio0


def too_soon(bench: Bench) -> None:
    bench.chip.reset(0)
    bench.clock.spend(100)
    bench.chip.reset(1)
    bench.clock.spend(4_999)
    assert bench.read(0x42) == 0


def held_in_reset(bench: Bench) -> None:
    bench.chip.reset(0)
    bench.clock.spend(100)
    bench.read(0x42)


def fifo_asleep(bench: Bench) -> None:
    bench.mode(SLEEP)
    bench.write(0x00, 1)
    bench.mode(STDBY)
    bench.clock.spend(TS_OSC_US)
    assert bench.read(0x3F) == EMPTY


def fifo_waking(bench: Bench) -> None:
    bench.mode(SLEEP)
    bench.mode(STDBY)
    bench.clock.spend(TS_OSC_US - 1)
    bench.write(0x00, 1)


def carrier_forgotten(bench: Bench) -> None:
    bench.send()
    bench.clock.spend(2_000_000)
    bench.read(0x3F)


def unselected(bench: Bench) -> None:
    bench.chip.transfer(b"\x42\0")


def slow_on_off_keying(bench: Bench) -> None:
    bench.configure({0x02: [0x69, 0x0B]})
    bench.write(0x00, *BATCH)
    bench.write(0x01, 0x28 | TX)
    bench.clock.spend(1_000)
    assert not bench.chip.dio0


def high_frequency_mode(bench: Bench) -> None:
    bench.configure()
    bench.write(0x00, *BATCH)
    bench.write(0x01, TX)
    bench.clock.spend(1_000)
    assert not bench.chip.dio0


def long_range(bench: Bench) -> None:
    bench.mode(SLEEP)
    bench.write(0x01, 0x88)
    bench.read(0x1D)


MISUSES: dict[str, tuple[Callable[[Bench], object], str]] = {
    "reset values": (unconfigured, "RegBitrateMsb, RegBitrateLsb, RegFdevMsb, RegFdevLsb"),
    "default preamble": (unconfigured, "RegPreambleLsb, RegSyncConfig"),
    "default sync": (unconfigured, "RegSyncValue1, RegSyncValue2, RegSyncValue3, RegSyncValue4"),
    "below the band": (send_with({0x06: [0x6C, 0x43, 0x33]}), "leaves the band"),
    "above the band": (send_with({0x06: [0x6C, 0xB2, 0x8F]}), "leaves the band"),
    "edge of the band": (send_with({0x06: [0x6C, 0x43, 0x70]}), "leaves the band"),
    "14 dBm": (send_with({0x09: [0x8C]}), "14 dBm"),
    "no deviation": (send_with({0x04: [0x00, 0x00]}), "deviation 0 Hz out of limits"),
    "300 kHz deviation": (send_with({0x04: [0x13, 0x33]}), "out of limits"),
    "both together too wide": (
        send_with({0x02: [0x00, 0xD5], 0x04: [0x0C, 0xCC]}),
        "deviation 199951 Hz out of limits",
    ),
    "deviation below BR/4": (send_with({0x02: [0x06, 0x83]}), "out of limits at 19"),
    "FSK at 320 kbit/s": (send_with({0x02: [0x00, 0x64], 0x04: [0x05, 0xC3]}), "bit rate 317815"),
    "OOK at 1,190 bit/s": (slow_on_off_keying, "bit rate 1190"),
    "high frequency mode": (high_frequency_mode, "LowFrequencyModeOn"),
    "zero in the sync word": (send_with({0x27: [0x33, 0x83, 0x00, 0xEA, 0x27]}), "zero in"),
    "variable length": (send_with({0x30: [0x80, 0x40, 64]}), "fixed length"),
    "with a CRC": (send_with({0x30: [0x10, 0x40, 64]}), "fixed length"),
    "continuous mode": (send_with({0x30: [0x00, 0x00, 64]}), "fixed length"),
    "length 0": (send_with({0x30: [0x00, 0x40, 0]}), "fixed length"),
    "overrun": (lambda bench: bench.write(0x00, *range(65)), "overrun"),
    "reading an empty FIFO": (lambda bench: bench.read(0x00), "empty FIFO"),
    "FIFO in Sleep": (fifo_asleep, "in Sleep"),
    "FIFO while waking up": (fifo_waking, "before Standby was ready"),
    "reserved register": (lambda bench: bench.write(0x43, 1), "a reserved register, 0x43"),
    "register kept for tests": (lambda bench: bench.write(0x18, 0x32), "reserved register, 0x18"),
    "read-only register": (lambda bench: bench.write(0x42, 0x12), "RegVersion"),
    "reserved bits": (lambda bench: bench.write(0x4D, 0x07), "RegPaDac"),
    "reserved bit of RegOpMode": (lambda bench: bench.write(0x01, 0x19), "RegOpMode"),
    "receiver": (lambda bench: bench.mode(5), "a mode this twin has not"),
    "LoRa in standby": (lambda bench: bench.write(0x01, 0x89), "outside Sleep"),
    "LoRa": (long_range, "LoRa page"),
    "bit rate amid a packet": (
        amid_a_packet(lambda bench: bench.write(0x03, 0x2B)),
        "0x03 changed during transmission",
    ),
    "modulation amid a packet": (
        amid_a_packet(lambda bench: bench.write(0x01, 0x28 | TX)),
        "RegOpMode changed during transmission",
    ),
    "packet abandoned": (amid_a_packet(lambda bench: bench.mode(SLEEP)), "middle of a packet"),
    "carrier forgotten": (carrier_forgotten, "carrier left standing"),
    "too soon after reset": (too_soon, "not ready after a reset"),
    "in reset": (held_in_reset, "not ready after a reset"),
    "not selected": (unselected, "not selected"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_misuse_is_named(name: str) -> None:
    bench = Bench()
    act, sentence = MISUSES[name]
    act(bench)
    assert any(sentence in said for said in bench.misuses), bench.misuses


def test_access_before_power_on_is_over() -> None:
    misuses: list[str] = []
    clock = Clock()
    chip = SX127x(clock, misuses.append, lambda sent: None)
    clock.spend(9_999)
    chip.select(True)
    assert chip.transfer(b"\x42\0") == b"\0\0"
    assert len(misuses) == 1
    clock.spend(1)
    assert chip.transfer(b"\x42\0") == b"\0\x12"
    assert len(misuses) == 1
