"""A ring of flash sectors whose slots hold records: where a record lies and how it is proved.

The slot sequence gives the place: slot = sequence mod slots. Slot 0 of a sector is its header, the
only proof that the erase before it finished; slot 1 is an anchor, the chain's value so far. Rules
and layout: SPEC.md 2. What an event means, replay and checkpoints are `journal`.

`flash` is any object with `sectors`, `read_into(offset, buffer)`, `program(offset, buffer)` (clears
bits only, offset in bytes) and `erase(sector)`; each raises OSError when the chip fails.
"""

from luot.core import chain, records
from luot.core.wire import get, put
from micropython import const

VERSION = const(1)
SLOTS = const(128)  # of a 4 KiB sector
SECTORS_MIN = const(4)
_SIZE = const(32)
_TRIES = const(3)  # slots, or erases, that may fail in a row before the flash is called broken
_ZERO = bytes(_SIZE)
_BLANK = b"\xff" * _SIZE


class Ring:
    """The slots of one journal partition; `back` holds the slot read last."""

    def __init__(self, flash) -> None:  # type: ignore[no-untyped-def]
        """Take the flash; ValueError when it has fewer than 4 sectors."""
        if flash.sectors < SECTORS_MIN:
            raise ValueError("journal: fewer than 4 sectors")
        self.flash = flash
        self.sectors = flash.sectors
        self.next = 0  # sequence of the next slot to be written
        self.begin = 0  # sequence where the last complete checkpoint begins, 0 before the first
        self.ordinal = 0  # of the newest event
        self.value = bytes(chain.SIZE)  # the chain's value after it
        self.back = bytearray(_SIZE)
        self._prepared = -1  # the sector (counted from the first ever) erased ahead, -1 none

    def read(self, sequence: int) -> bool:
        """Read a slot into `back` and say whether it holds the record of `sequence`."""
        self.flash.read_into(sequence % (self.sectors * SLOTS) * _SIZE, self.back)
        return records.valid(self.back, sequence)

    def header(self, physical: int) -> int:
        """Read the header of a physical sector; return its number from the first ever, or -1."""
        self.flash.read_into(physical * SLOTS * _SIZE, self.back)
        sector = records.sequence(self.back) // SLOTS
        if sector % self.sectors != physical or self.back[7] != records.HEADER:
            return -1
        if not records.valid(self.back, sector * SLOTS):
            return -1
        if self.back[8] > VERSION:
            raise OSError("journal: format %d is newer than this firmware" % self.back[8])
        return sector

    def newest(self) -> int:
        newest = -1
        for physical in range(self.sectors):
            newest = max(newest, self.header(physical))
        return newest

    def find_end(self, newest: int) -> int:
        """Return the newest sequence that holds a record, which is left in `_back`; 0 for none."""
        sector = newest
        while sector >= 0 and sector > newest - self.sectors:
            if self.header(sector % self.sectors) == sector:
                for slot in range(SLOTS - 1, 0, -1):
                    if self.read(sector * SLOTS + slot):
                        return sector * SLOTS + slot
            sector -= 1
        self.back[:] = _ZERO
        return 0

    def pointer_below(self, limit: int) -> int:
        """Return the newest checkpoint before `limit` that a header points to, 0 for none."""
        best = 0
        for physical in range(self.sectors):
            if self.header(physical) >= 0:
                pointer = get(self.back, 11, 4)
                if best < pointer < limit:
                    best = pointer
        return best

    def repair(self, end: int) -> None:
        """Make the flash safe to write after a start; `end` is the newest record's sequence, 0 none.

        Whatever lies behind the newest record is zeroed, and the first blank slot too: it may hold
        a program that was started and cannot be seen yet. A sector that holds no record yet gets
        its header once more: one cut short may read valid now and vanish later.
        """
        newest = self.newest()
        if newest > end // SLOTS or not end:
            if newest >= 0 and self.header(newest % self.sectors) == newest:
                self._program(newest * SLOTS, self.back)
            else:
                newest = end // SLOTS if end else -1
        if newest < 0:
            self.prepare(0)
            self.next = 0
            return
        self.next = self._kill(end + 1 if end else newest * SLOTS, newest)
        if newest > self.next // SLOTS or self.next == newest * SLOTS:
            self._prepared = newest
        if self.next // SLOTS != end // SLOTS and self.next % SLOTS:
            self._anchor()

    def _kill(self, sequence: int, newest: int) -> int:
        """Zero every slot from `sequence` to the first blank one, that too; return the next."""
        while True:
            if sequence % SLOTS == 0:
                if sequence // SLOTS > newest:
                    return sequence
                sequence += 1
            self.read(sequence)
            blank = self.back == _BLANK
            self._program(sequence, _ZERO)
            sequence += 1
            if blank:
                return sequence

    def write(self, record: bytearray, ordinal: int) -> None:
        for _ in range(_TRIES):
            if self.next % SLOTS == 0:
                self._enter()
            sequence = self.next
            records.stamp(record, sequence, ordinal)
            self._program(sequence, record)
            self.next = sequence + 1
            self.read(sequence)
            if self.back == record:
                return
            self._program(sequence, _ZERO)
        raise OSError("journal: three slots refused a record")

    def _program(self, sequence: int, data: bytes | bytearray) -> None:
        self.flash.program(sequence % (self.sectors * SLOTS) * _SIZE, data)

    def _enter(self) -> None:
        """Begin the next sector; it was erased ahead unless there was no idle moment at all."""
        sector = self.next // SLOTS
        if self._prepared != sector:
            self.prepare(sector)
        self._prepared = -1
        self.next += 1
        self._anchor()

    def _anchor(self) -> None:
        anchor = bytearray(_SIZE)
        anchor[7] = records.ANCHOR
        anchor[8:28] = self.value
        self.write(anchor, self.ordinal)

    def prepare(self, sector: int) -> None:
        """Erase a sector and prove it with a header; OSError when it stays bad."""
        physical = sector % self.sectors
        erases = get(self.back, 15, 4) if self.header(physical) >= 0 else 0
        header = bytearray(_SIZE)
        header[7] = records.HEADER
        header[8] = VERSION
        put(header, 9, 2, self.sectors)
        put(header, 11, 4, self.begin)
        for tried in range(_TRIES):
            put(header, 15, 4, erases + tried + 1)
            records.stamp(header, sector * SLOTS, self.ordinal)
            self.flash.erase(physical)
            self._program(sector * SLOTS, header)
            self.read(sector * SLOTS)
            if self.back == header:
                self._prepared = sector
                return
        raise OSError("journal: sector %d stays bad after %d erases" % (physical, _TRIES))

    def prepare_ahead(self) -> bool:
        """Erase the sector after the present one if that may and must be done; say whether it was."""
        ahead = (self.next + SLOTS - 1) // SLOTS
        if self._prepared == ahead or ahead - self.sectors >= self.begin // SLOTS:
            return False
        self.prepare(ahead)
        return True

    def room(self) -> int:
        """Return how many slots may be written before a sector still needed would be erased."""
        return (self.sectors + self.begin // SLOTS) * SLOTS - self.next

