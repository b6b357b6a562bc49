"""What the registers of an SSD1306 make of its RAM: which row shows what, how bright, what moves.

Owns the registers that change how RAM is seen and not what is in it, and what goes on by itself:
scrolling, fading, blinking. Transcribed from the Solomon Systech SSD1306 datasheet, rev 1.5
(section numbers below), for a module whose COM pins are wired alternately.
Must never know how commands arrive.
"""

from dataclasses import dataclass

WIDTH, PAGES = 128, 8
_ROWS = 8 * PAGES
_FULL = (1 << WIDTH) - 1

_OSCILLATOR_HZ = 370_000  # typical at the reset value (table 12-1)
_PULSE = 50  # display clocks of a row beside its pre-charge (8.3)
_STEADY_HZ = 30  # assumption: a person cannot read what flickers more slowly
_SEEN = 0.1  # assumption: of the light a module is meant to have, what is still seen
_VCOMH = {0x00: 0.65, 0x20: 0.77, 0x30: 0.83}  # times VCC (10.1.18)
_FADE_STEPS = 16
# Frames between two steps of a scroll, by its setting (table 9-1).
_SCROLL_FRAMES = (5, 64, 128, 256, 3, 4, 25, 2)


@dataclass
class Scroll:
    """What 26h, 27h, 29h and 2Ah set up: pages first..last move by `dx` columns, rows by `dy`."""

    first: int
    last: int
    frames: int
    dx: int
    dy: int = 0


@dataclass
class Look:
    """The registers, as a reset leaves them (8.5, table 9-1)."""

    on: bool = False
    pump: bool = False
    contrast: int = 0x7F
    inverse: bool = False
    all_on: bool = False
    start_line: int = 0
    offset: int = 0
    multiplex: int = _ROWS
    com_remap: bool = False
    com_pins: int = 0x12
    clock: int = 0x80
    precharge: int = 0x22
    vcomh: int = 0x20
    fade: int = 0
    zoom: bool = False
    scroll_area: tuple[int, int] = (0, _ROWS)  # rows fixed on top, rows that move
    scroll: Scroll | None = None  # what was set up
    scrolling: bool = False
    fade_us: int = 0  # when fading began
    scroll_us: int = 0  # when scrolling made its last step
    risen: int = 0  # rows that a vertical scroll has moved so far

    @property
    def lit(self) -> bool:
        """Whether the panel has light: switched on, with the charge pump running."""
        return self.on and self.pump

    @property
    def frames_hz(self) -> float:
        """How often a second the picture is driven (8.3)."""
        oscillator = _OSCILLATOR_HZ * (0.5 + (self.clock >> 4) / 16)  # its curve is not linear
        row = (self.precharge & 15) + (self.precharge >> 4) + _PULSE
        return oscillator / ((self.clock & 15) + 1) / row / self.multiplex

    def light(self, now_us: int) -> float:
        """Light of a lit pixel, 1.0 at full contrast and what a charge pump wants."""
        light = (self.contrast + 1) / 256
        light *= (10 + (self.precharge >> 4)) / 25  # assumption: short pre-charge, pale pixels
        return light * _VCOMH.get(self.vcomh, 0.77) / 0.83 * self._faded(now_us)

    def _faded(self, now_us: int) -> float:
        """What fading out (23h 2xh) or blinking (3xh) leaves of the light."""
        if not self.fade & 0x20:
            return 1.0
        step_us = 1e6 * 8 * ((self.fade & 15) + 1) / self.frames_hz
        step = int((now_us - self.fade_us) / step_us)
        if self.fade & 0x10:
            step %= 2 * _FADE_STEPS
            step = min(step, 2 * _FADE_STEPS - step)
        return max(0.0, 1 - step / _FADE_STEPS)

    def pixels(self, ram: bytearray, now_us: int) -> bytes:
        """What a person can read: byte page * 128 + x, bit 0 the page's top row."""
        if not self.lit or self.frames_hz < _STEADY_HZ or self.light(now_us) < _SEEN:
            return bytes(WIDTH * PAGES)
        self.scrolled(ram, now_us)
        if self.plain():
            return bytes(ram)
        rows = [self._row(ram, y) for y in range(_ROWS)]
        return bytes(
            sum((rows[8 * page + bit] >> x & 1) << bit for bit in range(8))
            for page in range(PAGES)
            for x in range(WIDTH)
        )

    def plain(self) -> bool:
        """Whether the picture is the RAM as it stands."""
        moved = self.start_line or self.offset or self.zoom or self.risen or self.inverse
        upright = self.com_remap and self.multiplex == _ROWS and self.com_pins & 0x30 == 0x10
        return upright and not moved and not self.all_on

    def _row(self, ram: bytearray, y: int) -> int:
        """Panel row `y` as bits, bit x for column x (10.1.4, 10.1.9 to 10.1.11, table 10-3)."""
        com = self._driven(_ROWS - 1 - y)
        if self.com_remap:
            row = (self.multiplex - 1 - com + self.offset) % _ROWS
        else:
            row = (com + self.offset) % _ROWS
        if row >= self.multiplex:
            return 0
        if self.all_on:
            return _FULL
        if self.zoom:  # a row of RAM fills two of the panel
            row >>= 1
        top, moving = self.scroll_area
        if self.scrolling and top <= row < top + moving:
            row = top + (row - top + self.risen) % moving
        line = (row + self.start_line) % _ROWS
        base = (line >> 3) * WIDTH
        bits = sum((ram[base + x] >> (line & 7) & 1) << x for x in range(WIDTH))
        return bits ^ (_FULL if self.inverse else 0)

    def _driven(self, pin: int) -> int:
        """The COM signal at the pin of a row: even rows lie on one side, odd on the other.

        DAh bit 4 cleared: one side has 0..31 and the other 32..63; bit 5: sides exchanged.
        """
        if self.com_pins & 0x20:
            pin ^= 1
        return pin if self.com_pins & 0x10 else (pin & 1) * 32 + (pin >> 1)

    def scrolled(self, ram: bytearray, now_us: int) -> None:
        """Let the steps of a scroll happen that are due by now: they change the RAM."""
        scroll = self.scroll
        if not self.scrolling or scroll is None:
            return
        step_us = 1e6 * _SCROLL_FRAMES[scroll.frames] / self.frames_hz
        steps = int((now_us - self.scroll_us) / step_us)
        self.scroll_us += int(steps * step_us)
        if self.scroll_area[1]:
            self.risen = (self.risen + steps * scroll.dy) % self.scroll_area[1]
        shift = steps * scroll.dx % WIDTH
        for page in range(scroll.first, scroll.last + 1):
            at = page * WIDTH
            line = ram[at : at + WIDTH]
            ram[at : at + WIDTH] = line[WIDTH - shift :] + line[: WIDTH - shift]
