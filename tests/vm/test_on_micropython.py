"""The same histories on a real MicroPython: every answer is the same, to the byte.

Histories drawn by hypothesis are saved, one to a line of a file. Each one of that file is written
down as it is played here, against the naive line, and replayed by the shipped files in a
MicroPython: refusals, records as the journal has them, rows of checkpoints, the line after a
restart from those. What Python says of itself on a PC and does not hold there (order in a dict,
stable sorting, numbers that do not fit) must show: see FAULTS. The same file again, or what is
left of it: --histories FILE.
"""

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

import pytest

from luot.core import records
from luot.core.line.order import Order
from sim.vm import histories, image
from sim.vm.histories import Tape
from tests.rigs.order import Office
from tests.rigs.strategies import Site, by_hypothesis

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

    def send_home(self, record: bytearray, ticket: int) -> None:
        self.tape.end(ticket, self.time_ds)
        super().send_home(record, ticket)

    def copy(self, at: int, extra: int) -> None:
        self.tape.copy(1 + at % len(self.log))
        super().copy(at, extra)

    def save(self, at: int, extra: int) -> None:
        self.tape.save()
        super().save(at, extra)

    def restart(self, at: int, extra: int) -> None:
        self.tape.restart(extra % 3)
        super().restart(at, extra)


def save(count: int, path: Path) -> Path:
    """Have so many histories drawn and save them."""
    lines = [json.dumps(asdict(site) | {"history": what}) for site, what in by_hypothesis(count)]
    assert len(set(lines)) == count
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@cache
def taped(line: str) -> tuple[bytes, bytes]:
    """Play a saved history; return its tape and its log."""
    told = json.loads(line)
    history = told.pop("history")
    told["services"] = tuple(told["services"])
    office = Recorder(Site(**told))
    for command in history:
        office.do(*command)
    return bytes(office.tape.content), b"".join(office.log)


def saved(path: Path, first: int = 0, count: int | None = None) -> list[str]:
    """Return the lines of a file of histories, or so many of them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[first : None if count is None else first + count]


def differences(lines: list[str], firmware: dict[str, bytes] | None = None) -> Iterator[int]:
    """Yield the number, from 1 on, of each history whose answers are not the same."""
    tapes = [taped(line)[0] for line in lines]
    answers = list(histories.there(tapes, firmware))
    assert len(answers) == len(tapes)
    pairs = zip(answers, histories.here(tapes), strict=True)
    for number, (there, here) in enumerate(pairs, 1):
        if there != here:
            yield number


def differ(path: Path, first: int) -> list[int]:
    """Return the numbers of those that differ of a part of a file."""
    return [first + number for number in differences(saved(path, first, PART))]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the quick form."""
    return save(QUICK, tmp_path_factory.mktemp("histories") / "histories.jsonl")


def test_a_replay_is_the_history_that_was_played(quick: Path) -> None:
    """What is compared is what happened: every record of the log is in the answers, in order."""
    for line in saved(quick, 0, 30):
        tape, log = taped(line)
        answers = next(histories.here([tape]))
        at = 0
        for start in range(0, len(log), records.SIZE):
            at = answers.index(log[start : start + records.SIZE], at) + records.SIZE
        assert len(answers) > 2 * len(log)


def test_what_is_drawn_is_drawn_again(quick: Path, tmp_path: Path) -> None:
    assert save(QUICK, tmp_path / "again.jsonl").read_bytes() == quick.read_bytes()


def test_a_micropython_answers_the_same(quick: Path, pytestconfig: pytest.Config) -> None:
    path = Path(pytestconfig.getoption("--histories", None) or quick)
    assert list(differences(saved(path))) == [], f"so many lines down {path}"


@pytest.mark.long
def test_a_micropython_answers_the_same_for_long(root: Path) -> None:
    (root / "build").mkdir(exist_ok=True)
    path = save(LONG, root / "build" / "histories.jsonl")
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(partial(differ, path), range(0, LONG, PART))
        found = [number for part in parts for number in part]
    print(f"{LONG} histories on MicroPython: {len(found)} differ")
    assert found == [], f"so many lines down {path}"


# Each is right in CPython, where all other tests pass with it.
SOUND = "_put_undo(order, record, order.undoable.notes[at])"
FAULTS = {
    "order in a dict": "{one.source: one for one in order.undoable.notes}.values()",
    "a stable sort": "sorted(order.undoable.notes, key=lambda one: 0)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_only_a_pc_does_is_found(fault: str, quick: Path, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "firmware", tmp_path / "firmware")
    path = tmp_path / "firmware/luot/core/journal/snapshot.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(SOUND) == 1
    broken = SOUND.replace("order.undoable.notes", f"list({FAULTS[fault]})")
    path.write_text(text.replace(SOUND, broken), encoding="utf-8")
    firmware = image.built(tmp_path / "firmware", tmp_path / "build")
    assert list(differences(saved(quick, 0, SEEDED), firmware))
