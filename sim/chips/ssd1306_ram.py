"""The graphic RAM of an SSD1306 and the pointers that fill it: three modes of addressing.

Owns what is stored where. Transcribed from the Solomon Systech SSD1306 datasheet, rev 1.5, 10.1.1
to 10.1.8. Must never know what the panel makes of it.
"""

from collections.abc import Callable

from sim.chips.ssd1306_panel import PAGES, WIDTH

HORIZONTAL, VERTICAL, PAGE_MODE = 0, 1, 2


class Ram:
    """1,024 bytes, full of noise as after power on; `bytes` has them as they are seen.

    Byte page * 128 + x, whatever the segment remap was when it was written.
    """

    def __init__(self, misuse: Callable[[str], None]) -> None:
        self.bytes = bytearray((i * i * 2_654_435_761 >> 13) & 0xFF for i in range(WIDTH * PAGES))
        self._misuse = misuse
        self.forget()

    def forget(self) -> None:
        """Set the pointers' registers as a reset does (8.5); what is stored stays."""
        self.mode = PAGE_MODE
        self.columns = (0, WIDTH - 1)
        self.pages = (0, PAGES - 1)
        self.remap = False
        self._column = self._page = 0

    def store(self, data: bytes) -> None:
        """Write at the pointers and move them on (10.1.3)."""
        columns = (0, WIDTH - 1) if self.mode == PAGE_MODE else self.columns
        while data:
            if self.mode == VERTICAL or not self.remap:
                x = self._column if self.remap else WIDTH - 1 - self._column
                n = 1
            else:
                x = self._column
                n = min(len(data), max(1, columns[1] + 1 - x))
            at = self._page * WIDTH + x
            self.bytes[at : at + n] = data[:n]
            data = data[n:]
            self._advance(n, columns)

    def _advance(self, n: int, columns: tuple[int, int]) -> None:
        """Move the pointers past `n` bytes, which stay within the columns of one page."""
        if self.mode == VERTICAL:
            self._page, carry = _next(self._page, self.pages, PAGES)
            if carry:
                self._column, _ = _next(self._column, columns, WIDTH)
            return
        self._column, carry = _next(self._column + n - 1, columns, WIDTH)
        if carry and self.mode == HORIZONTAL:
            self._page, _ = _next(self._page, self.pages, PAGES)

    def point(self, byte: int) -> None:
        """Page start B0h to B7h, column start 00h to 1Fh: page addressing only (10.1.1, .2)."""
        if self.mode != PAGE_MODE:
            self._misuse(f"ssd1306: command {byte:02X}h outside page addressing mode")
        if byte >= 0xB0:
            self._page = byte & 7
        elif byte >= 0x10:
            if byte & 8:
                self._misuse(f"ssd1306: command {byte:02X}h points beyond column 127")
            self._column = self._column & 0x0F | (byte & 7) << 4
        else:
            self._column = self._column & 0x70 | byte

    def window(self, command: int, first: int, last: int) -> bool:
        """Column window 21h or page window 22h: not in page addressing mode (10.1.4, 10.1.5)."""
        if self.mode == PAGE_MODE:
            self._misuse(f"ssd1306: command {command:02X}h in page addressing mode")
        top = WIDTH - 1 if command == 0x21 else PAGES - 1
        window = (first & top, last & top)
        if command == 0x21:
            self.columns, self._column = window, window[0]
        else:
            self.pages, self._page = window, window[0]
        return window == (first, last) and first <= last


def _next(at: int, window: tuple[int, int], limit: int) -> tuple[int, bool]:
    """The place after `at`, and whether that was back to the start of the window."""
    return (window[0], True) if at == window[1] else ((at + 1) % limit, False)
