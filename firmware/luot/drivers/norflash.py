"""NOR flash of one partition, over MicroPython's block-device protocol, addressed by the byte.

Owns the translation from offsets to blocks. Never knows what is stored: programming only clears
bits, nothing is erased but by `erase`, and whoever needs certainty reads back.
"""

from micropython import const

_SECTOR = const(4096)
_BLOCK_COUNT = const(4)  # ioctl operations of the block-device protocol
_BLOCK_SIZE = const(5)
_BLOCK_ERASE = const(6)


class NorFlash:
    """A partition such as `esp32.Partition`; `sectors` of `sector_size` bytes each."""

    sector_size = _SECTOR

    def __init__(self, partition) -> None:
        """Take a partition, None for one of no sectors.

        OSError: the partition's blocks are not the flash's own 4 KiB sectors.
        """
        if partition and partition.ioctl(_BLOCK_SIZE, 0) != _SECTOR:
            raise OSError("norflash: blocks are not 4096 bytes")
        self._partition = partition
        self.sectors = partition.ioctl(_BLOCK_COUNT, 0) if partition else 0

    def read_into(self, offset: int, buf: bytearray) -> None:
        """Fill `buf` with what stands from byte `offset` of the partition on; OSError beyond."""
        self._partition.readblocks(offset // _SECTOR, buf, offset % _SECTOR)

    def program(self, offset: int, buf: bytearray) -> None:
        """Clear, from byte `offset` on, the bits that are 0 in `buf`; OSError beyond the end."""
        # With three arguments writeblocks never erases.
        self._partition.writeblocks(offset // _SECTOR, buf, offset % _SECTOR)

    def erase(self, sector: int) -> None:
        """Set all bits of `sector`; stops everything for 70 to 500 ms. OSError: it failed."""
        if self._partition.ioctl(_BLOCK_ERASE, sector):
            raise OSError(f"norflash: sector {sector} cannot be erased")
