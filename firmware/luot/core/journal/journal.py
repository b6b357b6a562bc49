"""The journal: what happened, as records in a ring of flash sectors.

Owns events, replay, the chain's upkeep and checkpoints. Where a slot lies and how it survives is
`ring`; what a record does to the line is `order`; the state as rows is `snapshot`. SPEC.md 2.
"""

from binascii import crc32

from luot.core import records
from luot.core.journal import chain
from luot.core.journal.ring import SLOTS, JournalError, Ring
from luot.core.limits import (
    CHECKPOINT_AFTER,
    CHECKPOINT_FORCE,
    CHECKPOINT_SLICE,
    ERASE_MS,
    ORDINAL_LAST,
    SLICE_MS,
)
from luot.core.line.order import Order
from luot.core.records import (
    AT_A,
    AT_BEGIN,
    AT_C,
    AT_CRC,
    AT_DESK,
    AT_KIND,
    AT_NUMBER,
    AT_ROWS,
    AT_ROWS_CRC,
    AT_SEAL,
    AT_TICKET,
    AT_VALUE,
)
from luot.core.wire import put
from micropython import const

_ZERO = bytes(4)
_ROWS_FIXED = const(24)  # of a checkpoint without tickets, pagers and desks, and to spare
_EARLY = const(16)  # slots: so much before room runs short an idle moment is used
_SLICE_SLOTS = const(20)  # of a checkpoint's slice, with BEGIN, END and an anchor
_FOR_EVER = const(1_000_000)  # ms
_ROOM_LEAST = const(288)  # a sector's remainder, a few events, headers and anchors


class Journal:
    """The writer: mounts, appends, and does in idle moments what must not delay a key."""

    def __init__(self, flash, order: Order, key: bytes = b"") -> None:
        """Take the flash and the line it feeds; `key` seals checkpoints (empty: unsealed)."""
        self.ring = Ring(flash)
        self.order = order
        self.key = key
        self.events = 0  # since the last complete checkpoint, and rows written in vain
        self._row = bytearray(records.SIZE)
        self._cursor = -1  # of the checkpoint being written, -1 when none is
        self._run = self._rows = self._crc = self._run_ordinal = 0

    def _happened(self, record: bytearray) -> None:
        self.order.apply(record)
        self.ring.ordinal = self.order.ordinal
        self.ring.value = chain.link(self.ring.value, record)
        self.events += 1

    def append(self, record: bytearray) -> None:
        """Stamp an event, make it durable, then let it happen: it survives any power cut.

        OSError when the flash refuses three slots in a row: then nothing happened. JournalError
        when ordinals come to their end.
        """
        if self.order.ordinal >= ORDINAL_LAST:
            raise JournalError("store.end", "journal: no ordinal is left")
        if record[AT_KIND] == records.DAY_CLOSE and self.key:
            self._seal(record)
        if self.events >= CHECKPOINT_FORCE or self._short(0):  # W7
            while not self._checkpoint():
                pass
        self.ring.write(record, self.order.ordinal + 1)
        self._happened(record)  # W1: only now

    def _seal(self, record: bytearray) -> None:
        """Seal a day's end: the chain so far and what it says, in bytes that are free."""
        record[AT_DESK:AT_TICKET] = record[AT_C:AT_CRC] = _ZERO[:2]
        record[AT_NUMBER:AT_A] = _ZERO
        seal = chain.hmac(self.key, self.ring.value + bytes(record[AT_KIND:AT_CRC]))
        record[AT_DESK:AT_TICKET], record[AT_C:AT_CRC] = seal[:2], seal[6:8]
        record[AT_NUMBER:AT_A] = seal[2:6]

    def idle(self, may_erase: bool, free_ms: int = _FOR_EVER) -> bool:
        """Do one piece of work that must not delay a key; say whether there was one.

        None is begun that may take longer than `free_ms`. An erase takes 45 to 500 ms, and power:
        `may_erase` is False on a weak battery.
        """
        if may_erase and free_ms >= ERASE_MS and self.ring.prepare_ahead():  # W6
            return True
        if (
            self.events >= CHECKPOINT_AFTER
            or self._short(_EARLY)
            or (self._cursor >= 0 and self._run_ordinal == self.order.ordinal)
        ):
            takes_ms = SLICE_MS if self.ring.lasts(_SLICE_SLOTS) else SLICE_MS + ERASE_MS
            if takes_ms <= free_ms:
                self._checkpoint()
                return True
        return False

    def writing(self) -> bool:
        """Say whether a checkpoint is begun and not ended."""
        return self._cursor >= 0

    def _short(self, early: int) -> bool:
        """Say whether within `early` slots less is left than two checkpoints and a sector."""
        return self.ring.room() <= 2 * self._rows_now() + SLOTS + early

    def _rows_now(self) -> int:
        return self._rows_most(self.order.alive, self.order.pagers.free)

    def _rows_most(self, alive: int, free: int) -> int:
        """Return how many rows a checkpoint may have; a desk may have four."""
        return _ROWS_FIXED + 4 * len(self.order.services) + alive + free // 10

    def _checkpoint(self) -> bool:
        """Write one slice of a checkpoint, from its beginning if an event came between.

        Return True when it is complete.
        """
        from luot.core.journal import snapshot  # code is RAM: only while a checkpoint is written

        ring, ordinal = self.ring, self.order.ordinal
        if self._cursor < 0 or self._run_ordinal != ordinal:
            self.events += self._rows
            self._cursor, self._rows = -1, 0
            self._row[AT_KIND] = records.BEGIN
            self._row[AT_VALUE:AT_CRC] = ring.value
            ring.write(self._row, ordinal)
            self._run, self._run_ordinal, self._cursor, self._crc = ring.next - 1, ordinal, 0, 0
        # Should the flash refuse, there is no run to go on with: a row may be there or not.
        cursor, self._cursor = self._cursor, -1
        for _ in range(CHECKPOINT_SLICE):
            cursor = snapshot.row(self.order, cursor, self._row)
            self._crc = crc32(memoryview(self._row)[AT_KIND:AT_CRC], self._crc)
            self._rows += 1
            ring.write(self._row, ordinal)
            if not cursor:
                self._end_checkpoint()
                return True
        self._cursor = cursor
        return False

    def _end_checkpoint(self) -> None:
        row = bytearray(records.SIZE)
        row[AT_KIND] = records.END
        put(row, AT_BEGIN, 4, self._run)
        put(row, AT_ROWS, 2, self._rows)
        put(row, AT_ROWS_CRC, 4, self._crc)
        if self.key:
            seal = chain.hmac(self.key, self.ring.value + bytes(row[AT_BEGIN:AT_SEAL]))
            row[AT_SEAL : AT_SEAL + chain.SEAL] = seal[: chain.SEAL]
        self.ring.write(row, self.order.ordinal)
        self.ring.begin = self._run
        self.events = self._rows = 0

    def replay(self) -> int:
        """Rebuild the line from flash without writing a byte; return the newest sequence, 0 none.

        JournalError when this cannot be a journal of this box, or is too small for its line.
        """
        from luot.core.journal.recovery import Recovery  # code is RAM: needed at a start only

        return Recovery(self.ring, self.order, self._measured()).replay()

    def mount(self) -> None:
        """Rebuild the line and make the flash safe to write: only then may anything be acted on.

        OSError when the flash refuses, JournalError as `replay` has it.
        """
        from luot.core.journal.recovery import Recovery

        recovery = Recovery(self.ring, self.order, self._measured())
        recovery.mount()
        self.events = recovery.events

    def _measured(self) -> int:
        """Return how many slots the next checkpoint may need; JournalError if they do not fit."""
        if not self.ring.sectors:
            raise JournalError("store.none", "journal: no such row in the partition table")
        rows = self._rows_most(self.order.tickets, self.order.pagers.size)
        if self.ring.sectors * (SLOTS - 2) < 3 * rows + _ROOM_LEAST:
            text = "journal: %d sectors are too few" % self.ring.sectors
            raise JournalError("store.small", text)
        return 2 * rows + SLOTS
