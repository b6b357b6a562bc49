"""Faults as weather: which part of a box fails, when, how and for how long, drawn from a seed.

Owns the list of what can happen and its doing to a box's chips, keys and plug, from outside: the
firmware is never touched. A fault begins, lasts and ends; after the last one everything is well
again. What must hold meanwhile and afterwards is judged elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from random import Random

from sim.chips.faulty import DEAF, HANGS, NOISE, SILENT, ZEROS
from sim.chips.keys import Contact
from sim.unit import Unit
from sim.world import SECOND_US, World

_MS = 1_000
_RESTART_US = 3 * SECOND_US

# Part, how it fails, how often among all, and how long that lasts, seconds.
KINDS: tuple[tuple[str, str, int, tuple[float, float]], ...] = (
    ("display", SILENT, 4, (0.5, 120)),
    ("display", HANGS, 2, (0.5, 60)),
    ("display", DEAF, 3, (0.5, 60)),
    ("display", "registers", 6, (0, 0)),  # static: some of its registers are others now
    ("pad", SILENT, 4, (0.1, 120)),
    ("pad", HANGS, 3, (0.1, 60)),
    ("pad", ZEROS, 4, (0.005, 30)),
    ("pad", NOISE, 2, (0.005, 5)),
    ("bus", HANGS, 2, (0.1, 60)),  # all of I2C
    ("radio", SILENT, 4, (0.2, 120)),
    ("radio", ZEROS, 3, (0.2, 120)),
    ("radio", NOISE, 2, (0.2, 20)),
    ("radio", "reset", 4, (0, 0)),
    ("radio", "dips", 3, (10, 300)),  # its supply does, at each transmission
    ("battery", ZEROS, 2, (5, 300)),
    ("battery", NOISE, 2, (5, 300)),
    ("clock", NOISE, 2, (30, 600)),
    ("files", "full", 2, (30, 900)),
    ("flash", "slow", 5, (60, 1800)),  # erases take as long as the data sheet allows
    ("power", "cut", 4, (0, 0)),
    ("power", "flicker", 2, (0, 0)),  # some restarts, one after the other
    ("keys", "chord", 5, (0.05, 2.5)),  # something lies on several keys of a desk
    ("keys", "stuck", 4, (10, 200)),
    ("keys", "spikes", 3, (0, 0)),
)

# What static can make of an SSD1306's registers and memory, as transfers that it takes.
_STATIC = (
    *((0x00, code) for code in (0xAE, 0xA5, 0xA7, 0xA0, 0xC0, 0x45, 0x7F, 0xE3)),
    *((0x00, code, value) for code, value in ((0xA8, 31), (0xD3, 9), (0xDA, 2), (0x81, 0))),
    *((0x00, code, value) for code, value in ((0x8D, 0x10), (0xD5, 0xF0), (0xD9, 0x11))),
    *((0x00, code, value) for code, value in ((0xDB, 0), (0x20, 0), (0x20, 1))),
    *((0x00, 0x21, 8, 90), (0x00, 0x22, 2, 5), (0x00, 0x26, 0, 0, 7, 7, 0, 0xFF, 0x2F)),
    (0x40, *range(0, 256, 3)),
)

_EXCUSES = (("sx127x", {"radio"}), ("ssd1306", {"display", "bus"}))  # how a misuse begins, parts


@dataclass(frozen=True)
class Fault:
    """One fault of `part`, from `at_us` on for `for_us`; `seed` is of what is drawn within it."""

    part: str
    how: str
    at_us: int
    for_us: int
    seed: int

    def __str__(self) -> str:
        return f"{self.at_us / SECOND_US:.3f} s: {self.part} {self.how}, {self.for_us / 1e6:.3f} s"


def drawn(rng: Random, from_us: int, until_us: int, an_hour: float) -> list[Fault]:
    """Return faults that begin and end between two times, about so many an hour, in order."""
    count = round((until_us - from_us) / 3600 / SECOND_US * an_hour)
    faults = []
    for _ in range(count):
        part, how, _, (least, most) = rng.choices(KINDS, [kind[2] for kind in KINDS])[0]
        length = round(least * (most / least) ** rng.random() * SECOND_US) if most else 0
        at = rng.randrange(from_us, max(until_us - length, from_us + 1))
        faults.append(Fault(part, how, at, length, rng.getrandbits(32)))
    return sorted(faults, key=lambda fault: (fault.at_us, fault.seed))


def _static(rng: Random) -> list[bytes]:
    return [bytes(one) for one in rng.sample(_STATIC, rng.randint(1, 5))]


class Weather:
    """Faults that come over a box."""

    def __init__(self, world: World, box: Unit, faults: Iterable[Fault]) -> None:
        """Have each of them begin and end in its time."""
        self.world = world
        self.box = box
        self.faults = list(faults)
        self._under_way: dict[str, list[Fault]] = {}  # by part
        for fault in self.faults:
            world.at(fault.at_us, partial(self._begin, fault))

    @property
    def over_us(self) -> int:
        """When the last of them is over."""
        longest = (_RESTART_US + 30 * SECOND_US, 0)
        return max(
            (f.at_us + f.for_us + longest[f.part != "power"] for f in self.faults), default=0
        )

    def ours(self, misuses: Iterable[str]) -> list[str]:
        """Return those misuses of chips that no fault excuses.

        A chip that fails by itself may be found in a state that nobody put it in.
        """
        parts = {fault.part for fault in self.faults}
        return [
            text
            for text in misuses
            if not any(text.startswith(chip) and parts & causes for chip, causes in _EXCUSES)
        ]

    def _begin(self, fault: Fault) -> None:
        self.world.note(f"fault {fault.part} {fault.how}")
        rng = Random(fault.seed)
        if fault.part == "power":
            self._restart(rng, 1 if fault.how == "cut" else rng.randint(2, 6))
        elif fault.part == "keys":
            self._press(rng, fault)
        elif fault.how == "registers":
            self.box.disturb(_static(rng))
        elif fault.how == "reset":
            self.box.reset_radio()
        else:
            name = self._name(rng, fault)
            self._under_way.setdefault(name, []).append(fault)
            self._tell(name)
            self.world.after(fault.for_us, partial(self._end, name, fault))

    def _name(self, rng: Random, fault: Fault) -> str:
        """Return the name of the part as the box's troubles have it."""
        return f"pad {rng.choice(self.box.pads)}" if fault.part == "pad" else fault.part

    def _end(self, name: str, fault: Fault) -> None:
        self._under_way[name].remove(fault)
        self.world.note(f"fault {name} over")
        self._tell(name)

    def _tell(self, name: str) -> None:
        """The newest fault of a part is how it fails."""
        faults = self._under_way[name]
        self.box.trouble(name, faults[-1].how if faults else "")

    def _restart(self, rng: Random, times: int) -> None:
        """Pull the plug so often, and put it back each time."""
        at = self.world.now
        for _ in range(times):
            at += rng.choice((0, 200 * _MS, 2 * SECOND_US)) + rng.randrange(1, 400 * _MS)
            self.box.cut_at(at)
            at += rng.choice((100 * _MS, _RESTART_US))
            self.world.at(at, self._power_on)

    def _power_on(self) -> None:
        if not self.box.on:
            self.box.power_on()

    def _press(self, rng: Random, fault: Fault) -> None:
        """Have something lie on keys that nobody means to press."""
        box = self.box
        desks = box.desk_keys[: len(box.settings.desks)]
        every: list[Contact] = [key for keys in desks for key in keys] + box.issue_keys
        every.append(box.priority_key)
        now = self.world.now
        if fault.how == "spikes":
            for key in rng.sample(every, rng.randint(1, 6)):
                key.lean(now + rng.randrange(2000) * _MS, rng.randint(5, 200))
        elif fault.how == "stuck":
            rng.choice(every).lean(now, fault.for_us)
        else:
            keys = rng.choice((*desks, *desks, box.issue_keys))
            for key in rng.sample(keys, rng.randint(2, 4)):
                key.lean(now + rng.randrange(1 * _MS), fault.for_us)
