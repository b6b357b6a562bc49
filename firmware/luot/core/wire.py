"""Integers into and out of buffers, little-endian, with their ranges checked.

MicroPython's `struct`, `array` and `bytearray` wrap silently where CPython raises, so whatever
is stored goes through `put`. A value that does not fit is our own bug and raises, shipped too.
"""


def put(buffer: bytearray, at: int, size: int, value: int) -> None:
    """Store `value` in 1 to 4 bytes at `at`; ValueError unless 0 <= value < 256**size."""
    if value >> 8 * size:  # a negative number leaves something, too
        raise ValueError("wire: out of range")
    buffer[at] = value & 0xFF
    if size > 1:
        buffer[at + 1] = value >> 8 & 0xFF
        if size > 2:
            buffer[at + 2] = value >> 16 & 0xFF
            if size > 3:
                buffer[at + 3] = value >> 24


def get(buffer: bytes | bytearray | memoryview, at: int, size: int) -> int:
    """Read 1 to 4 bytes at `at` as an unsigned integer."""
    if size < 2:
        return buffer[at]
    value = buffer[at] | buffer[at + 1] << 8
    if size > 2:
        value |= buffer[at + 2] << 16
        if size > 3:
            value |= buffer[at + 3] << 24
    return value
