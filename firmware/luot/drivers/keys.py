"""Keys on GPIO pins and on PCF8574 expanders, read as one bit mask: 1 means down.

Owns which pin or expander port is which bit, and which expanders answer. Never knows what a key
does, nor bounce: it reports levels. Every key connects its input to ground.

An expander that does not answer leaves its keys as they were last seen, and down if they never
were: so neither a bad contact nor a late start can look like a press. The others work on.
"""

from micropython import const

_ALL_HIGH = b"\xff"  # PCF8574 section 8.1: a port is an input while it is written 1
_BITS_MAX = const(46)  # above bit 29 a mask is a big integer, which allocates: rare keys come last


class Keys:
    """Keys in the order of bits: `pins`, lowest bit first, then 8 ports an expander, P0 first.

    `missing` is a bit mask of the expanders (bit 0 the first) that did not answer the last time.
    """

    def __init__(self, pins, i2c, expanders: tuple[int, ...]) -> None:
        """Take input pins with pull-up, the bus, and the expanders' addresses; reads nothing.

        ValueError: more than 46 keys.
        """
        if len(pins) + 8 * len(expanders) > _BITS_MAX:
            raise ValueError("keys: more than 46")
        self._pins = pins
        self._i2c = i2c
        self._expanders = expanders
        self._levels = bytearray(len(expanders))
        self._port = bytearray(1)
        self.missing = (1 << len(expanders)) - 1

    def read(self) -> int:
        """Return the keys that are down; `missing` is up to date then."""
        down = 0
        bit = 0
        for pin in self._pins:
            if not pin.value():
                down |= 1 << bit
            bit += 1
        for i in range(len(self._expanders)):
            self._read_expander(i)
            down |= (self._levels[i] ^ 0xFF) << bit
            bit += 8
        return down

    def _read_expander(self, i: int) -> None:
        address = self._expanders[i]
        try:
            if self.missing >> i & 1:
                self._i2c.writeto(address, _ALL_HIGH)
                self.missing ^= 1 << i
            self._i2c.readfrom_into(address, self._port)
            self._levels[i] = self._port[0]
        except OSError:
            self.missing |= 1 << i
