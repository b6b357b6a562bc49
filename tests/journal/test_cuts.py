"""The plug pulled while people work: nobody is lost, and what strangers read is still the truth.

Cuts are drawn, most of them within milliseconds of a key press or of a page's start; the officers
and the clerk go on as people would. FAULTS names what would break that, and that it is found.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from luot.core.display import telling
from luot.core.journal import journal
from luot.core.line import history, rules
from luot.core.pages import ringing
from luot.roles import station
from sim.day import Day
from tests.faults.seeded import seed
from tests.rigs.day import Pairs, aimed, judged, plan

DESKS = ("ABCD,ABCD,ABCD,ABCD", "ABCD,ABCD", "AB,CD,ABCD", "ABCD")
MINUTES = 8


def cut_short(number: int, vm: str = "cpython") -> Day:
    """One of so many short mornings, with three to six cuts."""
    chance = Random(number)
    pairs: Pairs = (("desks", chance.choice(DESKS)),)
    pace = chance.choice((0.12, 0.3))
    day = Day(plan(pairs, MINUTES, seed=number, pace=pace, vm=vm))
    aimed(day, chance, chance.randint(3, 6))
    day.run()
    return day


@pytest.mark.parametrize("first", range(0, 24, 6))
def test_no_cut_loses_anybody(first: int) -> None:
    starts = 0
    for number in range(first, first + 6):
        day = cut_short(number)
        assert judged(day) == [], f"cut_short({number})"
        starts += len(day.box.starts)
    assert starts >= 6 * 3


def test_a_real_micropython_is_cut_at_the_same_bit() -> None:
    one, other = cut_short(3), cut_short(3, "micropython")
    assert len(other.box.starts) > 3
    assert one.world.chronicle.sha256() == other.world.chronicle.sha256()
    assert one.box.flash.image() == other.box.flash.image()
    assert one.pictures == other.pictures
    assert (one.ledger.tickets, one.ledger.pages) == (other.ledger.tickets, other.ledger.pages)


@pytest.mark.parametrize("rate", [512, 1200, 2400])
def test_a_stranger_reads_what_was_sent_in_spite_of_cuts(
    rate: int, need: Callable[[str], str], tmp_path: Path
) -> None:
    program = need("multimon-ng")
    day = Day(plan((("pocsag_bps", str(rate)),), MINUTES, seed=5))
    aimed(day, Random(5), 5)
    day.run()
    day.air.write_audio(tmp_path / "air.s16", seed=1)
    command = (program, "-q", "-t", "raw", "-a", f"POCSAG{rate}", "-f", "alpha")
    done = subprocess.run(
        [*command, tmp_path / "air.s16"], capture_output=True, text=True, check=True
    )
    line = r"POCSAG\d+: Address: +(\d+) +Function: (\d) +Alpha: +(.*?)(?:<NUL>)*\s*\n"
    told = re.findall(line, done.stdout)
    assert told == [(str(page.ric), str(page.function), page.text) for page in day.ledger.pages]
    assert len(told) > 8
    assert any(not sent.complete for sent in day.air.transmissions), "a page was cut short"
    assert judged(day) == []


FAULTS = {
    "kept in RAM alone": (
        "self.ring.write(record, self.order.ordinal + 1)",
        "records.stamp(record, 0, self.order.ordinal + 1)",
    ),
    "numbers begin anew after a restart": (
        "self.journal.mount()\n",
        "self.journal.mount()\n            self.order.counts[0] = 0\n",
    ),
    "the last number is not shown again": (
        "if order.boots > 1:",
        "if order.boots > 99:",
    ),
    "the clerk hands out another pager": (
        "self.panel.issue(now, name, pager, wait_min,",
        "self.panel.issue(now, name, pager + 1, wait_min,",
    ),
    "another desk is told": ("% (self._desk, desk)", "% (self._desk, desk % 4 + 1)"),
    "priority passes without end": ("return first if most", "return urgent if most"),
    "who was called is forgotten": ("self.opened[desk] = slot", "self.opened[desk] = 0"),
}


MODULES = (history, journal, ringing, station, telling, rules)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, MODULES, *FAULTS[fault])
    assert any(wrong(number) for number in range(24))


def wrong(number: int) -> bool:
    """Whether such a morning shows that something is broken."""
    try:
        return bool(judged(cut_short(number)))
    except (RuntimeError, ValueError, KeyError, IndexError):
        return True
