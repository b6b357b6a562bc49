"""Raw key samples into presses, clicks and holds: bounce, noise and keys held at start count not.

Works on bit masks (bit = 1: down), all keys at once. Knows no wiring and no meaning of a key.
"""

from array import array

from micropython import const

# Two samples this far apart must agree: contacts bounce for at most 5 ms, and time is cut to whole
# milliseconds.
_SAMPLE_MS = const(6)
_HELD_MS = const(50)  # how often a key that is down is looked at: its release may wake nobody
_QUIET_MS = const(30)  # after a change was believed, the key is not listened to for so long
_LONG_MS = const(1_000)  # down for so long is a hold, for less a click
_STUCK_MS = const(30_000)  # down for so long no finger is: nobody is meant
_AROUND = const(0x3FFFFFFF)  # time within which a hold is measured, ms: an array holds 32 bits
_KEYS = const(46)  # as many as `drivers.keys` can have


class Gestures:
    """The state of all keys; what the last sample brought is in `clicked` and `held`."""

    def __init__(self) -> None:
        """Know nothing: the first sample only tells which keys are down already."""
        self.down = -1  # keys believed down, -1 before the first sample
        self.clicked = 0  # keys that came up before they were held
        self.held = 0  # keys that have now been down for a second
        self.changed = 0  # keys believed to have moved
        self.counted = 0  # keys down whose going down counted, and that are not stuck
        self.stuck = 0  # keys down for 30 s
        self._seen = 0
        self._seen_at = 0
        self._quiet = 0  # keys not listened to
        self._quiet_until = 0
        self._fresh = 0  # keys down that are neither clicked nor held yet
        self._since = array("I", bytes(4 * _KEYS))

    def update(self, now: int, raw: int) -> int:
        """Take a sample at `now` (ms) and return the keys whose press is new, as a mask.

        A key that is down at the first sample counts once it was up in between.
        """
        self.clicked = self.held = self.changed = 0
        if self.down < 0:
            self.down = self._seen = raw
            self._begin(now, raw)
            return 0
        if self._fresh:
            self.held = self._fresh & self._older(now, _LONG_MS)
            self._fresh &= ~self.held
        if self.down & ~self.stuck:
            self.stuck |= self._older(now, _STUCK_MS)
            self.counted &= ~self.stuck
        if self._quiet and now >= self._quiet_until:
            self._quiet = 0
        changed = (raw ^ self.down) & ~self._quiet
        agreed = changed & ~(raw ^ self._seen)  # key by key: one that flickers holds up no other
        if agreed and now - self._seen_at < _SAMPLE_MS:
            return 0
        self._seen = raw
        self._seen_at = now
        if not agreed:
            return 0
        self.changed = agreed
        self.down ^= agreed
        self.stuck &= self.down
        self._quiet |= agreed
        self._quiet_until = now + _QUIET_MS
        self.clicked = self._fresh & ~self.down
        pressed = agreed & self.down
        self._fresh = self._fresh & self.down | pressed
        self.counted = self.counted & self.down | pressed
        self._begin(now, pressed)
        return pressed

    def ignore(self, keys: int) -> None:
        """Have what these keys did last count for nothing, until they were up again."""
        self.clicked &= ~keys
        self._fresh &= ~keys
        self.counted &= ~keys

    def _begin(self, now: int, keys: int) -> None:
        """Keys that went down: measure from here on how long they are."""
        for key in range(_KEYS):
            if keys >> key & 1:
                self._since[key] = now & _AROUND

    def _older(self, now: int, ms: int) -> int:
        """Return the keys that have been down for so long, those known to be stuck aside."""
        found = key = 0
        down = self.down & ~self.stuck
        while down:
            if down & 1 and now - self._since[key] & _AROUND >= ms:
                found |= 1 << key
            down >>= 1
            key += 1
        return found

    def wake(self, now: int, raw: int) -> int:
        """Return when the next sample is due (ms); -1 when only a new edge can change anything."""
        if raw != self.down or self._quiet:
            return now + _SAMPLE_MS
        return now + _HELD_MS if raw & ~self.stuck else -1
