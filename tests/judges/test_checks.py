"""The judges find nothing in a good day, and each of them finds what it is there for.

The good day is written by hand, and so is each fault: one cell of its table, or one record of its
journal, is another.
"""

import csv
from collections.abc import Iterable

import pytest

from luot.core import records
from luot.core.wire import put
from sim.judges import checks
from sim.judges.checks_journal import journal

DESKS = ("AB", "B")
ARRIVALS = [(1.0, "A"), (2.0, "A"), (3.0, "B"), (4.0, "B"), (5.0, "B"), (6.0, "A"), (7.0, "B")]
# A001 is passed once, by B002; B001 is passed at desk 2, which does not serve A002. A002 does not
# come, so that pager 2 stays out; pager 1 goes from A001 to B003 in one and the same second.
DAY = """\
number,service,class,pager,arrived_s,issued_s,called_s,served_s,finished_s,desk,outcome,calls
A001,A,normal,1,1.000,1.500,21.000,22.000,30.000,1,served,1
A002,A,normal,2,2.000,2.500,30.000,,,1,no_show,2
B001,B,normal,3,3.000,3.500,20.500,22.000,40.000,2,served,1
B002,B,priority,4,4.000,4.500,20.000,,21.000,1,served,1
B003,B,normal,1,5.000,30.000,40.000,41.000,42.000,2,served,1
,A,normal,,6.000,,,,,,refused:pager.none,0
B004,B,priority,3,7.000,50.000,51.000,51.000,52.000,2,served,1
"""


def rows(text: str = DAY) -> list[dict[str, str]]:
    """The table, to be spoiled."""
    return list(csv.DictReader(text.splitlines()))


def judged(table: Iterable[dict[str, str]], most: int | None = 1) -> list[str]:
    return checks.day(table, DESKS, most, ARRIVALS)


def test_a_good_day_passes() -> None:
    assert judged(rows()) == []


def test_the_overtakings_of_the_good_day() -> None:
    tickets = [checks.read(row) for row in rows()]
    assert checks.passed(tickets, DESKS) == {"A001": 1, "A002": 1, "B001": 1, "B003": 0}
    assert checks.passed(tickets, ("AB", "AB"))["A001"] == 1
    assert checks.passed(tickets, ("B", "A"))["A001"] == 0
    assert judged(rows(), most=0)
    assert judged(rows(), most=None) == []


FAULTS = [  # line of the table, column, what stands there now, and what the judge says
    (2, "issued_s", "x", "line 2 cannot be read: could not convert"),
    (2, "class", "urgent", "line 2 cannot be read: class urgent"),
    (2, "pager", "", "A001, served: number, pager and time of issue do not fit"),
    (2, "issued_s", "", "A001, served: number, pager and time of issue do not fit"),
    (2, "called_s", "", "A001, served: call, desk and count of calls do not fit"),
    (2, "desk", "", "A001, served: call, desk and count of calls do not fit"),
    (2, "calls", "0", "A001, served: call, desk and count of calls do not fit"),
    (2, "finished_s", "", "A001, served: the times of service do not fit"),
    (3, "finished_s", "31.000", "A002, no_show: the times of service do not fit"),
    (3, "served_s", "31.000", "A002, no_show: the times of service do not fit"),
    (7, "number", "A003", "A003, refused:pager.none: number, pager and time of issue do not fit"),
    (7, "outcome", "refused:", "line 7 ended as 'refused:'"),
    (7, "outcome", "not_issued", "line 7 ended as 'not_issued'"),
    (2, "outcome", "open", "A001 ended as 'open'"),
    (2, "arrived_s", "", "A001 never came"),
    (2, "arrived_s", "1.501", "A001 was issued at 1.5, arrived at 1.501"),
    (2, "issued_s", "21.001", "A001 was called at 21.0, issued at 21.001"),
    (2, "called_s", "22.001", "A001 was served at 22.0, called at 22.001"),
    (2, "served_s", "30.001", "A001 was finished at 30.0, served at 30.001"),
    (2, "number", "A002", "A002 was issued where A001 was due"),
    (3, "number", "A001", "A001 was issued where A002 was due"),
    (8, "number", "B005", "B005 was issued where B004 was due"),
    (3, "called_s", "20.900", "A002 (A, normal) was called before A001"),
    (2, "arrived_s", "0.999", "0 came at 0.999 for A, the table has 1"),
    (7, "service", "B", "1 came at 6.0 for A, the table has 0"),
    (6, "pager", "2", "pager 2 was given to B003, but A002 had it"),
    (6, "pager", "1000", "B003 has pager 1000, not 1 to 999"),
    (6, "issued_s", "29.999", "pager 1 was given to B003, but A001 had it"),
    (8, "class", "normal", ""),
    (6, "desk", "1", ""),
    (2, "desk", "2", "A001 was called to desk 2, which does not serve it"),
    (2, "desk", "3", "A001 was called to desk 3, which does not serve it"),
    (5, "finished_s", "21.001", "A001 was called while B002 was still there"),
]


@pytest.mark.parametrize(("line", "column", "cell", "sentence"), FAULTS)
def test_a_fault_in_the_table_is_found(line: int, column: str, cell: str, sentence: str) -> None:
    table = rows()
    table[line - 2][column] = cell
    found = judged(table)
    assert any(one.startswith(sentence) for one in found) if sentence else found == []


def test_a_column_that_is_missing_is_found() -> None:
    assert judged(rows(DAY.replace("issued_s", "issued")))[0] == (
        "line 2 cannot be read: 'issued_s'"
    )


def test_whoever_is_missing_or_there_twice_is_found() -> None:
    table = rows()
    assert "1 came at 7.0 for B, the table has 0" in judged(table[:-1])
    assert "1 came at 6.0 for A, the table has 2" in judged([*table, table[5]])


def test_it_is_not_enough_to_be_called_in_the_order_of_numbers() -> None:
    """The intake must not have swapped them before."""
    table = rows()
    table[0]["arrived_s"], table[1]["issued_s"] = "1.100", "1.700"
    table[1]["arrived_s"] = "1.000"
    found = checks.first_come([checks.read(row) for row in table])
    assert found == ["A002 (A, normal) came before A001 and got it later"]


def test_whoever_is_never_called_was_overtaken_by_all_that_follow() -> None:
    """One citizen of each class waits for ever; a later one of each is called."""
    waits, later, urgent = (
        checks.Ticket("A001", "A", False, 1, 0, 0),
        checks.Ticket("A002", "A", False, 2, 1, 1, 3, desk=1),
        checks.Ticket("A003", "A", True, 3, 2, 2, 3, desk=1),
    )
    assert checks.first_come([waits, later]) == ["A002 (A, normal) was called before A001"]
    assert checks.overtaken([waits, urgent], ("A",), 0) == [
        "A001 was passed 1 times, not 0 at most"
    ]


# The same day's journal: kind, desk, lane, ticket, number, pager, a, b, c, d.

EVENTS = [
    (records.BOOT, 0, 0, 0, 0, 0, 1, 0, 0, 0),
    (records.DAY_OPEN, 0, 0, 1, 0, 0, 0, 0, 0, 1),
    (records.ISSUE, 0, 0, 1, 1, 1, 0, 0, 0, 0),  # A001
    (records.ISSUE, 0, 0, 2, 2, 2, 0, 0, 0, 0),  # A002
    (records.ISSUE, 0, 2, 3, 1, 3, 0, 0, 0, 0),  # B001
    (records.ISSUE, 0, 3, 4, 2, 4, 0, 0, 0, 0),  # B002, priority
    (records.CALL, 1, 3, 4, 2, 4, 0, 3, 0, 3),
    (records.CALL, 2, 2, 3, 1, 3, 0, 0, 0, 2),
    (records.CALL, 1, 0, 1, 1, 1, 4, 0, records.START_UNKNOWN, 3),
    (records.ARRIVED, 1, 0, 1, 1, 1, 0, 0, 0, 0),
    (records.ARRIVED, 2, 2, 3, 1, 3, 0, 0, 0, 0),
    (records.FINISH, 1, 0, 1, 1, 1, 0, 0, 0, 0),
    (records.CALL, 1, 0, 2, 2, 2, 0, 0, 0, 3),
    (records.ISSUE, 0, 2, 5, 3, 4, 0, 0, 0, 0),  # B003, with the pager of B002: back first
    (records.RECALL, 1, 0, 2, 2, 2, 0, 0, 2, 0),
    (records.ABSENT, 1, 0, 2, 2, 2, 0, 0, 0, 0),
    (records.CALL, 2, 2, 5, 3, 4, 3, 0, 0, 2),
    (records.ARRIVED, 2, 2, 5, 3, 4, 0, 0, 0, 0),
    (records.FINISH, 2, 2, 5, 3, 4, 0, 0, 0, 0),
]


def log(events: Iterable[tuple[int, ...]]) -> list[bytes]:
    """Records as a journal gives them: presses count up, desks and the intake have their own."""
    made = []
    presses = [0] * 3
    for ordinal, event in enumerate(events, 1):
        record = bytearray(records.SIZE)
        records.fact(record, *event)
        source = event[1]
        presses[source] += event[0] >= records.ISSUE
        records.press(record, source, presses[source], ordinal)
        records.stamp(record, ordinal, ordinal)
        made.append(bytes(record))
    return made


def test_a_good_journal_passes() -> None:
    assert journal(log(EVENTS), DESKS, 1) == []


def test_the_overtakings_are_counted_from_the_journal_too() -> None:
    assert journal(log(EVENTS), DESKS, 0) == [
        "event 7: A001 was passed 1 times, not 0 at most",
        "event 7: A002 was passed 1 times, not 0 at most",
        "event 7: B001 was passed 1 times, not 0 at most",
    ]
    assert journal(log(EVENTS), DESKS, None) == []


def test_copies_and_rows_are_passed_over() -> None:
    good = log(EVENTS)
    row = bytearray(good[5])
    row[7] = records.TICKET_ROW
    assert journal([*good[:6], bytes(row), *good[5:], good[-1]], DESKS, 1) == []


def test_a_lost_record_is_named() -> None:
    good = log(EVENTS)
    assert journal(good[:9] + good[11:], DESKS, 1)[0] == "events 10 to 11 are missing"


def test_a_press_that_counts_twice_is_found() -> None:
    spoilt = [bytearray(record) for record in log(EVENTS)]
    put(spoilt[9], 9, 2, 2)  # desk 1 calls A001 and marks it as there with one press
    assert journal(map(bytes, spoilt), DESKS, 1) == ["event 10: press 2 of source 1 counts again"]


PLACES = {"desk": 1, "lane": 2, "ticket": 3, "number": 4, "pager": 5, "a": 6, "b": 7, "c": 8}
PLACES |= {"d": 9}
SPOILT = [  # event, field, what it says now, and what the judge says
    (2, "ticket", 2, "event 2: day 2 follows day 0"),
    (2, "c", 1, "event 7: rule 0 is not in force"),
    (2, "d", 0, "event 7: desk 1 called B002, A001 was next"),
    (2, "d", 0, "event 7: A001 was passed 1 times, not 0 at most"),
    (4, "ticket", 3, "event 4: A002 is arrival 3, not 2"),
    (4, "number", 3, "event 4: A003 was issued where A002 was due"),
    (4, "number", 1, "event 4: A001 was issued already"),
    (5, "number", 2, "event 5: B002 was issued where B001 was due"),
    (4, "pager", 1, "event 4: pager 1 was given to A002, but A001 had it"),
    (4, "pager", 1000, "event 4: A002 has pager 1000, not 1 to 999"),
    (14, "pager", 2, "event 14: pager 2 was given to B003, but A002 had it"),
    (14, "pager", 1, "event 14: pager 1 was given to B003, but 4 was back before it"),
    (7, "b", 2, "event 7: B002 passed 3, not 2"),
    (8, "b", 1, "event 8: B001 passed 0, not 1"),
    (8, "c", records.BY_NUMBER | 1, "event 8: rule 1 is not in force"),
    (9, "a", 0, "event 9: desk 1 has B002, not arrival 0"),
    (9, "c", 0, "event 9: whether anybody had come to desk 1 is told wrong"),
    (13, "a", 1, "event 13: desk 1 has nobody, not arrival 1"),
    (9, "ticket", 2, "event 9: there is no A001 with pager 1"),
    (9, "lane", 1, "event 9: A001 is in lane 0, not 1"),
    (9, "desk", 2, "event 9: desk 2 serves B, not AB"),
    (9, "d", 2, "event 9: A001 was called to desk 1, which does not serve it"),
    (10, "desk", 2, "event 10: A001 is not at desk 2 for this"),
    (10, "pager", 2, "event 10: there is no A001 with pager 2"),
    (15, "c", 3, "event 15: A002 was called 1 times before call 3"),
]


@pytest.mark.parametrize(("event", "field", "value", "sentence"), SPOILT)
def test_a_fault_in_a_record_is_found(event: int, field: str, value: int, sentence: str) -> None:
    events = [list(one) for one in EVENTS]
    events[event - 1][PLACES[field]] = value
    assert sentence in journal(log(tuple(one) for one in events), DESKS, 1)


@pytest.mark.parametrize(
    ("event", "kind", "sentence"),
    [
        (10, records.FINISH, "event 10: A001 is not at desk 1 for this"),
        (12, records.ARRIVED, "event 12: A001 is not at desk 1 for this"),
        (12, records.ABSENT, "event 12: A001 is not at desk 1 for this"),
        (15, records.CALL, "event 15: A002 does not wait"),
    ],
)
def test_an_event_that_cannot_be_is_found(event: int, kind: int, sentence: str) -> None:
    events = list(EVENTS)
    events[event - 1] = (kind, *events[event - 1][1:])
    assert sentence in journal(log(events), DESKS, 1)


def test_what_a_call_counted_is_counted_back() -> None:
    """B002 passes all others, is taken back, and may pass them once all the same."""
    undo = (records.UNDO, 1, 3, 4, 2, 4, 1, 0, records.CALL, 3)
    assert journal(log([*EVENTS[:7], undo, EVENTS[6]]), DESKS, 1) == []
    assert journal(log([*EVENTS[:7], EVENTS[7], undo]), DESKS, 1) == [
        "event 9: source 1 cannot take that back"
    ]
    early = log([*EVENTS[:7], (*undo[:6], 2, *undo[7:])])
    assert journal(early, DESKS, 1) == ["event 8: the press before was 1, not 2"]
    assert journal(log([*EVENTS[:7], undo, undo]), DESKS, 1) == [
        "event 9: source 1 cannot take that back"
    ]
