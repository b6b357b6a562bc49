"""A site file (TOML) as the settings a station is given, with errors that name the line.

Owns the way from TOML to (key, value) texts and from settings to a box's own file; what a value
may be is `luot.core.settings`.
"""

import re
import tomllib
from pathlib import Path

from luot.core.settings import notation
from luot.core.settings.notation import SettingsError
from luot.core.settings.settings import Settings
from luot.pc.advice import advise, letter
from sim.text import InputError, decoded

_LISTS = ("services", "desks", "hours")  # what may be a list
_KINDS = {bool: "a truth value", float: "a fraction", dict: "a table"}


def load(path: Path | None) -> Settings:
    """Return the settings of `path`, or the default site; raises InputError."""
    if path is None:
        return Settings()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}; give the path of a site file"
        ) from None
    text = decoded(path, data)
    try:
        settings = Settings(_pairs(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(_no_toml(path, text, str(error))) from None
    except SettingsError as error:
        raise InputError(f"{path}, line {_line(text, error.key)}: {advise(error)}") from None
    if settings.board != "t3":
        raise InputError(
            f"{path}, line {_line(text, 'board')}: board = {settings.board} is not wired in the "
            "simulator; leave it out, which means t3"
        )
    return settings


def lines(settings: Settings) -> bytes:
    """Return the settings as a box keeps them, whole; it is a site file, too."""
    pairs = [f"{key} = {_toml(value)}\n" for key, value in sorted(vars(settings).items())]
    return "".join([*pairs, f"end = {len(pairs)}\n"]).encode()


def _toml(value: object) -> str:
    """Return a value of settings in TOML: none has a quotation mark or a backslash."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bytes):
        value = value.hex()
    return str(value) if isinstance(value, int) else f'"{value}"'


def _pairs(table: dict[str, object]) -> list[tuple[str, str]]:
    """Return what a table sets, as (key, value) texts; SettingsError."""
    pairs = [(key, _text(key, value)) for key, value in table.items()]
    if "end" in table:  # a box's own file, as it seems
        *pairs, (last, count) = pairs
        if last != "end":
            raise SettingsError(last, count, notation.AFTER)
        notation.count_is(count, len(pairs))
    return pairs


def _text(key: str, value: object) -> str:
    if isinstance(value, list) and key in _LISTS:
        for item in value:
            if not isinstance(item, str):
                raise SettingsError(key, _shown(value), _odd(item, "in a list"))
            if "," in item:
                raise SettingsError(key, item, notation.COMMA)
        return ",".join(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SettingsError(key, _shown(value), _odd(value, "there"))
    return str(value)


def _shown(value: object) -> str:
    return str(value).replace("'", '"')


def _odd(value: object, where: str) -> str:
    """Say what kind of value cannot stand in such a place, and what can."""
    kind = "a list" if isinstance(value, list) else _KINDS.get(type(value), "no text")
    if isinstance(value, int) and not isinstance(value, bool):
        kind = "a number"
    return f'has {kind} {where}; write a number, "..." or, for {", ".join(_LISTS)}, ["...", "..."]'


def _no_toml(path: Path, text: str, error: str) -> str:
    """Say what tomllib found, or the letter in that line which is likely to be the cause."""
    found = re.search(r"at line (\d+)", error)
    number = int(found[1]) if found else text.count("\n") + 1
    wrong = text.split("\n")[number - 1].rstrip("\r")
    try:
        notation.legible("", re.sub(r"[\"\\\t]", " ", wrong).encode())
    except SettingsError as strange:
        return f"{path}, line {number}: {letter(strange.value)}"
    return f"{path} is not TOML: {error}; mend that place"


def _line(text: str, key: str) -> int:
    """Return the line of `text` that sets `key`, 1 if none does."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.split("=")[0].strip().strip("\"'") == key:
            return number
    return 1
