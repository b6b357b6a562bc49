"""A site file (TOML) as the settings a station is given, with errors that name the line.

Owns the way from TOML to `key = value` texts; what a value may be is `luot.core.settings`.
"""

import tomllib
from pathlib import Path

from luot.core.settings.schema import SettingsError
from luot.core.settings.settings import Settings
from luot.pc.advice import advise
from sim.people.arrivals import InputError


def load(path: Path | None) -> Settings:
    """Return the settings of `path`, or the default site; raises InputError."""
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}; give the path of a site file"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}; mend that place") from None
    try:
        settings = Settings([(key, _text(key, value)) for key, value in table.items()])
    except SettingsError as error:
        raise InputError(f"{path}, line {_line(text, error.key)}: {advise(error)}") from None
    if settings.board != "t3":
        raise InputError(
            f"{path}, line {_line(text, 'board')}: board = {settings.board} is not wired in the "
            "simulator; leave it out, which means t3"
        )
    return settings


def lines(settings: Settings) -> bytes:
    """Return the settings as the device keeps them: `key = value` lines, UTF-8."""
    pairs = []
    for key, value in sorted(vars(settings).items()):
        if isinstance(value, bytes):
            value = value.hex()
        pairs.append(f"{key} = {_text(key, value)}\n")
    return "".join(pairs).encode()


def _text(key: str, value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_text(key, item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SettingsError(key, str(value))
    if not str(value).isprintable():
        raise SettingsError(key, ascii(value))
    return str(value)


def _line(text: str, key: str) -> int:
    """Return the line of `text` that sets `key`, 1 if none does."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.split("=")[0].strip().strip("\"'") == key:
            return number
    return 1
