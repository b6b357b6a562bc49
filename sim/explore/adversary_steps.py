"""What may come of a state of a small box, cut wherever it hurts, and whether that is right.

Owns the steps (a start, a press, an idle moment), the cuts before and inside each operation of
them, and what must be found after. How far to go is `adversary`.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from luot.core import records
from luot.core.journal import chain
from luot.core.journal.ring import JournalError
from luot.core.records import AT_KIND, AT_ORDINAL
from luot.core.wire import get
from sim.explore.adversary_box import (
    Facts,
    Geometry,
    Line,
    Memory,
    box,
    facts,
    press,
    put_back,
    remember,
)
from sim.explore.adversary_flash import Cells, Choices, Slots, WeakFlash
from sim.explore.adversary_names import name, whole_from

EVER = 1 << 20  # steps: as many as one likes


class State(NamedTuple):
    """A flash, the box that works on it (None: without power), and what may be found there."""

    cells: Cells
    memory: Memory | None
    allowed: tuple[Facts, ...]
    fresh: bool = False  # started, and its first event not written yet
    left: int = EVER  # steps until the next cut, at most


class FoundError(Exception):
    """Something is not right, in words."""


Step = tuple[str, int, State]  # what was done, cuts it took, and what came of it


class Adversary:
    """One ring that is put into state after state."""

    def __init__(self, geometry: Geometry, turns: int = 1) -> None:
        """Of a ring; a weak slot may read otherwise than at first so often in one step."""
        self.geometry = geometry
        self.flash = WeakFlash(geometry.sectors, geometry.slots)
        self.turns = turns
        self.steps = 0
        self.alarms, self.refusals = True, False
        self.patient = True  # whether a box that has no room is a finding
        self._cut: list[tuple[str, Cells]] = []

    def first(self) -> State:
        """Return a box without power and a blank flash."""
        return State(tuple(self.flash.cells), None, (facts(box(self.flash)),))

    def name(self, state: State) -> bytes:
        """Name a state."""
        told = name(self.geometry, state.cells, state.memory, state.allowed)
        return told + b"f" if state.fresh else told

    def expand(self, state: State) -> Iterator[Step]:
        """Yield what may come of a state; FoundError if anything is not right."""
        if state.memory is None:
            yield from self._ways(state, "start", self._start)
            return
        if not state.fresh and self.geometry.idle != "never":
            worked = 0
            for step in self._ways(state, "idle", self._idle):
                worked += 1
                yield step
            if worked and self.geometry.idle == "always":
                return
        yield from self._ways(state, "press", self._press)

    def _ways(
        self, state: State, word: str, act: Callable[[State], State | None]
    ) -> Iterator[Step]:
        flash = self.flash
        flash.choices = choices = Choices(self.turns)
        told: set[Cells] = set()
        while True:
            flash.cells[:] = state.cells
            flash.before = self._before
            self._cut, self._allowed = [], state.allowed
            self.steps += 1
            then = self._done(word, act, state)
            flash.before = None
            for words, cells in self._cut:
                if cells not in told:
                    told.add(cells)
                    yield f"{word}, {words}", 1, State(cells, None, self._may(cells))
            if then:
                yield word, 0, then
            if not choices.more():
                break
        if self.refusals:
            yield from self._refused(state, word, act)

    def _refused(
        self, state: State, word: str, act: Callable[[State], State | None]
    ) -> Iterator[Step]:
        """Yield what comes of a state if one of the programs fails without a cut."""
        flash = self.flash
        for nth in range(len(self._cut)):
            flash.cells[:] = state.cells
            flash.choices, flash.refuse = Choices(0), nth
            then = self._done(word, act, state)
            if flash.refuse >= 0:
                break
            if then:
                yield f"{word}, program {nth} refused", 1, then
        flash.refuse = -1

    def _done(self, word: str, act: Callable[[State], State | None], state: State) -> State | None:
        """Do something; None if nothing came of it."""
        try:
            return act(state)
        except JournalError as error:
            raise FoundError(f"{word}: {error}") from error
        except OSError as error:
            if self.patient:
                raise FoundError(f"{word}: {error}") from error
            return None  # more cuts in a row than there is room for: nothing happened
        except (IndexError, ValueError) as error:
            raise FoundError(f"{word}: {error!r}") from error

    def _may(self, cells: Cells) -> tuple[Facts, ...]:
        """Leave out of what may be found an event that lies nowhere."""
        if len(self._allowed) == 1:
            return self._allowed
        last = self._allowed[-1].ordinal
        for slot in cells:
            for one in slot:
                if one[AT_KIND] < records.HEADER and get(one, AT_ORDINAL, 3) == last:
                    return self._allowed
        return self._allowed[:1]

    def _before(self, at: int, now: Slots, cut: Slots, after: Slots) -> None:
        cells = tuple(self.flash.cells)
        nth = len(self._cut) // 2
        self._cut.append((f"cut before operation {nth} at {at}", cells))
        if cut != now:
            inside = (*cells[:at], *cut, *cells[at + len(cut) :])
            self._cut.append((f"cut in operation {nth} at {at}", inside))

    def _start(self, state: State) -> State:
        made = box(self.flash)
        whole = whole_from(self.geometry, state.cells)
        made.mount()
        found = facts(made)
        if self.alarms and made.ring.begin < whole:
            raise FoundError(
                f"a checkpoint is whole at {whole}, and that at {made.ring.begin} is used"
            )
        if found not in state.allowed:
            kind = "lost" if found.ordinal < state.allowed[0].ordinal else "another order"
            raise FoundError(f"{kind}: {found.ordinal}, not {[f.ordinal for f in state.allowed]}")
        if self.alarms and (made.ring.damaged >= 0 or made.order.lost):
            raise FoundError("a mere cut is called damage")
        return State(tuple(self.flash.cells), remember(made), (found,), fresh=True)

    def _press(self, state: State) -> State:
        assert state.memory
        made = put_back(self.flash, state.memory)
        record = press(self.flash.cells, made.order)
        self._allowed = (*state.allowed, after(state.allowed[0], record))
        made.append(record)
        if facts(made) != self._allowed[1]:
            raise FoundError("a press is something else")
        return State(tuple(self.flash.cells), remember(made), self._allowed[1:])

    def _idle(self, state: State) -> State | None:
        assert state.memory
        made = put_back(self.flash, state.memory)
        if not made.idle(True):
            return None
        return State(tuple(self.flash.cells), remember(made), state.allowed)


def after(was: Facts, record: bytearray) -> Facts:
    """Return what is true after an event."""
    line, written = Line(), bytearray(record)
    line.recent = was.recent
    records.stamp(written, 0, was.ordinal + 1)
    line.apply(written)
    return Facts(line.ordinal, line.recent, chain.link(was.value, written))
