"""A workbench for the bridge to the real MicroPython: chips that log, firmwares of a few lines.

Owns what tests/test_vm*.py share; holds no test.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from host_tools.build.compile import compile_tree
from sim.chips.buses import I2cBus, SpiBus
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.chips.norflash import NorFlash
from sim.chips.wires import Wire
from sim.vm.forward import Forward
from sim.vm.image import tree
from sim.vm.micropython import MicroPython

Start = Callable[..., MicroPython]
Real = Callable[..., Any]

PARTS = """
from machine import ADC, I2C, SPI, Pin
from esp32 import Partition

led = Pin(25, Pin.OUT, value=0)
select = Pin(18, Pin.OUT, value=1)
key = Pin(13, Pin.IN, Pin.PULL_UP)
spi = SPI(1, baudrate=8_000_000, sck=Pin(5), mosi=Pin(27), miso=Pin(19))
i2c = I2C(0, scl=Pin(22), sda=Pin(21), freq=400_000, timeout=500_000)
adc = ADC(Pin(35), atten=ADC.ATTN_11DB)
flash = Partition.find(Partition.TYPE_DATA, label="journal")[0]
"""


WATCH = (
    PARTS
    + """
seen = []


def turn(now):
    seen.append(now)
    select.value(0)
    spi.write(b"\\x00")
    select.value(1)
    return now


key.irq(lambda pin: seen.append("falls" if pin is key else "wrong"), Pin.IRQ_FALLING)
"""
)


class Bench:
    """Equal chips for each run, and a log of all that reaches them, with its time."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []
        self.clock = Clock()
        self.key = Wire(source=lambda: 1)
        self.led = Wire(sink=lambda level: self.note("led", level))
        self.during_spi: Callable[[], None] = lambda: None
        journal = NorFlash(16 * 4096, self.clock, Random(5), self.misuse, self.note)
        self.machine = Machine(
            self.clock,
            self.misuse,
            lambda: self.note("wake"),
            {13: self.key, 25: self.led},
            SpiBus((5, 27, 19), [(18, self)]),
            I2cBus((22, 21), {0x20: self}),
            {35: lambda: 1_850_999},
            {"journal": journal},
        )

    def note(self, *what: Any) -> None:
        self.log.append((self.clock.now, *what))

    def misuse(self, text: str) -> None:
        self.note("misuse", text)

    def select(self, selected: bool) -> None:
        self.note("select", selected)

    def transfer(self, out: bytes) -> bytes:
        self.note("spi", bytes(out))
        self.during_spi()
        return bytes(255 - byte for byte in out)

    def write(self, data: bytes) -> None:
        self.note("i2c", bytes(data))

    def read(self, n: int) -> bytes:
        self.note("i2c read", n)
        return bytes(7 * i & 255 for i in range(n))


def booting(tmp_path: Path) -> Iterator[Start]:
    """A fixture: start(source, bench) boots a firmware on a bench's machine, killed at the end."""
    running = []

    def boot(source: str, bench: Bench, **options: Any) -> MicroPython:
        (tmp_path / "firmware").mkdir(exist_ok=True)
        (tmp_path / "firmware/main.py").write_text(source)
        compile_tree(tmp_path / "firmware", tmp_path / "build")
        running.append(MicroPython(bench.machine, tree(tmp_path / "build"), **options))
        running[-1].boot()
        return running[-1]

    yield boot
    for vm in running:
        vm.kill()


@contextmanager
def on_cpython(source: str, bench: Bench) -> Iterator[dict[str, Any]]:
    """The names of a firmware executed here, its `machine` and `esp32` the bench's."""
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "machine", bench.machine)
        patch.setitem(sys.modules, "esp32", bench.machine)
        exec(source, names)
        yield names


def break_bridge(monkeypatch: pytest.MonkeyPatch, fault: Real) -> None:
    real = Forward.__call__
    monkeypatch.setattr(Forward, "__call__", lambda self, *r: fault(real.__get__(self), *r))
