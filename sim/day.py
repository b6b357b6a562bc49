"""One day at one station: the plan, the run, and what is kept of it.

Owns the assembly (world, box, people, air, books) and the day's end. What is written to disk is
`report`; what the command line says is `play`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from luot.core.settings.settings import Settings
from sim import ROOT, site
from sim.air import Air
from sim.chips.machine import Machine
from sim.chips.sx127x import Transmission
from sim.faults import Fault, Weather, drawn
from sim.ledger import Ledger
from sim.people.arrivals import Arrival
from sim.people.office import Office
from sim.people.people import Citizen, citizens
from sim.people.reading import Line, Reader
from sim.unit import Firmware, OnCPython, Unit
from sim.vm import image
from sim.vm.micropython import MicroPython
from sim.world import SECOND_US, World

RESTART_US = 3 * SECOND_US  # from a power cut to power again
BEFORE_S = 60  # the box is switched on so long before the first arrival
_AFTER_US = 10 * SECOND_US  # and runs on a little after the last one left
_STUCK_US = 3600 * SECOND_US  # nobody to come, nobody served, and no record: our own bug
DATA = ROOT / "firmware" / "luot"
FAULTS_AN_HOUR = 20


@dataclass
class Plan:
    """What to play. Times in seconds of the day; `until_s` None: to the end of the file."""

    arrivals: list[Arrival]
    settings: Settings
    from_s: int = 0
    until_s: int | None = None
    pace: float = 1.0
    priority: float | None = None
    no_show: float = 0.03
    seed: int = 1
    power_cuts_s: list[float] = field(default_factory=list)
    vm: str = "cpython"
    faults: int | None = None  # the seed of the weather, None: nothing fails
    slow_erases: bool = False  # each takes as long as the flash's data sheet allows

    def people(self) -> list[Citizen]:
        """Return who comes between `from_s` and `until_s`, with what the seed draws for them."""
        chosen = [
            arrival
            for arrival in self.arrivals
            if self.from_s <= arrival.arrive_s
            and (self.until_s is None or arrival.arrive_s < self.until_s)
        ]
        letters = "".join(name[0] for name in self.settings.services)
        rng = World(self.seed).rng("people")
        return citizens(
            self.arrivals, chosen, letters, rng, self.pace, self.priority, self.no_show
        )


class Day:
    """A day as it is played: `run()` it, then read the books."""

    def __init__(
        self,
        plan: Plan,
        sink: Callable[[str], None] | None = None,
        program: Callable[[Machine], Firmware] | None = None,
    ) -> None:
        """Set everything up; `sink` gets each line of the chronicle.

        `program`, if given, makes the box's program at each start, whatever the plan's VM is.
        """
        self.plan = plan
        self.people = plan.people()
        first = min((c.arrival.arrive_s for c in self.people), default=plan.from_s)
        self.world = World(plan.seed, max((first - BEFORE_S) * SECOND_US, 0), sink)
        self.air = Air(plan.settings.frequency_hz)
        self.ledger = Ledger(plan.settings)
        program = program or partial(firmware, plan.vm, plan.settings)
        self.box = Unit(self.world, plan.settings, program, self._aired)
        self.box.flash.slow = plan.slow_erases
        self.box.on_program = self._programmed
        self.box.on_picture = self._drawn
        self.pixels = bytes(1024)
        self.pictures: list[tuple[int, bytes]] = []  # first of each kind, with its time
        self._kinds: set[tuple[tuple[int, str], ...]] = set()
        self._reader = Reader((DATA / "font.bin").read_bytes())
        self._read: tuple[bytes, list[Line]] = (self.pixels, [])
        words = (DATA / f"{plan.settings.language}.txt").read_text(encoding="utf-8")
        table = dict(line.split("=", 1) for line in words.splitlines() if "=" in line)
        self.office = Office(
            self.world, self.box, plan.settings, self.people, self.display, table.__getitem__
        )
        self.weather = Weather(self.world, self.box, self._faults())
        self.press_to_air_us: list[int] = []
        self._progress_us = self.world.now
        self._due_us = max((c.arrival.arrive_s for c in self.people), default=0) * SECOND_US
        self._longest_us = max((c.service_us for c in self.people), default=0)

    def _faults(self) -> list[Fault]:
        if self.plan.faults is None or not self.people:
            return []
        came = [person.arrival.arrive_s * SECOND_US for person in self.people]
        rng = Random(f"{self.plan.faults}/weather")
        return drawn(rng, min(came), max(came), FAULTS_AN_HOUR)

    def run(self, watch: Callable[[], None] = lambda: None) -> None:
        """Play the day to its end; `watch()` is called once in every simulated second."""
        world = self.world
        self.box.power_on()
        for cut_s in self.plan.power_cuts_s:
            self.cut_at(round(cut_s * SECOND_US))
        self._watch(watch)
        try:
            world.run(self._over)
            end = world.now + _AFTER_US
            world.run(lambda: world.now >= end)
        finally:
            self.box.shut()

    def cut_at(self, time_us: int) -> None:
        """Pull the box's plug at `time_us`, if that is to come; it is put in again 3 s later."""
        if time_us > self.world.now:
            self.box.cut_at(time_us)
            self.world.at(time_us + RESTART_US, self._restart)

    def display(self) -> list[Line]:
        """Return what can be read on the display now."""
        return self.read(self.pixels)

    def read(self, pixels: bytes) -> list[Line]:
        """Return what can be read in a picture."""
        if self._read[0] != pixels:
            self._read = (pixels, self._reader.read(pixels))
        return self._read[1]

    def _over(self) -> bool:
        if self.world.now - max(self._progress_us, self._due_us) > self._longest_us + _STUCK_US:
            raise RuntimeError(f"the office stands still since {self._progress_us} us")
        return self.office.closed()

    def _restart(self) -> None:
        if not self.box.on:
            self.ledger.started()
            self.box.power_on()

    def _watch(self, watch: Callable[[], None]) -> None:
        watch()
        self.world.after(SECOND_US, lambda: self._watch(watch))

    def _programmed(self, time_us: int, data: bytes) -> None:
        self._progress_us = time_us
        self.ledger.programmed(time_us, data)

    def _aired(self, sent: Transmission) -> None:
        self.air.carry(sent)
        for page in self.ledger.aired(sent):
            if page.kind == "call":
                pressed_us = self.office.officers[page.desk - 1].pressed_us[0]
                self.press_to_air_us.append(page.start_us - pressed_us)
        self.office.hear(sent)

    def _drawn(self, pixels: bytes) -> None:
        self.pixels = pixels
        if not any(pixels):
            return
        kind = tuple((line.page, re.sub(r"[A-H]?\d+", "#", line.text)) for line in self.display())
        if kind not in self._kinds:
            self._kinds.add(kind)
            self.pictures.append((self.world.now, pixels))


def firmware(vm: str, settings: Settings, machine: Machine) -> Firmware:
    """Return the station's program for one start, on the VM of that name."""
    text = site.lines(settings)
    if vm == "micropython":
        files = image.bridge() | image.firmware() | {"/settings.txt": text}
        return MicroPython(machine, files)
    names = ("font.bin", "vi.txt", "en.txt")
    return OnCPython(
        machine, {"settings.txt": text} | {name: (DATA / name).read_bytes() for name in names}
    )
