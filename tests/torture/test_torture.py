"""Promise 3: cut the power at any instant, and nothing is lost, doubled or moved.

A stated sample of what `sim.torture` can do: some 4,000 cuts here; `python -m sim torture` cuts
all stretches at every step. That it can find what it looks for is shown by test_ablations.py.
"""

from collections import Counter
from random import Random

import pytest

from luot.core import records
from luot.core.journal.journal import Journal
from luot.pc import story
from sim.chips.clock import Clock, PowerCut
from sim.chips.norflash import ERASE_STEPS, OUTCOMES, SECTOR
from sim.torture import verdict
from sim.torture.parts import ACTS, stretch
from sim.torture.plate import Operation, Plate
from sim.torture.stretch import ARRAYS, KEY, OF_LINES, OF_TICKETS, SORTS, Stretch, empty_line, sort
from sim.torture.torture import AIMS, Shares, Torture
from sim.torture.verdict import facts
from tests.faults.seeded import fails, seed
from tests.rigs.journal import CORE

ERASES = (1, 0, 8, 1)  # weights of aims: erases and the headers after them, above all
BUSY = Stretch(seed=3, length=520)  # goes round a ring of four sectors, with checkpoints


# Cuts.


@pytest.mark.parametrize("sectors", [4, 5])
def test_a_stretch_survives_a_cut_at_any_step(sectors: int) -> None:
    torture = Torture(sectors, seed=1)
    torture.sweep(BUSY, Shares(steps=0.006, edges=0.02))
    assert torture.cuts > 400
    assert torture.findings == []


def test_every_step_of_one_event_is_cut() -> None:
    torture = Torture(4, seed=1)
    torture.sweep(BUSY, Shares(1, 1), 60, 61)
    assert torture.cuts == records.SIZE * len(OUTCOMES)
    assert torture.findings == []


def test_starts_survive_cuts_too() -> None:
    torture = Torture(4, seed=2)
    torture.sweep(BUSY, Shares(steps=0.004, edges=0.004, starts=0.4))
    assert torture.double_cuts > 200
    assert torture.findings == []


@pytest.mark.parametrize(("sectors", "aims"), [(4, AIMS), (5, ERASES), (6, (3, 3, 0, 4))])
def test_boxes_live_through_cut_after_cut(sectors: int, aims: tuple[int, int, int, int]) -> None:
    torture = Torture(sectors, seed=3)
    torture.live(500, aims)
    assert torture.findings == []
    assert torture.cuts == 500
    assert torture.double_cuts > 20


def test_the_stretches_hold_300_commands_of_every_sort() -> None:
    told: Counter[tuple[int, int]] = Counter()
    for act in range(len(ACTS)):
        mine = Counter(map(sort, stretch(1, act).events))
        assert set(mine) == set(SORTS)
        told += mine
    assert min(told.values()) >= 300


def test_a_stretch_goes_round_the_ring_with_checkpoints() -> None:
    plate, ends = Plate(4, Random(1), pytest.fail), 0

    def before(operation: Operation, offset: int, data: bytes) -> None:
        nonlocal ends
        ends += bool(data) and data[7] == records.END

    plate.before = before
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    for event in stretch(1, 0).events:
        box.append(bytearray(event))
        box.idle(True)
    assert sum(plate.wear) > 10
    assert ends >= 4


# Rows taken back: no number of cuts within checkpoints uses up the room.


def starved(starts: int) -> list[str]:
    """Cut the power in the same checkpoint again and again; return what was found wrong."""
    torture, rng = Torture(4, seed=5), Random(5)
    plate = Plate(4, Random(5), torture.findings.append)
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    count = 0
    while box.ring.room() > 230:
        box.append(bytearray(BUSY.events[count]))
        count += 1
    wait = 0

    def before(operation: Operation, offset: int, data: bytes) -> None:
        nonlocal wait
        wait -= 1
        if not wait:
            plate.cut_after(rng.randrange(len(data) or ERASE_STEPS), rng.choice(OUTCOMES))

    for _ in range(starts):
        plate.before = None
        try:
            box = Journal(plate, empty_line(), KEY)
            box.mount()
            wait = rng.randrange(1, 12)  # the checkpoint takes more operations
            plate.before = before
            while not box._checkpoint():
                pass
        except PowerCut:
            plate.clock = Clock()
        except OSError as error:
            return [str(error)]
    plate.before = None
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    assert facts(box) == BUSY.facts[count]
    for event in BUSY.events[count:]:
        box.append(bytearray(event))
    assert facts(box) == BUSY.facts[-1]
    return torture.findings


def no_room_is_used_up() -> None:
    assert starved(300) == []


def test_checkpoints_cut_again_and_again_use_up_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    no_room_is_used_up()
    seed(monkeypatch, CORE, "self.search.take_back(needed // SLOTS)", "pass")
    assert fails(no_room_is_used_up, tries=1)


# The engine itself.


def test_the_same_seed_gives_the_same_cuts() -> None:
    def story() -> tuple[dict[str, int], list[str]]:
        torture = Torture(4, seed=6)
        torture.sweep(BUSY, Shares(steps=0.001, edges=0.001, starts=0.2))
        torture.live(50)
        return torture.as_json(), torture.findings

    assert story() == story()


def test_a_copy_of_a_plate_is_apart() -> None:
    plate = Plate(4, Random(7), pytest.fail)
    plate.strike(lambda victim: victim.program(64, bytes(32)), 3, "unstable")
    copy = plate.copy()
    assert copy.image() == plate.image() and copy.unstable == plate.unstable
    copy.erase(0)
    assert copy.image() == b"\xff" * 4 * SECTOR != plate.image()
    assert plate.unstable and not copy.unstable


def test_a_picture_shows_all_that_a_line_knows() -> None:
    shown = {"after", "head", "opened", "pagers", "undoable", "tally"}
    shown |= {*OF_TICKETS, *OF_LINES, *ARRAYS}
    made = {"services", "rule", "overtakes_max", "calls_max", "recall_gap_ms", "tickets"}
    made |= {"begun_as", "started"}  # of the newest start, which is the box's and not the line's
    derived = {"tail", "unused"}  # both follow from what is shown
    assert set(vars(empty_line())) == shown | made | derived


def test_a_loss_a_ghost_and_another_order_are_told_apart() -> None:
    plate = Plate(4, Random(8), pytest.fail)
    box = Journal(plate, empty_line(), KEY)
    box.mount()
    for event in BUSY.events[:20]:
        box.append(bytearray(event))
    for allowed, found in (
        (BUSY.facts[21:22], "lost"),
        (BUSY.facts[18:20], "ghosts"),
        ([BUSY.facts[20]._replace(picture=0)], "reordered"),
        (BUSY.facts[20:21], None),
    ):
        torture = Torture(4, seed=8)
        assert (torture.judged(plate.copy(), allowed) is None) == bool(found)
        told = torture.as_json()
        assert torture.broken() == len(torture.findings) == bool(found)
        assert [name for name in ("lost", "ghosts", "reordered") if told[name]] == (
            [found] if found else []
        )


def test_a_misuse_is_a_finding_and_no_loss() -> None:
    torture = Torture(4, seed=8)
    plate = torture.plate()
    plate.program(0, bytes(1))
    assert torture.findings == []
    plate.program(0, b"\xff")
    (text,) = torture.findings
    assert text.startswith("misuses, cut 0: norflash: program at 0 wants a 1")
    assert torture.broken() == 0
    assert not {"lost", "ghosts", "reordered"} & {k for k, v in torture.as_json().items() if v}


def test_the_reader_reads_what_a_cut_left(monkeypatch: pytest.MonkeyPatch) -> None:
    torture, asked = Torture(4, seed=9), []

    def damaged(plate: Plate) -> list[dict[str, object]]:
        asked.append(torture.cuts)
        return [{"kind": "call"}, {"kind": "damage"}] * (len(asked) == 3)

    monkeypatch.setattr(story, "log", damaged)
    monkeypatch.setattr(verdict, "_READ", 3)
    torture.sweep(BUSY, Shares(1, 1), 60, 61)
    assert len(asked) > 4
    assert torture.lost == torture.broken() == 1
    assert "the reader tells of damage" in torture.findings[0]
