"""What may be set: names, ranges and defaults, and reading them. Needed at a start only.

One schema for both ends of the cable: the device keeps `key = value` lines, the site file of the
host and the simulator is TOML whose values are written the same way. Owns no other file.
"""

from luot.core.limits import DESKS_WIRED, PAGERS
from luot.core.line.rules import RULES
from luot.core.settings import week
from luot.core.settings.settings import Settings
from micropython import const

# Addresses of the expanders: issue keys; desks 1 and 2, 3 and 4; ratings of the same.
_ISSUE_PAD = const(0x20)
_DESK_PAD = const(0x21)
_RATING_PAD = const(0x23)
_PER_PAD = const(2)  # desks

# fmt: off
# name, default, lowest, highest
NUMBERS = (
    ("overtakes_max", 3, 0, 250),  # times an ordinary citizen may be passed
    ("calls_max", 3, 1, 9),  # calls of one ticket
    ("recall_gap_s", 30, 0, 600),  # seconds between two calls of one ticket
    ("pagers", PAGERS, 1, PAGERS),
    ("ric_first", 8, 8, 1_990_000),  # pager address of pager 1, a multiple of 8
    ("frequency_hz", 433_920_000, 433_075_000, 434_765_000),
    ("trim_hz", 0, -12_000, 12_000),  # correction of this unit's crystal
    ("power_dbm", 10, 2, 13),
)
# name, the words it may be: the first is the default
CHOICES = (
    ("language", ("vi", "en")),
    ("rule", RULES),
    ("pocsag_bps", ("1200", "512", "2400")),
    ("polarity", ("normal", "inverted")),
    ("rating", ("no", "yes")),
    ("board", ("t3", "heltec2", "devkit")),
)
# fmt: on


class SettingsError(ValueError):
    """A setting that cannot be used: its `key` and the `value` given; `advice` finds the words."""

    def __init__(self, key: str, value: str) -> None:
        """Say no more than a box can show."""
        super().__init__("%s = %s" % (key, value))
        self.key = key
        self.value = value


def fill(settings: Settings, pairs: "list[tuple[str, str]] | tuple[tuple[str, str], ...]") -> None:
    """Give `settings` an attribute for each key: from (key, value) texts, else its default."""
    given = dict(pairs)
    for key, default, low, high in NUMBERS:
        setattr(settings, key, _number(key, given.pop(key, str(default)), low, high))
    for key, words in CHOICES:
        setattr(settings, key, _choice(key, given.pop(key, words[0]), words))
    settings.pocsag_bps = int(settings.pocsag_bps)
    if settings.ric_first % 8:
        raise SettingsError("ric_first", str(settings.ric_first))
    if "services" in given:
        settings.services = _services(given.pop("services"))
    letters = "".join([name[0] for name in settings.services])
    if "desks" in given:
        settings.desks = _desks(given.pop("desks"), letters)
    elif letters != "ABCD":
        settings.desks = (letters,) * DESKS_WIRED
    if "secret" in given:
        settings.secret = _secret(given.pop("secret"))
    if "hours" in given:
        settings.hours = _hours(given.pop("hours"))
    if given:
        key = min(given.keys())
        raise SettingsError(key, given[key])


def parse(text: str) -> "list[tuple[str, str]]":
    """Return the (key, value) pairs of `key = value` lines; blank ones and # are skipped."""
    pairs = []
    for line in text.split("\n"):
        line = line.strip()
        if line and line[0] != "#":
            key, found, value = line.partition("=")
            if not found:
                raise SettingsError(line, "")
            pairs.append((key.strip(), value.strip()))
    return pairs


def _number(key: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise SettingsError(key, text)
    # Written plainly: CPython and MicroPython take different liberties, such as 1__0.
    if str(value) != text or not low <= value <= high:
        raise SettingsError(key, text)
    return value


def _choice(key: str, text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise SettingsError(key, text)
    return text


def _services(text: str) -> tuple[str, ...]:
    """Take `A Name, B Name, ...`: a letter of its own each, A to H, and a name if wanted."""
    names = tuple([name.strip() for name in text.split(",")])
    seen = ""
    for name in names:
        letter = name[:1]
        if not "A" <= letter <= "H" or letter in seen or name[1:2] not in ("", " "):
            raise SettingsError("services", text)
        seen += letter
    return names


def _desks(text: str, letters: str) -> tuple[str, ...]:
    """Take `ABCD, AB, ...`: for each desk the services it serves; every service has a desk."""
    desks = tuple([desk.strip() for desk in text.split(",")])
    served = "".join(desks)
    wrong = len(desks) > DESKS_WIRED or "" in desks
    for letter in served:
        wrong = wrong or letter not in letters
    for letter in letters:
        wrong = wrong or letter not in served
    if wrong:
        raise SettingsError("desks", text)
    return desks


def _secret(text: str) -> bytes:
    """Take 64 hexadecimal digits, or nothing."""
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        raise SettingsError("secret", text)
    if len(secret) not in (0, 32):
        raise SettingsError("secret", text)
    return secret


def _hours(text: str) -> str:
    """Take seven days as `week` reads them, or nothing."""
    try:
        if text:
            week.parse(text)
    except ValueError:
        raise SettingsError("hours", text)
    return text


def load(text: str) -> Settings:
    """Return the settings of a box's own file; never raises.

    If any of it is wrong, `wrong` says what, and only board and language are taken, as far as they
    are right, so that the display can say so.
    """
    try:
        return Settings(parse(text))
    except SettingsError as error:
        wrong = str(error)
    shown = Settings()
    for line in text.split("\n"):
        key = line.partition("=")[0].strip()
        if key in ("board", "language"):
            try:
                setattr(shown, key, getattr(Settings(parse(line)), key))
            except SettingsError:
                pass
    shown.wrong = wrong
    return shown


def read(files, name: str) -> Settings:
    """Return the settings in a file, as `load` has it; `files` opens one by name. Never raises."""
    try:
        with files(name) as file:
            text = file.read()
    except (OSError, UnicodeError):
        text = name  # which is no setting: the display says so
    return load(text)


def keypads(settings: Settings) -> tuple[int, ...]:
    """Return the addresses of the expanders that an office has, in the order of the keys' bits."""
    pads = (len(settings.desks) + 1) // _PER_PAD
    found = [_ISSUE_PAD] + [_DESK_PAD + i for i in range(pads)]
    if settings.rating == "yes":
        found += [_RATING_PAD + i for i in range(pads)]
    return tuple(found)
