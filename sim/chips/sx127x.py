"""Twin of the Semtech SX1276/78 radio as an FSK/OOK packet transmitter.

Owns the chip's wires and time: SPI, RESET, DIO0, and modes that take theirs. An observer beside
it names every misuse, and the chip goes on as the real one would, silently. Must never know the
driver, nor what the bits mean. Receiver, LoRa, CRC, whitening and sequencer are absent: asking
for one is a misuse too. DS as in `sx127x_registers.py`.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil

from sim.chips.clock import Clock
from sim.chips.meter import Meter
from sim.chips.sx127x_packets import PacketHandler, Transmission
from sim.chips.sx127x_registers import Registers

__all__ = ["SX127x", "Transmission"]

_SLEEP, _STDBY, _FSTX, _TX = range(4)  # RegOpMode, bits 2-0
_LIVE = (0x40, 0x41)  # DIO mapping: the one setting that may change during transmission
_RESET_LOW_US = 100  # DS 7.2.2: RESET low for at least 100 us, then 5 ms until the first access
_RESET_US = 5_000
_POWER_ON_US = 10_000  # DS 7.2.1
_START_US = (0, 250, 60)  # TS_OSC into standby, TS_FS into a locked PLL; DS 2.5.2, typical
_CURRENT_UA = (0.2, 1_600.0, 5_800.0)  # asleep, standby, synthesiser; DS table 6


class SX127x:
    """The chip, powered from the moment it is made: an SPI device, RESET and DIO0.

    `misuse` gets a sentence for each thing a driver must not do, `on_air` each Transmission once
    it has ended, `on_carrier` from when to when (us) there was a carrier: it lasts until the chip
    is told otherwise, packet or not. `crystal_ppm` is the error of its 32 MHz crystal, in carrier,
    deviation and bit rate alike. `floating`: the level that MISO floats at while nothing that is
    said reaches the chip, None while the contact is good. The state is brought up to `clock.now`
    whenever it is touched, never by itself.
    """

    def __init__(
        self,
        clock: Clock,
        misuse: Callable[[str], None],
        on_air: Callable[[Transmission], None],
        crystal_ppm: float = 0.0,
        on_carrier: Callable[[int, int], None] = lambda start_us, end_us: None,
    ) -> None:
        self._clock = clock
        self._tell = misuse
        self._on_air = on_air
        self._on_carrier = on_carrier
        self.floating: int | None = None
        self._crystal_hz = 32_000_000 * (1 + Fraction(crystal_ppm) / 1_000_000)
        self._meter = Meter(clock.now)
        self._selected = False
        self._address: int | None = None
        self._writing = False
        self.power_on()

    # Power, and the wires besides SPI

    def power_on(self) -> None:
        """Power comes: registers as after reset, ready after 10 ms."""
        self._powered = True
        self._fell_us: int | None = None  # since when RESET is low
        self._in_reset = False
        self._ready_us = self._clock.now + _POWER_ON_US
        self._start_over(self._clock.now)

    def power_off(self) -> None:
        """Power goes, at `clock.now`; a packet on the air ends there, cut short."""
        self._advance()
        self._packets.cut(self._clock.now)
        self._powered = False
        self._meter.set(self._clock.now, 0.0)

    def reset(self, level: int) -> None:
        """RESET is driven to `level`, 0 or 1."""
        self._advance()
        now = self._clock.now
        if level and self._fell_us is not None:
            if self._in_reset:
                self._ready_us = now + _RESET_US
            else:
                self._misuse(f"RESET low for only {now - self._fell_us} us")
            self._fell_us = None
            self._in_reset = False
        elif not level and self._fell_us is None:
            self._fell_us = now

    def dip(self) -> None:
        """The supply dips, at `clock.now`: no carrier any more, all registers as after reset."""
        self.power_off()
        self._meter.set(self._clock.now, 0.0)
        self.power_on()

    @property
    def dio0(self) -> int:
        """Level of DIO0: PacketSent in Tx, under mapping 00 (DS 4.2.11)."""
        self._advance()
        return int(self._packets.sent and self._regs[0x40] >> 6 == 0)

    @property
    def meter(self) -> Meter:
        """What the chip draws, brought up to `clock.now`."""
        self._advance()
        return self._meter

    # SPI

    def select(self, selected: bool) -> None:
        """NSS: True begins a transaction, False ends it."""
        self._selected = selected
        self._address = None

    def transfer(self, data: bytes) -> bytes:
        """Clock `data` in and as many bytes out (DS 4.3), in one call or several per `select`.

        The first byte is address | 0x80 to write. The address then counts up, except at RegFifo.
        While a register is written, what it held comes out.
        """
        self._advance()
        if self.floating is not None:
            return bytes((0xFF if self.floating else 0x00,)) * len(data)
        ready = self._powered and not self._in_reset and self._clock.now >= self._ready_us
        if not (ready and self._selected):
            self._misuse("SPI access while it is not selected, or not ready after a reset")
            return bytes(len(data))
        out = bytearray()
        for value in data:
            if self._address is None:
                self._address, self._writing = value & 0x7F, value >= 0x80
                out.append(0)
                continue
            address = self._address
            if self._regs[0x01] & 0x80 and 0x0D <= address < 0x40:
                self._misuse("access to the LoRa page, which this twin has not")
            out.append(0 if self._writing and not address else self._read(address))
            if self._writing:
                self._write(address, value)
            self._address = address and (address + 1) & 0x7F
        return bytes(out)

    def _read(self, address: int) -> int:
        if address == 0x00:
            return self._packets.get() if self._fifo_awake() else 0
        if address == 0x3E:  # ModeReady, TxReady, PllLock
            level = self._level
            return (not self._climb) << 7 | (level == _TX) << 5 | (level >= _FSTX) << 4
        return self._packets.flags if address == 0x3F else self._regs[address]

    def _write(self, address: int, value: int) -> None:
        if address == 0x00:
            if self._fifo_awake():
                self._packets.put(value, self._clock.now)
        elif address == 0x01:
            self._write_op_mode(value)
        elif address == 0x3F:
            if value & 0x10:
                self._packets.clear_overrun()
        elif address != 0x3E:
            old = self._regs[address]
            locked = self._regs.write(address, value)
            if locked:
                self._misuse(locked)
            if self._level == _TX and self._regs[address] != old and address not in _LIVE:
                self._misuse(f"register {address:#04x} changed during transmission")

    def _fifo_awake(self) -> bool:
        if self._level == _SLEEP:
            self._misuse("FIFO access in Sleep, or before Standby was ready")
        return self._level != _SLEEP

    def _write_op_mode(self, value: int) -> None:
        old = self._regs[0x01]
        if value & 0x10:
            self._misuse("reserved bit of RegOpMode set")
        if (value ^ old) & 0x80 and self._level != _SLEEP:
            self._misuse("LongRangeMode changed outside Sleep")
            value ^= 0x80
        mode = value & 0x07
        if mode > (_STDBY if value & 0x80 else _TX):
            self._misuse(f"RegOpMode {value:#04x}: a mode this twin has not")
            mode = old & 0x07
        if self._level == mode == _TX and (value ^ old) & 0x68:
            self._misuse("RegOpMode changed during transmission")
        self._regs.put(0x01, value & 0xE8 | mode)
        self._set_mode(mode)

    # Modes

    def _start_over(self, at_us: int) -> None:
        """Power-on and reset: standby, every register at its reset value."""
        self._regs = Registers(self._crystal_hz)
        self._packets = PacketHandler(self._regs, self._misuse, self._on_air, self._on_carrier)
        self._frf = self._regs.frf  # what the synthesiser runs at
        self._level = _STDBY
        self._climb: list[tuple[int, int]] = []  # (when, level) of the mode change under way
        self._draw(at_us)

    def _set_mode(self, mode: int) -> None:
        """Fall to a lower mode at once; climb to a higher one step by step (DS 4.2.5)."""
        at = self._clock.now
        if mode == (self._climb[-1][1] if self._climb else self._level):
            return
        if self._level == _TX:
            self._packets.carrier_off(at)
        self._level = min(self._level, mode)
        self._climb = []
        for level in range(self._level + 1, mode + 1):
            at += ceil(self._regs.ts_tr_us) if level == _TX else _START_US[level]
            self._climb.append((at, level))
        self._draw(self._clock.now)

    def _draw(self, at_us: int) -> None:
        """Current of the present mode, or of the next while it is being started."""
        level = self._climb[0][1] if self._climb else self._level
        self._meter.set(at_us, self._regs.tx_microamps if level == _TX else _CURRENT_UA[level])

    def _advance(self) -> None:
        """Bring the chip up to `clock.now`."""
        if not self._powered:
            return
        if self._fell_us is not None and not self._in_reset:
            due_us = self._fell_us + _RESET_LOW_US
            if due_us <= self._clock.now:
                self._run(due_us)
                self._packets.cut(due_us)
                self._start_over(due_us)
                self._in_reset = True
        self._run(self._clock.now)

    def _run(self, now_us: int) -> None:
        while self._climb and self._climb[0][0] <= now_us:
            at_us, self._level = self._climb.pop(0)
            self._draw(at_us)
            if self._level == _FSTX:
                self._frf = self._regs.frf
            elif self._level == _TX:
                self._packets.carrier_on(at_us, self._regs.hertz(self._frf))
        self._packets.run(now_us)

    def _misuse(self, sentence: str) -> None:
        self._tell("sx127x: " + sentence)
