"""The plug pulled on a journal, again and again, and what comes back compared with what was there.

Owns flash that can be copied at any moment, and two ways to cut: `sweep` tries the steps of a
stretch one by one, `live` lets one box suffer cut after cut. Judges by ordinal, chain and picture
of the line; must never know how the journal does it.

Everything is drawn from the seed: the same arguments give the same cuts and the same findings.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from luot.core import records, ring
from luot.core.journal import Journal
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS, OUTCOMES, SECTOR, NorFlash
from sim.stretch import History, picture

KEY = b"torture"
_EDGES = (0, 1, 2, 3, 125, 126, 127)  # slots with headers, anchors, crossings

Operation = Callable[["Plate"], None]


class Plate(NorFlash):
    """A flash twin as the journal takes it, that can be copied at any moment.

    `before(operation, offset, steps)` is called as each program and erase begins; `operation` does
    the same to another plate. Wanting a 1 of a 0 is an error: the journal keeps off used slots.
    """

    def __init__(self, sectors: int, rng: Random) -> None:
        """Make it blank."""
        super().__init__(sectors * SECTOR, Clock(), rng, _misuse)
        self.sectors = sectors
        self.before: Callable[[Operation, int, int], None] | None = None

    def copy(self) -> "Plate":
        """Another plate in the same state, unstable bits too, with chance of its own."""
        plate = Plate(self.sectors, Random(self._rng.getrandbits(32)))
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
            self.before(lambda plate: NorFlash.program(plate, offset, data), offset, len(data))
        super().program(offset, data)

    def erase(self, sector: int) -> None:
        """Set every bit of a sector."""
        if self.before is not None:
            offset = sector * SECTOR
            self.before(lambda plate: NorFlash.erase(plate, sector), offset, ERASE_STEPS)
        super().erase(sector)

    def strike(self, operation: Operation, done: int, outcome: str) -> None:
        """Pull the plug `done` steps into an operation, and bring the power back."""
        self.cut_after(done, outcome)
        try:
            operation(self)
        except PowerCut:
            self.clock = Clock()


def _misuse(text: str) -> None:
    raise RuntimeError(text)


def at_edge(offset: int, steps: int) -> bool:
    """Say whether an operation is an erase, or on a slot where sectors begin or end."""
    return steps == ERASE_STEPS or offset // records.SIZE % ring.SLOTS in _EDGES


class Shares(NamedTuple):
    """Which part of all steps is cut: anywhere, at edges; and of how many starts after a cut."""

    steps: float
    edges: float
    starts: float = 0


class Torture:
    """One seed's cuts: how many there were, and what they broke."""

    def __init__(self, history: History, sectors: int, seed: int) -> None:
        """Torture rings of `sectors` sectors with the events of a stretch."""
        self.history = history
        self.sectors = sectors
        self.seed = seed
        self.cuts = self.double_cuts = 0  # double: within the start after another cut
        self.lost = self.ghosts = self.reordered = 0
        self.findings: list[str] = []
        self._rng = Random(seed)

    def as_json(self) -> dict[str, int]:
        """The figures, for a report."""
        names = ("cuts", "double_cuts", "lost", "ghosts", "reordered", "seed")
        return {name: getattr(self, name) for name in names}

    def sweep(self, first: int, last: int, shares: Shares) -> None:
        """Play events up to `last` to a box; from event `first` on cut a share of all steps."""
        plate = Plate(self.sectors, Random(self._rng.getrandbits(32)))
        journal = Journal(plate, self.history.order(), KEY)
        journal.mount()
        for k in range(last):
            if k >= first:
                self._watch(plate, k, k + 1, shares)
            journal.append(bytearray(self.history.events[k]))
            if k >= first:
                self._watch(plate, k + 1, k + 1, shares)
            journal.idle(True)

    def _watch(self, plate: Plate, low: int, high: int, shares: Shares) -> None:
        """Cut copies of a plate from now on; `low`..`high` events may be found after."""

        def before(operation: Operation, offset: int, steps: int) -> None:
            edge = at_edge(offset, steps)
            share = shares.edges if edge else shares.steps
            for done in range(steps):
                for outcome in OUTCOMES:
                    if self._rng.random() < share:
                        victim = plate.copy()
                        victim.strike(operation, done, outcome)
                        self.cuts += 1
                        finish = edge or self._rng.random() < 0.02
                        self._recover(victim, low, high, shares, finish)

        plate.before = before

    def _recover(self, plate: Plate, low: int, high: int, shares: Shares, finish: bool) -> None:
        """Start after a cut, cutting copies of that start too; go on, and start once more."""
        if self._rng.random() < shares.starts:
            cuts = self.cuts
            self._watch(plate, low, high, shares._replace(starts=shares.starts / 4))
            journal = self._judged(plate, low, high)
            plate.before = None
            self.double_cuts += self.cuts - cuts
        else:
            journal = self._judged(plate, low, high)
        if journal is None:
            return
        low = journal.order.ordinal
        length = len(self.history.events)
        high = length if finish else min(length, low + self._rng.randrange(3))
        record = bytearray(records.SIZE)
        for k in range(low, high):
            refused = self.history.decide(journal.order, record, self.history.asked[k])
            if refused or record[7:28] != self.history.events[k][7:28]:
                self.reordered += 1
                self.findings.append(f"cut {self.cuts}: event {k + 1} is decided otherwise")
                return
            journal.append(record)
            journal.idle(True)
        self._judged(plate, high, high)

    def live(self, cuts: int, aims: tuple[int, int, int, int] = (4, 3, 1, 2)) -> None:
        """Cut one box after the other until `cuts` are done or something was found.

        `aims`: weights of a cut soon after the start, at an edge, late in an erase, anywhere.
        """
        until = self.cuts + cuts
        while self.cuts < until and not self.findings:
            self._life(until, aims)

    def _life(self, until: int, aims: tuple[int, int, int, int]) -> None:
        plate = Plate(self.sectors, Random(self._rng.getrandbits(32)))
        events = self.history.events
        low = high = 0
        while self.cuts < until:
            journal = None
            self._arm(plate, aims)
            try:
                journal = self._judged(plate, low, high)
                if journal is None:
                    return
                low = journal.order.ordinal
                for k in range(low, len(events)):
                    high = k + 1
                    journal.append(bytearray(events[k]))
                    low = high
                    if self._rng.random() < 0.5:
                        journal.idle(True)
                return
            except PowerCut:
                self.cuts += 1
                self.double_cuts += journal is None
                plate.clock = Clock()

    def _arm(self, plate: Plate, aims: tuple[int, int, int, int]) -> None:
        """Choose when the plug is pulled next."""
        rng = self._rng
        (aim,) = rng.choices(("start", "edge", "erase", "anywhere"), aims)
        wait = rng.randrange({"start": 10, "edge": 6, "erase": 1, "anywhere": 60}[aim])

        def before(operation: Operation, offset: int, steps: int) -> None:
            nonlocal wait
            if aim == "edge" and not at_edge(offset, steps):
                return
            if aim == "erase" and steps != ERASE_STEPS:
                return
            if not wait:
                done = steps - 1 if aim == "erase" else rng.randrange(steps)
                plate.cut_after(done, rng.choices(OUTCOMES, (1, 2, 5))[0])
            wait -= 1

        plate.before = before

    def _judged(self, plate: Plate, low: int, high: int) -> Journal | None:
        """Start a journal; None, and a finding, unless all is as after event `low`..`high`."""
        journal = Journal(plate, self.history.order(), KEY)
        try:
            journal.mount()
        except OSError as error:
            self.lost += 1
            self.findings.append(f"cut {self.cuts}: {error}")
            return None
        found, line = journal.order.ordinal, journal.order
        if found < low or line.lost:
            self.lost += 1
        elif found > high or journal.ring.value != self.history.values[found]:
            self.ghosts += 1
        elif picture(line) != self.history.pictures[found]:
            self.reordered += 1
        else:
            return journal
        self.findings.append(f"cut {self.cuts}: event {found} is the last, not {low}..{high}")
        return None
