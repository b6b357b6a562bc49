"""SSD1306 OLED controller on a 128 x 64 panel: commands in, the picture a person sees out.

Owns the controller's registers and its graphic RAM, and what the panel draws. Transcribed from
the Solomon Systech SSD1306 datasheet, rev 1.5 (section numbers below).
Must never know what the picture means.

The panel is the usual 0.96 inch module: mounted so that segment remap (A1h) with remapped COM
scan (C8h) is upright, its COM pins wired alternately (DAh 12h), VCC made by the charge pump.
"""

from collections.abc import Callable

from sim.chips.clock import Clock
from sim.chips.meter import Meter

WIDTH, PAGES = 128, 8
_HORIZONTAL, _VERTICAL, _PAGE_MODE = 0, 1, 2

# Current from 3.3 V with the charge pump on: text 5 to 10 mA, all lit 20 to 30 mA (figures for
# the module). Assumed linear: a base, plus each lit pixel in proportion to the contrast.
_BASE_UA = 3_500.0
_PIXEL_UA = 2.6
_SLEEP_UA = 10.0

# Parameter bytes of each command that has some (section 9, table 9-1).
_PARAMETERS = {
    0x20: 1,  # memory addressing mode
    0x21: 2,  # column window
    0x22: 2,  # page window
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
    0xD9: 1,  # pre-charge period
    0xDA: 1,  # COM pins
    0xDB: 1,  # VCOMH deselect level
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
        self._misuse = misuse
        # As the panel shows it: byte page * 128 + x, whatever the segment remap was when written.
        self._ram = bytearray((i * i * 2_654_435_761 >> 13) & 0xFF for i in range(WIDTH * PAGES))
        self._pending: bytearray = bytearray()  # a command that still lacks parameters
        self._dirty = False
        self._mode = _PAGE_MODE
        self._column = self._page = 0
        self._columns = (0, WIDTH - 1)
        self._pages = (0, PAGES - 1)
        self._remap = self._com_remap = self._inverse = self._all_on = False
        self._start_line = self._offset = 0
        self._multiplex = 64
        self.contrast = 0x7F
        self._pump = self._pump_known = self._on = False

    def write(self, data: bytes) -> None:
        """One I2C write transfer after the address: control bytes, commands, data (8.1.5.2)."""
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
        return bytes((0x00 if self._on else 0x40,)) * n

    @property
    def lit(self) -> bool:
        """Whether the panel has light: switched on, with the charge pump running."""
        return self._on and self._pump

    def pixels(self) -> bytes:
        """What a person sees, 1024 bytes: byte page * 128 + x, bit 0 the page's top row."""
        if not self.lit:
            return bytes(WIDTH * PAGES)
        upright = self._com_remap and self._multiplex == 64
        if upright and not (self._start_line or self._offset or self._inverse or self._all_on):
            return bytes(self._ram)
        rows = [self._row(y) for y in range(8 * PAGES)]
        return bytes(
            sum((rows[8 * page + bit] >> x & 1) << bit for bit in range(8))
            for page in range(PAGES)
            for x in range(WIDTH)
        )

    def _row(self, y: int) -> int:
        """Panel row `y` as bits, bit x for column x (10.1.4, 10.1.9 to 10.1.11, table 10-3)."""
        com = 8 * PAGES - 1 - y
        if self._com_remap:
            row = (self._multiplex - 1 - com + self._offset) % 64
        else:
            row = (com + self._offset) % 64
        if row >= self._multiplex:
            return 0
        if self._all_on:
            return (1 << WIDTH) - 1
        line = (row + self._start_line) % 64
        base = (line >> 3) * WIDTH
        bits = sum((self._ram[base + x] >> (line & 7) & 1) << x for x in range(WIDTH))
        return bits ^ ((1 << WIDTH) - 1 if self._inverse else 0)

    def _measure(self) -> None:
        if not self.lit:
            self.meter.set(self.clock.now, _SLEEP_UA)
            return
        lit = int.from_bytes(self.pixels()).bit_count()
        pixel = _PIXEL_UA * (self.contrast + 1) / 256
        self.meter.set(self.clock.now, _BASE_UA + pixel * lit)

    def _store(self, data: bytes) -> None:
        """Write to RAM at the pointers and move them on (10.1.3)."""
        if not data:
            return
        if self._pending:
            self._misuse(f"ssd1306: data while command {self._pending[0]:02X}h lacks parameters")
        if not self._pump_known:
            self._misuse("ssd1306: data before the panel was initialised (no 8Dh yet)")
        self._dirty = self._dirty or self.lit
        columns = (0, WIDTH - 1) if self._mode == _PAGE_MODE else self._columns
        while data:
            if self._mode == _VERTICAL or not self._remap:
                x = self._column if self._remap else WIDTH - 1 - self._column
                n = 1
            else:
                x = self._column
                n = min(len(data), max(1, columns[1] + 1 - x))
            at = self._page * WIDTH + x
            self._ram[at : at + n] = data[:n]
            data = data[n:]
            self._advance(n, columns)

    def _advance(self, n: int, columns: tuple[int, int]) -> None:
        """Move the pointers past `n` bytes, which stay within the columns of one page."""
        if self._mode == _VERTICAL:
            self._page, carry = _next(self._page, self._pages, PAGES)
            if carry:
                self._column, _ = _next(self._column, columns, WIDTH)
            return
        self._column, carry = _next(self._column + n - 1, columns, WIDTH)
        if carry and self._mode == _HORIZONTAL:
            self._page, _ = _next(self._page, self._pages, PAGES)

    def _command(self, byte: int) -> None:
        if not self._pending and byte not in _PARAMETERS:
            self._simple(byte)
            return
        self._pending.append(byte)
        if len(self._pending) > _PARAMETERS[self._pending[0]]:
            command, *parameters = self._pending
            self._pending.clear()
            self._set(command, parameters[0], parameters[-1])

    def _simple(self, byte: int) -> None:
        """A command without parameters (table 9-1)."""
        if byte <= 0x1F or 0xB0 <= byte <= 0xB7:
            self._point(byte)
            return
        self._dirty = True
        if 0x40 <= byte <= 0x7F:
            self._start_line = byte & 0x3F
        elif byte in (0xA0, 0xA1):
            self._remap = byte == 0xA1
        elif byte in (0xA4, 0xA5):
            self._all_on = byte == 0xA5
        elif byte in (0xA6, 0xA7):
            self._inverse = byte == 0xA7
        elif byte in (0xC0, 0xC8):
            self._com_remap = byte == 0xC8
        elif byte in (0xAE, 0xAF):
            self._on = byte == 0xAF
            if self._on and not self._pump:
                self._misuse("ssd1306: display on without the charge pump, the panel stays dark")
        elif byte == 0x2F:
            self._misuse("ssd1306: command 2Fh scrolls, this twin shows still pictures")
        elif byte not in (0x2E, 0xE3):  # scroll off, no operation
            self._misuse(f"ssd1306: unknown command {byte:02X}h")

    def _point(self, byte: int) -> None:
        """Page start B0h to B7h, column start 00h to 1Fh: page addressing only (10.1.1, .2)."""
        if self._mode != _PAGE_MODE:
            self._misuse(f"ssd1306: command {byte:02X}h outside page addressing mode")
        if byte >= 0xB0:
            self._page = byte & 7
        elif byte >= 0x10:
            if byte & 8:
                self._misuse(f"ssd1306: command {byte:02X}h points beyond column 127")
            self._column = self._column & 0x0F | (byte & 7) << 4
        else:
            self._column = self._column & 0x70 | byte

    def _set(self, command: int, value: int, last: int) -> None:
        """A command with its first and last parameter (table 9-1)."""
        self._dirty = True
        valid = True
        if command == 0x20:
            valid = value < 3
            self._mode = value & 3 if valid else self._mode
        elif command in (0x21, 0x22):
            valid = self._window(command, value, last)
        elif command == 0x81:
            self.contrast = value
        elif command == 0x8D:
            valid = value in (0x10, 0x14)
            self._pump = bool(value & 4)
            self._pump_known = True
        elif command == 0xA8:
            valid = 15 <= value <= 63
            self._multiplex = (value & 63) + 1
        elif command == 0xD3:
            valid = value <= 63
            self._offset = value & 63
        elif command == 0xD9:
            valid = bool(value & 0x0F and value & 0xF0)
        elif command == 0xDA:
            valid = value == 0x12
        elif command == 0xDB:
            valid = value in (0x00, 0x20, 0x30)
        elif command != 0xD5:
            self._misuse(
                f"ssd1306: command {command:02X}h scrolls, this twin shows still pictures"
            )
        if not valid:
            self._misuse(f"ssd1306: command {command:02X}h with {value:02X}h .. {last:02X}h")

    def _window(self, command: int, first: int, last: int) -> bool:
        """Column window 21h or page window 22h: not in page addressing mode (10.1.4, 10.1.5)."""
        if self._mode == _PAGE_MODE:
            self._misuse(f"ssd1306: command {command:02X}h in page addressing mode")
        top = WIDTH - 1 if command == 0x21 else PAGES - 1
        window = (first & top, last & top)
        if command == 0x21:
            self._columns, self._column = window, window[0]
        else:
            self._pages, self._page = window, window[0]
        return window == (first, last) and first <= last


def _next(at: int, window: tuple[int, int], limit: int) -> tuple[int, bool]:
    """The place after `at`, and whether that was back to the start of the window."""
    return (window[0], True) if at == window[1] else ((at + 1) % limit, False)
