"""Pages on the air: packed into transmissions, within the legal duty cycle.

Owns when something may be sent, that it is, and for how long the carrier was on; which bits those
are is `pocsag`, how they leave the antenna is the radio driver's, which is handed in. It keeps no
queue: what waited for the air could have lost its meaning by then, so pages are made when they can
go (`ringing`). That a page was received nobody can know.
"""

from luot.core.limits import PAGES_TOGETHER
from luot.core.pages import pocsag
from luot.core.pages.duty import Duty
from luot.core.settings.settings import Settings
from micropython import const

_ALPHANUMERIC = const(3)
_BATCH_BYTES = const(68)
_START_MS = const(6)  # between two calls of the driver's start: the chip needs 5
_POLL_MS = const(20)
_HOLDS_MS = const(100)  # a FIFO that was just filled lasts 160 ms at 2400 bit/s, the fastest
_UNHEARD_BITS = const(640)  # preamble, sync word and a first address: nobody rings for less
_RETRY_MS = const(5_000)

_OFF = const(0)
_IDLE = const(1)
_SENDING = const(2)


class Paging:
    """The transmitter; `failed` from when the radio fails until it works again, and why.

    `reason` is the driver's: 1 nothing answers, 2 another chip, 3 its settings were lost, 4 a
    transmission was not finished.
    """

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
        self.reason = 0
        self.lost = False  # whether what was to be sent failed: whoever made it looks and clears
        self.heard = False  # whether what was sent last may have been, as far as it got
        self._on_at = -1  # since when the carrier is on, ms, -1 while it is off
        self._proven = True  # whether the last transmission begun was ended
        # Pages that all wait for one frame take a batch each, and the last may end in one more.
        self._payload = bytearray(_BATCH_BYTES * (PAGES_TOGETHER + 1))
        self._state = _OFF
        self._next = 0  # when to look at the radio again, ms
        self._deadline = 0  # and when at the latest, ms: the FIFO, or the end
        self._airtime = self._end = 0  # of the transmission under way, ms

    def step(self, now: int) -> int:
        """Do what is due at `now`, ms; return when to be called again, -1 when free to `send`."""
        if now >= self._next and self._state != _IDLE:
            try:
                self._advance(now)
            except OSError as error:
                self._fail(now, error)
        return -1 if self._state == _IDLE else self._next

    def free_ms(self, now: int) -> int:
        """Return how long the radio can do without being looked at, ms."""
        return self._deadline - now if self._state == _SENDING else _RETRY_MS

    def send(self, now: int, pages: "list[tuple[int, bytes]]") -> int:
        """Begin a transmission of (RIC, text) pages, at most PAGES_TOGETHER; return 0.

        Return instead how long to wait, ms, if the duty cycle or the radio does not allow it yet.
        """
        if self._state != _IDLE:
            return max(self._next - now, 1)
        length = pocsag.encode([(ric, _ALPHANUMERIC, text) for ric, text in pages], self._payload)
        self._airtime = pocsag.airtime_ms(length, self.settings.pocsag_bps)
        wait = self.duty.wait(now, self._airtime)
        if wait:
            return wait
        self._state = _SENDING
        self._proven = self.heard = False
        self._on_at = -1
        self._end = now + self._airtime
        self._next = self._deadline = now + 2
        self.led.value(1)
        try:
            self.radio.send(self._payload, length)
        except OSError as error:
            self._fail(now, error)
        return 0

    def _off(self, now: int) -> None:
        """The carrier is off, if it was on."""
        self.led.value(0)
        if self._on_at >= 0:
            on_ms = now - self._on_at + 1  # a millisecond begun is one
            self.duty.take(on_ms)
            self.heard = on_ms * self.settings.pocsag_bps >= _UNHEARD_BITS * 1000
            self._on_at = -1

    def _fail(self, now: int, error: OSError) -> None:
        self._off(now)
        self.failed = True
        self.reason = getattr(error, "reason", 1)
        self.lost = self._state == _SENDING
        self._state = _OFF
        self._next = now + _RETRY_MS

    def _advance(self, now: int) -> None:
        if self._state == _OFF:
            self._next = now + _START_MS
            if self.radio.start():
                self._tune()
        elif self.radio.poll(self._end - now):
            self._off(now)
            self.failed = False
            self._proven = True
            self._state = _IDLE
        else:
            if self._on_at < 0 and self.radio.on_air():
                self._on_at = now
                self._end = now + self._airtime
            left_ms = max(self._end - now, 2)
            self._next = now + min(left_ms, _POLL_MS)
            self._deadline = now + min(left_ms, _HOLDS_MS if self._on_at >= 0 else 2)

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
