"""A board in a rig: its chips' twins, wired as the boards' own documents say.

Owns a second transcription of the wiring, to compare luot/board.py with. Shared by the tests of
the drivers; whatever a twin notes as misuse is kept in `misuses`.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from luot.board import build
from luot.box import Board
from sim.chips.battery import Battery
from sim.chips.buses import I2cBus, SpiBus
from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.chips.norflash import NorFlash
from sim.chips.pcf8574 import Pcf8574
from sim.chips.ssd1306 import Ssd1306
from sim.chips.sx127x import SX127x, Transmission
from sim.chips.wires import Wire, open_drain

KEYPADS = (0x20, 0x21, 0x22)
DISPLAY = 0x3C

# sck, mosi, miso, nss, nreset, scl, sda, /INT, priority key, led, battery, its divider
WIRING = {
    "t3": (5, 27, 19, 18, 23, 22, 21, 13, 4, 25, 35, (1, 2)),
    "heltec2": (5, 27, 19, 18, 14, 15, 4, 23, 22, 25, 37, (100, 320)),
    "devkit": (5, 27, 19, 18, 23, 22, 21, 13, 4, 2, 35, (1, 2)),
}
HELTEC_VEXT, HELTEC_OLED_RESET = 21, 16


class Counted:
    """A chip on its bus, with the number of times it was selected or written to, and what."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip
        self.count = 0
        self.written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chip, name)

    def select(self, selected: bool) -> None:
        self.count += selected
        self.chip.select(selected)

    def transfer(self, out: bytes) -> bytes:
        answer: bytes = self.chip.transfer(out)
        return answer

    def write(self, data: bytes) -> None:
        self.count += 1
        self.written.append(data)
        self.chip.write(data)

    def read(self, n: int) -> bytes:
        answer: bytes = self.chip.read(n)
        return answer


class Bench:
    """The board `name`, not started: no pin is set up. `radio` takes the place of the SX1278."""

    def __init__(self, name: str = "t3", radio: Any = None) -> None:
        pins = WIRING[name]
        sck, mosi, miso, nss, reset, scl, sda, interrupt, priority, led, sense, divider = pins
        self.name = name
        self.clock = Clock(9 * 3600 * 10**6)
        self.misuses: list[str] = []
        self.sent: list[Transmission] = []
        self.driven: list[tuple[int, int]] = []  # (pin, level) of LED, Vext and display reset
        self.wakes = 0
        self.down: set[int] = set()  # keys on expanders, eight each
        self.priority = False
        self.taken_mah = 0.0  # of 1,000
        misuse = self.misuses.append
        self.carriers: list[tuple[int, int]] = []  # from when to when the radio was on the air
        self.radio = Counted(
            radio or SX127x(self.clock, misuse, self.sent.append, on_carrier=self._carrier)
        )
        self.panel = Counted(Ssd1306(self.clock, misuse))
        moved = self._moved
        self.expanders = [
            Pcf8574([self._contact(8 * i + pin) for pin in range(8)], misuse, moved)
            for i in range(len(KEYPADS))
        ]
        self.interrupt = Wire(open_drain(*(e.interrupt for e in self.expanders)))
        self.priority_wire = Wire(lambda: 0 if self.priority else None)
        wires = {
            reset: Wire(sink=self.radio.reset),
            interrupt: self.interrupt,
            priority: self.priority_wire,
            led: self._output(led),
        }
        if name == "heltec2":
            wires |= {pin: self._output(pin) for pin in (HELTEC_VEXT, HELTEC_OLED_RESET)}
        self.i2c_bus = I2cBus((scl, sda), {DISPLAY: self.panel})
        self.i2c_bus.devices.update(zip(KEYPADS, self.expanders, strict=True))
        self.flash = NorFlash(16 * 4096, self.clock, Random(1), misuse)
        battery = Battery(1000, lambda: self.taken_mah, divider)
        self.machine = Machine(
            self.clock,
            misuse,
            self._wake,
            wires,
            SpiBus((sck, mosi, miso), [(nss, self.radio)]),
            self.i2c_bus,
            {sense: battery.microvolts},
            {"journal": self.flash},
        )

    def board(self) -> Board:
        """Start the firmware's own board."""
        return build(self.machine, self.name, KEYPADS)

    def spi(self) -> tuple[Any, Any, Any]:
        """The radio's bus and its two pins, without the firmware's board."""
        pin = self.machine.Pin
        sck, mosi, miso, nss, reset = WIRING[self.name][:5]
        spi = self.machine.SPI(1, 2_000_000, pin(sck), pin(mosi), pin(miso))
        return spi, pin(nss, pin.OUT, value=1), pin(reset, pin.OUT, value=1)

    def i2c(self) -> Any:
        """The I2C bus, without the firmware's board."""
        scl, sda = WIRING[self.name][5:7]
        return self.machine.I2C(0, scl, sda, 400_000)

    def priority_pin(self) -> Any:
        """The priority key's pin, without the firmware's board."""
        pin = self.machine.Pin
        return pin(WIRING[self.name][8], pin.IN, pin.PULL_UP)

    def press(self, *keys: int) -> None:
        """Have exactly these keys of the expanders down."""
        self.down = set(keys)
        for expander in self.expanders:
            expander.input_changed()

    def press_priority(self, down: bool) -> None:
        """Press or release the priority key."""
        self.priority = down
        self.priority_wire.changed()

    def wait_ms(self, ms: int) -> None:
        """Let the box do nothing."""
        self.clock.spend(ms * 1000)

    def _contact(self, key: int) -> Callable[[], int | None]:
        return lambda: 0 if key in self.down else None

    def _output(self, pin: int) -> Wire:
        return Wire(sink=lambda level: self.driven.append((pin, level)))

    def _carrier(self, start_us: int, end_us: int) -> None:
        self.carriers.append((start_us, end_us))

    def _moved(self) -> None:
        self.interrupt.changed()

    def _wake(self) -> None:
        self.wakes += 1


def mutant(module: ModuleType, sound: str, broken: str) -> ModuleType:
    """The module with its one `sound` made `broken`."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    assert source.count(sound) == 1, f"{source.count(sound)} times: {sound}"
    made = ModuleType("mutant")
    exec(source.replace(sound, broken), made.__dict__)
    return made
