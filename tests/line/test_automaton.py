"""The automaton is one table: DESIGN.md shows the same, and the laws of `explore` say the same."""

import re
from pathlib import Path

import pytest

from luot.core import records
from luot.core.line import automaton, refusals
from luot.core.line.ticket import ABSENT, CALLED, DONE, HELD, SERVING, WAITING
from sim.explore import laws
from tests.faults.seeded import found_by

DESIGN = Path(__file__).parent.parent.parent / "firmware/DESIGN.md"
HEAD = "| record | nobody | waiting | called | in service | on hold | absent |\n"
KEYS = "| key | no ticket is open at the desk | called, nobody came yet | in service |\n"
STATES = {
    "waiting": WAITING,
    "called": CALLED,
    "in service": SERVING,
    "on hold": HELD,
    "absent": ABSENT,
    "done": DONE,
}
KINDS = range(records.ISSUE, records.CANCEL + 1)
Cell = tuple[int, int]  # the state it leads to, or 0 and the refusal


def table(text: str, head: str) -> list[list[str]]:
    """Return the rows of a table, cell by cell."""
    rows = []
    for line in text.partition(head)[2].splitlines()[1:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def told(cell: str) -> Cell:
    """Return what a cell of the document says."""
    if cell in STATES:
        return STATES[cell], 0
    return 0, getattr(refusals, re.sub(r"\W", "", cell))


def in_words(text: str) -> dict[int, list[Cell]]:
    """Return the document's table by kind of record, a cell for each state from nobody's on."""
    rows = table(text, HEAD)
    return {getattr(records, row[0].strip("`")): [told(cell) for cell in row[1:]] for row in rows}


def in_core() -> dict[int, list[Cell]]:
    """Return the core's, in the same form."""
    states = range(ABSENT + 1)
    found: dict[int, list[Cell]] = {}
    for kind in KINDS:
        why = [automaton.refusal(kind, state) for state in states]
        found[kind] = [(0 if one else automaton.leads(kind), one) for one in why]
    return found


def test_the_document_and_the_core_have_one_table() -> None:
    assert in_words(DESIGN.read_text(encoding="utf-8")) == in_core()


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("| `HOLD` | `NO_TICKET` |", "| `HOLD` | `WRONG` |"),
        ("| called | `WRONG` |\n| `TRANSFER`", "| on hold | `WRONG` |\n| `TRANSFER`"),
        ("| `FINISH` | `NO_TICKET` | `NO_TICKET` | `WRONG`", "| `FINISH` | done | done | done"),
    ],
)
def test_a_document_that_says_something_else_is_found(sound: str, broken: str) -> None:
    text = DESIGN.read_text(encoding="utf-8")
    assert text.count(sound) == 1
    assert in_words(text.replace(sound, broken)) != in_core()


def test_the_laws_know_where_each_command_leads() -> None:
    assert {kind: automaton.leads(kind) for kind in KINDS} == laws._THEN


def test_the_keys_of_a_desk_do_what_the_table_says() -> None:
    """The names of refusals in the table of the keys; *arrived* ends a service as FINISH."""
    kinds = {
        "*recall*": (records.RECALL, records.RECALL),
        "*absent*": (records.ABSENT, records.ABSENT),
        "*arrived*": (records.ARRIVED, records.FINISH),
        "*arrived*, held": (records.HOLD, records.HOLD),
    }
    rows = {row[0]: row[1:] for row in table(DESIGN.read_text(encoding="utf-8"), KEYS)}
    found = 0
    for key, cells in rows.items():
        name = re.split(r" \(|:", key)[0]
        if name not in kinds:
            continue
        found += 1
        called, served = kinds[name]
        asked = zip(cells, ((called, 0), (called, CALLED), (served, SERVING)), strict=True)
        for cell, (kind, state) in asked:
            why = re.fullmatch(r"refused, `(\w+)`", cell)
            assert automaton.refusal(kind, state) == (getattr(refusals, why[1]) if why else 0), (
                key,
                cell,
            )
    assert found == len(kinds)


FAULTS = {
    "who is on hold is called next": (
        "CALLED,  NOBODY,    0,         WRONG,     WRONG,      WRONG,     WRONG,      # CALL",
        "CALLED,  NOBODY,    0,         WRONG,     WRONG,      0,         WRONG,      # CALL",
        test_the_document_and_the_core_have_one_table,
    ),
    "hold is absence": (
        "HELD,    NO_TICKET",
        "ABSENT,  NO_TICKET",
        test_the_laws_know_where_each_command_leads,
    ),
    "who is served is called again": (
        "IN_SERVICE, NO_TICKET, NO_TICKET,  # RECALL",
        "0,          NO_TICKET, NO_TICKET,  # RECALL",
        test_the_keys_of_a_desk_do_what_the_table_says,
    ),
    "the next column": (
        "+ 1 + state]",
        "+ state]",
        test_the_document_and_the_core_have_one_table,
    ),
}

test_a_broken_table_is_found = found_by((automaton,), FAULTS)
