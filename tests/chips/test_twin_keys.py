"""Contacts that bounce, the expander that reads them, and the cell that feeds it all."""

from collections.abc import Callable
from random import Random

import pytest

from sim.chips.battery import Battery
from sim.chips.clock import Clock
from sim.chips.keys import Contact
from sim.chips.machine import I2cBus, Machine, Wire, open_drain
from sim.chips.pcf8574 import Pcf8574


class World:
    """A heap of events that can be played up to an instant."""

    def __init__(self) -> None:
        self.events: list[tuple[int, int, Callable[[], None]]] = []
        self.clock = Clock(0, self.schedule)

    def schedule(self, us: int, action: Callable[[], None]) -> None:
        self.events.append((us, len(self.events), action))

    def play(self, until_us: int) -> None:
        for event in sorted(event for event in self.events if event[0] <= until_us):
            self.events.remove(event)
            event[2]()
        self.clock.now = until_us


def edges(contact: Contact, until_us: int) -> list[int]:
    levels = [contact.down(t) for t in range(until_us)]
    return [t for t in range(1, until_us) if levels[t] != levels[t - 1]]


# Contacts


def test_a_contact_bounces_within_its_limits() -> None:
    counts = set()
    for seed in range(100):
        contact = Contact(World().clock, Random(seed))
        contact.press(1_000, 20_000)
        moves = edges(contact, 26_000)
        make = [t for t in moves if t < 21_000]
        broken = [t for t in moves if t >= 21_000]
        assert (make[0], broken[0]) == (1_000, 21_000)
        assert make[-1] <= 6_000
        assert broken[-1] <= 24_000
        assert len(make) % 2 == len(broken) % 2 == 1
        counts |= {len(make) // 2, len(broken) // 2}
        assert contact.down(10_000)
        assert not contact.down(25_000)
    assert counts == set(range(7))


def test_the_level_is_a_pure_function_of_time_and_seed() -> None:
    def story() -> list[int]:
        contact = Contact(World().clock, Random(9))
        contact.press(500, 7_000)
        contact.spike(15_000)
        return edges(contact, 20_000)

    assert story() == story()


def test_every_edge_is_told_at_its_time() -> None:
    world = World()
    told: list[tuple[int, int | None]] = []
    contact = Contact(world.clock, Random(2))
    contact.changed = lambda: told.append((world.clock.now, contact.level()))
    contact.press(1_000, 9_000)
    contact.spike(20_000)
    world.play(30_000)
    assert [t for t, _ in told] == edges(contact, 30_000)
    assert [level for _, level in told] == [0, None] * (len(told) // 2)


def test_a_key_may_be_held_and_released_later() -> None:
    contact = Contact(World().clock, Random(1))
    contact.press(0)
    assert contact.down(3_600_000_000)
    with pytest.raises(ValueError, match="down already"):
        contact.press(9_000)
    with pytest.raises(ValueError, match="no spike"):
        contact.spike(9_000)
    contact.release(9_000)
    assert not contact.down(13_000)
    with pytest.raises(ValueError, match="up already"):
        contact.release(14_000)
    with pytest.raises(ValueError, match="after one at"):
        contact.press(5, 10)


# The expander


class Keypad:
    """An expander with eight contacts, its interrupt on pin 13, read over I2C."""

    def __init__(self) -> None:
        self.world = World()
        self.misuse: list[str] = []
        self.wakes = 0
        self.contacts = [Contact(self.world.clock, Random(i)) for i in range(8)]
        self.chip = Pcf8574([contact.level for contact in self.contacts], self.misuse.append)
        self.other = Pcf8574([], self.misuse.append)
        net = Wire(source=open_drain(self.chip.interrupt, self.other.interrupt))
        self.chip.interrupt_changed = self.other.interrupt_changed = net.changed
        for contact in self.contacts:
            contact.changed = self.chip.input_changed
        bus = I2cBus((22, 21), {0x20: self.chip, 0x21: self.other})
        machine = Machine(
            self.world.clock, self.misuse.append, self.wake, {13: net}, None, bus, {}, {}
        )
        self.pin = machine.Pin(13, machine.Pin.IN, machine.Pin.PULL_UP)
        self.pin.irq(lambda pin: None, machine.Pin.IRQ_FALLING)
        self.i2c = machine.I2C(0, scl=22, sda=21)

    def wake(self) -> None:
        self.wakes += 1

    def read(self) -> int:
        into = bytearray(1)
        self.i2c.readfrom_into(0x20, into)
        return into[0]


def test_a_pressed_key_reads_as_zero_and_reading_clears_the_interrupt() -> None:
    keypad = Keypad()
    assert (keypad.read(), keypad.pin.value()) == (0xFF, 1)
    keypad.contacts[5].press(10_000, 100_000)
    keypad.world.play(50_000)
    assert (keypad.pin.value(), keypad.read(), keypad.pin.value()) == (0, 0xDF, 1)
    keypad.world.play(200_000)
    assert (keypad.pin.value(), keypad.read(), keypad.pin.value()) == (0, 0xFF, 1)
    assert keypad.misuse == []
    assert keypad.wakes >= 2


def test_an_input_that_comes_back_takes_the_interrupt_with_it() -> None:
    keypad = Keypad()
    keypad.contacts[0].press(1_000, 10_000)
    keypad.world.play(100_000)
    assert keypad.wakes >= 1
    assert (keypad.pin.value(), keypad.read()) == (1, 0xFF)


def test_one_interrupt_line_serves_several_expanders() -> None:
    keypad = Keypad()
    keypad.other.inputs.append(keypad.contacts[1].level)
    keypad.contacts[1].press(1_000, 50_000)
    keypad.world.play(20_000)
    keypad.read()
    assert keypad.pin.value() == 0
    keypad.i2c.writeto(0x21, b"\xff")
    assert keypad.pin.value() == 1


def test_a_pin_written_low_stays_low_and_interrupts_nobody() -> None:
    keypad = Keypad()
    keypad.i2c.writeto(0x20, b"\x0f")
    assert keypad.read() == 0x0F
    keypad.contacts[7].press(1_000, 50_000)
    keypad.world.play(20_000)
    assert keypad.pin.value() == 1
    keypad.i2c.writeto(0x20, b"\xff")
    assert keypad.read() == 0x7F
    keypad.i2c.writeto(0x20, b"\x00")
    keypad.read()
    assert "nothing can be seen" in keypad.misuse[0]
    with pytest.raises(ValueError, match="eight pins"):
        Pcf8574([lambda: None] * 9, print)


# The cell


def test_the_cell_sinks_from_full_to_empty() -> None:
    taken = [0.0]
    cell = Battery(1000, lambda: taken[0])
    seen = []
    for used in range(0, 1101, 10):
        taken[0] = used
        seen.append(cell.millivolts())
    assert seen == sorted(seen, reverse=True)
    assert (seen[0], seen[50], seen[100], seen[-1]) == (4200, 3840, 3270, 3270)
    assert len(set(seen[:101])) == 101
    taken[0] = 0
    assert cell.microvolts() == 2_100_000
    assert Battery(1000, lambda: 0.0, (100, 420)).microvolts() == 1_000_000
    with pytest.raises(ValueError, match="0 mAh"):
        Battery(0, lambda: 0.0)


# Faults


def bounce_once(contact: Contact, at_us: int, window_us: int) -> None:
    contact._edge(at_us)


@pytest.mark.parametrize(
    ("owner", "name", "fault", "check"),
    [
        (Contact, "_move", bounce_once, test_a_contact_bounces_within_its_limits),
        (Contact, "_tell", lambda contact: None, test_every_edge_is_told_at_its_time),
        (Pcf8574, "_acknowledge", lambda chip: None,
         test_a_pressed_key_reads_as_zero_and_reading_clears_the_interrupt),
        (Pcf8574, "interrupt", lambda chip: 0,
         test_an_input_that_comes_back_takes_the_interrupt_with_it),
        (Pcf8574, "port", lambda chip: chip._latch,
         test_a_pressed_key_reads_as_zero_and_reading_clears_the_interrupt),
        (Battery, "millivolts", lambda cell: 4200, test_the_cell_sinks_from_full_to_empty),
    ],
)  # fmt: skip
def test_a_fault_is_caught(
    owner: type,
    name: str,
    fault: object,
    check: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, name, fault)
    with pytest.raises(AssertionError):
        check()
