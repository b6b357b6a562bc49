"""Every cut of a small ring is survived, and each rule of recovery that is taken out is not.

The ring has five sectors of six slots. The quick form knows every pair of cuts between which at
most two presses or idle moments lie; the long one every three. What the rules of SPEC.md 2.7 are
for is told by what breaks without them: two cuts suffice, where cuts drawn at random need
thousands or never come to it.
"""

import pytest

from sim.explore.adversary import Result, Search, explore
from sim.explore.adversary_box import Geometry
from sim.explore.adversary_flash import (
    BLANK,
    HALF,
    ROUGH,
    ZERO,
    Choices,
    erase_cut,
    program_cut,
    programmed,
    readings,
)
from tests.faults.seeded import seed
from tests.rigs.journal import CORE

RUSH = Geometry(5, 6, rows=1, after=3, force=3, failures=1, idle="never")
CALM = RUSH._replace(idle="always")
ROUND = RUSH._replace(sectors=4, failures=0)
PAIRS = Search(cuts=2, near=2, behind=6)
THREE = PAIRS._replace(cuts=3)
RECORD = b"\x01" * 32

UPWARD = ("range(first - 1, sequence - 1, -1)", "range(sequence, first)")
ALL_GIVEN_UP = ("if damaged and (ring.sectors", "if self._damaged or 0 > (ring.sectors")
BLANK_BELIEVED = (
    "dirty = not 0 <= known < sector ",
    "dirty = not 0 <= known < sector and self.back != BLANK ",
)

# Rules taken out: the text that is sound and what it becomes.
RULES: dict[str, tuple[Geometry, Search, list[tuple[str, str]]]] = {
    "the end of a checkpoint dies before its rows": (RUSH, PAIRS, [UPWARD]),
    "the guard slot is zeroed": (
        RUSH,
        PAIRS,
        [("first, second = min(after + 1, end), min(after + 2, end)", "first = second = after")],
    ),
    "what is written is read back": (
        RUSH,
        PAIRS._replace(refusals=True),
        [("            if self.back == record:\n", "            if True:\n")],
    ),
    "a header cut short is zeroed before the erase, blank or not": (
        RUSH,
        THREE,
        [BLANK_BELIEVED],
    ),
    "a header cut short is zeroed before the erase": (
        RUSH,
        THREE,
        [("                if dirty:\n", "                if False:\n")],
    ),
    "a header is the only proof of an erase": (
        RUSH,
        PAIRS,
        [
            (
                "        for _ in range(_TRIES):\n",
                "        blank = True\n"
                "        for slot in range(SLOTS):\n"
                "            self.read(sector * SLOTS + slot)\n"
                "            blank = blank and self.back == BLANK\n"
                "        if blank:\n"
                "            self.program(sector * SLOTS, header)\n"
                "            return True\n"
                "        for _ in range(_TRIES):\n",
            )
        ],
    ),
    "the newest record is copied": (
        RUSH,
        PAIRS,
        [("        if ordinal:\n            ring.write(copy, ordinal, False)\n", "")],
    ),
    "the newest record is read once": (
        RUSH,
        PAIRS._replace(turns=1),
        [("if sequence == self.end:", "if False:")],
    ),
    "a sector without a record is erased again": (
        CALM,
        PAIRS,
        [("            newest -= 1\n", "            break\n")],
    ),
    "a second guard stands behind the first": (
        ROUND,
        Search(cuts=4, near=1, behind=5),
        [("min(after + 2, end)", "min(after + 1, end)")],
    ),
    "no header names what only one read told of": (
        RUSH,
        PAIRS,
        [("ring.begin = min(ring.begin, pointer)", "ring.begin = pointer")],
    ),
}


def last(geometry: Geometry, search: Search) -> Result:
    """How far a search came in the end."""
    return list(explore(geometry, search))[-1]


@pytest.mark.parametrize("geometry", [RUSH, CALM], ids=lambda geometry: f"idle {geometry.idle}")
def test_a_program_that_failed_and_a_cut_lose_nothing(geometry: Geometry) -> None:
    assert last(geometry, PAIRS._replace(refusals=True)).finding == ""


@pytest.mark.parametrize("geometry", [RUSH, CALM], ids=lambda geometry: f"idle {geometry.idle}")
def test_no_two_cuts_lose_anything(geometry: Geometry) -> None:
    result = last(geometry, PAIRS)
    assert result.finding == ""
    assert result.cuts == 2
    assert result.states > 900


def _rule(name: str) -> object:
    return pytest.param(name, marks=[pytest.mark.long] * (RULES[name][1].cuts > 2))


@pytest.mark.parametrize("rule", [_rule(name) for name in RULES])
def test_the_rule_is_needed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    geometry, search, changes = RULES[rule]
    for sound, broken in changes:
        seed(monkeypatch, CORE, sound, broken)
    assert last(geometry, search).finding


def test_a_slot_reads_as_what_a_cut_may_leave() -> None:
    blank, whole = readings(BLANK), readings(RECORD)
    weak = program_cut(blank, RECORD)
    assert set(weak) == {BLANK, HALF, RECORD}
    assert programmed(blank, RECORD) == programmed(weak, RECORD) == whole
    assert set(programmed(weak, b"\x02" * 32)) == {b"\x02" * 32, ROUGH}
    assert programmed(weak, ZERO) == readings(ZERO)
    assert set(program_cut(whole, ZERO)) == {RECORD, ROUGH}
    assert set(erase_cut(whole)) == {RECORD, BLANK, ROUGH}
    assert set(programmed(erase_cut(whole), RECORD)) == {RECORD, ROUGH}


def test_every_way_to_read_is_gone_once() -> None:
    choices, weak = Choices(turns=1), readings(BLANK, RECORD)
    ways = set()
    while True:
        ways.add(tuple(choices.read(0, weak) for _ in range(3)))
        if not choices.more():
            break
    one, other = weak
    assert len(ways) == 6
    assert (one, one, other) in ways
    assert (one, other, one) in ways
    assert (other, one, one) not in ways


@pytest.mark.long
@pytest.mark.parametrize("geometry", [RUSH, CALM], ids=lambda geometry: f"idle {geometry.idle}")
def test_no_three_cuts_lose_anything(geometry: Geometry) -> None:
    for result in explore(geometry, THREE):
        print(f"\n{geometry}: {result}")
    assert result.finding == ""


@pytest.mark.long
def test_no_four_cuts_one_after_the_other_lose_anything() -> None:
    """With at most one step between two of them every state is known: the search closes."""
    for result in explore(ROUND, Search(cuts=4, near=1, behind=5)):
        print(f"\n{ROUND}: {result}")
    assert (result.finding, result.closed) == ("", True)


@pytest.mark.long
def test_what_was_given_up_without_need_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that was cut short is called damaged, and the whole one before it given up."""
    for sound, broken in (UPWARD, ALL_GIVEN_UP):
        seed(monkeypatch, CORE, sound, broken)
    result = last(ROUND, Search(cuts=4, near=1, behind=5, alarms=False))
    assert "order" in result.finding or "lost" in result.finding
