"""Each rule of SPEC.md 2.7 is needed: taken out, a cut loses something that was promised.

A misuse of the flash does not count here, only a press lost, something that never was, or another
order. The rules here are found missing by lives cut at random, one by cuts that are aimed. Those
that chance does not come to (the guard slot, the reading back, what an erase or a header cut
short leaves, the end of a sector) are taken out in `test_adversary`.
"""

from collections.abc import Callable

import pytest

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.journal.ring import SLOTS
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import OUTCOMES
from sim.torture.plate import Operation, Plate
from sim.torture.stretch import KEY, START, Stretch, decide, empty_line
from sim.torture.torture import AIMS, Torture
from sim.torture.verdict import facts
from tests.faults.seeded import seed
from tests.rigs.journal import CORE

ERASES = (1, 0, 8, 1)  # weights of aims: erases and the headers after them, above all
EDGES = (2, 8, 0, 1)
BUSY = Stretch(seed=3, length=520)
TRIES = 3000  # of an aimed attack, at most; a hundred do as a rule

Attack = Callable[[Torture, int], None]  # with how many tries


def lives(aims: tuple[int, int, int, int], cuts: int) -> Attack:
    """Lives cut so often, at random."""
    return lambda torture, _: torture.live(cuts, aims)


def young(torture: Torture, slots: int) -> tuple[Plate, Journal]:
    """A box that has filled so many slots, without an idle moment."""
    plate = torture.plate()
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    while box.ring.next < slots:
        box.append(bytearray(BUSY.events[box.order.ordinal]))
    return plate, box


def taken_down(plate: Plate) -> list[Operation]:
    """The operations on a plate from now on."""
    done: list[Operation] = []
    plate.before = lambda operation, offset, data: done.append(operation)
    return done


def cut_short(plate: Plate, doing: Callable[[], object]) -> None:
    """Do something that a cut may end."""
    try:
        doing()
    except PowerCut:
        plate.clock = Clock()


def newest_cut_twice(torture: Torture, tries: int) -> None:
    """The newest record is cut short; so is what the next start writes first."""
    old, box = young(torture, 24)
    count, before = box.order.ordinal, old.copy()
    done = taken_down(old)
    box.append(bytearray(BUSY.events[count]))
    record = bytearray(records.SIZE)
    for _ in range(tries):
        plate = before.copy()
        plate.strike(done[0], torture.rng.randrange(records.SIZE), "unstable")
        plate.cut_after(torture.rng.randrange(80), torture.rng.choice(OUTCOMES))
        cut_short(plate, Journal(plate, empty_line(), KEY).mount)
        found = torture.judged(plate, BUSY.facts[count : count + 2]) if plate.unstable else None
        if found:
            decide(found.order, record, START)
            found.append(record)
            for _ in range(4):
                torture.judged(plate, [facts(found)])
        if torture.broken():
            return


def header_cut_twice(torture: Torture, tries: int) -> None:
    """A header is cut short, and so is the next erase; then the header may read valid."""
    old, box = young(torture, SLOTS - 10)
    count, before = box.order.ordinal, old.copy()
    done = taken_down(old)
    box.idle(True)
    _, erase, program = done  # what stands in slot 0 is zeroed first
    for _ in range(tries):
        plate = before.copy()
        erase(plate)
        plate.strike(program, torture.rng.randrange(records.SIZE), "unstable")
        box = Journal(plate, empty_line(), KEY)
        box.mount()
        if box.ring.prepared:
            continue
        erase_cut(torture, plate, box)
        found = torture.judged(plate, BUSY.facts[count : count + 1])
        if found and found.ring.prepared:
            write_there(torture, plate, found)
        if torture.broken():
            return


def erase_cut(torture: Torture, plate: Plate, box: Journal) -> None:
    """Have the box erase in an idle moment, and cut that while the sector is driven to 0."""

    def at_erase(operation: Operation, offset: int, data: bytes) -> None:
        if not data:
            plate.before = None
            plate.cut_after(torture.rng.randrange(4), "unstable")

    plate.before = at_erase
    cut_short(plate, lambda: box.idle(True))
    plate.before = None


def write_there(torture: Torture, plate: Plate, box: Journal) -> None:
    """Fill the sector that a header proves, with starts between."""
    count = box.order.ordinal
    for k in range(count, count + 100):
        for _ in range(0 if k % 25 else 8):
            if not (found := torture.judged(plate, BUSY.facts[k : k + 1])):
                return
            box = found
        try:
            box.append(bytearray(BUSY.events[k]))
        except OSError as error:
            torture.found("lost", repr(error))
            return


# Rules taken out: the text that is sound and what it becomes, and the attack that finds it.

KILL = "            sequence = self._zero(sequence)\n"
LOOK = (
    "            while sequence < (sector + 1) * SLOTS and not self._blank(sequence):\n"
    "                sequence += 1\n"
)
REPAIR = "        self.search.repair()\n"
ORDINAL = "        newest, ring.ordinal = ring.ordinal, 0\n"
COPY = "        if ordinal:\n            ring.write(copy, ordinal, False)\n"
RULES: dict[str, tuple[list[tuple[str, str]], Attack]] = {
    "zero what lies behind the newest record": (
        [(KILL, LOOK)],
        lives(AIMS, 1500),
    ),
    "copy the newest record at every start": ([(COPY, "")], lives(AIMS, 600)),
    "kill before the copy": (
        [
            (
                REPAIR + ORDINAL + COPY,
                "        program = ring.program\n"
                "        ring.program = lambda at, data: any(data) and program(at, data)\n"
                + REPAIR
                + "        ring.program = program\n"
                + ORDINAL
                + "        behind = range(ring.end + 1, ring.next)\n"
                + COPY
                + "        for sequence in behind:\n"
                "            if sequence % SLOTS:\n"
                "                program(sequence, bytes(32))\n",
            )
        ],
        newest_cut_twice,
    ),
    "only a complete checkpoint counts": (
        [
            (
                "                if self.ring.back[AT_KIND] == records.END:\n"
                "                    self.found = get(self.ring.back, AT_BEGIN, 4)\n",
                "                if self.ring.back[AT_KIND] == records.BEGIN:\n"
                "                    self.found = sequence\n",
            ),
            (
                "            if kind < records.HEADER or kind == records.BEGIN:\n"
                "                return 0\n",
                "            if kind < records.HEADER or kind == records.BEGIN:\n"
                "                return sequence\n",
            ),
            (
                "                    return 0\n        return 0\n",
                "                    return 0\n        return end + 1\n",
            ),
        ],
        lives(AIMS, 500),
    ),
    "erase a sector without a record again": (
        [("            newest -= 1\n", "            break\n")],
        lives(ERASES, 3000),
    ),
    "copy before the anchor": (
        [(COPY, "        ring.anchor()\n" + COPY)],
        lives(AIMS, 800),
    ),
    "read the newest record once": (
        [("if sequence == self.end:", "if False:")],
        lives(AIMS, 1000),
    ),
    "a checkpoint counts from its end on, not from the next header": (
        [("self.found = get(self.ring.back, AT_BEGIN, 4)", "pass")],
        lives(AIMS, 800),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_is_needed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, attack = RULES[rule]
    for sound, broken in changes:
        seed(monkeypatch, CORE, sound, broken)
    torture = Torture(4, seed=4)
    attack(torture, TRIES)
    assert torture.broken()


@pytest.mark.parametrize("attack", [newest_cut_twice, header_cut_twice])
def test_what_is_shipped_survives_aimed_cuts(attack: Attack) -> None:
    torture = Torture(4, seed=4)
    attack(torture, 150)
    assert torture.findings == []
