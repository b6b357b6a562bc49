"""A NOR flash of a few slots in which a cut leaves what an adversary likes best.

Owns what each slot may read as. A slot is *solid* (it reads as one thing) or *weak*: each read
gives whichever of its readings `choices` takes. Must never know what the bytes mean.

A program cut inside leaves a slot that reads as before, as wanted, or as neither; an erase cut
inside leaves a sector each slot of which reads as before, as blank, or as neither. Weak they stay
until they are programmed to zeros, erased, or programmed with what was half there.
"""

from collections.abc import Callable

SIZE = 32
BLANK = b"\xff" * SIZE
ZERO = bytes(SIZE)
HALF = b"\x5a" + ZERO[1:]  # a blank slot in which the program of one record was cut
ROUGH = b"\xa5" + ZERO[1:]  # neither blank nor any record, and no program makes it one
_UNREADABLE = (ZERO, HALF, ROUGH)

Readings = tuple[bytes, ...]  # of a slot, sorted; one if it is solid
Cells = tuple[Readings, ...]  # of a flash
Slots = list[Readings]
Before = Callable[[int, Slots, Slots, Slots], None]

_known: dict[Readings, Readings] = {}


def readings(*found: bytes) -> Readings:
    """Return readings in order, each once, and the same object for the same ones."""
    made = tuple(sorted(set(found)))
    return _known.setdefault(made, made)


_SOLID = {content: readings(content) for content in (BLANK, ZERO, ROUGH)}


def programmed(slot: Readings, data: bytes) -> Readings:
    """Return what a slot reads as after a whole program."""
    if data == ZERO:
        return _SOLID[ZERO]
    begun = all(one in (BLANK, HALF, data) for one in slot)
    if begun and (HALF not in slot or data in slot):
        return readings(data)
    return readings(data, ROUGH) if BLANK in slot or data in slot else _SOLID[ROUGH]


def program_cut(slot: Readings, data: bytes) -> Readings:
    """Return what a slot may read as after a program that was cut inside."""
    if slot in (_SOLID[ZERO], (data,)):
        return slot  # no bit is in flight
    if data == ZERO:
        return readings(*slot, ROUGH)
    after = programmed(slot, data)
    return readings(*slot, *after, ROUGH if ROUGH in after else HALF)


def erase_cut(slot: Readings) -> Readings:
    """Return what a slot may read as after an erase that was cut inside."""
    return readings(BLANK, ROUGH, *(one for one in slot if one != HALF))


def classes(slot: Readings) -> Readings:
    """Return the readings that can be told apart: of what cannot be read one is enough."""
    bad = [one for one in slot if one in _UNREADABLE]
    return tuple(one for one in slot if one not in bad[1:])


class Choices:
    """One way through a tree of choices after the other, until none is left.

    What a weak slot reads as is chosen at its first read, and for each later one chosen anew while
    `turns` last; then it reads as at first.
    """

    def __init__(self, turns: int) -> None:
        """Allow so many slots to read otherwise than at first in each way."""
        self.turns = turns
        self._way: list[list[int]] = []  # each the choice taken and how many there are
        self.begin()

    def begin(self) -> None:
        """Begin a way."""
        self._at = 0
        self.left = self.turns
        self.first: dict[int, bytes] = {}

    def more(self) -> bool:
        """Turn to the next way; False when there is none."""
        way = self._way
        while way and way[-1][0] + 1 == way[-1][1]:
            way.pop()
        if not way:
            return False
        way[-1][0] += 1
        self.begin()
        return True

    def take(self, count: int) -> int:
        """Return the choice of so many that this way takes."""
        if self._at == len(self._way):
            self._way.append([0, count])
        self._at += 1
        return self._way[self._at - 1][0]

    def read(self, at: int, slot: Readings) -> bytes:
        """Return what a weak slot reads as now."""
        told = classes(slot)
        first = self.first.get(at)
        if first is None or first not in told:
            self.first[at] = first = told[self.take(len(told))]
            return first
        if not self.left or len(told) == 1:
            return first
        others = (first, *(one for one in told if one != first))
        chosen = others[self.take(len(others))]
        self.left -= chosen != first
        return chosen


class WeakFlash:
    """The flash as a ring takes it; `cells` may be taken and put back at any moment.

    `before(first, now, cut, after)` is told as each operation begins: its first slot, and what its
    slots read as now, if it is cut inside, and when it is whole.
    """

    def __init__(self, sectors: int, slots: int) -> None:
        """Make it blank, with so many slots in a sector."""
        self.sectors, self.slots = sectors, slots
        self.cells: list[Readings] = [_SOLID[BLANK]] * (sectors * slots)
        self.choices = Choices(0)
        self.before: Before | None = None
        self.refuse = -1  # after so many programs one fails, without a cut; -1 none does

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Fill `buffer` with what the slot at byte `offset` reads as."""
        at = offset // SIZE
        slot = self.cells[at]
        buffer[:] = slot[0] if len(slot) == 1 else self.choices.read(at, slot)

    def program(self, offset: int, data: bytes) -> None:
        """Program one slot."""
        at, data = offset // SIZE, bytes(data)
        slot = self.cells[at]
        after = programmed(slot, data)
        if self.refuse == 0 and data != ZERO:
            after = _SOLID[ROUGH]
        self.refuse -= self.refuse >= 0
        self._do(at, [slot], [program_cut(slot, data)], [after])

    def erase(self, sector: int) -> None:
        """Erase a sector."""
        at = sector * self.slots
        now = self.cells[at : at + self.slots]
        self._do(at, now, [erase_cut(slot) for slot in now], [_SOLID[BLANK]] * self.slots)

    def _do(self, at: int, now: Slots, cut: Slots, after: Slots) -> None:
        if self.before is not None:
            self.before(at, now, cut, after)
        self.cells[at : at + len(after)] = after
        for slot in range(at, at + len(after)):
            self.choices.first.pop(slot, None)
