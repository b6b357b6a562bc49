"""Pages that wait for the air, packed into transmissions, within the legal duty cycle.

Owns what is to be sent and when it may be; how the bits go out is the radio driver's. Several pages
made together share one transmission.
"""

from luot.core import pocsag
from luot.core.limits import PAGES_TOGETHER, PAGES_WAITING
from micropython import const

_BATCHES_MAX = const(6)  # a page a batch, in the worst of frames
_PREAMBLE_BITS = const(576)
_BATCH_BITS = const(544)
# 10 % duty in any hour (ERC/REC 70-03 annex 1, 433.05-434.79 MHz): a bucket of 36 s that gains 9 %
# of the time lets at most 36 + 324 = 360 s out in any 3,600 s.
_BUCKET_MS = const(36_000)
_GAIN_PER_100 = const(9)
_START_MS = const(10_000)  # a start may follow another at once: it never brings a full bucket


class Paging:
    """The queue of pages of one transmitter."""

    def __init__(self, bit_rate: int) -> None:
        """Start empty; `bit_rate` in bit/s."""
        self.bit_rate = bit_rate
        self.payload = bytearray(68 * _BATCHES_MAX)
        self.length = 0  # bytes of `payload` to be sent
        self._pages: list[tuple[int, int, bytes]] = []
        self._together = 0  # how many of them are in `payload`
        self._credit_ms = _START_MS
        self._credit_at = 0

    def add(self, ric: int, text: bytes) -> bool:
        """Queue an alphanumeric page; False when the queue is full and it is not taken."""
        if len(self._pages) >= PAGES_WAITING:
            return False
        self._pages.append((ric, 3, text))
        return True

    def waiting(self) -> int:
        """Return how many pages were not sent yet."""
        return len(self._pages)

    def prepare(self, now: int) -> bool:
        """Encode the next transmission into `payload[:length]`; False when nothing may be sent.

        The pages stay queued until `sent`: what the radio fails to send is sent again.
        """
        if not self._pages:
            return False
        gained = (now - self._credit_at) * _GAIN_PER_100 // 100
        self._credit_ms = min(self._credit_ms + gained, _BUCKET_MS)
        self._credit_at = now
        self._together = min(len(self._pages), PAGES_TOGETHER)
        self.length = pocsag.encode(self._pages[: self._together], self.payload)
        if self.airtime_ms() > self._credit_ms:
            return False
        return True

    def airtime_ms(self) -> int:
        """Return how long the prepared transmission lasts, rounded up."""
        batches = (self.length + 4) // 68
        bits = _PREAMBLE_BITS + _BATCH_BITS * batches
        return (bits * 1000 + self.bit_rate - 1) // self.bit_rate

    def sent(self) -> None:
        """Take the prepared pages off the queue: they were transmitted, which is all one can know."""
        self._credit_ms -= self.airtime_ms()
        del self._pages[: self._together]
        self._together = self.length = 0
