"""Undo puts back what a press changed and nothing else, or is refused.

What it leaves is named in `forgotten`. Whether it agrees with the naive line in any history is
test_order.py.
"""

from random import Random
from typing import Any

import pytest

from luot.core import records
from luot.core.line import history, order, refusals, undo, undoable
from luot.core.line import premises as offices
from luot.core.line.line import BREAK, CLOSED, OPEN
from luot.core.line.order import TO_DESK
from luot.core.line.ticket import CALLED, SERVING, WAITING
from tests.faults.seeded import seed
from tests.rigs.order import INTAKE, Office
from tests.rigs.order_keys import come, office, press
from tests.rigs.order_look import look, sound
from tests.rigs.strategies import Site, draw_history, draw_site, tries

UNDOABLE = (records.ISSUE, *range(records.CALL, records.CANCEL + 1))
HISTORIES = 60


def forgotten(line: Any, kind: int) -> dict[str, Any]:
    """A line as undo of a press of `kind` leaves it: without what it does not put back."""
    seen = look(line)
    for name in ("pressed", "undo", "mean", "estimates", "desks", "unrated"):
        del seen[name]
    seen["rack"].sort()
    del seen["figures"]["worst"]
    seen["untimed"] = seen["untimed"][0]
    if kind == records.ISSUE:  # the number is spent
        seen["counts"] = seen["day"] = None
    return seen


def judge_exactness(count: int) -> set[int]:
    """Undo every press of drawn histories that can be, now and then; return their kinds."""
    kinds = set()
    for number in range(count):
        rng = Random(number)
        made = Office(draw_site(rng))
        for command in draw_history(rng):
            before = {kind: forgotten(made.line, kind) for kind in (0, records.ISSUE)}
            length = len(made.log)
            made.do(*command)
            kind, source = made.log[-1][7], made.log[-1][8]
            if len(made.log) != length + 1 or source not in made.naive.memories:
                continue
            if kind in UNDOABLE and rng.random() < 0.5:
                assert made.command(records.UNDO, source, source, 0) == 0
                made.compare()
                kept = kind if kind == records.ISSUE else 0
                assert forgotten(made.line, kind) == before[kept]
                kinds.add(kind)
    return kinds


def test_after_an_undo_all_is_as_it_was() -> None:
    assert judge_exactness(tries(HISTORIES).max_examples) == set(UNDOABLE)


@pytest.mark.parametrize(
    ("sound_text", "broken"),
    [
        ("tally.waited(service, desk, before.wait_s, -1)", "pass"),
        ("line.place[slot], line.calls[slot] = before.place, before.calls", "pass"),
        ("        line.opened[desk] = closed\n", "        pass\n"),
        ("line.serve(-1)", "pass"),
    ],
)
def test_an_undo_that_is_not_exact_is_found(
    sound_text: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, (undoable, undo), sound_text, broken)
    with pytest.raises((AssertionError, ValueError)):
        judge_exactness(HISTORIES)


# -- number and pager -------------------------------------------------------------------------


def test_an_undone_number_is_spent_and_its_pager_free() -> None:
    made = office()
    come(made, 0, 0)
    assert press(made, records.UNDO, INTAKE) == 0
    assert made.line.alive == 1
    assert made.line.pagers.has(2)
    come(made, 0)
    assert (made.naive.people[-1].number, made.naive.people[-1].pager) == (3, 3)


def test_an_undone_call_opens_what_it_closed_with_number_and_pager() -> None:
    made = office()
    come(made, 0, 0)
    for kind in (records.CALL, records.ARRIVED, records.CALL):
        assert press(made, kind) == 0
    assert made.line.pagers.has(1)
    assert press(made, records.UNDO) == 0
    line = made.line
    first, second = line.find(1), line.find(2)
    assert (line.state[first], line.pager[first], line.number[first]) == (SERVING, 1, 1)
    assert line.opened[1] == first
    assert (line.state[second], line.pager[second]) == (WAITING, 2)
    assert not line.pagers.has(1)


# -- when it is refused -----------------------------------------------------------------------

Press = tuple[int, int, int]  # kind, desk (0: the intake) and what else
CALL, UNDO = records.CALL, records.UNDO

# Before: desks 1 to 3 serve A, number 1 (ordinary), 2 and 3 (ordinary) and 4 (urgent) wait.
ANSWERS: dict[str, tuple[list[Press], int]] = {
    "nothing was pressed": ([(UNDO, 1, 0)], refusals.TOUCHED),
    "in time": ([(CALL, 1, 0), (UNDO, 1, 10_000)], 0),
    "too late": ([(CALL, 1, 0), (UNDO, 1, 10_001)], refusals.TOO_LATE),
    "twice": ([(CALL, 1, 0), (UNDO, 1, 0), (UNDO, 1, 0)], refusals.TOUCHED),
    "a press that cannot be undone came after": (
        [(CALL, 1, 0), (records.DESK, 1, CLOSED), (UNDO, 1, 0)],
        refusals.TOUCHED,
    ),
    "a citizen's answer is no press of the desk's": (
        [(CALL, 1, 0), (records.RATING, 1, 2), (UNDO, 1, 0)],
        0,
    ),
    "a refused press changes nothing": (
        [(CALL, 1, 0), (records.RESUME, 1, 9), (UNDO, 1, 0)],
        0,
    ),
    "the ticket was called elsewhere": (
        [(CALL, 1, 1), (records.HOLD, 1, 0), (records.RESUME, 2, 1), (UNDO, 1, 0)],
        refusals.TOUCHED,
    ),
    "a ticket it passed was called": (
        [(CALL, 1, 0), (CALL, 2, 0), (UNDO, 1, 0)],
        refusals.TOUCHED,
    ),
    "a ticket it passed gave up": (
        [(CALL, 1, 0), (records.CANCEL, 2, 3), (UNDO, 1, 0)],
        refusals.TOUCHED,
    ),
    "a ticket it did not pass was called": (
        [(CALL, 1, 1), (CALL, 2, 0), (UNDO, 1, 0)],
        0,
    ),
    "a ticket called before is served": (
        [(CALL, 2, 1), (CALL, 1, 0), (records.ARRIVED, 2, 0), (UNDO, 1, 0)],
        0,
    ),
    "somebody came to stand before it": (
        [
            *[(CALL, 2, 1), (records.ABSENT, 2, 0), (CALL, 1, 0)],
            *[(records.BACK, 3, 1), (UNDO, 1, 0)],
        ],
        refusals.TOUCHED,
    ),
    "somebody stands before it by an undo": (
        [(CALL, 2, 1), (CALL, 1, 0), (UNDO, 2, 0), (UNDO, 1, 0)],
        refusals.TOUCHED,
    ),
    "whom it passed left the row by an undo": (
        [
            *[(CALL, 2, 1), (records.TRANSFER, 2, 0), (CALL, 1, 0)],
            *[(UNDO, 2, 0), (UNDO, 1, 0)],
        ],
        refusals.TOUCHED,
    ),
    "somebody came to stand before it when a desk closed": (
        [
            *[(records.DESK, 3, OPEN), (CALL, 2, 1), (records.TRANSFER, 2, TO_DESK + 3)],
            *[(CALL, 1, 0), (records.DESK, 3, CLOSED), (UNDO, 1, 0)],
        ],
        refusals.TOUCHED,
    ),
    "the pager was told lost": (
        [
            *[(CALL, 1, 1), (records.ARRIVED, 1, 0), (records.ARRIVED, 1, 0)],
            *[(records.PAGER, 0, 1), (UNDO, 1, 0)],
        ],
        refusals.TOUCHED,
    ),
    "the day is over": (
        [
            *[(records.CANCEL, 1, 1), (records.CANCEL, 1, 2), (records.CANCEL, 1, 3)],
            *[(records.CANCEL, 1, 4), (records.DAY_CLOSE, 0, 0), (UNDO, 1, 0)],
        ],
        refusals.TOUCHED,
    ),
    "the desk had a break": (
        [(CALL, 1, 0), (records.DESK, 1, BREAK), (UNDO, 1, 0)],
        refusals.TOUCHED,
    ),
}


@pytest.mark.parametrize("why", ANSWERS)
def test_when_undo_is_refused(why: str) -> None:
    presses, answer = ANSWERS[why]
    made = office((1, 1, 1))
    come(made, 0, 0, 0, 1)
    for kind, desk, extra in presses[:-1]:
        if kind == records.PAGER:
            assert made.command(kind, INTAKE, desk + 1, 0) == 0
        elif kind != UNDO:
            assert press(made, kind, desk, extra) == (refusals.WRONG if extra == 9 else 0)
        else:
            assert press(made, kind, desk, extra) == 0
    assert press(made, *presses[-1]) == answer


@pytest.mark.parametrize(
    ("why", "sound_text", "broken"),
    [
        (
            "somebody stands before it by an undo",
            "        line.enqueue(slot)\n        line.undoable.touch(slot)\n",
            "        line.enqueue(slot)\n",
        ),
        (
            "whom it passed left the row by an undo",
            "    line.undoable.touch(slot)\n    _uncount",
            "    _uncount",
        ),
        (
            "somebody came to stand before it when a desk closed",
            "            line.enqueue(slot)\n            line.undoable.touch(slot)\n",
            "            line.enqueue(slot)\n",
        ),
        (
            "a ticket called before is served",
            "waits\n                and before.passed",
            "before.passed",
        ),
        (
            "the day is over",
            "    line.undoable.shut_all()\n    if line.alive:",
            "    if line.alive:",
        ),
        ("in time", "since_ms > UNDO_MS", "since_ms >= UNDO_MS"),
        ("too late", "since_ms > UNDO_MS", "since_ms > UNDO_MS + 1"),
    ],
)
def test_a_wrong_refusal_is_found(
    why: str, sound_text: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, (history, undoable, offices, order, undo), sound_text, broken)
    with pytest.raises(AssertionError):
        test_when_undo_is_refused(why)


def test_the_pager_that_came_back_was_handed_out() -> None:
    made = Office(Site((1,), pagers=2))
    come(made, 0, 0)
    for kind in (records.CALL, records.ARRIVED, records.ARRIVED):
        assert press(made, kind) == 0
    come(made, 0)
    assert press(made, records.UNDO) == refusals.TOUCHED


# -- restarts and losses ----------------------------------------------------------------------


@pytest.mark.parametrize("how", [0, 1, 2], ids=["checkpoint", "checkpoint and log", "log"])
@pytest.mark.parametrize("kind", [records.CALL, records.ABSENT, records.HOLD])
def test_undo_goes_across_a_checkpoint_and_a_replay(kind: int, how: int) -> None:
    made = office()
    come(made, 0, 0, 1)
    made.save(0, 0)
    assert press(made, records.CALL) == press(made, records.CALL) == 0
    before = forgotten(made.line, kind)
    assert press(made, kind) == 0
    made.restart(0, how)
    assert press(made, records.UNDO) == 0
    assert forgotten(made.line, kind) == before


def test_nothing_is_undone_after_a_start() -> None:
    made = office()
    come(made, 0)
    assert press(made, records.CALL) == 0
    made.boot(0, 0)
    made.compare()
    assert press(made, records.UNDO) == refusals.TOUCHED


def test_an_undo_whose_press_was_lost_undoes_no_other() -> None:
    """Number 1 was called, number 2 too, and that taken back; the second call is lost."""
    made = office()
    come(made, 0, 0)
    assert press(made, CALL) == press(made, CALL) == press(made, UNDO) == 0
    line = made.fresh()
    for record in made.log[:-2] + made.log[-1:]:
        line.apply(bytearray(record))
        sound(line)
    first = line.find(1)
    assert (line.state[first], line.opened[1]) == (CALLED, first)
    assert line.state[line.find(2)] == WAITING
