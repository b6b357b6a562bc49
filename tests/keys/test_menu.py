"""The menu offers what can be done and nothing else, and asks before what cannot be taken back.

Each choice is made at a line with somebody in every state; what comes of it is pressed there, and
the line must take it.
"""

import pytest

from luot.core import records
from luot.core.keys import menu
from luot.core.keys.keypad import CHOOSE, ON
from luot.core.keys.menu import OUT, THE_DAY, Menu
from luot.core.line import premises
from luot.core.line.line import BREAK, CLOSED, OPEN
from luot.core.line.order import TO_DESK, Order
from luot.core.line.refusals import WRONG
from luot.core.line.ticket import CALLED, HELD, WAITING
from tests.faults.seeded import found_by

BACK = 2
WORDS = [item[0] for item in menu._ITEMS]
CONFIRMED = {"call.number", "cancel", "pager.lost", "day.close", "newday"}


class Hall:
    """A line of three desks with people in every state, and a menu at desk 1."""

    def __init__(self) -> None:
        self.line = Order((0b011, 0b110, 0b111), 0, 3, 3, 0, 9)
        self.press(records.DAY_OPEN, 0, 0, 0)
        for service in (0, 0, 0, 1, 2, 2, 1):
            assert not self.press(records.ISSUE, 0, service, 0)
        assert not self.press(records.CALL, 1, 1, 0)
        assert not self.press(records.HOLD, 1, 1, 0)  # 1 is held
        assert not self.press(records.CALL, 1, 1, 0)
        assert not self.press(records.ABSENT, 1, 1, 0)  # 2 is absent
        assert not self.press(records.CALL, 2, 2, 0)  # 4 is called at desk 2
        assert not self.press(records.CALL, 1, 1, 0)  # 3 is called at desk 1
        self.menu = Menu(self.line, 1)

    def press(self, kind: int, source: int, at: int, extra: int) -> int:
        """Press something at the line; return the refusal."""
        line, record = self.line, bytearray(records.SIZE)
        press = line.pressed[source] % 0xFFFF + 1
        time = line.ordinal * 10 | records.SURE
        refusal = line.decide(record, kind, source, press, time, at, extra)
        if not refusal:
            records.stamp(record, 0, line.ordinal + 1)
            line.apply(record)
        return refusal

    def to(self, word: str) -> Menu:
        """Open the menu anew, at an item."""
        self.menu = Menu(self.line, 1)
        while self.menu.word != word:
            assert not self.menu.press(ON)
        return self.menu

    def offered(self, word: str) -> list[int]:
        """What the item offers."""
        shown = self.to(word)
        shown.press(CHOOSE)
        return list(shown.choices or ())

    def choose(self, word: str, nth: int = 0) -> int:
        """Choose the nth of an item, confirm where it is asked, and press it; the refusal."""
        shown = self.to(word)
        made = shown.press(CHOOSE)
        for _ in range(nth):
            made = shown.press(ON)
        for _ in range(3):
            if not made:
                made = shown.press(CHOOSE)
        assert made
        return self.press(shown.kind, 1, *shown.command())


def test_items_go_round_both_ways() -> None:
    shown = Hall().menu
    seen = []
    for _ in WORDS:
        seen.append(shown.word)
        assert not shown.press(ON)
    assert seen == WORDS
    assert shown.word == WORDS[0]
    assert not shown.press(BACK)
    assert shown.word == WORDS[-1]
    shown.press(ON, 10)
    assert shown.word == WORDS[9]
    shown.press(BACK, 10)
    assert shown.word == WORDS[-1]


def test_it_offers_those_it_is_about() -> None:
    hall = Hall()
    assert hall.offered("hold.list") == [1]
    assert hall.offered("absent.back") == [2]
    assert hall.offered("call.number") == [7], "5 and 6 want a service that desk 1 has not"
    assert hall.offered("cancel") == [1, 2, 3, 5, 6, 7], "4 is open at desk 2"
    assert hall.offered("day.close") == [1, 2, 3, 4, 5, 6, 7], "who is still here"
    assert hall.offered("move") == [0, 1, 2, TO_DESK + 2], "desk 3 is not open"
    assert hall.offered("intake") == [1, 2, 3]
    assert hall.offered("pager.lost") == [1, 2, 3, 4, 5, 6, 7, 8, 9], "2 went away with 2"
    assert hall.offered("pager.found") == [2]
    assert hall.offered("stat") == [THE_DAY, 0, 1, 2, 8, 9, 10]


def test_it_offers_what_changed_meanwhile() -> None:
    hall = Hall()
    assert not hall.press(records.INTAKE, 1, 1, 2)
    assert hall.offered("intake") == [0, 1, 3]
    assert not hall.press(records.DESK, 3, 3, OPEN)
    assert hall.offered("move") == [0, 1, 2, TO_DESK + 2, TO_DESK + 3]
    assert not hall.press(records.PAGER, 1, 9, 0)
    assert hall.offered("pager.found") == [2, 9]


@pytest.mark.parametrize("word", ["hold.list", "absent.back", "call.number", "pager.found"])
def test_where_there_is_nothing_it_says_so_and_goes_back(word: str) -> None:
    hall = Hall()
    premises.clear(hall.line)
    hall.line.pagers.fill()
    for key in (ON, BACK, CHOOSE):
        shown = hall.to(word)
        assert not shown.press(CHOOSE)
        assert shown.choices is not None
        assert not shown.choices
        assert not shown.press(key)
        assert shown.choices is None, "any key goes back to the items"
        assert shown.word == word


@pytest.mark.parametrize("word", WORDS)
def test_it_asks_before_what_cannot_be_taken_back(word: str) -> None:
    shown = Hall().to(word)
    asked = False
    for _ in range(4):
        if shown.press(CHOOSE):
            break
        asked = asked or shown.confirming
    assert asked == (word in CONFIRMED)


@pytest.mark.parametrize("word", sorted(CONFIRMED))
@pytest.mark.parametrize("key", [ON, BACK])
def test_another_key_takes_the_question_back(word: str, key: int) -> None:
    shown = Hall().to(word)
    while not shown.confirming:
        assert not shown.press(CHOOSE)
    assert not shown.press(key)
    assert not shown.confirming


def test_the_line_takes_every_choice() -> None:
    """Each offer of each item, at a line of its own."""
    tried = 0
    for word in WORDS:
        if word in ("stat", "day.close", "newday"):
            continue
        for nth in range(max(len(Hall().offered(word)), 1)):
            idle = word == "desk.open"  # it is
            assert Hall().choose(word, nth) == (WRONG if idle else 0), (word, nth)
            tried += 1
    assert tried > 30


def test_what_it_does_is_what_it_says() -> None:
    hall = Hall()
    line = hall.line
    hall.choose("hold.put")
    assert line.state[line.find(3)] == HELD
    hall.choose("undo")
    assert line.state[line.find(3)] == CALLED
    hall.choose("hold.list")
    assert line.state[line.find(1)] == CALLED
    hall.choose("absent.back")
    assert line.state[line.find(2)] == WAITING
    hall.choose("call.number", 1)
    assert line.state[line.find(7)] == CALLED
    hall.choose("cancel", 0)
    for word, state in (("desk.pause", BREAK), ("desk.close", CLOSED), ("desk.open", OPEN)):
        hall.choose(word)
        assert line.desk_state[1] == state
    hall.choose("intake", 1)
    assert line.intake == 2
    hall.choose("pager.lost", 0)
    assert hall.offered("pager.found")


def test_figures_stay_until_it_is_left() -> None:
    shown = Hall().to("stat")
    for key in (CHOOSE, ON, CHOOSE, ON, BACK, CHOOSE):
        assert not shown.press(key)
    assert shown.choices is not None


def test_an_empty_day_is_closed_after_a_question() -> None:
    hall = Hall()
    for ticket in range(1, 8):
        desk = 2 if ticket == 4 else 1
        assert not hall.press(records.CANCEL, desk, desk, ticket)
    assert hall.offered("day.close") == [OUT + 2], "its pager went away with 2"
    assert not hall.press(records.PAGER, 1, 2, 1)
    shown = hall.to("day.close")
    assert not shown.press(CHOOSE)
    assert shown.confirming
    assert shown.press(CHOOSE)
    assert shown.kind == records.DAY_CLOSE


def test_nobody_who_came_meanwhile_is_dropped_unasked() -> None:
    hall = Hall()
    shown = hall.to("day.close")
    assert not shown.press(CHOOSE)  # the list
    assert not shown.press(CHOOSE)  # the question
    assert not hall.press(records.CANCEL, 2, 2, 4)
    assert not hall.press(records.ISSUE, 0, 0, 0)
    assert not shown.press(CHOOSE)  # asked again, though they are as many
    assert shown.press(CHOOSE)


FAULTS = {
    "it ends at the end": (
        "(self.item + step) % len(_ITEMS)",
        "min(self.item + step, len(_ITEMS) - 1)",
        test_items_go_round_both_ways,
    ),
    "everybody is offered": (
        "return state == HELD",
        "return state > 0",
        test_it_offers_those_it_is_about,
    ),
    "services of other desks": (
        "state == WAITING and order.reaches(self.desk, services, slot)",
        "state == WAITING",
        test_it_offers_those_it_is_about,
    ),
    "to itself": (
        "if desk != self.desk and order",
        "if order",
        test_it_offers_those_it_is_about,
    ),
    "to a closed desk": (
        "and order.desk_state[desk] == OPEN",
        "",
        test_it_offers_those_it_is_about,
    ),
    "the reason it has": (
        "if reason != order.intake:",
        "if True:",
        test_it_offers_what_changed_meanwhile,
    ),
    "pagers are mixed up": (
        "if least <= at <= most:",
        "if not least <= at <= most:",
        test_it_offers_those_it_is_about,
    ),
    "an absent one's pager is here": (
        "1 if order.state[slot] == ABSENT else 2",
        "2",
        test_it_offers_those_it_is_about,
    ),
    "whom another desk has is offered": (
        "and order.desk_of(slot) in (0, self.desk)",
        "",
        test_it_offers_those_it_is_about,
    ),
    "the end of the day forgets pagers": (
        "                self._find_pagers(found, 0, 0, OUT)\n",
        "                pass\n",
        test_an_empty_day_is_closed_after_a_question,
    ),
    "somebody is dropped unasked": (
        "if self.source == DAY and told != self.told:",
        "if 0:",
        test_nobody_who_came_meanwhile_is_dropped_unasked,
    ),
    "stuck where there is nothing": (
        "self.choices = self.choices or None",
        "pass",
        lambda: test_where_there_is_nothing_it_says_so_and_goes_back("hold.list"),
    ),
    "it does not ask": (
        "            self.confirming = True\n",
        "            return True\n",
        lambda: test_it_asks_before_what_cannot_be_taken_back("cancel"),
    ),
    "the question stays": (
        "            self.confirming = False\n",
        "            pass\n",
        lambda: test_another_key_takes_the_question_back("cancel", ON),
    ),
    "the wrong desk": (
        "return self.desk, made",
        "return self.desk + 1, made",
        test_what_it_does_is_what_it_says,
    ),
}


test_a_broken_promise_is_found = found_by((menu,), FAULTS)
