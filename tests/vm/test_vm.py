"""The bridge to the real MicroPython: the firmware does there what it does here, to the byte.

Small firmwares run in CPython and in the VM against equal chips; then the bridge is broken on
purpose, to see that it shows.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from sim.chips.clock import PowerCut
from sim.vm.forward import FILL, NEW, PIN_WRITE
from sim.vm.micropython import FirmwareError
from sim.vm.process import VmError
from tests.rigs.vm import PARTS, WATCH, Bench, Real, Start, booting, break_bridge, on_cpython

start = pytest.fixture(booting)

EVERYTHING = (
    PARTS
    + """
from binascii import hexlify

every_byte = bytes(range(256))
page = bytearray(every_byte * 16)
one, two, large = bytearray(1), bytearray(2), bytearray(4096)
seen = []


def refused(call, *args):
    try:
        call(*args)
    except OSError as error:
        seen.append(error.errno)


def turn(now):
    seen.append(now)
    select.value(0)
    spi.write(b"")
    spi.write(every_byte)
    spi.write(memoryview(page)[3:5])
    spi.write_readinto(b"\\x81\\x00", two)
    spi.readinto(one, 0x5A)
    spi.write_readinto(two, two)
    spi.write_readinto(page, large)
    select.value(True)
    seen.append((hexlify(one), hexlify(two), hexlify(large)))
    i2c.writeto(0x20, every_byte)
    i2c.writevto(0x20, [b"\\x40", page, b"", memoryview(page)[254:257]])
    i2c.readfrom_into(0x20, one)
    i2c.readfrom_into(0x20, memoryview(large)[1000:3000])
    seen.append((hexlify(one), hexlify(large)))
    flash.ioctl(6, 2)
    flash.writeblocks(2, page, 0)
    flash.writeblocks(2, b"\\x00\\xff", 4094)
    flash.readblocks(2, large, 0)
    flash.readblocks(2, two, 4094)
    seen.append((hexlify(two), hexlify(large), flash.ioctl(4, 0), flash.ioctl(5, 0)))
    seen.append((adc.read_uv(), key.value(), led.value()))
    led.value(1)
    refused(i2c.writeto, 0x55, b"x")
    refused(i2c.writevto, 0x55, [b"x", b"y"])
    refused(i2c.readfrom_into, 0x55, one)
    refused(flash.readblocks, 9999, one, 0)
    refused(flash.writeblocks, 15, two, 4095)
    refused(flash.ioctl, 6, 9999)
    return now + 50
"""
)


Transcript = tuple[list[int], str, list[tuple[Any, ...]], int]


def transcript_here(source: str) -> Transcript:
    bench = Bench()
    with on_cpython(source, bench) as firmware:
        wakes = [firmware["turn"](now) for now in (0, 1000)]
        return wakes, str(firmware["seen"]), bench.log, bench.clock.now


def transcript_there(start: Start, source: str) -> Transcript:
    bench = Bench()
    vm = start(source, bench)
    wakes = [vm.turn(now) for now in (0, 1000)]
    seen = vm.run("import main\nprint(main.seen)").strip()
    return wakes, seen, bench.log, bench.clock.now


def test_every_operation_is_the_same_in_both(start: Start) -> None:
    here = transcript_here(EVERYTHING)
    assert "19, 19, 19, -258, -260, -258" in here[1]
    assert transcript_there(start, EVERYTHING) == here


def lose_posted(real: Real, op: int, *rest: Any) -> Any:
    return 0 if op == PIN_WRITE else real(op, *rest)


def swap_numbers(real: Real, op: int, handle: int, a: int, b: int, *rest: Any) -> Any:
    return real(op, handle, b, a, *rest)


def lose_last_byte(real: Real, op: int, *rest: Any) -> Any:
    *numbers, data = rest
    return real(op, *numbers, data if op == NEW else data[:-1])


def clear_top_bit(real: Real, *record: Any) -> Any:
    answer = real(*record)
    return answer if isinstance(answer, int) else bytearray(byte & 127 for byte in answer)


def swallow_refusal(
    real: Real, op: int, handle: int, a: int, b: int, size: int, *rest: Any
) -> Any:
    try:
        return real(op, handle, a, b, size, *rest)
    except OSError:
        return bytearray(size) if op & FILL else 0


FAULTS = [lose_posted, swap_numbers, lose_last_byte, clear_top_bit, swallow_refusal]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_bridge_shows(
    start: Start, fault: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_bridge(monkeypatch, fault)
    with suppress(FirmwareError, TypeError, ValueError, IndexError):
        assert transcript_there(start, EVERYTHING) != transcript_here(EVERYTHING)


CUT_ME = (
    PARTS
    + """
one = bytearray(1)


def turn(now):
    try:
        select.value(0)
        spi.write(b"\\x01\\x02")
        i2c.writeto(0x20, b"\\x03")
        flash.writeblocks(0, b"\\x04", 0)
        i2c.readfrom_into(0x20, one)
        adc.read_uv()
        flash.readblocks(0, one, 0)
        led.value(0)
    except Exception:
        led.value(0)
    finally:
        led.value(1)
        spi.write(b"finally")
    return now
"""
)


def cut_at(start: Start, instant: int | None) -> Bench:
    bench = Bench()
    vm = start(CUT_ME, bench)
    bench.clock.cut_us = instant
    if instant is None:
        vm.turn(0)
        return bench
    with pytest.raises(PowerCut):
        vm.turn(0)
    with pytest.raises(VmError, match="switched off"):
        vm.turn(1)
    return bench


def test_without_power_no_instruction(start: Start) -> None:
    """Cut within each operation in turn: what follows it never reaches a chip."""
    whole = cut_at(start, None)
    instants = sorted({time for time, *_ in whole.log} - {0})
    assert len(instants) > 5
    for instant in instants:
        log = cut_at(start, instant).log
        before = [entry for entry in whole.log if entry[0] < instant]
        torn = log[len(before) :]
        assert log[: len(before)] == before
        assert len(torn) < 2
        assert "led" not in str(torn)


def test_a_cut_the_firmware_can_catch_shows(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def soften(real: Real, *record: Any) -> Any:
        try:
            return real(*record)
        except PowerCut:
            raise OSError(5) from None

    break_bridge(monkeypatch, soften)
    with pytest.raises((pytest.fail.Exception, OSError)):
        cut_at(start, 40)


def play(bench: Bench, turn: Callable[[int], int]) -> list[tuple[Any, ...]]:
    """Edges between turns and within one."""
    turn(1)
    for level in (0, 1, 0):
        bench.key.edge(level)
    turn(2)
    bench.key.edge(1)
    turn(3)
    bench.during_spi = lambda: bench.key.edge(0)
    turn(4)
    turn(5)
    return bench.log


def test_interrupts_are_told_before_the_next_turn(start: Start) -> None:
    there, here = Bench(), Bench()
    vm = start(WATCH, there)
    with on_cpython(WATCH, here) as firmware:
        assert play(there, vm.turn) == play(here, firmware["turn"])
        assert firmware["seen"] == [1, "falls", "falls", 2, 3, 4, "falls", 5]
    assert vm.run("import main\nprint(main.seen)") == "[1, 'falls', 2, 3, 4, 'falls', 5]\n"
    vm.run("main.key.irq(None)")
    there.during_spi = lambda: there.key.edge(1)
    vm.turn(6)
    vm.turn(7)
    assert vm.run("print(main.seen[-2:])") == "[6, 7]\n"


def test_constants_are_those_of_the_twins(start: Start) -> None:
    bench = Bench()
    vm = start(PARTS + "def turn(now): return now", bench)
    for module, name in [("machine", "Pin"), ("machine", "ADC"), ("esp32", "Partition")]:
        twin = getattr(bench.machine, name)
        vm.run(f"from {module} import {name}")
        told = vm.run(f"print([name for name in dir({name}) if name.upper() == name])")
        constants = [name for name in eval(told) if name[0] != "_"]
        assert constants
        for constant in constants:
            assert vm.run(f"print({name}.{constant})").strip() == str(getattr(twin, constant))
