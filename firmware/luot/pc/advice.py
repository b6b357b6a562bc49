"""What is wrong with a setting and what to do about it, in plain words.

For tools and people on a PC: no box imports it. The ranges themselves are `settings`.
"""

from luot.core.limits import DESKS_WIRED
from luot.core.settings.schema import CHOICES, NUMBERS, SettingsError

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


def advise(error: SettingsError) -> str:
    """Return one line: what cannot be used, and what to do."""
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
