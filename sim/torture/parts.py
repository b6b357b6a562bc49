"""The whole torture, cut into numbered parts that can be done in any order, on any core, once.

Owns the plan: which stretches on which rings are cut at every step, and how many lives follow. A
part is a function of the seed and its number and of nothing else. What a cut is and how it is
judged is `torture`; which parts are done now is `torture_cli`.
"""

from functools import cache
from random import Random
from typing import Any

from sim.torture.stretch import Stretch
from sim.torture.torture import AIMS, Shares, Torture

ACTS = (4, 5, 4, 4, 5, 4, 4, 4, 4, 4)  # sectors of the ring that each stretch is lived on
EVENTS = 1100  # of a stretch: some three times round a ring of four sectors
STEP = 2  # events of a part
SHARES = Shares(1, 1, starts=1 / 3000)  # every step; of so many starts after a cut, all steps too
LIVES = tuple((sectors, aims) for sectors in (4, 5, 6) for aims in (AIMS, (1, 0, 8, 1)))
LIFE = 250  # cuts of a part
_SWEPT = EVENTS // STEP
_LIVED = 600
PARTS = len(ACTS) * _SWEPT + _LIVED

Told = dict[str, Any]  # the figures, and findings: a list of str


@cache
def stretch(seed: int, act: int) -> Stretch:
    """Return the stretch of one act."""
    return Stretch(seed * len(ACTS) + act, EVENTS)


def part(seed: int, number: int) -> Told:
    """Do part `number`, 0 .. PARTS - 1, and return what was found."""
    act, nth = divmod(number, _SWEPT)
    if act < len(ACTS):
        torture = Torture(ACTS[act], seed * PARTS + number)
        torture.sweep(stretch(seed, act), SHARES, nth * STEP, (nth + 1) * STEP)
    else:
        sectors, aims = LIVES[number % len(LIVES)]
        torture = Torture(sectors, seed * PARTS + number)
        torture.live(LIFE, aims)
    told = torture.as_json()
    del told["seed"]
    found = sorted(torture.findings, key=lambda text: text.startswith("misuses"))
    return {"part": number, **told, "findings": found[:3]}


def sequence(seed: int) -> list[int]:
    """Return all parts in the order they are done: whoever stops early has seen some of each."""
    numbers = list(range(PARTS))
    Random(seed).shuffle(numbers)
    return numbers
