"""The plug pulled on a journal, again and again, and what comes back compared with what was there.

Owns two ways to cut: `sweep` tries the steps of a stretch one by one, `live` lets one box suffer
cut after cut. Judges by ordinal, chain and a picture of the line; must never know how the journal
does it.

Everything is drawn from the seed: the same arguments give the same cuts and the same findings.
"""

from random import Random
from typing import NamedTuple

from luot.core import records, ring
from luot.core.journal import Journal
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS, OUTCOMES
from sim.plate import Operation, Plate
from sim.stretch import START, Facts, Stretch, decide, empty_line, happen, picture, press

KEY = b"torture"
AIMS = (4, 3, 1, 2)  # weights: cuts soon after the start, at an edge, in an erase, anywhere
_WAITS = {"start": 10, "edge": 6, "erase": 2, "anywhere": 60}  # operations, at most
_EDGES = (0, 1, 2, 3, 125, 126, 127)  # slots with headers, anchors, crossings
_FINISHED = 50  # one recovery in so many plays the whole stretch
_LIFE = 5000  # events of one box: it never comes to the end of a day's numbers
_IDLE = 0.5  # share of events with an idle moment after them


def facts(journal: Journal) -> Facts:
    """Return what a journal holds to be true."""
    return Facts(journal.order.ordinal, journal.ring.value, picture(journal.order))


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

    def __init__(self, sectors: int, seed: int) -> None:
        """Torture rings of `sectors` sectors."""
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

    def _plate(self) -> Plate:
        rng = Random(self._rng.getrandbits(32))
        return Plate(self.sectors, rng, lambda text: self._found("ghosts", text))

    # Step by step.

    def sweep(self, stretch: Stretch, shares: Shares, first: int = 0) -> None:
        """Have a box live through a stretch; from event `first` on cut a share of all steps."""
        plate = self._plate()
        journal = Journal(plate, empty_line(), KEY)
        journal.mount()
        for k, event in enumerate(stretch.events):
            if k >= first:
                self._watch(plate, stretch, stretch.facts[k : k + 2], shares)
            journal.append(bytearray(event))
            if k >= first:
                self._watch(plate, stretch, stretch.facts[k + 1 : k + 2], shares)
            journal.idle(True)

    def _watch(self, plate: Plate, stretch: Stretch, allowed: list[Facts], shares: Shares) -> None:
        """Cut copies of a plate from now on: one of `allowed` must be found after."""

        def before(operation: Operation, offset: int, steps: int) -> None:
            edge = at_edge(offset, steps)
            share = shares.edges if edge else shares.steps
            for done in range(steps):
                for outcome in OUTCOMES:
                    if self._rng.random() < share:
                        victim = plate.copy()
                        victim.strike(operation, done, outcome)
                        self.cuts += 1
                        self._recover(victim, stretch, allowed, shares, edge)

        plate.before = before

    def _recover(
        self, plate: Plate, stretch: Stretch, allowed: list[Facts], shares: Shares, finish: bool
    ) -> None:
        """Start after a cut, cutting copies of that start too; go on, and start once more."""
        cuts = self.cuts
        if self._rng.random() < shares.starts:
            fewer = shares._replace(starts=shares.starts / 4)
            self._watch(plate, stretch, allowed, fewer)
        journal = self._judged(plate, allowed)
        plate.before = None
        self.double_cuts += self.cuts - cuts
        if journal is None:
            return
        record = bytearray(records.SIZE)
        if not finish and self._rng.randrange(_FINISHED):
            decide(journal.order, record, START)
            for _ in range(self._rng.randint(1, 3)):
                journal.append(record)
                press(self._rng, journal.order, record)
            self._judged(plate, [facts(journal)])
            return
        for k in range(journal.order.ordinal, len(stretch.events)):
            refused = decide(journal.order, record, stretch.asked[k])
            if refused or record[7:28] != stretch.events[k][7:28]:
                self._found("reordered", f"event {k + 1} is decided otherwise")
                return
            journal.append(record)
            journal.idle(True)
        self._judged(plate, stretch.facts[-1:])

    # Box by box.

    def live(self, cuts: int, aims: tuple[int, int, int, int] = AIMS) -> None:
        """Cut one box after the other until `cuts` are done or something was found.

        `aims`: weights of a cut soon after the start, at an edge, in an erase or the header after
        it, anywhere.
        """
        until = self.cuts + cuts
        while self.cuts < until and not self.findings:
            self._life(until, aims)

    def _life(self, until: int, aims: tuple[int, int, int, int]) -> None:
        plate = self._plate()
        journal = Journal(plate, empty_line(), KEY)
        allowed = [facts(journal)]
        record = bytearray(records.SIZE)
        while self.cuts < until and not self.findings and allowed[0].ordinal < _LIFE:
            self._arm(plate, aims)
            started = appending = False
            try:
                judged = self._judged(plate, allowed)
                if judged is None:
                    return
                journal, started = judged, True
                decide(journal.order, record, START)
                while True:
                    appending = True
                    journal.append(record)
                    appending = False
                    if self._rng.random() < _IDLE:
                        journal.idle(True)
                    press(self._rng, journal.order, record)
            except PowerCut:
                self.cuts += 1
                plate.clock = Clock()
            except OSError as error:
                self._found("lost", str(error))
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
        rng = self._rng
        (aim,) = rng.choices(tuple(_WAITS), aims)
        wait = rng.randrange(_WAITS[aim])
        begun = False

        def before(operation: Operation, offset: int, steps: int) -> None:
            nonlocal wait, begun
            begun = begun or aim not in {"edge", "erase"}
            begun = begun or (steps == ERASE_STEPS if aim == "erase" else at_edge(offset, steps))
            if begun and not wait:
                outcome = rng.choices(OUTCOMES, (1, 2, 5))[0]
                late = steps == ERASE_STEPS and rng.randrange(2)
                plate.cut_after(steps - 1 if late else rng.randrange(steps), outcome)
            wait -= begun

        plate.before = before

    # Judging.

    def _judged(self, plate: Plate, allowed: list[Facts]) -> Journal | None:
        """Start a journal; None, and a finding, unless it finds one of `allowed`."""
        journal = Journal(plate, empty_line(), KEY)
        try:
            journal.mount()
        except OSError as error:
            self._found("lost", str(error))
            return None
        now = facts(journal)
        if now in allowed:
            return journal
        text = f"event {now.ordinal} is the last, not {[one.ordinal for one in allowed]}"
        if now.ordinal < allowed[0].ordinal or journal.order.lost:
            self._found("lost", text)
        elif now.value not in [one.value for one in allowed]:
            self._found("ghosts", text)
        else:
            self._found("reordered", text)
        return None

    def _found(self, kind: str, text: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.findings.append(f"{kind}, cut {self.cuts}: {text}")
