"""POCSAG as the SX127x sends it: the registers of one modulation, as a table.

Owns rate, deviation, preamble, sync word and polarity on air (ITU-R M.584-2, annex 1; SPEC 1.1).
Never knows the bus, the carrier or what is sent. Register names and sections are those of
Semtech's SX1276/77/78/79 datasheet, rev. 4 (March 2015), FSK mode.
"""

from micropython import const

# fmt: off
_REG_BITRATE_MSB    = const(0x02)
_REG_BITRATE_LSB    = const(0x03)
_REG_FDEV_MSB       = const(0x04)
_REG_FDEV_LSB       = const(0x05)
_REG_PA_RAMP        = const(0x0A)
_REG_PREAMBLE_MSB   = const(0x25)
_REG_PREAMBLE_LSB   = const(0x26)
_REG_SYNC_CONFIG    = const(0x27)
_REG_SYNC_VALUE1    = const(0x28)
_REG_PACKET_CONFIG1 = const(0x30)
_REG_BITRATE_FRAC   = const(0x5D)

_SYNC_CONFIG        = const(0x13)  # no AutoRestart, preamble AA, SyncOn, 4 bytes
_PREAMBLE_55        = const(0x20)
_SYNC = b"\x7c\xd2\x15\xd8"
# fmt: on


def table(bit_rate: int, inverted: bool) -> "tuple[bytes, int]":
    """Return registers as address, value, address ..., and what payload bytes are XORed with.

    A 1 of POCSAG is the lower frequency, and a 1 of the chip the higher one: so everything on air
    is complemented, but for the `inverted` networks where a 1 is the higher one. ValueError: a
    rate other than 512, 1200 or 2400 bit/s.
    """
    if bit_rate not in (512, 1200, 2400):
        raise ValueError("sx127x_pocsag: rate")
    complement = 0x00 if inverted else 0xFF
    sixteenths = (512_000_000 + bit_rate // 2) // bit_rate  # of a period of 32 MHz
    # fmt: off
    registers = (
        _REG_BITRATE_MSB,    sixteenths >> 12,
        _REG_BITRATE_LSB,    sixteenths >> 4 & 0xFF,
        _REG_BITRATE_FRAC,   sixteenths & 15,
        _REG_FDEV_MSB,       0x00,
        _REG_FDEV_LSB,       0x4A,  # 74 * 61.035 Hz = 4.5 kHz
        _REG_PA_RAMP,        0x09,  # no shaping, 40 us
        _REG_PREAMBLE_MSB,   0x00,
        _REG_PREAMBLE_LSB,   72,    # 576 bits
        _REG_SYNC_CONFIG,    _SYNC_CONFIG | complement & _PREAMBLE_55,
        _REG_SYNC_VALUE1,     _SYNC[0] ^ complement,
        _REG_SYNC_VALUE1 + 1, _SYNC[1] ^ complement,
        _REG_SYNC_VALUE1 + 2, _SYNC[2] ^ complement,
        _REG_SYNC_VALUE1 + 3, _SYNC[3] ^ complement,
        _REG_PACKET_CONFIG1, 0x00,  # fixed length, no coding, no CRC, no address
    )
    # fmt: on
    return bytes(registers), complement
