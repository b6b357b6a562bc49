"""The font as it is shipped: every letter there, whole, and unlike every other.

Each promise is a named flaw; each flaw is then drawn into the font on purpose, to see it found.
"""

import unicodedata
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median

import pytest

from host_tools.build.font.make import drawings, font, marked_letters
from luot.core.display.canvas import Face
from sim.people.reading import characters

Ink = frozenset[tuple[int, int]]
Glyphs = dict[str, Ink]

ASCII = "".join(map(chr, range(0x20, 0x7F)))
SIGNS = "·→♟▁▂▃▄▅▆"
NUMBERS = "0123456789ABCDEFGH"
HORN = "\u031b"


def glyphs(face: Face) -> Glyphs:
    """The lit pixels (x, y) of each glyph, without the box."""
    found = {}
    for character, columns in characters(face):
        found[character] = frozenset(
            (i % face.width, i // face.width * 8 + bit)
            for i, column in enumerate(columns)
            for bit in range(8)
            if column >> bit & 1
        )
    del found["□"]
    return found


@pytest.fixture(scope="module")
def text(root: Path) -> Glyphs:
    return glyphs(Face(BytesIO((root / "firmware/luot/font.bin").read_bytes()), 0))


@pytest.fixture(scope="module")
def numbers(root: Path) -> Glyphs:
    content = (root / "firmware/luot/font.bin").read_bytes()
    file = BytesIO(content)
    return glyphs(Face(file, Face(file, 0).end))


def pieces(ink: Ink) -> int:
    """How many strokes do not touch each other, not even by a corner."""
    left = set(ink)
    count = 0
    while left:
        count += 1
        edge = [left.pop()]
        while edge:
            x, y = edge.pop()
            near = {(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            edge += near
    return count


def expected_pieces(letter: str) -> int:
    """The letter and each of its marks; a horn belongs to the letter, and i keeps its own dot."""
    marks = unicodedata.normalize("NFD", letter)[1:].replace(HORN, "")
    return 1 + len(marks) + (letter == "ị")


def shifted(ink: Ink, x: int, y: int) -> Ink:
    return frozenset((a + x, b + y) for a, b in ink)


def flaws_of_text(text: Glyphs) -> set[str]:
    """What is wrong with the text face, each flaw by its name and letters."""
    found = {
        f"missing {c}" for c in ASCII + SIGNS + marked_letters() if not text.get(c) and c != " "
    }
    first: dict[Ink, str] = {}
    for c, ink in text.items():
        if ink in first:
            found.add(f"twins {first[ink]}{c}")
        first.setdefault(ink, c)
        if any(x == 0 for x, _ in ink):
            found.add(f"touches its left neighbour {c}")
    found |= {
        f"merged {c}"
        for c in marked_letters()
        if c in text and pieces(text[c]) != expected_pieces(c)
    }
    return found | straddling(text, 8)


def straddling(face: Glyphs, width: int) -> set[str]:
    """Neighbours that show a third glyph across their border: it would be misread there."""
    columns = {
        c: tuple(frozenset(y for i, y in ink if i == x) for x in range(width))
        for c, ink in face.items()
    }
    found = set()
    for x in range(1, width):
        tails = {glyph[x:]: c for c, glyph in columns.items()}
        heads = {glyph[:x]: c for c, glyph in columns.items()}
        for c, glyph in columns.items():
            left, right = tails.get(glyph[: width - x]), heads.get(glyph[width - x :])
            if face[c] and left and right:
                found.add(f"straddle {left}{right}")
    return found


def flaws_of_numbers(numbers: Glyphs) -> set[str]:
    """What is wrong with the number face: each glyph at least 24 px tall, heavy, itself."""
    found = set()
    for c in NUMBERS:
        rows = [y for _, y in numbers.get(c, ())]
        if not rows or max(rows) - min(rows) + 1 < 24:
            found.add(f"small {c}")
        elif median(runs(numbers[c])) < 4:
            found.add(f"thin {c}")
    if len({numbers[c] for c in NUMBERS if c in numbers}) < len(NUMBERS):
        found.add("twins")
    return found


def runs(ink: Ink) -> list[int]:
    """The lengths of all horizontal strokes, in pixels."""
    lengths = []
    for x, y in ink:
        if (x - 1, y) not in ink:
            end = x
            while (end, y) in ink:
                end += 1
            lengths.append(end - x)
    return lengths


def test_the_shipped_font_is_what_the_maker_writes(root: Path) -> None:
    assert (root / "firmware/luot/font.bin").read_bytes() == font()


def test_vietnamese_has_134_marked_letters() -> None:
    letters = marked_letters()
    assert len(letters) == len(set(letters)) == 134
    assert letters[67:] == letters[:67].upper()
    assert set("ếộữđẾỠĐỵ") < set(letters)


def test_the_text_face_has_no_flaw(text: Glyphs) -> None:
    assert flaws_of_text(text) == set()


def test_the_number_face_has_no_flaw(numbers: Glyphs) -> None:
    assert flaws_of_numbers(numbers) == set()
    assert set(numbers) == set(NUMBERS + "→!")


MUTANTS: dict[str, Callable[[Glyphs], Ink | None]] = {
    "missing ữ": lambda text: None,
    "twins êế": lambda text: text["ê"],
    "twins oọ": lambda text: text["o"],
    "twins O0": lambda text: text["O"],
    "merged ộ": lambda text: text["ô"] | shifted(text["."], 0, 2),
    "merged Ế": lambda text: text["E"] | text["ế"],
    "merged ỡ": lambda text: text["ơ"] | shifted(text["õ"] - text["o"], 0, 1),
    "touches its left neighbour đ": lambda text: shifted(text["đ"], -1, 0),
    'straddle ""': lambda text: shifted(text["'"], -2, 0) | shifted(text["'"], 2, 0),
}


@pytest.mark.parametrize("flaw", MUTANTS)
def test_a_flaw_of_the_text_face_is_found(flaw: str, text: Glyphs) -> None:
    ink = MUTANTS[flaw](text)
    mutant = {c: i for c, i in text.items() if c != flaw[-1]}
    if ink is not None:
        mutant[flaw[-1]] = ink
    assert flaw in flaws_of_text(mutant)


@pytest.mark.parametrize(
    ("flaw", "spoil"),
    [
        ("small 7", lambda ink: frozenset((x, y) for x, y in ink if y < 22)),
        ("small 7", lambda ink: frozenset()),
        ("thin 7", lambda ink: frozenset((x, y) for x, y in ink if (x + 1, y) not in ink)),
        ("twins", lambda ink: None),
    ],
)
def test_a_flaw_of_the_number_face_is_found(
    flaw: str, spoil: Callable[[Ink], Ink | None], numbers: Glyphs
) -> None:
    ink = spoil(numbers["7"])
    assert flaw in flaws_of_numbers(numbers | {"7": numbers["1"] if ink is None else ink})


@pytest.mark.parametrize("rows", ["## ##\n## #", "# #\n# #\n# #\n# #"])
def test_a_glyph_that_does_not_fit_its_cell_is_refused(rows: str) -> None:
    assert drawings("= 1: a b\n## ##\n.. ##", 4)["b"] == ("..", "##", "##", "..")
    with pytest.raises(ValueError, match="is ragged or higher than 4 rows"):
        drawings("= 1: a b\n" + rows, 4)
