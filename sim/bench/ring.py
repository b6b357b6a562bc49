"""Figures of a start on a full journal: what is read, and how long the device takes.

Owns how the ring is filled: until it has gone round, with as many tickets alive as it can be, and
stopped one event before a checkpoint is forced, so that no start has more to do.
"""

from random import Random
from typing import NamedTuple

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.limits import CHECKPOINT_FORCE
from luot.core.line.order import Order
from luot.core.settings.settings import Settings
from sim.bench.device import FREE_BYTES, GC_MS, SLOWER
from sim.bench.figure import Figure
from sim.bench.store import Twin
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.chips.norflash import NorFlash
from sim.vm import image
from sim.vm.micropython import MicroPython

_ALIVE = 990  # tickets: nearly as many as there are pagers
_BYTES = 1 << 20
_REPEATS = 5  # the VM compiles itself while it runs: the fastest counts

_MAIN = b"""
from esp32 import Partition
from luot.core.journal.journal import Journal
from luot.core.line.order import Order
from luot.core.journal.search import Search
from luot.drivers.norflash import NorFlash

journal = Journal(NorFlash(Partition.find(1, label="journal")[0]), Order((15,) * 4))


def turn(now):
    if now == 0:
        search = Search(journal.ring)
        search.find_end(search.newest())
    elif now == 1:
        journal.replay()
    else:
        journal.mount()
    return now
"""
_FIND, _REPLAY, _MOUNT = range(3)


def fill(chip: NorFlash, alive: int) -> Journal:
    """Run an office without an idle moment until the ring went round; return its journal."""
    settings = Settings()
    journal = Journal(Twin(chip), Order(settings.masks()))
    journal.mount()
    record = bytearray(records.SIZE)
    order = journal.order
    records.fact(record, records.DAY_OPEN, ticket=1)
    records.press(record, 0, 0, 0)
    journal.append(record)
    while journal.ring.next < chip.size // records.SIZE or journal.events < CHECKPOINT_FORCE - 1:
        desk = 1 + order.ordinal % len(settings.desks)
        if order.arrivals - order.served < alive:
            kind, source, at = records.ISSUE, 0, order.ordinal % len(settings.services)
        else:
            kind, source, at = records.CALL, desk, desk
        press = order.pressed[source] % 0xFFFF + 1
        if order.decide(record, kind, source, press, order.ordinal % 800_000, at, 0):
            raise RuntimeError("the office that fills the ring stands still")
        journal.append(record)
    return journal


def full_ring() -> list[Figure]:
    """Fill a 1 MiB ring here, then start on it in the VM; return what that takes."""
    clock = Clock()
    chip = NorFlash(_BYTES, clock, Random(1), _misuse)
    journal = fill(chip, _ALIVE)
    machine = Machine(clock, _misuse, lambda: None, {}, None, None, {}, {"journal": chip})
    files = {path: data for path, data in image.firmware().items() if path != "/main.py"}
    with MicroPython(machine, files | {"/main.py": _MAIN}) as vm:
        vm.boot()
        found = [_effort(vm, chip, _FIND) for _ in range(_REPEATS)]
        replayed = [_effort(vm, chip, _REPLAY) for _ in range(_REPEATS)]
        mounted = _effort(vm, chip, _MOUNT)
    rows = journal.ring.next - journal.ring.begin
    how = (
        f"ring of {_BYTES // 1024} KiB gone round, {_ALIVE} tickets alive, the "
        "last event before a checkpoint is forced; counted by the flash twin"
    )
    device = (
        f"estimated: {SLOWER} x time in the VM + time of the flash twin + {GC_MS} ms for each "
        f"{FREE_BYTES // 1024} KiB allocated, which a device collects on the way; the modules "
        "that only a start needs are loaded"
    )
    return [
        Figure("full ring: read to find the end", found[0].read / 1024, "KiB", how, 16),
        Figure("full ring: find the end, device", _device_s(found), "s", device, 0.2),
        Figure("full ring: records to rebuild from", rows, "", how, 3000),
        Figure("full ring: rebuild, device", _device_s(replayed), "s", device, 3),
        Figure(
            "full ring: mount, device", _device_s([mounted]), "s", f"{device}; with its repair"
        ),
    ]


class _Effort(NamedTuple):
    """What something took: bytes read, us of the flash and inside the VM, bytes allocated."""

    read: int
    flash_us: int
    vm_us: int
    allocated: int


def _effort(vm: MicroPython, chip: NorFlash, what: int) -> _Effort:
    """Have the VM do it, once for the time and once for the allocation."""
    read, began = chip.bytes_read, chip.clock.now
    vm.turn(what)
    effort = chip.bytes_read - read, chip.clock.now - began, vm.vm_us
    return _Effort(*effort, vm.metered_turn(what)[1])


def _device_s(efforts: list[_Effort]) -> float:
    """Return how long the device takes for it, seconds."""
    one = efforts[0]
    vm_us = min(effort.vm_us for effort in efforts)
    collections = one.allocated / FREE_BYTES
    return (SLOWER * vm_us + one.flash_us + 1000 * GC_MS * collections) / 1e6


def _misuse(text: str) -> None:
    raise RuntimeError(text)
