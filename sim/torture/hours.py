"""Office hours in bad weather: a drawn office, careless fingers, failing parts, and the judges.

Owns one hour of one office, all drawn from its seed: its settings, what is pressed, which parts
fail when. It has two phases. While faults rage, whatever happens must be safe: the line as an
audit of the records finds it, pages of those called only, air within the law, no exception, no
chip misused by us, no step too long. Then everything heals, and within a minute everything that
was pending must be done, and the display be right. The firmware is judged from outside: by its
flash, its air, its display and its keys.
"""

from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import Any

from luot.core.settings.settings import Settings
from sim import ROOT, site
from sim.chips.keys import Contact
from sim.chips.machine import Machine
from sim.chips.sx127x import Transmission
from sim.faults import Fault, Weather, drawn
from sim.judges.pages import Pages
from sim.receiver import receive
from sim.unit import Firmware, OnCPython, Unit
from sim.world import SECOND_US, World

HOUR_US = 3600 * SECOND_US
HEAL_US = 60 * SECOND_US  # within this everything pending is done
STEP_US = 60_000  # of device time a step may take, an erase, a checkpoint and a start apart
DATA = ROOT / "firmware" / "luot"
_MS = 1_000
_CALM_US = 5 * SECOND_US  # nobody presses at first
_NEXT, _RECALL, _ABSENT, _ARRIVED = range(4)
_TOLD = 3  # findings of one office
_CLICK_US, _HOLD_US = (60 * _MS, 400 * _MS), (1_050 * _MS, 1_800 * _MS)


class Disk(dict[str, bytes]):
    """A box's small files: they outlive its power; a full one takes nothing."""

    def __init__(self, files: dict[str, bytes], full: Callable[[], bool]) -> None:
        super().__init__(files)
        self._full = full

    def __setitem__(self, name: str, content: bytes) -> None:
        if self._full():
            raise OSError(28, "ENOSPC")
        super().__setitem__(name, content)


def office(rng: Random) -> Settings:
    """Draw an office: 1 to 8 services, 1 to 4 desks, any rule, rate and language."""
    letters = "ABCDEFGH"[: rng.randint(1, 8)]
    desks = [
        "".join(one for one in letters if rng.random() < 0.6) for _ in range(rng.randint(1, 4))
    ]
    desks = [served or rng.choice(letters) for served in desks]
    for letter in letters:
        if not any(letter in served for served in desks):
            desks[0] = "".join(sorted(desks[0] + letter))
    pairs = {
        "services": ", ".join(letters),
        "desks": ", ".join(desks),
        "pagers": str(rng.choice((1, 3, 8, 20, 60, 250, 999))),
        "rule": rng.choice(("bounded", "bounded", "strict", "alternate", "fifo")),
        "overtakes_max": str(rng.choice((0, 1, 3, 10))),
        "calls_max": str(rng.choice((1, 3, 9))),
        "recall_gap_s": str(rng.choice((0, 5, 30))),
        "pocsag_bps": rng.choice(("512", "1200", "2400")),
        "language": rng.choice(("vi", "en")),
        "rating": rng.choice(("no", "no", "yes")),
        "polarity": rng.choice(("normal", "inverted")),
    }
    return Settings(tuple(pairs.items()))


class Hours:
    """One office in its weather; `findings` is what was not as it must be, in plain sentences."""

    def __init__(
        self, seed: int, hours: float = 1.0, faults: Iterable[Fault] | None = None
    ) -> None:
        """Draw it all from `seed`; of the drawn faults only `faults`, if any are given."""
        rng = Random(f"{seed}/hours")
        self.seed = seed
        self.settings = office(rng)
        self.world = World(seed)
        self.until_us = round(hours * HOUR_US)
        every = drawn(rng, _CALM_US, self.until_us, rng.choice((6, 20, 60)))
        self.faults = every if faults is None else list(faults)
        self.findings: list[str] = []
        text = site.lines(self.settings)
        names = ("font.bin", "vi.txt", "en.txt")
        files = {name: (DATA / name).read_bytes() for name in names} | {"settings.txt": text}
        self._disk = Disk(files, lambda: self.box.troubles.of.get("files") == "full")
        self.box = Unit(self.world, self.settings, self._program, self._aired)
        most = self.settings.overtakes_max if self.settings.rule == "bounded" else None
        letters = "".join(name[0] for name in self.settings.services)
        self.pages = Pages(letters, list(self.settings.desks), self.settings.ric_first, most)
        self.box.on_program = self.pages.programmed
        self._hands(Random(f"{seed}/hands"))
        self.weather = Weather(self.world, self.box, self.faults)

    def _program(self, machine: Machine) -> Firmware:
        self.pages.started(self.world.now)
        return Timed(OnCPython(machine, self._disk), self)

    def _aired(self, sent: Transmission) -> None:
        self.pages.on_air(sent.start_us, sent.end_us)
        for page in receive(sent, self.settings.polarity == "inverted"):
            if not page.damaged:
                self.pages.paged(sent.start_us, page.ric, page.function, page.text)

    # What is pressed.

    def _hands(self, rng: Random) -> None:
        """Draw what people press, without looking: they come, call, hurry, err and go back."""
        at, busy = float(_CALM_US), rng.choice((2, 8, 20)) * SECOND_US
        while at < self.until_us:
            at += rng.expovariate(1 / busy)
            self.world.at(round(at), partial(self._press, rng.getrandbits(32)))

    def _press(self, seed: int) -> None:
        rng, box = Random(seed), self.box
        if rng.random() < 0.3:
            key = rng.choice(box.issue_keys[: len(self.settings.services) + 1])
            if rng.random() < 0.2:
                self._finger(box.priority_key, 900 * _MS)
            self._later(200 * _MS, key, rng.randint(*_CLICK_US))
            return
        desk = rng.choice(box.desk_keys[: len(self.settings.desks)])
        if rng.random() < 0.03:
            self._browse(rng, desk)
            return
        if self.settings.rating == "yes" and rng.random() < 0.1:
            keys = box.rating_keys[rng.randrange(len(self.settings.desks))]
            self._finger(rng.choice(keys), rng.randint(*_CLICK_US))
            return
        key = desk[rng.choices(range(4), (8, 1, 1, 5))[0]]
        self._finger(key, rng.randint(*(_HOLD_US if rng.random() < 0.08 else _CLICK_US)))

    def _browse(self, rng: Random, desk: list[Contact]) -> None:
        """Open the menu and walk about in it."""
        self._finger(desk[_ABSENT], 1_200 * _MS)
        at = 1_600 * _MS
        for _ in range(rng.randint(1, 14)):
            self._later(at, desk[rng.choices(range(4), (1, 8, 2, 5))[0]], 150 * _MS)
            at += rng.randint(300, 900) * _MS

    def _later(self, us: int, key: Contact, hold_us: int) -> None:
        self.world.after(us, partial(self._finger, key, hold_us))

    def _finger(self, key: Contact, hold_us: int) -> None:
        """Press a key, if no other finger is on it."""
        if key.free(self.world.now):
            key.press(self.world.now, hold_us)

    # The course.

    def run(self) -> list[str]:
        """Play it; return the findings."""
        try:
            self.box.power_on()
            self._until(max(self.until_us, self.weather.over_us))
            self._until(self.world.now + HEAL_US)
            self._healed()
        except Exception as error:  # whatever the firmware raises, the box would restart
            self.find(f"raised {type(error).__name__}: {error}")
        finally:
            self.box.shut()
        self.findings += self.pages.findings + self.pages.kept() + self._misuses()
        return self.findings

    def find(self, text: str) -> None:
        """Note what was not as it must be."""
        self.findings.append(f"{self.world.now / SECOND_US:.3f} s: {text}")

    def _until(self, end_us: int) -> None:
        self.world.at(end_us, lambda: None)
        self.world.run(lambda: self.world.now >= end_us)

    def _misuses(self) -> list[str]:
        """Return what a chip was made to do that its data sheet forbids."""
        return [f"misuse: {text}" for text in self.weather.ours(self.box.misuses)]

    def _healed(self) -> None:
        """A minute after the last fault nothing is pending, and the display is right."""
        program = self.box._program
        assert isinstance(program, Timed)
        station = program.made.station
        if station.panel.faults:
            self.find(f"still said to be broken: {station.panel.faults}")
        if self.box.display.pixels() != bytes(station.board.display.buffer):
            self.find("the display does not show what it should")
        self.findings += self.pages.owed(self.world.now)
        self._answers()

    def _answers(self) -> None:
        """Each key is answered, with its own effect: keys work again."""
        for desk, keys in enumerate(self.box.desk_keys[: len(self.settings.desks)], 1):
            shown = self.box.display.pixels()
            before = len(self.pages.records)
            self._finger(keys[_NEXT], 150 * _MS)
            self._until(self.world.now + 600 * _MS)
            if len(self.pages.records) == before and self.box.display.pixels() == shown:
                self.find(f"desk {desk} has no answer to *call next*")
            self._until(self.world.now + 9 * SECOND_US)


class Timed:
    """A program whose steps are timed on the box's own clock."""

    def __init__(self, made: OnCPython, hours: Hours) -> None:
        self.made = made
        self._hours = hours
        self._first = True

    def boot(self) -> None:
        """Build."""
        self.made.boot()

    def turn(self, now_ms: int) -> int:
        """One step; too long a one is a finding: not a start, an erase, a checkpoint."""
        clock, flash = self._hours.box.clock, self._hours.box.flash
        began, erases, programs = clock.now, flash.erases, flash.programs
        wake = self.made.turn(now_ms)
        took = clock.now - began
        alone = flash.erases == erases and flash.programs - programs < 8
        if took > STEP_US and alone and not self._first:
            self._hours.find(f"a step took {took / 1000:.0f} ms")
        self._first = False
        return wake

    def kill(self) -> None:
        """The power is gone."""
        self.made.kill()


def shrink(seed: int, hours: float, faults: list[Fault]) -> list[Fault]:
    """Return the fewest faults found, of these, that still make a finding."""
    parts = 2
    while faults:
        size = max(len(faults) // parts, 1)
        for at in range(0, len(faults), size):
            fewer = faults[:at] + faults[at + size :]
            if Hours(seed, hours, fewer).run():
                faults, parts = fewer, max(parts - 1, 2)
                break
        else:
            if size == 1:
                return faults
            parts = min(2 * parts, len(faults))
    return faults


def part(number: int, hours: float = 1.0) -> dict[str, Any]:
    """Play the hours of one seed; return what was found, with the fewest faults it takes."""
    played = Hours(number, hours)
    findings = played.run()
    fewest = shrink(number, hours, played.faults) if findings else []
    return {
        "office": number,
        "hours": hours,
        "weather": len(played.faults),
        "records": len(played.pages.records),
        "starts": len(played.box.starts),
        "findings": findings[:_TOLD],
        "faults": [str(fault) for fault in fewest],
    }
