"""Text and numbers into the page-major buffer of a 128 x 64 display.

Owns how the font lies in memory and how glyphs reach the buffer; must never know what is said, or
the chip that shows it. Everything stands on pages (8 rows), so a glyph is one slice a page.

The font is a file of two faces, one after the other: text cells of 8 x 16 and numbers of 16 x 32.
It stays a file, for code and font do not both fit the RAM: a glyph is read when it is drawn. A
face is: glyph width, pages, advance, count of ranges (one byte each); for each range its first
code point (two bytes, big end first) and how many follow each other (one byte); then the glyphs
in the order of the ranges, columns of a page from left to right (bit 0 on top), page after page.
The last glyph is the box that stands for whatever the face cannot draw.
"""

from micropython import const

WIDTH = const(128)  # pixels
PAGES = const(8)


class Face:
    """One size of type: equal glyphs, found by code point."""

    def __init__(self, font, start: int) -> None:
        """Read the face that begins at byte `start` of the font, an open binary file."""
        self.font = font
        font.seek(start)
        self.width, self.pages, self.advance, count = font.read(4)
        self.ranges = font.read(3 * count)
        self.glyphs = start + 4 + 3 * count  # where in the file they begin
        self.glyph = bytearray(self.width * self.pages)  # the one loaded last
        count = 0
        for at in range(2, len(self.ranges), 3):
            count += self.ranges[at]
        self.end = self.glyphs + count * len(self.glyph)

    def load(self, code: int) -> bytearray:
        """Read the glyph of a code point, or the box, into `glyph` and return it."""
        ranges, size = self.ranges, len(self.glyph)
        at = self.glyphs
        found = self.end - size
        for r in range(0, len(ranges), 3):
            nth = code - (ranges[r] << 8 | ranges[r + 1])
            if 0 <= nth < ranges[r + 2]:
                found = at + nth * size
            at += ranges[r + 2] * size
        self.font.seek(found)
        self.font.readinto(self.glyph)
        return self.glyph


class Canvas:
    """A buffer of 1,024 bytes, page after page of 128 columns, bit 0 on top; x in pixels."""

    def __init__(self, buffer: bytearray, font) -> None:
        """Draw into `buffer` with the two faces of `font`, a binary file that stays open."""
        self.buffer = buffer
        self.text = Face(font, 0)
        self.number = Face(font, self.text.end)

    def fill(self, x: int, width: int, page: int, pages: int, column: int = 0) -> None:
        """Set every column of a rectangle to the same eight pixels, by default dark."""
        line = bytes((column,)) * width
        for at in range(page * WIDTH + x, (page + pages) * WIDTH, WIDTH):
            self.buffer[at : at + width] = line

    def clear(self) -> None:
        """Darken everything."""
        self.fill(0, WIDTH, 0, PAGES)

    def panel(self, x: int, width: int, page: int, pages: int) -> None:
        """Swap lit and dark in a rectangle, but for its top and bottom rows and its corners."""
        buffer = self.buffer
        for p in range(page, page + pages):
            swap = 0xFF
            corner = 0xFF
            if p == page:
                swap &= 0xFE
                corner &= 0xFC
            if p == page + pages - 1:
                swap &= 0x7F
                corner &= 0x3F
            at = p * WIDTH + x
            for i in range(at + 1, at + width - 1):
                buffer[i] ^= swap
            buffer[at] ^= corner
            buffer[at + width - 1] ^= corner

    def small(self, x: int, page: int, text: str) -> None:
        """Write text of 8 x 16 from (x, page); what no longer fits the line is left out."""
        self._write(self.text, x, page, text)

    def big(self, x: int, page: int, text: str) -> None:
        """Write a number of 16 x 32, its ink 28 tall, likewise."""
        self._write(self.number, x, page, text)

    def _write(self, face: Face, x: int, page: int, text: str) -> None:
        width = face.width
        data = text.encode()  # of a str's characters MicroPython would keep each for ever
        i = 0
        while i < len(data) and x + width <= WIDTH:
            code = data[i]
            i += 1
            if code >= 0xC0:  # UTF-8: so many bytes follow, with six bits each
                more = (code >= 0xE0) + (code >= 0xF0) + 1
                code &= 0x3F >> more
                for _ in range(more):
                    code = code << 6 | data[i] & 0x3F
                    i += 1
            glyph = face.load(code)
            at = page * WIDTH + x
            for column in range(0, len(glyph), width):
                self.buffer[at : at + width] = glyph[column : column + width]
                at += WIDTH
            x += face.advance
