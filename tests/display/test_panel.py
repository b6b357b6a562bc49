"""Who has the display and for how long: calls are never cut short, issues never wait.

The panel is stepped as the station does it, at what happens and when `wake` says; what could be
seen is kept as a timeline.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.display import panel
from luot.core.display.panel import (
    BOARD,
    CALL,
    FAULT,
    ISSUE,
    NOTICE,
    RESTORED,
    SETUP,
    TOLD,
    WAITING,
    Panel,
)
from tests.faults.seeded import fails, seed
from tests.rigs.strategies import tries

STATUS = 7
HOLD_MS = 4_000
READ_MS = 2_000
QUIET_MS = 5_000
DESKS = 4
KEYS = ("bat.low", "keys.bad", "radio.fail", "store.bad")

Message = tuple[int, tuple[Any, ...]]
Event = tuple[int, str, int]  # after so many ms, what, and for whom


class Display:
    """A panel and everything that was to be seen: (from, upper, lower, quiet) at each change."""

    def __init__(self, board: bool = True, often_ms: int = 0) -> None:
        self.panel = Panel()
        self.board = board
        self.often_ms = often_ms
        self.now = 0
        self.seen: list[tuple[int, Message, Message, Message]] = []
        self.count = 0

    def run(self, until: int) -> None:
        """Go on to `until`, ms; with `often_ms` also look in between, as the station may."""
        while True:
            shown = (self.panel.upper, self.panel.lower, self.panel.view())
            if self.panel.update(self.now, self.board):
                self.keep()
            elif shown != (self.panel.upper, self.panel.lower, self.panel.view()):
                raise AssertionError("it changed and nothing was drawn")
            wake = self.panel.wake()
            assert wake > self.now
            if self.often_ms:
                wake = min(wake, self.now + self.often_ms)
            if wake > until:
                break
            self.now = wake
        self.now = until

    def keep(self) -> None:
        """Enter what is to be seen now, if it is another picture."""
        shown = (self.panel.upper, self.panel.lower, self.panel.view())
        if not self.seen or self.seen[-1][1:] != shown:
            self.seen.append((self.now, *shown))

    def happen(self, what: str, who: int) -> None:
        """Something is pressed, or a fault begins or ends."""
        self.count += 1
        if what == "call":
            self.panel.call(self.now, f"A{self.count:03d}", who % DESKS + 1, bool(who & 1), 1)
        elif what == "refuse":
            self.panel.refuse(self.now, who % DESKS + 1, f"Quầy {who % DESKS + 1}\n{self.count}")
        elif what == "tell":
            desk = who % DESKS + 1
            self.panel.tell(self.now, desk, f"Quầy {desk}", f"{self.count}")
        elif what == "issue":
            self.panel.issue(self.now, f"B{self.count:03d}", who + 1, 5 * who, bool(who & 1))
        elif what == "refuse_issue":
            self.panel.refuse(self.now, 0, f"{self.count}")
        elif what == "restored":
            self.panel.restored(self.now, "C007", 7)
        else:
            self.panel.fault(self.now, KEYS[who % len(KEYS)], what == "fault", who % len(KEYS))
        self.run(self.now)

    def uppers(self) -> list[tuple[int, int, Message]]:
        """What had the upper side, as (from, how long, message)."""
        return self._spans(0)

    def lowers(self) -> list[tuple[int, int, Message]]:
        """What had the lower side, likewise."""
        return self._spans(1)

    def _spans(self, side: int) -> list[tuple[int, int, Message]]:
        spans: list[tuple[int, int, Message]] = []
        for (start, *sides), after in zip(
            self.seen, [*(one[0] for one in self.seen[1:]), self.now], strict=True
        ):
            upper = sides[side]
            if spans and spans[-1][2] == upper and sum(spans[-1][:2]) == start:
                spans[-1] = (spans[-1][0], after - spans[-1][0], upper)
            else:
                spans.append((start, after - start, upper))
        return [span for span in spans if span[2][0]]


WHATS = (
    *("call", "call", "issue", "refuse", "refuse_issue", "tell"),
    *("fault", "over", "restored"),
)
events = st.lists(
    st.tuples(st.integers(0, 6_000), st.sampled_from(WHATS), st.integers(0, 7)), max_size=30
)


def play(history: list[Event], often_ms: int = 0) -> Display:
    """Let a history happen, and everything that waits be shown."""
    display = Display(often_ms=often_ms)
    display.run(0)
    for gap, what, who in history:
        display.run(display.now + gap)
        display.happen(what, who)
    display.run(display.now + 60_000)
    return display


def about(message: Message) -> object:
    """Of whom a message is news: a desk, or a fault."""
    view, values = message
    first = values[1] if view == CALL else values[0].split("\n", 1)[0]
    return int(first[5:]) if str(first).startswith("Quầy") else first


@tries(150)
@given(events)
def test_a_message_is_never_cut_short(history: list[Event]) -> None:
    """Each of the upper side has it for four seconds and no longer, and no call comes twice.

    But what a desk is told, other than a call, gives way to what happens there next.
    """
    spans = play(history).uppers()
    for (start, length, message), after in zip(spans, [*spans[1:], None], strict=False):
        if length % HOLD_MS or (length != HOLD_MS and message[0] != FAULT):
            assert length < HOLD_MS
            assert message[0] in (NOTICE, TOLD)
            assert after
            assert after[0] == start + length
            assert about(after[2]) == about(message)
    calls = [message for _, _, message in spans if message[0] == CALL]
    assert len(set(calls)) == len(calls)


@tries(150)
@given(events)
def test_the_newest_call_of_every_desk_is_shown(history: list[Event]) -> None:
    """A call has to wait for what is shown; one that is no longer true is not shown at all."""
    display = Display()
    display.run(0)
    for gap, what, who in history:
        display.run(display.now + gap)
        before = display.panel.upper
        display.happen(what, who)
        if display.panel.upper != before:
            news = before[0] in (NOTICE, TOLD) and about(before) == who % DESKS + 1
            assert not before[0] or news
    begun = display.now
    display.run(display.now + 60_000)
    last: dict[object, Message] = {}
    for made, (_, what, who) in enumerate(history, 1):
        if what == "call":
            last[who % DESKS + 1] = (CALL, (f"A{made:03d}", who % DESKS + 1, bool(who & 1), 1))
    shown = [message for _, _, message in display.uppers()]
    assert all(message in shown for message in last.values())
    late = [(start, one) for start, _, one in display.uppers() if start > begun and one[0] == CALL]
    assert all(last[about(one)] == one for _, one in late), "it is not true any more"
    assert len(late) <= DESKS


def test_a_newer_call_takes_the_place_of_one_that_waits() -> None:
    display = Display()
    for who in (0, 1, 1, 5):
        display.happen("call", who)
    display.run(30_000)
    shown = [values[:2] for _, _, (_, values) in display.uppers()]
    assert shown == [("A001", 1), ("A004", 2)]


@tries(100)
@given(events)
def test_an_issue_shows_at_once(history: list[Event]) -> None:
    """Unless another number is still to be read."""
    display = Display()
    display.run(0)
    for gap, what, who in history:
        display.run(display.now + gap)
        upper, lower = display.panel.upper, display.panel.lower
        read = [start for start, _, message in display.lowers() if message == lower][-1:]
        display.happen(what, who)
        if what in ("issue", "refuse_issue"):
            assert display.panel.upper == upper
            if lower[0] == ISSUE and display.now - read[0] < READ_MS:
                assert display.panel.lower == lower
                continue
            label = f"B{display.count:03d}" if what == "issue" else f"{display.count}"
            assert display.panel.lower[0] == (ISSUE if what == "issue" else NOTICE)
            assert display.panel.lower[1][0] == label
            assert display.seen[-1][2] == display.panel.lower, "nothing was drawn"


@tries(150)
@given(events)
def test_each_number_issued_can_be_read(history: list[Event]) -> None:
    """For two seconds, in order, however fast the clerk presses; for four if nothing follows."""
    issues = [made for made, (_, what, _) in enumerate(history, 1) if what == "issue"][:16]
    history = history[: issues[-1]] if issues else []
    spans = play(history).lowers()
    shown = [(length, values[0]) for _, length, (view, values) in spans if view == ISSUE]
    assert [label for _, label in shown] == [f"B{made:03d}" for made in issues]
    assert all(length >= READ_MS for length, _ in shown)
    assert all(length >= HOLD_MS for length, _ in shown[-1:])


def test_a_refusal_after_a_number_waits_and_gives_way() -> None:
    """The clerk reads the number, then what the newest press came to."""
    display = Display()
    display.happen("issue", 1)
    for _ in range(3):
        display.run(display.now + 300)
        display.happen("refuse_issue", 0)
    display.run(30_000)
    spans = [(start, length, view) for start, length, (view, _) in display.lowers() if view]
    assert spans == [(0, READ_MS, ISSUE), (READ_MS, HOLD_MS, NOTICE)]
    assert (NOTICE, ("4",)) in [lower for _, _, lower, _ in display.seen]


@tries(100)
@given(events, st.integers(1, 900))
def test_wake_says_when_the_display_changes(history: list[Event], often_ms: int) -> None:
    """Whoever looks more often sees the same."""
    assert play(history, often_ms).seen == play(history).seen


def test_quiet_screens_alternate() -> None:
    display = Display()
    display.run(22_000)
    assert [(start, quiet[0]) for start, _, _, quiet in display.seen] == [
        *((0, SETUP), (5_000, BOARD), (10_000, WAITING), (15_000, STATUS), (20_000, BOARD))
    ]


def test_without_calls_there_is_no_board() -> None:
    display = Display(board=False)
    display.run(22_000)
    assert [quiet[0] for _, _, _, quiet in display.seen] == [
        *(SETUP, WAITING, STATUS, WAITING, STATUS)
    ]


def test_after_a_restart_the_settings_in_force_follow_the_number() -> None:
    display = Display()
    display.panel.restored(0, "A001", 1)
    display.run(22_000)
    shown = [(start, quiet[0]) for start, _, _, quiet in display.seen]
    assert shown[0] == (0, RESTORED)
    assert shown[1:3] == [(15_000, SETUP), (20_000, BOARD)]


def test_faults_are_told_at_once_and_come_back() -> None:
    display = Display()
    display.run(1_000)
    display.happen("fault", 0)
    display.happen("fault", 2)
    display.happen("fault", 2)
    display.run(60_000)
    assert [one for _, _, one in display.uppers()] == [
        (FAULT, (KEYS[0], 0)),
        (FAULT, (KEYS[2], 2)),
    ]
    shown = [quiet for start, _, _, quiet in display.seen if start > 20_000]
    for number in (0, 2):
        assert shown.count((FAULT, (KEYS[number], number))) >= 1
    assert {view for view, _ in shown} == {BOARD, WAITING, STATUS, FAULT}


def test_a_desk_reads_what_was_done() -> None:
    """On the upper side, after what stands there; the clerk reads beside it."""
    display = Display()
    display.happen("call", 0)
    display.run(1_000)
    display.happen("tell", 1)
    display.happen("issue", 3)
    display.run(5_000)
    assert display.panel.upper == (TOLD, ("Quầy 2", "2"))
    assert (ISSUE, ("B003", 4, 15, True)) in [lower for _, _, lower, _ in display.seen]


def test_news_gives_way_to_its_own_desk() -> None:
    """A call shows at once, though its desk has just read something; unless another waits."""
    display = Display()
    display.happen("tell", 1)
    display.run(500)
    display.happen("call", 1)
    display.run(display.now)
    assert display.panel.upper == (CALL, ("A002", 2, True, 1))
    display.run(display.now + 5_000)
    display.happen("tell", 1)
    display.happen("call", 0)
    display.happen("call", 1)
    display.run(display.now)
    assert display.uppers()[-1][2] == (TOLD, ("Quầy 2", "3"))


def test_one_desk_does_not_keep_the_others_waiting() -> None:
    """However often it presses; nor is an older call of its own told after a newer one."""
    display = Display()
    display.happen("call", 0)
    for _ in range(8):
        display.happen("refuse", 2)
        display.happen("call", 2)
        display.run(display.now + 2_800)
        display.happen("refuse", 2)
    display.happen("call", 1)
    display.run(display.now + 60_000)
    shown = [message[1] for _, _, message in display.uppers() if message[0] == CALL]
    desks = [desk for _, desk, _, _ in shown]
    assert (desks[0], desks[-1]) == (1, 2)
    third = [label for label, desk, _, _ in shown if desk == 3]
    assert third == sorted(third)


def test_a_fault_that_goes_on_says_the_newest_number() -> None:
    display = Display()
    display.panel.fault(0, "store.worn", True, 5)
    display.panel.fault(0, "store.worn", True, 9)
    assert display.panel.faults == [("store.worn", 9)]


def test_a_fault_that_is_over_is_not_told_any_more() -> None:
    display = Display()
    display.happen("call", 0)
    display.run(1_000)
    display.happen("fault", 1)
    display.run(2_000)
    display.happen("over", 1)
    display.run(60_000)
    assert [message[0] for _, _, message in display.uppers()] == [CALL]
    assert all(not quiet[1] for _, _, _, quiet in display.seen)


def test_a_fault_that_ends_while_it_is_shown_is_gone() -> None:
    display = Display()
    display.happen("fault", 1)
    while display.panel.view() != (FAULT, (KEYS[1], 1)):
        display.run(display.now + 100)
    display.happen("over", 1)
    assert display.seen[-1][3] == (FAULT, ()), "what is not there any more is not named"


def test_after_a_restart_it_says_so_for_a_while() -> None:
    display = Display()
    display.happen("restored", 0)
    display.run(1_000)
    display.happen("call", 1)
    assert display.panel.upper[0] == CALL
    display.run(30_000)
    restored = [start for start, _, _, quiet in display.seen if quiet == (RESTORED, ("C007", 7))]
    over = [start for start, _, _, quiet in display.seen if quiet[0] != RESTORED]
    assert restored[0] == 0
    assert min(start for start in over if start > restored[-1]) == 15_000


def test_the_next_number_ends_what_the_restart_said() -> None:
    """The clerk has compared the last number with the rack before issuing another."""
    display = Display()
    display.happen("restored", 0)
    display.run(3_000)
    display.happen("issue", 1)
    assert display.panel.view()[0] != RESTORED


def test_however_much_happens_little_waits() -> None:
    display = Display()
    for number in range(5_000):
        display.happen(WHATS[number % len(WHATS)], number // 7)
        assert len(display.panel._queue) <= 2 * DESKS + len(KEYS)
        assert len(display.panel.faults) <= len(KEYS)


def test_however_fast_the_clerk_presses_little_waits() -> None:
    display = Display()
    for number in range(1_000):
        display.happen(("issue", "refuse_issue", "issue")[number % 3], number // 7)
        assert len(display.panel._later) <= 16
    display.run(display.now + 60_000)
    assert display.lowers()[-1][2][1][0] == "B1000", "the newest is shown"


def faults_that_end(often_ms: int = 700) -> None:
    """Faults end at each moment of the rotation: what is drawn is one of the rest."""
    for number in range(len(KEYS)):
        for moment in range(0, 60_000, often_ms):
            display = Display()
            for who in range(len(KEYS)):
                display.happen("fault", who)
            display.run(20_000 + moment)
            for who in range(number + 1):
                display.happen("over", who)
            view, values = display.panel.view()
            assert view != FAULT or values == () or values in display.panel.faults


def test_whichever_fault_ends_while_its_screen_is_shown_another_takes_its_place() -> None:
    """The rotation may stand behind the end of a list that became shorter."""
    faults_that_end()


def test_touch_draws_once() -> None:
    display = Display()
    display.run(10)
    assert not display.panel.update(10, True)
    display.panel.touch()
    assert display.panel.update(10, True)
    assert not display.panel.update(10, True)


FAULTS = {
    "settings that nobody sees": (
        "self.quiet = SETUP",
        "self.quiet = WAITING",
        "alternate",
    ),
    "settings that are over before they are seen": (
        "self._quiet_until = self._restored_until + _QUIET_MS",
        "pass",
        "settings_in_force",
    ),
    "cut short": ("_HOLD_MS = const(4_000)", "_HOLD_MS = const(3_999)", "never_cut"),
    "the newest has the display": ("if not self.upper[0] or", "if 1 or", "never_cut"),
    "a call waits for what its desk was told": (
        " or (not self._queue and about in (self.news, -self.news)):",
        ":",
        "news_gives_way",
    ),
    "a call gives way": (
        "self.news = -about if isinstance(about, int) and about < 0 else 0",
        "self.news = abs(about) if isinstance(about, int) else 0",
        "never_cut",
    ),
    "old calls are told": ("if self._queue[i][0] == about:", "if 0:", "newer_call"),
    "calls are forgotten": (
        "        self._queue.append((about, message))",
        "        self._queue[:] = [(about, message)]",
        "newest_call",
    ),
    "an issue waits": (
        "        self.lower = message\n",
        "        if self.upper[0]:\n            return\n        self.lower = message\n",
        "issue_shows",
    ),
    "a number cannot be read": ("_READ_MS = const(2_000)", "_READ_MS = const(1_900)", "be_read"),
    "the newest number wins": (
        "now >= self._lower_from + _READ_MS",
        "True",
        "be_read",
    ),
    "numbers wait for the whole hold": (
        "        self._lower_until = self._lower_from + _READ_MS\n",
        "",
        "a_refusal_after",
    ),
    "numbers that wait are lost": (
        "            if self._later:\n                self._show",
        "            if 0:\n                self._show",
        "be_read",
    ),
    "the last number goes at once": (
        "(_READ_MS if self._later else _HOLD_MS)",
        "_READ_MS",
        "be_read",
    ),
    "each refusal waits": ("self._later[-1][0] != ISSUE", "0", "a_refusal_after"),
    "without end": ("len(self._later) == _LATER_MAX", "0", "clerk_presses"),
    "a fault that is gone": (" % len(self.faults)]", "]", "takes_its_place"),
    "an issue is not drawn": (
        "else _HOLD_MS)\n        self._changed = True\n",
        "else _HOLD_MS)\n",
        "issue_shows",
    ),
    "sleeps over the end of a message": (
        "wake = min(wake, self._upper_until)",
        "pass",
        "wake_says",
    ),
    "sleeps over the end of the restart": (
        "wake = min(wake, self._restored_until)",
        "pass",
        "wake_says",
    ),
    "a screen stands still": ("step = self._step + 1", "step = self._step or 1", "alternate"),
    "an empty board": ("if step == BOARD and not board:", "if 0:", "no_board"),
    "a fault is told once": ("_STATUS + len(self.faults)", "_STATUS", "come_back"),
    "what was done is not said": (
        "        self._say(now, desk, (TOLD, (title, text)))",
        "        pass",
        "was_done",
    ),
    "a fault has no number": (
        "self._announce(now, key, (FAULT, (key, n)))",
        "self._announce(now, key, (FAULT, (key, 0)))",
        "come_back",
    ),
    "what is over is told": ("if waiting[0] != about", "", "not_told"),
    "the restart is told for ever": ("const(15_000)", "const(99_000)", "for_a_while"),
    "drawn again and again": ("self._changed = False", "pass", "draws_once"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, name = FAULTS[fault]
    (test,) = [test for title, test in globals().items() if name in title]
    assert not fails(test)
    seed(monkeypatch, (panel,), sound, broken)
    assert fails(test)
