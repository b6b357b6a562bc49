"""The SX1276/78's register file: reset values, locked bits, and what the settings amount to.

Owns the transcription of the register map, and which settings must not be transmitted with.
Must never know time, modes or bits on the air: that is the chip itself, in `sx127x.py`.

DS = Semtech SX1276/77/78/79 datasheet, rev. 4. Where it is silent the sheets of its FSK twins
(SX1272, RFM95, SX1231) speak; where they differ, the side that forgives less is taken.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import inf

# Address: (name, value after reset, bits that may be written). DS 6.1 and 6.2; the bits left out
# are reserved, read-only, or triggers of what this twin is not. Addresses left out are reserved.
# fmt: off
_TABLE: dict[int, tuple[str, int, int]] = {
    0x00: ("RegFifo",           0x00, 0xFF),
    0x01: ("RegOpMode",         0x01, 0xEF),
    0x02: ("RegBitrateMsb",     0x1A, 0xFF),
    0x03: ("RegBitrateLsb",     0x0B, 0xFF),
    0x04: ("RegFdevMsb",        0x00, 0x3F),
    0x05: ("RegFdevLsb",        0x52, 0xFF),
    0x06: ("RegFrfMsb",         0x6C, 0xFF),
    0x07: ("RegFrfMid",         0x80, 0xFF),
    0x08: ("RegFrfLsb",         0x00, 0xFF),
    0x09: ("RegPaConfig",       0x4F, 0xFF),
    0x0A: ("RegPaRamp",         0x09, 0x6F),
    0x0B: ("RegOcp",            0x2B, 0x3F),
    0x0C: ("RegLna",            0x20, 0xFB),
    0x0D: ("RegRxConfig",       0x08, 0x9F),
    0x0E: ("RegRssiConfig",     0x02, 0xFF),
    0x0F: ("RegRssiCollision",  0x0A, 0xFF),
    0x10: ("RegRssiThresh",     0xFF, 0xFF),
    0x11: ("RegRssiValue",      0xFF, 0x00),
    0x12: ("RegRxBw",           0x15, 0x1F),
    0x13: ("RegAfcBw",          0x0B, 0x1F),
    0x14: ("RegOokPeak",        0x28, 0x3F),
    0x15: ("RegOokFix",         0x0C, 0xFF),
    0x16: ("RegOokAvg",         0x12, 0xEF),
    0x1A: ("RegAfcFei",         0x00, 0x01),
    0x1B: ("RegAfcMsb",         0x00, 0xFF),
    0x1C: ("RegAfcLsb",         0x00, 0xFF),
    0x1D: ("RegFeiMsb",         0x00, 0x00),
    0x1E: ("RegFeiLsb",         0x00, 0x00),
    0x1F: ("RegPreambleDetect", 0x40, 0xFF),
    0x20: ("RegRxTimeout1",     0x00, 0xFF),
    0x21: ("RegRxTimeout2",     0x00, 0xFF),
    0x22: ("RegRxTimeout3",     0x00, 0xFF),
    0x23: ("RegRxDelay",        0x00, 0xFF),
    0x24: ("RegOsc",            0x07, 0x07),
    0x25: ("RegPreambleMsb",    0x00, 0xFF),
    0x26: ("RegPreambleLsb",    0x03, 0xFF),
    0x27: ("RegSyncConfig",     0x93, 0xF7),
    **{0x28 + i: (f"RegSyncValue{i + 1}", 0x55, 0xFF) for i in range(8)},
    0x30: ("RegPacketConfig1",  0x90, 0xFF),
    0x31: ("RegPacketConfig2",  0x40, 0x47),
    0x32: ("RegPayloadLength",  0x40, 0xFF),
    0x33: ("RegNodeAdrs",       0x00, 0xFF),
    0x34: ("RegBroadcastAdrs",  0x00, 0xFF),
    0x35: ("RegFifoThresh",     0x0F, 0xBF),
    0x36: ("RegSeqConfig1",     0x00, 0x3F),
    0x37: ("RegSeqConfig2",     0x00, 0xFF),
    0x38: ("RegTimerResol",     0x00, 0x0F),
    0x39: ("RegTimer1Coef",     0xF5, 0xFF),
    0x3A: ("RegTimer2Coef",     0x20, 0xFF),
    0x3B: ("RegImageCal",       0x82, 0x87),
    0x3C: ("RegTemp",           0x00, 0x00),
    0x3D: ("RegLowBat",         0x02, 0x0F),
    0x3E: ("RegIrqFlags1",      0x80, 0xFF),
    0x3F: ("RegIrqFlags2",      0x40, 0xFF),
    0x40: ("RegDioMapping1",    0x00, 0xFF),
    0x41: ("RegDioMapping2",    0x00, 0xF1),
    0x42: ("RegVersion",        0x12, 0x00),
    0x44: ("RegPllHop",         0x2D, 0x80),
    0x4B: ("RegTcxo",           0x09, 0x10),
    0x4D: ("RegPaDac",          0x84, 0x07),
    0x5B: ("RegFormerTemp",     0x00, 0x00),
    0x5D: ("RegBitRateFrac",    0x00, 0x0F),
    0x61: ("RegAgcRef",         0x13, 0x3F),
    0x62: ("RegAgcThresh1",     0x0E, 0x1F),
    0x63: ("RegAgcThresh2",     0x5B, 0xFF),
    0x64: ("RegAgcThresh3",     0xDB, 0xFF),
    0x70: ("RegPll",            0xD0, 0xC0),
}
# fmt: on

_PA_RAMP_US = (3400, 2000, 1000, 500, 250, 125, 100, 62, 50, 40, 31, 25, 20, 15, 12, 10)
_TX_UA = ((7, 20e3), (13, 29e3), (17, 87e3), (20, 120e3))  # by dBm, DS table 6; a line between

_BAND_HZ = (433_050_000, 434_790_000)  # free of licence, for all that is radiated
_POWER_DBM_MAX = 13
# DS table 8 lets FSK begin at 1,200 bit/s, but 512 and 622 are reported to work: here it begins
# where RegBitrate ends, and the modulation index has no upper bound.
_BIT_RATES = {"fsk": (488, 300_000), "ook": (1_200, 32_768)}


class Registers:
    """The register file of one chip since its last reset; settings derived from it.

    `crystal_hz` is the true frequency of its crystal, 32 MHz but for its error.
    """

    def __init__(self, crystal_hz: Fraction) -> None:
        self._crystal_hz = crystal_hz
        self._values = {address: row[1] for address, row in _TABLE.items()}
        self._written: set[int] = set()
        self.frf = self._frf()  # what the synthesiser takes at its next start

    def __getitem__(self, address: int) -> int:
        """The byte at `address`, 0 if there is none."""
        return self._values.get(address, 0)

    def put(self, address: int, value: int) -> None:
        """Set a byte as the chip itself does, locks aside."""
        self._values[address] = value

    def write(self, address: int, value: int) -> str:
        """Write from outside. Locked bits stay; returns the complaint about them, or ""."""
        name, reset, writable = _TABLE.get(address, ("a reserved register", 0, 0))
        self._written.add(address)
        if writable:
            self._values[address] = reset & ~writable | value & writable
        if address == 0x08:  # the two upper bytes wait for the lowest (DS, Frf)
            self.frf = self._frf()
        if writable and not (value ^ reset) & ~writable:
            return ""
        return f"{value:#04x} written to {name}, {address:#04x}: locked"

    # What the settings amount to

    @property
    def modulation(self) -> str:
        """Either "fsk" or "ook"."""
        return "ook" if self[0x01] & 0x20 else "fsk"

    @property
    def bit_us(self) -> Fraction:
        """Length of a bit, us: crystal / (Bitrate + Frac / 16), Frac in FSK only (DS 4.2.1)."""
        divisor = Fraction(max(1, self[0x02] << 8 | self[0x03]))
        if self.modulation == "fsk":
            divisor += Fraction(self[0x5D], 16)
        return divisor * 1_000_000 / self._crystal_hz

    @property
    def deviation_hz(self) -> float:
        """Shift of the carrier to either side, 0 in OOK."""
        fdev = self[0x04] << 8 | self[0x05]
        return self.hertz(fdev) if self.modulation == "fsk" else 0.0

    @property
    def power_dbm(self) -> float:
        """Output power: PA_BOOST 2..17 or 5..20 dBm, else the RFO pin (DS 5.4.2)."""
        output, most = self[0x09] & 0x0F, self[0x09] >> 4 & 0x07
        if self[0x09] & 0x80:
            return float(output + (5 if self[0x4D] & 0x07 == 7 else 2))
        return 10.8 + 0.6 * most - 15 + output

    @property
    def shaping(self) -> int:
        """How the bits are rounded: 0 not at all, 1 to 3 ever more (DS, RegPaRamp)."""
        return self[0x0A] >> 5 & 3

    @property
    def most_microamps(self) -> float:
        """Where the over-current protection trips, infinite while it is off (DS 5.4.4)."""
        trim = self[0x0B] & 0x1F
        if not self[0x0B] & 0x20:
            return inf
        return 1000.0 * (45 + 5 * trim if trim < 16 else min(-30 + 10 * trim, 240))

    @property
    def tx_microamps(self) -> float:
        """Supply current while transmitting at `power_dbm`."""
        power = self.power_dbm
        for (low, low_ua), (high, high_ua) in pairwise(_TX_UA):
            if power <= high:
                return low_ua + max(0.0, power - low) / (high - low) * (high_ua - low_ua)
        return _TX_UA[-1][1]

    @property
    def ts_tr_us(self) -> Fraction:
        """Start-up of the transmitter: 5 us + 1.25 ramps in FSK + half a bit (DS 4.2.5.1)."""
        ramp_us = _PA_RAMP_US[self[0x0A] & 0x0F] if self.modulation == "fsk" else 0
        return 5 + Fraction(5, 4) * ramp_us + self.bit_us / 2

    @property
    def head(self) -> bytes:
        """Preamble and sync word, as the chip puts them before the payload."""
        preamble = b"\x55" if self[0x27] & 0x20 else b"\xaa"
        return preamble * (self[0x25] << 8 | self[0x26]) + self._sync()

    @property
    def payload_length(self) -> int:
        """Bytes after the sync word, 1..2047; 0 if the packet is not fixed length and plain."""
        plain = not self[0x30] & 0xF0 and self[0x31] & 0x40
        return (self[0x31] & 0x07) << 8 | self[0x32] if plain else 0

    @property
    def fifo_level(self) -> int:
        """FifoLevel is set from this many bytes on."""
        return (self[0x35] & 0x3F) + 1

    def hertz(self, steps: int) -> float:
        """Of the synthesiser's steps of 61.035 Hz."""
        return float(steps * self._crystal_hz / (1 << 19))

    def complaints(self, frequency_hz: float) -> Iterator[str]:
        """What is wrong with transmitting a packet like this, sentence by sentence."""
        unset = self._needed() - self._written
        if unset:
            names = ", ".join(_TABLE[address][0] for address in sorted(unset))
            yield f"transmission with {names} never set"
        rate, deviation, modulation = 1e6 / float(self.bit_us), self.deviation_hz, self.modulation
        low, high = _BIT_RATES[modulation]
        if not low <= rate <= high:
            yield f"bit rate {rate:.0f} outside {low}..{high}"
        side = deviation + rate / 2 if modulation == "fsk" else rate
        shift_fits = 600 <= deviation <= 200_000 and rate / 4 <= deviation and side <= 250_000
        if modulation == "fsk" and not shift_fits:  # DS table 8; modulation index 0.5 at least
            yield f"deviation {deviation:.0f} Hz out of limits at {rate:.0f} bit/s"
        if frequency_hz - side < _BAND_HZ[0] or frequency_hz + side > _BAND_HZ[1]:
            yield f"transmission at {frequency_hz:.0f} Hz +/- {side:.0f} leaves the band"
        if self.power_dbm > _POWER_DBM_MAX:
            yield f"transmission with {self.power_dbm:.0f} dBm, more than {_POWER_DBM_MAX}"
        if self[0x01] & 0x48 != 0x08:
            yield "transmission without LowFrequencyModeOn, or with a reserved modulation"
        yield from self._amplifier(rate)
        if 0 in self._sync():
            yield "transmission with a zero in the sync word"

    def _amplifier(self, rate: float) -> Iterator[str]:
        """What is wrong with how the amplifier is set up."""
        if self.most_microamps == inf:
            yield "transmission without over-current protection"
        elif self.most_microamps < self.tx_microamps:
            yield "over-current protection trips at what this power takes"
        ramp_us = _PA_RAMP_US[self[0x0A] & 0x0F]
        if self.modulation == "fsk" and ramp_us * rate > 500_000:
            yield f"a ramp of {ramp_us} us, more than half a bit"

    def _needed(self) -> set[int]:
        """Registers that hold nothing meant by anybody until they are written."""
        needed = {0x02, 0x03, 0x06, 0x07, 0x08, 0x09, 0x26, 0x27, 0x30, 0x32}
        if self.modulation == "fsk":
            needed |= {0x04, 0x05}
        return needed | set(range(0x28, 0x28 + len(self._sync())))

    def _sync(self) -> bytes:
        size = (self[0x27] & 0x07) + 1 if self[0x27] & 0x10 else 0
        return bytes(self[0x28 + i] for i in range(size))

    def _frf(self) -> int:
        return self[0x06] << 16 | self[0x07] << 8 | self[0x08]
