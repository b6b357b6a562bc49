"""The parts of a torture that are done, and the file that a later run goes on from.

Owns the figures added up and the file's lines: what was tried, then each part as it was done. What
a part is, is `torture_parts`; which are done now is `torture_cli`.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from sim import ROOT
from sim.text import InputError
from sim.torture.parts import PARTS, Told

FIGURES = ("cuts", "double_cuts", "lost", "ghosts", "reordered")
_SOURCES = ("firmware/luot/core/**/*.py", "sim/torture/*.py")
_TWINS = ("sim/torture/plate.py", "sim/chips/norflash.py", "sim/chips/clock.py")


class State:
    """The parts that are done, with what they found; kept in a file if one was given."""

    def __init__(self, path: Path | None, seed: int) -> None:
        """Read what an earlier run left; InputError if it tried something else."""
        self.figures = dict.fromkeys(FIGURES, 0)
        self.findings: list[str] = []
        self.done: set[int] = set()
        self._path = path
        if path is None:
            return
        tried = {"seed": seed, "code": fingerprint()}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                if not file.tell():
                    file.write(json.dumps(tried).encode() + b"\n")
                    return
                file.seek(0)
                *lines, rest = file.read().split(b"\n")
                if not lines or _parsed(lines[0]) != tried:
                    raise InputError(
                        f"{path} is of another seed or other code; "
                        "remove it or give another --state"
                    )
                self._take(lines[1:])
                # The last line may have been cut short: whole ones end.
                file.truncate(file.tell() - len(rest))
        except OSError as error:
            raise InputError(
                f"cannot use {path}: {error.strerror or error}; give another --state"
            ) from None

    def _take(self, lines: list[bytes]) -> None:
        """Count what lines of a file tell; InputError unless all are ours."""
        for number, line in enumerate(lines, 2):
            told = _parsed(line)
            if not _sound(told):
                raise InputError(
                    f"{self._path}, line {number} is no part of a torture; "
                    "remove that line or give another --state"
                )
            self._count(told)

    def add(self, told: Told) -> None:
        """Take in a part that is done; InputError when it cannot be kept."""
        self._count(told)
        if self._path:
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told) + "\n")
            except OSError as error:
                raise InputError(
                    f"cannot write {self._path}: {error.strerror}; make room and run this again"
                ) from None

    def _count(self, told: Told) -> None:
        if told["part"] in self.done:
            return
        for name in FIGURES:
            self.figures[name] += told[name]
        self.findings += [f"part {told['part']}: {text}" for text in told["findings"]]
        self.done.add(told["part"])


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _sound(told: Any) -> bool:
    """Say whether this is what `part` returns."""
    if not isinstance(told, dict) or told.keys() != {"part", *FIGURES, "findings"}:
        return False
    numbers, findings = [told[name] for name in ("part", *FIGURES)], told["findings"]
    return (
        all(type(number) is int and number >= 0 for number in numbers)
        and told["part"] < PARTS
        and isinstance(findings, list)
        and all(isinstance(text, str) for text in findings)
    )


def fingerprint() -> str:
    """Return what tells the code under torture, and the torture, from any other."""
    digest = sha256()
    for pattern in (*_SOURCES, *_TWINS):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
