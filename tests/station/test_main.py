"""main.py: the loop that turns for ever, and that what is shipped turns as the sources do.

main.py itself is executed here, with stand-ins for MicroPython's `machine`, `time`, `gc` and
`esp32`. Time passes only when somebody looks at it or idles. FAULTS names what would break each
promise, and that its test then fails.
"""

import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO
from itertools import pairwise
from traceback import extract_tb
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from luot import core
from luot.core.display import panel
from luot.core.settings.settings import Settings
from sim import ROOT
from sim.chips.machine import Machine
from sim.day import firmware
from sim.unit import SHORT_WAIT_MS
from tests.faults.seeded import seed
from tests.rigs.day import play

MAIN = ROOT / "firmware/main.py"
Failed = pytest.fail.Exception  # of pytest.raises that saw nothing raised
WRAP = 1 << 30  # ticks_ms counts to here and starts again


class EnoughError(BaseException):
    """The test has seen enough of a loop that never ends."""


class Device:
    """Stand-ins for what main.py imports, and a log of what it does with them."""

    def __init__(self, plan: list[Any], ticks: int = 100, woken_at: tuple[int, ...] = ()) -> None:
        """`plan`: for each turn how long it wants to wait, ms, or what it raises."""
        self.plan = list(plan)
        self.ticks = ticks
        self.passed = 0  # ms since the beginning
        self.woken_at = list(woken_at)
        self.turns: list[int] = []  # what each was told
        self.log: list[Any] = []
        self.board = SimpleNamespace(woken=False)
        self.may_drop = True

    def pass_ms(self, ms: int) -> None:
        self.passed += ms
        assert self.passed < 100_000, "it waits for ever"
        while self.woken_at and self.woken_at[0] <= self.passed:
            self.woken_at.pop(0)
            self.board.woken = True

    def ticks_ms(self) -> int:
        """Every look at the clock takes a millisecond: none of them may be lost."""
        self.pass_ms(1)
        return (self.ticks + self.passed) % WRAP

    @staticmethod
    def ticks_diff(now: int, before: int) -> int:
        return (now - before + WRAP // 2) % WRAP - WRAP // 2

    def step(self, now: int) -> int:
        assert not self.board.woken, "a key that moves from now on is news"
        self.turns.append(now)
        if not self.plan:
            raise EnoughError
        wait = self.plan.pop(0)
        if isinstance(wait, BaseException):
            raise wait
        return now + int(wait)

    def told(self, error: Exception) -> None:
        """As MicroPython's sys.print_exception, without lines: what it is, and through whom."""
        names = [frame.name for frame in extract_tb(error.__traceback__)]
        self.log.append([f"{type(error).__name__}: {error}", *names])

    def modules(self) -> dict[str, ModuleType]:
        """What `import` finds."""
        partition = SimpleNamespace(ioctl=lambda op, arg: {4: 256, 5: 4096}[op])
        made: dict[str, dict[str, Any]] = {
            "gc": {"collect": lambda: self.log.append("collect")},
            "time": {
                "ticks_ms": self.ticks_ms,
                "ticks_diff": self.ticks_diff,
                "sleep_ms": self.log.append,
            },
            "esp32": {
                "Partition": SimpleNamespace(TYPE_DATA=1, find=lambda type, label: [partition])
            },
            "machine": {
                "freq": self.log.append,
                "idle": lambda: self.pass_ms(1),
                "reset": lambda: self.log.append("reset"),
                "RTC": lambda: SimpleNamespace(memory=lambda *kept: b""),
            },
        }
        found = {}
        for name, members in made.items():
            found[name] = ModuleType(name)
            vars(found[name]).update(members)
        return found


def execute(device: Device, name: str, source: str = "") -> dict[str, Any]:
    """Execute main.py as the module `name`, on a board and a station that are stand-ins."""
    source = source or MAIN.read_text(encoding="utf-8")
    names = {"__name__": name, "open": lambda path, mode: BytesIO(b"end = 0\n")}
    with pytest.MonkeyPatch.context() as patch:
        for module, stand_in in device.modules().items():
            patch.setitem(sys.modules, module, stand_in)
        patch.setattr("luot.board.build", lambda machine, board, keypads: device.board)
        patch.setattr("luot.roles.station.Station", lambda *parts: device)
        patch.setattr(sys, "print_exception", device.told, raising=False)
        exec(compile(source, "main.py", "exec"), names)
    return names


def turned(
    plan: list[Any], ticks: int = 100, woken_at: tuple[int, ...] = (), source: str = ""
) -> Device:
    """A device after run() has turned through a plan."""
    device = Device(plan, ticks, woken_at)
    with pytest.raises(EnoughError):
        execute(device, "main", source)["run"]()
    return device


Promise = Callable[[str], None]


def importing_it_turns_nothing(source: str) -> None:
    device = Device([])
    names = execute(device, "main", source)
    assert device.turns == []
    assert device.log == []
    device.plan, device.board.woken = [5], True
    assert names["turn"](7) == 12, "the VM calls it for each turn"


def waits_are_waited_through(source: str) -> None:
    for wait in (1, 5, 20, 21, 500):
        told = turned([wait] * 5, source=source).turns
        for one, other in pairwise(told):
            assert wait <= other - one <= wait + 2


def no_millisecond_is_lost(source: str) -> None:
    """A slow clock would spoil every statistic, and each gap between two calls."""
    device = turned([7] * 200, source=source)
    assert device.turns[-1] == device.passed - 1, "one look before it began to count"


def the_clock_may_wrap(source: str) -> None:
    assert turned([7] * 9, WRAP - 30, source=source).turns == turned([7] * 9, source=source).turns


def a_key_ends_a_long_wait(source: str) -> None:
    told = turned([500, 500], woken_at=(40,), source=source).turns
    assert told[1] - told[0] < 45
    assert told[2] - told[1] >= 500, "it ends one wait"


def a_key_does_not_end_a_short_wait(source: str) -> None:
    told = turned([SHORT_WAIT_MS, 500], woken_at=(5,), source=source).turns
    assert told[1] - told[0] >= SHORT_WAIT_MS


def a_key_that_moves_during_a_turn_is_news(source: str) -> None:
    device = Device([500, 500])
    step = device.step

    def moved(now: int) -> int:
        wake = step(now)
        device.board.woken = len(device.turns) == 1
        return wake

    device.step = moved  # type: ignore[method-assign]
    with pytest.raises(EnoughError):
        execute(device, "main", source)["run"]()
    assert device.turns[1] - device.turns[0] < 5


def time_goes_on_while_keys_move(source: str) -> None:
    """A line that never rests must not stop the clock: pages could not be sent any more."""
    device = Device([500] * 50)
    step = device.step

    def moved(now: int) -> int:
        wake = step(now)
        device.board.woken = True
        return wake

    device.step = moved  # type: ignore[method-assign]
    with pytest.raises(EnoughError):
        execute(device, "main", source)["run"]()
    assert device.turns[-1] - device.turns[0] >= 40


def rubbish_is_collected_in_long_waits_only(source: str) -> None:
    assert turned([500, 5, 5, 500], source=source).log.count("collect") == 2


def what_was_loaded_for_a_while_is_let_go_of(source: str) -> None:
    """Code is RAM: it goes after a turn, from its package as well, once the station says so."""
    device = Device([5] * 4)
    names = execute(device, "main", source)
    resident = set(sys.modules)

    def load(*names: str) -> None:
        for name in names:
            patch.setitem(sys.modules, name, ModuleType(name))
        vars(core)["rare"] = sys.modules["luot.core.rare"]

    with pytest.MonkeyPatch.context() as patch:
        try:
            load("luot.core.rare", "luot.core.rare.part", "elsewhere")
            device.may_drop = False
            names["turn"](7)
            assert "luot.core.rare" in sys.modules, "it is still in use"
            device.may_drop = True
            names["turn"](12)
            assert set(sys.modules) == resident | {"elsewhere"}
            assert "rare" not in vars(core)
            load("luot.core.rare")
            names["turn"](17)
            assert set(sys.modules) == resident | {"elsewhere"}, "as often as it comes"
        finally:
            vars(core).pop("rare", None)


def our_own_bug_restarts_the_box(source: str) -> None:
    """Whoever watches the cable sees first which function it happened in."""
    device = Device([5, ValueError("our own bug")])
    execute(device, "__main__", source)
    assert device.log[-3] == ["ValueError: our own bug", "<module>", "run", "turn", "step"]
    assert device.log[-2:] == [3_000, "reset"]


def ctrl_c_goes_through(source: str) -> None:
    device = Device([5, KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        execute(device, "__main__", source)
    assert "reset" not in device.log


PROMISES: list[Promise] = [
    importing_it_turns_nothing,
    waits_are_waited_through,
    no_millisecond_is_lost,
    the_clock_may_wrap,
    a_key_ends_a_long_wait,
    a_key_does_not_end_a_short_wait,
    a_key_that_moves_during_a_turn_is_news,
    time_goes_on_while_keys_move,
    rubbish_is_collected_in_long_waits_only,
    what_was_loaded_for_a_while_is_let_go_of,
    our_own_bug_restarts_the_box,
    ctrl_c_goes_through,
]


@pytest.mark.parametrize("promise", PROMISES)
def test_the_loop_keeps_its_promises(promise: Promise) -> None:
    promise("")


FAULTS = {
    "it turns when imported": (importing_it_turns_nothing, 'if __name__ == "__main__":', "if 1:"),
    "it never waits": (waits_are_waited_through, "now < wake and", "0 and"),
    "two looks for one wait": (
        no_millisecond_is_lost,
        "before, ticks = ticks, time.ticks_ms()\n        now += time.ticks_diff(ticks, before)",
        "now += time.ticks_diff(time.ticks_ms(), ticks)\n        ticks = time.ticks_ms()",
    ),
    "a plain difference": (the_clock_may_wrap, "time.ticks_diff(ticks, before)", "ticks - before"),
    "no key ends a wait": (a_key_ends_a_long_wait, "(interruptible and board.woken)", "0"),
    "every key ends a wait": (
        a_key_does_not_end_a_short_wait,
        "(interruptible and board.woken)",
        "board.woken",
    ),
    "a key is forgotten": (
        a_key_that_moves_during_a_turn_is_news,
        "    board.woken = False\n    wake = station.step(now)",
        "    wake = station.step(now)\n    board.woken = False",
    ),
    "the clock stands while keys move": (
        time_goes_on_while_keys_move,
        "        now += time.ticks_diff(ticks, before)\n"
        "        if now < wake and not (interruptible and board.woken):\n",
        "        if now < wake and not (interruptible and board.woken):\n"
        "            now += time.ticks_diff(ticks, before)\n",
    ),
    "rubbish piles up": (rubbish_is_collected_in_long_waits_only, "gc.collect()", "pass"),
    "rubbish is collected all the time": (
        rubbish_is_collected_in_long_waits_only,
        "        if interruptible:\n            gc",
        "        if 1:\n            gc",
    ),
    "code stays": (
        what_was_loaded_for_a_while_is_let_go_of,
        "code.drop()",
        "pass",
    ),
    "code goes while it is in use": (
        what_was_loaded_for_a_while_is_let_go_of,
        "if station.may_drop",
        "if 1",
    ),
    "a bug has no name": (our_own_bug_restarts_the_box, "sys.print_exception(error)", "pass"),
    "a bug is the end": (
        our_own_bug_restarts_the_box,
        "luot.failing.start_later(machine, time, open, error)",
        "time.sleep_ms(3_000)",
    ),
    "nobody can stop it": (ctrl_c_goes_through, "except Exception", "except BaseException"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str) -> None:
    promise, sound, broken = FAULTS[fault]
    source = MAIN.read_text(encoding="utf-8")
    assert source.count(sound) == 1
    with pytest.raises((AssertionError, EnoughError, Failed)):
        promise(source.replace(sound, broken))


def test_it_is_short_enough_to_be_read_at_once() -> None:
    assert len(MAIN.read_text(encoding="utf-8").splitlines()) <= 60


# What is shipped turns as the sources do.


class Noted:
    """A program that notes each turn: what it was told and when it wants the next."""

    def __init__(self, vm: str, log: list[tuple[int, int]], machine: Machine) -> None:
        self.made = firmware(vm, Settings(), machine)
        self.log = log

    def boot(self) -> None:
        self.made.boot()

    def turn(self, now_ms: int) -> int:
        wake = self.made.turn(now_ms)
        self.log.append((now_ms, wake))
        return wake

    def kill(self) -> None:
        self.made.kill()


def turns(vm: str) -> list[tuple[int, int]]:
    """All turns of four minutes with a power cut."""
    log: list[tuple[int, int]] = []
    play(program=partial(Noted, vm, log), minutes=4, power_cuts_s=[8 * 3600 + 70])
    return log


def test_what_is_shipped_turns_as_the_sources_do(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = turns("micropython")
    assert len(shipped) > 500
    assert turns("cpython") == shipped
    seed(monkeypatch, (panel,), "_QUIET_MS = const(5_000)", "_QUIET_MS = const(5_001)")
    assert turns("cpython") != shipped
