"""Pages on the air: packed into transmissions, within the legal duty cycle.

Owns when something may be sent and that it is; which bits those are is `pocsag`, how they leave
the antenna is the radio driver's, which is handed in. It keeps no queue: what waited for the air
could have lost its meaning by then, so pages are made when they can go (`ringing`). That a page
was received nobody can know.
"""

from luot.core.limits import PAGES_TOGETHER
from luot.core.pages import pocsag
from luot.core.pages.duty import Duty
from luot.core.settings.settings import Settings
from micropython import const

_ALPHANUMERIC = const(3)
_BATCH_BYTES = const(68)
_START_MS = const(6)  # between two calls of the driver's start: the chip needs 5
_REFILL_MS = const(60)  # half of the FIFO lasts 213 ms at 1200 bit/s, 106 ms at 2400
_OVERDUE_MS = const(500)
_RETRY_MS = const(5_000)

_OFF = const(0)
_IDLE = const(1)
_SENDING = const(2)


class Paging:
    """The transmitter; `failed` from when the radio fails until it works again."""

    def __init__(self, radio, modulation, led, settings: Settings, duty: Duty) -> None:
        """Take the radio driver, what makes its table for POCSAG, and the meter of its airtime.

        And the pin of the LED that is lit while it sends, and settings.
        """
        self.radio = radio
        self.modulation = modulation
        self.duty = duty
        self.led = led
        self.settings = settings
        self.failed = False
        self.lost = False  # whether what was on the air failed: whoever made it looks and clears
        self._proven = True  # whether the last transmission begun was ended
        # Pages that all wait for one frame take a batch each, and the last may end in one more.
        self._payload = bytearray(_BATCH_BYTES * (PAGES_TOGETHER + 1))
        self._state = _OFF
        self._next = 0  # when to look at the radio again, ms
        self._end = 0  # of the transmission under way, ms

    def step(self, now: int) -> int:
        """Do what is due at `now`, ms; return when to be called again, -1 when free to `send`."""
        if now >= self._next and self._state != _IDLE:
            try:
                self._advance(now)
            except OSError:
                self._fail(now)
        return -1 if self._state == _IDLE else self._next

    def send(self, now: int, pages: "list[tuple[int, bytes]]") -> int:
        """Begin a transmission of (RIC, text) pages, at most PAGES_TOGETHER; return 0.

        Return instead how long to wait, ms, if the duty cycle or the radio does not allow it yet.
        """
        if self._state != _IDLE:
            return max(self._next - now, 1)
        length = pocsag.encode([(ric, _ALPHANUMERIC, text) for ric, text in pages], self._payload)
        airtime = pocsag.airtime_ms(length, self.settings.pocsag_bps)
        wait = self.duty.wait(now, airtime)
        if wait:
            return wait
        self.duty.take(airtime)
        self._state = _SENDING
        self._proven = False
        self._end = now + airtime
        self._next = now + 2
        self.led.value(1)
        try:
            self.radio.send(self._payload, length)
        except OSError:
            self._fail(now)
        return 0

    def _fail(self, now: int) -> None:
        self.failed = True
        self.lost = self._state == _SENDING
        self._state = _OFF
        self._next = now + _RETRY_MS
        self.led.value(0)

    def _advance(self, now: int) -> None:
        if self._state == _OFF:
            self._next = now + _START_MS
            if self.radio.start():
                self._tune()
        elif self.radio.poll(now > self._end + _OVERDUE_MS):
            self.led.value(0)
            self.failed = False
            self._proven = True
            self._state = _IDLE
        else:
            self._next = now + min(max(self._end - now, 2), _REFILL_MS)

    def _tune(self) -> None:
        settings = self.settings
        self.radio.configure(
            self.modulation(settings.pocsag_bps, settings.polarity == "inverted"),
            settings.frequency_hz,
            settings.trim_hz,
            settings.power_dbm,
        )
        self._state = _IDLE
        if self._proven:  # else the next transmission will tell
            self.failed = False
