"""A ring of flash sectors whose slots hold records: where a record lies and how it is proved.

The slot sequence gives the place: slot = sequence mod slots. Slot 0 of a sector is its header, the
only proof that the erase before it finished; slot 1 is an anchor, the chain's value so far. Rules
and layout: SPEC.md 2. What an event means, replay and checkpoints are `journal`.

`flash` is any object with `sectors`, `read_into(offset, buffer)`, `program(offset, buffer)` (only
clears bits, offset in bytes) and `erase(sector)`; each raises OSError when the chip fails.
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

    def __init__(self, flash) -> None:
        """Take the flash; ValueError when it has fewer than 4 sectors."""
        if flash.sectors < SECTORS_MIN:
            raise ValueError("journal: fewer than 4 sectors")
        self.flash = flash
        self.sectors = flash.sectors
        self.next = 0  # sequence of the next slot to be written
        self.begin = 0  # where the last complete checkpoint begins: from there on all is needed
        self.found = 0  # where the newest checkpoint begins of which the end was met, 0 none
        self.ordinal = 0  # of the newest event
        self.value = bytes(chain.SIZE)  # the chain's value after it
        self.back = bytearray(_SIZE)
        self.last = bytearray(_SIZE)  # the newest record at the start, as it was read first
        self._end = -1  # its sequence, -1 none
        self._newest = -1  # the newest sector, counted from the first ever, at the start, -1 none
        self._older = -1  # the newest one before it that has a header
        self._prepared = -1  # the newest sector with a proven header, -1 none
        self._bad = -1  # the newest sector that was passed over, -1 none

    def read(self, sequence: int) -> bool:
        """Read a slot into `back` and say whether it holds the record of `sequence`.

        The newest record at the start is read from flash once: it may read valid only once.
        """
        if sequence == self._end:
            self.back[:] = self.last
            return True
        self.flash.read_into(sequence % (self.sectors * SLOTS) * _SIZE, self.back)
        return records.valid(self.back, sequence)

    def header(self, physical: int) -> int:
        """Read the header of a physical sector; return its number from the first ever, or -1.

        OSError when it was written by a newer firmware, or for a partition of another size.
        """
        self.flash.read_into(physical * SLOTS * _SIZE, self.back)
        back = self.back
        sequence = records.sequence(back)
        if back[7] != records.HEADER or sequence % SLOTS or not records.valid(back, sequence):
            return -1
        if back[8] > VERSION:
            raise OSError("journal: format %d is newer than this firmware" % back[8])
        if get(back, 9, 2) != self.sectors:
            raise OSError("journal: made for %d sectors" % get(back, 9, 2))
        sector = sequence // SLOTS
        return sector if sector % self.sectors == physical else -1

    def newest(self) -> int:
        """Return the number of the newest sector, -1 for none; set `begin` from the headers.

        A record proves its sector as well: the header before it may have died since.
        """
        newest = self._older = self._end = -1
        self.begin = 0
        for physical in range(self.sectors):
            sector = self.header(physical)
            if sector >= 0:
                self._older = max(self._older, min(newest, sector))
                newest = max(newest, sector)
                self.begin = max(self.begin, get(self.back, 11, 4))
        after = (newest + 1) * SLOTS
        if self.read(after + 1) or self.read(after + 2):
            self._older = newest
            newest += 1
        return newest

    def find_end(self, newest: int) -> int:
        """Return the newest sequence that holds a record, which is left in `last`; 0 for none.

        Looks for the end of a checkpoint, too: one that no header points to yet ended in the
        newest sector or in the one before.
        """
        end, self.found, self._newest, self._end = 0, 0, newest, -1
        oldest = max(newest + 1 - self.sectors, 0) * SLOTS
        for sequence in range((newest + 1) * SLOTS - 1, oldest, -1):
            if end and sequence < self._older * SLOTS:
                break
            if sequence % SLOTS and self.read(sequence):
                if not end:
                    end, self.last[:] = sequence, self.back
                if self.back[7] == records.END:
                    self.found = get(self.back, 8, 4)
                    break
        self._end = end or -1
        return end

    def pointer_below(self, limit: int) -> int:
        """Return the newest checkpoint before `limit` that a header points to, 0 for none."""
        best = 0
        for physical in range(self.sectors):
            pointer = get(self.back, 11, 4) if self.header(physical) >= 0 else 0
            if best < pointer < limit:
                best = pointer
        return best

    def take_back(self, sector: int) -> None:
        """Disown the sectors after `sector`, the newest first: nothing in them is needed.

        The header goes last: it proves the sector, and so do the two slots that `newest` reads.
        """
        while self._newest > sector:
            for slot in (2, 1, 0):
                self._program(self._newest * SLOTS + slot, _ZERO)
            self._newest -= 1
        self.find_end(sector)

    def repair(self) -> None:
        """Make the flash safe to write after a start.

        Whatever lies behind the newest record is zeroed, and the first blank slot too: it may hold
        a program that was started and cannot be seen yet. A sector that holds no record yet gets
        its header once more: one cut short may read valid now and vanish later.
        """
        newest, end = self._newest, self._end
        if newest > end // SLOTS:
            if self.header(newest % self.sectors) == newest:
                self._program(newest * SLOTS, self.back)
            else:
                newest = end // SLOTS
        self._prepared = newest
        self.next = self._kill(end + 1 if end > 0 else max(newest, 0) * SLOTS, newest)

    def _kill(self, sequence: int, newest: int) -> int:
        """Zero every slot from `sequence` to the first blank one, that too; return the next."""
        while True:
            if sequence % SLOTS == 0:
                sector = sequence // SLOTS
                if sector > newest:
                    return sequence
                if self.header(sector % self.sectors) != sector:
                    sequence += SLOTS
                    continue
                sequence += 1
            self.read(sequence)
            blank = self.back == _BLANK
            self._program(sequence, _ZERO)
            sequence += 1
            if blank:
                return sequence

    def write(self, record: bytearray, ordinal: int, anchored: bool = True) -> None:
        """Write a record into the next slot that takes it; OSError when three refuse.

        A sector begins with an anchor, but for a start's copy: what that says must be safe first.
        """
        for _ in range(_TRIES):
            if self.next % SLOTS == 0:
                self._enter()
                if anchored:
                    self.anchor()
            sequence = self.next
            records.stamp(record, sequence, ordinal)
            self._program(sequence, record)
            self.read(sequence)
            self.next = sequence + 1
            if self.back == record:
                return
            self._program(sequence, _ZERO)
        raise OSError("journal: three slots refused a record")

    def anchor(self) -> None:
        """Write the chain's value so far."""
        anchor = bytearray(_SIZE)
        anchor[7] = records.ANCHOR
        anchor[8:28] = self.value
        self.write(anchor, self.ordinal, False)

    def _program(self, sequence: int, data: bytes | bytearray) -> None:
        self.flash.program(sequence % (self.sectors * SLOTS) * _SIZE, data)

    def _enter(self) -> None:
        """Begin the next sector; it was erased ahead unless there was no idle moment at all."""
        sector = self.next // SLOTS
        if self._prepared < sector and not self.prepare(sector):
            raise OSError("journal: no sector can be erased")
        self.next = self._prepared * SLOTS + 1

    def prepare(self, first: int) -> bool:
        """Prepare a sector, or of the next two the first that is not bad; False if none may be."""
        for sector in range(max(first, self._bad + 1), first + _TRIES):
            if sector - self.sectors >= self.begin // SLOTS:
                break
            if self._proven(sector):
                self._prepared = sector
                return True
            self._bad = sector
        return False

    def _proven(self, sector: int) -> bool:
        physical = sector % self.sectors
        known = self.header(physical)
        erases = get(self.back, 15, 4) if known >= 0 else 0
        dirty = not 0 <= known < sector and self.back != _BLANK
        header = bytearray(_SIZE)
        header[7] = records.HEADER
        header[8] = VERSION
        put(header, 9, 2, self.sectors)
        put(header, 11, 4, self.begin)
        put(header, 15, 4, erases + 1)
        records.stamp(header, sector * SLOTS, self.ordinal)
        for _ in range(_TRIES):
            try:
                if dirty:
                    # A header cut short: were the erase cut too, it might yet read as its proof.
                    self._program(sector * SLOTS, _ZERO)
                dirty = True
                self.flash.erase(physical)
                self._program(sector * SLOTS, header)
            except OSError:
                continue
            self.read(sector * SLOTS)
            if self.back == header:
                return True
        return False

    def prepare_ahead(self) -> bool:
        """Erase the sector after the present one if it may and must be; say whether it was."""
        ahead = (self.next + SLOTS - 1) // SLOTS
        return self._prepared < ahead and self.prepare(ahead)

    def room(self) -> int:
        """Return how many slots may be written before a sector still needed would be erased."""
        bad = 1 if self._bad > self.next // SLOTS else 0
        return (self.sectors + self.begin // SLOTS - bad) * SLOTS - self.next
