"""MicroPython's `esp32.Partition` as the firmware in the VM sees it; see machine.py beside it.

Owns nothing but handles. Must never know what flash is like: its twin does.
"""

from machine import ask, new
from micropython import const

_READ = const(0x60 | 12)
_WRITE = const(0xA0 | 13)
_IOCTL = const(0x20 | 14)


class Partition:
    """A part of the flash, as a block device: the calls of ports/esp32/esp32_partition.c."""

    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, handle: int) -> None:
        self.handle = handle

    @staticmethod
    def find(*args: object, **options: object) -> "list[Partition]":
        """Partitions by type and label."""
        found = new("Partition.find", args, options)
        first = found >> 8
        return [Partition(handle) for handle in range(first, first + (found & 255))]

    def readblocks(self, block: int, buf: bytearray | memoryview, offset: int = 0) -> None:
        """Fill from byte `offset` of `block` on."""
        ask(_READ, self.handle, block, offset, buf)

    def writeblocks(self, block: int, buf: bytes | bytearray | memoryview, offset: int) -> None:
        """Program from byte `offset` of `block` on; nothing is erased."""
        ask(_WRITE, self.handle, block, offset, buf)

    def ioctl(self, command: int, argument: int) -> int:
        """4: number of blocks, 5: their size, 6: erase one. The port wants both arguments."""
        result: int = ask(_IOCTL, self.handle, command, argument, b"")
        return result
