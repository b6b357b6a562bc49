"""The maker of the display's font: glyphs drawn as text become one small binary file.

Owns the drawings beside it and how a Vietnamese letter is put together from a base letter and its
marks; must never know where on the display a glyph will stand. How the file is laid out is
`luot/core/display/canvas.py`.

The drawings (`cells.txt`, `marks.txt`, `big.txt`) are bands of glyphs side by side: a line
`= ROW: NAME NAME ...` says at which row of its cell the band begins, then comes one line for each
row, `#` lit and `.` dark. Marks are drawn for small letters, whose top is row 6; a capital, whose
top is row 4, gives up the rows they need.
"""

import unicodedata
from pathlib import Path

HERE = Path(__file__).parent
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_HORN = "\u031b"
_DOT = "\u0323"
_BOX = "□"
_NAMES = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0302": "circumflex",
    "\u0303": "tilde",
    "\u0306": "breve",
    "\u0309": "hook",
}

Rows = tuple[str, ...]


def marked_letters() -> str:
    """Return the 134 letters of Vietnamese that ASCII lacks, small ones first."""
    letters = [unicodedata.normalize("NFC", v + t) for v in VOWELS for t in TONES]
    small = "".join(c for c in [*letters, "đ"] if not c.isascii())
    return small + small.upper()


def drawings(text: str, height: int) -> dict[str, Rows]:
    """Return the glyphs drawn in a text, each filled up to `height` rows.

    Raises ValueError for a glyph that is ragged or higher than that.
    """
    glyphs = {}
    for band in text.split("\n\n"):
        head, *lines = band.strip().split("\n")
        start, names = head.removeprefix("= ").split(": ", 1)
        columns = zip(*(line.split() for line in lines), strict=True)
        for name, ink in zip(names.split(), columns, strict=True):
            dark = ("." * len(ink[0]),)
            below = height - int(start) - len(ink)
            if below < 0 or len(set(map(len, ink))) > 1:
                raise ValueError(f"{name} is ragged or higher than {height} rows")
            glyphs[" " if name == "space" else name] = dark * int(start) + ink + dark * below
    return glyphs


def _over(lower: Rows, upper: Rows) -> Rows:
    """Return both drawings in one cell."""
    pairs = zip(lower, upper, strict=True)
    return tuple("".join(map(min, zip(a, b, strict=True))) for a, b in pairs)


def _shorter(capital: Rows, rows: int) -> Rows:
    """Return a capital 1 or 2 rows lower: the first, and last, repeated row of it left out."""
    spare = [y for y in range(5, 13) if capital[y] == capital[y - 1]]
    left_out = (spare[0], spare[-1])[:rows]
    return capital[:1] * rows + tuple(row for y, row in enumerate(capital) if y not in left_out)


def letter(character: str, bases: dict[str, Rows], marks: dict[str, Rows]) -> Rows:
    """Return a character as drawn, or put together from its base letter and marks."""
    if character in bases:
        return bases[character]
    base, *signs = list(unicodedata.normalize("NFD", character))
    if _HORN in signs:
        base = unicodedata.normalize("NFC", base + _HORN)
    mark = "+".join(_NAMES[sign] for sign in signs if sign in _NAMES)
    rows = bases["ı" if base == "i" and mark else base]
    if mark and base.islower():
        rows = _over(rows, marks[mark])
    elif mark:
        high = marks[mark]
        if "#" in high[0]:
            rows = _over(_shorter(rows, 2), high)
        else:
            rows = _over(_shorter(rows, 1), high[1:] + high[:1])
    return _over(rows, marks["dot"]) if _DOT in signs else rows


def _ranges(characters: list[str]) -> list[str]:
    """Return the sorted characters as runs of neighbours, long runs (quickly found) first."""
    runs: list[str] = []
    for character in characters:
        if runs and ord(runs[-1][-1]) + 1 == ord(character):
            runs[-1] += character
        else:
            runs.append(character)
    return sorted(runs, key=lambda run: (-len(run), run))


def _face(glyphs: dict[str, Rows], advance: int) -> bytes:
    """Return one size of type as it lies in the file, the box last."""
    ranges = [*_ranges(sorted(set(glyphs) - {_BOX})), _BOX]
    rows = glyphs[_BOX]
    width, pages = len(rows[0]), len(rows) // 8
    out = bytearray([width, pages, advance, len(ranges)])
    for run in ranges:
        out += ord(run[0]).to_bytes(2, "big") + bytes([len(run)])
    for character in "".join(ranges):
        for page in range(pages):
            eight = glyphs[character][8 * page : 8 * page + 8]
            for x in range(width):
                out.append(sum(1 << y for y in range(8) if eight[y][x] == "#"))
    return bytes(out)


def font() -> bytes:
    """Return the content of `firmware/luot/font.bin`: text cells of 8 x 16, numbers of 16 x 32."""
    bases, marks = drawings(_read("cells.txt"), 16), drawings(_read("marks.txt"), 16)
    characters = set(bases) - {"ı"} | set(marked_letters())
    cells = {c: letter(c, bases, marks) for c in characters}
    return _face(cells, 8) + _face(drawings(_read("big.txt"), 32), 16)


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
