"""Buses and flash blocks: what a box's `machine` moves, at what cost, and what a cut stops."""

from random import Random
from typing import Any

import pytest

from sim.chips.clock import Clock, PowerCut
from sim.chips.machine import I2cBus, Machine, SpiBus
from sim.chips.norflash import SECTOR, NorFlash

SPI_PINS = (5, 27, 19)
I2C_PINS = (22, 21)
CS, OTHER_CS = 18, 4


class Echo:
    """A chip on either bus that keeps what it got and answers 1, 2, 3..."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.selected: list[bool] = []

    def select(self, selected: bool) -> None:
        self.selected.append(selected)

    def transfer(self, out: bytes) -> bytes:
        self.got.append(out)
        return bytes(range(1, len(out) + 1))

    def write(self, data: bytes) -> None:
        self.got.append(data)

    def read(self, n: int) -> bytes:
        return bytes(range(1, n + 1))


class Box:
    """A machine with echoes on both buses, and what it complained of."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.misuse: list[str] = []
        self.chip, self.other, self.slave = Echo(), Echo(), Echo()
        self.flash = NorFlash(4 * SECTOR, self.clock, Random(1), self.misuse.append)
        spi = SpiBus(SPI_PINS, [(CS, self.chip), (OTHER_CS, self.other)])
        self.bus = I2cBus(I2C_PINS, {0x3C: self.slave})
        adc, flash = {35: lambda: 2_000_499}, {"journal": self.flash}
        self.m = Machine(self.clock, self.misuse.append, print, {}, spi, self.bus, adc, flash)

    def spi(self, baudrate: int = 8_000_000) -> Any:
        return self.m.SPI(1, baudrate=baudrate, sck=5, mosi=27, miso=self.m.Pin(19))

    def i2c(self, freq: int = 400_000) -> Any:
        return self.m.I2C(0, scl=22, sda=self.m.Pin(21), freq=freq)


# SPI


def test_spi_exchanges_with_the_selected_chip_at_a_cost() -> None:
    box = Box()
    spi, cs, into = box.spi(), box.m.Pin(CS, box.m.Pin.OUT, value=1), bytearray(2)
    box.m.Pin(OTHER_CS, box.m.Pin.OUT, value=1)
    cs.value(0)
    spi.write_readinto(b"\x81\x00", into)
    assert (bytes(into), box.clock.now) == (b"\x01\x02", 12)
    spi.write(memoryview(b"abc"))
    spi.readinto(into, 9)
    cs.value(1)
    assert box.chip.got == [b"\x81\x00", b"abc", b"\x09\x09"]
    assert (box.chip.selected[-2:], box.other.got, box.misuse) == ([True, False], [], [])
    assert box.clock.now == 12 + 13 + 12


def test_spi_misuse_is_noted() -> None:
    box = Box()
    spi, into = box.spi(10_000_001), bytearray(1)
    spi.readinto(into)
    box.m.Pin(CS, box.m.Pin.OUT, value=0)
    box.m.Pin(OTHER_CS, box.m.Pin.OUT, value=0)
    spi.write(b"x")
    assert box.chip.got == box.other.got == [b"x"]
    wrong = box.m.SPI(1, baudrate=1_000_000, sck=5, mosi=19, miso=27)
    wrong.readinto(into)
    assert into == b"\xff"
    spoken = [text.split(":")[1].split(",")[0].strip() for text in box.misuse]
    assert spoken == ["10000001 Hz", "transfer while no chip is selected",
                      "two chips are selected at once", "pins (5"]  # fmt: skip
    with pytest.raises(ValueError, match="same length"):
        spi.write_readinto(b"ab", into)


def test_a_cut_lets_through_the_spi_bytes_before_it() -> None:
    for cut_us, whole in ((9, 0), (11, 1), (13, 3), (14, 4)):
        box = Box()
        spi = box.spi()
        box.m.Pin(CS, box.m.Pin.OUT, value=0)
        box.clock.cut_us = cut_us
        with pytest.raises(PowerCut):
            spi.write(b"abcd")
        assert (b"".join(box.chip.got), box.clock.now) == (b"abcd"[:whole], cut_us)


# I2C


def test_i2c_costs_nine_bits_a_byte() -> None:
    box = Box()
    i2c, into = box.i2c(), bytearray(3)
    i2c.writevto(0x3C, [b"\x40", memoryview(b"ab")])
    assert box.clock.now == (9 * 4 + 2) * 1_000_000 // 400_000
    i2c.writeto(0x3C, b"z")
    i2c.readfrom_into(0x3C, into)
    assert box.slave.got == [b"\x40ab", b"z"]
    assert (bytes(into), box.misuse) == (b"\x01\x02\x03", [])


def test_nobody_at_an_address_is_enodev() -> None:
    box = Box()
    wrong = box.m.I2C(0, scl=21, sda=22)
    assert "pins (21, 22)" in box.misuse[0]
    for bus, address in ((box.i2c(), 0x3D), (wrong, 0x3D)):
        with pytest.raises(OSError, match="19"):
            bus.writeto(address, b"x")
    box.m.I2C(0, scl=21, sda=22)
    with pytest.raises(OSError, match="19"):
        wrong.writeto(0x3C, b"x")
    box.i2c(400_001)
    assert "400001 Hz" in box.misuse[-1]


def times_out(box: Box, i2c: Any, address: int = 0x3C) -> int:
    """How long a transfer takes that ends in a time-out, us."""
    begun = box.clock.now
    into = bytearray(1)
    for act in (lambda: i2c.writeto(address, b"x"), lambda: i2c.readfrom_into(address, into)):
        with pytest.raises(OSError, match="116"):
            act()
    return (box.clock.now - begun) // 2


def test_what_hangs_takes_the_whole_time_out() -> None:
    box = Box()
    assert times_out(box, box.m.I2C(0, scl=22, sda=21, timeout=9_999)) == 0, "no tick, no time"
    box.bus.hanging.add(0x3C)
    assert times_out(box, box.i2c()) == 50_000, "MicroPython's default"
    i2c = box.m.I2C(0, scl=22, sda=21, timeout=25_000)
    assert times_out(box, i2c) == 20_000, "in ticks"
    with pytest.raises(OSError, match="19"):
        i2c.writeto(0x3D, b"x")
    box.bus.hanging.clear()
    i2c.writeto(0x3C, b"x")
    box.bus.shorted = True
    assert times_out(box, i2c) == times_out(box, i2c, 0x3D) == 20_000, "nobody can be addressed"
    assert box.slave.got == [b"x"]


def test_a_transfer_longer_than_the_ticks_that_are_sure_is_cut_off() -> None:
    """Of two ticks only one is: the first may end as soon as it began."""
    box = Box()
    i2c = box.m.I2C(0, scl=22, sda=21, timeout=20_000)
    i2c.writeto(0x3C, bytes(440))
    with pytest.raises(OSError, match="116"):
        i2c.writeto(0x3C, bytes(450))


def test_a_chip_that_holds_sda_lets_go_after_so_many_clocks() -> None:
    for clocks in range(1, 10):
        box = Box()
        i2c, pin = box.i2c(), box.m.Pin
        assert pin(21).value() == 1
        box.bus.holds_sda = clocks
        assert pin(21).value() == 0
        assert times_out(box, i2c) == 50_000
        scl, sda = pin(22, pin.OPEN_DRAIN, value=1), pin(21, pin.OPEN_DRAIN, value=1)
        for clock in range(clocks):
            assert sda.value() == 0, f"free after {clock} clocks"
            scl.value(0)
            scl.value(1)
        assert sda.value() == 1
        box.i2c().writeto(0x3C, b"x")
        assert (box.slave.got, box.misuse) == ([b"x"], [])


def test_a_cut_lets_through_the_i2c_bytes_before_it() -> None:
    got = []
    for cut_us in range(1, 141):
        box = Box()
        i2c = box.i2c()
        box.clock.cut_us = cut_us
        with pytest.raises(PowerCut):
            i2c.writeto(0x3C, b"abcde")
        got.append(len(b"".join(box.slave.got)))
    assert got == sorted(got)
    assert set(got) == set(range(6))
    assert got.index(1) + 1 == 48  # start, address and one byte: 19 bits of 2.5 us


def test_a_dead_box_reaches_neither_chips_nor_flash() -> None:
    box = Box()
    spi, i2c = box.spi(), box.i2c()
    box.m.Pin(CS, box.m.Pin.OUT, value=0)
    box.clock.cut_us, box.clock.now = 5, 9
    for act in (
        lambda: spi.write(bytes(99)),
        lambda: i2c.writeto(0x3C, bytes(99)),
        lambda: box.flash.program(0, bytes(99)),
        lambda: box.flash.erase(0),
    ):
        with pytest.raises(PowerCut):
            act()
    assert box.chip.got + box.slave.got == []
    assert (box.flash.image(), box.flash.unstable) == (b"\xff" * box.flash.size, {})


# ADC and flash blocks


def test_the_adc_reads_millivolts_within_its_range() -> None:
    box = Box()
    adc = box.m.ADC(box.m.Pin(35), atten=box.m.ADC.ATTN_11DB)
    assert (adc.read_uv(), box.misuse) == (2_000_000, [])
    assert box.clock.now > 0
    assert box.m.ADC(35).read_uv() == 950_000
    assert "range ends" in box.misuse[0]
    assert box.m.ADC(34).read_uv() == 0
    assert "nothing is wired" in box.misuse[1]
    with pytest.raises(ValueError, match="invalid pin"):
        box.m.ADC(5)


def test_partition_has_micropythons_semantics() -> None:
    box = Box()
    kind, flash = box.m.Partition, box.flash
    assert kind.find(kind.TYPE_APP, label="journal") == []
    assert kind.find(kind.TYPE_DATA, label="vfs") == []
    (part,) = kind.find(kind.TYPE_DATA, label="journal")
    assert (part.ioctl(4), part.ioctl(5), part.ioctl(3), part.ioctl(9)) == (4, SECTOR, 0, None)
    part.writeblocks(1, b"\x00", 17)
    part.writeblocks(1, memoryview(b"\x0f"), 18)
    into = bytearray(4)
    part.readblocks(1, into, 16)
    assert (bytes(into), flash.erases) == (b"\xff\x00\x0f\xff", 0)
    part.writeblocks(1, b"\xaa" * SECTOR)
    assert (flash.erases, flash.image()[SECTOR : 2 * SECTOR]) == (1, b"\xaa" * SECTOR)
    assert part.ioctl(6, 1) == 0
    assert flash.image() == b"\xff" * flash.size


def test_partition_refuses_as_esp_idf_does() -> None:
    kind = Box().m.Partition
    (part,) = kind.find(kind.TYPE_DATA)
    for wrong in (
        lambda: part.readblocks(4, bytearray(1), 0),
        lambda: part.readblocks(5, bytearray(1)),
        lambda: part.writeblocks(3, bytes(2), SECTOR - 1),
        lambda: part.writeblocks(0, bytes(100)),
        lambda: part.ioctl(6, 4),
        lambda: kind("vfs"),
    ):
        with pytest.raises(OSError, match=r"ESP_ERR_INVALID|ENOENT"):
            wrong()


# The checks above can fail: each fault breaks the test beside it


def be_free_of_cost(bus: SpiBus, out: bytes) -> bytes:
    return bus._deliver(out)


def deliver_nothing(bus: SpiBus, out: bytes) -> bytes:
    return b""


def count_eight_bits(bus: I2cBus, n: int) -> int:
    return 8 * n * 1_000_000 // 400_000


def write_whole(bus: I2cBus, address: int, data: bytes) -> None:
    bus._chip(address, 0).write(data)
    bus._clock.spend(bus._us(len(data)))


@pytest.mark.parametrize(
    ("owner", "name", "fault", "check"),
    [
        (SpiBus, "transfer", be_free_of_cost, test_spi_exchanges_with_the_selected_chip_at_a_cost),
        (SpiBus, "_deliver", deliver_nothing, test_a_cut_lets_through_the_spi_bytes_before_it),
        (I2cBus, "_us", count_eight_bits, test_i2c_costs_nine_bits_a_byte),
        (I2cBus, "write", write_whole, test_a_cut_lets_through_the_i2c_bytes_before_it),
    ],
)
def test_a_fault_is_caught(
    owner: type, name: str, fault: object, check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, fault)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check()
