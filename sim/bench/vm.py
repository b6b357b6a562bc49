"""Figures of the shipped files on a real MicroPython: time from key to air, idle turns.

Owns the programs that measure: a box's program with a meter beside it, and an empty VM.
"""

from collections.abc import Callable
from typing import TypeVar

from luot.core.settings.settings import Settings
from sim import site
from sim.bench.day import idle_presses
from sim.bench.device import PACE, SLOWER
from sim.bench.figure import Figure
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.day import Day, Plan
from sim.people.arrivals import Arrival
from sim.report import percentile
from sim.unit import Unit
from sim.vm import image
from sim.vm.micropython import FirmwareError, MicroPython
from sim.world import World

STEP_BYTES = 12 * 1024
_PRESS_MS = 60
_IDLE_STEPS = 10_000
_WARM_STEPS = 300  # of a station that was just started

_NOTHING = b"""
import machine, esp32, gc, os, sys, time

def turn(now):
    return now
"""

_Station = TypeVar("_Station", bound="Station")


class Station(MicroPython):
    """The station on MicroPython; what is measured of it is the subclasses' business."""

    def __init__(self, machine: Machine, settings: Settings) -> None:
        """Take the box's `machine` module and the settings it starts with."""
        self.machine = machine
        super().__init__(machine, image.firmware() | {"/settings.txt": site.lines(settings)})


def kept(
    kind: type[_Station], settings: Settings
) -> tuple[list[_Station], Callable[[Machine], _Station]]:
    """Return a list, and what makes a box's program of that kind and puts it there."""
    made: list[_Station] = []

    def program(machine: Machine) -> _Station:
        made.append(kind(machine, settings))
        return made[-1]

    return made, program


def bare(files: dict[str, bytes]) -> MicroPython:
    """Return a VM with the bridge, on a box without parts, whose main.py does nothing."""
    machine = Machine(Clock(), print, lambda: None, {}, None, None, {}, {})
    return MicroPython(machine, files | {"/main.py": _NOTHING})


# Time from key to air.


class _Timed(Station):
    """Notes when each turn began and how long it took inside the VM, us."""

    def __init__(self, machine: Machine, settings: Settings) -> None:
        super().__init__(machine, settings)
        self.turns: list[tuple[int, int]] = []

    def turn(self, now_ms: int) -> int:
        began = self.machine.clock.now
        wake = super().turn(now_ms)
        self.turns.append((began, self.vm_us))
        return wake


def presses(people: list[Arrival], name: str) -> list[Figure]:
    """Play the day's first hour; return how long the device takes from key to air, estimated."""
    settings = Settings()
    until_s = min(person.arrive_s for person in people) + 3600
    programs, program = kept(_Timed, settings)
    played = Day(Plan(people, settings, until_s=until_s, pace=PACE), program=program)
    played.run()
    turns = programs[0].turns
    device = []
    for pressed, start in idle_presses(played):
        vm_us = sum(us for began, us in turns if pressed <= began <= start)
        device.append((start - pressed + SLOWER * vm_us) / 1000)
    how = (
        f"estimated: simulated time + {SLOWER} x time in the VM, bridge taken out, of all turns "
        f"from key to air; {len(device)} calls of the first hour of {name}. Assumed: an ESP32 at "
        f"160 MHz is {SLOWER} times slower than this VM. Radio start-up (3 ms) is in it"
    )
    return [
        Figure(f"press to preamble, p{percent}, device", at, "ms", how, _PRESS_MS)
        for percent in (50, 95)
        if (at := percentile(device, percent)) is not None
    ]


# Nothing to do.


class _Idle(Station):
    """Meters its turns, or locks the heap in those that a first run found to draw nothing."""

    def __init__(self, machine: Machine, settings: Settings) -> None:
        super().__init__(machine, settings)
        self.allocated: list[int] = []  # bytes, by turn
        self.drew: set[int] = set()  # turns that changed the display
        self.failed = 0
        self.locks = False

    def turn(self, now_ms: int) -> int:
        number = len(self.allocated)
        self.allocated.append(0)
        if number >= _WARM_STEPS and self.locks and number not in self.drew:
            try:
                return self.locked_turn(now_ms)
            except FirmwareError:
                self.failed += 1
                return now_ms + 1
        wake, self.allocated[-1] = self.metered_turn(now_ms)
        return wake


def _stand(drew: set[int] | None) -> _Idle:
    """Let a station stand where nobody presses; with the heap locked but in the turns `drew`."""
    settings = Settings()
    made: list[_Idle] = []

    def program(machine: Machine) -> _Idle:
        idle = _Idle(machine, settings)
        idle.locks, idle.drew = drew is not None, drew or set()
        made.append(idle)
        return idle

    def see(line: str) -> None:
        if line.split()[1:3] == ["station", "display"] and made and drew is None:
            made[0].drew.add(len(made[0].allocated) - 1)

    world = World(1, sink=see)
    box = Unit(world, settings, program, lambda sent: None)
    box.power_on()
    world.run(lambda: box.turns >= _WARM_STEPS + _IDLE_STEPS)
    box.shut()
    return made[0]


def idle() -> list[Figure]:
    """Let a station stand for 10,000 turns; return what such a turn allocates."""
    metered = _stand(None)
    drew = {number for number in metered.drew if number >= _WARM_STEPS}
    locked = _stand(metered.drew)
    how = (
        f"MicroPython under heap_lock, nobody presses: of {_IDLE_STEPS:,} turns those that raised "
        f"MemoryError; the {len(drew):,} that show the next screen are not locked"
    )
    drawing = "the most in one of the turns that show the next of the alternating screens"
    most = max((metered.allocated[number] for number in drew), default=0)
    return [
        Figure("idle steps that allocate", locked.failed, "", how, 0),
        Figure("allocated by a change of screen", most, "B", drawing, STEP_BYTES),
    ]
