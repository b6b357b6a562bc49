"""What a part takes from the battery: a current that holds until it changes, summed to charge.

Owns one part's charge since it was made. Must never know which part, nor what feeds it.
"""

_MICROAMP_US_PER_MAH = 3.6e12


class Meter:
    """Charge drawn by one part whose current is constant between two calls of `set`."""

    __slots__ = ("microamps", "_since_us", "_drawn")

    def __init__(self, now_us: int = 0, microamps: float = 0.0) -> None:
        self.microamps = microamps
        self._since_us = now_us
        self._drawn = 0.0

    def set(self, now_us: int, microamps: float) -> None:
        """From `now_us` on the part draws `microamps`; ValueError if time ran backwards."""
        if now_us < self._since_us:
            raise ValueError(f"meter set at {now_us} us, after {self._since_us} us")
        self._drawn += self.microamps * (now_us - self._since_us)
        self._since_us = now_us
        self.microamps = microamps

    def charge_mah(self, now_us: int) -> float:
        """Charge drawn until `now_us`, in mAh; `now_us` is not before the last `set`."""
        return (self._drawn + self.microamps * (now_us - self._since_us)) / _MICROAMP_US_PER_MAH
