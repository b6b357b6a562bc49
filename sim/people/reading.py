"""What a person reads on the display: pixels back into text, exactly.

Owns the way back from a buffer to characters, with the font that drew them; must never know which
screen was meant. A glyph counts only if each of its pixels agrees, rules and signs apart that are
no glyphs.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from luot.core.display.canvas import PAGES, WIDTH, Face


class Line(NamedTuple):
    """Neighbouring glyphs of one size: where they begin, what they say, whether dark on lit."""

    page: int
    x: int
    text: str
    big: bool
    lit: bool


class Reader:
    """Reads any buffer drawn with one font."""

    def __init__(self, font: bytes) -> None:
        """Learn each glyph of both faces, plain and in every place of a lit panel."""
        file = BytesIO(font)
        small = Face(file, 0)
        self._faces = (Face(file, small.end), small)
        self._glyphs = [
            {_columns(look, face.pages): hit for look, hit in _looks(face)} for face in self._faces
        ]

    def read(self, buffer: bytes | bytearray) -> list[Line]:
        """Return the lines on a display of 1,024 bytes, from the top, then from the left."""
        free = bytearray(b"\1" * WIDTH * PAGES)
        found = []
        for face, glyphs in zip(self._faces, self._glyphs, strict=True):
            width, pages = face.width, face.pages
            for page in range(PAGES - pages + 1):
                columns = _columns(buffer[page * WIDTH : (page + pages) * WIDTH], pages)
                for x in range(WIDTH - width + 1):
                    hit = glyphs.get(columns[x * pages : (x + width) * pages])
                    if hit is None:
                        continue
                    at = [(page + p) * WIDTH + x for p in range(pages)]
                    if all(all(free[a : a + width]) for a in at):
                        found.append((page, x, *hit, face))
                        for a in at:
                            free[a : a + width] = bytes(width)
        return _joined(sorted(found, key=lambda hit: hit[:2]))


def _columns(rows: bytes | bytearray, pages: int) -> bytes:
    """Return a rectangle of pages column by column: one slice is a glyph's worth of pixels."""
    width = len(rows) // pages
    columns = bytearray(len(rows))
    for page in range(pages):
        columns[page::pages] = rows[page * width : (page + 1) * width]
    return bytes(columns)


def characters(face: Face) -> Iterator[tuple[str, bytes]]:
    """Yield each character of a face with the bytes of its glyph."""
    for r in range(0, len(face.ranges), 3):
        first = face.ranges[r] << 8 | face.ranges[r + 1]
        for code in range(first, first + face.ranges[r + 2]):
            yield chr(code), bytes(face.load(code))


def _looks(face: Face) -> Iterator[tuple[bytes, tuple[str, bool]]]:
    """Yield all that a glyph of ink can look like: plain, or lit within or at a panel's edges."""
    for character, glyph in characters(face):
        if any(glyph):
            for top in (0, 1):
                for bottom in (0, 1):
                    for edge in (-1, 0, face.width - 1):
                        swap = [0xFF] * len(glyph)
                        for x in range(face.width):
                            rows = 2 if x == edge else 1
                            if top:
                                swap[x] &= 0xFF << rows
                            if bottom:
                                swap[x - face.width] &= 0xFF >> rows
                        lit = bytes(a ^ b & 0xFF for a, b in zip(glyph, swap, strict=True))
                        yield lit, (character, True)
            yield glyph, (character, False)


def _joined(found: list[tuple[int, int, str, bool, Face]]) -> list[Line]:
    """Return glyphs that stand side by side, or one blank cell apart, as lines."""
    lines: list[Line] = []
    end = 0
    for page, x, character, lit, face in found:
        line = Line(page, x, character, face.pages > 2, lit)
        gap = x - end
        last = lines[-1] if lines else None
        if last and (page, *line[3:]) == (last.page, *last[3:]) and gap in (0, face.advance):
            text = last.text + " " * (gap > 0) + character
            lines[-1] = last._replace(text=text)
        else:
            lines.append(line)
        end = x + face.advance
    return lines
