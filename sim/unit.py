"""One station box: a board with its chips, a firmware that runs on it, and the plug in the wall.

Owns the wiring of the box (transcribed from the board's drawings, not from firmware), its start,
its waits and its power cuts. Which VM runs the firmware is a choice of two classes with the same
three methods; neither the firmware nor the chips can tell.
"""

import binascii
import errno
import hashlib
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from random import Random
from typing import IO, Any, Protocol

from luot.board import build
from luot.core.failure import StartError
from luot.core.settings.schema import keypads, read
from luot.core.settings.settings import Settings
from luot.drivers.norflash import NorFlash as FlashDriver
from luot.failing import tell
from luot.roles.station import Station
from sim.chips.battery import Battery
from sim.chips.buses import I2cBus, I2cChip, SpiBus
from sim.chips.clock import Clock, PowerCut
from sim.chips.faulty import FaultyI2c, FaultySpi, Troubles, cell
from sim.chips.keys import Contact
from sim.chips.machine import Machine, Wire, open_drain
from sim.chips.meter import Meter
from sim.chips.norflash import NorFlash
from sim.chips.pcf8574 import Pcf8574
from sim.chips.ssd1306 import Ssd1306
from sim.chips.sx127x import SX127x, Transmission
from sim.world import World

# LILYGO T3 V1.6.1, and what we solder to it.
_SCK, _MISO, _MOSI, _CS, _RESET = 5, 19, 27, 18, 23
_SDA, _SCL = 21, 22
_DISPLAY = 0x3C
_ISSUE_PAD, _DESK_PADS, _RATING_PADS = 0x20, (0x21, 0x22), (0x23, 0x24)  # a pad: two desks
_KEYPAD_INT, _PRIORITY, _LED, _BATTERY = 13, 4, 25, 35
_JOURNAL_BYTES = 1 << 20

DESK_KEYS = ("next", "recall", "absent", "arrived")
RATING_KEYS = ("very satisfied", "satisfied", "not satisfied")

START_US = 300_000  # from power to main.py: boot loader and imports (estimate, embedded.md 3.2)
SHORT_WAIT_MS = 20  # a wait no longer than this is slept through, as main.py does
_DIP_US = 150  # of the radio's supply, when it dips
_LOOP_US = 1_000  # the main loop itself, between two turns that follow at once

# Assumptions of the energy model, at 3.3 V: an ESP32 at 160 MHz, its radios off, takes 30 mA (data
# sheet: 27 to 44 mA), awake all the time as main.py is.
CPU_UA, LED_UA = 30_000.0, 2_000.0


class Firmware(Protocol):
    """A program on a box, from one start to the next power cut."""

    def boot(self) -> None:
        """Import main and build."""

    def turn(self, now_ms: int) -> int:
        """Do what is due at box time `now_ms`; return when to be woken, ms."""

    def kill(self) -> None:
        """The power is gone."""


class RestartError(Exception):
    """The program wants its box reset in `pause_ms`."""

    def __init__(self, pause_ms: int) -> None:
        super().__init__(f"again in {pause_ms} ms")
        self.pause_ms = pause_ms


class OnCPython:
    """The station in this very interpreter; what main.py does on the device."""

    def __init__(self, machine: Machine, files: dict[str, bytes]) -> None:
        """Take the box's `machine` module and its files by name."""
        self._machine = machine
        self._files = files

    def boot(self) -> None:
        """Build the drivers and the station on them."""
        settings = read(self._open, "/settings.txt")
        self.board = build(self._machine, settings.board, keypads(settings))
        flash = FlashDriver(self._machine.Partition.find(1, label="journal")[0])
        self.station = Station(settings, self.board, flash, self)

    def data(self, name: str) -> BytesIO:
        """Open a file that is there, for reading; OSError."""
        if name not in self._files:
            raise OSError(errno.ENOENT, name)
        return BytesIO(self._files[name])

    def begins(self, name: str, content: bytes) -> bool:
        """Say whether a small file was kept that begins so."""
        return self._files.get(name, b"").startswith(content)

    def replace(self, name: str, content: bytes) -> None:
        """Keep a small file."""
        self._files[name] = content

    def turn(self, now_ms: int) -> int:
        """One step of the role; RestartError if it could not start."""
        self.board.woken = False
        try:
            return self.station.step(now_ms)
        except StartError as error:
            raise RestartError(tell(self._machine, self._open, error, now_ms)) from error

    def _open(self, name: str, mode: str = "r") -> IO[Any]:
        content = self.data(name.rpartition("/")[2])
        return content if "b" in mode else TextIOWrapper(content, "utf-8")

    def kill(self) -> None:
        """Nothing outlives a power cut here: the object is dropped."""


class Unit:
    """A station box in the world: the chips that outlive a power cut, and the turns it takes."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        firmware: Callable[[Machine], Firmware],
        on_air: Callable[[Transmission], None],
        name: str = "station",
    ) -> None:
        """Wire it up, unpowered. `firmware(machine)` makes the program of one start."""
        self.world = world
        self.name = name
        self.settings = settings
        self.misuses: list[str] = []
        self.starts: list[int] = []  # when power came, us
        self.resets: list[int] = []  # when the ESP32 began anew by itself, us
        self.carriers: list[tuple[int, int]] = []  # from when to when it was on the air, us
        self.on_picture: Callable[[bytes], None] = lambda pixels: None
        self.on_program: Callable[[int, bytes], None] = lambda time_us, data: None
        self.turns = 0
        self._firmware = firmware
        self._on_air = on_air
        self._cuts: list[int] = []
        self.clock = Clock(world.now, world.at)
        self.troubles = Troubles(self.clock, world.rng(f"{name}/troubles"))
        self.flash = NorFlash(
            _JOURNAL_BYTES, self.clock, world.rng(f"{name}/flash"), self._misuse, self._flashed
        )
        rng = world.rng(f"{name}/keys")
        self.issue_keys = [self._contact(rng, _ISSUE_PAD) for _ in range(8)]
        self.desk_keys = [
            [self._contact(rng, _DESK_PADS[desk // 2]) for _ in DESK_KEYS] for desk in range(4)
        ]
        self.priority_key = Contact(self.clock, rng, self._priority_moved)
        self.rating_keys = [
            [self._contact(rng, _RATING_PADS[desk // 2]) for _ in RATING_KEYS] for desk in range(4)
        ]
        self.battery = Battery(3000, self.energy_mah)
        self.on = False
        self._picture = self._seen = bytes(1024)
        self._past_mah = 0.0
        self._cpu = self._led = Meter(world.now)
        self._program: Firmware | None = None
        self._start_us = self._wake_us = self._serial = 0
        self._moved = False  # a key, since the turn under way or the last one began
        self._build()

    def _contact(self, rng: Random, pad: int) -> Contact:
        def changed() -> None:
            if pad in self._expanders:
                self._expanders[pad].input_changed()  # a new chip after each power cut

        return Contact(self.clock, rng, changed)

    def _build(self) -> None:
        """Make the parts that forget everything without power."""
        self.radio = SX127x(self.clock, self._misuse, self._aired, on_carrier=self._carrier_ended)
        self.display = Ssd1306(self.clock, self._misuse, self._drawn)
        pads = {_ISSUE_PAD: self.issue_keys}
        for i in range((len(self.settings.desks) + 1) // 2):
            pads[_DESK_PADS[i]] = self.desk_keys[2 * i] + self.desk_keys[2 * i + 1]
            if self.settings.rating == "yes":
                spare = [Contact(self.clock, Random(0))]  # the fourth port of each desk
                one, other = self.rating_keys[2 * i : 2 * i + 2]
                pads[_RATING_PADS[i]] = one + spare + other + spare
        self._expanders = {
            pad: Pcf8574([key.level for key in keys], self._misuse, self._interrupted)
            for pad, keys in pads.items()
        }
        chips = self._expanders.values()
        self._kept = bytearray()  # the memory of the ESP32's clock
        self._interrupt = Wire(source=open_drain(*(chip.interrupt for chip in chips)))
        self._priority = Wire(source=self.priority_key.level)
        devices: dict[int, I2cChip] = {_DISPLAY: FaultyI2c(self.display, "display", self.troubles)}
        for pad, chip in self._expanders.items():
            devices[pad] = FaultyI2c(chip, f"pad {pad}", self.troubles)
        self.i2c = I2cBus((_SCL, _SDA), devices)
        self.i2c.on_timeout = self._timed

    # Power.

    def power_on(self) -> None:
        """Plug it in, now; main.py starts 0.3 s later."""
        self._build()
        self.on = True
        self.starts.append(self.world.now)
        self.clock.now = self.world.now
        self._cpu, self._led = Meter(self.world.now, CPU_UA), Meter(self.world.now)
        self.clock.cut_us = min((cut for cut in self._cuts if cut > self.world.now), default=None)
        self._start_us = self.world.now + START_US
        self._note("power on")
        self._program = None
        self._schedule(self._start_us)

    def cut_at(self, time_us: int) -> None:
        """Have the plug pulled at `time_us`, whatever the box is doing then."""
        self._cuts.append(time_us)
        self.world.at(time_us, self.power_off)
        if self.on:
            self.clock.cut_us = min(time_us, self.clock.cut_us or time_us)

    def power_off(self) -> None:
        """Pull the plug, now: what is under way stays half done."""
        if not self.on:
            return
        self.clock.now = self.world.now
        self.radio.power_off()
        self._past_mah = self.energy_mah()
        self.on = False
        self._note("power off")
        if self._program is not None:
            self._program.kill()
        self._drawn()
        self._show()

    def shut(self) -> None:
        """The simulation is over: let go of the program."""
        if self._program is not None:
            self._program.kill()

    def energy_mah(self) -> float:
        """Return the charge drawn so far, mAh, by the model above."""
        if not self.on:
            return self._past_mah
        now = max(self.clock.now, self.world.now)
        parts = (self._cpu, self._led, self.display.meter, self.radio.meter)
        return self._past_mah + sum(part.charge_mah(now) for part in parts)

    # Faults, from outside.

    @property
    def pads(self) -> list[int]:
        """The I2C addresses of its expanders."""
        return list(self._expanders)

    def trouble(self, name: str, how: str) -> None:
        """Have a part fail in a way of sim.chips.faulty from now on, or with "" no more."""
        names = [f"pad {pad}" for pad in self.pads] + ["display"] if name == "bus" else [name]
        for one in names:
            self.troubles.of[one] = how
        self.flash.slow = self.troubles.of.get("flash") == "slow"
        self._interrupt.changed()

    def disturb(self, transfers: list[bytes]) -> None:
        """Have the display take transfers that nobody sent: static on its bus."""
        self.clock.now = max(self.clock.now, self.world.now)
        for transfer in transfers:
            self.display.write(transfer)
        self._show()

    def reset_radio(self) -> None:
        """Have the radio's supply dip: it starts over."""
        self.clock.now = max(self.clock.now, self.world.now)
        self.radio.reset(0)
        self.clock.now += _DIP_US
        self.radio.reset(1)

    # Turns.

    def _machine(self) -> Machine:
        troubles = self.troubles
        radio = FaultySpi(self.radio, "radio", troubles)
        wires = {
            _RESET: Wire(sink=self.radio.reset),
            _KEYPAD_INT: self._interrupt,
            _PRIORITY: self._priority,
            _LED: Wire(sink=self._lit),
        }
        return Machine(
            self.clock,
            self._misuse,
            self._woken,
            wires,
            SpiBus((_SCK, _MOSI, _MISO), [(_CS, radio)]),
            self.i2c,
            {_BATTERY: cell(self.battery.microvolts, troubles)},
            {"journal": self.flash},
            self._kept,
        )

    def _schedule(self, time_us: int) -> None:
        self._serial += 1
        serial = self._serial
        self._wake_us = time_us
        self.world.at(time_us, lambda: self._turn(serial))

    def _turn(self, serial: int) -> None:
        if serial != self._serial or not self.on:
            return
        clock = self.clock
        clock.now = max(clock.now, self.world.now)
        self._moved = False
        try:
            if self._program is None:
                self._program = self._firmware(self._machine())
                self._program.boot()
            wake_ms = self._program.turn((clock.now - self._start_us) // 1000)
        except PowerCut:
            self._serial += 1  # `power_off` is due at this very instant
            return
        except RestartError as again:
            self._reset(again.pause_ms)
            return
        self.turns += 1
        self._show()
        self._schedule(max(self._start_us + wake_ms * 1000, clock.now + _LOOP_US))
        if self._moved:
            self._woken()

    def _reset(self, pause_ms: int) -> None:
        """The ESP32 resets itself in so long; the other chips stay as they are."""
        self._show()
        self.resets.append(self.clock.now + pause_ms * 1000)
        self._note("reset")
        self._program = None
        self._start_us = self.resets[-1] + START_US
        self._schedule(self._start_us)

    def _woken(self) -> None:
        """A key moved: a long wait ends, or does not begin; a short one is slept through."""
        self._moved = True
        if self.on and self._program and self._wake_us - self.clock.now > SHORT_WAIT_MS * 1000:
            self._schedule(max(self.world.now, self.clock.now))

    # What the chips tell.

    def _timed(self, us: int) -> None:
        self.troubles.timeout_us = us

    def _priority_moved(self) -> None:
        self._priority.edge(1 - self.priority_key.down(self.clock.now))

    def _interrupted(self) -> None:
        self._interrupt.changed()

    def _lit(self, level: int) -> None:
        self._led.set(self.clock.now, LED_UA * level)
        self._note(f"led {level}")

    def _misuse(self, text: str) -> None:
        self.misuses.append(text)
        self._note(f"MISUSE {text}")

    def _flashed(self, op: str, offset: int, data: bytes) -> None:
        self._note(f"flash {op} {offset} {data.hex()}")
        if op == "program":
            self.on_program(self.clock.now, data)

    def _aired(self, sent: Transmission) -> None:
        self._note(f"air {sent.start_us} {sent.end_us} {hashlib.sha256(sent.bits).hexdigest()}")
        self._on_air(sent)

    def _carrier_ended(self, start_us: int, end_us: int) -> None:
        self._note(f"carrier {start_us} {end_us}")
        self.carriers.append((start_us, end_us))

    def _drawn(self) -> None:
        pixels = self.display.pixels() if self.on else bytes(1024)
        if pixels != self._picture:  # what is only sent again is not news
            self._note(f"display {binascii.crc32(pixels)}")
            self._picture = pixels

    def _show(self) -> None:
        """Let the people see what the display shows after a turn: half a redraw is 3 ms long."""
        if self._picture != self._seen:
            self._seen = self._picture
            self.on_picture(self._seen)

    def _note(self, line: str) -> None:
        self.world.chronicle.note(self.clock.now, f"{self.name} {line}")
