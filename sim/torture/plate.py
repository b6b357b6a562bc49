"""A flash twin as the journal takes it, whose state can be copied at any moment.

Owns the copying and the hook before each operation; what cells do is `sim.chips.norflash`. Must
never know what is stored.
"""

from collections.abc import Callable
from random import Random

from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import SECTOR, NorFlash

Operation = Callable[["Plate"], None]


class Plate(NorFlash):
    """A flash twin as the journal takes it, that can be copied at any moment.

    `before(operation, offset, data)` is called as each program and erase (of no data) begins;
    `operation` does the same to another plate.
    """

    def __init__(self, sectors: int, rng: Random, misuse: Callable[[str], None]) -> None:
        """Make it blank; `misuse` is told when a 1 is wanted of a 0: a used slot is used again."""
        super().__init__(sectors * SECTOR, Clock(), rng, misuse)
        self.sectors = sectors
        self.before: Callable[[Operation, int, bytes], None] | None = None

    def copy(self) -> "Plate":
        """Another plate in the same state, unstable bits too, with chance of its own."""
        plate = Plate(self.sectors, Random(self._rng.getrandbits(32)), self._misuse)
        plate.cells[:] = self.cells
        plate.unstable.update(self.unstable)
        return plate

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Fill `buffer` with what is read from byte `offset` on."""
        end = offset + len(buffer)
        for at in self.unstable:
            if offset <= at < end:
                buffer[:] = self.read(offset, len(buffer))
                return
        self.bytes_read += len(buffer)
        buffer[:] = self.cells[offset:end]

    def program(self, offset: int, data: bytes) -> None:
        """Clear the bits that are 0 in `data`."""
        if self.before is not None:
            self.before(lambda plate: NorFlash.program(plate, offset, data), offset, data)
        super().program(offset, data)

    def erase(self, sector: int) -> None:
        """Set every bit of a sector."""
        if self.before is not None:
            self.before(lambda plate: NorFlash.erase(plate, sector), sector * SECTOR, b"")
        super().erase(sector)

    def strike(self, operation: Operation, done: int, outcome: str) -> None:
        """Pull the plug `done` steps into an operation, and bring the power back."""
        self.cut_after(done, outcome)
        try:
            operation(self)
        except PowerCut:
            self.clock = Clock()
