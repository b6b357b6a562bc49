"""The I2C bus and the expanders on it, with chips that hang, hold the bus and answer rubbish."""

from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest

from luot.drivers import i2c_bus, keys
from tests.faults.seeded import fails
from tests.rigs.board import KEYPADS, WIRING, Bench, mutant


def bus_of(bench: Bench, driver: ModuleType = i2c_bus) -> Any:
    """The bus of a bench, as the firmware's board makes it."""
    scl, sda = WIRING[bench.name][5:7]
    return driver.I2cBus(bench.machine, scl, sda)


# The bus.


def judge_stuck(driver: ModuleType) -> None:
    """Fail unless SDA is clocked free, at the start and later, whatever clock it takes."""
    for clocks in range(1, 10):
        bench = Bench()
        bench.i2c_bus.holds_sda = clocks
        bus = bus_of(bench, driver)
        assert bench.i2c_bus.holds_sda == 0, "freed before anybody is spoken to"
        assert bench.clock.now == Bench().clock.now, "and without a time-out"
        into = bytearray(1)
        for transfer in (
            lambda bus=bus: bus.writeto(KEYPADS[0], b"\xff"),
            lambda bus=bus: bus.writevto(KEYPADS[1], [b"\xff", b"\xff"]),
            lambda bus=bus, into=into: bus.readfrom_into(KEYPADS[2], into),
        ):
            bench.i2c_bus.holds_sda = clocks
            with pytest.raises(OSError, match="116"):
                transfer()
            transfer()
        assert (bytes(into), bench.misuses) == (b"\xff", [])


def judge_lines(driver: ModuleType) -> None:
    """Fail unless a bus that is free is left alone, and others hear a stop when it was not."""
    bench = Bench()
    scl, sda = bench.i2c_bus.pins
    bus = bus_of(bench, driver)
    levels: list[tuple[str, int]] = []
    wires = bench.machine.wires
    for name, wire in (("scl", wires[scl]), ("sda", wires[sda])):
        before = wire.sink

        def told(level: int, name: str = name, before: Any = before) -> None:
            levels.append((name, level))
            before(level)

        wire.sink = told
    for address in (*KEYPADS, 0x55):
        with nullcontext() if address in KEYPADS else pytest.raises(OSError, match="19"):
            bus.writeto(address, b"\xff")
    assert levels == [], "a chip that is not there is no reason to clock"
    bench.i2c_bus.holds_sda = 3
    with pytest.raises(OSError, match="116"):
        bus.writeto(KEYPADS[0], b"\xff")
    assert levels[:6] == [("scl", 0), ("scl", 1)] * 3
    assert levels[6:] == [("scl", 0), ("sda", 0), ("scl", 1), ("sda", 1)], "a stop, no start"
    bench.i2c_bus.shorted = True
    for _ in range(2):
        levels.clear()
        with pytest.raises(OSError, match="116"):
            bus.writeto(KEYPADS[0], b"\xff")
        assert levels.count(("scl", 1)) == 10, "nine clocks and a stop, not for ever"
    bench.i2c_bus.shorted = False
    bus.writeto(KEYPADS[0], b"\xff")


def judge_time(driver: ModuleType) -> None:
    """Fail unless the longest transfer has room, and one that hangs takes 20 ms."""
    bench = Bench()
    bus = bus_of(bench, driver)
    bus.writevto(0x3C, [bytes((0x80, 0xB0, 0x80, 0x00, 0x80, 0x10, 0x40)), bytes(128)])
    bench.i2c_bus.hanging.add(KEYPADS[1])
    begun = bench.clock.now
    with pytest.raises(OSError, match="116"):
        bus.readfrom_into(KEYPADS[1], bytearray(1))
    assert bench.clock.now - begun == 20_000


JUDGES = (judge_stuck, judge_lines, judge_time)


@pytest.mark.parametrize("judge", JUDGES)
def test_the_bus_frees_itself(judge: Any) -> None:
    judge(i2c_bus)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param("self._open()\n        self._look()", "self._open()", id="not at the start"),
        pytest.param("_CLOCKS = const(9)", "_CLOCKS = const(8)", id="a clock too few"),
        pytest.param("if sda.value():\n                break", "pass", id="clocks for nothing"),
        pytest.param("if self._line.value():\n            return", "pass", id="clocks always"),
        pytest.param("        sda.value(0)\n", "", id="no stop"),
        pytest.param("TIMEOUT_US = const(20_000)", "TIMEOUT_US = const(50_000)", id="long"),
        pytest.param("TIMEOUT_US = const(20_000)", "TIMEOUT_US = const(10_000)", id="short"),
        pytest.param("freq=_HZ, timeout=TIMEOUT_US", "freq=_HZ", id="MicroPython's default"),
        pytest.param("sda.value(1)\n        self._open()", "sda.value(1)", id="pins kept"),
    ],
)
def test_a_fault_in_the_bus_driver_is_caught(sound: str, broken: str) -> None:
    assert any(fails(partial(judge, mutant(i2c_bus, sound, broken))) for judge in JUDGES)


# Expanders.


def asked(bench: Bench, made: Any, until_ms: int, step_ms: int = 5) -> list[int]:
    """When a transfer failed, ms, of a station that steps so often."""
    failed: list[int] = []
    for now in range(0, until_ms, step_ms):
        begun = bench.clock.now
        made.read(now)
        if bench.clock.now - begun >= 20_000:
            assert not failed or now > failed[-1] + step_ms, "the next step is the radio's"
            failed.append(now)
        assert bench.clock.now - begun < 21_000, "one time-out a step, whatever hangs"
    return failed


def judge_hanging(driver: ModuleType) -> None:
    """Fail unless a chip that hangs is asked more and more rarely, and the others as ever."""
    bench = Bench()
    made = driver.Keys((), bus_of(bench), KEYPADS)
    bench.i2c_bus.hanging.add(KEYPADS[1])
    failed = asked(bench, made, 30_000)
    pauses = [b - a for a, b in pairwise(failed)]
    assert pauses[:8] == [20, 40, 80, 160, 320, 640, 1_280, 2_560]
    assert set(pauses[8:]) == {2_560}
    assert (made.missing, made.wake(failed[-1] + 7)) == (0b010, failed[-1] + 2_560)
    bench.press(0, 8, 23)
    assert made.read(failed[-1] + 10) & ~(0xFF << 8) == 1 | 1 << 23, "the others work"
    bench.i2c_bus.hanging.clear()
    back = failed[-1] + 2_560
    assert made.read(back - 1) >> 8 & 0xFF == 0xFF
    assert made.read(back) == 1 | 1 << 8 | 1 << 23
    assert (made.missing, made.failed, made.wake(back)) == (0, False, -1)
    bench.i2c_bus.hanging.add(KEYPADS[1])
    made.read(back + 10)
    assert made.failed
    assert made.wake(back + 10) == back + 30, "it begins anew"
    bench.i2c_bus.hanging.update(KEYPADS)
    bench = Bench()
    bench.i2c_bus.hanging.update(KEYPADS)
    assert len(asked(bench, driver.Keys((), bus_of(bench), KEYPADS), 10_000)) <= 3 * 11


def judge_rubbish(driver: ModuleType) -> None:
    """Fail unless all keys down is taken for no answer, and one key up for one."""
    bench = Bench()
    made = driver.Keys((), bus_of(bench), KEYPADS)
    bench.press(9)
    assert made.read(0) == 1 << 9
    for expander in bench.expanders:
        expander.rubbish = 0x00
    for now in range(10, 100, 5):
        assert made.read(now) == 1 << 9, "as last seen"
    assert made.missing == 0b111
    for expander in bench.expanders:
        expander.rubbish = 0x01
    made.read(5_000)
    assert made.missing == 0
    for expander in bench.expanders:
        expander.rubbish = 0xFF
    assert made.read(5_010) == 0


@pytest.mark.parametrize("judge", [judge_hanging, judge_rubbish])
def test_expanders_that_hang_or_answer_rubbish(judge: Any) -> None:
    judge(keys)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param("(rests or self.failed)", "rests", id="one time-out after the other"),
        pytest.param("(rests or self.failed)", "self.failed", id="no rest"),
        pytest.param("or now >= self._again_at[i]", "or True", id="asked each time"),
        pytest.param("2 * self._pauses[i]", "self._pauses[i]", id="as often as ever"),
        pytest.param(", _AGAIN_MAX_MS)", ", 60_000)", id="more rarely for ever"),
        pytest.param("self._pauses[i] = _AGAIN_MS", "pass", id="never forgiven"),
        pytest.param("if not self._port[0]:", "if 0:", id="all zeros are keys"),
        pytest.param("if not self._port[0]:", "if self._port[0] < 2:", id="a key up is nothing"),
        pytest.param("            self.failed = True\n", "", id="nobody is told"),
        pytest.param(
            "if self.missing >> i & 1:\n                due",
            "if 0:\n                due",
            id="wakes nobody",
        ),
    ],
)
def test_a_fault_in_the_keys_driver_is_caught(sound: str, broken: str) -> None:
    judges = (judge_hanging, judge_rubbish)
    assert any(fails(partial(judge, mutant(keys, sound, broken))) for judge in judges)
