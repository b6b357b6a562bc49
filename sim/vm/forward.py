"""What each bus operation of the VM means: the table that turns numbers back into calls.

Owns the operation numbers shared with inside/machine.py and inside/esp32.py, and the objects the
firmware made. Must never know pipes, nor what the twins do when called.
"""

import json
from collections.abc import Callable
from typing import Any

from sim.chips.machine import Machine

SEND = 0x80  # the operation brings the bytes of a buffer
FILL = 0x40  # its answer fills a buffer
ASK = 0x20  # the firmware waits for the answer

NEW = ASK | SEND | 0
PIN_WRITE = 1
PIN_READ = ASK | 2
PIN_IRQ = ASK | 3
SPI_WRITE = SEND | 4
SPI_READ = ASK | FILL | 5
SPI_TRANSFER = ASK | SEND | FILL | 6
I2C_WRITE = ASK | SEND | 7
I2C_PIECE = SEND | 8
I2C_WRITE_PIECES = ASK | 9
I2C_READ = ASK | FILL | 10
ADC_READ = ASK | 11
FLASH_READ = ASK | FILL | 12
FLASH_WRITE = ASK | SEND | 13
FLASH_IOCTL = ASK | 14


class Forward:
    """One box's `machine`, its objects addressed by numbers."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._objects: list[Any] = []
        self._pieces: list[bytes] = []
        self._edges: list[int] = []
        self._calls: dict[int, Callable[[Any, int, int, int, bytes], int | bytearray | None]] = {
            PIN_WRITE: lambda pin, a, b, size, data: pin.value(a),
            PIN_READ: lambda pin, a, b, size, data: pin.value(),
            PIN_IRQ: self._pin_irq,
            SPI_WRITE: lambda spi, a, b, size, data: spi.write(data),
            SPI_READ: _spi_read,
            SPI_TRANSFER: _spi_transfer,
            I2C_WRITE: lambda i2c, a, b, size, data: i2c.writeto(a, data),
            I2C_PIECE: lambda i2c, a, b, size, data: self._pieces.append(data),
            I2C_WRITE_PIECES: self._write_pieces,
            I2C_READ: _i2c_read,
            ADC_READ: lambda adc, a, b, size, data: adc.read_uv(),
            FLASH_READ: _flash_read,
            FLASH_WRITE: lambda flash, a, b, size, data: flash.writeblocks(a, data, b),
            FLASH_IOCTL: lambda flash, a, b, size, data: flash.ioctl(a, b),
        }

    def __call__(
        self, op: int, handle: int, a: int, b: int, size: int, data: bytes
    ) -> int | bytearray:
        """Do one operation; returns its result or the bytes read. Raises what the twin raises."""
        if op == NEW:
            return self._new(*json.loads(data))
        answer = self._calls[op](self._objects[handle], a, b, size, data)
        return 0 if answer is None else answer

    def edges(self) -> list[int]:
        """Handles of the pins whose handler is due, each once; forgotten thereby."""
        due, self._edges = self._edges, []
        return due

    def _pin_irq(self, pin: Any, a: int, b: int, size: int, data: bytes) -> None:
        """Note edges for the handler the firmware set, or stop if `b` is 0: it set none."""
        handle = self._objects.index(pin)

        def saw_edge(_: Any) -> None:
            if handle not in self._edges:
                self._edges.append(handle)

        pin.irq(saw_edge if b else None, a)

    def _new(self, kind: str, args: list[Any], options: dict[str, Any]) -> int:
        """Make an object; returns its handle, for Partition.find: 256 x the first + how many."""
        args = [self._plain(arg) for arg in args]
        options = {name: self._plain(value) for name, value in options.items()}
        first = len(self._objects)
        if kind == "Partition.find":
            self._objects += self._machine.Partition.find(*args, **options)
            return first << 8 | len(self._objects) - first
        self._objects.append(getattr(self._machine, kind)(*args, **options))
        return first

    def _plain(self, value: Any) -> Any:
        """A constructor's argument; [handle] stands for an object made before."""
        return self._objects[value[0]] if isinstance(value, list) else value

    def _write_pieces(self, i2c: Any, a: int, b: int, size: int, data: bytes) -> None:
        pieces, self._pieces = self._pieces, []
        i2c.writevto(a, pieces)


def _spi_read(spi: Any, a: int, b: int, size: int, data: bytes) -> bytearray:
    into = bytearray(size)
    spi.readinto(into, a)
    return into


def _spi_transfer(spi: Any, a: int, b: int, size: int, data: bytes) -> bytearray:
    into = bytearray(size)
    spi.write_readinto(data, into)
    return into


def _i2c_read(i2c: Any, a: int, b: int, size: int, data: bytes) -> bytearray:
    into = bytearray(size)
    i2c.readfrom_into(a, into)
    return into


def _flash_read(flash: Any, a: int, b: int, size: int, data: bytes) -> bytearray:
    into = bytearray(size)
    flash.readblocks(a, into, b)
    return into
