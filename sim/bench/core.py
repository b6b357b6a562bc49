"""Figures of the ordering core alone: records per second, here, on MicroPython, on the device.

Owns how often it is tried. The office that gives the commands is `bench_office`.
"""

import time
from pathlib import Path

from sim.bench import office
from sim.bench.device import SLOWER, VERSION
from sim.bench.figure import Figure
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.vm import image
from sim.vm.micropython import MicroPython

_HERE = 500  # turns
_IN_VM = 200


def records() -> list[Figure]:
    """Return how many records a second the core decides and applies."""
    done = (
        f"each decided, stamped with its check sum and applied: {office.WAITING} people "
        "wait, each makes three records; the journal's flash and chain are not in it. The "
        f"fastest of %d x {office.RECORDS} records"
    )
    in_vm = office.RECORDS / in_vm_s(_IN_VM)
    here = office.RECORDS / here_s(_HERE)
    how_vm = f"MicroPython 1.29 on the shipped files; {done % _IN_VM}"
    device = f"estimated: that of the VM / {SLOWER}, as for key presses"
    return [
        Figure("records a second, CPython", here, "/s", f"CPython {VERSION}; {done % _HERE}"),
        Figure("records a second, VM", in_vm, "/s", how_vm),
        Figure("records a second, device", in_vm / SLOWER, "/s", device),
    ]


def here_s(turns: int) -> float:
    """Return the seconds that the fastest of so many turns takes on CPython."""
    fastest = float("inf")
    for now in range(turns):
        began = time.perf_counter()
        office.turn(now)
        fastest = min(fastest, time.perf_counter() - began)
    return fastest


def in_vm_s(turns: int) -> float:
    """Return the seconds that the fastest of so many turns takes on MicroPython."""
    bare = Machine(Clock(), print, lambda: None, {}, None, None, {}, {})
    files = {path: data for path, data in image.firmware().items() if path != "/main.py"}
    main = {"/main.py": Path(office.__file__).read_bytes()}
    fastest = float("inf")
    with MicroPython(bare, files | main) as vm:
        vm.boot()
        for now in range(turns):
            vm.turn(now)
            fastest = min(fastest, vm.vm_us / 1e6)
    return fastest
