"""Each press counts once, however a contact bounces and whenever it is looked at.

And each is a click or a hold, never both and never neither: a click when the key comes up within a
second, a hold as soon as it was down for that long.

Keys are drawn as waveforms in microseconds and sampled as the station does it: when `wake` says,
or at an edge where the wait is long enough for `main` to be woken, and now and then late.
"""

from bisect import bisect_right
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.keys import gestures
from luot.core.keys.gestures import Gestures
from sim.chips.clock import Clock
from sim.chips.keys import Contact
from tests.faults.seeded import found_by
from tests.rigs.strategies import tries

SHORT_WAIT_MS = 20  # main sleeps through a wait no longer than this
LOOK_MS = 1_000  # the station looks around at least that often
LATE_MS = 25  # a redraw of the whole display

Edges = list[int]  # when a key closes, opens, closes..., us


def down(keys: list[Edges], us: int) -> int:
    """The mask of keys that are down."""
    return sum((bisect_right(edges, us) % 2) << bit for bit, edges in enumerate(keys))


def watch(
    keys: list[Edges], until_ms: int, rng: Random | None = None, deaf: bool = False
) -> list[tuple[int, int]]:
    """Sample as the station does; return each new press as (when, key).

    `rng` makes some samples late; where it is `deaf` only a key that closes wakes it.
    """
    return perceive(keys, until_ms, rng, deaf)[0]


def perceive(
    keys: list[Edges], until_ms: int, rng: Random | None = None, deaf: bool = False
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[tuple[int, int]]]:
    """Sample likewise; return presses, clicks and holds."""
    made = Gestures()
    clicks: list[tuple[int, int]] = []
    holds: list[tuple[int, int]] = []
    edges = sorted(edge for key in keys for edge in (key[::2] if deaf else key))
    found: list[tuple[int, int]] = []
    us = 0
    while us < until_ms * 1000:
        now, raw = us // 1000, down(keys, us)
        pressed = made.update(now, raw)
        found += [(now, bit) for bit in range(len(keys)) if pressed >> bit & 1]
        clicks += [(now, bit) for bit in range(len(keys)) if made.clicked >> bit & 1]
        holds += [(now, bit) for bit in range(len(keys)) if made.held >> bit & 1]
        wake = made.wake(now, raw)
        wake = now + LOOK_MS if wake < 0 else wake
        assert wake > now, "it would be sampled for ever"
        after = wake * 1000
        at = bisect_right(edges, us)
        if wake - now > SHORT_WAIT_MS and at < len(edges):
            after = min(after, edges[at])
        if rng is not None and rng.random() < 0.2:
            after += rng.randrange(LATE_MS * 1000)
        us = after
    return found, clicks, holds


def contact(rng: Random, presses: list[tuple[int, int]]) -> Edges:
    """A bouncing key, pressed at each (when, until) in us."""
    key = Contact(Clock(0, lambda us, action: edges.append(us)), rng)
    edges: Edges = []
    for start, end in presses:
        key.press(start, end - start)
    return edges


# A key is held for 90 ms and longer (a person's press is), and up for 60 ms and longer in between.
held_us = st.integers(90_000, 250_000)
up_us = st.integers(60_000, 300_000)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def presses(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Draw when one key is down, us."""
    made, us = [], 10_000
    for up, held in draw(st.lists(st.tuples(up_us, held_us), max_size=5)):
        made.append((us + up, us + up + held))
        us += up + held
    return made


Presses = list[list[tuple[int, int]]]  # of each key
several = st.lists(presses(), min_size=1, max_size=4)


def judge_presses(found: list[tuple[int, int]], drawn: Presses, late_ms: int) -> None:
    """Fail unless each key counts as often as it was pressed, and soon after."""
    assert {which for _, which in found} <= set(range(len(drawn)))
    for bit, key in enumerate(drawn):
        whens = [when for when, which in found if which == bit]
        assert len(whens) == len(key), f"{len(key)} presses count {len(whens)} times"
        for when, (start, _) in zip(whens, key, strict=True):
            assert 5 <= when - start // 1000 <= late_ms


@tries(150)
@given(seeds, several)
def test_each_press_counts_once(seeded: int, drawn: Presses) -> None:
    """Also a second one soon after the first, and two keys at a time."""
    rng = Random(seeded)
    found = watch([contact(rng, key) for key in drawn], 3_000)
    judge_presses(found, drawn, 50)


@tries(150)
@given(seeds, several)
def test_each_press_counts_once_where_samples_are_late(seeded: int, drawn: Presses) -> None:
    """The hand is given three times as long."""
    rng = Random(seeded)
    slow = [[(3 * start, 3 * end) for start, end in key] for key in drawn]
    found = watch([contact(rng, key) for key in slow], 9_000, rng)
    judge_presses(found, slow, 150)


@tries(100)
@given(seeds, several)
def test_a_worn_key_counts_once(seeded: int, drawn: Presses) -> None:
    """One that bounces for 25 ms, five times as long as a new one may."""
    rng = Random(seeded)
    slow = [[(3 * start, 3 * end) for start, end in key] for key in drawn]
    found = watch([worn(rng, key) for key in slow], 9_000)
    judge_presses(found, slow, 150)


def worn(rng: Random, key: list[tuple[int, int]]) -> Edges:
    """A key that bounces up to ten times within 25 ms."""
    edges: Edges = []
    for us in (us for press in key for us in press):
        bounces = rng.sample(range(1, 25_000), 2 * rng.randint(0, 10))
        edges += [us, *sorted(us + bounce for bounce in bounces)]
    return edges


@tries(50)
@given(seeds, several)
def test_a_key_whose_release_wakes_nobody_counts_once(seeded: int, drawn: Presses) -> None:
    found = watch([[us for press in key for us in press] for key in drawn], 3_000, deaf=True)
    judge_presses(found, drawn, 100)


@tries(50)
@given(seeds, presses(), st.integers(200, 12_000))
def test_a_key_that_flickers_holds_up_no_other(
    seeded: int, drawn: list[tuple[int, int]], flicker_us: int
) -> None:
    broken = list(range(1, 3_000_000, flicker_us))
    found = watch([contact(Random(seeded), drawn), broken], 3_000)
    judge_presses([one for one in found if one[1] == 0], [drawn], 120)


@tries(100)
@given(seeds, st.lists(st.tuples(st.integers(1, 900_000), st.integers(5, 4_999)), max_size=8))
def test_a_spike_does_not_count(seeded: int, spikes: list[tuple[int, int]]) -> None:
    """Neither one of a key that is up, nor a gap in one that is down.

    They come 40 ms apart: of more, two samples that are late could meet two.
    """
    edges: Edges = []
    for start, length in sorted(spikes):
        if not edges or start > edges[-1] + 40_000:
            edges += [start, start + length]
    assert watch([edges], 1_000) == []
    assert watch([edges], 1_000, Random(seeded)) == []
    assert len(watch([[100_000, *[edge + 200_000 for edge in edges], 1_900_000]], 2_000)) == 1


@tries(50)
@given(seeds, st.integers(1, 400), st.lists(presses(), min_size=2, max_size=3))
def test_a_key_down_at_start_counts_after_it_was_up(
    seeded: int, until_ms: int, drawn: Presses
) -> None:
    rng = Random(seeded)
    later = [[(start + 500_000, end + 500_000) for start, end in key] for key in drawn]
    keys = [contact(rng, key) for key in later]
    keys[0] = [0, until_ms * 1000, *keys[0]]
    judge_presses(watch(keys, 4_000), later, 50)


# A click is let go of after 800 ms at the latest, a hold after 1,300 ms at the earliest: in
# between, a bouncing key and late samples leave it open, and either will do.


@st.composite
def gestures_of_one(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Draw when one key is down, us: briefly or for long, in turn with rests."""
    made, us = [], 10_000
    long_us = st.integers(1_300_000, 2_500_000)
    for up, held in draw(st.lists(st.tuples(up_us, st.one_of(held_us, long_us)), max_size=4)):
        made.append((us + up, us + up + held))
        us += up + held
    return made


@tries(100)
@given(seeds, st.lists(gestures_of_one(), min_size=1, max_size=3), st.booleans())
def test_each_press_is_a_click_or_a_hold(seeded: int, drawn: Presses, late: bool) -> None:
    rng = Random(seeded)
    if late:
        drawn = [[(3 * start, 3 * end) for start, end in key] for key in drawn]
        drawn = [[(start, end) for start, end in key if not _open(start, end)] for key in drawn]
    keys = [contact(rng, key) for key in drawn]
    presses, clicks, holds = perceive(keys, 40_000, rng if late else None)
    judge_presses(presses, drawn, 150 if late else 50)
    for bit, key in enumerate(drawn):
        brief = [end for start, end in key if end - start < 1_000_000]
        long = [start for start, end in key if end - start >= 1_000_000]
        clicked = [when for when, which in clicks if which == bit]
        held = [when for when, which in holds if which == bit]
        assert (len(clicked), len(held)) == (len(brief), len(long)), "a click or a hold, each"
        for when, end in zip(clicked, brief, strict=True):
            assert 5 <= when - end // 1000 <= (150 if late else 100), "when it comes up"
        for when, start in zip(held, long, strict=True):
            assert 1_000 <= when - start // 1000 <= 1_150, "while it is still down"


def _open(start: int, end: int) -> bool:
    return 800_000 < end - start < 1_300_000


def test_a_key_down_at_start_is_neither_clicked_nor_held() -> None:
    presses, clicks, holds = perceive([[0, 3_000_000], [0, 200_000]], 5_000)
    assert presses == clicks == holds == []


@pytest.mark.parametrize("begin", [2**30 - 200, 2**32 - 200, 2**40])
def test_a_click_is_a_click_however_long_the_box_has_been_on(begin: int) -> None:
    made, clicks, holds = Gestures(), 0, 0
    for now in range(begin, begin + 4_000, 10):
        made.update(now, (300 <= now - begin < 400) | (600 <= now - begin < 2_000) << 1)
        clicks |= made.clicked
        holds |= made.held
    assert (clicks, holds) == (1, 2)


@pytest.mark.parametrize("begin", [0, 2**30 - 20_000, 2**40])
def test_a_key_down_for_half_a_minute_is_stuck_until_it_comes_up(begin: int) -> None:
    """Also one that was down at the start; one of them pulls no other with it."""
    made = Gestures()
    at_start, later, brief = 1, 1 << 40, 4
    stuck: list[tuple[int, int]] = []
    clicks = 0
    for ms in range(0, 90_000, 10):
        raw = (at_start if ms < 40_000 else 0) | (later if 5_000 <= ms < 60_000 else 0)
        raw |= brief if ms % 20_000 < 19_000 else 0
        made.update(begin + ms, raw)
        clicks |= made.clicked
        if not stuck or stuck[-1][1] != made.stuck:
            stuck.append((ms, made.stuck))
        assert not made.counted & (made.stuck | at_start)
    assert clicks == 0
    assert [keys for _, keys in stuck] == [0, at_start, at_start | later, later, 0]
    expected = (0, 30_000, 35_000, 40_000, 60_000)
    assert all(abs(when - due) <= 30 for (when, _), due in zip(stuck, expected, strict=True))


def test_a_stuck_key_is_not_looked_at_twenty_times_a_second() -> None:
    made = Gestures()
    made.update(0, 0)
    made.update(10, 4)
    made.update(20, 4)
    assert made.wake(60, 4) == 60 + 6
    made.update(31_000, 4)
    assert made.wake(31_000, 4) == -1
    assert made.wake(31_000, 5) == 31_006, "another key is"


def test_what_is_ignored_is_neither_clicked_nor_held_nor_counted() -> None:
    made = Gestures()
    made.update(0, 0)
    made.update(10, 7)
    assert made.update(20, 7) == made.counted == 7
    made.ignore(2)
    assert made.counted == 5
    for now in range(30, 2_000, 10):
        made.update(now, 4 if now > 500 else 7)
        assert not (made.clicked | made.held) & 2
    for now in range(2_000, 3_000, 10):
        made.update(now, 2 if 2_300 < now < 2_600 else 0)
    assert made.counted == 0
    made.update(3_000, 2)
    assert made.update(3_010, 2) == made.counted == 2, "it was up in between"


def clicks_after_weeks() -> None:
    """The test above, at its worst."""
    test_a_click_is_a_click_however_long_the_box_has_been_on(2**32 - 200)


def test_nothing_is_sampled_while_no_key_is_down() -> None:
    made = Gestures()
    assert made.update(0, 0) == 0
    assert made.wake(0, 0) == -1
    assert made.update(70, 4) == 0
    assert made.wake(70, 4) == 76
    assert made.update(76, 4) == 4
    assert made.wake(76, 4) == 82, "the key is not listened to: its release could be missed"
    assert made.update(106, 4) == 0
    assert made.wake(106, 4) == 156
    assert made.update(156, 0) == 0
    assert made.update(162, 0) == 0
    assert made.update(192, 0) == 0
    assert made.wake(192, 0) == -1


FAULTS = {
    "time has an end": (
        "self._since[key] = now & _AROUND",
        "self._since[key] = now",
        clicks_after_weeks,
    ),
    "one sample is enough": (
        "changed & ~(raw ^ self._seen)",
        "changed",
        test_a_spike_does_not_count,
    ),
    "samples too close": ("const(6)", "const(5)", test_a_spike_does_not_count),
    "no rest after a change": ("const(30)", "const(0)", test_a_worn_key_counts_once),
    "keys wait for each other": (
        "agreed = changed & ~(raw ^ self._seen)",
        "agreed = changed if raw == self._seen else 0",
        test_a_key_that_flickers_holds_up_no_other,
    ),
    "a key that is down is not looked at": (
        "const(50)",
        "const(500)",
        test_a_key_whose_release_wakes_nobody_counts_once,
    ),
    "a press is awaited too long": ("const(6)", "const(60)", test_each_press_counts_once),
    "a second press soon after is lost": (
        "const(30)",
        "const(300)",
        test_each_press_counts_once,
    ),
    "a release counts": (
        "pressed = agreed & self.down",
        "pressed = agreed",
        test_each_press_counts_once,
    ),
    "down at start counts": (
        "self.down = self._seen = raw",
        "self.down = self._seen = 0",
        test_a_key_down_at_start_counts_after_it_was_up,
    ),
    "nothing is ever stuck": (
        "self.stuck |= self._older(now, _STUCK_MS)",
        "pass",
        lambda: test_a_key_down_for_half_a_minute_is_stuck_until_it_comes_up(0),
    ),
    "stuck for ever": (
        "self.stuck &= self.down",
        "pass",
        lambda: test_a_key_down_for_half_a_minute_is_stuck_until_it_comes_up(0),
    ),
    "a stuck key goes on counting": (
        "self.counted &= ~self.stuck",
        "pass",
        lambda: test_a_key_down_for_half_a_minute_is_stuck_until_it_comes_up(0),
    ),
    "not stuck from the start": (
        "self._begin(now, raw)",
        "pass",
        lambda: test_a_key_down_for_half_a_minute_is_stuck_until_it_comes_up(2**30 - 20_000),
    ),
    "stuck too soon": (
        "_STUCK_MS = const(30_000)",
        "_STUCK_MS = const(20_000)",
        lambda: test_a_key_down_for_half_a_minute_is_stuck_until_it_comes_up(0),
    ),
    "a stuck key keeps the box awake": (
        "raw & ~self.stuck else -1",
        "raw else -1",
        test_a_stuck_key_is_not_looked_at_twenty_times_a_second,
    ),
    "what is ignored clicks": (
        "self._fresh &= ~keys",
        "pass",
        test_what_is_ignored_is_neither_clicked_nor_held_nor_counted,
    ),
    "what is ignored counts": (
        "self.counted &= ~keys",
        "pass",
        test_what_is_ignored_is_neither_clicked_nor_held_nor_counted,
    ),
    "a hold is a click, too": (
        "self._fresh &= ~self.held",
        "pass",
        test_each_press_is_a_click_or_a_hold,
    ),
    "held too soon": ("const(1_000)", "const(100)", test_each_press_is_a_click_or_a_hold),
    "held too late": ("const(1_000)", "const(1_200)", test_each_press_is_a_click_or_a_hold),
    "a second hold counts from the first": (
        "self._since[key] = now",
        "self._since[key] = self._since[key] or now",
        test_each_press_is_a_click_or_a_hold,
    ),
    "clicked again and again": (
        "self.clicked = self.held = self.changed = 0",
        "self.held = self.changed = 0",
        test_each_press_is_a_click_or_a_hold,
    ),
    "let go of at start": (
        "self._fresh = self._fresh & self.down | pressed",
        "self._fresh = self.down",
        test_a_key_down_at_start_is_neither_clicked_nor_held,
    ),
    "one key at a time": (
        "pressed = agreed & self.down",
        "pressed = agreed & -agreed & self.down",
        test_each_press_counts_once,
    ),
}


test_a_broken_promise_is_found = found_by((gestures,), FAULTS)
