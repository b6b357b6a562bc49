"""Code is RAM: what a station loads for rare work is let go of again, whatever it is called.

A station in a box is started and made to do all there is rare code for, on a real MicroPython;
after each turn it is asked which modules are loaded. And what a traceback says of that code.
"""

import ast
import re
import shutil
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from luot.core.settings.settings import Settings
from sim import ROOT
from sim.bench.vm import Station
from sim.chips.machine import Machine
from sim.unit import Unit
from sim.vm import image
from sim.vm.micropython import FirmwareError
from sim.world import SECOND_US, World

FIRMWARE = ROOT / "firmware"
HOURS = ", ".join(["07:30-11:30 13:00-17:00"] * 5 + ["-"] * 2)
CLOCK = b"import machine\nmachine.RTC.datetime = lambda self: (2026, 3, 2, 0, 8, 0, 0, 0)\n"
NEXT, RECALL, ABSENT, ARRIVED = range(4)
CLICK_S, HOLD_S = 0.2, 1.5
SETTLED_S = 28  # by then all is done

# When, on which keys of desk 1, and for how long: issue keys are 4 and up.
PRESSES = (
    *((3, 4, CLICK_S), (4, 5, CLICK_S), (5, 4, CLICK_S)),
    *((7, NEXT, CLICK_S), (9, ARRIVED, CLICK_S), (11, RECALL, HOLD_S)),  # undone
    *((14, ABSENT, HOLD_S), (16, RECALL, HOLD_S)),  # the menu, ten items on, four more
    *((18 + i / 2, RECALL, CLICK_S) for i in range(4)),
    *((20 + i, ARRIVED, CLICK_S) for i in range(3)),  # the day's end, who is here, yes
)

# In the VM: notes what was loaded when a step ended, and says what is beyond the resident set.
SPY = """
import main, sys
def ours():
    return [name for name in sys.modules if name.startswith("luot.")]
def spied(now, step=main.station.step):
    wake = step(now)
    met.update(ours())
    return wake
def beyond():
    print(main.station.may_drop, *[name for name in ours() if name not in main.code._resident])
met = set(ours())
main.station.step = spied
"""


class Seen(NamedTuple):
    """What a morning showed."""

    resident: set[str]  # modules of luot that stay
    met: set[str]  # all that were loaded at any time
    beyond: list[set[str]]  # after each turn with nothing under way, what was loaded in excess
    in_use: set[str]  # what stayed over a turn's end, as it was in use
    live: dict[int, int]  # bytes alive by second


class Watched(Station):
    """A station that is asked after each turn what is loaded."""

    clock = CLOCK

    def boot(self) -> None:
        self._files["/main.py"] = self.clock + self._files["/main.py"]
        super().boot()
        self.run(SPY)
        self.seen = Seen(self.names("main.code._resident"), set(), [], set(), {})

    def do(self, snippet: str) -> None:
        """Have the VM do something between two turns."""
        self.run(snippet)

    def names(self, expression: str) -> set[str]:
        """Names of modules of luot, which the VM has in some collection."""
        return {name for name in self.run(f"print(*{expression})").split() if "luot." in name}

    def turn(self, now_ms: int) -> int:
        wake = super().turn(now_ms)
        done, *names = self.run("beyond()").split()
        if done == "True":
            self.seen.beyond.append(set(names))
            if now_ms // 1000 not in self.seen.live:
                self.seen.live[now_ms // 1000] = self.live_heap()
        else:
            self.seen.in_use.update(names)
        return wake


def morning(change: str = "") -> Seen:
    """Play it; `change` is done to the station at its start, in the VM."""
    world = World(1)
    made: list[Watched] = []

    def program(machine: Machine) -> Watched:
        made.append(Watched(machine, Settings((("hours", HOURS),))))
        return made[-1]

    box = Unit(world, Settings(), program, lambda sent: None)
    for at_s, key, hold_s in PRESSES:
        keys = (*box.desk_keys[0], *box.issue_keys)
        at_us = int(at_s * SECOND_US)
        world.at(at_us, partial(keys[key].press, at_us, int(hold_s * SECOND_US)))
    world.at(SECOND_US, lambda: made[0].do(change))
    busy = "main.station.journal.events = 1000"  # as after a long day: a checkpoint is due
    world.at(24 * SECOND_US, lambda: made[0].do(busy))
    box.power_on()
    try:
        world.run(lambda: world.now > SETTLED_S * SECOND_US)
        assert box.misuses == []
        made[0].seen.met.update(made[0].names("met"))
    finally:
        box.shut()
    return made[0].seen


def shipped() -> set[str]:
    """The modules that ship, by name."""
    return {
        path.removeprefix("/lib/").removesuffix(".mpy").replace("/", ".")
        for path in image.firmware()
        if path.endswith(".mpy")
    }


CONSTANTS = {"luot.core.limits", "luot.core.line.refusals"}  # folded: nobody imports these


@pytest.fixture(scope="module")
def seen() -> Seen:
    return morning()


def test_all_that_ships_is_loaded_at_some_time(seen: Seen) -> None:
    """Or the tests below would show nothing of it."""
    assert shipped() - seen.met == {*CONSTANTS, "luot.failing"}


def test_after_a_turn_only_what_stays_is_loaded(seen: Seen) -> None:
    assert len(seen.beyond) > 50
    assert not seen.resident & {"luot.board", "luot.core.settings.schema"}, "of a start only"
    assert [names for names in seen.beyond if names] == []
    assert seen.in_use == {
        "luot.core.keys.menu",
        "luot.core.display.wording",
        "luot.core.journal.rows",
        "luot.core.journal.snapshot",
    } | (seen.in_use & {"luot.core.line.undo", "luot.core.line.premises"})


def test_what_was_loaded_is_no_longer_alive(seen: Seen) -> None:
    """Nothing but the resident code and objects holds memory: no rare module, by no other way."""
    first, *_, last = seen.live.values()
    assert abs(last - first) < 1024


KEPT = "main.code.drop = lambda: None"


def test_what_is_kept_shows() -> None:
    first, *_, last = morning(KEPT).live.values()
    assert last - first > 8 * 1024


def test_a_fault_names_the_functions_it_went_through() -> None:
    """What ships has its own names: a traceback from the field can be read."""
    with pytest.raises(FirmwareError, match=r"(?s)in turn.* in step.* in _obey.* in _command"):
        morning("main.station.order.decide = None")


# Whatever it is called.


def renamed(sources: Path, names: set[str]) -> None:
    """Give modules other names, of the same length, in their files and where they are imported."""
    new = {name: re.sub(r"\.\w(\w*)$", r".z\1", name) for name in names}
    for path in sources.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if f"{node.module}.{alias.name}" in new:
                        alias.asname = alias.name
                        alias.name = "z" + alias.name[1:]
        text = ast.unparse(tree)
        for old, made in new.items():  # in `import a.b`, `from a.b import` and `a.b.c`
            text = re.sub(rf"\b{re.escape(old)}\b", made, text)
        path.write_text(text, encoding="utf-8")
    for old in names:
        path = sources / f"{old.replace('.', '/')}.py"
        path.rename(path.with_stem("z" + path.stem[1:]))


def test_a_module_may_have_any_name(
    seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, sources)
    rare = (seen.met - seen.resident) & shipped()  # and not its folder
    renamed(sources, rare)
    built = image.built(sources, tmp_path / "build")
    monkeypatch.setattr(image, "firmware", lambda: built)
    again = morning()
    assert again.beyond == seen.beyond
    assert again.live.keys() == seen.live.keys()
    for at, size in again.live.items():
        assert abs(size - seen.live[at]) < 512, "a name that was two things is two names now"
    assert len(again.met - seen.met) == len(rare)
