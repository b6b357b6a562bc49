"""What may be set: names, ranges and defaults, and reading them. Needed at a start only.

One schema for both ends of the cable: the device's own file and the site file of the host and the
simulator. How a file is written is `notation`.
"""

from luot.core.limits import DESKS_WIRED, PAGERS
from luot.core.line.rules import RULES
from luot.core.settings import notation, week
from luot.core.settings.notation import SettingsError
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


def fill(settings: Settings, pairs: "list[tuple[str, str]] | tuple[tuple[str, str], ...]") -> None:
    """Give `settings` an attribute for each key: from (key, value) texts, else its default."""
    given = dict(pairs)
    for key, value in pairs:
        notation.legible("", key.encode())
        notation.legible(key, value.encode())
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
    names = tuple([name.strip(" ") for name in text.split(",")])
    seen = ""
    for name in names:
        letter = name[:1]
        if not "A" <= letter <= "H" or letter in seen or name[1:2] not in ("", " "):
            raise SettingsError("services", text)
        seen += letter
    return names


def _desks(text: str, letters: str) -> tuple[str, ...]:
    """Take `ABCD, AB, ...`: for each desk the services it serves; every service has a desk."""
    desks = tuple([desk.strip(" ") for desk in text.split(",")])
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
    plain = len(text) in (0, 64)
    for digit in text:  # what may stand between them, `fromhex` does not say alike everywhere
        plain = plain and digit in "0123456789abcdefABCDEF"
    if not plain:
        raise SettingsError("secret", text)
    return bytes.fromhex(text)


def _hours(text: str) -> str:
    """Take seven days as `week` reads them, or nothing."""
    try:
        if text:
            week.parse(text)
    except ValueError:
        raise SettingsError("hours", text)
    return text


def load(text: str) -> Settings:
    """Return the settings that are written in `text`, as in a file; never raises."""
    return _load(text.encode())


def _load(data: bytes) -> Settings:
    """Return the settings of a box's own file; never raises.

    If any of it is wrong, `wrong` says what, and only board and language are taken, as far as they
    are right, so that the display can say so.
    """
    try:
        return Settings(notation.parse(data))
    except SettingsError as error:
        wrong = error
    shown = Settings()
    for line in notation.lines(data):
        try:
            pair = notation.pair(line)
            if pair and pair[0] in ("board", "language"):
                setattr(shown, pair[0], getattr(Settings((pair,)), pair[0]))
        except SettingsError:
            pass
    shown.wrong = str(wrong)
    if wrong.cause == notation.CUT:
        shown.word = "settings.cut"
    return shown


def read(files, name: str) -> Settings:
    """Return the settings in a file, as `load` has it; `files` opens one by name and mode.

    Never raises: a file that is not there, too long or more than the memory holds is as one with a
    mistake in it. A long one is not read: somebody copied another file there.
    """
    try:
        with files(name, "rb") as file:
            size = file.seek(0, 2)
            if size > notation.BYTES_MAX:
                return _refused("settings.long", "%d > %d B" % (size, notation.BYTES_MAX))
            file.seek(0)
            return _load(file.read())
    except OSError:
        return _refused("settings.none", name)
    except MemoryError:
        return _refused("start.memory", name)


def _refused(word: str, wrong: str) -> Settings:
    shown = Settings()
    shown.word, shown.wrong = word, wrong
    return shown


def keypads(settings: Settings) -> tuple[int, ...]:
    """Return the addresses of the expanders that an office has, in the order of the keys' bits."""
    pads = (len(settings.desks) + 1) // _PER_PAD
    found = [_ISSUE_PAD] + [_DESK_PAD + i for i in range(pads)]
    if settings.rating == "yes":
        found += [_RATING_PAD + i for i in range(pads)]
    return tuple(found)
