"""The journal: what happened, as records in a ring of flash sectors.

Owns events, replay, the chain's upkeep and checkpoints. Where a slot lies and how it survives is
`ring`; what a record does to the line is `order`; the state as rows is `snapshot`. SPEC.md 2.
"""

from binascii import crc32

from luot.core import chain, records, restore, snapshot
from luot.core.limits import CHECKPOINT_AFTER, CHECKPOINT_FORCE, CHECKPOINT_SLICE
from luot.core.order import Order
from luot.core.ring import SLOTS, Ring
from luot.core.wire import get, put
from micropython import const

_SIZE = const(32)
_ROWS_FIXED = const(24)  # of a checkpoint without tickets, pagers and desks, and to spare
_EARLY = const(16)  # slots: so much before room runs short an idle moment is used
_ROOM_LEAST = const(288)  # a sector's remainder, a few events, headers and anchors


class Journal:
    """The writer: mounts, appends, and does in idle moments what must not delay a key."""

    def __init__(self, flash, order: Order, key: bytes = b"") -> None:
        """Take the flash and the line it feeds; `key` seals checkpoints (empty: unsealed).

        ValueError when the partition could not always hold a checkpoint of the whole line.
        """
        self.ring = Ring(flash)
        self.order = order
        self.key = key
        self.events = 0  # since the last complete checkpoint, and rows written in vain
        self._row = bytearray(_SIZE)
        self._cursor = -1  # of the checkpoint being written, -1 when none is
        self._run = self._rows = self._crc = self._run_ordinal = 0
        self._begin = 0  # of the checkpoint loaded at the start
        self._needed = 0  # the newest event, end of a checkpoint or copy of either met then
        self._open = False  # whether rows without their end followed
        rows = self._rows_most(order.tickets, order.pagers.size)
        if self.ring.sectors * (SLOTS - 2) < 3 * rows + _ROOM_LEAST:
            raise ValueError("journal: %d sectors are too few for this line" % self.ring.sectors)

    def replay(self) -> int:
        """Rebuild the line from flash without writing a byte; return the newest sequence, 0 none.

        Reads every header, at most two sectors for the end, then the last complete checkpoint and
        what follows, but for rows without their end at the very end.
        """
        ring = self.ring
        end = ring.find_end(ring.newest())
        rows_last = records.BEGIN < ring.last[7] < records.END
        for sequence in range(self._load_checkpoint(end), end + 1):
            if sequence % SLOTS and ring.read(sequence):
                self._replay_one(sequence)
                if self._open and rows_last and records.ordinal(ring.last) == self.order.ordinal:
                    break
        return end

    def _replay_one(self, sequence: int) -> None:
        ring, order = self.ring, self.order
        kind, number = ring.back[7], records.ordinal(ring.back)
        if kind < records.HEADER or kind == records.END:
            self._needed, self._open = sequence, False
        elif kind != records.ANCHOR:
            self._open = True
            self.events += 1
        if kind < records.HEADER:
            ring.begin = self._begin  # what an event follows is safe
            if number > order.ordinal:
                self._happened(ring.back)
        elif kind <= records.BEGIN and number >= order.ordinal:
            # After a loss the chain goes on from here, and no ordinal is given out twice.
            order.lost += number - order.ordinal
            order.ordinal = ring.ordinal = number
            ring.value = bytes(ring.back[8:28])

    def _happened(self, record: bytearray) -> None:
        self.order.apply(record)
        self.ring.ordinal = self.order.ordinal
        self.ring.value = chain.link(self.ring.value, record)
        self.events += 1

    def _load_checkpoint(self, end: int) -> int:
        """Load the newest checkpoint that proves complete; return where replay goes on from."""
        ring = self.ring
        newest = pointer = max(ring.found, ring.begin)
        after = self._load(pointer, end)
        while pointer and not after:
            pointer = ring.pointer_below(pointer)
            after = self._load(pointer, end)
        self._begin = pointer
        after = after or max(end // SLOTS + 1 - ring.sectors, 0) * SLOTS
        if pointer != newest or (after and not pointer):
            # It was damaged. What is left may have no room for the next one, which comes at once.
            ring.begin = self._begin = end
            self.events = CHECKPOINT_FORCE
        return after

    def _load(self, begin: int, end: int) -> int:
        """Load the checkpoint at `begin`; return the sequence after its end, 0 if incomplete."""
        ring, back = self.ring, self.ring.back
        self.order.clear()
        ring.value = bytes(chain.SIZE)
        ring.ordinal = self.events = self._needed = 0
        self._open = False
        if not begin or not ring.read(begin) or back[7] != records.BEGIN:
            return 0
        ring.value, ring.ordinal = bytes(back[8:28]), records.ordinal(back)
        self.order.pagers.empty()
        rows = crc = 0
        for sequence in range(begin + 1, end + 1):
            if sequence % SLOTS == 0 or not ring.read(sequence):
                continue
            kind = back[7]
            if kind == records.END:
                self._needed = sequence
                same = get(back, 8, 4) == begin and get(back, 12, 2) == rows
                return sequence + 1 if same and get(back, 14, 4) == crc else 0
            if kind < records.HEADER or kind == records.BEGIN:
                return 0
            if kind != records.ANCHOR:
                rows += 1
                crc = crc32(memoryview(back)[7:28], crc)
                restore.restore(self.order, back)
        return 0

    def mount(self) -> None:
        """Rebuild the line and make the flash safe to write: only then may anything be acted on.

        Rows without their end are taken back: each attempt would cost room. Then kill before copy:
        what lies behind the newest record is zeroed, then the newest that matters is copied, since
        it may be one that reads only once. Only on the copy may anything be built: an anchor, or
        the erase of what a new checkpoint made dispensable.
        """
        ring, end = self.ring, self.replay()
        needed, ordinal = self._needed, 0
        if needed and not self._open and ring.read(needed):
            self._row[:] = ring.back
            ordinal = records.ordinal(self._row)
        elif needed and end // SLOTS > needed // SLOTS:
            ring.take_back(needed // SLOTS)
        ring.repair()
        if ordinal:
            ring.write(self._row, ordinal, False)
        ring.begin = self._begin
        ring.anchor()

    def append(self, record: bytearray) -> None:
        """Stamp an event, make it durable, then let it happen: it survives any power cut.

        OSError when the flash refuses three slots in a row: then nothing happened.
        """
        if self.events >= CHECKPOINT_FORCE or self._short(0):
            while not self._checkpoint():
                pass
        self.ring.write(record, self.order.ordinal + 1)
        self._happened(record)

    def idle(self, may_erase: bool) -> bool:
        """Do one piece of work that must not delay a key; say whether there was one.

        An erase takes 45 to 500 ms, and power: `may_erase` is False on a weak battery.
        """
        if may_erase and self.ring.prepare_ahead():
            return True
        if (
            self.events >= CHECKPOINT_AFTER
            or self._short(_EARLY)
            or (self._cursor >= 0 and self._run_ordinal == self.order.ordinal)
        ):
            self._checkpoint()
            return True
        return False

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
        ring, ordinal = self.ring, self.order.ordinal
        if self._cursor < 0 or self._run_ordinal != ordinal:
            self.events += self._rows
            self._cursor, self._rows = -1, 0
            self._row[7] = records.BEGIN
            self._row[8:28] = ring.value
            ring.write(self._row, ordinal)
            self._run, self._run_ordinal, self._cursor, self._crc = ring.next - 1, ordinal, 0, 0
        # Should the flash refuse, there is no run to go on with: a row may be there or not.
        cursor, self._cursor = self._cursor, -1
        for _ in range(CHECKPOINT_SLICE):
            cursor = snapshot.row(self.order, cursor, self._row)
            self._crc = crc32(memoryview(self._row)[7:28], self._crc)
            self._rows += 1
            ring.write(self._row, ordinal)
            if not cursor:
                self._end_checkpoint()
                return True
        self._cursor = cursor
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
        self.ring.begin = self._run
        self.events = self._rows = 0


def read(flash):
    """Yield (sequence, record, linked) for each valid slot, oldest first; write nothing.

    `linked` is True when the chain confirms the record, False when events before it are missing or
    were changed, None where it says nothing: at first, after a loss, of copies and rows. Once the
    ring went round, its oldest sector is left out: it may be half erased.
    """
    ring = Ring(flash)
    newest = ring.newest()
    oldest = newest + 2 - flash.sectors
    value, ordinal = (bytes(chain.SIZE), 0) if oldest <= 0 else (None, -1)
    for sequence in range(max(oldest, 0) * SLOTS, (newest + 1) * SLOTS):
        if sequence % SLOTS == 0 or not ring.read(sequence):
            continue
        kind, number, linked = ring.back[7], records.ordinal(ring.back), None
        event = kind < records.HEADER and number > ordinal
        if event or kind in (records.ANCHOR, records.BEGIN):
            if ordinal >= 0 and number != (ordinal + 1 if event else ordinal):
                linked, value = False, None
            elif value is not None:
                linked = event or value == ring.back[8:28]
            if not event:
                value = bytes(ring.back[8:28])
            elif value is not None:
                value = chain.link(value, ring.back)
            ordinal = number
        yield sequence, bytes(ring.back), linked
