"""SSD1306 display, 128 x 64 pixels on I2C: shows a buffer, and goes on showing it.

Owns the chip's commands and a check sum of each page sent. Never knows what the pixels mean.
Names and sections are those of Solomon Systech's SSD1306 datasheet, rev. 1.5 (August 2010).

That a chip acknowledges does not say that it heard, nor that it still knows: a touch of static
resets it, one bit of a wire makes one command another. So what was written once is written again,
slice by slice, by `renew`: nothing is switched off for it and nothing goes blank, and whatever
happened to registers or RAM is mended after at most four calls.
"""

from array import array
from binascii import crc32

from micropython import const

_WIDTH = const(128)
_PAGES = const(8)  # of 8 rows each
_SLICE = const(2)  # pages sent again by one `renew`

# fmt: off
_PAGE_START         = const(0xB0)

_COMMANDS           = const(0x00)  # control byte, section 8.1.5.2: only commands follow
_COMMAND            = const(0x80)  # one command, then another control byte
_DATA               = const(0x40)  # only data follow

# Every register there is, in one transfer of 1.1 ms at 400 kHz; but for being lit.
_REGISTERS = bytes((
    _COMMANDS,
    0xE3, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3,  # no operation: for one that lacks its parameters
    0x2E,        # no scrolling; while it scrolls, RAM must not be written (10.2.2)
    0x20, 0x00, 0x21, 0x00, 0x7F, 0x22, 0x00, 0x07,  # whole windows, for what heeds them
    0x20, 0x02,  # page addressing
    0x40,        # start line 0
    0xA1,        # column 127 is SEG0: modules are mounted with the flat cable at the top
    0xC8,        # COM63 to COM0, for the same reason
    0xA8, 0x3F,  # 64 rows
    0xA3, 0x00, 0x40,  # all of them of the area that would scroll
    0x81, 0xCF,  # contrast
    0xD3, 0x00,  # no offset
    0xDA, 0x12,  # alternative COM pins
    0xD5, 0x80,  # clock: reset value
    0xD9, 0xF1,  # pre-charge, as the charge pump wants it
    0xDB, 0x30,  # deselect level 0.83 Vcc
    0x8D, 0x14,  # charge pump on, section 8.10
    0x23, 0x00,  # no fading: to a chip that does not know this, 00h is half a column address,
    0xD6, 0x00,  # which each page brings anyway; no zoom
    0xA4,        # show the memory
    0xA6,        # 1 is lit
))
_LIT = bytes((0xAF,))  # display on
# fmt: on


class SSD1306:
    """One display at `address`; draw into `buffer`, then `show`; call `renew` once a second.

    `buffer` is 1,024 bytes, page by page: buffer[page * 128 + x], bit 0 the top row of the page.
    Every method raises OSError if the display does not answer; the next call then sets it up
    anew, so a display that was unplugged comes back.
    """

    def __init__(self, i2c, address: int = 0x3C) -> None:
        """Take the bus; the chip is not touched before the first `show`."""
        self._i2c = i2c
        self._address = address
        self.buffer = bytearray(_WIDTH * _PAGES)
        whole = memoryview(self.buffer)
        pages = [whole[i : i + _WIDTH] for i in range(0, _WIDTH * _PAGES, _WIDTH)]
        self._pages = tuple(pages)
        # What is shown, by its CRC-32: a copy would cost a kilobyte. One change in four thousand
        # million would not be seen, until it is that page's turn to be renewed.
        self._shown = array("I", bytes(4 * _PAGES))
        self._ready = False
        self._turn = 0  # the page that is to be renewed next
        # One transfer in two pieces: page, column 0 in two halves, data follow; the pixels.
        self._head = bytearray((_COMMAND, 0, _COMMAND, 0x00, _COMMAND, 0x10, _DATA))
        self._parts: list[bytes | bytearray | memoryview] = [self._head, self._pages[0]]
        self._setup: list[bytes | bytearray | memoryview] = [_REGISTERS, _LIT]

    def show(self) -> None:
        """Send the pages that changed: one transfer each, 3.1 ms at 400 kHz."""
        fresh = not self._ready
        if fresh:
            self._send([_REGISTERS])
        for page in range(_PAGES):
            check = crc32(self._pages[page])
            if fresh or check != self._shown[page]:
                self._send_page(page)
                self._shown[page] = check
        if fresh:  # lit only now: what the memory held at power-on is for nobody's eyes
            self._send(self._setup)
            self._ready = True

    def renew(self) -> None:
        """Send every register and the next two pages again, 7.3 ms; after an error everything.

        The buffer must be what `show` was last called for.
        """
        if not self._ready:
            self.show()
            return
        self._send(self._setup)
        for _ in range(_SLICE):
            self._send_page(self._turn)
            self._turn = (self._turn + 1) % _PAGES

    def _send_page(self, page: int) -> None:
        self._head[1] = _PAGE_START | page
        self._parts[1] = self._pages[page]
        self._send(self._parts)

    def _send(self, parts: list[bytes | bytearray | memoryview]) -> None:
        try:
            self._i2c.writevto(self._address, parts)
        except OSError:
            self._ready = False
            raise OSError("ssd1306: no answer")
