"""The I2C bus between the box and its chips: `machine.I2C` that clocks a stuck SDA free.

Owns the two pins, the speed and the longest a transfer may take. Never knows what a chip does with
the bytes; whoever is not answered asks again in its own time.

A chip that was cut off in the middle of a byte it was sending goes on holding SDA until it has
seen the rest of the clocks: at most nine (NXP UM10204, section 3.1.16). A restart of the box in a
transfer is enough for that, as no chip is told of it.
"""

from micropython import const

_HZ = const(400_000)  # expanders: PCA8574; the PCF8574 proper is specified for 100 kHz only
# MicroPython 1.29 waits for a transfer in whole ticks of 10 ms, and the first may end at once: two
# ticks are the least that always has room for the longest transfer, 3.1 ms for a display's page.
TIMEOUT_US = const(20_000)
_CLOCKS = const(9)


class I2cBus:
    """One bus; the methods are those of `machine.I2C`, and so is the OSError they raise.

    A transfer that fails has taken up to TIMEOUT_US; which errno it has says nothing, as the port
    reports a time-out as a missing chip, too.
    """

    def __init__(self, machine, scl: int, sda: int) -> None:
        """Take MicroPython's `machine` and the pins' numbers; SDA is freed if it has to be."""
        self._machine = machine
        self._scl = scl
        self._sda = sda
        self._open()
        self._look()

    def writeto(self, address: int, data: bytes) -> None:
        """Write bytes in one transfer."""
        try:
            self._i2c.writeto(address, data)
        except OSError:
            self._look()
            raise

    def writevto(self, address: int, parts: "list[bytes | bytearray | memoryview]") -> None:
        """Write several pieces in one transfer."""
        try:
            self._i2c.writevto(address, parts)
        except OSError:
            self._look()
            raise

    def readfrom_into(self, address: int, into: bytearray) -> None:
        """Fill a buffer in one transfer."""
        try:
            self._i2c.readfrom_into(address, into)
        except OSError:
            self._look()
            raise

    def _open(self) -> None:
        """Give the pins to the bus."""
        machine = self._machine
        scl, sda = machine.Pin(self._scl), machine.Pin(self._sda)
        self._i2c = machine.I2C(0, scl=scl, sda=sda, freq=_HZ, timeout=TIMEOUT_US)
        self._line = sda

    def _look(self) -> None:
        """Free SDA if a chip holds it: clock until it lets go, then a stop, for all to hear.

        A call of a pin takes more than a microsecond: no clock is too short for 400 kHz.
        """
        if self._line.value():
            return
        pin = self._machine.Pin
        scl = pin(self._scl, pin.OPEN_DRAIN, pin.PULL_UP, value=1)
        sda = pin(self._sda, pin.OPEN_DRAIN, pin.PULL_UP, value=1)
        for _ in range(_CLOCKS):
            scl.value(0)
            scl.value(1)
            if sda.value():
                break
        scl.value(0)
        sda.value(0)
        scl.value(1)
        sda.value(1)
        self._open()
