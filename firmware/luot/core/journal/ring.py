"""A ring of flash sectors whose slots hold records: where a record lies and how it is proved.

The slot sequence gives the place: slot = sequence mod slots. Slot 0 of a sector is its header, the
only proof that the erase before it finished; slot 1 is an anchor, the chain's value so far. Rules
and layout: SPEC.md 2. What an event means, replay and checkpoints are `journal`.

`flash` is any object with `sectors`, `read_into(offset, buffer)`, `program(offset, buffer)` (only
clears bits, offset in bytes) and `erase(sector)`; each raises OSError when the chip fails.
"""

from luot.core import records
from luot.core.journal import chain
from luot.core.records import (
    AT_CHECKPOINT,
    AT_CRC,
    AT_ERASES,
    AT_KIND,
    AT_SECTORS,
    AT_VALUE,
    AT_VERSION,
)
from luot.core.wire import get, put
from micropython import const

VERSION = const(1)
SLOTS = const(128)  # of a 4 KiB sector
SECTORS_MIN = const(4)
_TRIES = const(3)  # slots, or erases, that may fail in a row before the flash is called broken
_PASSED = const(16)  # sectors that may be bad one after the other: trying each takes 0.2 s or more
ZERO = bytes(records.SIZE)
BLANK = b"\xff" * records.SIZE


class JournalError(OSError):
    """What lies in the partition cannot be this box's journal; `word` is of the string table."""

    def __init__(self, word: str, text: str) -> None:
        """`word`: what the display says; `text`: what a PC does."""
        super().__init__(text)
        self.word = word


class Ring:
    """The slots of one journal partition; `back` holds the slot read last."""

    def __init__(self, flash) -> None:
        self.flash = flash
        self.sectors = flash.sectors
        self.next = 0  # sequence of the next slot to be written
        self.begin = 0  # where the last complete checkpoint begins: from there on all is needed
        self.ordinal = 0  # of the newest event
        self.value = bytes(chain.SIZE)  # the chain's value after it
        self.back = bytearray(records.SIZE)
        self.last = bytearray(records.SIZE)  # the newest record at the start, as it was read first
        self.end = -1  # its sequence, -1 none
        self.prepared = -1  # the newest sector with a proven header, -1 none
        self._entered = 0  # the newest event when the present sector was begun
        self._bad = -1  # the newest sector that was passed over, -1 none
        self.worn = -1  # the physical sector that was passed over last, -1 none
        self.damaged = -1  # the physical sector in which a start missed something first, -1 none
        self.alien = False  # whether there was something else in the partition, and no journal

    def read(self, sequence: int) -> bool:
        """Read a slot into `back` and say whether it holds the record of `sequence`.

        The newest record at the start is read from flash once: it may read valid only once.
        """
        if sequence == self.end:  # R2
            self.back[:] = self.last
            return True
        self.flash.read_into(sequence % (self.sectors * SLOTS) * records.SIZE, self.back)
        return records.valid(self.back, sequence)

    def header(self, physical: int) -> int:
        """Read the header of a physical sector; return its number from the first ever, or -1.

        JournalError when a newer firmware wrote it, or for a partition of another size.
        """
        self.flash.read_into(physical * SLOTS * records.SIZE, self.back)
        back = self.back
        sequence = records.sequence(back)
        proven = back[AT_KIND] == records.HEADER and records.valid(back, sequence)
        if not proven or sequence % SLOTS:
            return -1
        if back[AT_VERSION] > VERSION:
            raise JournalError("store.newer", "journal: format %d is newer" % back[AT_VERSION])
        if get(back, AT_SECTORS, 2) != self.sectors:
            made = get(back, AT_SECTORS, 2)
            raise JournalError("store.size", "journal: made for %d sectors" % made)
        sector = sequence // SLOTS
        return sector if sector % self.sectors == physical else -1

    def write(self, record: bytearray, ordinal: int, anchored: bool = True) -> None:
        """Write a record into the next slot that takes it.

        Three that refuse end the sector; OSError when three each of the next two refuse, too: one
        may have been erased long ago, the other is fresh. A sector begins with an anchor, but not
        where a start copies the newest event there: the anchor would say that this event was,
        while the only whole record of it is still to be written (R8, R9).
        """
        for tried in range(3 * _TRIES):
            if tried and tried % _TRIES == 0:  # W2: the sector is given up
                self.worn = (self.next - 1) // SLOTS % self.sectors
                self.next = (self.next + SLOTS - 1) // SLOTS * SLOTS
            if self.next % SLOTS == 0:  # W8: it begins with an anchor
                self._enter()
                if anchored:
                    self.anchor()
            sequence = self.next
            records.stamp(record, sequence, ordinal)
            # W1: what is read back is what counts.
            self.program(sequence, record)
            self.read(sequence)
            self.next = sequence + 1
            if self.back == record:
                return
            self.program(sequence, ZERO)
        raise OSError("journal: three slots refused a record")

    def anchor(self) -> None:
        """Write the chain's value so far."""
        anchor = bytearray(records.SIZE)
        anchor[AT_KIND] = records.ANCHOR
        anchor[AT_VALUE:AT_CRC] = self.value
        self.write(anchor, self.ordinal, False)

    def program(self, sequence: int, data: bytes | bytearray) -> None:
        """Program a slot: it can only clear bits."""
        self.flash.program(sequence % (self.sectors * SLOTS) * records.SIZE, data)

    def _enter(self) -> None:
        """Begin the next sector; it was erased ahead unless there was no idle moment at all."""
        sector = self.next // SLOTS
        for _ in range(_PASSED):  # W4
            if self.prepared >= sector or not self._prepare(sector):
                break
        if self.prepared < sector:
            raise OSError("journal: no sector can be erased")
        self.next = self.prepared * SLOTS + 1
        self._entered = self.ordinal

    def _prepare(self, first: int) -> bool:
        """Prepare a sector or, one at a time, pass it over as bad; False if none may be erased."""
        sector = max(first, self._bad + 1)
        if sector - self.sectors >= self.begin // SLOTS:  # W7
            return False
        if self._proven(sector):
            self.prepared = sector
        else:
            self._bad, self.worn = sector, sector % self.sectors
        return True

    def _proven(self, sector: int) -> bool:
        physical = sector % self.sectors
        known = self.header(physical)
        erases = get(self.back, AT_ERASES, 4) if known >= 0 else 0
        dirty = not 0 <= known < sector  # W5: nor is a blank one believed, it may be half written
        header = bytearray(records.SIZE)
        header[AT_KIND] = records.HEADER
        header[AT_VERSION] = VERSION
        put(header, AT_SECTORS, 2, self.sectors)
        put(header, AT_CHECKPOINT, 4, self.begin)  # W9
        put(header, AT_ERASES, 4, erases + 1)
        records.stamp(header, sector * SLOTS, self.ordinal)
        for _ in range(_TRIES):
            try:
                if dirty:
                    # W5. A header whose programming was cut may read valid or not. Were the
                    # erase that follows cut as well, that header could read valid once more, and
                    # would prove an erase that never finished.
                    self.program(sector * SLOTS, ZERO)
                dirty = True
                # W3: the header after it is the only proof of it.
                self.flash.erase(physical)
                self.program(sector * SLOTS, header)
            except OSError:
                continue
            self.read(sector * SLOTS)
            if self.back == header:
                return True
        return False

    def prepare_ahead(self) -> bool:
        """Erase the sector after the present one if it may and must be; say whether it tried (W6).

        Not before an event is in the present one: the header made now holds that event's ordinal.
        If the present sector dies later, a start reads there how far events had gone (R4).
        """
        ahead = (self.next + SLOTS - 1) // SLOTS
        fresh = self.ordinal <= self._entered
        return self.prepared < ahead and not fresh and self._prepare(ahead)

    def lasts(self, slots: int) -> bool:
        """Say whether so many slots can be written without an erase in between."""
        return self.next + slots <= (self.prepared + 1) * SLOTS

    def room(self) -> int:
        """Return how many slots may be written before a sector still needed would be erased."""
        here = self.next // SLOTS
        bad = max(self._bad - here, self.prepared - here - 1, 0)
        return (self.sectors + self.begin // SLOTS - bad) * SLOTS - self.next
