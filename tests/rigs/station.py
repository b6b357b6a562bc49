"""A station alone on a table: somebody presses its keys, reads its display and hears its pages.

Owns what the tests/test_station*.py share; holds no test. Times are ms of the box's own clock.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

from luot.core.display import panel, screens, telling, view, wording
from luot.core.journal import journal, ring
from luot.core.keys import keypad, menu
from luot.core.line import order, rules
from luot.core.pages import paging, ringing
from luot.core.settings import summary
from luot.core.settings.settings import Settings
from luot.pc import reader, story
from luot.roles import station
from luot.roles.station import Station
from sim.chips.machine import Machine
from sim.chips.pcf8574 import Pcf8574
from sim.chips.sx127x import Transmission
from sim.day import DATA, firmware
from sim.people.reading import Line, Reader
from sim.receiver import Page, receive
from sim.report import Image
from sim.unit import START_US, Firmware, OnCPython, Unit
from sim.world import World

NEXT, RECALL, ABSENT, ARRIVED = range(4)
HELD_MS = 1_300  # a hold, as a person makes it
HOLD_MS = 4_000  # so long a message has the display
READ_MS = 2_000  # so long a number just issued has it, when more is to be told
GAP_MS = 31_000  # a second more than the default gap between two calls
ENODEV = OSError(19)

# Where the faults of tests/test_station*.py are.
MODULES = (
    *(journal, keypad, order, paging, panel, ring, ringing, rules, station, telling, view),
    *(menu, screens, summary, wording),
)

_READER = Reader((DATA / "font.bin").read_bytes())
_NINE_US = 9 * 3600 * 1_000_000
SETTLE_MS = 1_500  # after power on: radio and journal are ready, the display has been drawn


@lru_cache(maxsize=4096)
def read(pixels: bytes) -> tuple[Line, ...]:
    """What stands on a display."""
    return tuple(_READER.read(pixels))


def issued(lines: tuple[Line, ...]) -> tuple[str, int]:
    """A big number, and lit like a tag beside it its pager; ("", 0) if there is none."""
    for line, tag in pairwise(lines):
        if line.big and not line.lit and tag.big and tag.lit and tag.page == line.page:
            return line.text, int(tag.text)
    return "", 0


def called(lines: tuple[Line, ...]) -> tuple[str, int]:
    """A big number, and in the same row its desk behind an arrow; ("", 0) if there is none."""
    big = [line for line in lines if line.big and not line.lit]
    for line, desk in pairwise(big):
        if desk.page == line.page and desk.text.strip("→ ").isdecimal():
            return line.text, int(desk.text.strip("→ "))
    return "", 0


class Table:
    """One station with four desks' keys, by default of four services."""

    def __init__(
        self,
        *pairs: tuple[str, str],
        seed: int = 1,
        settle_ms: int = SETTLE_MS,
        text: str = "",
        flash: bytes = b"",
    ) -> None:
        """Switch on a station of these settings and wait so long after its program began.

        Instead of the settings it reads `text`, if there is any; `flash` is what lies in its
        journal from before.
        """
        self.world = World(seed, _NINE_US)
        self.sent: list[Transmission] = []
        self.shown: list[tuple[int, tuple[Line, ...]]] = []  # what stood there from when on
        self.settings = Settings(pairs)
        program: Callable[[Machine], Firmware] = partial(firmware, "cpython", self.settings)
        if text:
            files = {path.name: path.read_bytes() for path in DATA.glob("*.*")}
            files["settings.txt"] = text.encode()
            program = partial(OnCPython, files=files)
        self.box = Unit(self.world, self.settings, program, self.sent.append)
        self.box.on_picture = lambda pixels: self.shown.append((self.now, read(pixels)))
        self.box.flash.cells[: len(flash)] = flash
        self.start(settle_ms)

    @property
    def now(self) -> int:
        """Time since the box was last switched on."""
        return (self.world.now - self.box.starts[-1]) // 1000

    # Power and time.

    def start(self, settle_ms: int = SETTLE_MS) -> None:
        """Switch it on and wait so long after its program began."""
        self.box.power_on()
        self.wait(START_US // 1000 + settle_ms)

    def restart(self) -> None:
        """Pull the plug now and put it in again 3 s later."""
        self.box.power_off()
        self.wait(3000)
        self.start()

    def cut_after(self, us: int) -> None:
        """Have the plug pulled so many microseconds from now."""
        self.box.cut_at(self.world.now + us)

    def wait(self, ms: float) -> None:
        """Let time pass."""
        end = self.world.now + round(ms * 1000)
        self.world.at(end, lambda: None)
        self.world.run(lambda: self.world.now >= end)

    def erase_ahead(self) -> None:
        """Have the journal believe that its next sector is yet to be erased."""
        self.station.journal.ring.prepared -= 1

    def used(self, share: float) -> None:
        """Have so much of the battery's charge taken."""
        self.box._past_mah = self.box.battery.capacity_mah * share

    @property
    def keypads(self) -> list[Pcf8574]:
        """Issue keys; desks 1 and 2; desks 3 and 4; ratings of the same."""
        return list(self.box._expanders.values())

    @property
    def station(self) -> Station:
        """The program itself, for faults that no chip can be made to have."""
        program = self.box._program
        assert isinstance(program, OnCPython)
        return program.station

    @property
    def files(self) -> dict[str, bytes]:
        """The small files that were kept since the last start, and those shipped."""
        program = self.box._program
        assert isinstance(program, OnCPython)
        return program._files

    # Fingers.

    def press(self, desk: int, key: int, hold_ms: int = 150) -> None:
        """Press a key of a desk, now."""
        self.box.desk_keys[desk - 1][key].press(self.world.now, hold_ms * 1000)

    def do(self, desk: int, key: int) -> None:
        """Press a key of a desk and wait for what comes of it, a page being sent aside."""
        self.press(desk, key)
        self.wait(300)

    def hold(self, desk: int, key: int) -> None:
        """Hold a key of a desk down for long enough, and wait for what comes of it."""
        self.press(desk, key, HELD_MS)
        self.wait(HELD_MS + 200)

    def choose(self, desk: int, word: str, *clicks: int) -> None:
        """Open the menu of a desk, choose the item of a word, and click on from there."""
        self.hold(desk, ABSENT)
        items = [item[0] for item in menu._ITEMS]
        for _ in range(items.index(word)):
            self.do(desk, RECALL)
        for key in (ARRIVED, *clicks):
            self.do(desk, key)

    def rate(self, desk: int, which: int) -> None:
        """Press a rating key of a desk, 0 for very satisfied, and wait for what comes of it."""
        self.box.rating_keys[desk - 1][which].press(self.world.now, 150_000)
        self.wait(300)

    def take_back(self) -> None:
        """Press the issue key after the last service's: undo."""
        key = self.box.issue_keys[len(self.settings.services)]
        key.press(self.world.now, 150_000)
        self.wait(300)

    def take(self, service: str, priority: bool = False) -> None:
        """Press an issue key, the priority key held around it, and wait for what comes of it."""
        now = self.world.now
        if priority:
            self.box.priority_key.press(now, 500_000)
            now += 200_000
        key = self.box.issue_keys["ABCDEFGH".index(service)]
        key.press(now, 150_000)
        self.wait(600 if priority else 300)

    # Eyes and ears.

    @property
    def text(self) -> str:
        """All that stands on the display now, small and big, from top to bottom."""
        return " ".join(line.text for line in read(self.box.display.pixels()))

    @property
    def issued(self) -> tuple[str, int]:
        """Number and pager that the display shows to the clerk."""
        return issued(read(self.box.display.pixels()))

    @property
    def called(self) -> tuple[str, int]:
        """Number and desk that the display shows to the hall."""
        return called(read(self.box.display.pixels()))

    @property
    def pages(self) -> list[Page]:
        """Every page that went out complete."""
        inverted = self.settings.polarity == "inverted"
        return [page for sent in self.sent for page in receive(sent, inverted)]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the flash alone tells, copies and rows aside."""
        told: dict[int, dict[str, Any]] = {}
        for _, record, _ in reader.read(Image(self.box.flash.image())):
            event: dict[str, Any] = story.tell(record)
            if "source" in event:
                told.setdefault(event["ordinal"], event)
        return [told[ordinal] for ordinal in sorted(told)]

    @property
    def kinds(self) -> list[str]:
        """The kinds of these events, starts and the day's opening aside."""
        return [
            event["kind"] for event in self.events if event["kind"] not in ("boot", "day_open")
        ]


def waiting() -> Table:
    """Two people wait, the display and the journal are quiet."""
    table = Table()
    table.take("A")
    table.take("A")
    table.wait(READ_MS + HOLD_MS + 1900)
    return table


def said(table: Table, text: str) -> bool:
    """Whether the display says so at any time in the minute to come."""
    table.shown.clear()
    table.wait(60_000)
    return any(text in " ".join(line.text for line in lines) for _, lines in table.shown)


def gone(*_: object) -> bytes:
    """A chip that does not answer on I2C."""
    raise ENODEV
