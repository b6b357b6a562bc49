"""Arrivals of a real day: a CSV of `arrive,service,priority,service_s`, read and checked.

Owns that file format and its errors, which name the line. Who these people are otherwise, and what
they do, is `office`. Office programs separate columns by semicolons or tabs, too, and may say by
what in a line `sep=;`: that is read.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import median

from sim.text import InputError, decoded

COLUMNS = ("arrive", "service", "priority", "service_s")
_SEPARATORS = ",;\t"
_BLANKS = " \t"


@dataclass
class Arrival:
    """One person as the data knows them; `service_s` None where the source is blank."""

    line: int
    arrive_s: int
    service: str
    priority: bool
    service_s: float | None


def seconds(text: str) -> int:
    """Return HH:MM or HH:MM:SS as seconds of the day, hours up to 99; ValueError."""
    if not re.fullmatch("[0-9]{1,2}(:[0-5][0-9]){1,2}", text):
        raise ValueError(text)
    hour, minute, second = [*map(int, text.split(":")), 0][:3]
    return (hour * 60 + minute) * 60 + second


def read(path: Path) -> list[Arrival]:
    """Return the people of `path` in file order; raises InputError with the line number."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}; give the path of an arrivals CSV"
        ) from None
    text = decoded(path, data)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}, line {line}: there is a NUL; give a CSV text file")
    people = list(_people(path, _rows(path, text)))
    if not people:
        raise InputError(f"{path}, line 2: nobody comes; add a line for each person")
    return people


def _rows(path: Path, text: str) -> Iterable[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that has any; the first one is the header."""
    lines = list(StringIO(text, newline=""))
    first = 0
    separator = max(_SEPARATORS, key="".join(lines[:1]).count)
    if lines and lines[0].lower().startswith("sep="):
        first, separator = 1, lines[0][4:].strip("\r\n ")
        if separator not in list(_SEPARATORS):
            raise InputError(
                f"{path}, line 1: '{separator:.40}' separates no columns here; use , or ; or a tab"
            )
    reader = csv.reader(lines[first:], delimiter=separator, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            told = [cell.strip(_BLANKS) for cell in cells]
            if any(told):
                yield first + reader.line_num, told
    except csv.Error as error:
        raise InputError(
            f"{path}, line {first + reader.line_num}: {error}; mend the quotes"
        ) from None


def _people(path: Path, rows: Iterable[tuple[int, list[str]]]) -> Iterable[Arrival]:
    rows = iter(rows)
    line, head = next(rows, (1, []))
    _check_head(f"{path}, line {line}: ", head)
    before = 0
    for line, cells in rows:
        where = f"{path}, line {line}: "
        if len(cells) != len(head):
            raise InputError(
                f"{where}{len(cells)} cells in place of {len(head)}; mend the separators"
            )
        row = dict(zip(head, cells, strict=True))
        arrival = _arrival(where, line, row)
        if arrival.arrive_s < before:
            raise InputError(
                f"{where}{row['arrive']} is earlier than the line before; sort the file by arrive"
            )
        before = arrival.arrive_s
        yield arrival


def _check_head(where: str, head: list[str]) -> None:
    """InputError unless the columns are there, each once, and no other."""
    do = f"name the columns {','.join(COLUMNS)} in the first line"
    for name in COLUMNS:
        if name not in head:
            named = ", ".join(f"'{cell}'" for cell in head) or "nothing"
            raise InputError(f"{where}column {name} is missing in {named:.200}; {do}")
    for i, name in enumerate(head):
        if name not in COLUMNS or head.count(name) > 1:
            raise InputError(f"{where}column {i + 1} is '{name}', one too many; {do}")


def _arrival(where: str, line: int, row: dict[str, str]) -> Arrival:
    for name, cell in row.items():
        if not cell.isascii():
            strange = next(c for c in cell if not c.isascii())
            raise InputError(
                f"{where}{name} is '{cell}', with a U+{ord(strange):04X}; write it in ASCII"
            )
    try:
        arrive = seconds(row["arrive"])
    except ValueError:
        raise InputError(
            f"{where}arrive is '{row['arrive']}', not a time; write HH:MM:SS"
        ) from None
    if row["priority"] not in ("0", "1"):
        raise InputError(f"{where}priority is '{row['priority']}'; write 0 or 1")
    text = row["service_s"]
    plain = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text)
    service = float(text) if plain else None
    if text and (service is None or not service < 86_400):
        raise InputError(
            f"{where}service_s is '{text:.40}'; write seconds such as 90 or 90.5, below 86400, "
            "or leave it blank"
        )
    return Arrival(line, arrive, row["service"], row["priority"] == "1", service)


def median_service_s(people: list[Arrival]) -> float:
    """Return the day's median service time, seconds; 0 when nobody's is known."""
    known = [person.service_s for person in people if person.service_s is not None]
    return median(known) if known else 0.0
