"""The same histories on a real MicroPython: every answer is the same, to the byte.

Each history of test_order.py is written down as it is played here, against the naive line, and
replayed by the shipped files in a MicroPython: refusals, records as the journal has them, rows of
checkpoints, the line after a restart from those. What Python says of itself on a PC and does not
hold there (order in a dict, stable sorting, numbers that do not fit) must show: see FAULTS.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from random import Random

import pytest

from luot.core import records
from luot.core.order import Order
from sim.vm import histories, image
from sim.vm.histories import Tape
from tests.order_bench import Office
from tests.strategies import Site, draw_history, draw_site

QUICK = 300
SEEDED = 20
LONG = 5000
PART = 250  # histories of one VM


class Taped(Order):
    """A line that writes down what is decided."""

    tape: Tape

    def decide(
        self, record: bytearray, kind: int, source: int, press: int, time: int, at: int, extra: int
    ) -> int:
        self.tape.decide(kind, source, press, time, at, extra)
        return Order.decide(self, record, kind, source, press, time, at, extra)

    def decide_end(self, record: bytearray, slot: int, time: int) -> None:
        self.tape.end(self.arrival[slot], time)
        Order.decide_end(self, record, slot, time)


class Recorder(Office):
    """An office whose history is written down."""

    def __init__(self, site: Site) -> None:
        self.tape = Tape(
            *(site.services, site.rule, site.overtakes_max, site.calls_max, site.recall_gap_ms),
            *(site.pagers, site.tickets),
        )
        super().__init__(site)

    def fresh(self) -> Order:
        site = self.site
        line = Taped(
            *(site.services, site.rule, site.overtakes_max, site.calls_max, site.recall_gap_ms),
            *(site.pagers, site.tickets),
        )
        line.tape = self.tape
        return line

    def happen(self, record: bytearray) -> None:
        if record[7] == records.BOOT:
            self.tape.start(record)
        else:
            self.tape.happen()
        super().happen(record)

    def copy(self, at: int, extra: int) -> None:
        self.tape.copy(1 + at % len(self.log))
        super().copy(at, extra)

    def save(self, at: int, extra: int) -> None:
        self.tape.save()
        super().save(at, extra)

    def restart(self, at: int, extra: int) -> None:
        self.tape.restart(extra % 3)
        super().restart(at, extra)


@cache
def taped(number: int) -> tuple[bytes, bytes]:
    """Play history `number`; return its tape and its log."""
    rng = Random(number)
    office = Recorder(draw_site(rng))
    for command in draw_history(rng):
        office.do(*command)
    return bytes(office.tape.content), b"".join(office.log)


def differences(
    numbers: range, firmware: dict[str, bytes] | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the tape of each history whose answers are not the same."""
    tapes = [taped(number)[0] for number in numbers]
    answers = list(histories.there(tapes, firmware))
    assert len(answers) == len(tapes)
    for number, tape, there, here in zip(
        numbers, tapes, answers, histories.here(tapes), strict=True
    ):
        if there != here:
            yield number, tape


def differ(first: int) -> list[int]:
    """Return the numbers of those that differ of a part."""
    return [number for number, _ in differences(range(first, first + PART))]


def test_a_replay_is_the_history_that_was_played() -> None:
    """What is compared is what happened: every record of the log is in the answers, in order."""
    for number in range(30):
        tape, log = taped(number)
        answers = next(histories.here([tape]))
        at = 0
        for start in range(0, len(log), records.SIZE):
            at = answers.index(log[start : start + records.SIZE], at) + records.SIZE
        assert len(answers) > 2 * len(log)


def test_a_micropython_answers_the_same() -> None:
    assert list(differences(range(QUICK))) == []


@pytest.mark.long
def test_a_micropython_answers_the_same_for_long() -> None:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [number for part in pool.map(differ, range(0, LONG, PART)) for number in part]
    print(f"{LONG} histories on MicroPython: {len(found)} differ")
    assert found == []


# Each is right in CPython, where all other tests pass with it.
SOUND = "_put_undo(order, record, order.undoable[at])"
FAULTS = {
    "order in a dict": "{one.source: one for one in order.undoable}.values()",
    "a stable sort": "sorted(order.undoable, key=lambda one: 0)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_only_a_pc_does_is_found(fault: str, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "firmware", tmp_path / "firmware")
    path = tmp_path / "firmware/luot/core/snapshot.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(SOUND) == 1
    broken = SOUND.replace("order.undoable", f"list({FAULTS[fault]})")
    path.write_text(text.replace(SOUND, broken), encoding="utf-8")
    firmware = image.built(tmp_path / "firmware", tmp_path / "build")
    assert list(differences(range(SEEDED), firmware))
