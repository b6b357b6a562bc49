"""What the firmware's code takes of a device's memory, room by room.

Owns the order in which rooms are entered: each below those that use it, so that what a room's
import brings is its own. Code is counted as it lies on the heap of a real MicroPython.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable

from sim.bench.figure import Figure
from sim.bench.vm import bare
from sim.vm import image
from sim.vm.micropython import MicroPython

ROOMS = (
    "luot.core",
    "luot.core.line",
    "luot.core.settings",
    "luot.core.journal",
    "luot.core.pages",
    "luot.core.keys",
    "luot.core.display",
    "luot.drivers",
    "luot",
    "luot.roles",
)
# No module is resident for these, but their objects are for ever: settings, and what drives chips.
_LIVE_ON = ("luot.core.settings.settings", "luot.drivers.")


def rooms() -> list[Figure]:
    """Return the bytes of code that stay, those of all code at once, and the files' sizes."""
    files = {path: data for path, data in image.firmware().items() if path.endswith(".mpy")}
    every = {_module(path): float(len(data)) for path, data in sorted(files.items())}
    with bare(files) as vm:
        vm.boot()
        vm.run(_imports())
        resident = loaded(vm)
    resident |= {name for name in every if name.startswith(_LIVE_ON)}
    stays, all_ = weighed(files, resident), weighed(files, every)
    how = "bytes on the heap of MicroPython 1.29 (32-bit), importing room after room"
    rest = "; all else is loaded for a start, a menu, a checkpoint or a rare command, and dropped"
    shipped = "mpy-cross 1.29 -O3; all that goes onto a box but words, glyphs and main.py"
    return [
        Figure("modules that stay in RAM", sum(stays.values()), "B", how + rest, parts=stays),
        Figure("modules, all at once", sum(all_.values()), "B", how, parts=all_),
        Figure("size of the .mpy files", sum(every.values()), "B", shipped, parts=every),
    ]


def weighed(files: dict[str, bytes], modules: Iterable[str]) -> dict[str, float]:
    """Return by room what these modules take, loaded in a VM that holds nothing else.

    The table of names that MicroPython keeps grows in leaps, so it is a part of its own.
    """
    by_room = defaultdict(list)
    for name in modules:
        by_room[name.rpartition(".")[0]].append(name)
    taken: dict[str, float] = {}
    with bare(files) as vm:
        vm.boot()
        before, named = _alive(vm)
        for room in ROOMS:
            for name in sorted(by_room.pop(room, [])):
                vm.run(f"import {name}")
            after, names = _alive(vm)
            taken[room], before = after - before, after
        taken["names"] = names - named
    if by_room:
        raise ValueError(f"sim/bench/rooms.py does not know the room {min(by_room)}")
    return taken


def _alive(vm: MicroPython) -> tuple[int, int]:
    """Return the bytes that are alive in a VM: without the table of names, and that table."""
    names = int(vm.run("import micropython\nmicropython.qstr_info()").rpartition("=")[2])
    return vm.live_heap() - names, names


def loaded(vm: MicroPython) -> set[str]:
    """Return which modules of luot a VM has loaded, without the folders they lie in."""
    names = vm.run("import sys\nprint(*sys.modules)").split()
    return {name for name in names if name.startswith("luot.") and name not in ROOMS}


def _imports() -> str:
    """The imports of main.py that make a module resident: those `from` one."""
    tree = ast.parse(image.firmware()["/main.py"])
    lines = [ast.unparse(node) for node in tree.body if isinstance(node, ast.ImportFrom)]
    return "\n".join(lines)


def _module(path: str) -> str:
    return path.removeprefix("/lib/").removesuffix(".mpy").replace("/", ".")
