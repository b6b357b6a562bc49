"""The judge of pages: what it must find wrong, and what not; records and pages made by hand."""

import pytest

from luot.core import records
from sim.judges.pages import Pages

SECOND = 1_000_000


def judge(*records_at: tuple[int, dict[str, int]], most: int | None = None) -> Pages:
    """A judge who was told records, each as (second, fields), of one desk that serves A."""
    told = Pages("A", ["A"], 8, most)
    told.started(0)
    for ordinal, (second, fields) in enumerate(records_at, 1):
        made = bytearray(records.SIZE)
        press = fields.pop("press", ordinal)
        records.fact(made, **fields)
        records.press(made, fields.get("desk", 0), press, 0)
        records.stamp(made, ordinal + 1, ordinal)
        told.programmed(second * SECOND, bytes(made))
    return told


OPEN = (0, {"kind": records.DAY_OPEN, "ticket": 1, "press": 0})
ISSUE = (1, {"kind": records.ISSUE, "ticket": 1, "number": 1, "pager": 2})
WHO = {"desk": 1, "ticket": 1, "number": 1, "pager": 2}


def did(second: int, kind: int, **more: int) -> tuple[int, dict[str, int]]:
    """Something happens to the one citizen."""
    return second, {"kind": kind, **WHO, **more}


CALLED = (OPEN, ISSUE, did(5, records.CALL, d=1))


def test_who_is_called_is_paged_and_owed_a_page() -> None:
    told = judge(*CALLED)
    assert told.owed(60 * SECOND) == ["A001 is called to desk 1 and was never paged"]
    told.paged(5 * SECOND + 10, 10, 3, "A001 QUAY 1")
    assert (told.findings, told.owed(60 * SECOND)) == ([], [])


@pytest.mark.parametrize(
    ("ric", "function", "text", "second", "words"),
    [
        (8, 3, "A001 QUAY 1", 6, "the pager of somebody else"),
        (10, 3, "A001 QUAY 2", 6, "not so when it was made"),
        (10, 3, "A001 CHO", 6, "not so when it was made"),
        (10, 3, "A002 QUAY 1", 6, "not so when it was made"),
        (10, 0, "A001 QUAY 1", 6, "nobody understands"),
        (10, 3, "A001", 6, "nobody understands"),
        (10, 3, "A001 QUAY 1", 4, "not so when it was made"),
    ],
)
def test_a_page_that_is_not_so_is_found(
    ric: int, function: int, text: str, second: int, words: str
) -> None:
    told = judge(*CALLED)
    told.paged(second * SECOND, ric, function, text)
    assert len(told.findings) == 1 and words in told.findings[0]


@pytest.mark.parametrize("kind", [records.ABSENT, records.ARRIVED, records.HOLD])
def test_nobody_is_paged_who_is_not_called_any_more(kind: int) -> None:
    told = judge(*CALLED, did(10, kind))
    told.paged(10 * SECOND + 900_000, 10, 3, "A001 QUAY 1")
    assert told.findings == [], "it was so within the second before"
    told.paged(12 * SECOND, 10, 3, "A001 QUAY 1")
    assert len(told.findings) == 1


def test_an_undone_call_is_paged_as_such_and_an_undone_arrival_is_a_call() -> None:
    told = judge(*CALLED, did(8, records.UNDO, a=3, c=records.CALL, d=1))
    told.paged(10 * SECOND, 10, 3, "A001 CHO")
    assert (told.findings, told.owed(60 * SECOND)) == ([], [])
    told = judge(
        *CALLED, did(8, records.ARRIVED), did(9, records.UNDO, a=4, c=records.ARRIVED, d=1)
    )
    told.paged(11 * SECOND, 10, 3, "A001 QUAY 1")
    assert told.findings == []


def test_one_call_rings_three_times_at_most_while_nobody_presses() -> None:
    told = judge(*CALLED)
    for second in (6, 12, 18):
        told.paged(second * SECOND, 10, 3, "A001 QUAY 1")
    assert told.findings == []
    told.paged(24 * SECOND, 10, 3, "A001 QUAY 1")
    assert told.findings == ["24.000 s: page 'A001 QUAY 1' rang 4 times, nobody pressed"]


def test_the_air_of_an_hour_is_counted() -> None:
    told = judge(OPEN)
    for second in range(0, 3700, 10):
        told.on_air(second * SECOND, (second + 1) * SECOND)
    assert told.findings == [], "370 s: a tenth, and ten seconds for the start"
    told = judge(OPEN)
    for second in range(0, 3700, 9):
        told.on_air(second * SECOND, (second + 1) * SECOND)
    assert told.findings and "s of air in an hour with 1 starts" in told.findings[0]


def test_the_line_is_judged_by_an_audit() -> None:
    assert judge(*CALLED, did(10, records.ARRIVED)).kept() == []
    broken = judge(*CALLED, did(10, records.ARRIVED), did(20, records.ARRIVED))
    assert broken.kept() != []
