"""The settings of one office: names, ranges and defaults.

One schema for both ends of the cable: the device keeps `key = value` lines, the site file of the
host and the simulator is TOML whose values are written the same way. Owns no other file.
"""

from luot.core.limits import DESKS_WIRED, PAGERS
from luot.core.turn import RULES

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


class Settings:
    """The settings of one station; every attribute named as its key."""

    def __init__(self, pairs: "list[tuple[str, str]] | tuple[tuple[str, str], ...]" = ()) -> None:
        """Take (key, value) texts; what is not named has its default. Raises SettingsError."""
        self.overtakes_max = self.calls_max = self.recall_gap_s = self.pagers = 0
        self.ric_first = self.frequency_hz = self.trim_hz = self.power_dbm = self.pocsag_bps = 0
        self.language = self.rule = self.polarity = self.board = ""
        self.services: tuple[str, ...] = ("A", "B", "C", "D")
        self.desks: tuple[str, ...] = ("ABCD", "ABCD", "ABCD", "ABCD")
        self.secret = b""
        given = dict(pairs)
        for key, default, low, high in NUMBERS:
            setattr(self, key, _number(key, given.pop(key, str(default)), low, high))
        for key, words in CHOICES:
            setattr(self, key, _choice(key, given.pop(key, words[0]), words))
        self.pocsag_bps = int(self.pocsag_bps)
        if self.ric_first % 8:
            raise SettingsError("ric_first", str(self.ric_first))
        if "services" in given:
            self.services = _services(given.pop("services"))
        letters = "".join([name[0] for name in self.services])
        if "desks" in given:
            self.desks = _desks(given.pop("desks"), letters)
        elif letters != "ABCD":
            self.desks = (letters,) * DESKS_WIRED
        if "secret" in given:
            self.secret = _secret(given.pop("secret"))
        if given:
            key = min(given.keys())
            raise SettingsError(key, given[key])

    def masks(self) -> tuple[int, ...]:
        """Return for each desk the bit mask of the services it serves."""
        masks = []
        for served in self.desks:
            mask = 0
            for i in range(len(self.services)):
                if self.services[i][0] in served:
                    mask |= 1 << i
            masks.append(mask)
        return tuple(masks)

    def ric(self, pager: int) -> int:
        """Return the pager address (RIC) of pager 1..999.

        Three pagers to each block of eight addresses, in frames 0, 2 and 5: three neighbours fit
        one batch, and a page of five code words never needs a second one.
        """
        return self.ric_first + (pager - 1) // 3 * 8 + (0, 2, 5)[(pager - 1) % 3]


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
