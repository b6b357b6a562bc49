"""Parts that fail from outside: silent, hanging, answering rubbish, and well again.

Owns what each way of failing looks like on the bus, by part; a plug, a cable, a loose contact.
Must never know why it fails, nor what the part is for.
"""

from collections.abc import Callable
from random import Random

from sim.chips.buses import I2cChip, SpiChip
from sim.chips.clock import Clock

SILENT = "silent"  # does not acknowledge its address; on SPI the line floats high
HANGS = "hangs"  # holds the bus until the controller gives up
DEAF = "deaf"  # acknowledges everything and takes nothing in
ZEROS = "zeros"  # reads as 00h, takes nothing in
NOISE = "noise"  # reads as anything, takes nothing in

_ENODEV, _ETIMEDOUT = 19, 116  # as MicroPython's esp32 port raises them
_TIMEOUT_US = 50_000  # of a transfer, unless the controller was told another one


class Troubles:
    """What is wrong with a box's parts just now, by name; "" or nothing there: all is well."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        """Everything works; what is drawn within a fault is drawn from `rng`."""
        self.clock = clock
        self.rng = rng
        self.of: dict[str, str] = {}  # a part's name: how it fails
        self.timeout_us = _TIMEOUT_US

    def noise(self, n: int) -> bytes:
        """Return `n` bytes of anything."""
        return self.rng.randbytes(n)


class FaultyI2c:
    """A chip on I2C that can fail; in front of the sound one."""

    def __init__(self, chip: I2cChip, name: str, troubles: Troubles) -> None:
        """Stand before `chip`, which is called `name` in `troubles`."""
        self.chip = chip
        self._name = name
        self._troubles = troubles

    def write(self, data: bytes) -> None:
        """Take one write transfer, or fail."""
        if not self._fails():
            self.chip.write(data)

    def read(self, n: int) -> bytes:
        """Give `n` bytes, or fail."""
        how = self._fails()
        if not how:
            return self.chip.read(n)
        return (
            self._troubles.noise(n)
            if how == NOISE
            else bytes(n if how == ZEROS else 0) or (b"\xff" * n)
        )

    def _fails(self) -> str:
        how = self._troubles.of.get(self._name, "")
        if how == SILENT:
            raise OSError(_ENODEV, "ENODEV")
        if how == HANGS:
            self._troubles.clock.spend(self._troubles.timeout_us)
            raise OSError(_ETIMEDOUT, "ETIMEDOUT")
        return how


class FaultySpi:
    """A chip on SPI that can fail; in front of the sound one."""

    def __init__(self, chip: SpiChip, name: str, troubles: Troubles) -> None:
        """Stand before `chip`, which is called `name` in `troubles`."""
        self.chip = chip
        self._name = name
        self._troubles = troubles

    def select(self, selected: bool) -> None:
        """Chip select has changed."""
        self.chip.select(selected)

    def transfer(self, out: bytes) -> bytes:
        """Exchange bytes, or fail: what was sent is lost."""
        how = self._troubles.of.get(self._name, "")
        if not how:
            return self.chip.transfer(out)
        if how == NOISE:
            return self._troubles.noise(len(out))
        return bytes(len(out)) if how == ZEROS else b"\xff" * len(out)


def cell(sound: Callable[[], int], troubles: Troubles) -> Callable[[], int]:
    """Return the voltage at an ADC pin, microvolts, of a gauge that can fail."""

    def microvolts() -> int:
        how = troubles.of.get("battery", "")
        if not how:
            return sound()
        return troubles.rng.randrange(2_400_000) if how == NOISE else 0

    return microvolts
