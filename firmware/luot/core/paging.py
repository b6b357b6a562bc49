"""Pages that wait for the air, packed into transmissions, within the legal duty cycle.

Owns what is sent and when; which bits those are is `pocsag`, how they leave the antenna is the
radio driver's, which is handed in. Pages made together share one transmission. A page leaves the
queue only when it was transmitted: that it was received nobody can know.
"""

from luot.core import pocsag
from luot.core.limits import PAGES_TOGETHER, PAGES_WAITING
from luot.core.settings import Settings
from micropython import const

_ALPHANUMERIC = const(3)
_BATCH_BYTES = const(68)
_START_MS = const(6)  # between two calls of the driver's start: the chip needs 5
_REFILL_MS = const(60)  # half of the FIFO lasts 213 ms at 1200 bit/s, 106 ms at 2400
_OVERDUE_MS = const(500)
_RETRY_MS = const(5_000)
# 10 % duty in any hour (ERC/REC 70-03 annex 1, 433.05-434.79 MHz): a bucket of 36 s that gains 9 %
# of the time lets at most 36 + 324 = 360 s out in any 3,600 s. A start may follow another at once,
# so it brings only a part of it.
_BUCKET_MS = const(36_000)
_GAIN_PERCENT = const(9)
_FIRST_MS = const(10_000)

_OFF = const(0)
_IDLE = const(1)
_SENDING = const(2)


class Paging:
    """The transmitter's queue; `failed` from when the radio fails until it works again."""

    def __init__(self, radio, led, settings: Settings) -> None:
        """Take the radio driver, the pin of the LED that is lit while it sends, and settings."""
        self.radio = radio
        self.led = led
        self.settings = settings
        self.failed = False
        # Pages that all wait for one frame take a batch each, and the last may end in one more.
        self._payload = bytearray(_BATCH_BYTES * (PAGES_TOGETHER + 1))
        self._pages: list[tuple[int, int, bytes]] = []
        self._together = 0  # how many of them are in `_payload`
        self._state = _OFF
        self._next = 0  # when to look at the radio again, ms
        self._airtime = self._end = 0  # of the transmission under way, ms
        self._credit = _FIRST_MS
        self._credit_at = 0

    def add(self, ric: int, text: bytes) -> None:
        """Queue an alphanumeric page. The queue holds a call and a recall of every desk."""
        if len(self._pages) >= PAGES_WAITING:
            raise ValueError("paging: more pages than desks can make")
        self._pages.append((ric, _ALPHANUMERIC, text))
        if self._state == _IDLE:
            self._next = 0

    def step(self, now: int) -> int:
        """Do what is due at `now`, ms; return when to be called again, -1 when a page is added."""
        if now >= self._next:
            try:
                self._advance(now)
            except OSError:
                self.failed = True
                self._state = _OFF
                self._next = now + _RETRY_MS
                self.led.value(0)
        if self._state == _IDLE and not self._pages:
            return -1
        return self._next

    def _advance(self, now: int) -> None:
        if self._state == _OFF:
            self._next = now + _START_MS
            if self.radio.start():
                self._tune()
        elif self._state == _IDLE:
            self._send(now)
        elif self.radio.poll(now > self._end + _OVERDUE_MS):
            self._sent(now)
        else:
            self._next = now + min(max(self._end - now, 2), _REFILL_MS)

    def _tune(self) -> None:
        settings = self.settings
        self.radio.configure_pocsag(
            settings.frequency_hz + settings.trim_hz,
            settings.pocsag_bps,
            settings.power_dbm,
            settings.polarity == "inverted",
        )
        self._state = _IDLE
        self._next = 0
        if not self._pages:  # else the next transmission will tell
            self.failed = False

    def _send(self, now: int) -> None:
        """Begin a transmission of the pages that wait, if the duty cycle allows it."""
        if not self._pages:
            return
        gained = (now - self._credit_at) * _GAIN_PERCENT // 100
        if gained:  # what is not yet a millisecond is not lost
            self._credit = min(self._credit + gained, _BUCKET_MS)
            self._credit_at = now
        self._together = min(len(self._pages), PAGES_TOGETHER)
        length = pocsag.encode(self._pages[: self._together], self._payload)
        self._airtime = pocsag.airtime_ms(length, self.settings.pocsag_bps)
        short = self._airtime - self._credit
        if short > 0:
            self._next = now + short * 100 // _GAIN_PERCENT + 1
            return
        self.radio.send(self._payload, length)
        self._credit -= self._airtime  # whatever becomes of it
        self.led.value(1)
        self._state = _SENDING
        self._end = now + self._airtime
        self._next = now + 2

    def _sent(self, now: int) -> None:
        self.led.value(0)
        self.failed = False
        del self._pages[: self._together]
        self._state = _IDLE
        self._next = now
