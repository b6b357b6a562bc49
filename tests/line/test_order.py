"""The line keeps its promises in any history, and a line that breaks one is found out.

A drawn history presses keys at a small office and compares each decision and the state after it
with `naive`. In between the office is restarted from a checkpoint and records are met twice; at
the end the history is replayed, whole and with records lost, and the judges read its records. Each
fault in FAULTS must be found.
"""

from dataclasses import replace
from random import Random

import pytest

from luot.core import records
from luot.core.line.rules import BOUNDED, STRICT
from sim.judges.checks_journal import journal
from tests.faults.order import FAULTS, FOUND_IN, MODULES
from tests.faults.seeded import seed
from tests.rigs.order import Office
from tests.rigs.order_look import rows
from tests.rigs.strategies import (
    BASICS,
    RARE,
    WHATS,
    Command,
    Site,
    draw_history,
    draw_site,
    shortest,
    tries,
)

HISTORIES = 300

# Who is before whom at one place, and where one is who came back just behind its own.
TIED = [
    ("self.arrival[one] < self.arrival[other]", "self.arrival[one] > self.arrival[other]"),
    ("place if place != 2 *", "place if place > 1 + 2 *"),
]

Drawn = tuple[Site, list[Command], list[float]]


def play(site: Site, history: list[Command], lost: list[float]) -> None:
    """Fail unless the line keeps its promises here; `lost` are parts of the way, 0 to 1."""
    office = Office(site)
    for command in history:
        office.do(*command)
    office.replay()
    office.lose({int(part * len(office.log)) for part in lost})
    most = site.overtakes_max if site.rule == BOUNDED else None
    if max(record[7] for record in office.log) <= records.FINISH:
        assert journal(office.log, site.letters, most) == []


def fails(site: Site, history: list[Command], lost: list[float]) -> bool:
    """Say whether a promise is broken; to raise is to break one."""
    try:
        play(site, history, lost)
    except Exception:
        return True
    return False


def drawn(number: int) -> Drawn:
    """Return history `number`."""
    rng = Random(number)
    whats, rare = (WHATS, RARE) if number % 5 else (BASICS, 0.0)
    site, history = draw_site(rng), draw_history(rng, whats, rare)
    return site, history, [rng.random() for _ in range(rng.randint(1, 3))]


def search(count: int, first: int = 0) -> Drawn | None:
    """Return one of so many histories in which a promise is broken; `first` is tried first."""
    for number in (first, *range(count)):
        one = drawn(number)
        if fails(*one):
            return one
    return None


def cut_down(whole: Drawn) -> Drawn:
    """Return what matters of a history that fails."""
    site, history, lost = whole
    return site, shortest(history, lambda rest: fails(site, rest, lost)), lost


def test_the_line_keeps_its_promises() -> None:
    found = search(tries(HISTORIES).max_examples)
    if found:
        told = cut_down(found)
        print(f"play{told}")
        play(*told)


class Unjudged(Office):
    """An office where nothing is compared."""

    def compare(self) -> None:
        """Take it as it is."""


def ties(count: int) -> list[int]:
    """Return those of so many histories in which two of a row have the same place."""
    found = set()
    for number in range(count):
        site, history, _ = drawn(number)
        office = Unjudged(site)
        for command in history:
            office.do(*command)
            for _, slots in rows(office.line):
                if len({office.line.place[slot] for slot in slots}) < len(slots):
                    found.add(number)
    return sorted(found)


def test_the_histories_have_those_who_come_back_to_one_place() -> None:
    assert len(ties(HISTORIES)) >= HISTORIES // 10


@pytest.mark.parametrize(("sound", "broken"), TIED)
def test_a_wrong_order_of_two_at_one_place_is_found(
    sound: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, MODULES, sound, broken)
    assert search(HISTORIES)


def test_the_judges_tell_the_rules_apart() -> None:
    """Under `strict` somebody is passed more than once; under `bounded` nobody was, see above."""
    found = []
    for number in range(50):
        rng = Random(number)
        site = replace(draw_site(rng), rule=STRICT, pagers=30, tickets=30)
        office = Office(site)
        for command in draw_history(rng, BASICS):
            office.do(*command)
        found += journal(office.log, site.letters, 1)
    assert any("not 1 at most" in one for one in found)
    assert all("not 1 at most" in one for one in found)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, MODULES, *FAULTS[fault])
    assert search(HISTORIES, FOUND_IN.get(fault, 0))


def test_what_is_found_is_told_in_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, MODULES, *FAULTS["last come, first served"])
    found = search(HISTORIES)
    assert found
    assert [what for what, _, _ in cut_down(found)[1]] == ["issue", "issue"]
