"""LiPo cell behind a voltage divider on an ADC pin: millivolts and percent.

Owns the divider and the discharge curve. Never knows what is refused when the cell runs low.
"""

from micropython import const

_READINGS = const(8)  # averaged: a single one of the ESP32's ADC scatters by 10 mV and more

# Millivolts at 0, 10 .. 100 % of a LiPo cell under a light load; 0 % is where the board's 3.3 V
# regulator begins to let go.
_CURVE = (3300, 3690, 3730, 3770, 3800, 3840, 3870, 3950, 4020, 4110, 4200)


class Battery:
    """One cell; the ADC sees its voltage times `divider_den` / `divider_num`."""

    def __init__(self, adc, divider_num: int, divider_den: int) -> None:
        """Take an ADC with `read_uv` and the ratio cell voltage / pin voltage as a fraction."""
        self._adc = adc
        self._num = divider_num
        self._den = divider_den * _READINGS * 1000

    def millivolts(self) -> int:
        """Measure the cell; about 0.4 ms."""
        total = 0
        for _ in range(_READINGS):
            total += self._adc.read_uv()
        return total * self._num // self._den

    def percent(self) -> int:
        """Measure and return what is left, 0..100, a coarse guess as for every LiPo."""
        millivolts = self.millivolts()
        if millivolts <= _CURVE[0]:
            return 0
        for i in range(1, len(_CURVE)):
            if millivolts < _CURVE[i]:
                low = _CURVE[i - 1]
                return 10 * (i - 1) + 10 * (millivolts - low) // (_CURVE[i] - low)
        return 100
