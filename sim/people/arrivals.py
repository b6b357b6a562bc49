"""Arrivals of a real day: a CSV of `arrive,service,priority,service_s`, read and checked.

Owns that file format and its errors, which name the line. Who these people are otherwise, and what
they do, is `office`.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

COLUMNS = ("arrive", "service", "priority", "service_s")


class InputError(Exception):
    """Something the user gave cannot be used: what, why and what to do, in one line."""


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
    parts = [int(part) for part in text.split(":")]
    most = (99, 59, 59)[: len(parts)]
    if len(parts) not in (2, 3) or any(not 0 <= n <= m for n, m in zip(parts, most, strict=True)):
        raise ValueError(text)
    return (parts[0] * 60 + parts[1]) * 60 + (parts[2] if len(parts) == 3 else 0)


def read(path: Path) -> list[Arrival]:
    """Return the people of `path` in file order; raises InputError with the line number."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            people = list(_rows(path, csv.DictReader(file)))
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}; give the path of an arrivals CSV"
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(
            f"{path} is not a CSV text file; give a file with columns {','.join(COLUMNS)}"
        ) from None
    if not people:
        raise InputError(f"{path}, line 2: nobody comes; add a line for each person")
    return people


def _rows(path: Path, reader: "csv.DictReader[str]") -> Iterable[Arrival]:
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"{path}, line 1: column {missing[0]} is missing; "
            f"name the columns {','.join(COLUMNS)} in the first line"
        )
    before = 0
    for row in reader:
        arrival = _row(path, reader.line_num, row)
        if arrival.arrive_s < before:
            raise InputError(
                f"{path}, line {reader.line_num}: {row['arrive']} is earlier than the line "
                "before; sort the file by arrive"
            )
        before = arrival.arrive_s
        yield arrival


def _row(path: Path, line: int, row: dict[str, str]) -> Arrival:
    where = f"{path}, line {line}: "
    try:
        arrive = seconds(row["arrive"] or "")
    except ValueError:
        raise InputError(
            f"{where}arrive is '{row['arrive']}', not a time; write HH:MM:SS"
        ) from None
    if row["priority"] not in ("0", "1"):
        raise InputError(f"{where}priority is '{row['priority']}'; write 0 or 1")
    try:
        service = float(row["service_s"]) if row["service_s"] else None
        if service is not None and not 0 <= service < 86_400:
            raise ValueError
    except ValueError:
        raise InputError(
            f"{where}service_s is '{row['service_s']}'; write seconds, or leave it blank"
        ) from None
    return Arrival(line, arrive, row["service"] or "", row["priority"] == "1", service)


def median_service_s(people: list[Arrival]) -> float:
    """Return the day's median service time, seconds; 0 when nobody's is known."""
    known = [person.service_s for person in people if person.service_s is not None]
    return median(known) if known else 0.0
