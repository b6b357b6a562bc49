"""What is made of records whose neighbours were lost: each line of DESIGN.md 5.4, by example.

Each story leaves out one record that somebody wrote, and tells what is so after the next one.
"""

from luot.core import records
from luot.core.journal import restore
from luot.core.line import history, line, premises, undo, undoable
from luot.core.line.line import UNKNOWN
from luot.core.line.order import Order
from luot.core.line.ticket import ABSENT, CALLED, HELD, SERVING, WAITING
from tests.faults.seeded import found_by
from tests.rigs.order import INTAKE, restored, rows
from tests.rigs.order_keys import decided, happened
from tests.rigs.order_look import rack

CORE = (history, line, undoable, premises, restore, undo)
PAGERS = 9


def morning(people: int) -> Order:
    """A day has begun, and so many have come; each has the pager of the number."""
    made = Order((1, 1), pagers=PAGERS)
    assert decided(made, records.DAY_OPEN, INTAKE, 0) == 0
    for _ in range(people):
        assert decided(made, records.ISSUE, INTAKE, 0) == 0
    return made


def hall(made: Order) -> dict[int, tuple[int, int]]:
    """State and desk of everybody who is there, by arrival."""
    living = [slot for slot in range(1, made.tickets + 1) if made.state[slot]]
    assert len({made.arrival[slot] for slot in living}) == len(living), "one arrival, two people"
    return {made.arrival[slot]: (made.state[slot], made.desk_of(slot)) for slot in living}


def desk(made: Order, kind: int, at: int, ticket: int, **facts: int) -> None:
    """A desk did something with a ticket, whatever the line thinks of it."""
    same = {"number": ticket, "pager": ticket, "d": 1}
    press = made.pressed[at] + 1
    happened(made, kind, at, press, desk=at, ticket=ticket, **same | facts)


def take_back(made: Order, kind: int, at: int, ticket: int) -> None:
    """A desk undid its last press, which was of a kind."""
    desk(made, records.UNDO, at, ticket, a=made.pressed[at], c=kind)


# Numbers.


def test_a_ticket_whose_issue_was_lost_is_made_from_its_call() -> None:
    made = morning(1)
    desk(made, records.CALL, 1, 3)
    assert hall(made) == {1: (WAITING, 0), 3: (CALLED, 1)}
    assert decided(made, records.ISSUE, INTAKE, 0) == 0
    assert made.newest == (0, 4, 2), "numbers go on above it, and who had pager 2 is not known"


def test_an_arrival_that_was_given_again_is_the_later_ones() -> None:
    """An issue that could not be read at one start, and can at the next."""
    made = morning(3)
    assert decided(made, records.CALL, 1, 1) == 0
    happened(made, records.ISSUE, ticket=2, number=2, pager=4)
    assert hall(made) == {1: (CALLED, 1), 2: (WAITING, 0), 3: (WAITING, 0)}
    assert made.pager[made.find(2)] == 4
    assert set(rack(made.pagers)) == {2, *range(5, PAGERS + 1)}
    happened(made, records.ISSUE, ticket=3, number=3, pager=2)
    assert hall(made) == {1: (CALLED, 1), 2: (WAITING, 0), 3: (WAITING, 0)}


def test_nobody_is_there_after_the_day() -> None:
    made = morning(3)
    happened(made, records.DAY_CLOSE, ticket=4, a=30, b=20)
    assert (hall(made), len(rack(made.pagers))) == ({}, PAGERS)
    assert (made.day, made.arrivals, made.served) == (4, 30, 20), "as its end says"
    happened(made, records.DAY_CLOSE, ticket=3, a=30, b=20)
    assert made.day == 4, "who said so had lost a day"


def test_two_cannot_take_one_ticket_back() -> None:
    """It was sent home, that was taken back, which was lost; and sent home by another desk."""
    made = morning(1)
    assert decided(made, records.CALL, 1, 1) == 0
    for at in (1, 2):
        desk(made, records.CANCEL, at, 1)
    assert [note.source for note in made.undoable.notes] == [2]


def test_whoever_comes_says_that_the_day_is_open() -> None:
    made = Order((1, 1), pagers=PAGERS)
    happened(made, records.ISSUE, ticket=1, number=1, pager=1)
    assert (made.day, made.day_open) == (1, 1)
    assert decided(made, records.ISSUE, INTAKE, 0) == 0
    assert hall(made) == {1: (WAITING, 0), 2: (WAITING, 0)}


def test_whoever_is_called_after_the_day_is_of_the_next_one() -> None:
    made = morning(2)
    for ticket in (1, 2):
        assert decided(made, records.CANCEL, INTAKE, 0, ticket) == 0
    assert decided(made, records.DAY_CLOSE, INTAKE, 0) == 0
    desk(made, records.CALL, 1, 7)
    assert hall(made) == {7: (CALLED, 1)}
    assert (made.day, made.day_open, made.arrivals) == (2, 1, 7)
    assert made.desk_state[1] == line.OPEN, "it is not closed by the day that begins"


def after_the_day() -> Order:
    """A day of one is over; the next one began, and that was lost."""
    made = morning(1)
    assert decided(made, records.DESK, 2, 2, line.OPEN) == 0
    assert decided(made, records.CANCEL, INTAKE, 0, 1) == 0
    assert decided(made, records.DAY_CLOSE, INTAKE, 0) == 0
    return made


def test_what_only_an_open_day_has_says_that_one_began() -> None:
    for kind, facts in (
        (records.INTAKE, {"c": 1}),
        (records.RATING, {"desk": 1, "c": 1}),
        (records.UNDO, {"ticket": 3, "number": 3, "pager": 3, "c": records.ISSUE}),
    ):
        made = after_the_day()
        happened(made, kind, **facts)
        assert (made.day, made.day_open) == (2, 1)
    for kind, facts in ((records.DESK, {"desk": 1, "c": 1}), (records.PAGER, {"pager": 2})):
        made = after_the_day()
        happened(made, kind, **facts)
        assert (made.day, made.day_open) == (1, 0), "that is done in the morning, too"


def test_a_desk_that_is_open_stays_so_when_a_lost_day_begins() -> None:
    made = after_the_day()
    desk(made, records.DESK, 1, 0, number=0, pager=0, c=line.OPEN)
    happened(made, records.ISSUE, ticket=1, number=1, pager=1)
    assert list(made.desk_state[1:3]) == [line.OPEN, line.OPEN]
    made = after_the_day()
    assert decided(made, records.DAY_OPEN, INTAKE, 0) == 0
    assert list(made.desk_state[1:3]) == [line.CLOSED, line.CLOSED]


def test_an_undone_number_is_spent_though_its_issue_was_lost() -> None:
    made = morning(1)
    happened(made, records.UNDO, ticket=2, number=2, pager=2, c=records.ISSUE)
    assert hall(made) == {1: (WAITING, 0)}
    assert (made.arrivals, made.counts[0]) == (2, 2)
    assert 2 in rack(made.pagers)


def test_whose_call_was_undone_waits_though_all_of_it_was_lost() -> None:
    made = morning(1)
    take_back(made, records.CALL, 1, 2)
    assert hall(made) == {1: (WAITING, 0), 2: (WAITING, 0)}


def test_the_pager_of_who_was_absent_is_out_after_the_day() -> None:
    made = morning(2)
    for kind in (records.CALL, records.ABSENT):
        assert decided(made, kind, 1, 1) == 0
    happened(made, records.DAY_CLOSE, ticket=1, a=2, b=0)
    assert hall(made) == {}
    assert 1 not in rack(made.pagers)
    assert 2 in rack(made.pagers)


def test_whom_a_call_closed_is_not_back_when_the_arrival_is_anothers() -> None:
    made = morning(2)
    for _ in range(2):
        assert decided(made, records.CALL, 1, 1) == 0
    happened(made, records.ISSUE, ticket=1, number=1, pager=3)
    take_back(made, records.CALL, 1, 2)
    assert hall(made) == {1: (WAITING, 0), 2: (CALLED, 1)}


def test_days_never_end() -> None:
    made = Order((1, 1), pagers=PAGERS)
    happened(made, records.DAY_OPEN, ticket=65_535)
    assert decided(made, records.DAY_CLOSE, INTAKE, 0) == 0
    assert decided(made, records.DAY_OPEN, INTAKE, 0) == 0
    assert made.day == 1


def test_another_number_under_the_same_arrival_is_of_another_day() -> None:
    for pager in (1, 9):
        made = morning(1)
        desk(made, records.CALL, 1, 1, number=7, pager=pager)
        slot = made.find(1)
        assert (hall(made), made.number[slot]) == ({1: (CALLED, 1)}, 7)
        assert set(rack(made.pagers)) == set(range(1, PAGERS + 1)) - {pager}


# Pagers.


def test_who_has_a_pager_that_is_handed_out_was_served() -> None:
    made = morning(1)
    happened(made, records.ISSUE, ticket=2, number=2, pager=1)
    assert hall(made) == {2: (WAITING, 0)}


def test_another_pager_under_the_same_number_is_of_another_day() -> None:
    made = morning(1)
    desk(made, records.CALL, 1, 1, pager=5)
    assert made.pager[made.find(1)] == 5
    assert set(rack(made.pagers)) == set(range(1, PAGERS + 1)) - {5}


def test_a_pager_that_was_lost_is_of_no_other_day() -> None:
    made = morning(1)
    desk(made, records.CALL, 1, 1, pager=0)
    assert hall(made) == {1: (CALLED, 1)}
    assert 1 not in rack(made.pagers)


def test_pagers_bought_since_a_checkpoint_are_in() -> None:
    made = restored(Order((1, 1), pagers=PAGERS + 3), rows(morning(2)))
    assert set(rack(made.pagers)) == set(range(3, PAGERS + 4))


# Desks.


def test_whom_a_desk_left_without_a_word_is_absent() -> None:
    made = morning(2)
    assert decided(made, records.CALL, 1, 1) == 0
    desk(made, records.CALL, 1, 2)
    assert hall(made) == {1: (ABSENT, 0), 2: (CALLED, 1)}
    assert 1 not in rack(made.pagers)


def test_who_is_closed_while_waiting_was_called() -> None:
    made = morning(2)
    desk(made, records.CALL, 1, 2, a=1)
    assert hall(made)[2] == (CALLED, 1)
    assert (made.served, made.waiting[0], made.tally.visits) == (1, 0, 0)


def test_a_visit_of_another_is_not_measured() -> None:
    made = morning(2)
    assert decided(made, records.CALL, 1, 1) == 0
    assert made.called_at[1] != UNKNOWN
    desk(made, records.FINISH, 1, 2)
    assert (made.served, made.tally.visits) == (1, 0)


def test_who_is_cancelled_by_another_desk_was_put_aside() -> None:
    made = morning(1)
    assert decided(made, records.CALL, 2, 2) == decided(made, records.ARRIVED, 2, 2) == 0
    desk(made, records.CANCEL, 1, 1)
    assert not [slot for slot in made.opened if slot]
    take_back(made, records.CANCEL, 1, 1)
    assert hall(made) == {1: (HELD, 0)}


def test_who_is_sent_to_a_desk_that_is_shut_waits_for_all() -> None:
    made = morning(1)
    assert decided(made, records.CALL, 1, 1) == 0
    desk(made, records.TRANSFER, 1, 1, a=2, c=2)
    assert made.bound[made.find(1)] == 0
    assert made.head[0] == made.find(1)


# Undo.


def test_a_call_of_whom_another_desk_had_is_undone() -> None:
    made = morning(2)
    for at in (1, 2):
        assert decided(made, records.CALL, at, at) == 0
    desk(made, records.CALL, 1, 2, a=1)
    take_back(made, records.CALL, 1, 2)
    assert hall(made) == {1: (CALLED, 1), 2: (ABSENT, 0)}


def test_a_return_of_whom_another_desk_had_is_undone() -> None:
    made = morning(2)
    for at in (1, 2):
        assert decided(made, records.CALL, at, at) == 0
    assert decided(made, records.ARRIVED, 1, 1) == 0
    desk(made, records.BACK, 1, 2, a=4)
    take_back(made, records.BACK, 1, 2)
    assert hall(made) == {1: (SERVING, 1), 2: (ABSENT, 0)}


def test_an_undo_of_another_press_ends_what_could_be_undone() -> None:
    made = morning(2)
    assert decided(made, records.CALL, 1, 1) == 0
    take_back(made, records.CALL, 1, 2)
    assert made.undoable.before_of(1) is None
    assert hall(made) == {1: (CALLED, 1), 2: (WAITING, 0)}


def test_an_undone_call_takes_back_no_service_that_was_not_counted() -> None:
    """Hold was lost: who is called again was in service, as far as the line knows."""
    made = morning(1)
    for kind in (records.CALL, records.ARRIVED):
        assert decided(made, kind, 1, 1) == 0
    for kind in (records.RESUME, records.RECALL, records.ARRIVED):
        desk(made, kind, 1, 1)
        take_back(made, kind, 1, 1)
    assert (made.tally.services[0], made.tally.untimed) == (0, 0)
    desk(made, records.ABSENT, 1, 1)
    assert made.tally.services[0] == 1
    take_back(made, records.ABSENT, 1, 1)
    assert made.tally.services[0] == 0
    made.tally.services[0] = 5
    desk(made, records.RESUME, 1, 1)
    take_back(made, records.RESUME, 1, 1)
    assert made.tally.services[0] == 5


def test_a_cancellation_by_the_intake_of_whom_a_desk_had_is_undone() -> None:
    made = morning(1)
    assert decided(made, records.CALL, 1, 1) == 0
    desk(made, records.CANCEL, INTAKE, 1)
    take_back(made, records.CANCEL, INTAKE, 1)
    assert hall(made) == {1: (ABSENT, 0)}


FAULTS = {
    "a number comes twice": (
        "self.counts[letter] = max(self.counts[letter], number)",
        "self.counts[letter] += 1",
        test_a_ticket_whose_issue_was_lost_is_made_from_its_call,
    ),
    "an arrival is two people's": (
        "if get(record, AT_TICKET, 2) <= self.arrivals:",
        "if 0:",
        test_an_arrival_that_was_given_again_is_the_later_ones,
    ),
    "the newest arrival is two people's": (
        "if get(record, AT_TICKET, 2) <= self.arrivals:",
        "if get(record, AT_TICKET, 2) < self.arrivals:",
        test_an_arrival_that_was_given_again_is_the_later_ones,
    ),
    "somebody stays after the day": (
        "        _empty(line)\n        line.day,",
        "        line.undoable.shut_all()\n        line.day,",
        test_nobody_is_there_after_the_day,
    ),
    "a day's number is not its end's": (
        "max(line.day, get(record, AT_TICKET, 2))",
        "line.day",
        test_nobody_is_there_after_the_day,
    ),
    "days go back": (
        "max(line.day, get(record, AT_TICKET, 2))",
        "get(record, AT_TICKET, 2)",
        test_nobody_is_there_after_the_day,
    ),
    "two may take one ticket back": (
        "        self.undoable.settle(pager, not self.unused, get(record, AT_TICKET, 2))\n",
        "",
        test_two_cannot_take_one_ticket_back,
    ),
    "the first day stays over": (
        "if not self.day_open and (",
        "if self.day and not self.day_open and (",
        test_whoever_comes_says_that_the_day_is_open,
    ),
    "a day stays over": (
        "if not self.day_open and (",
        "if not self.day and (",
        test_whoever_is_called_after_the_day_is_of_the_next_one,
    ),
    "a pause is no sign of a day": (
        "or kind in _OF_A_DAY",
        "",
        test_what_only_an_open_day_has_says_that_one_began,
    ),
    "a desk is a sign of a day": (
        "_OF_A_DAY = (records.INTAKE, records.RATING)",
        "_OF_A_DAY = (records.INTAKE, records.RATING, records.DESK)",
        test_what_only_an_open_day_has_says_that_one_began,
    ),
    "a lost day closes the desks": (
        "        line.unrated[desk] = 0\n    line.tally",
        "        line.desk_state[desk] = line.unrated[desk] = 0\n    line.tally",
        test_a_desk_that_is_open_stays_so_when_a_lost_day_begins,
    ),
    "a day leaves the desks open": (
        "            line.desk_state[desk] = CLOSED\n    elif",
        "            pass\n    elif",
        test_a_desk_that_is_open_stays_so_when_a_lost_day_begins,
    ),
    "an undone number comes again": (
        "    slot = line.adopt(record)\n",
        "    slot = 0\n",
        test_an_undone_number_is_spent_though_its_issue_was_lost,
    ),
    "an undone call forgets": (
        "    slot = line.adopt(record)\n",
        "    slot = 0\n",
        test_whose_call_was_undone_waits_though_all_of_it_was_lost,
    ),
    "the pager of an absent one is in": (
        "line.end(slot, line.state[slot] != ABSENT)",
        "line.end(slot)",
        test_the_pager_of_who_was_absent_is_out_after_the_day,
    ),
    "one arrival is two": (
        "or line.arrival[done] == ticket",
        "",
        test_whom_a_call_closed_is_not_back_when_the_arrival_is_anothers,
    ),
    "there is a last day": (
        "return line.day % DAYS + 1",
        "return line.day + 1",
        test_days_never_end,
    ),
    "another number is the same": (
        "same = slot and self.number[slot] == get(record, AT_NUMBER, 2)",
        "same = slot",
        test_another_number_under_the_same_arrival_is_of_another_day,
    ),
    "another number is beside it": (
        "        self.vanish(slot)\n        slot = self._admit(record)\n",
        "        slot = self._admit(record)\n",
        test_another_number_under_the_same_arrival_is_of_another_day,
    ),
    "two have a pager": (
        "self.vanish(self.holder(pager))",
        "pass",
        test_who_has_a_pager_that_is_handed_out_was_served,
    ),
    "another pager is the same": (
        "if same and (not pager or self.pager[slot] in (0, pager)):",
        "if same:",
        test_another_pager_under_the_same_number_is_of_another_day,
    ),
    "a lost pager is another": (
        "if same and (not pager or self.pager[slot] in (0, pager)):",
        "if same and self.pager[slot] == pager:",
        test_a_pager_that_was_lost_is_of_no_other_day,
    ),
    "new pagers are out": (
        "order.pagers.give(pager)  # bought since",
        "pass",
        test_pagers_bought_since_a_checkpoint_are_in,
    ),
    "two are at a desk": (
        "            self.state[other] = ABSENT\n",
        "            pass\n",
        test_whom_a_desk_left_without_a_word_is_absent,
    ),
    "a visit of another counts": (
        "visit_s != UNKNOWN and self.opened[desk] == slot",
        "visit_s != UNKNOWN",
        test_a_visit_of_another_is_not_measured,
    ),
    "whom a desk had is cancelled there": (
        "if kind == records.CANCEL and desk and self.desk_of(slot) not in (0, desk):",
        "if 0:",
        test_who_is_cancelled_by_another_desk_was_put_aside,
    ),
    "one waits for a desk that is shut": (
        "        if self.bound[slot] and self.desk_state[self.bound[slot]] != OPEN:\n",
        "        if 0:\n",
        test_who_is_sent_to_a_desk_that_is_shut_waits_for_all,
    ),
    "an undone call has two at a desk": (
        "if closed or not desk or line.opened[desk]:",
        "if not desk or line.opened[desk]:",
        test_a_call_of_whom_another_desk_had_is_undone,
    ),
    "an undone return has two at a desk": (
        "if closed or not desk or line.opened[desk]:",
        "if closed or not desk:",
        test_a_return_of_whom_another_desk_had_is_undone,
    ),
    "a press that was passed over can be undone still": (
        "        line.undoable.shut(before)\n",
        "",
        test_an_undo_of_another_press_ends_what_could_be_undone,
    ),
    "an undone call takes a service back": (
        "kind not in _TO_DESK:",
        "kind != records.ABSENT:",
        test_an_undone_call_takes_back_no_service_that_was_not_counted,
    ),
    "the intake is a desk": (
        "if closed or not desk or line.opened[desk]:",
        "if closed or line.opened[desk]:",
        test_a_cancellation_by_the_intake_of_whom_a_desk_had_is_undone,
    ),
}

test_a_broken_promise_is_found = found_by(CORE, FAULTS)
