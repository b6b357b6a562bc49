"""What no finger does counts for nothing: chords, jumps of a pad, keys that stick, two at once.

Keys are drawn as waveforms in microseconds and sampled as the station does it: at an edge where
the wait is long enough for `main` to be woken, else when `wake` says.
"""

from bisect import bisect_right
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core import records
from luot.core.keys import doubt, gestures, keypad
from luot.core.keys.keypad import Keypad
from luot.core.line.order import Order
from luot.core.line.ticket import PRIORITY
from tests.faults.seeded import found_by
from tests.keys.test_gestures import LOOK_MS, SHORT_WAIT_MS, Edges, contact, down
from tests.rigs.strategies import tries

PRIORITY_KEY, ISSUE, DESKS, RATINGS = 0, 1, 9, 25
NEXT, RECALL, ABSENT, ARRIVED = range(4)
STUCK_MS = 30_000
WHAT = (records.CALL, records.RECALL, records.ABSENT, records.ARRIVED)

Found = tuple[int, int, int, int, int]  # when, kind, source, at, extra


def key(desk: int, which: int) -> int:
    """The bit of a desk's key."""
    return DESKS + 4 * (desk - 1) + which


def play(fingers: dict[int, Edges], until_ms: int) -> list[Found]:
    """Let keys close and open at these times (us); return the commands of four desks' keypads."""
    made = Keypad(4, 4, Order((255,) * 4))
    keys = [fingers.get(bit, []) for bit in range(41)]
    edges = sorted(edge for one in keys for edge in one)
    found: list[Found] = []
    us = 0
    while us < until_ms * 1000:
        now, raw = us // 1000, down(keys, us)
        made.update(now, raw)
        while made.next():
            found.append((now, made.kind, made.source, made.at, made.extra))
        if made.expired(now):
            made.close()
        wake = made.wake(now, raw)
        wake = now + LOOK_MS if wake < 0 else wake
        assert wake > now, "it would be sampled for ever"
        after = wake * 1000
        at = bisect_right(edges, us)
        if wake - now > SHORT_WAIT_MS and at < len(edges):
            after = min(after, edges[at])
        us = after
    return found


def kinds(fingers: dict[int, Edges], until_ms: int = 4_000) -> list[tuple[int, int]]:
    """The commands' kinds and sources alone."""
    return [(kind, source) for _, kind, source, *_ in play(fingers, until_ms)]


def ms(*times: int) -> Edges:
    """A key without bounce."""
    return [1000 * time for time in times]


# Chords.


@pytest.mark.parametrize("held", [150, 1_500])
@pytest.mark.parametrize("desk", [1, 2, 3, 4])
def test_keys_of_one_desk_that_go_down_together_count_for_nothing(desk: int, held: int) -> None:
    for many in (2, 3, 4):
        for chord in combinations(range(4), many):
            fingers = {key(desk, which): ms(100, 100 + held) for which in chord}
            other = key(desk % 4 + 1, NEXT)
            assert kinds(fingers | {other: ms(700, 850)}) == [(records.CALL, desk % 4 + 1)]
            for which in chord:
                fingers[key(desk, which)] += ms(2_500, 2_600)
                assert kinds(fingers) == [(WHAT[which], desk)], "it was up in between"
                del fingers[key(desk, which)][2:]


def test_a_citizens_keys_are_a_group_of_their_own() -> None:
    chord = {RATINGS + 4 + which: ms(100, 250) for which in (0, 2)}
    assert kinds(chord) == []
    assert kinds({RATINGS + 4: ms(100, 250), key(2, NEXT): ms(100, 250)}) == [
        (records.CALL, 2),
        (records.RATING, 2),
    ]


@pytest.mark.parametrize("first", [NEXT, RECALL, ABSENT, ARRIVED])
@pytest.mark.parametrize("second", [NEXT, RECALL, ABSENT, ARRIVED])
def test_a_second_key_waits_until_all_are_up(first: int, second: int) -> None:
    """Also one that comes down while only the second, which counts for nothing, is still down."""
    if first == second:
        return
    third = next(which for which in range(4) if which not in (first, second))
    fingers = {
        key(1, first): ms(100, 400),
        key(1, second): ms(200, 700),
        key(1, third): ms(600, 900),
    }
    assert kinds(fingers) == [(WHAT[first], 1)]
    fingers[key(1, second)] += ms(1_000, 1_150)
    assert kinds(fingers) == [(WHAT[first], 1), (WHAT[second], 1)]


def test_desks_of_one_pad_do_not_wait() -> None:
    fingers = {
        key(1, NEXT): ms(100, 900),
        key(2, NEXT): ms(100, 900),
        key(2, RECALL): ms(950, 990),
    }
    assert kinds(fingers) == [(records.CALL, 1), (records.CALL, 2), (records.RECALL, 2)]
    fingers = {
        key(1, NEXT): ms(100, 900),
        key(2, ABSENT): ms(300, 400),
        key(3, NEXT): ms(500, 600),
    }
    assert kinds(fingers) == [(records.CALL, 1), (records.ABSENT, 2), (records.CALL, 3)]


# Pads.


@pytest.mark.parametrize("many", [3, 5, 8])
@pytest.mark.parametrize("pad", [0, 1, 2, 3, 4])
def test_a_pad_cannot_move_many_keys_at_once(pad: int, many: int) -> None:
    """Not one of them counts, when they go down or when they come up; after that each does."""
    rng = Random(pad * 8 + many)
    for _ in range(20):
        bits = rng.sample(range(ISSUE + 8 * pad, ISSUE + 8 * pad + 8), many)
        fingers = {bit: ms(100, 250) for bit in bits}
        assert kinds(fingers) == []
    later = {bit: ms(100, 250, 1_000, 1_150) for bit in bits[:1]}
    meant = pad < 3 or (bits[0] - RATINGS) % 4 < 3
    meant = meant and not (pad == 0 and bits[0] > ISSUE + 4)
    assert len(kinds(fingers | later)) == meant


def test_a_key_up_as_a_pad_jumps_is_not_clicked() -> None:
    fingers = {
        key(2, RECALL): ms(100, 300),
        key(1, NEXT): ms(300, 400),
        key(1, ABSENT): ms(300, 400),
    }
    assert kinds(fingers) == []


# Keys that stick.


@pytest.mark.parametrize("stuck", range(4))
@pytest.mark.parametrize("since", [0, 500])
def test_a_stuck_key_counts_for_no_chord(stuck: int, since: int) -> None:
    """From the start on or later: until then its desk's other keys wait, then they go on."""
    other = (stuck + 1) % 4
    fingers = {key(3, stuck): ms(since, 50_000), key(3, other): ms(15_000, 15_150)}
    before = kinds(fingers, 60_000)
    assert (WHAT[other], 3) not in before
    fingers[key(3, other)] = ms(since + STUCK_MS + 500, since + STUCK_MS + 650)
    assert kinds(fingers, 60_000) == [*before, (WHAT[other], 3)]
    fingers[key(3, stuck)] += ms(51_000, 51_150)
    after = kinds(fingers, 60_000)
    assert after == [*before, (WHAT[other], 3), (WHAT[stuck], 3)], "it heals"


@pytest.mark.parametrize("since", [0, 500])
def test_the_priority_key_is_a_key_like_any_other(since: int) -> None:
    """Down at the start it counts once it was up; down for half a minute it counts no more."""
    issue = [edge for at in range(1_000, 60_000, 4_000) for edge in ms(at, at + 150)]
    fingers = {ISSUE: issue, PRIORITY_KEY: ms(since, 44_000, 52_000, 58_000)}
    made = Keypad(4, 4, Order((255,) * 4))
    prior: list[int] = []
    keys = [fingers.get(bit, []) for bit in range(41)]
    for now in range(0, 60_000, 6):
        made.update(now, down(keys, now * 1000))
        while made.next():
            assert made.kind == records.ISSUE
            if made.extra == PRIORITY:
                prior.append(now)
    first = [at for at in range(1_000, 60_000, 4_000) if since and since < at < since + STUCK_MS]
    assert [at // 1_000 for at in prior] == [at // 1000 for at in (*first, 53_000, 57_000)]


def test_a_spike_on_the_priority_key_is_no_priority() -> None:
    """Whatever is sampled, it was not believed to be down."""
    for start in range(100_000, 125_000, 500):
        fingers = {ISSUE: ms(100, 250), PRIORITY_KEY: [start, start + 4_000]}
        assert [extra for *_, extra in play(fingers, 1_000)] == [0]


# Two issue keys.


@pytest.mark.parametrize("gap", range(40))
@pytest.mark.parametrize("keys", [(0, 1), (3, 1), (4, 0)])
def test_two_issue_keys_are_two_presses_from_12_ms_on(gap: int, keys: tuple[int, int]) -> None:
    """Closer they are one finger, and nobody can say which key was meant: none counts."""
    one, other = keys
    fingers = {ISSUE + one: ms(100, 250), ISSUE + other: ms(100 + gap, 250 + gap)}
    found = play(fingers, 1_000)
    assert len(found) == (2 if gap >= 12 else 0)
    assert all(when <= 125 + gap for when, *_ in found)
    assert [service for _, _, _, service, _ in found] == [one % 4, other % 4][: len(found)]


def test_of_three_that_lean_on_each_other_none_counts() -> None:
    fingers = {ISSUE + i: ms(100 + 9 * i, 250) for i in range(3)}
    assert play(fingers, 1_000) == []
    fingers = {ISSUE + i: ms(100 + 12 * i, 250) for i in range(3)}
    assert len(play(fingers, 1_000)) == 3


@tries(150)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(0, 3), st.integers(1, 3))
def test_bounce_makes_no_difference(seed: int, gap: int, one: int, on: int) -> None:
    """But where a contact was open at the very sample that had to see it closed."""
    rng = Random(seed)
    fingers = {
        ISSUE + one: contact(rng, [(100_000, 250_000)]),
        ISSUE + (one + on) % 4: contact(rng, [(100_000 + 1000 * gap, 300_000)]),
    }
    found = play(fingers, 1_000)
    if gap <= 5 or gap >= 12:
        assert len(found) == (2 if gap >= 12 else 0)
    assert len(found) in (0, 2)


@pytest.mark.parametrize("flicker", [700, 2_000, 5_500, 11_000])
def test_an_issue_key_that_flickers_holds_up_no_other(flicker: int) -> None:
    broken = list(range(98_000, 900_001, flicker))
    fingers = {ISSUE: ms(100, 250, 500, 650), ISSUE + 1: broken[: len(broken) // 2 * 2]}
    found = [one for one in play(fingers, 2_000) if one[3] == 0]
    if flicker < 5_000:
        assert [kind for _, kind, *_ in found] == [records.ISSUE, records.ISSUE]
        assert all(when - due <= 60 for (when, *_), due in zip(found, (100, 500), strict=True))


def test_a_key_after_a_spoilt_pair_counts() -> None:
    fingers = {ISSUE: ms(100, 400), ISSUE + 1: ms(105, 400), ISSUE + 2: ms(200, 350)}
    assert [service for _, _, _, service, _ in play(fingers, 1_000)] == [2]


def chord() -> None:
    """The test above, at its quickest."""
    test_keys_of_one_desk_that_go_down_together_count_for_nothing(2, 150)


def second() -> None:
    """Likewise."""
    for first in range(4):
        for other in range(4):
            test_a_second_key_waits_until_all_are_up(first, other)


def jump() -> None:
    """Likewise."""
    for pad in range(5):
        for many in (3, 5, 8):
            test_a_pad_cannot_move_many_keys_at_once(pad, many)


def apart(*gaps: int) -> None:
    """Likewise."""
    for gap in gaps or range(40):
        test_two_issue_keys_are_two_presses_from_12_ms_on(gap, (3, 1))


FAULTS = {
    "chords count": ("new & (new - 1) or", "0 or", chord),
    "a second key counts": ("down >> first & 0xF)", "0)", second),
    "all keys are one desk": (
        "down >> first & 0xF)",
        "down >> DESKS)",
        test_desks_of_one_pad_do_not_wait,
    ),
    "a stuck key keeps its desk": (
        "gestures.down & ~gestures.stuck & ~pressed",
        "gestures.down & ~pressed",
        lambda: test_a_stuck_key_counts_for_no_chord(1, 500),
    ),
    "whatever a pad says": (
        "if _count(of_pad) > _MOVED_MAX:",
        "if 0:",
        test_a_key_up_as_a_pad_jumps_is_not_clicked,
    ),
    "desks of one pad are one": (
        "_MOVED_MAX = const(2)",
        "_MOVED_MAX = const(1)",
        test_desks_of_one_pad_do_not_wait,
    ),
    "three are two": (
        "_MOVED_MAX = const(2)",
        "_MOVED_MAX = const(3)",
        test_a_key_up_as_a_pad_jumps_is_not_clicked,
    ),
    "ratings are not doubted": (
        "for first in range(DESKS, self._keys, KEYS_OF_DESK)",
        "for first in range(DESKS, 25, KEYS_OF_DESK)",
        test_a_citizens_keys_are_a_group_of_their_own,
    ),
    "two at once are two": ("_APART_MS = const(12)", "_APART_MS = const(0)", lambda: apart(0)),
    "two are one for too long": ("_APART_MS = const(12)", "_APART_MS = const(13)", apart),
    "two are two too soon": ("_APART_MS = const(12)", "_APART_MS = const(11)", apart),
    "spoilt ones are forgotten": (
        "near & (self._waiting | self._spoilt)",
        "near & self._waiting",
        test_of_three_that_lean_on_each_other_none_counts,
    ),
    "one that is coming is not waited for": (
        "if near & self._coming:",
        "if 0:",
        apart,
    ),
    "a flicker is waited for": (
        "_FADES_MS = const(36)",
        "_FADES_MS = const(36_000)",
        lambda: test_an_issue_key_that_flickers_holds_up_no_other(2_000),
    ),
    "looked at too rarely": ("return now + 1", "return now + 6", apart),
    "decided too late": (
        "now - self._first[key] >= _APART_MS",
        "now - self._first[key] >= 60",
        apart,
    ),
    "decided too soon": ("now - self._first[key] >= _APART_MS", "1", apart),
    "priority by its level": (
        "self.clicked = self.held = self.changed = 0",
        "self.counted = self.counted & ~1 | raw & 1; self.clicked = self.held = self.changed = 0",
        test_a_spike_on_the_priority_key_is_no_priority,
    ),
    "priority without having been up": (
        "PRIORITY if self.gestures.counted & _PRIORITY_KEY",
        "PRIORITY if self.gestures.down & ~self.gestures.stuck & _PRIORITY_KEY",
        lambda: test_the_priority_key_is_a_key_like_any_other(0),
    ),
    "priority for ever": (
        "PRIORITY if self.gestures.counted & _PRIORITY_KEY",
        "PRIORITY if self.gestures.down & _PRIORITY_KEY",
        lambda: test_the_priority_key_is_a_key_like_any_other(500),
    ),
}


test_a_broken_promise_is_found = found_by((doubt, gestures, keypad), FAULTS)
