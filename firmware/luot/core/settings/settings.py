"""The settings of one office, as a box carries them; what they may be is `schema`."""


class Settings:
    """The settings of one station; every attribute named as its key."""

    # What cannot be used, if `load` met any such thing, and the display's word for that.
    wrong, word = "", "settings.bad"

    def __init__(self, pairs: "list[tuple[str, str]] | tuple[tuple[str, str], ...]" = ()) -> None:
        """Take (key, value) texts; what is not named has its default. Raises SettingsError."""
        self.overtakes_max = self.calls_max = self.recall_gap_s = self.pagers = 0
        self.ric_first = self.frequency_hz = self.trim_hz = self.power_dbm = self.pocsag_bps = 0
        self.language = self.rule = self.polarity = self.rating = self.board = ""
        self.services: tuple[str, ...] = ("A", "B", "C", "D")
        self.desks: tuple[str, ...] = ("ABCD", "ABCD", "ABCD", "ABCD")
        self.secret = b""
        self.hours = ""  # as core/settings/hours.py reads them; none: nothing is suggested
        from luot.core.settings.schema import fill  # not kept: a box needs it at a start only

        fill(self, pairs)

    def rule_number(self) -> int:
        """Return the rule's number, as in records."""
        from luot.core.line.rules import RULES

        return RULES.index(self.rule)

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

    def letter(self, service: int) -> str:
        """Return a service's letter; one that the settings had once has the alphabet's."""
        if service < len(self.services):
            return self.services[service][0]
        return "ABCDEFGH"[service]

    def ric(self, pager: int) -> int:
        """Return the pager address (RIC) of pager 1..999.

        Three pagers to each block of eight addresses, in frames 0, 2 and 5: three neighbours fit
        one batch, and a page of five code words never needs a second one.
        """
        return self.ric_first + (pager - 1) // 3 * 8 + (0, 2, 5)[(pager - 1) % 3]
