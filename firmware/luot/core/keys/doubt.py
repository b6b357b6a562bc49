"""Which presses nobody meant: chords, what a pad cannot be made to say, two issue keys at once.

Owns the rules of SPEC.md 3.3 on several keys together, and which keys are neighbours; what a key
means is `keypad`, how contacts bounce is `gestures`. What is not believed counts for nothing until
those keys were up again.
"""

from array import array

from luot.core.keys.gestures import Gestures
from micropython import const

ISSUE = const(1)  # bit of the first issue key; the priority key is before it
DESKS = const(9)  # of the first desk's first key; the citizens' keys follow those of the desks
KEYS_OF_DESK = const(4)  # a citizen's keys at a desk are as many: the last one is not wired
KEYS_OF_PAD = const(8)
_MOVED_MAX = const(2)  # keys of one pad that people move within one sample: two desks, one each
_ISSUES = const(0x1FE)
_APART_MS = const(12)  # two issue keys this far apart were meant; closer they are one finger
_FADES_MS = const(36)  # a contact that is not believed by then only flickers


class Doubt:
    """What is known of keys that were moved together."""

    def __init__(self, keys: int) -> None:
        """Know how many bits of the mask are keys."""
        self._keys = keys
        self._first = array("I", bytes(4 * (KEYS_OF_PAD + 1)))  # when an issue key was first seen
        self._coming = 0  # issue keys seen down and not believed yet
        self._waiting = 0  # believed: they count unless another one is found to be too near
        self._spoilt = 0  # that were too near

    def of_sample(self, gestures: Gestures, pressed: int) -> int:
        """Return the keys of a sample that moved as no finger moves them; issue keys are later."""
        moved, doubted = gestures.changed, 0
        if not moved:
            return 0
        down = gestures.down & ~gestures.stuck & ~pressed
        for first in range(DESKS, self._keys, KEYS_OF_DESK):
            new = pressed >> first & 0xF
            if new & (new - 1) or (new and down >> first & 0xF):
                doubted |= new << first
        for first in range(ISSUE, self._keys, KEYS_OF_PAD):
            of_pad = moved >> first & 0xFF
            if _count(of_pad) > _MOVED_MAX:
                doubted |= of_pad << first
        return doubted

    def issues(self, now: int, raw: int, down: int, pressed: int) -> int:
        """Return the issue keys that count now; `pressed` are those just believed."""
        raw &= _ISSUES
        if not raw | self._coming | self._waiting | self._spoilt:
            return 0
        self._spoilt &= down
        for key in range(ISSUE, DESKS):
            bit = 1 << key
            if self._coming & bit and now - self._first[key] > _FADES_MS:
                self._coming &= ~bit
            if raw & ~down & ~self._coming & bit:
                self._coming |= bit
                self._first[key] = now
        self._coming &= ~pressed
        self._waiting |= pressed & _ISSUES
        count = 0
        for key in range(ISSUE, DESKS):
            if self._waiting >> key & 1 and now - self._first[key] >= _APART_MS:
                count |= self._decide(key)
        return count

    def _decide(self, key: int) -> int:
        """Return the key as a mask if it counts; it may have to wait for one that is coming."""
        near = 0
        for other in range(ISSUE, DESKS):
            if other != key and abs(self._first[other] - self._first[key]) < _APART_MS:
                near |= 1 << other
        one = 1 << key
        if near & (self._waiting | self._spoilt):
            self._spoilt |= one
            self._waiting &= ~one
            return 0
        if near & self._coming:
            return 0
        self._waiting &= ~one
        return one

    def wake(self, now: int, wake: int) -> int:
        """Return when to look again, `wake` for the rest: each ms while two could be too near."""
        for key in range(ISSUE, DESKS):
            near = now - self._first[key] < _APART_MS
            if (self._waiting | (self._coming | self._spoilt if near else 0)) >> key & 1:
                return now + 1
        return wake


def _count(keys: int) -> int:
    """Return how many keys a mask has."""
    count = 0
    while keys:
        keys &= keys - 1
        count += 1
    return count
