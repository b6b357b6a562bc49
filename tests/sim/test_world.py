"""One seed, one clock: what happens, happens in the same order every time, on every machine.

FAULTS names what would break each promise, and that its test then fails.
"""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from sim import ROOT, world
from sim.world import World
from tests.faults.seeded import fails, seed

Log = list[tuple[int, str]]


def played(*events: tuple[int, str], start_us: int = 0) -> Log:
    """What a world lets happen of these events, made known in this order."""
    place, log = World(1, start_us), Log()
    for time_us, name in events:
        place.at(time_us, lambda name=name: log.append((place.now, name)))  # type: ignore[misc]
    place.run(lambda: False)
    return log


def test_events_happen_by_time() -> None:
    assert played((30, "c"), (10, "a"), (20, "b")) == [(10, "a"), (20, "b"), (30, "c")]


def test_equal_times_are_first_come_first_served() -> None:
    names = "qwertyuiopasdfghjkl"
    assert played(*((5, name) for name in names)) == [(5, name) for name in names]


def test_what_is_past_happens_now_behind_what_waits() -> None:
    assert played((7, "late"), (100, "due"), (99, "later"), start_us=100) == [
        (100, "late"),
        (100, "due"),
        (100, "later"),
    ]


def test_what_is_made_known_meanwhile_waits_its_turn() -> None:
    place, log = World(1), Log()

    def first() -> None:
        place.after(0, lambda: log.append((place.now, "now")))
        place.at(-5, lambda: log.append((place.now, "past")))
        place.after(3, lambda: log.append((place.now, "soon")))

    place.at(10, first)
    place.at(10, lambda: log.append((place.now, "second")))
    place.run(lambda: False)
    assert log == [(10, "second"), (10, "now"), (10, "past"), (13, "soon")]


def test_it_ends_when_it_is_over_and_goes_on_from_there() -> None:
    place, log = World(1), Log()
    for time_us in range(5):
        place.at(time_us, lambda: log.append((place.now, "")))
    place.run(lambda: place.now >= 2)
    assert (len(log), place.now) == (3, 2)
    place.run(lambda: False)
    assert len(log) == 5


def drawn(number: int, name: str, others: int = 0) -> list[int]:
    """What a part draws after others drew so often."""
    place = World(number)
    for other in range(others):
        place.rng(f"other {other}").random()
    rng = place.rng(name)
    return [rng.randrange(1000) for _ in range(5)]


def test_each_part_draws_for_itself() -> None:
    assert drawn(1, "desk 1") == drawn(1, "desk 1", others=9)
    assert drawn(1, "desk 1") != drawn(1, "desk 2")
    assert drawn(1, "desk 1") != drawn(2, "desk 1")
    assert drawn(3, "people") == [904, 854, 229, 377, 625], "on every machine, in every year"


def test_the_chronicle_is_every_line_in_order() -> None:
    lines: list[str] = []
    one, other = World(1, sink=lines.append), World(1)
    for place, notes in ((one, "ab"), (other, "ba")):
        for note in notes:
            place.note(note)
    assert lines == ["0 a\n", "0 b\n"]
    assert one.chronicle.sha256() != other.chronicle.sha256()
    again = World(1)
    again.note("a")
    again.note("b")
    assert again.chronicle.sha256() == one.chronicle.sha256()


DAY = """
from sim import ROOT
from sim.people import arrivals
from sim.day import Day, Plan
from luot.core.settings.settings import Settings
people = arrivals.read(ROOT / "sim/data/2019-11-09.csv")
day = Day(Plan(people, Settings(), 28800, 29100, .12, .5, power_cuts_s=[28930]))
day.run()
print(day.world.chronicle.sha256(), len(day.ledger.tickets))
"""


def told(hash_seed: str) -> str:
    """What a day comes to in a process of its own, whose sets and dicts are hashed so."""
    done = subprocess.run(
        [sys.executable, "-c", DAY],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_day_is_the_same_in_every_process() -> None:
    days = {told(hash_seed) for hash_seed in ("0", "1", "4711")}
    assert len(days) == 1
    assert int(days.pop().split()[1]) > 5


FAULTS: dict[str, tuple[Callable[[], None], str, str]] = {
    "as they come": (test_events_happen_by_time, "(max(time_us, self.now), ", "(self.now, "),
    "the last one first": (
        test_equal_times_are_first_come_first_served,
        "self._serial += 1",
        "self._serial -= 1",
    ),
    "the past before the present": (
        test_what_is_past_happens_now_behind_what_waits,
        "max(time_us, self.now)",
        "time_us",
    ),
    "no delay counts from the start": (
        test_what_is_made_known_meanwhile_waits_its_turn,
        "self.at(self.now + us, action)",
        "self.at(us, action)",
    ),
    "it never ends": (
        test_it_ends_when_it_is_over_and_goes_on_from_there,
        "while heap and not done():",
        "while heap:",
    ),
    "one stream for all": (
        test_each_part_draws_for_itself,
        'Random(f"{self.seed}/{name}")',
        "Random(self.seed)",
    ),
    "a stream without a seed": (
        test_each_part_draws_for_itself,
        'Random(f"{self.seed}/{name}")',
        "Random(name)",
    ),
    "a hash of another process": (
        test_each_part_draws_for_itself,
        'Random(f"{self.seed}/{name}")',
        "Random(hash((self.seed, name)))",
    ),
    "lines without their order": (
        test_the_chronicle_is_every_line_in_order,
        "self._hash.update(text.encode())",
        "self._hash.update(bytes(len(text)))",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, sound, broken = FAULTS[fault]
    seed(monkeypatch, (world,), sound, broken)
    assert fails(promise)
