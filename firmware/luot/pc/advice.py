"""What is wrong with a setting and what to do about it, in plain words.

For tools and people on a PC: no box imports it. The ranges themselves are `settings`.
"""

from luot.core.limits import DESKS_WIRED
from luot.core.settings import notation
from luot.core.settings.notation import SettingsError
from luot.core.settings.schema import CHOICES, NUMBERS

_MEANINGS = {
    "overtakes_max": "times an ordinary citizen may be passed",
    "calls_max": "calls of one ticket",
    "recall_gap_s": "seconds between two calls of one ticket",
    "pagers": "pagers, numbered from 1",
    "ric_first": "pager address of pager 1, a multiple of 8",
    "frequency_hz": "carrier in the 433 MHz band, Hz",
    "trim_hz": "correction of this unit's crystal, Hz",
    "power_dbm": "transmitter power, dBm",
    "services": "give 1 to 8 services, each with a letter of its own from A to H, "
    "then if you like a space and a name",
    "desks": "give 1 to %d desks, each the letters of the services it serves; "
    "every service needs a desk" % DESKS_WIRED,
    "hours": "give seven days from Monday, with commas in between: each - or spans such as "
    "7:30-11:30 13:00-17:00",
    "secret": "give 64 hexadecimal digits, or leave it out",
}


_CAUSES = {
    notation.TWICE: "is there twice; leave one of them",
    notation.QUOTES: "has quotes or brackets that do not close, or something after them; "
    'write "..." or ["...", "..."] in one line',
    notation.COMMA: "has a comma in an item of its list; give two items",
    notation.AFTER: "comes after the line end; make end the last one",
    notation.CUT: "does not fit what is above it, so the file is not whole; "
    "make `end = ` and the count of settings its last line",
}
_BLANKS = (0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF)


def letter(name: str) -> str:
    """Say what is wrong with a letter that the display cannot show; `name` as errors have it."""
    if name.startswith("byte"):
        return "has %s, which is no UTF-8; save the file as UTF-8" % name
    if not name.startswith("U+"):
        return "has a %s, which no setting may have; leave it out" % name
    code = int(name[2:], 16)
    if code in _BLANKS or 0x2000 <= code <= 0x200F:
        return "has %s, which looks like a space and is none; write a space instead" % name
    if code < 0x20 or 0x7F <= code < 0xA0:
        return "has %s, a control character; leave it out" % name
    if 0x300 <= code < 0x370:
        return (
            "has %s, a mark apart from its letter; write letters and marks in one (composed "
            "Unicode, NFC)" % name
        )
    if chr(code).isdigit():
        return "has %s (%s), a digit of another script; write 0 to 9" % (name, chr(code))
    return "has %s (%s), which the display cannot show; write it otherwise" % (name, chr(code))


def advise(error: SettingsError) -> str:
    """Return one line: what cannot be used, and what to do."""
    if error.cause == notation.LETTER:
        return "%s %s" % (error.key or "this line", letter(error.value))
    if error.cause:
        return "%s %s" % (error, _CAUSES.get(error.cause, error.cause))
    return _value(error)


def _value(error: SettingsError) -> str:
    what = "%s cannot be used" % error
    for key, _, low, high in NUMBERS:
        if key == error.key:
            return "%s; give %d to %d (%s)" % (what, low, high, _MEANINGS[key])
    for key, words in CHOICES:
        if key == error.key:
            return "%s; choose one of %s" % (what, ", ".join(words))
    if error.key in _MEANINGS:
        return "%s; %s" % (what, _MEANINGS[error.key])
    known = [row[0] for row in NUMBERS] + [row[0] for row in CHOICES]
    return "there is no setting %s; these are known: %s, services, desks, secret, hours" % (
        error.key,
        ", ".join(known),
    )
