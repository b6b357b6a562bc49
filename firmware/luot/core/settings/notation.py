"""How settings are written: one dialect, the same in every interpreter. Needed at a start only.

Owns lines, blanks, comments, quotes, which letters there may be, and how a file says that it is
whole (SPEC.md 3.1); what a value may be is `schema`. It reads bytes: what an interpreter takes for
a blank, a digit or a letter differs, bytes do not.
"""

from micropython import const

BYTES_MAX = const(8_192)  # of a file
_BOM = b"\xef\xbb\xbf"  # some editors begin a file so
_BLANKS = b" \t"
_QUOTES = b"\"'"
_MEANT = b'"\\'  # ASCII that is for those who write strings
# Beside those of ASCII and U+1EA0 to U+1EF9: what the font has, each in two bytes of UTF-8.
_LETTERS = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư·".encode()
_MARKED_FIRST = const(0x1EA0)
_MARKED_LAST = const(0x1EF9)

# Why something cannot be used; "": its value is none of those it may have.
LETTER = "letter"  # `value` is one that cannot be shown
TWICE = "twice"  # the key was there before
COMMA = "comma"  # one in an item of a list, which would become two
QUOTES = "quotes"  # quotes or brackets that do not close, or something after them
CUT = "cut"  # the file is not whole: `end` is missing, or counts what is not there
AFTER = "after"  # something follows `end`


class SettingsError(ValueError):
    """A setting that cannot be used: its `key`, the `value` given, the `cause`.

    `luot.pc.advice` finds the words.
    """

    def __init__(self, key: str, value: str, cause: str = "") -> None:
        """Say no more than a box can show."""
        between = " = " if cause != LETTER else ": " if key else ""
        super().__init__(key + between + value)
        self.key = key
        self.value = value
        self.cause = cause


def lines(data: bytes) -> "list[bytes]":
    """Return the lines of a file, without a byte order mark and without line ends."""
    if data[:3] == _BOM:
        data = data[3:]
    return [line[:-1] if line[-1:] == b"\r" else line for line in data.split(b"\n")]


def parse(data: bytes) -> "list[tuple[str, str]]":
    """Return the (key, value) pairs of a whole file; SettingsError.

    The items of a list come with commas in between. The last pair of a file is `end` and how many
    there are above it; it is not returned.
    """
    pairs: list[tuple[str, str]] = []
    ended = False
    left = lines(data)
    while left:
        try:
            found = pair(left.pop(0))
        except SettingsError:
            if not left and not ended:  # no line end, and not what it was going to be
                raise SettingsError("end", "?", CUT)
            raise
        if found is None:
            continue
        key, value = found
        if ended:
            raise SettingsError(key, value, AFTER)
        if key == "end":
            count_is(value, len(pairs))
            ended = True
            continue
        for known, _ in pairs:
            if known == key:
                raise SettingsError(key, value, TWICE)
        pairs.append(found)
    if not ended:
        raise SettingsError("end", "?", CUT)
    return pairs


def count_is(value: str, count: int) -> None:
    """SettingsError unless the value of `end` is the count of pairs above it."""
    if value != str(count):
        raise SettingsError("end", "%s, %d" % (value, count), CUT)


def pair(line: bytes) -> "tuple[str, str] | None":
    """Return the key and the value of a line, or None for a blank one or a comment."""
    equals, comment = line.find(b"="), line.find(b"#")
    if equals < 0 or 0 <= comment < equals:
        text = legible("", _bare(line))
        if text:
            raise SettingsError(text, "")
        return None
    key = legible("", _bare(line[:equals]))
    value = line[equals + 1 :].strip(_BLANKS)
    first = value[:1]
    if first == b"[":
        return key, _list(key, value)
    if first and first in _QUOTES:
        text, at = _string(key, value, 0)
        _nothing_after(key, value, at)
        return key, text
    return key, legible(key, _bare(value))


def _bare(data: bytes) -> bytes:
    """Return what stands before a comment, without blanks around it."""
    comment = data.find(b"#")
    return (data if comment < 0 else data[:comment]).strip(_BLANKS)


def _string(key: str, value: bytes, at: int) -> "tuple[str, int]":
    """Return the string that a quote at `at` begins, and where it is over."""
    quote = value[at : at + 1]
    end = value.find(quote, at + 1) if quote and quote in _QUOTES else -1
    if end < 0:
        raise SettingsError(key, _raw(value), QUOTES)
    return legible(key, value[at + 1 : end]), end + 1


def _list(key: str, value: bytes) -> str:
    """Return the items of `["...", "..."]`, with commas in between."""
    items: list[str] = []
    at = _blanks(value, 1)
    while value[at : at + 1] != b"]":
        item, at = _string(key, value, at)
        if "," in item:
            raise SettingsError(key, item, COMMA)
        items.append(item)
        at = _blanks(value, at)
        if value[at : at + 1] == b",":
            at = _blanks(value, at + 1)
        elif value[at : at + 1] != b"]":
            raise SettingsError(key, _raw(value), QUOTES)
    _nothing_after(key, value, at + 1)
    return ",".join(items)


def _blanks(value: bytes, at: int) -> int:
    while value[at : at + 1] in (b" ", b"\t"):
        at += 1
    return at


def _nothing_after(key: str, value: bytes, at: int) -> None:
    at = _blanks(value, at)
    if value[at : at + 1] not in (b"", b"#"):
        raise SettingsError(key, _raw(value), QUOTES)


def _raw(value: bytes) -> str:
    """Return a value that could not be read, as far as it is ASCII."""
    return bytes([byte if 0x20 <= byte < 0x7F else 0x3F for byte in value]).decode()


def legible(key: str, data: bytes) -> str:
    """Return text of which the display can show every letter; SettingsError names another one.

    Quotation marks and backslashes are none of the letters, so that strings need no escapes.
    """
    at = 0
    while at < len(data):
        code, size = _letter(data, at)
        if code < 0x80:
            shown = 0x20 <= code < 0x7F and code not in _MEANT
        elif size == 2:
            shown = data[at : at + 2] in _LETTERS
        else:
            shown = _MARKED_FIRST <= code <= _MARKED_LAST
        if not shown:
            raise SettingsError(key, letter_name(code, data[at]), LETTER)
        at += size
    return data.decode()


def letter_name(code: int, byte: int) -> str:
    """Return what a letter can be called in ASCII; -1: the `byte` is no UTF-8."""
    if code < 0:
        return "byte %02X" % byte
    return chr(code) if 0x20 < code < 0x7F else "U+%04X" % code


def _letter(data: bytes, at: int) -> "tuple[int, int]":
    """Return the code point at `at` and how many bytes it has; -1 and 1: no UTF-8."""
    first = data[at]
    if first < 0x80:
        return first, 1
    size = 2 + (first >= 0xE0) + (first >= 0xF0)
    code = first & 0x7F >> size
    for byte in data[at + 1 : at + size]:
        if byte & 0xC0 != 0x80:
            return -1, 1
        code = code << 6 | byte & 0x3F
    least = (0x80, 0x800, 0x10000)[size - 2]
    if first < 0xC2 or first > 0xF4 or at + size > len(data) or code < least:
        return -1, 1
    return code, size
