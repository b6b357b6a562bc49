"""What MicroPython's `machine` and `esp32.Partition` are to one box.

Owns the names, values and errors of MicroPython's esp32 port, cut down to what the firmware
calls. Must never know which program runs, nor what a chip does with what it gets.

A VM in another process uses the objects below these classes: `Wire.read`, `Wire.drive`,
`SpiBus.transfer`, `I2cBus.write`, `I2cBus.read` and the `NorFlash` take plain ints and bytes.
"""

from collections.abc import Callable

from sim.chips import wires as net
from sim.chips.buses import I2cBus, SpiBus
from sim.chips.clock import Clock
from sim.chips.norflash import SECTOR, NorFlash
from sim.chips.wires import Misuse, Wire, open_drain

__all__ = ["I2cBus", "Machine", "SpiBus", "Wire", "open_drain"]

_GPIOS = frozenset(range(40)) - {20, 24, 28, 29, 30, 31}  # bonded out, ESP32 datasheet 2.2
_ADC_READ_US = 40  # one calibrated one-shot conversion, estimate
_ADC_FULL_UV = (950_000, 1_250_000, 1_750_000, 2_450_000)  # by attenuation, ESP-IDF ADC guide
_ADC_PINS = frozenset(range(32, 40))  # ADC1
_ESP_ERR_INVALID_ARG = -0x102
_ESP_ERR_INVALID_SIZE = -0x104


class Pin:
    """`machine.Pin` of one box."""

    IN, OUT, OPEN_DRAIN = net.IN, net.OUT, net.OPEN_DRAIN
    PULL_DOWN, PULL_UP = net.PULL_DOWN, net.PULL_UP
    IRQ_RISING, IRQ_FALLING = net.RISING, net.FALLING
    _machine: "Machine"

    def __init__(
        self, number: "int | Pin", mode: int = -1, pull: int = -1, value: int | None = None
    ) -> None:
        self.number = _number(number)
        self._wire = self._machine.wire(self.number)
        self._wire.setup(mode, pull, value)

    def value(self, level: int | None = None) -> int | None:
        """Without an argument the level read, else drives `level`."""
        if level is None:
            return self._wire.read()
        self._wire.drive(level)
        return None

    def irq(self, handler: "Callable[[Pin], None] | None", trigger: int) -> None:
        """Have `handler(pin)` called at edges that match `trigger`; None ends that."""
        self._wire.irq(None if handler is None else lambda: handler(self), trigger)


def _number(pin: Pin | int) -> int:
    return pin.number if isinstance(pin, Pin) else pin


class SPI:
    """`machine.SPI` of one box: hosts 1 and 2, mode 0, MSB first."""

    _machine: "Machine"

    def __init__(
        self, host: int, baudrate: int, sck: Pin | int, mosi: Pin | int, miso: Pin | int
    ) -> None:
        if host not in (1, 2):
            raise ValueError(f"SPI({host}) doesn't exist")
        bus = self._machine.spi
        bus.configure(baudrate, (_number(sck), _number(mosi), _number(miso)))
        self._transfer = bus.transfer

    def write(self, buf: bytes | bytearray | memoryview) -> None:
        """Send; what comes back is dropped."""
        self._transfer(bytes(buf))

    def write_readinto(
        self, out: bytes | bytearray | memoryview, into: bytearray | memoryview
    ) -> None:
        """Send `out` and fill `into`, of the same length, with what comes back."""
        if len(out) != len(into):
            raise ValueError("buffers must be the same length")
        into[:] = self._transfer(bytes(out))

    def readinto(self, buf: bytearray | memoryview, write: int = 0) -> None:
        """Fill `buf` while sending `write` over and over."""
        buf[:] = self._transfer(bytes((write,)) * len(buf))


class I2C:
    """`machine.I2C` of one box: hosts 0 and 1. An address nobody answers is OSError(19).

    `timeout`: the most that one transfer may take, us.
    """

    _machine: "Machine"

    def __init__(
        self,
        host: int,
        scl: Pin | int,
        sda: Pin | int,
        freq: int = 400_000,
        timeout: int = 50_000,
    ) -> None:
        if host not in (0, 1):
            raise ValueError(f"I2C({host}) doesn't exist")
        self._bus = self._machine.i2c
        self._bus.configure(freq, (_number(scl), _number(sda)), timeout)

    def writeto(self, addr: int, buf: bytes | bytearray | memoryview) -> None:
        """Write `buf` in one transfer."""
        self._bus.write(addr, bytes(buf))

    def writevto(self, addr: int, vector: list[bytes | bytearray | memoryview]) -> None:
        """Write the buffers of `vector`, one after the other, in one transfer."""
        self._bus.write(addr, b"".join(vector))

    def readfrom_into(self, addr: int, buf: bytearray | memoryview) -> None:
        """Fill `buf` in one transfer."""
        buf[:] = self._bus.read(addr, len(buf))


class ADC:
    """`machine.ADC` of one box: ADC1, calibrated, in steps of one millivolt."""

    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = range(4)
    _machine: "Machine"

    def __init__(self, pin: Pin | int, atten: int = ATTN_0DB) -> None:
        self._pin = _number(pin)
        if self._pin not in _ADC_PINS:
            raise ValueError("invalid pin")
        self._full_uv = _ADC_FULL_UV[atten]

    def read_uv(self) -> int:
        """Microvolts at the pin; clipped at the attenuation's range."""
        machine = self._machine
        machine.clock.spend(_ADC_READ_US)
        source = machine.adc.get(self._pin)
        if source is None:
            machine.misuse(f"adc: nothing is wired to pin {self._pin}")
            return 0
        uv = source()
        if uv > self._full_uv:
            machine.misuse(f"adc: {uv} uV at pin {self._pin}, range ends at {self._full_uv} uV")
            uv = self._full_uv
        return uv // 1000 * 1000


class Partition:
    """`esp32.Partition` of one box: MicroPython's block protocol over raw flash.

    `writeblocks` with two arguments erases first; with three (a byte offset) it never does, and
    says nothing when a 0 stays where a 1 was wanted (ports/esp32/esp32_partition.c).
    """

    TYPE_APP, TYPE_DATA = 0, 1
    _machine: "Machine"

    def __init__(self, label: str) -> None:
        if label not in self._machine.flash:
            raise OSError(2, "ENOENT")
        self._flash = self._machine.flash[label]

    @classmethod
    def find(
        cls, type: int = TYPE_APP, subtype: int = 0xFF, label: str | None = None
    ) -> "list[Partition]":
        """The data partitions of that label; there is none of any other type here."""
        if type != cls.TYPE_DATA:
            return []
        return [cls(name) for name in cls._machine.flash if label in (None, name)]

    def readblocks(self, block: int, buf: bytearray | memoryview, offset: int = 0) -> None:
        """Fill `buf` from byte block * 4096 + offset on."""
        start = self._start(block * SECTOR + offset, len(buf))
        buf[:] = self._flash.read(start, len(buf))

    def writeblocks(
        self, block: int, buf: bytes | bytearray | memoryview, offset: int | None = None
    ) -> None:
        """Program `buf` at byte block * 4096 + offset; without an offset erase first."""
        start = self._start(block * SECTOR + (offset or 0), len(buf))
        if offset is None:
            if len(buf) % SECTOR:
                raise OSError(_ESP_ERR_INVALID_SIZE, "ESP_ERR_INVALID_SIZE")
            for sector in range(block, block + len(buf) // SECTOR):
                self._flash.erase(sector)
        self._flash.program(start, bytes(buf))

    def ioctl(self, op: int, arg: int = 0) -> int | None:
        """1 init, 2 deinit, 3 sync: 0; 4: blocks; 5: block size; 6: erase block `arg`."""
        if op in (1, 2, 3):
            return 0
        if op == 4:
            return self._flash.size // SECTOR
        if op == 5:
            return SECTOR
        if op == 6:
            self._flash.erase(self._start(arg * SECTOR, SECTOR) // SECTOR)
            return 0
        return None

    def _start(self, start: int, n: int) -> int:
        if not 0 <= start <= self._flash.size:
            raise OSError(_ESP_ERR_INVALID_ARG, "ESP_ERR_INVALID_ARG")
        if start + n > self._flash.size:
            raise OSError(_ESP_ERR_INVALID_SIZE, "ESP_ERR_INVALID_SIZE")
        return start


class RTC:
    """The real-time clock after a power cut: year, month, day, weekday, h, min, s, us."""

    _kept = bytearray()  # lives as long as the power: a reset leaves it alone

    def datetime(self) -> tuple[int, ...]:
        """What it shows: nobody has set it."""
        return (2000, 1, 1, 5, 0, 0, 0, 0)

    def memory(self, data: bytes | None = None) -> bytes | None:
        """Without an argument what was kept last, else keep that."""
        if data is None:
            return bytes(self._kept)
        self._kept[:] = data
        return None


class Machine:
    """The `machine` module of one box, from one start of the ESP32 to the next.

    `wires`: nets by pin, chip selects aside; `adc`: microvolts at a pin; `flash`: data
    partitions by label; `kept`: the clock's memory. Making one is an ESP32 reset: it finds chips
    and nets as they are.
    """

    def __init__(
        self,
        clock: Clock,
        misuse: Misuse,
        wake: Callable[[], None],
        wires: dict[int, Wire],
        spi: SpiBus | None,
        i2c: I2cBus | None,
        adc: dict[int, Callable[[], int]],
        flash: dict[str, NorFlash],
        kept: bytearray | None = None,
    ) -> None:
        self.clock = clock
        self.misuse = misuse
        self.wake = wake
        self.spi = spi or SpiBus((-1, -1, -1), [])
        self.i2c = i2c or I2cBus((-1, -1), {})
        self.adc = adc
        self.flash = flash
        self.wires = wires | self.spi.attach(clock, misuse) | self.i2c.attach(clock, misuse)
        for pin, wire in self.wires.items():
            wire.attach(pin, misuse, wake)
        bound = {"_machine": self}
        self.Pin: type[Pin] = type("Pin", (Pin,), bound)
        self.SPI: type[SPI] = type("SPI", (SPI,), bound)
        self.I2C: type[I2C] = type("I2C", (I2C,), bound)
        self.ADC: type[ADC] = type("ADC", (ADC,), bound)
        self.RTC: type[RTC] = type("RTC", (RTC,), {"_kept": bytearray() if kept is None else kept})
        self.Partition: type[Partition] = type("Partition", (Partition,), bound)

    def wire(self, pin: int) -> Wire:
        """The net on a pin, a bare one if nothing hangs there; ValueError if there is no pin."""
        wire = self.wires.get(pin)
        if wire is None:
            if pin not in _GPIOS:
                raise ValueError("invalid pin")
            wire = self.wires[pin] = Wire()
            wire.attach(pin, self.misuse, self.wake)
        return wire
