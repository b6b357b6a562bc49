"""Nobody is passed more often than the rule allows, on any day, by the shipped core.

The loop counts for itself who passes whom. The comparison of the rules is that of the known table
(four desks, six minutes each, load 0.9): in the quick form a wait is told as a part of what the
same people wait under first come, first served, for that moves far less from seed to seed; but not
those that hardly depend on how many wait: see ALONE.
Other days for the long form: --days FOLDER, of arrivals CSVs.
"""

from pathlib import Path
from statistics import mean, stdev

import pytest

from luot.core.line import line, rules
from luot.core.line.rules import RULES
from sim import ROOT
from sim.people import arrivals
from sim.queues import fairness
from sim.queues.fairness import Row
from sim.queues.theory import T_QUANTILES
from tests.faults.seeded import seed

SAMPLE = ROOT / "sim" / "data" / "2019-11-09.csv"
K = 3
SEEDS, CUSTOMERS, WARM_UP = 20, 1250, 300

# Mean and p95 of the wait with priority and without, p95 and most of how often one was passed.
# Of 50 % the longest wait without priority is known, too.
KNOWN = {
    ("bounded", 0.2): (5.3, 27, 13.8, 46, 3, 3),
    ("strict", 0.2): (1.5, 5, 14.7, 52, 7, 28),
    ("alternate", 0.2): (2.2, 8, 14.5, 51, 7, 26),
    ("fifo", 0.2): (12.1, 42, 12.1, 42, 0, 0),
    ("bounded", 0.5): (9.5, 38, 14.6, 46, 3, 3),
    ("strict", 0.5): (2.2, 8, 22.0, 80, 26, 110),
    ("alternate", 0.5): (11.4, 44, 12.7, 48, 8, 36),
    ("fifo", 0.5): (12.1, 42, 12.0, 42, 0, 0),
}
KNOWN_LONGEST = {"bounded": 117, "strict": 256, "alternate": 144, "fifo": 113}
NOISE = 0.05  # of a mean of 400,000 people, from seed to seed
MOST = 2  # the factor between two such maxima: each is one person of one bad hour
WIDEST = 0.35  # half an interval, of the known figure


ALONE = {("strict", 0.2, "priority"), ("strict", 0.5, "priority"), ("alternate", 0.2, "priority")}
PROMISED = {"bounded": K, "fifo": 0}  # how often one is passed at most


def unfair(rows: list[Row]) -> list[Row]:
    """Return the rows in which a promise is broken."""
    return [row for row in rows if row.reordered or row.passed_max > PROMISED.get(row.rule, 999)]


def days(folder: Path, seeds: int) -> list[Row]:
    """Return the rows of all days in a folder."""
    return [row for _, row in fairness.days(sorted(folder.glob("*.csv")), seeds)]


def test_nobody_is_passed_too_often_on_the_sample_day() -> None:
    rows = days(SAMPLE.parent, 2)
    assert len(rows) == len(RULES) * (1 + 2 * len(fairness.SHARES))
    assert unfair(rows) == []
    assert max(row.passed_max for row in rows if row.rule == "bounded") == K
    assert max(row.passed_max for row in rows if row.rule == "strict") > K


@pytest.mark.parametrize(
    ("module", "sound", "broken"),
    [
        (rules, "most >= line.overtakes_max", "most > line.overtakes_max"),
        (line, "min(max(passed + add, 0), 255)", "passed"),
        (line, "self.place[one] < ", "self.place[one] > "),
        (rules, "if line.rule == FIFO:\n        return first", "if 0:\n        pass"),
    ],
)
def test_a_core_that_breaks_a_promise_is_found(
    module: object, sound: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, (line, rules), sound, broken)
    people = arrivals.read(SAMPLE)
    rows = [
        fairness.row(rule, 0.5, fairness.day(people, rule, 0.5)) for rule in ("bounded", "fifo")
    ]
    assert unfair(rows) != []


def parts(tables: list[list[Row]], at: int, name: str, alone: bool) -> tuple[float, float]:
    """Return a mean wait and its standard error (jackknife): alone, or as a part of `fifo`'s."""
    share = tables[0][at].share
    waits = [getattr(table[at], name) for table in tables]
    firsts = [
        1.0
        if alone
        else next(row.ordinary for row in table if (row.rule, row.share) == ("fifo", share))
        for table in tables
    ]
    wait, first = sum(waits), sum(firsts)
    left = [(wait - w) / (first - f) for w, f in zip(waits, firsts, strict=True)]
    return wait / first, stdev(left) * (len(tables) - 1) / len(tables) ** 0.5


def test_the_rules_compare_as_known() -> None:
    numbers = range(1, SEEDS + 1)
    tables = [fairness.table(CUSTOMERS, number, WARM_UP) for number in numbers]
    assert unfair([row for table in tables for row in table]) == []
    for at, row in enumerate(tables[0]):
        rule, share = row.rule, row.share
        for name, column in (("priority", 0), ("ordinary", 2)):
            alone = (rule, share, name) in ALONE
            known = KNOWN[rule, share][column] / (1 if alone else KNOWN["fifo", share][2])
            part, error = parts(tables, at, name, alone)
            half = T_QUANTILES[SEEDS - 1] * error + NOISE * known
            assert part == pytest.approx(known, abs=half), (rule, share, name)
            assert half < WIDEST * known, (rule, share, name)
        most, known_most = max(table[at].passed_max for table in tables), KNOWN[rule, share][5]
        assert most == known_most if rule in PROMISED else K < most <= MOST * known_most


def test_the_long_form_is_the_table_on_every_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "LONG", 200)
    assert fairness.long(2) == [fairness.table(200, 1), fairness.table(200, 2)]


@pytest.mark.long
def test_the_table_is_reproduced() -> None:
    tables = fairness.long()
    for number, table in enumerate(tables, 1):
        print(f"\nseed {number}, minutes\n{fairness.told(table)}")
    assert unfair([row for table in tables for row in table]) == []
    for i, row in enumerate(tables[0]):
        known = KNOWN[row.rule, row.share]
        for field, value in zip(row._fields[2:6], known[:4], strict=True):
            found = [getattr(table[i], field) for table in tables]
            spread = 3 * stdev(found) + NOISE * value + 0.5  # the table is rounded
            assert mean(found) == pytest.approx(value, abs=spread), (row.rule, row.share, field)
        assert mean([table[i].passed_p95 for table in tables]) == pytest.approx(known[4], abs=1.5)
        for table in tables:
            judge_most(table[i])


def judge_most(row: Row) -> None:
    """Fail unless the maxima are those promised, or like those known."""
    known = KNOWN[row.rule, row.share][5]
    if row.rule in PROMISED:
        assert row.passed_max == known
    else:
        assert known / MOST <= row.passed_max <= MOST * known
    if row.share == 0.5:
        longest = KNOWN_LONGEST[row.rule]
        assert longest / MOST <= row.ordinary_max <= MOST * longest


@pytest.mark.long
def test_nobody_is_passed_too_often_on_any_day(pytestconfig: pytest.Config) -> None:
    rows = days(Path(pytestconfig.getoption("--days", None) or SAMPLE.parent), 20)
    assert rows
    assert unfair(rows) == []
