"""MicroPython's `machine` as the firmware in the VM sees it: each call goes out to the chip twins.

Owns handles, and interrupt handlers until their next turn. Must never know what hangs on the
wires. It is loaded beside the firmware and counts in its heap budget, so it says little: what an
argument may be is for the twin to judge. No transaction allocates: a buffer crosses as an address.
"""

import json

import _bridge  # type: ignore[import-not-found]
from micropython import const
from uctypes import addressof  # type: ignore[import-not-found]

# What an operation does with its buffer, as bridge.mjs reads it; the rest of its number is a name
# shared with forward.py.
_SEND = const(0x80)
_FILL = const(0x40)
_ASK = const(0x20)

_NEW = const(_ASK | _SEND | 0)
_PIN_WRITE = const(1)
_PIN_READ = const(_ASK | 2)
_PIN_IRQ = const(_ASK | 3)
_SPI_WRITE = const(_SEND | 4)
_SPI_READ = const(_ASK | _FILL | 5)
_SPI_TRANSFER = const(_ASK | _SEND | _FILL | 6)
_I2C_WRITE = const(_ASK | _SEND | 7)
_I2C_PIECE = const(_SEND | 8)
_I2C_WRITE_PIECES = const(_ASK | 9)
_I2C_READ = const(_ASK | _FILL | 10)
_ADC_READ = const(_ASK | 11)

# A result below this is an errno, lowered by twice as much: ESP-IDF's errnos are negative.
_FAILED = const(-0x10000000)

_pins: "dict[int, Pin]" = {}


def ask(op: int, handle: int, a: int, b: int, buf: bytes | bytearray | memoryview) -> int:
    """Forward one operation; returns its result, raises OSError as the twin did."""
    if (a | b) >> 30:
        raise ValueError("a number beyond 30 bits on a bus")
    result: int = _bridge(op, handle, a, b, addressof(buf), len(buf))
    if result < _FAILED:
        raise OSError(result - 2 * _FAILED)
    return result


def new(kind: str, args: "tuple[object, ...]", options: "dict[str, object]") -> int:
    """Make an object on the other side; returns its handle. A Pin goes there as [handle]."""
    plain = [[arg.handle] if isinstance(arg, Pin) else arg for arg in args]
    for name, value in options.items():
        if isinstance(value, Pin):
            options[name] = [value.handle]
    return ask(_NEW, 0, 0, 0, json.dumps([kind, plain, options]).encode())


def fire(handle: int) -> int:
    """Call the handler of a pin whose edge was seen since the last turn."""
    pin = _pins[handle]
    if pin.handler:
        pin.handler(pin)
    return 0


class Pin:
    """One ESP32 pin."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, *args: object, **options: object) -> None:
        self.handler = None
        self.handle = new("Pin", args, options)

    def value(self, level: int | None = None) -> int | None:
        """The level of the pin; or set it, which is posted, as only a read needs an answer."""
        if level is None:
            return ask(_PIN_READ, self.handle, 0, 0, b"")
        ask(_PIN_WRITE, self.handle, 1 if level else 0, 0, b"")
        return None

    def irq(self, handler=None, trigger: int = 3) -> None:  # type: ignore[no-untyped-def]
        """Have `handler(pin)` called, before the next turn, when `trigger` happened."""
        self.handler = handler
        _pins[self.handle] = self
        ask(_PIN_IRQ, self.handle, trigger, 1 if handler else 0, b"")


class SPI:
    """An SPI host. Writes are posted: nothing on SPI can refuse them."""

    def __init__(self, *args: object, **options: object) -> None:
        self.handle = new("SPI", args, options)

    def write(self, buf: bytes | bytearray | memoryview) -> None:
        """Send."""
        ask(_SPI_WRITE, self.handle, 0, 0, buf)

    def readinto(self, buf: bytearray | memoryview, write: int = 0) -> None:
        """Fill while sending `write` over and over."""
        ask(_SPI_READ, self.handle, write, 0, buf)

    def write_readinto(
        self, out: bytes | bytearray | memoryview, into: bytearray | memoryview
    ) -> None:
        """Send `out` and fill `into`."""
        if len(out) != len(into):
            raise ValueError("buffers must be the same length")
        ask(_SPI_TRANSFER, self.handle, 0, addressof(into), out)


class I2C:
    """An I2C host. Writes wait for their answer: a device may refuse them."""

    def __init__(self, *args: object, **options: object) -> None:
        self.handle = new("I2C", args, options)

    def writeto(self, addr: int, buf: bytes | bytearray | memoryview) -> None:
        """Write in one transfer."""
        ask(_I2C_WRITE, self.handle, addr, 0, buf)

    def writevto(self, addr: int, vector: "list[bytes | bytearray | memoryview]") -> None:
        """Write several buffers in one transfer."""
        for piece in vector:
            ask(_I2C_PIECE, self.handle, 0, 0, piece)
        ask(_I2C_WRITE_PIECES, self.handle, addr, 0, b"")

    def readfrom_into(self, addr: int, buf: bytearray | memoryview) -> None:
        """Fill in one transfer."""
        ask(_I2C_READ, self.handle, addr, 0, buf)


class RTC:
    """The real-time clock: nobody has set it."""

    def datetime(self) -> "tuple[int, ...]":
        """Year, month, day, weekday, hours, minutes, seconds, microseconds."""
        return (2000, 1, 1, 5, 0, 0, 0, 0)


class ADC:
    """One analogue input."""

    ATTN_11DB = 3

    def __init__(self, *args: object, **options: object) -> None:
        self.handle = new("ADC", args, options)

    def read_uv(self) -> int:
        """Microvolts."""
        return ask(_ADC_READ, self.handle, 0, 0, b"")
