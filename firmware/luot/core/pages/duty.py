"""The duty cycle of one transmitter: how much may be on the air, whoever sends.

Owns the legal bound: 10 % of any hour (ERC/REC 70-03 annex 1, 433.05-434.79 MHz). What counts is
how long the carrier was on, not how long it should have been. Every sender of a box shares one
meter. Never knows what is sent.
"""

from luot.core.limits import ERASE_MS
from micropython import const

# A bucket of 36 s that gains 9 % of the time lets at most 36 + 324 = 360 s out in any 3,600 s. A
# start may follow another at once, so it brings only a part of it.
_BUCKET_MS = const(36_000)
_GAIN_PERCENT = const(9)
_FIRST_MS = const(10_000)


class Duty:
    """A bucket of airtime, ms; it has 10 s in it at first."""

    def __init__(self) -> None:
        self._credit = _FIRST_MS
        self._credit_at = 0

    def wait(self, now: int, airtime_ms: int) -> int:
        """Return how long to wait at `now`, ms, until so much may be on the air; 0: not at all."""
        gained = (now - self._credit_at) * _GAIN_PERCENT // 100
        if gained:  # what is not yet a millisecond is not lost
            self._credit = min(self._credit + gained, _BUCKET_MS)
            self._credit_at = now
        # A press that forces an erase keeps the carrier on for so much longer.
        short = airtime_ms + ERASE_MS - self._credit
        return short * 100 // _GAIN_PERCENT + 1 if short > 0 else 0

    def take(self, on_ms: int) -> None:
        """Enter how long the carrier was on."""
        self._credit -= on_ms
