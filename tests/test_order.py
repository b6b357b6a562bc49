"""The line keeps its promises in any history, and a line that breaks one is found out.

A drawn history presses keys at a small office and compares each decision and the state after it
with `naive`. In between the office is restarted from a checkpoint and records are met twice; at
the end the history is replayed, whole and with records lost, and the judges read its records. Each
fault in FAULTS must be found.
"""

from types import ModuleType

import pytest
from hypothesis import Phase, given, settings

from luot.core import line, order, pool, snapshot
from sim.checks_journal import journal
from tests.faults import seed
from tests.order_bench import Office
from tests.strategies import Command, Site, histories, losses, sites, tries


def play(site: Site, history: list[Command], lost: set[int]) -> None:
    """Fail unless the line keeps its promises here."""
    office = Office(site)
    for command in history:
        office.do(*command)
    office.replay()
    office.lose(lost)
    most = site.overtakes_max if site.rule == order.BOUNDED else None
    assert journal(office.log, site.letters, most) == []


@tries(150)
@given(sites(), histories, losses)
def test_the_line_keeps_its_promises(site: Site, history: list[Command], lost: set[int]) -> None:
    play(site, history, lost)


FAULTS: dict[str, tuple[ModuleType, str, str]] = {
    "last come, first served": (line, "self.place[one] < ", "self.place[one] > "),
    "the class counts for nothing": (order, "return first if most", "return first if 1 or most"),
    "the class is all": (order, "return first if most", "return first if 0 and most"),
    "overtaking is not counted": (line, "min(passed + add, 255)", "passed"),
    "passed once too often": (order, "most >= self.overtakes_max", "most > self.overtakes_max"),
    "passed at desks of others": (
        *(
            line,
            "if services >> service & 1:\n                other",
            "if 1:\n                other",
        ),
    ),
    "strict is not": (order, "self.rule == STRICT", "self.rule == 9"),
    "alternate does not": (order, "last_class == PRIORITY", "last_class == 9"),
    "fifo is not": (order, "self.rule == FIFO", "self.rule == 9"),
    "a desk calls whom it cannot serve": (
        *(
            line,
            "if services >> service & 1:\n                slot",
            "if 1:\n                slot",
        ),
    ),
    "a lane forgets its end": (line, "if self.tail[lane] == slot:", "if 0:"),
    "the pager of an absent one is free": (
        order,
        "            self.state[slot] = ABSENT\n",
        "            self.state[slot] = ABSENT\n            self.pagers.give(self.pager[slot])\n",
    ),
    "a finished one keeps the pager": (order, "self.pagers.give(self.pager[slot])", "pass"),
    "the pager just returned goes out first": (
        pool,
        "self._after[n] = 0\n        if self._last:",
        "self._after[n] = self.first\n        if not self._last:\n            self._last = n\n"
        "        self.first = n\n        self.free += 1\n        return\n        if self._last:",
    ),
    "a call closes nobody": (order, "self._close(self.find(closed, desk, lane))", "pass"),
    "a press counts twice": (order, "press == self.pressed[source]", "press < 0"),
    "a copy counts again": (order, "if ordinal <= self.ordinal:", "if ordinal < 0:"),
    "deciding counts": (order, "(services, slot, 0)[0]", "(services, slot, 1)[0]"),
    "finish begins again": (order, "records.FINISH if serving else kind", "kind"),
    "called without end": (order, "self.calls[slot] >= self.calls_max", "0"),
    "called again too soon": (order, "gap_ms < self.recall_gap_ms", "gap_ms < 0"),
    "the line is never full": (order, "not self.unused or", "0 or"),
    "the rack is never empty": (order, "if not self.pagers.free:", "if 0:"),
    "a restart forgets presses": (
        snapshot,
        "range(at, min(at + _PRESSES, SOURCES)):\n            order",
        "():\n            order",
    ),
    "a restart forgets some presses": (
        snapshot,
        "at + _PRESSES if at + _PRESSES < SOURCES",
        "0 if 1",
    ),
    "a restart forgets some desks": (snapshot, "at + _DESKS if at + _DESKS < desks", "0 if 1"),
    "a restart forgets some pagers": (
        snapshot,
        "after = order.pagers.after(after) if after",
        "after = 0 if 1",
    ),
    "a restart forgets overtakings": (snapshot, "order.overtaken[slot] = record[19]", "pass"),
    "a restart forgets calls": (snapshot, "order.calls[slot] = record[20]", "pass"),
    "a restart forgets who waits": (snapshot, "order.enqueue(slot)", "pass"),
    "a loss brings a number twice": (
        order,
        "        self.counts[lane >> 1] = max",
        "        if self.unused:\n            self.counts[lane >> 1] = max",
    ),
    "after a loss a record counts on": (
        order,
        "max(self.counts[lane >> 1], number)",
        "self.counts[lane >> 1] + 1",
    ),
    "after a loss a pager is in two hands": (
        order,
        "if self.state[slot] and self.pager[slot] == pager:",
        "if 0:",
    ),
    "after a loss a pager is thought free": (
        order,
        "self.state[self.opened[desk]] = ABSENT",
        "self._close(self.opened[desk])",
    ),
    "after a loss somebody is nowhere": (order, "self.state[self.opened[desk]] = ABSENT", "pass"),
    "after a loss somebody waits who was served": (
        order,
        "if self.state[slot] == WAITING:  # its call",
        "if 0:  # its call",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, *FAULTS[fault])
    search = settings(
        max_examples=500, phases=[Phase.generate], derandomize=True, report_multiple_bugs=False
    )
    with pytest.raises(AssertionError):
        search(given(sites(), histories, losses)(play))()
