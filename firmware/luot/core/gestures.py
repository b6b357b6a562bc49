"""Raw key samples into presses: bounce, noise and keys held at start count for nothing.

Works on bit masks (bit = 1: down), all keys at once. Knows no wiring and no meaning of a key.
"""

from micropython import const

# Two samples this far apart must agree: contacts bounce for at most 5 ms, and time is cut to whole
# milliseconds.
_SAMPLE_MS = const(6)
_HELD_MS = const(50)  # how often a key that is down is looked at: its release may wake nobody
_QUIET_MS = const(30)  # after a change was believed, the key is not listened to for so long


class Gestures:
    """The state of up to 30 keys."""

    def __init__(self) -> None:
        """Know nothing: the first sample only tells which keys are down already."""
        self.down = -1  # keys believed down, -1 before the first sample
        self._seen = 0
        self._seen_at = 0
        self._quiet = 0  # keys not listened to
        self._quiet_until = 0

    def update(self, now: int, raw: int) -> int:
        """Take a sample at `now` (ms) and return the keys whose press is new, as a mask.

        A key that is down at the first sample counts once it was up in between.
        """
        if self.down < 0:
            self.down = self._seen = raw
            return 0
        if self._quiet and now >= self._quiet_until:
            self._quiet = 0
        changed = (raw ^ self.down) & ~self._quiet
        agreed = changed & ~(raw ^ self._seen)  # key by key: one that flickers holds up no other
        if agreed and now - self._seen_at < _SAMPLE_MS:
            return 0
        self._seen = raw
        self._seen_at = now
        if agreed:
            self.down ^= agreed
            self._quiet |= agreed
            self._quiet_until = now + _QUIET_MS
        return agreed & self.down

    def wake(self, now: int, raw: int) -> int:
        """Return when the next sample is due (ms); -1 when only a new edge can change anything."""
        if raw != self.down or self._quiet:
            return now + _SAMPLE_MS
        return now + _HELD_MS if raw else -1
