"""Figures of a long day on a real MicroPython: what stays on the heap, what each step allocates.

Owns how the day is drawn and what a step is called. Memory is that of 32-bit objects as on the
device. What the VM holds with the bridge and an empty main.py is subtracted; nothing is collected
while Python runs.
"""

from collections import defaultdict
from random import Random

from luot.core.records import ANCHOR, AT_KIND, HEADER
from luot.core.settings.settings import Settings
from luot.pc import story
from sim.bench.figure import Figure
from sim.bench.vm import STEP_BYTES, Station, bare, kept
from sim.chips.machine import Machine
from sim.day import Day, Plan
from sim.people.arrivals import Arrival

TICKETS = 3600
SETTLED = 300  # tickets after which nothing may grow any more
HEAP_BYTES = 92 * 1024
_PACE = 0.05
_JITTER_S = 300
_KINDS = 6  # of step are shown


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
        if record[AT_KIND] < HEADER:
            return str(story.tell(record)["kind"])
        return "sector" if record[AT_KIND] <= ANCHOR else "checkpoint"
    names = {"display": "redraw", "led": "radio", "air": "radio", "flash": "erase"}
    return names.get(what, "")


def drawn(people: list[Arrival], count: int, seed: int) -> list[Arrival]:
    """Return `count` people drawn from the day's, each within five minutes of the original."""
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
    plan = Plan(drawn(people, TICKETS, 1), settings, pace=_PACE)
    programs, program = kept(_Metered, settings)

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
        f"MicroPython 1.29 (32-bit), less the VM with bridge and an empty main.py; {TICKETS:,} "
        f"people drawn from {name} by seed 1, pace {_PACE}; {len(played.ledger.tickets):,} "
        f"tickets, {played.box.turns:,} turns"
    )
    return [*heap(live, baseline(), how), *steps(programs[0].steps)]


def baseline() -> int:
    """Return the bytes alive in a VM with the bridge, all that main.py imports of it, no more."""
    with bare({}) as vm:
        vm.boot()
        return vm.live_heap()


def heap(live: dict[int, int], empty: int, how: str) -> list[Figure]:
    """Return the most that was alive in the day, and its growth, from bytes by tickets issued.

    `empty` is what an empty VM holds, subtracted. What is on the display or waits for the air
    comes and goes; growth is what does not go: the least of the later samples less the least of
    the earlier ones.
    """
    parts = {"an empty VM": float(empty)}
    parts |= {f"after {tickets:,}": float(size - empty) for tickets, size in live.items()}
    settled = [size for tickets, size in live.items() if tickets >= SETTLED]
    half = len(settled) // 2
    growth = min(settled[half:], default=0) - min(settled[:half], default=0) if half else 0
    name = f"growth of the live heap from ticket {SETTLED} on"
    least = "the least of the later half of those samples less the least of the earlier half"
    return [
        Figure("live heap, most", max(live.values()) - empty, "B", how, HEAP_BYTES, parts=parts),
        Figure(name, growth, "B", least, 0),
    ]


def steps(most: dict[str, int]) -> list[Figure]:
    """Return the greediest step, from the most bytes that each kind of step allocated."""
    start = max((size for kind, size in most.items() if "boot" in kind), default=0)
    ranked = sorted(most.items(), key=lambda pair: (-pair[1], pair[0]))
    parts = {kind: float(size) for kind, size in ranked if "boot" not in kind}
    how = "every turn of that day but the first; the most, by what the chips saw the box do"
    first = "the first turn, which mounts a blank journal; on a device collected on the way"
    greediest = max(parts.values(), default=0)
    shown = dict(list(parts.items())[:_KINDS])
    return [
        Figure("greediest step", greediest, "B", how, STEP_BYTES, parts=shown),
        Figure("allocated by a start", start, "B", first),
    ]
