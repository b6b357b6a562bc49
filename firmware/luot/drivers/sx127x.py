"""SX1276/77/78 radio: sends a packet of any modulation through the FSK packet engine.

Owns the chip's modes, its FIFO and the band it may use. What a kind of signal is made of is a
table of registers, handed in: a file `sx127x_*` for each. Never knows a page, a queue or the
time: where it would have to wait it says "not yet" and is called again. Register names and
sections are those of Semtech's SX1276/77/78/79 datasheet, rev. 4 (March 2015), FSK/OOK mode.

One transmission, from cold:
    while not radio.start(): ...            # at least 5 ms between calls
    radio.configure(sx127x_pocsag.table(1200, False), 433_920_000, 0, 10)
    radio.send(payload, n)
    while not radio.poll(left_ms): ...      # after 1 ms, then every 20 ms
Between transmissions the chip sleeps and no method but these touches the bus. Polling is enough:
DIO0 to DIO5 stay unconnected.

That all is sent counts only once the airtime is over, with flags that can stand together, in the
mode and with every register as written: neither a floating bus nor a dip passes for a page.
"""

from micropython import const

# fmt: off
_REG_FIFO            = const(0x00)
_REG_OP_MODE         = const(0x01)
_REG_FRF_MSB         = const(0x06)
_REG_FRF_MID         = const(0x07)
_REG_FRF_LSB         = const(0x08)
_REG_PA_CONFIG       = const(0x09)
_REG_OCP             = const(0x0B)
_REG_PACKET_CONFIG2  = const(0x31)
_REG_PAYLOAD_LENGTH  = const(0x32)
_REG_FIFO_THRESH     = const(0x35)
_REG_IRQ_FLAGS1      = const(0x3E)
_REG_IRQ_FLAGS2      = const(0x3F)
_REG_VERSION         = const(0x42)
_REG_LAST            = const(0x5D)  # the last that a modulation may set

_WRITE               = const(0x80)  # SPI address bit 7, section 4.3
# One die: 12h in the datasheet; 13h read from S76G modules (arduino-lmic #905, #1017); 11h in the
# sheets of RFM9x (RadioLib #146). 22h is an SX1272, which has no 433 MHz.
_VERSIONS            = b"\x11\x12\x13"

_OP_MODE_SLEEP       = const(0x08)  # FSK; bit 3 LowFrequencyModeOn, for below 525 MHz
_OP_MODE_STDBY       = const(0x09)
_OP_MODE_TX          = const(0x0B)

_PA_CONFIG_BOOST     = const(0x80)  # PA_BOOST pin: Pout = 2 dBm + OutputPower
_OCP_100_MA          = const(0x2B)  # on: three times what 13 dBm takes
_PACKET_CONFIG2      = const(0x40)  # packet mode; bits 2..0 are PayloadLength(10:8)
_FIFO_THRESH         = const(0xAF)  # start when the FIFO is not empty; FifoLevel from 48 bytes on

_IRQ1_MODE_READY     = const(0x80)
_IRQ2_FIFO_EMPTY     = const(0x40)
_IRQ2_FIFO_LEVEL     = const(0x20)
_IRQ2_PACKET_SENT    = const(0x08)

# Some bytes, 48 of them, full; none any more; sent. FFh is full, empty and overrun at once.
_IRQ2_POSSIBLE       = b"\x00\x20\xa0\x40\x48"

_FIFO_BYTES          = const(64)
_REFILL_BYTES        = const(16)    # always fits while FifoLevel is 0
_PAYLOAD_MAX         = const(2047)
_LENGTH              = const(4)     # bytes at the end of what the chip is told: of the length

_BAND_LOW_HZ         = const(433_050_000)  # the ISM band; carriers outside are refused
_BAND_HIGH_HZ        = const(434_790_000)
_POWER_LOW_DBM       = const(2)
_POWER_HIGH_DBM      = const(13)

# What a modulation may set: bit rate, deviation, shaping, preamble, sync word, coding.
_MODULATION = b"\x02\x03\x04\x05\x0a\x25\x26\x27\x28\x29\x2a\x2b\x2c\x2d\x2e\x2f\x30\x5d"
# fmt: on

_EARLY_MS = const(2)  # how much sooner than the airtime PacketSent may come: clocks are rounded
_OVERDUE_MS = const(50)  # how much later it comes at most: the chip takes 2 ms to begin

# Why it failed.
ABSENT = const(1)  # nothing answers, or a bus that floats
VERSION = const(2)  # another chip answers
RESET = const(3)  # it has lost what it was told
UNFINISHED = const(4)  # the transmission broke off, or never ended

_OFF = const(0)
_RESET = const(1)  # NRESET is low
_BOOTING = const(2)  # NRESET is high again
_STARTED = const(3)
_READY = const(4)  # configured, asleep
_WAKING = const(5)  # the oscillator starts, 250 us; the FIFO is not to be touched before it runs
_SENDING = const(6)


class RadioError(OSError):
    """The radio failed, and is off; `reason` is ABSENT, VERSION, RESET or UNFINISHED."""

    def __init__(self, reason: int, text: str) -> None:
        """Say so."""
        super().__init__("sx127x: " + text)
        self.reason = reason


class SX127x:
    """One SX1276, SX1277 or SX1278 on `spi` (mode 0, at most 2 MHz), `cs` and `reset` pins."""

    def __init__(self, spi, cs, reset) -> None:
        """Take the bus and two output pins, both high; the chip is not touched."""
        self._spi, self._cs, self._reset = spi, cs, reset
        self._state = _OFF
        self._access = bytearray(2)
        self._told = bytearray()  # what the chip was told: register, value, register ...
        self._found = bytearray(1 + _REG_LAST)  # what its registers hold: RegOpMode first
        self._burst = bytearray(1 + _FIFO_BYTES)
        self._burst[0] = _WRITE | _REG_FIFO
        self._view = memoryview(self._burst)
        self._payload = self._burst
        self._at = self._end = self._polarity = 0

    def start(self) -> bool:
        """Reset the chip, step by step; True when it is up and asleep, not yet configured.

        Call it again 5 ms or more later while it returns False (manual reset, section 7.2.2).
        From any other state it starts over. RadioError: no SX1276/77/78 answers.
        """
        if self._state == _RESET:
            self._reset.value(1)
            self._state = _BOOTING
            return False
        if self._state == _BOOTING:
            self._check_version(self._read(_REG_VERSION))
            self._write(_REG_OP_MODE, _OP_MODE_SLEEP)
            self._state = _STARTED
            return True
        self._reset.value(0)
        self._state = _RESET
        return False

    def configure(
        self, modulation: "tuple[bytes, int]", frequency_hz: int, trim_hz: int, power_dbm: int
    ) -> None:
        """Set up a modulation on a carrier; may be called again between transmissions.

        `modulation`: registers as address, value, address ..., and what each byte of a payload
        is XORed with. `trim_hz` is added to the carrier for this chip's crystal. ValueError: a
        carrier outside 433,050,000..434,790,000 Hz, a power outside 2..13 dBm, a register that is
        no modulation's, the chip not started or sending. RadioError: it did not take them.
        """
        (registers, self._polarity), hz = modulation, frequency_hz + trim_hz
        lawful = _POWER_LOW_DBM <= power_dbm <= _POWER_HIGH_DBM
        if not (lawful and _BAND_LOW_HZ <= hz <= _BAND_HIGH_HZ):
            raise ValueError("sx127x: band or power")
        for i in range(0, len(registers), 2):
            if registers[i] not in _MODULATION:
                raise ValueError("sx127x: no modulation's register")
        if self._state not in (_STARTED, _READY):
            raise ValueError("sx127x: not ready")
        # Steps of 32 MHz / 2^19 = 15625/256 Hz; split so that no product leaves 30 bits.
        frf = hz // 15625 * 256 + (hz % 15625 * 256 + 7812) // 15625
        # fmt: off
        self._told = bytearray(registers) + bytes((
            _REG_FRF_MSB,        frf >> 16,
            _REG_FRF_MID,        frf >> 8 & 0xFF,
            _REG_FRF_LSB,        frf & 0xFF,
            _REG_PA_CONFIG,      _PA_CONFIG_BOOST | power_dbm - 2,
            _REG_OCP,            _OCP_100_MA,
            _REG_FIFO_THRESH,    _FIFO_THRESH,
            _REG_PACKET_CONFIG2, _PACKET_CONFIG2,
            _REG_PAYLOAD_LENGTH, 1,
        ))
        # fmt: on
        self._tell(0)
        self._compare(_OP_MODE_SLEEP)
        self._state = _READY

    def send(self, payload: bytearray, n: int) -> None:
        """Begin to send preamble, sync word and the first `n` bytes (1..2047) of `payload`.

        Call `poll` 1 ms later, then as it says; `payload` must not change before that returns
        True. `on_air` says from when on. ValueError: `n` out of range, the chip not configured or
        still sending.
        """
        if self._state != _READY:
            raise ValueError("sx127x: not ready")
        if not 1 <= n <= _PAYLOAD_MAX:
            raise ValueError("sx127x: bytes")
        self._write(_REG_OP_MODE, _OP_MODE_STDBY)
        length = len(self._told) - _LENGTH
        self._told[length + 1] = _PACKET_CONFIG2 | n >> 8
        self._told[length + 3] = n & 0xFF
        self._tell(length)
        self._payload = payload
        self._at = 0
        self._end = n
        self._state = _WAKING

    def poll(self, left_ms: int) -> bool:
        """Start the transmitter, keep the FIFO filled; True, once, when all is sent, chip asleep.

        While a transmission is under way call it every 20 ms, or now and then after 140: 48 bytes
        last 160 ms at 2400 bits/s. Up to 64 bytes need no refill. `left_ms`: what is left of the
        airtime by the caller's clock, counted from when `on_air` was first seen; below 0 it is
        over. RadioError: it cannot be true that all is sent, or it should be long since, or the
        FIFO ran empty; the transmitter is off then, and `start` is the way back.
        """
        if self._state < _WAKING:
            return False
        if self._state == _WAKING:
            if self._read(_REG_IRQ_FLAGS1) & _IRQ1_MODE_READY:
                self._compare(_OP_MODE_STDBY)
                self._feed(_FIFO_BYTES)
                self._write(_REG_OP_MODE, _OP_MODE_TX)
                self._state = _SENDING
                return False
        else:
            if self._read(_REG_OP_MODE) != _OP_MODE_TX:
                self._doubt("it has left its mode")
            flags = self._read(_REG_IRQ_FLAGS2)
            if flags not in _IRQ2_POSSIBLE:
                self._doubt("flags that exclude each other")
            if flags & _IRQ2_PACKET_SENT:
                self._compare(_OP_MODE_TX)
                if left_ms > _EARLY_MS or self._at < self._end:
                    self._fail(UNFINISHED, "PacketSent came too early")
                self.sleep()
                return True
            if self._at < self._end:
                if flags & _IRQ2_FIFO_EMPTY:
                    self._doubt("the FIFO ran empty")
                if not flags & _IRQ2_FIFO_LEVEL:
                    self._feed(_REFILL_BYTES)
        if left_ms < -_OVERDUE_MS:
            self._doubt("PacketSent did not come")
        return False

    def on_air(self) -> bool:
        """Say whether the transmitter is on."""
        return self._state == _SENDING

    def sleep(self) -> None:
        """Switch the transmitter off; a transmission under way is broken off. Settings stay."""
        self._write(_REG_OP_MODE, _OP_MODE_SLEEP)
        if self._state > _READY:
            self._state = _READY

    def _feed(self, room: int) -> None:
        """Move up to `room` further bytes of the payload into the FIFO."""
        count = min(room, self._end - self._at)
        for i in range(count):
            self._burst[1 + i] = self._payload[self._at + i] ^ self._polarity
        self._at += count
        self._cs.value(0)
        self._spi.write(self._view[: 1 + count])
        self._cs.value(1)

    def _tell(self, first: int) -> None:
        for i in range(first, len(self._told), 2):
            self._write(self._told[i], self._told[i + 1])

    def _compare(self, mode: int) -> None:
        """Fail unless the chip is in a mode, and knows all that it was told."""
        found, told = self._found, self._told
        found[0] = _REG_OP_MODE  # the address to read from; what comes in is none's
        self._cs.value(0)
        self._spi.write_readinto(found, found)
        self._cs.value(1)
        self._check_version(found[_REG_VERSION])
        for i in range(0, len(told), 2):
            if found[told[i]] != told[i + 1]:
                self._fail(RESET, "it has lost its settings")
        if found[_REG_OP_MODE] != mode:
            self._fail(RESET, "it has left its mode")

    def _check_version(self, version: int) -> None:
        if version not in _VERSIONS:
            nobody = version in (0x00, 0xFF)
            self._fail(ABSENT if nobody else VERSION, "RegVersion reads %d" % version)

    def _doubt(self, what: str) -> None:
        """Fail: as the chip is gone or was reset, if it is so, else for what was seen."""
        self._compare(_OP_MODE_TX if self._state == _SENDING else _OP_MODE_STDBY)
        self._fail(UNFINISHED, what)

    def _fail(self, reason: int, what: str) -> None:
        """Switch the transmitter off, also of a chip that does not listen: held in reset."""
        self._write(_REG_OP_MODE, _OP_MODE_SLEEP)
        self._reset.value(0)
        self._state = _OFF
        raise RadioError(reason, what)

    def _write(self, register: int, value: int) -> None:
        self._access[0] = _WRITE | register
        self._access[1] = value
        self._cs.value(0)
        self._spi.write(self._access)
        self._cs.value(1)

    def _read(self, register: int) -> int:
        self._access[0] = register
        self._cs.value(0)
        self._spi.write_readinto(self._access, self._access)
        self._cs.value(1)
        return self._access[1]
