"""Where a ring ends, and how what a power cut left there is made safe. Needed at a start only.

Owns the sectors and slots that a start reads and zeroes, by the rules of SPEC.md 2.7; what the
records say is `recovery`.
"""

from luot.core import records
from luot.core.journal.ring import BLANK, SECTORS_MIN, SLOTS, ZERO, JournalError, Ring
from luot.core.records import AT_BEGIN, AT_CHECKPOINT, AT_KIND
from luot.core.wire import get

# Slots (R1): one that is valid proves its sector, if its header cannot be read any more.
_PROOFS = (1, 2)
_MORE = (4, 8, 16, 32, 64)  # asked when slots 1 and 2 may have died like the header


def gap(before: int, after: int) -> int:
    """Return the sector in which something is missing between two slots that could be read."""
    first = (before + 1) // SLOTS
    return first + 1 if after // SLOTS > first + 1 else first


class Search:
    """One start's look at a ring."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.found = 0  # where the newest checkpoint begins of which the end was met, 0 none
        self.promised = 0  # ordinal of the event that was newest when the newest header was made
        self.sector = -1  # the newest, counted from the first ever, -1 none
        self._older = -1  # the newest one before it that has a header

    def newest(self) -> int:
        """Return the number of the newest sector, -1 for none; set `begin` from the headers (R1).

        A record proves its sector as well: the header in front of it may have died since.
        JournalError when there are fewer than 4 sectors, and as `header` has it.
        """
        if self.ring.sectors < SECTORS_MIN:
            raise JournalError("store.small", "journal: fewer than 4 sectors")
        newest = self._older = self.ring.end = -1
        self.ring.begin = 0
        used = False
        for physical in range(self.ring.sectors):
            sector = self.ring.header(physical)
            used = used or self.ring.back != BLANK
            if sector > newest:
                self.promised = records.ordinal(self.ring.back)
            if sector >= 0:
                self._older = max(self._older, min(newest, sector))
                newest = max(newest, sector)
                self.ring.begin = max(self.ring.begin, get(self.ring.back, AT_CHECKPOINT, 4))
        after = (newest + 1) * SLOTS
        if self._proven(after, _PROOFS):
            self._older = newest
            newest += 1
        self.ring.alien = used and newest < 0
        return newest

    def find_end(self, newest: int) -> int:
        """Return the newest sequence that holds a record, left in `last`; 0 for none (R2).

        Looks for the end of a checkpoint, too: one that no header points to yet ended in the
        newest sector or in the one before.
        """
        end, self.found, self.sector, self.ring.end = 0, 0, newest, -1
        oldest = max(newest + 1 - self.ring.sectors, 0) * SLOTS
        for sequence in range((newest + 1) * SLOTS - 1, oldest, -1):
            if end and sequence < self._older * SLOTS:
                break
            if sequence % SLOTS and self.ring.read(sequence):
                if not end:
                    end, self.ring.last[:] = sequence, self.ring.back
                if self.ring.back[AT_KIND] == records.END:
                    self.found = get(self.ring.back, AT_BEGIN, 4)
                    break
        self.ring.end = end or -1
        if end and (end + 1) % SLOTS == 0 and end // SLOTS == newest:
            # R1. The newest sector known is full, so writing went on in the next one. There the
            # header and slots 1 and 2 may be dead, and slot 4, say, be the first that reads.
            if self._proven(end + 1, _MORE):
                self._older = newest
                return self.find_end(newest + 1)
        return end

    def _proven(self, after: int, slots: "tuple[int, ...]") -> bool:
        """Say whether one of some slots of the sector that begins at `after` holds its record."""
        for slot in slots:
            if self.ring.read(after + slot):
                return True
        return False

    def pointer_below(self, limit: int) -> int:
        """Return the newest checkpoint before `limit` that a header points to, 0 for none."""
        best = 0
        for physical in range(self.ring.sectors):
            found = self.ring.header(physical) >= 0
            pointer = get(self.ring.back, AT_CHECKPOINT, 4) if found else 0
            if best < pointer < limit:
                best = pointer
        return best

    def take_back(self, sector: int) -> None:
        """Disown the sectors after `sector`, the newest first: nothing in them is needed.

        The header goes last: it proves the sector, and so does many a slot.
        """
        while self.sector > sector:
            self._zero(self.sector * SLOTS + 1)
            self.ring.program(self.sector * SLOTS, ZERO)
            self.sector -= 1
        self.find_end(sector)

    def _zero(self, sequence: int) -> int:
        """Zero what is written from a slot to its sector's end, and two slots more, the guards.

        Return the sequence after that. The first guard goes first: it may hold a program that was
        started and cannot be seen yet (R7). Then the newest: an end must never outlive the rows
        before it (R5). The second guard goes last: if the first was cut, and the slot before it
        reads blank the next time, that one is the first guard then, and what was cut the second.
        """
        end = (sequence // SLOTS + 1) * SLOTS
        after = end
        while after > sequence and self._blank(after - 1):
            after -= 1
        first, second = min(after + 1, end), min(after + 2, end)
        for slot in range(first - 1, sequence - 1, -1):
            self.ring.program(slot, ZERO)
        if second > first:
            self.ring.program(first, ZERO)
        return second

    def _blank(self, sequence: int) -> bool:
        self.ring.read(sequence)
        return self.ring.back == BLANK

    def repair(self) -> None:
        """Make the flash safe to write after a start.

        Whatever lies behind the newest record is zeroed, and two blank slots too (R7): a program
        that was started and cannot be seen yet may be there. A sector that holds no record yet is
        not used before it was erased again (R6): its header may be one that was cut short, or one
        that an earlier start had begun to zero, and no program makes either sound.
        """
        newest, end = self.sector, self.ring.end
        if self.ring.alien:
            # R1. It may be another box's journal, say: a record of slot 4 there is one of slot 4
            # here, and the next start would believe it.
            for slot in range(0, self.ring.sectors * SLOTS, SLOTS):
                for part in (0,) + _PROOFS + _MORE:  # a header cut short may yet read valid
                    self.ring.program(slot + part, ZERO)
        while newest > max(end, 0) // SLOTS:
            self._zero(newest * SLOTS + 1)  # half an erase later it could prove its sector
            newest -= 1
        self.ring.prepared = newest
        self.ring.next = self._kill(end + 1 if end > 0 else max(newest, 0) * SLOTS, newest)

    def _kill(self, sequence: int, newest: int) -> int:
        """Zero what is written from `sequence` on, and two blank slots; return the next."""
        while True:
            sector = sequence // SLOTS
            if sequence % SLOTS == 0:
                if sector > newest:
                    return sequence
                if self.ring.header(sector % self.ring.sectors) != sector:
                    sequence += SLOTS
                    continue
                sequence += 1
            full = not self._blank((sector + 1) * SLOTS - 1)
            sequence = self._zero(sequence)
            if not full:
                return sequence
