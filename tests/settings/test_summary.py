"""The figures of a day as a file: each number under its head, and the same bytes each time."""

import csv
from pathlib import Path

import pytest

from luot.core import records
from luot.core.limits import DAYS_KEPT
from luot.core.line.order import Order
from luot.core.settings import summary
from tests.faults.seeded import fails, seed

MINUTE_DS = 600


class Day:
    """A day of three desks and two services, pressed minute by minute."""

    def __init__(self) -> None:
        self.line = Order((0b01, 0b10, 0b11), 0, 3, 3, 0, 9)
        self.minute = 0
        self.press(records.DAY_OPEN, 0, 0, 0)

    def press(self, kind: int, source: int, at: int, extra: int = 0) -> None:
        """Press something that is not refused."""
        line, record = self.line, bytearray(records.SIZE)
        press = line.pressed[source] % 0xFFFF + 1
        time = self.minute * MINUTE_DS | records.SURE
        assert not line.decide(record, kind, source, press, time, at, extra)
        records.stamp(record, 0, line.ordinal + 1)
        line.apply(record)

    def serve(self, desk: int, wait: int, service: int) -> None:
        """Have somebody wait and be served for so many minutes."""
        self.press(records.ISSUE, 0, desk - 1)
        self.minute += wait
        self.press(records.CALL, desk, desk)
        self.press(records.ARRIVED, desk, desk)
        self.minute += service
        self.press(records.ARRIVED, desk, desk)


def busy() -> Order:
    """Two served at A, one at B, one absent; two of them rated."""
    day = Day()
    day.serve(1, 2, 10)
    day.press(records.RATING, 1, 1, 1)
    day.serve(1, 4, 20)
    day.press(records.RATING, 1, 1, 3)
    day.serve(2, 7, 5)
    day.press(records.ISSUE, 0, 1)
    day.minute += 1
    day.press(records.CALL, 2, 2)
    day.press(records.ABSENT, 2, 2)
    return day.line


def table(line: Order) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The two parts of the file, read by their heads."""
    lines = summary.text(line, ("A Hộ tịch", "B")).decode().splitlines()
    whole = dict(zip(*csv.reader(lines[:2]), strict=True))
    return whole, {row["what"]: row for row in csv.DictReader(lines[2:])}


def test_each_figure_stands_under_its_head() -> None:
    whole, rows = table(busy())
    assert whole == {"day": "1", "issued": "4", "served": "3", "untimed": "0"}
    assert list(rows) == ["A", "B", "1", "2", "3"]
    wanted = {
        "A": ("2", "0", "2", "360", "240", "2", "1800"),
        "B": ("1", "1", "2", "480", "420", "1", "300"),
        "1": ("2", "0", "2", "360", "240", "2", "1800"),
        "2": ("1", "1", "2", "480", "420", "1", "300"),
        "3": ("0",) * 7,
    }
    for what, figures in wanted.items():
        names = "served,absent,waits,wait_s,worst_s,services,service_s".split(",")
        assert tuple(rows[what][name] for name in names) == figures, what
    ratings = {what: (row["good"], row["fair"], row["bad"]) for what, row in rows.items()}
    assert ratings["1"] == ("1", "0", "1")
    assert ratings["2"] == ratings["3"] == ("0", "0", "0")
    assert ratings["A"] == ratings["B"] == ("", "", "")


def test_the_same_day_gives_the_same_bytes() -> None:
    assert summary.text(busy(), ("A Hộ tịch", "B")) == summary.text(busy(), ("A Hộ tịch", "B"))


def test_a_day_of_nobody_is_a_file_too() -> None:
    whole, rows = table(Day().line)
    assert whole["issued"] == whole["served"] == "0"
    assert {row["worst_s"] for row in rows.values()} == {"0"}


def test_so_many_days_are_kept() -> None:
    names = [summary.name(day) for day in range(1, 3 * DAYS_KEPT)]
    assert len(set(names[:DAYS_KEPT])) == DAYS_KEPT
    assert names[DAYS_KEPT] == names[0]
    assert summary.name(1) == "day-001.csv"


FAULTS = {
    "rows are mixed up": (
        "tally.worst[row],\n            tally.services[row],",
        "tally.services[row],\n            tally.worst[row],",
        test_each_figure_stands_under_its_head,
    ),
    "ratings of the next desk": (
        "3 * (row - SERVICES) + i",
        "(3 * (row - SERVICES) + i + 3) % 9",
        test_each_figure_stands_under_its_head,
    ),
    "desks from nought": (
        '"%d" % (row - SERVICES + 1)',
        '"%d" % (row - SERVICES)',
        test_each_figure_stands_under_its_head,
    ),
    "days for ever": ("day % DAYS_KEPT", "day", test_so_many_days_are_kept),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, test = FAULTS[fault]
    assert not fails(test)
    seed(monkeypatch, (summary,), sound, broken)
    assert fails(test)


def test_its_lines_are_documented(root: Path) -> None:
    spec = (root / "firmware/SPEC.md").read_text(encoding="utf-8")
    for line in summary.text(Order((1,)), ("A",)).decode().splitlines()[:3:2]:
        assert f"    {line}\n" in spec
