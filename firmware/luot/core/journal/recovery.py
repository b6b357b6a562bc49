"""How the line is rebuilt from a journal at a start. Needed then only.

Owns the checkpoint that is loaded, the replay of what follows, and what is written before anything
else may be: SPEC.md 2.7. Where the records lie is `search`.
"""

from binascii import crc32

from luot.core import records
from luot.core.journal import chain, restore
from luot.core.journal.ring import SLOTS, Ring
from luot.core.journal.search import Search, gap
from luot.core.limits import (
    ARRIVALS_DAY,
    CHECKPOINT_FORCE,
    DESKS,
    ORDINAL_LAST,
    SERVICES,
    SOURCES,
)
from luot.core.line import premises
from luot.core.line.order import Order
from luot.core.records import (
    AT_A,
    AT_BEGIN,
    AT_C,
    AT_CRC,
    AT_DESK,
    AT_KIND,
    AT_LANE,
    AT_NUMBER,
    AT_ROWS,
    AT_ROWS_CRC,
    AT_SOURCE,
    AT_TICKET,
    AT_VALUE,
)
from luot.core.wire import get
from micropython import const

_STARTS_LAST = const(0xFFFFFFFF)


def _possible(record: bytearray) -> bool:
    """Say whether a valid event may be of a box such as this (R4).

    One of desk 40, say, counts as lost: applied, it would stop every start.
    """
    kind, c = record[AT_KIND], record[AT_C]
    if kind != records.DAY_CLOSE and (record[AT_DESK] > DESKS or record[AT_LANE] >> 4 > SERVICES):
        return False
    if record[AT_SOURCE] >= SOURCES:
        return False
    if kind == records.BOOT:
        return get(record, AT_A, 4) < _STARTS_LAST
    if kind == records.DAY_OPEN:
        return get(record, AT_TICKET, 2) > 0
    if records.ISSUE <= kind <= records.UNDO and not (
        0 < get(record, AT_NUMBER, 2) <= get(record, AT_TICKET, 2) <= ARRIVALS_DAY
    ):
        return False
    if records.CALL <= kind < records.CANCEL and not record[AT_DESK]:
        return False
    if kind == records.TRANSFER:
        return c <= DESKS
    if kind == records.INTAKE:
        return c <= 3
    if kind == records.RATING:
        return 0 < c <= 3 and record[AT_DESK] > 0
    return kind != records.DESK or record[AT_DESK] > 0


class Recovery:
    """One start of a journal."""

    def __init__(self, ring: Ring, order: Order, reserve: int = 0) -> None:
        """Take the ring and the line to be rebuilt, and the slots a checkpoint may need."""
        self.ring = ring
        self.order = order
        self.search = Search(ring)
        self.events = 0  # since the last complete checkpoint, and rows written in vain
        self.loaded = 0  # where the checkpoint that was loaded begins, 0 none
        self.begin = 0  # the same; after damage perhaps later: nothing from there on is erased
        self._reserve = reserve
        self._damaged = False  # whether the newest checkpoint was, or there is none any more
        self._needed = 0  # the newest event, end of a checkpoint or copy of either
        self._open = False  # whether rows without their end followed
        self._hole = 0  # a slot of the last checkpoint tried that could not be read, if any
        self._read = -1  # sequence of the newest valid slot so far, -1 none

    def mount(self) -> None:
        """Rebuild the line and make the flash safe to write: only then may anything be acted on.

        Rows without their end are taken back (R5): each attempt would cost room. Then kill before
        copy: what lies behind the newest record is zeroed (R6, R7), then the newest that matters
        is copied (R8), since it may be one that reads only once. Only on the copy may anything be
        built: an anchor (R9), or the erase of what a new checkpoint made dispensable.
        """
        ring, end, copy = self.ring, self.replay(), bytearray(records.SIZE)
        needed, ordinal = self._needed, 0
        if needed and not self._open and ring.read(needed):
            copy[:] = ring.back
            ordinal = records.ordinal(copy)
        elif needed and end // SLOTS > needed // SLOTS:
            self.search.take_back(needed // SLOTS)  # R5
        # R8. The copy may begin a sector, whose header is made before the copy is written. With
        # the newest ordinal, 40, it would say that 40 was; and 40 may be the record that read
        # valid just once. Cut there, the next start would count a lost event that nobody was told
        # of (R4). So that header says 0.
        self.search.repair()
        newest, ring.ordinal = ring.ordinal, 0
        if ordinal:
            ring.write(copy, ordinal, False)
        ring.begin, ring.ordinal = self.begin, newest  # R9: now it may be told
        ring.anchor()

    def replay(self) -> int:
        """Rebuild the line from flash without writing a byte; return the newest sequence, 0 none.

        Reads every header, at most two sectors for the end, then the last complete checkpoint and
        what follows, but for rows without their end at the very end. JournalError when this
        cannot be a journal of this box.
        """
        ring = self.ring
        end = self.search.find_end(self.search.newest())
        rows_last = records.BEGIN < ring.last[AT_KIND] < records.END
        for sequence in range(self._load_checkpoint(end), end + 1):
            if sequence % SLOTS and ring.read(sequence):
                self._replay_one(sequence)
                self._read = sequence
                if self._open and rows_last and records.ordinal(ring.last) == self.order.ordinal:
                    break
        if self.search.promised > self.order.ordinal:
            # R4. The header made last knew of event 500, and only 480 are left: a sector died as
            # it was being filled. It held 128 more at most, so none up to 628 is given out anew.
            self._skip(min(self.search.promised + SLOTS, ORDINAL_LAST), end + 1)
        self._make_room(end)
        return end

    def _skip(self, ordinal: int, sequence: int) -> None:
        """Events up to an ordinal are lost, as the slot of `sequence` shows."""
        if ordinal > self.order.ordinal:
            self._miss(gap(self._read, sequence))
        self.order.lost += ordinal - self.order.ordinal
        self.order.ordinal = self.ring.ordinal = ordinal

    def _miss(self, sector: int) -> None:
        """Something is missing in a sector: it is named, unless another one is."""
        if self.ring.damaged < 0:
            self.ring.damaged = sector % self.ring.sectors

    def _replay_one(self, sequence: int) -> None:
        ring, order = self.ring, self.order
        kind, number = ring.back[AT_KIND], records.ordinal(ring.back)
        if kind < records.HEADER or kind == records.END:
            self._needed, self._open = sequence, False
        elif kind != records.ANCHOR:
            self._open = True
            self.events += 1
        if kind < records.HEADER:
            # An event is written only behind an END that was read back, or copied by a start. So
            # the checkpoint loaded before it is no lucky read, and a header may name it (W9).
            ring.begin = self.begin
            if number > order.ordinal:
                if number > order.ordinal + 1:
                    self._miss(gap(self._read, sequence))
                if _possible(ring.back):  # R4
                    order.apply(ring.back)
                else:
                    self._skip(number, sequence)
                ring.ordinal = order.ordinal
                ring.value = chain.link(ring.value, ring.back)
                self.events += 1
        elif kind <= records.BEGIN and number >= order.ordinal:
            # R4. An anchor of ordinal 40 after event 37: 38 to 40 are lost. The chain goes on from
            # the anchor's value, and the next event is 41.
            self._skip(number, sequence)
            ring.value = bytes(ring.back[AT_VALUE:AT_CRC])

    def _load_checkpoint(self, end: int) -> int:
        """Load the newest checkpoint that proves complete; return where replay goes on (R3)."""
        ring = self.ring
        newest = pointer = max(self.search.found, ring.begin)
        after = self._load(pointer, end)
        hole = self._hole
        while pointer and not after:
            pointer = self.search.pointer_below(pointer)
            after = self._load(pointer, end)
        self.loaded = self.begin = pointer
        ring.begin = min(ring.begin, pointer)  # no header may name what only one read told of
        after = after or max(end // SLOTS + 1 - ring.sectors, 0) * SLOTS
        self._read = after - 1
        if pointer != newest and hole:
            self._miss(hole // SLOTS)
        self._damaged = pointer != newest or (after > 0 and not pointer)
        if self._damaged:
            self.events = CHECKPOINT_FORCE
        return after

    def _make_room(self, end: int) -> None:
        """After damage, what is left may have no room for a checkpoint: then some is given up.

        A cut never makes it so (SPEC.md 2.7, W7): what is whole is not given up.
        """
        ring = self.ring
        damaged = self._damaged or ring.damaged >= 0
        if damaged and (ring.sectors + self.begin // SLOTS) * SLOTS < end + self._reserve:
            ring.begin = self.begin = end
            self.events = CHECKPOINT_FORCE

    def _load(self, begin: int, end: int) -> int:
        """Load the checkpoint at `begin`; return the sequence after its end, 0 if incomplete."""
        ring, back = self.ring, self.ring.back
        premises.clear(self.order)
        ring.value = bytes(chain.SIZE)
        ring.ordinal = self.events = self._needed = 0
        self._open = False
        self._hole = begin
        if not begin or not ring.read(begin):
            return 0
        if back[AT_KIND] != records.BEGIN:
            # The header was made after damage (W9): it names what was the newest record then, an
            # event, say. No checkpoint began there, so none is missing.
            self._hole = 0
            return 0
        ring.value, ring.ordinal = bytes(back[AT_VALUE:AT_CRC]), records.ordinal(back)
        self.order.pagers.empty()
        rows = crc = 0
        for sequence in range(begin + 1, end + 1):
            if sequence % SLOTS == 0 or not ring.read(sequence):
                if sequence % SLOTS and self._hole == begin:
                    self._hole = sequence
                continue
            kind = back[AT_KIND]
            if kind == records.END:
                self._needed = sequence
                same = get(back, AT_BEGIN, 4) == begin and get(back, AT_ROWS, 2) == rows
                return sequence + 1 if same and get(back, AT_ROWS_CRC, 4) == crc else 0
            if kind < records.HEADER or kind == records.BEGIN:
                return 0
            if kind != records.ANCHOR:
                rows += 1
                crc = crc32(memoryview(back)[AT_KIND:AT_CRC], crc)
                try:
                    restore.restore(self.order, back)
                except (IndexError, ValueError):  # of no box like this one
                    return 0
        return 0
