"""The plug pulled on a journal, again and again, and what comes back compared with what was promised.

Owns scripted stretches of commands, flash that can be copied at any moment, and two ways to cut:
`sweep` tries the steps of one stretch in order, `live` lets one box suffer cut after cut. Judges by
ordinal, chain and picture of the line; must never know how the journal comes to them.

Everything is drawn from the seed: the same arguments give the same cuts and the same findings.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from luot.core import chain, records, ring
from luot.core.journal import Journal
from luot.core.order import Order

from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS, OUTCOMES, SECTOR, NorFlash

KEY = b"torture"
_TICKETS, _PAGERS, _DESKS = 24, 30, 3
_ABSENT_MOST = 4
_EDGE = (0, 1, 2, 3, 125, 126, 127)  # slots of a sector where headers, anchors and crossings are
_FINISHED = 50  # one recovery in so many plays the rest of the stretch, too
_NEXT_MOST = 3  # events after any other recovery, before it is started once more

Operation = Callable[["Plate"], None]


class Plate(NorFlash):
    """A flash twin as the journal takes it, that can be copied.

    `before(operation, offset, steps)` is called as each program and erase begins; `operation` does
    the same to another plate.
    """

    def __init__(self, sectors: int, rng: Random) -> None:
        """Make it blank. Wanting a 1 of a 0 is an error: the journal keeps off written slots."""
        super().__init__(sectors * SECTOR, Clock(), rng, _misuse)
        self.sectors = sectors
        self.before: Callable[[Operation, int, int], None] | None = None

    def copy(self) -> "Plate":
        """Another plate with the same cells, weak ones too, and chance of its own."""
        plate = Plate(self.sectors, Random(self._rng.getrandbits(32)))
        plate.cells[:] = self.cells
        plate.unstable.update(self.unstable)
        return plate

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Fill `buffer` with what is read from byte `offset` on."""
        if self.unstable:
            buffer[:] = self.read(offset, len(buffer))
        else:
            self.bytes_read += len(buffer)
            buffer[:] = self.cells[offset : offset + len(buffer)]

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


_OF_TICKETS = ("arrival", "place", "number", "pager", "lane", "state", "overtaken", "calls")
_LISTS = ("waiting", "counts", "last_call", "last_class", "pressed")
_PLAIN = ("day", "arrivals", "served", "newest", "alive", "ordinal", "time", "boots", "quiet_boots")


def picture(order: Order) -> int:
    """Return a fingerprint of all that a line knows, wherever in its arrays the tickets lie."""
    living = sorted((order.arrival[slot], slot) for slot in range(1, order.tickets + 1)
                    if order.state[slot])
    tickets = [[getattr(order, name)[slot] for _, slot in living] for name in _OF_TICKETS]
    lanes = [tuple(_threaded(first, order.after, order)) for first in order.head]
    pagers = []
    pager = order.pagers.first
    while pager:
        pagers.append(pager)
        pager = order.pagers.after(pager)
    opened = [order.arrival[slot] if slot else 0 for slot in order.opened]
    lists = [bytes(getattr(order, name)) for name in _LISTS]
    plain = [getattr(order, name) for name in _PLAIN]
    return hash((repr(tickets), tuple(lanes), tuple(pagers), tuple(opened), tuple(lists), repr(plain), order.lost))


def _threaded(slot: int, after: Any, order: Order) -> Any:
    while slot:
        yield order.arrival[slot]
        slot = after[slot]


class History:
    """A busy stretch of an office's life: its events, and what is true after each of them."""

    def __init__(self, seed: int, length: int) -> None:
        """Draw `length` events."""
        self.events: list[bytes] = []
        self.asked: list[tuple[int, int, int, int]] = []  # kind, source, at, extra
        order, value, rng = self.order(), bytes(chain.SIZE), Random(seed)
        self.values, self.pictures = [value], [picture(order)]
        while len(self.events) < length:
            record = bytearray(records.SIZE)
            ask = self._draw(rng, order)
            if self.decide(order, record, ask):
                continue
            records.stamp(record, 0, order.ordinal + 1)
            order.apply(record)
            value = chain.link(value, record)
            self.events.append(bytes(record))
            self.asked.append(ask)
            self.values.append(value)
            self.pictures.append(picture(order))

    def order(self) -> Order:
        """An empty line of the size this stretch is for."""
        return Order((3,) * _DESKS, pagers=_PAGERS, tickets=_TICKETS)

    def _draw(self, rng: Random, order: Order) -> tuple[int, int, int, int]:
        if not order.day:
            return records.DAY_OPEN, 0, 1, 0
        desk = rng.randint(1, _DESKS)
        kinds = (records.ISSUE, records.CALL, records.ARRIVED, records.RECALL, records.BOOT)
        kind = rng.choices((*kinds, records.ABSENT), (30, 22, 40, 6, 1, 1))[0]
        absent = sum(1 for state in order.state if state == 5)
        if kind == records.ABSENT and absent >= _ABSENT_MOST:
            kind = records.CALL
        if kind == records.ISSUE:
            return kind, 0, rng.randrange(2), int(rng.random() < 0.2)
        return kind, desk, desk, 60_000

    @staticmethod
    def decide(order: Order, record: bytearray, ask: tuple[int, int, int, int]) -> int:
        """Have the line decide; a start and the day's opening are the station's to record."""
        kind, source, at, extra = ask
        time = order.ordinal % 80_000
        if kind in {records.BOOT, records.DAY_OPEN}:
            number = order.boots + 1 if kind == records.BOOT else 0
            records.fact(record, kind, ticket=at, a=number & 0xFFFF, b=number >> 16)
            records.press(record, 0, 0, time)
            return 0
        press = order.pressed[source] % 0xFFFF + 1
        return order.decide(record, kind, source, press, time, at, extra)


class Torture:
    """One seed's cuts: how many there were, and what they broke."""

    def __init__(self, history: History, sectors: int, seed: int) -> None:
        """Torture rings of `sectors` sectors with the events of a stretch."""
        self.history = history
        self.sectors = sectors
        self.rng = Random(seed)
        self.cuts = self.double_cuts = 0  # double: within the start after another
        self.lost = self.ghosts = self.reordered = 0
        self.findings: list[str] = []

    @property
    def broken(self) -> int:
        """How many promises were broken."""
        return self.lost + self.ghosts + self.reordered

    def sweep(self, first: int, last: int, share: float, second: float = 0, edge: float = 1) -> None:
        """Play the stretch to event `last`; from event `first` on cut a share of all steps.

        At a sector's edges and in erases the share is `edge` times as much. Of the starts after a
        cut, the share `second` is cut too, with the same shares of steps.
        """
        plate = Plate(self.sectors, Random(self.rng.getrandbits(32)))
        journal = self._mounted(plate)
        for k in range(last):
            if k >= first:
                self._watch(plate, k, k + 1, share, edge, second)
            journal.append(bytearray(self.history.events[k]))
            if k >= first:
                self._watch(plate, k + 1, k + 1, share, edge, second)
            journal.idle(True)
            plate.before = None

    def _watch(self, plate: Plate, low: int, high: int, share: float, edge: float, second: float) -> None:
        def before(operation: Operation, offset: int, steps: int) -> None:
            near = steps == ERASE_STEPS or offset // records.SIZE % ring.SLOTS in _EDGE
            wanted = share * edge if near else share
            for done in range(steps):
                for outcome in OUTCOMES:
                    if self.rng.random() < wanted:
                        victim = plate.copy()
                        victim.strike(operation, done, outcome)
                        self.cuts += 1
                        self._recover(victim, low, high, share, edge, second)

        plate.before = before

    def _recover(self, plate: Plate, low: int, high: int, share: float, edge: float, second: float) -> None:
        """Start after a cut, cut that start too, go on for a while and start once more."""
        if self.rng.random() < second:
            cuts = self.cuts
            self._watch(plate, low, high, share, edge, second / 4)
            journal = self._judged(plate, low, high)
            self.double_cuts += self.cuts - cuts
            plate.before = None
        else:
            journal = self._judged(plate, low, high)
        if journal is None:
            return
        events = self.history.events
        k = journal.order.ordinal
        finish = self.rng.randrange(_FINISHED) == 0
        until = len(events) if finish else min(len(events), k + self.rng.randint(0, _NEXT_MOST))
        record = bytearray(records.SIZE)
        for n in range(k, until):
            if self.history.decide(journal.order, record, self.history.asked[n]) or record[7:28] != events[n][7:28]:
                self.reordered += 1
                self.findings.append(f"cut {self.cuts}: event {n + 1} is decided otherwise")
                return
            journal.append(record)
            if finish:
                journal.idle(True)
        self._judged(plate, until, until)

    def live(self, cuts: int) -> None:
        """Cut box after box, each again and again, until `cuts` are done or a promise is broken."""
        until = self.cuts + cuts
        while self.cuts < until and not self.broken:
            self._life(until)

    def _life(self, until: int) -> None:
        plate = Plate(self.sectors, Random(self.rng.getrandbits(32)))
        events = self.history.events
        low = high = 0
        while self.cuts < until:
            journal = None
            self._arm(plate)
            try:
                journal = self._judged(plate, low, high)
                if journal is None:
                    return
                low = journal.order.ordinal
                for n in range(low, len(events)):
                    high = n + 1
                    journal.append(bytearray(events[n]))
                    low = high
                    if self.rng.random() < 0.5:
                        journal.idle(True)
                return
            except PowerCut:
                self.cuts += 1
                self.double_cuts += journal is None
                plate.clock = Clock()

    def _arm(self, plate: Plate) -> None:
        """Choose when the plug is pulled next: soon after the start, at an edge, or anywhere."""
        aim = self.rng.random()
        edges = 0.4 <= aim < 0.8
        wait = self.rng.randrange(6 if aim < 0.8 else 60)

        def before(operation: Operation, offset: int, steps: int) -> None:
            nonlocal wait
            edge = steps == ERASE_STEPS or offset // records.SIZE % ring.SLOTS in _EDGE
            if edge or not edges:
                if not wait:
                    outcome = self.rng.choices(OUTCOMES, (1, 2, 5))[0]
                    plate.cut_after(self.rng.randrange(steps), outcome)
                wait -= 1

        plate.before = before

    def _mounted(self, plate: Plate) -> Journal:
        journal = Journal(plate, self.history.order(), KEY)
        journal.mount()
        return journal

    def _judged(self, plate: Plate, low: int, high: int) -> Journal | None:
        """Start a journal; None, and a finding, unless all is as after event `low` .. `high`."""
        try:
            journal = self._mounted(plate)
        except OSError as error:
            self.lost += 1
            self.findings.append(f"cut {self.cuts}: {error}")
            return None
        k = journal.order.ordinal
        if low <= k <= high and not journal.order.lost:
            same = journal.ring.value == self.history.values[k]
            if same and picture(journal.order) == self.history.pictures[k]:
                return journal
            self.reordered += 1
        elif k < low or journal.order.lost:
            self.lost += 1
        else:
            self.ghosts += 1
        self.findings.append(f"cut {self.cuts}: event {k} is the last, not {low}..{high}")
        return None
