"""The plug pulled on a journal, again and again, and what comes back compared with what was there.

Owns two ways to cut: `sweep` tries the steps of a stretch one by one, `live` lets one box suffer
cut after cut. Where to look harder it tells by slot and kind of record, but it judges by ordinal,
chain and a picture of the line; must never know how the journal does it.

Everything is drawn from the seed: the same arguments give the same cuts and the same findings.
"""

from typing import NamedTuple

from luot.core import records
from luot.core.journal import ring
from luot.core.journal.journal import Journal
from luot.core.records import AT_CRC, AT_KIND
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS, OUTCOMES
from sim.torture.plate import Operation, Plate
from sim.torture.stretch import KEY, START, Facts, Stretch, decide, empty_line, happen, press
from sim.torture.verdict import Verdict, facts, state

AIMS = (4, 3, 1, 2)  # weights: cuts soon after the start, at an edge, in an erase, anywhere
_WAITS = {"start": 10, "edge": 6, "erase": 2, "anywhere": 60}  # operations, at most
_EDGES = (0, 1, 2, 3, 125, 126, 127)  # slots with headers, anchors, crossings
_TURNS = (records.BEGIN, records.DAY_ROW, records.OFFICE_ROW, records.END)
_AFTER = 2  # operations after a checkpoint that are near it, too
_FINISHED = 50  # one recovery in so many plays the whole stretch
_BUSY = (80, 120)  # of so many events the first so many are followed by an idle moment
_LIFE = 5000  # events of one box: it never comes to the end of a day's numbers
_IDLE = 0.5  # share of events with an idle moment after them


def at_edge(offset: int, data: bytes) -> bool:
    """Say whether an operation is an erase, where sectors meet, or where checkpoints do."""
    slot = offset // records.SIZE % ring.SLOTS
    return not data or slot in _EDGES or data[AT_KIND] in _TURNS


class Shares(NamedTuple):
    """Which part of all steps is cut: anywhere, at edges; and of how many starts after a cut."""

    steps: float
    edges: float
    starts: float = 0


class Torture(Verdict):
    """One seed's cuts: how many there were, and what they broke."""

    def __init__(self, sectors: int, seed: int) -> None:
        """Torture rings of `sectors` sectors."""
        super().__init__(sectors, seed)
        self._near = 0  # operations that are still near the last checkpoint
        self._lived: set[int] = set()  # states after a start from which a box has lived on well
        self._finished: set[int] = set()  # and played the stretch to its end

    # Step by step.

    def sweep(
        self, stretch: Stretch, shares: Shares, first: int = 0, last: int | None = None
    ) -> None:
        """Have a box live through a stretch; cut a share of all steps of events `first` .. `last`.

        A start in the stretch is one: the box is mounted anew.
        """
        plate, truth = self.plate(), stretch.facts
        journal = Journal(plate, empty_line(), KEY)
        for k, event in enumerate(stretch.events[:last]):
            if k >= first:
                self._lived, self._finished = set(), set()
                self._watch(plate, stretch, truth[k : k + 1], shares)
            if not k or stretch.asked[k] == START:
                journal = Journal(plate, empty_line(), KEY)
                journal.mount()
            if k >= first:
                self._watch(plate, stretch, truth[k : k + 2], shares)
            journal.append(bytearray(event))
            if k >= first:
                self._watch(plate, stretch, truth[k + 1 : k + 2], shares)
            if k % _BUSY[1] < _BUSY[0]:
                journal.idle(True)

    def _watch(self, plate: Plate, stretch: Stretch, allowed: list[Facts], shares: Shares) -> None:
        """Cut copies of a plate from now on: one of `allowed` must be found after."""

        def before(operation: Operation, offset: int, data: bytes) -> None:
            edge = at_edge(offset, data) or self._near > 0
            ended = data and data[AT_KIND] == records.END
            self._near = _AFTER if ended else max(self._near - 1, 0)
            share = shares.edges if edge else shares.steps
            for done in range(len(data) or ERASE_STEPS):
                for outcome in OUTCOMES:
                    if share == 1 or self.rng.random() < share:
                        victim = plate.copy()
                        victim.strike(operation, done, outcome)
                        self.cuts += 1
                        finish = edge or not self.rng.randrange(_FINISHED)
                        self._recover(victim, stretch, allowed, shares, finish)

        plate.before = before

    def _recover(
        self, plate: Plate, stretch: Stretch, allowed: list[Facts], shares: Shares, finish: bool
    ) -> None:
        """Start after a cut, cutting copies of that start too; go on, and start once more.

        Most cuts of an operation leave a box that an earlier one left, to the last cell: from
        there it has gone on already.
        """
        cuts, near = self.cuts, self._near
        if self.rng.random() < shares.starts:
            fewer = shares._replace(starts=shares.starts / 4)
            self._watch(plate, stretch, allowed, fewer)
        journal = self.judged(plate, allowed)
        plate.before = None
        self.double_cuts += self.cuts - cuts
        self._near = near
        if journal is None:
            return
        done = self._finished if finish else self._lived
        known = state(journal, plate)
        if known in done and not plate.unstable:
            return
        done.add(known)
        try:
            if finish:
                self._finish(plate, journal, stretch)
            else:
                self._live_on(plate, journal)
        except Exception as error:  # whatever a box raises, the line is lost with it
            self.found("lost", repr(error))

    def _finish(self, plate: Plate, journal: Journal, stretch: Stretch) -> None:
        """Play the rest of the stretch, and start once more."""
        record = bytearray(records.SIZE)
        for k in range(journal.order.ordinal, len(stretch.events)):
            refused = decide(journal.order, record, stretch.asked[k])
            if refused or record[AT_KIND:AT_CRC] != stretch.events[k][AT_KIND:AT_CRC]:
                self.found("reordered", f"event {k + 1} is decided otherwise")
                return
            journal.append(record)
            if k % _BUSY[1] < _BUSY[0]:
                journal.idle(True)
        self.judged(plate, stretch.facts[-1:])

    def _live_on(self, plate: Plate, journal: Journal) -> None:
        """Let a few things happen, and start once more."""
        record = bytearray(records.SIZE)
        decide(journal.order, record, START)
        for _ in range(self.rng.randint(1, 3)):
            journal.append(record)
            press(self.rng, journal.order, record)
        self.judged(plate, [facts(journal)])

    # Box by box.

    def live(self, cuts: int, aims: tuple[int, int, int, int] = AIMS) -> None:
        """Cut one box after the other until `cuts` are done or a promise was broken.

        `aims`: weights of a cut soon after the start, at an edge, in an erase or the header after
        it, anywhere.
        """
        until = self.cuts + cuts
        while self.cuts < until and not self.broken():
            self._life(until, aims)

    def _life(self, until: int, aims: tuple[int, int, int, int]) -> None:
        plate = self.plate()
        journal = Journal(plate, empty_line(), KEY)
        allowed = [facts(journal)]
        record = bytearray(records.SIZE)
        while self.cuts < until and not self.broken() and allowed[0].ordinal < _LIFE:
            self._arm(plate, aims)
            started = appending = False
            try:
                judged = self.judged(plate, allowed)
                if judged is None:
                    return
                journal, started = judged, True
                decide(journal.order, record, START)
                while True:
                    appending = True
                    journal.append(record)
                    appending = False
                    if self.rng.random() < _IDLE:
                        journal.idle(True)
                    press(self.rng, journal.order, record)
            except PowerCut:
                self.cuts += 1
                plate.clock = Clock()
            except Exception as error:  # whatever a box raises, the line is lost with it
                self.found("lost", repr(error))
                return
            if not started:
                self.double_cuts += 1
                continue
            # What the dead box still has in mind is what was promised.
            allowed = [facts(journal)]
            if appending:
                allowed.append(happen(journal.order, allowed[0].value, record))

    def _arm(self, plate: Plate, aims: tuple[int, int, int, int]) -> None:
        """Choose when the plug is pulled next."""
        rng = self.rng
        (aim,) = rng.choices(tuple(_WAITS), aims)
        wait = rng.randrange(_WAITS[aim])
        begun = False

        def before(operation: Operation, offset: int, data: bytes) -> None:
            nonlocal wait, begun
            steps = len(data) or ERASE_STEPS
            begun = begun or aim not in {"edge", "erase"}
            begun = begun or (not data if aim == "erase" else at_edge(offset, data))
            if begun and not wait:
                outcome = rng.choices(OUTCOMES, (1, 2, 5))[0]
                late = not data and rng.randrange(2)
                plate.cut_after(steps - 1 if late else rng.randrange(steps), outcome)
            wait -= begun

        plate.before = before
