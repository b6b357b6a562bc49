"""The settings of one office: names, ranges, defaults, and plain words for what is wrong.

One schema for both ends of the cable: the device keeps `key = value` lines, the site file of the
host and the simulator is TOML whose values are written the same way. Owns no other file.
"""

from luot.core.limits import DESKS_WIRED, PAGERS, SERVICES
from luot.core.order import RULES

# fmt: off
# name, default, lowest, highest, what it counts
_NUMBERS = (
    ("overtakes_max", 3, 0, 250, "times an ordinary citizen may be passed"),
    ("calls_max", 3, 1, 9, "calls of one ticket"),
    ("recall_gap_s", 30, 0, 600, "seconds between two calls of one ticket"),
    ("pagers", PAGERS, 1, PAGERS, "pagers, numbered from 1"),
    ("ric_first", 8, 8, 1_990_000, "pager address of pager 1, a multiple of 8"),
    ("frequency_hz", 433_920_000, 433_075_000, 434_765_000, "carrier in the 433 MHz band, Hz"),
    ("trim_hz", 0, -12_000, 12_000, "correction of this unit's crystal, Hz"),
    ("power_dbm", 10, 2, 13, "transmitter power, dBm"),
    ("pocsag_bps", 1200, 512, 2400, "512, 1200 or 2400 bit/s"),
)
# name, the words it may be: the first is the default
_CHOICES = (
    ("language", ("vi", "en")),
    ("rule", RULES),
    ("polarity", ("normal", "inverted")),
    ("board", ("t3", "heltec2", "devkit")),
)
# fmt: on


class SettingsError(ValueError):
    """A setting that cannot be used: `key`, and in words what is wrong and what to do."""

    def __init__(self, key: str, what: str, do: str) -> None:
        """Keep the three parts; the text is `what; do`."""
        super().__init__("%s; %s" % (what, do))
        self.key = key
        self.what = what
        self.do = do


class Settings:
    """The settings of one station; every attribute named as its key."""

    def __init__(self, pairs: "list[tuple[str, str]] | tuple[tuple[str, str], ...]" = ()) -> None:
        """Take (key, value) texts; what is not named has its default. Raises SettingsError."""
        self.overtakes_max = self.calls_max = self.recall_gap_s = self.pagers = 0
        self.ric_first = self.frequency_hz = self.trim_hz = self.power_dbm = 0
        self.pocsag_bps = 0
        self.language = self.rule = self.polarity = self.board = ""
        self.services: tuple[str, ...] = ("A", "B", "C", "D")
        self.desks: tuple[str, ...] = ("ABCD", "ABCD", "ABCD", "ABCD")
        self.secret = b""
        given = dict(pairs)
        for row in _NUMBERS:
            setattr(self, row[0], _number(row, given.pop(row[0], None)))
        for key, words in _CHOICES:
            setattr(self, key, _choice(key, words, given.pop(key, None)))
        if self.ric_first % 8:
            raise SettingsError("ric_first", "ric_first is not a multiple of 8", "round it down")
        if self.pocsag_bps not in (512, 1200, 2400):
            raise SettingsError(
                "pocsag_bps", "pocsag_bps = %d is not known" % self.pocsag_bps, "give 1200"
            )
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
            raise SettingsError(key, "there is no setting %s" % key, "remove it or mend its name")

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
    """Return the (key, value) pairs of `key = value` lines; blank lines and # lines are skipped."""
    pairs = []
    for line in text.split("\n"):
        line = line.strip()
        if line and line[0] != "#":
            key, found, value = line.partition("=")
            if not found:
                raise SettingsError(key, "a line without =: %s" % line, "write key = value")
            pairs.append((key.strip(), value.strip()))
    return pairs


def _number(row: "tuple[str, int, int, int, str]", text: "str | None") -> int:
    key, default, low, high, what = row
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise SettingsError(
            key,
            "%s = %s is not possible" % (key, text),
            "give %d to %d (%s)" % (low, high, what),
        )
    return value


def _choice(key: str, words: "tuple[str, ...]", text: "str | None") -> str:
    if text is None:
        return words[0]
    if text not in words:
        raise SettingsError(
            key, "%s = %s is not known" % (key, text), "choose one of " + ", ".join(words)
        )
    return text


def _services(text: str) -> tuple[str, ...]:
    names = tuple([name.strip() for name in text.split(",")])
    if not 1 <= len(names) <= SERVICES:
        raise SettingsError(
            "services", "%d services" % len(names), "give 1 to %d of them" % SERVICES
        )
    seen = ""
    for name in names:
        letter = name[:1]
        if not "A" <= letter <= "H" or letter in seen or name[1:2] not in ("", " "):
            raise SettingsError(
                "services",
                "the service '%s' has no letter of its own" % name,
                "begin each with a different letter A to H, then a space and its name",
            )
        seen += letter
    return names


def _desks(text: str, letters: str) -> tuple[str, ...]:
    desks = tuple([desk.strip() for desk in text.split(",")])
    if not 1 <= len(desks) <= DESKS_WIRED:
        raise SettingsError(
            "desks", "%d desks" % len(desks), "give 1 to %d wired desks" % DESKS_WIRED
        )
    for desk in desks:
        for letter in desk:
            if letter not in letters:
                raise SettingsError(
                    "desks",
                    "a desk serves %s, which is no service" % letter,
                    "use the letters of services: " + letters,
                )
        if not desk:
            raise SettingsError("desks", "a desk serves nothing", "give it letters of services")
    for letter in letters:
        if letter not in "".join(desks):
            raise SettingsError(
                "desks", "no desk serves %s" % letter, "add it to a desk or remove the service"
            )
    return desks


def _secret(text: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b"?"
    if len(secret) not in (0, 32):
        raise SettingsError("secret", "secret is not 32 bytes", "give 64 hexadecimal digits")
    return secret
