"""The line keeps its promises in any history, and a line that breaks one is found out.

A drawn history presses keys at a small office and compares each decision and the state after it
with `naive`. In between the office is restarted from a checkpoint and records are met twice; at
the end the history is replayed, whole and with records lost, and the judges read its records. Each
fault in FAULTS must be found.
"""

from dataclasses import replace
from random import Random

import pytest

from luot.core import line, order, pool, snapshot
from sim.checks_journal import journal
from tests.faults import seed
from tests.order_bench import Office
from tests.strategies import Command, Site, draw_history, draw_site, shortest, tries

HISTORIES = 500

Drawn = tuple[Site, list[Command], list[float]]


def play(site: Site, history: list[Command], lost: list[float]) -> None:
    """Fail unless the line keeps its promises here; `lost` are parts of the way, 0 to 1."""
    office = Office(site)
    for command in history:
        office.do(*command)
    office.replay()
    office.lose({int(part * len(office.log)) for part in lost})
    most = site.overtakes_max if site.rule == order.BOUNDED else None
    assert journal(office.log, site.letters, most) == []


def fails(site: Site, history: list[Command], lost: list[float]) -> bool:
    """Say whether a promise is broken; to raise is to break one."""
    try:
        play(site, history, lost)
    except Exception:
        return True
    return False


def search(count: int) -> Drawn | None:
    """Return one of so many histories in which a promise is broken."""
    for number in range(count):
        rng = Random(number)
        drawn = draw_site(rng), draw_history(rng), [rng.random() for _ in range(rng.randint(1, 3))]
        if fails(*drawn):
            return drawn
    return None


def cut_down(drawn: Drawn) -> Drawn:
    """Return what matters of a history that fails."""
    site, history, lost = drawn
    return site, shortest(history, lambda rest: fails(site, rest, lost)), lost


def test_the_line_keeps_its_promises() -> None:
    found = search(tries(HISTORIES).max_examples)
    if found:
        told = cut_down(found)
        print(f"play{told}")
        play(*told)


def test_the_judges_tell_the_rules_apart() -> None:
    """Under `strict` somebody is passed more than once; under `bounded` nobody was, see above."""
    found = []
    for number in range(50):
        rng = Random(number)
        site = replace(draw_site(rng), rule=order.STRICT, pagers=30, tickets=30)
        office = Office(site)
        for command in draw_history(rng):
            office.do(*command)
        found += journal(office.log, site.letters, 1)
    assert any("not 1 at most" in one for one in found)
    assert all("not 1 at most" in one for one in found)


FAULTS = {
    "last come, first served": ("self.place[one] < ", "self.place[one] > "),
    "the class counts for nothing": ("return first if most", "return first if 1 or most"),
    "the class is all": ("return first if most", "return first if 0 and most"),
    "overtaking is not counted": ("min(passed + add, 255)", "passed"),
    "passed once too often": ("most >= self.overtakes_max", "most > self.overtakes_max"),
    "passed at desks of others": (
        "if services >> service & 1:\n                other",
        "if 1:\n                other",
    ),
    "strict is not": ("self.rule == STRICT", "self.rule == 9"),
    "alternate does not": ("last_class == PRIORITY", "last_class == 9"),
    "fifo is not": ("self.rule == FIFO", "self.rule == 9"),
    "a desk calls whom it cannot serve": (
        "if services >> service & 1:\n                slot",
        "if 1:\n                slot",
    ),
    "a lane forgets its end": ("if self.tail[lane] == slot:", "if 0:"),
    "the pager of an absent one is free": (
        "            self.state[slot] = ABSENT\n",
        "            self.state[slot] = ABSENT\n            self.pagers.give(self.pager[slot])\n",
    ),
    "a finished one keeps the pager": ("self.pagers.give(self.pager[slot])", "pass"),
    "the pager just returned goes out first": (
        "self._after[n] = 0\n        if self._last:",
        "self._after[n] = self.first\n        if not self._last:\n            self._last = n\n"
        "        self.first = n\n        self.free += 1\n        return\n        if self._last:",
    ),
    "a call closes nobody": ("self.close(self.find(closed, desk, lane))", "pass"),
    "a press counts twice": ("press == self.pressed[source]", "press < 0"),
    "a copy counts again": ("if ordinal <= self.ordinal:", "if ordinal < 0:"),
    "deciding counts": ("(services, slot, 0)[0]", "(services, slot, 1)[0]"),
    "finish begins again": ("records.FINISH if serving else kind", "kind"),
    "called without end": ("self.calls[slot] >= self.calls_max", "0"),
    "called again too soon": ("gap_ms < self.recall_gap_ms", "gap_ms < 0"),
    "the line is never full": ("not self.unused or", "0 or"),
    "the rack is never empty": ("if not self.pagers.free:", "if 0:"),
    "a restart forgets presses": ("order.pressed[i] = get(record, 10 + 2 * (i - at), 2)", "pass"),
    "a restart forgets some presses": ("at + _PRESSES if at + _PRESSES < SOURCES", "0 if 1"),
    "a restart forgets some desks": ("at + _DESKS if at + _DESKS < desks", "0 if 1"),
    "a restart forgets some pagers": ("order.pagers.after(after) if after", "0 if 1"),
    "a restart forgets overtakings": ("order.overtaken[slot] = record[19]", "pass"),
    "a restart forgets calls": ("order.calls[slot] = record[20]", "pass"),
    "a restart forgets who waits": ("order.enqueue(slot)", "pass"),
    "a number comes twice after a loss": (
        "        self.counts[lane >> 1] = max",
        "        if self.unused:\n            self.counts[lane >> 1] = max",
    ),
    "numbers are counted, not read": (
        "max(self.counts[lane >> 1], number)",
        "self.counts[lane >> 1] + 1",
    ),
    "a pager is in two hands after a loss": (
        "if self.state[slot] and self.pager[slot] == pager:",
        "if 0:",
    ),
    "a pager is thought free after a loss": (
        "self.state[self.opened[desk]] = ABSENT",
        "self.close(self.opened[desk])",
    ),
    "somebody is nowhere after a loss": ("self.state[self.opened[desk]] = ABSENT", "pass"),
    "somebody served waits after a loss": (
        "self.close(self.find(closed, desk, lane))",
        "self.close(self.opened[desk])",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, (order, line, pool, snapshot), *FAULTS[fault])
    assert search(HISTORIES)


def test_what_is_found_is_told_in_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, (line,), *FAULTS["last come, first served"])
    found = search(HISTORIES)
    assert found
    assert [what for what, _, _ in cut_down(found)[1]] == ["issue", "issue"]
