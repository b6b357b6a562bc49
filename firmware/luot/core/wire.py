"""Integers into and out of buffers, little-endian, with their ranges checked.

MicroPython's `struct`, `array` and `bytearray` wrap silently where CPython raises, so whatever
is stored goes through `put`. A value that does not fit is our own bug and raises, shipped too.
"""


def put(buffer: bytearray, at: int, size: int, value: int) -> None:
    """Store `value` in `size` bytes at `at`; ValueError unless 0 <= value < 256**size."""
    if value < 0:
        raise ValueError("wire: negative")
    for i in range(at, at + size):
        buffer[i] = value & 0xFF
        value >>= 8
    if value:
        raise ValueError("wire: too large")


def get(buffer: bytes | bytearray | memoryview, at: int, size: int) -> int:
    """Read `size` bytes at `at` as an unsigned integer."""
    value = 0
    for i in range(at + size - 1, at - 1, -1):
        value = value << 8 | buffer[i]
    return value
