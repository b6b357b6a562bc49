"""The SX1276/78's FIFO and packet handler: bytes in, bits on the air at their exact instants.

Owns the 64-byte FIFO, the packet being radiated and what is handed over when it ends. Must never
know SPI, or how the transmitter came to be on. DS as in `sx127x_registers.py`.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from sim.chips.sx127x_registers import Registers

_FIFO_SIZE = 64
_IDLE_CARRIER_US = 500_000  # ours: the box's program never stands still longer (a flash erase)
_AS_BITS = bytes.maketrans(b"01", b"\0\1")


class Transmission(NamedTuple):
    """One packet as it was radiated: whole bits from `start_us` on, each 1/bit_rate s long.

    `bits` holds a 0 or 1 per byte; 1 is +deviation ("fsk") or carrier on ("ook"). `complete`: not
    cut short, and no byte made up because the FIFO was empty. The carrier may last longer.
    """

    start_us: int
    end_us: int
    modulation: str
    frequency_hz: float
    deviation_hz: float
    bit_rate: float
    bits: bytes
    power_dbm: float
    complete: bool
    shaping: int = 0  # RegPaRamp bits 6-5: 0 none, 1 to 3 a filter that rounds the bits


class _Packet:
    """The packet on the air."""

    def __init__(self, start_us: int, bit_us: Fraction, head: bytes, length: int) -> None:
        self.start_us = start_us
        self.bit_us = bit_us
        self.taken = bytearray(head)  # preamble and sync; then each payload byte in its turn
        self.bits = 8 * (len(head) + length)
        self.end_us = ceil(start_us + self.bits * bit_us)
        self.starved = False

    def bits_done(self, now_us: int) -> int:
        """Whole bits radiated by `now_us`."""
        return min(self.bits, int((now_us - self.start_us) / self.bit_us))

    def bytes_begun(self, now_us: int) -> int:
        """Bytes that had gone to the shift register by `now_us`."""
        return min(self.bits, self.bits_done(now_us) + 8) // 8


class PacketHandler:
    """FIFO and packet handler of one chip, from one reset to the next."""

    def __init__(
        self,
        registers: Registers,
        misuse: Callable[[str], None],
        on_air: Callable[[Transmission], None],
        on_carrier: Callable[[int, int], None],
    ) -> None:
        self._registers = registers
        self._misuse = misuse
        self._on_air = on_air
        self._on_carrier = on_carrier
        self._fifo = bytearray()
        self._overrun = False
        self._frequency_hz: float | None = None  # of the carrier; None while there is none
        self._carrier_us = 0  # since when there is one
        self._idle_us: int | None = None  # since when there is a carrier and no packet
        self._packet: _Packet | None = None
        self.sent = False  # PacketSent

    @property
    def flags(self) -> int:
        """RegIrqFlags2."""
        used = len(self._fifo)
        full, level = used == _FIFO_SIZE, used >= self._registers.fifo_level
        return full << 7 | (not used) << 6 | level << 5 | self._overrun << 4 | self.sent << 3

    def put(self, value: int, now_us: int) -> None:
        """A byte comes for the FIFO."""
        if len(self._fifo) == _FIFO_SIZE:
            self._misuse("FIFO overrun, byte lost")
            self._overrun = True
        else:
            self._fifo.append(value)
            self._begin(now_us)

    def get(self) -> int:
        """A byte is read from the FIFO, 0 if there is none."""
        if self._fifo:
            return self._fifo.pop(0)
        self._misuse("read from an empty FIFO")
        return 0

    def clear_overrun(self) -> None:
        """FifoOverrun is cleared, and the FIFO with it."""
        self._overrun = False
        self._fifo.clear()

    def carrier_on(self, at_us: int, frequency_hz: float) -> None:
        """The transmitter is ready; a packet begins now or when TxStartCondition is met."""
        self._frequency_hz = frequency_hz
        self._carrier_us = self._idle_us = at_us
        self._begin(at_us)

    def carrier_off(self, at_us: int) -> None:
        """The chip leaves Tx: this empties the FIFO, and should not be amid a packet."""
        if self._packet is not None:
            self._misuse("mode changed in the middle of a packet")
        self.cut(at_us)
        self._fifo.clear()
        self.sent = False

    def cut(self, at_us: int) -> None:
        """The carrier ends at `at_us`, whatever was being sent."""
        if self._packet is not None:
            self._hand_over(self._packet, at_us)
        if self._frequency_hz is not None:
            self._on_carrier(self._carrier_us, at_us)
        self._frequency_hz = self._idle_us = None

    def run(self, now_us: int) -> None:
        """Radiate until `now_us`."""
        while self._packet is not None:
            self._feed(self._packet, now_us)
            end_us = self._packet.end_us
            if end_us > now_us:
                return
            self._hand_over(self._packet, end_us)
            self.sent = True
            self._idle_us = end_us
            self._begin(end_us)
        if self._idle_us is not None and now_us - self._idle_us > _IDLE_CARRIER_US:
            self._misuse("carrier left standing without a packet")
            self._idle_us = None

    def _begin(self, at_us: int) -> None:
        """Begin a packet if there is a carrier and TxStartCondition is met (DS 4.2.13.3)."""
        settings = self._registers
        enough = 1 if settings[0x35] & 0x80 else settings.fifo_level
        frequency_hz = self._frequency_hz
        if self._packet is not None or frequency_hz is None or len(self._fifo) < enough:
            return
        length = settings.payload_length
        if not length:
            self._misuse("a packet that is not fixed length and plain, which this twin has not")
            return
        for sentence in settings.complaints(frequency_hz):
            self._misuse(sentence)
        self._packet = _Packet(at_us, settings.bit_us, settings.head, length)
        self._idle_us = None
        self._feed(self._packet, at_us)

    def _feed(self, packet: _Packet, now_us: int) -> None:
        """Take the bytes whose turn has come by `now_us` out of the FIFO."""
        while len(packet.taken) < packet.bytes_begun(now_us):
            if self._fifo:
                packet.taken.append(self._fifo.pop(0))
                continue
            if not packet.starved:
                self._misuse("FIFO underrun, zeros sent")
            packet.starved = True
            packet.taken.append(0)

    def _hand_over(self, packet: _Packet, end_us: int) -> None:
        """The packet ends at `end_us`, if not before its last bit then after it."""
        self._packet = None
        settings = self._registers
        done = packet.bits_done(end_us)
        digits = f"{int.from_bytes(packet.taken, 'big'):0{8 * len(packet.taken)}b}"
        self._on_air(
            Transmission(
                start_us=packet.start_us,
                end_us=end_us,
                modulation=settings.modulation,
                frequency_hz=self._frequency_hz or 0.0,
                deviation_hz=settings.deviation_hz,
                bit_rate=float(1_000_000 / packet.bit_us),
                bits=digits[:done].encode().translate(_AS_BITS),
                power_dbm=settings.power_dbm,
                complete=done == packet.bits and not packet.starved,
                shaping=settings.shaping,
            )
        )
