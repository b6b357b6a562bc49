"""Keys on GPIO pins and on PCF8574 expanders, read as one bit mask: 1 means down.

Owns which pin or expander port is which bit, and which expanders answer. Never knows what a key
does, nor bounce: it reports levels. Every key connects its input to ground.

An expander that does not answer leaves its keys as they were last seen, and down if they never
were: so neither a bad contact nor a late start can look like a press. One that answers that all
eight are down does not answer: a line that is held low says the same. The others work on.
"""

from array import array

from micropython import const

_ALL_HIGH = b"\xff"  # PCF8574 section 8.1: a port is an input while it is written 1
_BITS_MAX = const(46)  # above bit 29 a mask is a big integer, which allocates: rare keys come last
# A transfer that fails may take its whole time-out: whoever failed is asked again after so long,
# then after twice as long each time.
_AGAIN_MS = const(20)
_AGAIN_MAX_MS = const(2_560)


class Keys:
    """Keys in the order of bits: `pins`, lowest bit first, then 8 ports an expander, P0 first.

    `missing` is a bit mask of the expanders (bit 0 the first of `expanders`) that did not answer
    the last time; `failed` says whether a transfer of the last `read` failed.
    """

    def __init__(self, pins, i2c, expanders: tuple[int, ...]) -> None:
        """Take input pins with pull-up, the bus, and the expanders' addresses; reads nothing.

        ValueError: more than 46 keys.
        """
        if len(pins) + 8 * len(expanders) > _BITS_MAX:
            raise ValueError("keys: more than 46")
        self._pins = pins
        self._i2c = i2c
        self.expanders = expanders
        self._levels = bytearray(len(expanders))
        self._port = bytearray(1)
        self.missing = (1 << len(expanders)) - 1
        self.failed = False
        self._first = 0  # which one is asked first: none keeps the others waiting
        self._again_at = [0] * len(expanders)  # when one that is missing is asked again, ms
        self._pauses = array("H", (_AGAIN_MS for _ in expanders))

    def read(self, now: int) -> int:
        """Return the keys that are down at `now`, ms; `missing` is up to date then.

        After a transfer that failed no other is begun, and none in the next call: each may take
        its whole time-out, and the radio wants its turn.
        """
        down = 0
        bit = 0
        rests, self.failed = self.failed, False
        for pin in self._pins:
            if not pin.value():
                down |= 1 << bit
            bit += 1
        count = len(self.expanders)
        for nth in range(count):
            i = (self._first + nth) % count
            if not (rests or self.failed) and (
                not self.missing >> i & 1 or now >= self._again_at[i]
            ):
                self._read_expander(now, i)
        for i in range(count):
            down |= (self._levels[i] ^ 0xFF) << bit
            bit += 8
        return down

    def wake(self, now: int) -> int:
        """Return when a missing expander is to be asked again, ms; -1 when none is missing."""
        wake = -1
        for i in range(len(self.expanders)):
            if self.missing >> i & 1:
                due = max(self._again_at[i], now + 1)
                wake = due if wake < 0 else min(wake, due)
        return wake

    def _read_expander(self, now: int, i: int) -> None:
        address = self.expanders[i]
        try:
            if self.missing >> i & 1:
                self._i2c.writeto(address, _ALL_HIGH)
            self._i2c.readfrom_into(address, self._port)
            if not self._port[0]:
                raise OSError("keys: all eight are down")
            self._levels[i] = self._port[0]
            self.missing &= ~(1 << i)
            self._pauses[i] = _AGAIN_MS
        except OSError:
            self.failed = True
            self._first = i + 1
            self.missing |= 1 << i
            self._again_at[i] = now + self._pauses[i]
            self._pauses[i] = min(2 * self._pauses[i], _AGAIN_MAX_MS)
