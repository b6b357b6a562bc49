"""LiPo cell behind a voltage divider on an ADC pin: millivolts and percent.

Owns the divider and the discharge curve, and which readings are believed. Never knows what is
refused when the cell runs low.
"""

from micropython import const

_READINGS = const(8)  # averaged: a single one of the ESP32's ADC scatters by 10 mV and more

UNKNOWN = const(-1)
# A pin that shows less, or more, shows no cell: a protected one is cut off above that, the board's
# regulator lets go at 3.3 V, and no charger goes beyond 4.25 V.
_LEAST_MV = const(2500)
_MOST_MV = const(4500)

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
        self._before = self._last = 0  # mV, of the two looks before; 0 none yet

    def millivolts(self) -> int:
        """Measure the cell; about 0.4 ms. UNKNOWN if nothing there can be one."""
        total = 0
        try:
            for _ in range(_READINGS):
                total += self._adc.read_uv()
        except OSError:
            return UNKNOWN
        millivolts = total * self._num // self._den
        return millivolts if _LEAST_MV <= millivolts <= _MOST_MV else UNKNOWN

    def percent(self) -> int:
        """Measure and return what is left, 0..100, a coarse guess as for every LiPo, or UNKNOWN.

        Of the last three looks the one in the middle: a single odd one changes nothing.
        """
        if not self._last:
            self._before, self._last = self.millivolts(), self.millivolts()
        before, last, now = self._before, self._last, self.millivolts()
        self._before, self._last = last, now
        millivolts = max(min(before, last), min(max(before, last), now))
        if millivolts == UNKNOWN:
            return UNKNOWN
        if millivolts <= _CURVE[0]:
            return 0
        for i in range(1, len(_CURVE)):
            if millivolts < _CURVE[i]:
                low = _CURVE[i - 1]
                return 10 * (i - 1) + 10 * (millivolts - low) // (_CURVE[i] - low)
        return 100
