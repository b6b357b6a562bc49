"""The display has a word for whatever has a number, and no word that nobody says.

Words for refusals, kinds of records, states of a desk and reasons bear the number they stand for.
"""

import ast
import re
from pathlib import Path

import pytest

from luot.core import records
from luot.core.keys import menu
from luot.core.line import refusals
from luot.core.line.line import BREAK, CLOSED, OPEN
from luot.core.settings import hours
from luot.pc import story

FIRMWARE = Path(__file__).parent.parent.parent / "firmware/luot"
TABLES = {language: (FIRMWARE / f"{language}.txt").read_text("utf-8") for language in ("vi", "en")}
PRESSED = {records.DAY_OPEN, records.DAY_CLOSE, *range(records.ISSUE, records.RATING + 1)}
OTHERWISE_TOLD = {
    *(records.ISSUE, records.CALL, records.RECALL, records.RESUME),  # a screen of their own
    *(records.DESK, records.INTAKE, records.PAGER),  # by what they change it to
}
NUMBERED = {  # a pause is told by its reason
    "refused": {n for name, n in vars(refusals).items() if name.isupper()} - {refusals.PAUSED},
    "done": PRESSED - OTHERWISE_TOLD,
    "desk": {CLOSED, OPEN, BREAK},
    "intake": set(range(len(story._REASONS))),
    "hours": {hours.OPEN, hours.CLOSED, hours.LUNCH},
    "radio": {1, 2, 3, 4},  # as the driver has them: it knows no words
}


def keys(table: str) -> set[str]:
    """The keys of a string table."""
    return {line.split("=")[0] for line in table.splitlines() if line and line[0] != ";"}


def numbered(table: str) -> dict[str, set[int]]:
    """The numbers for which a table has words, by what they number."""
    found: dict[str, set[int]] = {}
    for key in keys(table):
        if number := re.fullmatch(r"(\w+)\.(\d+)", key):
            found.setdefault(number[1], set()).add(int(number[2]))
    return found


@pytest.mark.parametrize("language", TABLES)
def test_whatever_has_a_number_has_a_word(language: str) -> None:
    assert numbered(TABLES[language]) == NUMBERED


@pytest.mark.parametrize("key", ["refused.13", "done.14", "desk.0", "intake.3", "hours.2"])
def test_a_word_that_is_missing_is_found(key: str) -> None:
    assert numbered(TABLES["vi"].replace(f"\n{key}=", "\nx=")) != NUMBERED


@pytest.mark.parametrize("key", ["refused.9", "refused.16", "done.16", "desk.3", "mood.1"])
def test_a_word_for_no_number_is_found(key: str) -> None:
    assert numbered(TABLES["vi"] + f"{key}=x\n") != NUMBERED


def texts(path: Path) -> set[str]:
    """The texts that a source holds."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {n.value for n in tree if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def named() -> set[str]:
    """What the firmware names in text: a key is a whole string, or bears a number."""
    found = {text for path in FIRMWARE.rglob("*.py") for text in texts(path)}
    for prefix, numbers in NUMBERED.items():
        if f"{prefix}.%d" in found:
            found |= {f"{prefix}.{number}" for number in numbers}
    return found


def asked_for() -> set[str]:
    """What the firmware surely looks up: where a key is given, and the menu's items."""
    places = [*FIRMWARE.glob("core/**/*.py"), *FIRMWARE.glob("roles/*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(places))
    asks = r"(?:words\.get|fault|_fail|JournalError)\((?:now, |self\._look_at, )?\"([^\"%]+)\""
    found = {*re.findall(asks, source), *[item[0] for item in menu._ITEMS]}
    assert len(found) > 40
    return found


def test_every_word_is_said_and_every_word_said_is_there() -> None:
    for table in TABLES.values():
        assert keys(table) - named() == set()
        assert asked_for() - keys(table) == set()
