"""The journal: what happened, as records in a ring of flash sectors.

Owns events, replay, the chain's upkeep and checkpoints. Where a slot lies and how it survives a cut
is `ring`; what a record does to the line is `order`; the state as rows is `snapshot`. SPEC.md 2.
"""

from binascii import crc32

from luot.core import chain, records, snapshot
from luot.core.limits import CHECKPOINT_AFTER, CHECKPOINT_FORCE, CHECKPOINT_SLICE
from luot.core.order import Order
from luot.core.ring import SLOTS, Ring
from luot.core.wire import get, put
from micropython import const

_SIZE = const(32)
_ROWS_FIXED = const(20)  # of a checkpoint without tickets and pagers, and to spare
_ATTEMPTS = const(4)  # to write a checkpoint in idle moments, before it is left to be forced
_ROOM_LEAST = const(288)  # a sector's remainder, a few events, headers and anchors


class Journal:
    """The writer: mounts, appends, and does in idle moments what must never delay a key."""

    def __init__(self, flash, order: Order, key: bytes = b"") -> None:  # type: ignore[no-untyped-def]
        """Take the flash and the line it feeds; `key` seals checkpoints (empty: unsealed).

        ValueError when the partition could not always hold a checkpoint of the whole line.
        """
        self.ring = Ring(flash)
        self.order = order
        self.key = key
        self.events = 0  # since the last complete checkpoint
        self._row = bytearray(_SIZE)
        self._cursor = -1  # of the checkpoint being written, -1 when none is
        self._run = self._rows = self._crc = 0
        self._run_ordinal = self._attempts = 0
        rows = _ROWS_FIXED + order.tickets + order.pagers.size // 10
        if self.ring.sectors * (SLOTS - 2) < 3 * rows + _ROOM_LEAST:
            raise ValueError("journal: %d sectors are too few for this line" % self.ring.sectors)

    def replay(self) -> int:
        """Rebuild the line from flash without writing a byte; return the newest sequence, 0 none.

        Reads every header, at most two sectors for the end, then from the last complete checkpoint
        on. The newest record is read once only, since it may be one that reads valid only once; it
        is left in `ring.back`.
        """
        ring = self.ring
        end = ring.find_end(ring.newest())
        last = bytes(ring.back)
        for sequence in range(self._load_checkpoint(end), end):
            if sequence % SLOTS and ring.read(sequence):
                self._replay_one()
        ring.back[:] = last
        if end:
            self._replay_one()
        return end

    def _replay_one(self) -> None:
        back, order = self.ring.back, self.order
        if back[7] < records.HEADER and records.ordinal(back) > order.ordinal:
            self._happened(back)
        elif back[7] == records.ANCHOR and not order.ordinal:
            self.ring.value = bytes(back[8:28])

    def _happened(self, record: bytearray) -> None:
        self.order.apply(record)
        self.ring.ordinal = self.order.ordinal
        self.ring.value = chain.link(self.ring.value, record)
        self.events += 1

    def _load_checkpoint(self, end: int) -> int:
        """Load the newest checkpoint that proves complete; return where replay goes on from."""
        pointer = end + 1
        while True:
            pointer = self.ring.pointer_below(pointer)
            self.order.clear()
            self.ring.value = bytes(chain.SIZE)
            self.events = 0
            if not pointer:
                return max(end // SLOTS + 2 - self.ring.sectors, 0) * SLOTS
            after = self._load(pointer, end)
            if after:
                self.ring.begin = pointer
                return after

    def _load(self, begin: int, end: int) -> int:
        """Load the checkpoint at `begin`; return the sequence after its end, 0 if incomplete."""
        ring = self.ring
        back = ring.back
        if not ring.read(begin) or back[7] != records.BEGIN:
            return 0
        ring.value = bytes(back[8:28])
        ring.ordinal = records.ordinal(back)
        self.order.pagers.empty()
        rows = crc = 0
        for sequence in range(begin + 1, end + 1):
            if sequence % SLOTS == 0 or not ring.read(sequence):
                continue
            kind = back[7]
            if kind == records.END:
                same = get(back, 8, 4) == begin and get(back, 12, 2) == rows
                return sequence + 1 if same and get(back, 14, 4) == crc else 0
            if kind < records.HEADER or kind == records.BEGIN:
                return 0
            if kind != records.ANCHOR:
                rows += 1
                crc = crc32(memoryview(back)[7:28], crc)
                snapshot.restore(self.order, back)
        return 0

    def mount(self) -> None:
        """Rebuild the line and make the flash safe to write: only then may anything be acted on.

        Kill before copy: `ring.repair` zeroes what lies behind the newest record, then that record
        is copied, since it may be one that reads only once. Rows of a checkpoint that was never
        completed protect nothing and are not copied.
        """
        end = self.replay()
        last = bytearray(self.ring.back)
        self.ring.repair(end)
        kind = last[7]
        if end and (kind < records.BEGIN or kind == records.END):
            self.ring.write(last, records.ordinal(last))

    def append(self, record: bytearray) -> None:
        """Make an event durable, then let it happen: on return it survives any power cut.

        Stamps the record. OSError when the flash refuses three slots in a row: then nothing
        happened.
        """
        if self.events >= CHECKPOINT_FORCE or self.ring.room() <= 2 * self._rows_now() + SLOTS:
            while not self._checkpoint():
                pass
        self.ring.write(record, self.order.ordinal + 1)
        self._happened(record)

    def idle(self, may_erase: bool) -> bool:
        """Do one piece of work that must not delay a key; say whether there was one.

        An erase stops everything for 45 to 500 ms: `may_erase` is False on a weak battery.
        """
        if may_erase and self.ring.prepare_ahead():
            return True
        if self._cursor >= 0 and self._run_ordinal == self.order.ordinal or (
            self.events >= CHECKPOINT_AFTER and self._attempts < _ATTEMPTS
        ):
            self._checkpoint()
            return True
        return False

    def _rows_now(self) -> int:
        order = self.order
        return _ROWS_FIXED + order.alive + order.pagers.free // 10

    def _checkpoint(self) -> bool:
        """Write one slice of a checkpoint, from its beginning if an event came between.

        Return True when it is complete.
        """
        ring, ordinal = self.ring, self.order.ordinal
        if self._cursor < 0 or self._run_ordinal != ordinal:
            self._row[7] = records.BEGIN
            self._row[8:28] = ring.value
            ring.write(self._row, ordinal)
            self._run, self._run_ordinal = ring.next - 1, ordinal
            self._cursor = self._rows = self._crc = 0
            self._attempts += 1
        for _ in range(CHECKPOINT_SLICE):
            self._cursor = snapshot.row(self.order, self._cursor, self._row)
            self._crc = crc32(memoryview(self._row)[7:28], self._crc)
            self._rows += 1
            ring.write(self._row, ordinal)
            if not self._cursor:
                self._end_checkpoint()
                return True
        return False

    def _end_checkpoint(self) -> None:
        row = bytearray(_SIZE)
        row[7] = records.END
        put(row, 8, 4, self._run)
        put(row, 12, 2, self._rows)
        put(row, 14, 4, self._crc)
        if self.key:
            seal = chain.hmac(self.key, self.ring.value + bytes(row[8:18]))
            row[18 : 18 + chain.SEAL] = seal[: chain.SEAL]
        self.ring.write(row, self.order.ordinal)
        self.ring.begin, self._cursor = self._run, -1
        self.events = self._attempts = 0


def read(flash):  # type: ignore[no-untyped-def]
    """Yield (sequence, record, linked) for each valid slot of a journal, oldest first.

    Writes nothing. `linked` is True when the record follows from the chain, False when events are
    missing before it or it was changed, None where the chain says nothing: the first records after
    a loss, copies, rows.
    """
    ring = Ring(flash)
    newest = ring.newest()
    value, ordinal = None, 0
    for sector in range(max(newest + 1 - flash.sectors, 0), newest + 1):
        if ring.header(sector % flash.sectors) != sector:
            value = None
            continue
        for sequence in range(sector * SLOTS + 1, (sector + 1) * SLOTS):
            if not ring.read(sequence):
                continue
            linked, number = None, records.ordinal(ring.back)
            kind = ring.back[7]
            if kind == records.ANCHOR:
                linked = None if value is None else value == ring.back[8:28]
                value, ordinal = bytes(ring.back[8:28]), number
            elif kind < records.HEADER and number > ordinal:
                linked = None if value is None else number == ordinal + 1
                value = None if value is None else chain.link(value, ring.back)
                ordinal = number
            yield sequence, bytes(ring.back), linked
