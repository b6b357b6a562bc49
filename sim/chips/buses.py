"""SPI and I2C between the ESP32 and its chips: who is addressed, what a transfer costs.

Owns the wiring of each bus, its speed, and how much of a transfer arrives before a power cut.
Must never know what a chip does with the bytes it gets, nor which program sent them.
"""

from collections.abc import Callable
from typing import Protocol

from sim.chips.clock import Clock
from sim.chips.wires import OPEN_DRAIN, PULL_UP, Misuse, Wire

_ENODEV = 19
_ETIMEDOUT = 116
_TICK_US = 10_000  # the ESP32's port waits in ticks, and the first one may end at once
_SPI_CALL_US = 10  # driver overhead of one transfer; ESP-IDF's own limit is 32 us


class SpiChip(Protocol):
    """What hangs on an SpiBus."""

    def select(self, selected: bool) -> None:
        """Chip select has changed."""

    def transfer(self, out: bytes) -> bytes:
        """Take `out`, give as many bytes; only while selected."""
        ...


class I2cChip(Protocol):
    """What hangs on an I2cBus; a `write` may end anywhere, when the power does."""

    def write(self, data: bytes) -> None:
        """Take one write transfer."""

    def read(self, n: int) -> bytes:
        """Give `n` bytes."""
        ...


class SpiBus:
    """One SPI bus: `pins` (sck, mosi, miso), `devices` [(chip select pin, chip)].

    `max_hz`: the slowest chip's clock; SX1276/77/78 allow 10 MHz (datasheet 2.5, table 7).
    """

    def __init__(
        self,
        pins: tuple[int, int, int],
        devices: list[tuple[int, SpiChip]],
        max_hz: int = 10_000_000,
    ) -> None:
        self.pins = pins
        self.devices = devices
        self.max_hz = max_hz

    def attach(self, clock: Clock, misuse: Misuse) -> dict[int, Wire]:
        """The ESP32 has started: no chip is selected. Returns the chip select nets."""
        for _, chip in self.devices:
            chip.select(False)
        self._clock = clock
        self._misuse = misuse
        self._hz = 1
        self._wired = False
        self._selected: list[SpiChip] = []
        self._chip: SpiChip | None = None
        return {pin: Wire(sink=self._select(chip)) for pin, chip in self.devices}

    def configure(self, hz: int, pins: tuple[int, int, int]) -> None:
        """As SPI(): clock rate in Hz and the pins (sck, mosi, miso) it is routed to."""
        if hz > self.max_hz:
            self._misuse(f"spi: {hz} Hz, but the chips take at most {self.max_hz} Hz")
        self._hz = hz
        self._wired = pins == self.pins
        if not self._wired:
            self._misuse(f"spi: pins {pins}, but the board has {self.pins} (sck, mosi, miso)")
        self._route()

    def transfer(self, out: bytes) -> bytes:
        """Exchange bytes with the selected chip: 8 bits per byte plus the driver's overhead."""
        clock = self._clock
        us = _SPI_CALL_US + len(out) * 8_000_000 // self._hz
        if clock.cut_us is not None and clock.left(us + 1) <= us:
            clock.spend(0)  # a box that is dead already cannot begin anything
            done = max(0, clock.left(us) - _SPI_CALL_US) * self._hz // 8_000_000
            if done:
                self._deliver(out[:done])
        clock.spend(us)
        return self._chip.transfer(out) if self._chip is not None else self._deliver(out)

    def _deliver(self, out: bytes) -> bytes:
        into = b"\xff" * len(out)
        if self._wired and not self._selected:
            self._misuse("spi: transfer while no chip is selected")
        elif self._wired:
            for chip in self._selected:
                into = chip.transfer(out)
        return into

    def _select(self, chip: SpiChip) -> Callable[[int], None]:
        def select(level: int) -> None:
            if level == 0:
                self._selected.append(chip)
            elif chip in self._selected:
                self._selected.remove(chip)
            if len(self._selected) > 1:
                self._misuse("spi: two chips are selected at once")
            self._route()
            chip.select(level == 0)

        return select

    def _route(self) -> None:
        self._chip = self._selected[0] if self._wired and len(self._selected) == 1 else None


class I2cBus:
    """One I2C bus: `pins` (scl, sda), `devices` {7-bit address: chip}.

    `max_hz`: the slowest chip's clock; 400 kHz is fast mode (SSD1306, PCA8574).

    What may be wrong with it: `holds_sda`, the clocks that a chip cut off within a byte has yet to
    see before it lets SDA go; `shorted`, one of the lines for ever; `hanging`, addresses of chips
    that stretch the clock for ever once they were called, and let it go at the time-out.
    """

    def __init__(
        self, pins: tuple[int, int], devices: dict[int, I2cChip], max_hz: int = 400_000
    ) -> None:
        self.pins = pins
        self.devices = devices
        self.max_hz = max_hz
        self.holds_sda = 0
        self.shorted = False
        self.hanging: set[int] = set()
        self.on_timeout: Callable[[int], None] = lambda us: None  # told what was configured

    def attach(self, clock: Clock, misuse: Misuse) -> dict[int, Wire]:
        """The ESP32 has started: the bus is not yet configured. Returns the nets of its pins."""
        self._clock = clock
        self._misuse = misuse
        self._hz = 1
        self._timeout_us = 0
        self._wired = False
        self._scl, self._sda = (
            Wire(lambda: None, self._clocked),
            Wire(self._held, lambda level: None),
        )
        return dict(zip(self.pins, (self._scl, self._sda), strict=True))

    def configure(self, hz: int, pins: tuple[int, int], timeout_us: int = 50_000) -> None:
        """As I2C(): clock rate in Hz, the pins (scl, sda), the longest a transfer may take."""
        if hz > self.max_hz:
            self._misuse(f"i2c: {hz} Hz, but the chips take at most {self.max_hz} Hz")
        self._hz = hz
        self._timeout_us = timeout_us
        self.on_timeout(timeout_us)
        self._wired = pins == self.pins
        if not self._wired:
            self._misuse(f"i2c: pins {pins}, but the board has {self.pins} (scl, sda)")
        for wire in (self._scl, self._sda):
            wire.setup(OPEN_DRAIN, PULL_UP, 1)
        self._by_hand = False

    def write(self, address: int, data: bytes) -> None:
        """Write `data`; a cut within delivers the bytes that were acknowledged before it."""
        us = self._us(len(data))
        chip = self._chip(address, us)
        clock = self._clock
        if clock.cut_us is not None and clock.left(us + 1) <= us:
            clock.spend(0)
            bits = clock.left(us) * self._hz // 1_000_000
            chip.write(data[: max(0, (bits - 10) // 9)])
        clock.spend(us)
        chip.write(data)

    def read(self, address: int, n: int) -> bytes:
        """Read `n` bytes."""
        us = self._us(n)
        chip = self._chip(address, us)
        self._clock.spend(us)
        return chip.read(n)

    def _us(self, n: int) -> int:
        """Start, address and n bytes of 9 bits each, stop."""
        return (9 * n + 11) * 1_000_000 // self._hz

    def _chip(self, address: int, us: int) -> I2cChip:
        """Return who answers; a bus or a chip that hangs takes the whole time-out."""
        ticks = self._timeout_us // _TICK_US
        hangs = self._by_hand or self._held() == 0
        if hangs or address in self.hanging or us > (ticks - 1) * _TICK_US:
            self._clock.spend(ticks * _TICK_US)
            raise OSError(_ETIMEDOUT, "ETIMEDOUT")
        chip = self.devices.get(address)
        if chip is None or not self._wired:
            self._clock.spend(self._us(0))
            raise OSError(_ENODEV, "ENODEV")
        return chip

    def _held(self) -> int | None:
        """What others than the ESP32 do to SDA."""
        return 0 if self.holds_sda or self.shorted else None

    def _clocked(self, level: int) -> None:
        """SCL is driven by hand, and no more by I2C: a chip counts the rising edges."""
        self._by_hand = True
        if level and self.holds_sda:
            self.holds_sda -= 1
