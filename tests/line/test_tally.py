"""The day's figures: Little's law holds on them, and whoever reads the records finds the same.

The records are read by a sweep of its own, in whole seconds: it strikes out what was undone and
knows neither the line nor the naive one.
"""

from collections import defaultdict
from random import Random

import pytest

from luot.core import records
from luot.core.line import history, tally, undo, undoable
from luot.core.line.order import Order
from luot.core.line.tally import UNTIMED
from luot.core.wire import get
from tests.faults.seeded import seed
from tests.rigs.order import Office, rows
from tests.rigs.order_keys import come, office, press
from tests.rigs.strategies import Command, Site, draw_history, draw_site, tries

HISTORIES = 60
DAYS = 6
Rows = dict[str, dict[int, int]]

# -- the records, read naively ----------------------------------------------------------------


def today(log: list[bytes]) -> list[bytes]:
    """The records of the newest day without the presses that were undone."""
    kept: list[bytes] = []
    for record in log:
        if record[7] == records.DAY_OPEN:
            kept.clear()
        if record[7] == records.UNDO:
            undone = record[8], get(record, 22, 2)
            kept = [one for one in kept if (one[8], get(one, 9, 2)) != undone]
        else:
            kept.append(record)
    return kept


class Sweep:
    """What a day's records say about waits and services, by row: services, then desks from 8."""

    def __init__(self, log: list[bytes]) -> None:
        self.rows: Rows = defaultdict(lambda: defaultdict(int))
        self.untimed = 0
        self.joined: dict[int, int | None] = {}  # of whoever waits, when; None: not measured
        self.began: dict[int, int | None] = {}  # of whoever is served
        self.service: dict[int, int] = {}
        for record in today(log):
            self.read(record)

    def read(self, record: bytes) -> None:
        kind, desk, ticket = record[7], record[14], get(record, 16, 2)
        tenths = get(record, 11, 3) & records.TIME_MAX
        second = tenths // 10 if tenths < 655_350 else None
        if kind == records.BOOT:
            self.joined = dict.fromkeys(self.joined)
            self.began = dict.fromkeys(self.began)
        if kind in (records.CALL, records.RESUME, records.DESK) and get(record, 22, 2):
            self.ends("served", get(record, 22, 2), desk, second)
        if kind == records.CALL:
            self.add("waits", "wait_s", ticket, desk, self.joined.pop(ticket), second)
        elif kind == records.ARRIVED:
            self.began[ticket] = second
        elif kind == records.FINISH:
            self.ends("served", ticket, desk, second)
        elif kind == records.ABSENT:
            self.count("absent", ticket, desk)
        elif kind in (records.HOLD, records.TRANSFER, records.CANCEL) and ticket in self.began:
            self.ends("", ticket, desk, second)
        if kind in (records.ISSUE, records.TRANSFER):
            self.service[ticket] = (record[15] & 15) >> 1
        if kind in (records.ISSUE, records.TRANSFER, records.BACK):
            self.joined[ticket] = second

    def ends(self, what: str, ticket: int, desk: int, second: int | None) -> None:
        """Somebody's service is over, or goes on another time."""
        if what:
            self.count(what, ticket, desk)
        began = self.began.pop(ticket, None)
        self.add("services", "service_s", ticket, desk, began, second)

    def add(
        self, what: str, total: str, ticket: int, desk: int, since: int | None, second: int | None
    ) -> None:
        """Count something that lasted, if it was measured."""
        if since is None or second is None:
            self.untimed += 1
            return
        self.count(what, ticket, desk)
        self.count(total, ticket, desk, max(second - since, 0))
        if what == "waits":
            for row in (self.service[ticket], 7 + desk):
                worst = self.rows["worst"]
                worst[row] = max(worst[row], second - since)

    def count(self, what: str, ticket: int, desk: int, n: int = 1) -> None:
        for row in (self.service[ticket], 7 + desk):
            self.rows[what][row] += n


def judge_figures(line: Order, log: list[bytes], undone: bool) -> int:
    """Fail unless the figures are those of the records; return how many waits there were."""
    sweep = Sweep(log)
    for name in ("served", "absent", "waits", "wait_s", "services", "service_s", "worst"):
        found = {row: n for row, n in enumerate(getattr(line.tally, name)) if n}
        expected = {row: n for row, n in sweep.rows[name].items() if n}
        if name == "worst" and undone:  # that of an undone call stays
            assert all(found[row] >= n for row, n in expected.items())
        else:
            assert found == expected, name
    assert line.tally.untimed == sweep.untimed
    return sum(sweep.rows["waits"].values())


def judge_histories(count: int) -> tuple[int, int]:
    """Judge drawn histories after every press; return how many waits, and intervals untimed."""
    waits = untimed = 0
    for number in range(count):
        rng = Random(number)
        made = Office(draw_site(rng))
        for command in draw_history(rng):
            made.do(*command)
        undone = any(record[7] == records.UNDO for record in made.log)
        waits += judge_figures(made.line, made.log, undone)
        untimed += made.line.tally.untimed
    return waits, untimed


def test_the_figures_are_those_of_the_records() -> None:
    waits, untimed = judge_histories(tries(HISTORIES).max_examples)
    assert waits > 100 < untimed * 5


# -- Little's law -----------------------------------------------------------------------------

KEYS = (
    *(*["issue"] * 6, *["call"] * 5, *["arrived"] * 7, "absent", "back", "hold", "resume"),
    *("transfer", "transfer_desk", "call_number", "desk"),
)


def live(made: Office, history: list[Command], rng: Random) -> int:
    """Play a day second by second; return the sum over seconds of how many waited.

    Some presses are undone, within the second: between a call and its undo nobody waits.
    """
    area = 0

    def pass_time(seconds: int) -> None:
        nonlocal area
        for _ in range(seconds):
            area += sum(made.line.waiting)
            made.time_ds += 10

    for what, at, extra in history:
        length = len(made.log)
        getattr(made, what)(at, extra)
        if len(made.log) > length and rng.random() < 0.2:
            source = made.log[-1][8]
            made.command(records.UNDO, source, source, 0)
        pass_time(rng.choice((0, 1, 20, 90)))
    for desk in range(len(made.site.services)):
        while made.call(desk, 0) == 0:
            pass_time(7)
    made.compare()
    assert sum(made.line.waiting) == 0
    return area


def judge_little(count: int) -> int:
    """Fail unless mean number waiting x span is the sum of the waits; return how many waits."""
    waits = 0
    for number in range(count):
        rng = Random(number)
        made = Office(Site((7, 5, 3), pagers=200, tickets=200))
        whats = rng.choices(KEYS, k=400)
        history = [(what, rng.randrange(12), 1 + rng.randrange(10)) for what in whats]
        area = live(made, history, rng)
        figures = made.line.tally
        assert sum(figures.wait_s[:8]) == sum(figures.wait_s[8:]) == area
        assert sum(figures.waits[:8]) == sum(figures.waits[8:])
        waits += sum(figures.waits[:8])
    return waits


def test_the_number_waiting_times_the_span_is_the_sum_of_the_waits() -> None:
    assert judge_little(DAYS) > 50 * DAYS


FAULTS = [
    ("tally.waited(service, desk, before.wait_s, -1)", "pass"),
    ("before.wait_s = self._since(self.since[slot])", "before.wait_s = 60"),
    ("        self.since[slot] = self.seconds()\n        self.enqueue", "        self.enqueue"),
    (
        "            _add(self.wait_s, row, sign * wait_s)\n",
        "            _add(self.wait_s, row, wait_s)\n",
    ),
]


@pytest.mark.parametrize(("sound", "broken"), FAULTS)
def test_a_fault_breaks_the_law(sound: str, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, (history, undoable, tally, undo), sound, broken)
    monkeypatch.setattr(Office, "compare", lambda made: None)
    monkeypatch.setattr(Office, "again", unwatched)
    with pytest.raises((AssertionError, ValueError)):
        judge_little(DAYS)


def unwatched(made: Office, number: int, kind: int, source: int, at: int, extra: int) -> int:
    """Press a key and believe the line: `Office.again` without the naive line's answer."""
    record = bytearray(records.SIZE)
    refusal = made.line.decide(record, kind, source, number, made.time_ds, at, extra)
    made.naive.do(kind, source, number, made.time_ds // 10, at, extra)
    if not refusal:
        made.happen(record)
    return refusal


# -- examples ---------------------------------------------------------------------------------


def test_a_start_makes_the_interval_it_lies_in_untimed() -> None:
    """Served and waited still counts, how long does not."""
    made = office()
    come(made, 0, 0)
    assert press(made, records.CALL) == press(made, records.ARRIVED) == 0
    made.time_ds += 600
    made.boot(0, 0)
    made.time_ds += 600
    assert press(made, records.CALL) == 0
    figures = made.line.tally
    assert (figures.served[0], figures.services[0], figures.service_s[0]) == (1, 0, 0)
    assert (figures.waits[0], figures.wait_s[0]) == (1, 0)
    assert figures.untimed == 2
    assert figures.visits == 0


@pytest.mark.parametrize(
    ("jump_ds", "wait_s"),
    [(600, 60), (-5_000, 0), (0, 0), (9, 0), (10, 1), (650_349, 65_034), (650_350, None)],
)
def test_a_clock_that_jumps_spoils_one_wait(jump_ds: int, wait_s: int | None) -> None:
    """Backwards it counts as none; after 65,534 s of a day nothing is measured."""
    made = office()
    made.time_ds = 5_000
    come(made, 0)
    made.time_ds += jump_ds
    assert press(made, records.CALL) == 0
    assert made.line.tally.wait_s[0] == (wait_s or 0)
    assert made.line.tally.untimed == (wait_s is None)


def test_counts_of_a_day_that_nobody_ends_fit_their_rows() -> None:
    line = office().line
    tally = line.tally
    for _ in range(2):
        tally.untimed = 0xFFFF
        for counts in (tally.served, tally.absent, tally.waits, tally.services, tally.ratings):
            counts[0] = 0xFFFF
        tally.waited(0, 1, UNTIMED, 1)
        tally.waited(0, 1, 1, 1)
        tally.worked(0, 1, UNTIMED, 1, 1)
        tally.worked(0, 1, 1, 1, 1)
        tally.missed(0, 1, 1)
        tally.rated(1, 1)
    assert tally.untimed == tally.waits[0] == tally.services[0] == tally.ratings[0] == 0xFFFF
    assert rows(line), "a checkpoint can be written"


def test_hold_is_neither_wait_nor_service() -> None:
    made = office()
    come(made, 0)
    steps = (records.CALL, records.ARRIVED, records.HOLD, records.RESUME, records.ARRIVED)
    for kind in (*steps, records.ARRIVED):
        made.time_ds += 1_000
        assert press(made, kind, 1, 1 if kind == records.RESUME else 0) == 0
    figures = made.line.tally
    assert (figures.waits[0], figures.wait_s[0]) == (1, 100)
    assert (figures.services[0], figures.service_s[0]) == (2, 200)
    assert figures.served[0] == figures.served[8] == 1


def test_what_another_day_counted_is_gone_but_for_the_mean_visit() -> None:
    made = office()
    come(made, 0)
    for kind in (records.CALL, records.ARRIVED, records.ARRIVED):
        made.time_ds += 1_000
        assert press(made, kind) == 0
    assert press(made, records.DAY_CLOSE, 0) == press(made, records.DAY_OPEN, 0) == 0
    figures = made.line.tally
    assert sum(figures.served) == sum(figures.wait_s) == sum(figures.worst) == 0
    assert (figures.visits, figures.mean >> 10) == (1, 200)
