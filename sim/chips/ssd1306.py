"""SSD1306 OLED controller on a 128 x 64 panel: commands in, the picture a person sees out.

Owns the bus and the commands; the graphic RAM is `ssd1306_ram`, what the registers make of it is
`ssd1306_panel`. Transcribed from the Solomon Systech SSD1306 datasheet, rev 1.5 (section numbers
below).
Must never know what the picture means.

The panel is the usual 0.96 inch module: mounted so that segment remap (A1h) with remapped COM
scan (C8h) is upright, its COM pins wired alternately (DAh 12h), VCC made by the charge pump.

What a chip may do to whoever believes in it: `upset` changes registers behind everybody's back,
`spoil` the RAM; after `reset` all is forgotten, and after `deafen` what comes is acknowledged and
lost. What follows from that is nobody's misuse, until the display is next switched on.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim.chips.clock import Clock
from sim.chips.meter import Meter
from sim.chips.ssd1306_panel import Look, Scroll
from sim.chips.ssd1306_ram import Ram

# Current from 3.3 V with the charge pump on: text 5 to 10 mA, all lit 20 to 30 mA (figures for
# the module). Assumed linear: a base, plus each lit pixel in proportion to its light.
_BASE_UA = 3_500.0
_PIXEL_UA = 2.6
_SLEEP_UA = 10.0

# Parameter bytes of each command that has some (section 9, table 9-1).
_PARAMETERS = {
    0x20: 1,  # memory addressing mode
    0x21: 2,  # column window
    0x22: 2,  # page window
    0x23: 1,  # fade out, blinking
    0x26: 6,  # horizontal scroll, right
    0x27: 6,  # and left
    0x29: 5,  # vertical and right horizontal scroll
    0x2A: 5,  # and left
    0x81: 1,  # contrast
    0x8D: 1,  # charge pump (application note)
    0xA3: 2,  # vertical scroll area
    0xA8: 1,  # multiplex ratio
    0xD3: 1,  # display offset
    0xD5: 1,  # clock divide ratio, oscillator frequency
    0xD6: 1,  # zoom in
    0xD9: 1,  # pre-charge period
    0xDA: 1,  # COM pins
    0xDB: 1,  # VCOMH deselect level
}

# Registers that are what was sent, and which values the datasheet has for them.
_PLAIN = {
    0x81: ("contrast", range(256)),
    0xD3: ("offset", range(64)),
    0xD5: ("clock", range(256)),
    0xDB: ("vcomh", (0x00, 0x20, 0x30)),
    0xDA: ("com_pins", (0x12,)),  # as this panel is wired
}


class Ssd1306:
    """One panel, just powered: dark, its RAM full of noise, as a real one's is.

    `changed()` is called at the end of each transfer that may have changed the visible picture.
    """

    def __init__(
        self,
        clock: Clock,
        misuse: Callable[[str], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock
        self.changed = changed
        self.meter = Meter(clock.now, _SLEEP_UA)
        self._deaf_until = 0  # us
        self._complain = misuse
        self._excused = False  # while it is not as its user left it
        self.ram = Ram(self._misuse)
        self._dirty = False
        self._forget()

    def _forget(self) -> None:
        """Set every register as a reset does (8.5)."""
        self.look = Look()
        self._pending: bytearray = bytearray()  # a command that still lacks parameters
        self._pump_known = False
        self.ram.forget()

    def _misuse(self, text: str) -> None:
        if not self._excused:
            self._complain(text)

    # What may happen to it.

    def reset(self) -> None:
        """A reset that nobody asked for, static or a dip of the supply: off, the RAM stays."""
        self._excused = True
        self._forget()
        self._measure()
        self.changed()

    def upset(self, commands: bytes) -> None:
        """Have the registers as if commands had come that nobody sent."""
        for byte in commands:
            self._excused = True
            self._write(bytes((0x00, byte)))
        self._excused = True

    def deafen(self, until_us: int) -> None:
        """Hear nothing until then, as some panels do for a while after power came."""
        self._excused = True
        self._deaf_until = until_us

    def spoil(self, at: int, data: bytes) -> None:
        """Have other bytes in the RAM: 128 a page, as they are seen."""
        self.ram.bytes[at : at + len(data)] = data
        self._measure()
        self.changed()

    @property
    def registers(self) -> dict[str, Any]:
        """All that commands can set, but the pointers and what may be set up to scroll later."""
        look = replace(self.look, scroll=None, scroll_us=0, fade_us=0)
        return vars(look) | {
            "mode": self.ram.mode,
            "columns": self.ram.columns,
            "pages": self.ram.pages,
            "remap": self.ram.remap,
        }

    @property
    def contrast(self) -> int:
        """0 to 255."""
        return self.look.contrast

    # The bus.

    def write(self, data: bytes) -> None:
        """One I2C write transfer after the address."""
        if self.clock.now >= self._deaf_until:
            self._write(data)

    def _write(self, data: bytes) -> None:
        """Control bytes, commands, data (8.1.5.2)."""
        at, end = 0, len(data)
        while at < end:
            control = data[at]
            if control & 0x3F:
                self._misuse(f"ssd1306: control byte {control:#04x}, its low six bits are not 0")
            more = control & 0x80
            chunk = data[at + 1 : at + 2] if more else data[at + 1 :]
            if control & 0x40:
                self._store(chunk)
            else:
                for byte in chunk:
                    self._command(byte)
            at = at + 2 if more else end
        if self._dirty:
            self._dirty = False
            self._measure()
            self.changed()

    def read(self, n: int) -> bytes:
        """The status byte (section 9.2): bit 6 set while the display is off."""
        return bytes((0x00 if self.look.on else 0x40,)) * n

    @property
    def lit(self) -> bool:
        """Whether the panel has light: switched on, with the charge pump running."""
        return self.look.lit

    def pixels(self) -> bytes:
        """What a person sees, 1024 bytes: byte page * 128 + x, bit 0 the page's top row."""
        return self.look.pixels(self.ram.bytes, self.clock.now)

    def _measure(self) -> None:
        now = self.clock.now
        if not self.lit:
            self.meter.set(now, _SLEEP_UA)
            return
        lit = int.from_bytes(self.pixels()).bit_count()
        self.meter.set(now, _BASE_UA + _PIXEL_UA * self.look.light(now) * lit)

    def _store(self, data: bytes) -> None:
        """Write to RAM at the pointers and move them on (10.1.3)."""
        if not data:
            return
        if self._pending:
            self._misuse(f"ssd1306: data while command {self._pending[0]:02X}h lacks parameters")
        if not self._pump_known:
            self._misuse("ssd1306: data before the panel was initialised (no 8Dh yet)")
        if self.look.scrolling:
            self._misuse("ssd1306: data while it scrolls (10.2.2)")
            self.look.scrolled(self.ram.bytes, self.clock.now)
        self._dirty = self._dirty or self.lit
        self.ram.store(data)

    # Commands.

    def _command(self, byte: int) -> None:
        if not self._pending and byte not in _PARAMETERS:
            self._simple(byte)
            return
        self._pending.append(byte)
        if len(self._pending) > _PARAMETERS[self._pending[0]]:
            command, *parameters = self._pending
            self._pending.clear()
            self._dirty = True
            if not self._set(command, parameters):
                first, last = parameters[0], parameters[-1]
                self._misuse(f"ssd1306: command {command:02X}h with {first:02X}h .. {last:02X}h")

    def _simple(self, byte: int) -> None:
        """A command without parameters (table 9-1)."""
        if byte <= 0x1F or 0xB0 <= byte <= 0xB7:
            self.ram.point(byte)
            return
        self._dirty = True
        look = self.look
        if 0x40 <= byte <= 0x7F:
            look.start_line = byte & 0x3F
        elif byte in (0xA0, 0xA1):
            self.ram.remap = byte == 0xA1
        elif byte in (0xA4, 0xA5):
            look.all_on = byte == 0xA5
        elif byte in (0xA6, 0xA7):
            look.inverse = byte == 0xA7
        elif byte in (0xC0, 0xC8):
            look.com_remap = byte == 0xC8
        elif byte in (0xAE, 0xAF):
            look.on = byte == 0xAF
            self._excused = self._excused and not look.on
            if look.on and not look.pump:
                self._misuse("ssd1306: display on without the charge pump, the panel stays dark")
        elif byte in (0x2E, 0x2F):
            self._scroll(byte == 0x2F)
        elif byte != 0xE3:  # no operation
            self._misuse(f"ssd1306: unknown command {byte:02X}h")

    def _scroll(self, on: bool) -> None:
        """Begin to scroll as was set up, or end it: then RAM is to be written anew (9.2.2)."""
        look = self.look
        look.scrolled(self.ram.bytes, self.clock.now)
        look.scrolling, look.scroll_us, look.risen = on, self.clock.now, 0
        if on and look.scroll is None:
            self._misuse("ssd1306: command 2Fh before any scroll was set up")

    def _set(self, command: int, values: list[int]) -> bool:
        """A command with its parameters (table 9-1); say whether the datasheet has them."""
        look, value = self.look, values[0]
        if command in _PLAIN:
            name, valid = _PLAIN[command]
            setattr(look, name, value & 63 if command == 0xD3 else value)
            return value in valid
        if command == 0x20:
            self.ram.mode = value if value < 3 else self.ram.mode
            return value < 3
        if command in (0x21, 0x22):
            return self.ram.window(command, value, values[1])
        if command == 0x23:
            look.fade, look.fade_us = value & 0x3F, self.clock.now
            return value >> 4 in (0, 2, 3)
        if command == 0xA3:
            look.scroll_area = (value & 63, values[1] & 127)
            return value < 64 and value + values[1] <= look.multiplex
        if command == 0x8D:
            look.pump = bool(value & 4)
            self._pump_known = True
            return value in (0x10, 0x14)
        if command == 0xA8:
            look.multiplex = (value & 63) + 1
            return 15 <= value <= 63
        if command == 0xD6:
            look.zoom = bool(value & 1)
            return value < 2
        if command == 0xD9:
            look.precharge = value
            return bool(value & 0x0F and value & 0xF0)
        return self._set_scroll(command, values)

    def _set_scroll(self, command: int, values: list[int]) -> bool:
        """What 2Fh will begin: 26h to the right, 27h to the left, 29h and 2Ah upwards as well."""
        first, frames, last = values[1] & 7, values[2] & 7, values[3] & 7
        dx = 1 if command in (0x26, 0x29) else -1
        dy = values[4] & 63 if command >= 0x29 else 0
        self.look.scroll = Scroll(first, last, frames, dx, dy)
        return first <= last and (command >= 0x29 or values[4:] == [0x00, 0xFF])
