"""Text that somebody gave: what is in a file, what may be printed of it, what cannot be used."""

from pathlib import Path


class InputError(Exception):
    """Something the user gave cannot be used: what, why and what to do, in one line."""


def decoded(path: Path, data: bytes) -> str:
    """Return the text of a file, UTF-8 with a byte order mark or without; InputError."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if marked or data[0:4:2] == b"\0\0" or data[1:4:2] == b"\0\0":
        raise InputError(f"{path} is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, line {line}: byte {data[error.start]:02X} is no UTF-8; save it as UTF-8"
        ) from None


def plain(text: str) -> str:
    """Return a line of which a terminal shows all: what it would obey or hide is spelled out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
