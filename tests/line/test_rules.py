"""Who is next and how long it will be: calls by number, returns, bounds, estimates by example.

Whatever else may happen is test_order.py; here each answer was worked out by hand.
"""

import pytest

from luot.core import records
from luot.core.line import line, order, pool, refusals, rules, tally
from luot.core.line.line import BREAK, CLOSED
from luot.core.line.rules import ALTERNATE, BOUNDED, FIFO, STRICT
from luot.core.line.tally import Tally
from luot.core.wire import get
from tests.faults.seeded import seed
from tests.rigs.order import Office
from tests.rigs.order_keys import come, office, press
from tests.rigs.order_look import walk

# -- by number --------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [BOUNDED, STRICT, ALTERNATE, FIFO])
def test_a_call_by_number_names_the_rule_and_all_it_passed(rule: int) -> None:
    made = office(rule=rule)
    come(made, 0, 1, 0, 0)
    assert press(made, records.CALL, extra=4) == 0
    assert made.log[-1][26] == rule | records.BY_NUMBER
    assert get(made.log[-1], 24, 2) == 3
    assert [made.line.overtaken[made.line.find(n)] for n in (1, 2, 3)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (BOUNDED, refusals.PASSED_OUT),
        (FIFO, refusals.PASSED_OUT),
        (STRICT, 0),
        (ALTERNATE, 0),
    ],
)
def test_a_call_by_number_takes_nobody_beyond_k(rule: int, answer: int) -> None:
    made = office(rule=rule, most=2)
    come(made, 0, 0, 0, 0)
    assert press(made, records.CALL, extra=2) == press(made, records.CALL, extra=3) == 0
    assert press(made, records.CALL, extra=4) == answer
    assert press(made, records.CALL, extra=1) == 0


def test_the_next_one_by_number_passes_nobody() -> None:
    made = office(most=0)
    come(made, 0, 0)
    assert press(made, records.CALL, extra=1) == 0
    assert get(made.log[-1], 24, 2) == 0


def test_whoever_waits_for_another_service_is_not_passed() -> None:
    made = office((1, 3), most=0)
    come(made, 0, service=1)
    come(made, 0)
    assert press(made, records.CALL, 2, extra=2) == refusals.PASSED_OUT
    assert press(made, records.CALL, 1, extra=2) == 0


def test_only_who_waits_there_is_called_by_number() -> None:
    made = office((1, 2))
    come(made, 0, 0)
    assert press(made, records.CALL, 1) == 0
    assert press(made, records.CALL, 1, extra=1) == refusals.WRONG  # is there
    assert press(made, records.CALL, 2, extra=2) == refusals.WRONG  # another desk's service
    assert press(made, records.CALL, 1, extra=9) == refusals.WRONG  # nobody


def test_whoever_was_called_by_number_goes_back_to_the_old_place() -> None:
    made = office()
    come(made, 0, 0, 0)
    assert press(made, records.CALL, extra=3) == press(made, records.UNDO) == 0
    assert list(made.line.overtaken[:4]) == [0, 0, 0, 0]
    assert press(made, records.CALL) == 0
    assert get(made.log[-1], 16, 2) == 1


# -- whoever comes back -----------------------------------------------------------------------


def judge_returns() -> None:
    """Fail unless who comes back lets the next one go first, and gains and loses nothing else."""
    made = office()
    come(made, 0, 0, 0)
    assert press(made, records.CALL, extra=3) == press(made, records.ABSENT) == 0
    assert press(made, records.BACK, extra=3) == 0
    assert get(made.log[-1], 22, 2) == 6  # the own place, not 3
    made = office()
    come(made, 0, 0)
    for ticket in (1, 2, 1, 1, 1, 1, 1):  # once 2 came back too, the earlier arrival is first
        assert press(made, records.CALL) == press(made, records.ABSENT) == 0
        assert get(made.log[-1], 16, 2) == ticket
        assert press(made, records.BACK, extra=ticket) == 0
    come(made, 0)
    assert standing(made) == [(1, 5), (2, 5), (3, 6)]  # behind all who were there before


def test_whoever_comes_back_is_behind_the_next_one() -> None:
    judge_returns()


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("max(self.place[slot], self.place[head] | 1)", "self.place[head] | 1"),
        ("self.place[head] | 1)", "self.place[head] + 1)"),
        ("self.place[head] | 1)", "self.place[head] - 1)"),
    ],
)
def test_a_wrong_return_is_found(sound: str, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, (order,), sound, broken)
    with pytest.raises(AssertionError):
        judge_returns()


def judge_ties() -> None:
    """Fail unless of two at one place the earlier arrival is before, whoever came back first."""
    for first, second in ((1, 2), (2, 1)):
        made = office()
        come(made, 0, 0, 0)
        for _ in (1, 2):
            assert press(made, records.CALL) == press(made, records.ABSENT) == 0
        assert press(made, records.BACK, extra=first) == 0
        assert press(made, records.BACK, extra=second) == 0
        assert standing(made) == [(3, 6), (1, 7), (2, 7)]  # both behind number 3
    made = office()
    come(made, 0, 0, 0)
    for n in (1, 2):
        assert press(made, records.CALL) == press(made, records.ABSENT) == 0
        assert press(made, records.BACK, extra=n) == 0
    assert standing(made) == [(1, 5), (2, 5), (3, 6)]  # 1 behind 2, then 2 behind 1


def standing(made: Office) -> list[tuple[int, int]]:
    """Who waits in the first row, each with the place."""
    return [(made.line.arrival[n], made.line.place[n]) for n in walk(made.line, 0)]


def test_of_two_at_one_place_the_earlier_is_before() -> None:
    judge_ties()


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("self.arrival[one] < self.arrival[other]", "self.arrival[one] > self.arrival[other]"),
        ("place if place != 2 *", "place if place > 1 + 2 *"),
    ],
)
def test_a_wrong_order_of_two_at_one_place_is_found(
    sound: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, (line, pool), sound, broken)
    with pytest.raises(AssertionError):
        judge_ties()


# -- a large K --------------------------------------------------------------------------------


def judge_bound(most: int) -> None:
    """Fail unless so many pass somebody who waits, and then nobody."""
    made = office(most=most)
    come(made, 0)
    for passed in range(1, most + 1):
        come(made, 1)
        assert press(made, records.CALL) == 0
        assert made.line.overtaken[made.line.find(1)] == passed
    come(made, 1)
    assert press(made, records.CALL) == 0
    assert get(made.log[-1], 16, 2) == 1


@pytest.mark.parametrize("most", [16, 200, 250])
def test_so_many_pass_as_the_settings_allow(most: int) -> None:
    judge_bound(most)


def test_a_bound_that_is_not_counted_to_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, (line,), "min(max(passed + add, 0), 255)", "min(max(passed + add, 0), 15)")
    with pytest.raises(AssertionError):
        judge_bound(200)


# -- a wait whose beginning was lost ----------------------------------------------------------


def judge_lost_issue() -> None:
    """Fail unless a wait without its issue is untimed, whoever had that slot before."""
    made = office()
    come(made, 0)
    for kind in (records.CALL, records.ARRIVED, records.ARRIVED):
        assert press(made, kind) == 0
    slots = []
    made.time_ds += 600 * 10
    for _ in (1, 2):  # the first ends that anything is kept of number 1
        come(made, 0)
        assert press(made, records.CALL) == 0
        slots.append(made.line.opened[1])
    assert slots == [2, 1]
    replayed = made.fresh()
    for record in made.log:
        if record[7] != records.ISSUE or get(record, 16, 2) != 3:
            replayed.apply(bytearray(record))
    assert (replayed.lost, replayed.opened[1]) == (1, 1)
    assert (replayed.tally.waits[0], replayed.tally.untimed) == (2, made.line.tally.untimed + 1)


def test_a_wait_whose_issue_was_lost_is_untimed() -> None:
    judge_lost_issue()


def test_the_time_of_who_had_the_slot_before_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = "            self.since[slot] = UNKNOWN\n            self.bound"
    seed(monkeypatch, (line,), sound, "            self.bound")
    with pytest.raises(AssertionError):
        judge_lost_issue()


# -- estimates --------------------------------------------------------------------------------

# visits (s), ahead, open desks -> lower end, minutes
ESTIMATES = [
    ([600] * 9, 5, 2, -1),  # too few
    ([600] * 10, 5, 0, -1),  # nobody there
    ([600] * 10, 0, 1, 10),
    ([600] * 10, 5, 2, 30),
    ([600] * 10, 5, 3, 20),
    ([299] * 10, 0, 1, 0),
    ([300] * 10, 0, 1, 5),
    ([300] * 10, 1, 3, 0),  # 200 s
    ([0] * 10, 99, 1, 0),
    ([120, 600] * 5, 3, 2, 10),
    ([100, 100, 101] * 4, 2, 1, 5),  # a mean of 100 s and a third: 300 s
    ([65_534] * 100, 999, 1, 1_092_230),  # the longest there is
    ([600] * 100 + [1600], 0, 1, 10),  # one in a hundred: a mean of 610 s
    ([600] * 100 + [60_600], 0, 1, 20),  # of 1,200 s
    ([1200] + [600] * 9, 0, 1, 10),  # of 660 s
]


@pytest.mark.parametrize(("visits", "ahead", "desks", "expected"), ESTIMATES)
def test_an_estimate(visits: list[int], ahead: int, desks: int, expected: int) -> None:
    made = Tally(1)
    for visit in visits:
        made.visited(visit)
    answer = made.estimate_min(ahead, desks)
    assert (type(answer), answer) == (int, expected)
    assert isinstance(made.mean, int)
    assert answer % 5 == 0 or answer == -1
    assert (ahead + 1) * (made.mean >> 10) < 1 << 30, "not a small integer on the device"


def judge_whose_wait(services: tuple[int, ...], closed: int, expected: tuple[int, int]) -> None:
    """Say how long an ordinary and an urgent one of service A wait, at 300 s a visit.

    Desks 1 to 3 were open, one has a break. Before them: 2 ordinary ones of A, 1 of B, an urgent
    one of A and 3 ordinary ones of C.
    """
    made = office(services)
    for service in (0, 1, 2):
        come(made, *[0] * 12, service=service)
    for desk in (1, 2, 3):
        while made.line.tally.visits < 4 * desk:
            assert press(made, records.CALL, desk) == 0
            made.time_ds += 300 * 10
            assert press(made, records.ARRIVED, desk) == press(made, records.ARRIVED, desk) == 0
        assert press(made, records.CALL, desk) == 0
    while made.naive.people:
        ticket = made.naive.people[0].ticket
        assert press(made, records.CANCEL, made.naive.people[0].desk or 1, ticket) == 0
    assert press(made, records.DESK, closed, BREAK if closed % 2 else CLOSED) == 0
    come(made, 0, 0, 1)
    come(made, 0, service=1)
    come(made, 0, 0, 0, service=2)
    assert (rules.estimate_min(made.line, 0), rules.estimate_min(made.line, 1)) == expected


WHOSE = [
    ((7, 7, 7), 3, (20, 5)),
    # A and B at desk 1, A at desk 2; desk 3, for C, does not count
    ((3, 1, 4), 3, (10, 5)),
    # A and B at desk 1 alone
    ((3, 1, 4), 2, (25, 10)),
    # A at desk 2 alone
    ((3, 1, 4), 1, (20, 10)),
    # A at desk 1, B and C there and at desk 2: half of the one and of the three, rounded up
    ((7, 6, 1), 3, (35, 10)),
    # A and C at desks 1 and 3
    ((5, 4, 5), 2, (15, 5)),
]


@pytest.mark.parametrize(("services", "closed", "expected"), WHOSE)
def test_whose_wait_is_estimated(
    services: tuple[int, ...], closed: int, expected: tuple[int, int]
) -> None:
    judge_whose_wait(services, closed, expected)


def judge_ahead(rule: int, most: int, passed: int, expected: tuple[int, int]) -> None:
    """Say how long an ordinary and an urgent one wait, each visit 300 s long, at one desk.

    Before them: six ordinary ones, of whom two urgent ones are later; the first of those six were
    passed so often as `passed` urgent ones were called.
    """
    made = office((1,), rule=rule, most=most)
    come(made, *[0] * 12)
    while made.line.tally.visits < 10:
        assert press(made, records.CALL) == 0
        made.time_ds += 300 * 10
        assert press(made, records.ARRIVED) == press(made, records.ARRIVED) == 0
    come(made, 0, 0, 0, *[1] * passed)
    for n in range(passed):
        assert press(made, records.CALL, extra=15 + n + 1) == 0
        made.time_ds += 300 * 10
    come(made, 0, 1, 1)
    assert (rules.estimate_min(made.line, 0), rules.estimate_min(made.line, 1)) == expected


# rule, K, how many urgent ones were called -> minutes: an ordinary one, an urgent one
RULES = [
    (FIFO, 9, 0, (45, 45)),  # six and two before either
    (STRICT, 9, 0, (45, 15)),  # two urgent ones
    (ALTERNATE, 9, 0, (45, 25)),  # two ordinary ones in between
    (BOUNDED, 9, 0, (45, 15)),
    (BOUNDED, 2, 0, (45, 45)),  # two pass, a third may not
    (BOUNDED, 4, 2, (45, 40)),  # the last of six was not passed yet
    (BOUNDED, 0, 0, (45, 45)),  # nobody passes
]


@pytest.mark.parametrize(("rule", "most", "passed", "expected"), RULES)
def test_ahead_is_whom_the_rule_calls_before(
    rule: int, most: int, passed: int, expected: tuple[int, int]
) -> None:
    judge_ahead(rule, most, passed, expected)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        (" and line.desk_state[desk + 1] == OPEN", ""),
        ("        if shared:\n", "        if 1:\n"),
        ("(n * shared + desks // 2) // desks", "n"),
        ("(n * shared + desks // 2) // desks", "n * shared // desks"),
        ("least = _NEVER", "least = 0"),
        ("least = max(line.overtakes_max - urgent, 0)", "least = line.overtakes_max"),
        ("least = max(line.overtakes_max - urgent, 0)", "least = 0"),
        ("normal = min(normal, urgent)", "pass"),
        ("urgent = min(urgent, normal + 1)", "urgent = 0"),
        ("line.overtaken[slot] >= least", "1"),
        ("return (ahead + 1) *", "return ahead *"),
        ("self.visits < LOGGED_LEAST or", ""),
        ("// desks //", "//"),
    ],
)
def test_a_wrong_estimate_is_found(
    sound: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(monkeypatch, (rules, tally), sound, broken)
    found = 0
    for example in ESTIMATES:
        try:
            test_an_estimate(*example)
        except (AssertionError, ZeroDivisionError):
            found += 1
    for whose in WHOSE:
        try:
            judge_whose_wait(*whose)
        except (AssertionError, ZeroDivisionError):
            found += 1
    for ahead in RULES:
        try:
            judge_ahead(*ahead)
        except (AssertionError, ZeroDivisionError):
            found += 1
    assert found
