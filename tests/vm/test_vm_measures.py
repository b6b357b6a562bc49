"""The real MicroPython as a measure: what allocates, what stays, what differs, how it ends.

Each measure is shown a firmware that breaks the promise it guards.
"""

import importlib.util
import shutil
import struct
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim.vm import node
from sim.vm.micropython import FirmwareError
from sim.vm.process import VmError
from tests.rigs.vm import PARTS, WATCH, Bench, Start, booting

start = pytest.fixture(booting)

IDLE = (
    PARTS
    + """
one, two, large, query = bytearray(1), bytearray(2), bytearray(4096), b"\\x12\\x00"


def turn(now):
    for address in (0x20, 0x20):
        i2c.readfrom_into(address, one)
    if key.value() and not one[0]:
        select.value(0)
        spi.write_readinto(query, two)
        spi.write(query)
        spi.readinto(one)
        select.value(1)
        i2c.writeto(0x20, large)
        flash.writeblocks(0, two, 0)
        flash.readblocks(0, large, 0)
        adc.read_uv()
        WORK
    return now + 50
"""
)


def test_an_idle_turn_allocates_nothing(start: Start) -> None:
    vm = start(IDLE.replace("WORK", "pass"), Bench())
    assert [vm.locked_turn(now) for now in range(3)] == [50, 51, 52]
    assert vm.metered_turn(7) == (57, 0)


ALLOCATIONS = [
    "bytes(1)", "(now, 1)", "'%d' % now", "lambda: now", "now + 0x3FFFFFFF", "query[1:]",
    "memoryview(large)[:2]", "spi.write", "now / 2",
]  # fmt: skip


@pytest.mark.parametrize("work", ALLOCATIONS)
def test_an_idle_turn_that_allocates_shows(start: Start, work: str) -> None:
    vm = start(IDLE.replace("WORK", f"last = {work}"), Bench())
    assert vm.metered_turn(1)[1] >= 16
    with pytest.raises(FirmwareError, match=r"^MemoryError"):
        vm.locked_turn(1)


@pytest.mark.parametrize(("kept", "grows"), [("bytes(100)", True), ("0", False)])
def test_live_heap_counts_what_is_kept(start: Start, kept: str, grows: bool) -> None:
    source = f"kept = [0] * 300\n\ndef turn(now):\n    bytes(3000)\n    kept[now] = {kept}\n"
    vm = start(source + "    return now", Bench())
    before = vm.live_heap()
    for now in range(300):
        vm.turn(now)
    growth = vm.live_heap() - before
    assert 300 * 100 <= growth < 300 * 150 if grows else growth == 0


DIFFERENT = [
    ("sorted([(0, 0), (0, 1)], key=lambda pair: pair[0])", "[(0, 1), (0, 0)]"),
    ("isinstance(True, int)", "False"),
    ("__import__('struct').pack('>B', 300)", "b','"),
    ("__import__('array').array('H', [65537])[0]", "1"),
    ("__import__('sys').implementation[:2]", "('micropython', (1, 29, 0, ''))"),
]


@pytest.mark.parametrize(("expression", "shown"), DIFFERENT)
def test_it_is_the_real_one(start: Start, expression: str, shown: str) -> None:
    """What differs from CPython, and only where MicroPython itself runs."""
    vm = start("def turn(now):\n    return now", Bench())
    assert vm.run(f"print({expression})") == shown + "\n"
    with suppress(ArithmeticError, ValueError, TypeError, struct.error):  # refused aloud
        assert str(eval(expression)) != shown


def test_numbers_beyond_30_bits_are_refused(start: Start) -> None:
    source = PARTS + "def turn(now):\n    flash.readblocks(now, b'', 2 << 30)\n    return 1 << 30"
    vm = start(source, Bench())
    for now in (1 << 30, -1):
        with pytest.raises(ValueError, match="only 0 to 1073741823"):
            vm.turn(now)
    with pytest.raises(FirmwareError, match=r"^ValueError: a number beyond 30 bits on a bus"):
        vm.turn(0)
    vm.run("import main\nmain.flash.readblocks = lambda *_: 0")
    with pytest.raises(FirmwareError, match=r"^ValueError: turn\(\) returned a number beyond"):
        vm.turn(0)


def test_what_the_firmware_raises_is_named_and_it_goes_on(start: Start) -> None:
    source = (
        "def fail(): raise KeyError('A001')\n\ndef turn(now):\n    if now: fail()\n    return 9"
    )
    vm = start(source, Bench())
    with pytest.raises(FirmwareError, match=r"(?s)^KeyError: A001\nTraceback.*main.*fail"):
        vm.turn(1)
    assert vm.turn(0) == 9
    with pytest.raises(FirmwareError, match=r"^ImportError"):
        start("import luot.nothing", Bench())


def test_what_a_twin_raises_ends_the_vm_and_goes_on(start: Start) -> None:
    bench = Bench()
    vm = start(WATCH, bench)
    bench.during_spi = lambda: bench.clock.at(0, lambda: None)  # there is no world here
    with pytest.raises(RuntimeError, match="without a world"):
        vm.turn(0)
    with pytest.raises(VmError, match="switched off"):
        vm.turn(0)


LOSSES = [
    ("while True: pass", "hangs: no sign of life for 5000 ms"),
    ("__import__('js').process.exit(3)", "died: node ended with exit code 3"),
    ("spi.write(bytes(70_000))", "died: node ended with exit code 70"),
]


@pytest.mark.parametrize(("end", "told"), LOSSES)
def test_a_vm_that_is_lost_is_told(start: Start, end: str, told: str) -> None:
    vm = start(PARTS + f"def turn(now):\n    {end}", Bench(), patience_s=5)
    with pytest.raises(VmError, match=told):
        vm.turn(0)


def test_node_is_the_machines_or_the_packages_and_never_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = node.node.__wrapped__
    package = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    machine = tmp_path / "node"
    monkeypatch.setattr(shutil, "which", lambda name: str(machine))
    for version, packaged, found in [
        ("v20.0.0", package, str(machine)),
        ("v18.19.1", package, str(tmp_path / "bin/node")),
        ("v18.19.1", None, "^MicroPython cannot run: node 18 is too old, .*: run `make setup`"),
    ]:
        machine.write_text(f"#!/bin/sh\necho {version}\n")
        machine.chmod(0o755)
        monkeypatch.setattr(importlib.util, "find_spec", lambda name, spec=packaged: spec)
        if packaged:
            assert find() == found
            continue
        with pytest.raises(node.NodeError, match=found):
            find()
