"""A single LiPo cell: the voltage it shows for the charge already taken from it.

Owns one cell's discharge curve and the divider before the ADC pin. The curve is the usual
resting voltage of a 4.2 V lithium polymer cell; internal resistance is left out: at the tens of
milliamperes of these boxes it lowers the voltage by less than 20 mV.
Must never know what draws the charge.
"""

from bisect import bisect_right
from collections.abc import Callable

# Percent of the capacity taken: millivolts at rest.
_TAKEN = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
_MILLIVOLTS = (4200, 4150, 4110, 4020, 3950, 3870, 3840, 3800, 3770, 3730, 3690, 3610, 3270)


class Battery:
    """A full cell of `capacity_mah` from which `taken_mah()` has been drawn.

    It hangs on the ADC pin through a divider that leaves `divider[0] / divider[1]` of it.
    """

    def __init__(
        self,
        capacity_mah: float,
        taken_mah: Callable[[], float],
        divider: tuple[int, int] = (1, 2),
    ) -> None:
        if capacity_mah <= 0:
            raise ValueError(f"a capacity of {capacity_mah} mAh")
        self.capacity_mah = capacity_mah
        self._taken_mah = taken_mah
        self._divider = divider

    def millivolts(self) -> int:
        """Resting voltage of the cell; an empty one stays at 3270 mV, where protection cuts."""
        taken = min(100.0, max(0.0, 100 * self._taken_mah() / self.capacity_mah))
        i = min(bisect_right(_TAKEN, taken), len(_TAKEN) - 1)
        share = (taken - _TAKEN[i - 1]) / (_TAKEN[i] - _TAKEN[i - 1])
        return round(_MILLIVOLTS[i - 1] + share * (_MILLIVOLTS[i] - _MILLIVOLTS[i - 1]))

    def microvolts(self) -> int:
        """Voltage at the ADC pin, behind the divider."""
        return self.millivolts() * 1000 * self._divider[0] // self._divider[1]
