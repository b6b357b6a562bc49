"""An adversary pulls the plug wherever it hurts most: every state of a small ring, cut by cut.

    result = explore(Geometry(), cuts=6)

Owns the search and what is right. Breadth first over the number of cuts: from each state a box can
be in, it is started, somebody presses, an idle moment passes; each operation on the flash is cut
before it begins and inside, in starts too, and a weak slot reads as each thing it may, each time.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sim.explore.adversary_box import Geometry, small
from sim.explore.adversary_names import newest_sector
from sim.explore.adversary_steps import EVER, Adversary, FoundError, State

Seen = dict[bytes, tuple[bytes, str, int]]  # by name: where it was met from, by what, steps left


class Result(NamedTuple):
    """How far the search came; `finding` is what went wrong and the way there, or nothing."""

    cuts: int
    states: int
    steps: int
    closed: bool
    finding: str = ""


class Search(NamedTuple):
    """How far to go.

    From the first cut to the last one no more than `near` presses and idle moments lie between two
    of them, and the first is not before so many sectors are behind; a weak slot may change what it
    reads as `turns` times in one step. It ends after so many `states`, 0 never.
    """

    cuts: int
    near: int = EVER
    turns: int = 0
    behind: int = 0
    states: int = 0
    refusals: bool = False  # whether a program may fail without a cut, which counts as one
    alarms: bool = True  # whether it is a finding that a mere cut is called damage


def explore(geometry: Geometry, search: Search) -> Iterator[Result]:
    """Yield how far the search has come after each number of cuts."""
    with small(geometry):
        adversary = Adversary(geometry, search.turns)
        adversary.alarms, adversary.refusals = search.alarms, search.refusals
        yield from _levels(adversary, search)


def _levels(adversary: Adversary, search: Search) -> Iterator[Result]:
    first = adversary.first()
    seen: Seen = {adversary.name(first): (b"", "", EVER)}
    level = [first]
    for depth in range(search.cuts + 1):
        later: list[State] = []
        adversary.patient = depth <= adversary.geometry.failures
        while level:
            state = level.pop()
            told = adversary.name(state)
            if seen[told][2] > state.left or not state.left:
                continue  # met once more with more time left, or none is left
            if depth == search.cuts and state.memory:
                continue  # after the last cut a start must be right, and that is all
            try:
                for word, cut, then in adversary.expand(state):
                    if cut and not _follows(adversary, search, depth, then):
                        continue
                    spent = word != "start" and state.left < EVER
                    left = search.near if cut else state.left - spent
                    key = adversary.name(then)
                    if key not in seen or seen[key][2] < left:
                        seen[key] = told, word, left
                        (later if cut else level).append(then._replace(left=left))
            except FoundError as error:
                finding = "\n".join((*_way(seen, told), str(error)))
                yield Result(depth, len(seen), adversary.steps, False, finding)
                return
            if search.states and len(seen) > search.states:
                yield Result(depth, len(seen), adversary.steps, False)
                return
        yield Result(depth, len(seen), adversary.steps, not later)
        if not later:
            return
        level = later


def _way(seen: Seen, told: bytes) -> list[str]:
    """Return what was done to come to a state."""
    way: list[str] = []
    while seen[told][0]:
        told, word, _ = seen[told]
        way.append(word)
    return [word for word in way[::-1] if word]


def _follows(adversary: Adversary, search: Search, depth: int, then: State) -> bool:
    """Say whether a search goes on from a cut after so many others."""
    if depth == search.cuts:
        return False
    return depth > 0 or newest_sector(adversary.geometry, then.cells) >= search.behind
