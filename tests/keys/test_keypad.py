"""What a key means: every bit of every office's keypads, pressed, clicked and held.

The keys are pressed as levels in time; a table says what command each must give.
"""

import pytest

from luot.core import records
from luot.core.keys import keypad, menu
from luot.core.keys.keypad import MENU_MS, Keypad
from luot.core.line.line import CLOSED
from luot.core.line.order import Order
from luot.core.line.ticket import PRIORITY
from tests.faults.seeded import found_by

PRIORITY_KEY = 1
ISSUE, DESKS, RATINGS = 1, 9, {1: 17, 2: 17, 3: 25, 4: 25}  # first bits; ratings by desks
NEXT, RECALL, ABSENT, ARRIVED = range(4)

Command = tuple[int, int, int, int]  # kind, source, at, extra


class Hand:
    """An office of so many services and desks, and a hand on its keys."""

    def __init__(self, services: int = 4, desks: int = 4) -> None:
        self.line = Order((255,) * desks)
        self.keypad = Keypad(services, desks, self.line)
        self.now = 0
        self.raw = 0
        self.found: list[Command] = []
        self.keypad.update(0, 0)

    def look(self, ms: int) -> None:
        """Sample for so long, as the station does, and keep what is found."""
        end = self.now + ms
        while self.now < end:
            self.now += 6
            self.keypad.update(self.now, self.raw)
            while self.keypad.next():
                keys = self.keypad
                self.found.append((keys.kind, keys.source, keys.at, keys.extra))

    def press(self, *bits: int, ms: int = 120) -> list[Command]:
        """Press keys together for so long; return the commands."""
        self.found = []
        self.raw |= sum(1 << bit for bit in bits)
        self.look(ms)
        self.raw &= ~sum(1 << bit for bit in bits)
        self.look(120)
        return self.found

    def desk(self, desk: int, key: int, ms: int = 120) -> list[Command]:
        """Press a key of a desk."""
        return self.press(DESKS + 4 * (desk - 1) + key, ms=ms)


@pytest.mark.parametrize("services", [1, 4, 7, 8])
@pytest.mark.parametrize("ms", [120, 1_500])
def test_issue_keys(services: int, ms: int) -> None:
    """One a service, and undo after the last, if there is a key left; the rest say nothing."""
    hand = Hand(services)
    for key in range(8):
        found = hand.press(ISSUE + key, ms=ms)
        if key <= services:
            kind = records.UNDO if key == services else records.ISSUE
            assert found == [(kind, 0, 0 if key == services else key, 0)]
        else:
            assert all(kind == records.ISSUE and at >= services for kind, _, at, _ in found)


def test_the_priority_key_counts_while_it_is_down() -> None:
    hand = Hand()
    assert hand.press(0) == []
    assert hand.press(0, ISSUE + 2) == [(records.ISSUE, 0, 2, PRIORITY)]
    assert hand.press(ISSUE + 2) == [(records.ISSUE, 0, 2, 0)]


@pytest.mark.parametrize("desks", [1, 2, 3, 4])
def test_keys_of_desks(desks: int) -> None:
    hand = Hand(desks=desks)
    for desk in range(1, 5):
        clicks = [
            (kind, desk, desk, 0) for kind in (records.RECALL, records.ABSENT, records.ARRIVED)
        ]
        holds = [(records.UNDO, desk, desk, 0), (records.HOLD, desk, desk, 0)]
        here = desk <= desks
        if desk > 2 and desks <= 2:
            continue  # no keypad: these bits may be ratings
        assert hand.desk(desk, NEXT) == [(records.CALL, desk, desk, 0)] * here
        assert hand.desk(desk, NEXT, 1_500) == [(records.CALL, desk, desk, 0)] * here
        for key in (RECALL, ABSENT, ARRIVED):
            assert hand.desk(desk, key) == clicks[key - 1 : key] * here
        assert hand.desk(desk, RECALL, 1_500) == holds[:1] * here
        assert hand.desk(desk, ARRIVED, 1_500) == holds[1:] * here


@pytest.mark.parametrize("desks", [1, 2, 3, 4])
@pytest.mark.parametrize("ms", [120, 1_500])
def test_rating_keys(desks: int, ms: int) -> None:
    """Three a desk; the fourth port is not wired; they act when they go down, and once."""
    hand = Hand(desks=desks)
    for desk in range(1, (desks + 1) // 2 * 2 + 1):
        for key in range(4):
            found = hand.press(RATINGS[desks] + 4 * (desk - 1) + key, ms=ms)
            rated = desk <= desks and key < 3
            assert found == [(records.RATING, desk, desk, key + 1)] * rated


def test_keys_pressed_together_come_one_after_the_other() -> None:
    hand = Hand()
    found = hand.press(ISSUE, DESKS, DESKS + 4 + RECALL, DESKS + 8, DESKS + 12)
    assert found == [
        (records.CALL, 1, 1, 0),
        (records.CALL, 3, 3, 0),
        (records.CALL, 4, 4, 0),
        (records.ISSUE, 0, 0, 0),
        (records.RECALL, 2, 2, 0),
    ]


@pytest.mark.parametrize(("last", "next_"), [(0, 1), (7, 8), (0xFFFE, 0xFFFF), (0xFFFF, 1)])
def test_a_press_has_the_number_after_the_last_of_its_source(last: int, next_: int) -> None:
    hand = Hand()
    hand.line.pressed[2] = last
    hand.desk(2, NEXT)
    assert hand.keypad.press == next_
    hand.desk(1, RECALL)
    assert hand.keypad.press == 1
    hand.press(ISSUE)
    assert hand.keypad.press == 1


def test_a_menu_takes_the_keys_of_its_desk_alone() -> None:
    hand = Hand()
    assert hand.desk(2, ABSENT, 1_500) == [(0, 2, 2, 0)]
    assert hand.keypad.menu is not None
    assert hand.keypad.menu.desk == 2
    assert hand.desk(2, RECALL) == [(0, 2, 2, 0)]
    assert hand.keypad.menu.item == 1
    assert hand.desk(2, ABSENT) == [(0, 2, 2, 0)]
    assert hand.keypad.menu.item == 0
    hand.desk(2, RECALL, 1_500)
    assert hand.keypad.menu.item == 10, "held: ten steps"
    assert hand.desk(1, RECALL) == [(records.RECALL, 1, 1, 0)], "another desk goes on"
    assert hand.press(ISSUE) == [(records.ISSUE, 0, 0, 0)]
    assert hand.desk(2, NEXT) == [(0, 2, 2, 0)]
    assert hand.keypad.menu is None
    assert hand.desk(2, NEXT) == [(records.CALL, 2, 2, 0)]


def test_what_the_menu_chose_is_a_command_and_closes_it() -> None:
    hand = Hand()
    hand.desk(3, ABSENT, 1_500)
    for _ in range([item[0] for item in menu._ITEMS].index("desk.close")):
        hand.desk(3, RECALL)
    assert hand.desk(3, ARRIVED) == [(records.DESK, 3, 3, CLOSED)]
    assert hand.keypad.menu is None


def test_one_desk_at_a_time_has_the_menu() -> None:
    hand = Hand()
    hand.desk(2, ABSENT, 1_500)
    hand.keypad.denied = 0
    denied = []
    hand.raw = 1 << DESKS + ABSENT
    for _ in range(300):
        hand.now += 6
        hand.keypad.update(hand.now, hand.raw)
        while hand.keypad.next():
            denied.append((hand.keypad.denied, hand.keypad.source, hand.keypad.kind))
    assert denied == [(2, 1, 0)]
    assert hand.keypad.menu is not None
    assert hand.keypad.menu.desk == 2


def test_a_menu_left_alone_is_over() -> None:
    hand = Hand()
    hand.desk(2, ABSENT, 1_500)
    hand.look(MENU_MS - 3_000)
    hand.desk(2, RECALL)
    assert not hand.keypad.expired(hand.now + MENU_MS - 1_000)
    assert hand.keypad.expired(hand.now + MENU_MS)
    hand.keypad.close()
    assert not hand.keypad.expired(hand.now + MENU_MS)


FAULTS = {
    "services are mixed up": (
        "records.ISSUE, bit - ISSUE",
        "records.ISSUE, bit",
        lambda: test_issue_keys(4, 120),
    ),
    "no undo of an issue": (
        "bit == ISSUE + self.services",
        "bit == 99",
        lambda: test_issue_keys(4, 120),
    ),
    "priority for ever": (
        "self.gestures.counted & _PRIORITY_KEY",
        "True",
        test_the_priority_key_counts_while_it_is_down,
    ),
    "desks that are not there": (
        "desk > self.desks or not key",
        "not key",
        lambda: test_keys_of_desks(3),
    ),
    "ratings somewhere else": (
        "(desks + 1) // _PER_PAD * 8",
        "desks * 4",
        lambda: test_rating_keys(3, 120),
    ),
    "a fourth rating": (
        "self.at <= self.desks and self.extra <= _ANSWERS",
        "self.at <= self.desks",
        lambda: test_rating_keys(4, 120),
    ),
    "one key of many": (
        "self._pressed &= self._pressed - 1",
        "self._pressed = 0",
        test_keys_pressed_together_come_one_after_the_other,
    ),
    "sources count together": (
        "self.order.pressed[self.source]",
        "self.order.pressed[2]",
        lambda: test_a_press_has_the_number_after_the_last_of_its_source(7, 8),
    ),
    "numbers do not go round": (
        "% 0xFFFF + 1",
        "+ 1",
        lambda: test_a_press_has_the_number_after_the_last_of_its_source(0xFFFF, 1),
    ),
    "the menu is everybody's": (
        "self.menu is not None and self.menu.desk == desk",
        "self.menu is not None",
        test_a_menu_takes_the_keys_of_its_desk_alone,
    ),
    "a step like any other": (
        "_STEPS_HELD = const(10)",
        "_STEPS_HELD = const(2)",
        test_a_menu_takes_the_keys_of_its_desk_alone,
    ),
    "it stays open": (
        "self.at, self.extra = self.menu.command()\n                self.close()",
        "self.at, self.extra = self.menu.command()",
        test_what_the_menu_chose_is_a_command_and_closes_it,
    ),
    "it is taken away": (
        "elif self.menu is not None:\n            self.denied",
        "elif False:\n            self.denied",
        test_one_desk_at_a_time_has_the_menu,
    ),
    "it is open for ever": (
        "now >= self._until",
        "False",
        test_a_menu_left_alone_is_over,
    ),
}


test_a_broken_promise_is_found = found_by((keypad,), FAULTS)
