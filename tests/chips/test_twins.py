"""Clock, meter and pins: time that can be cut, levels on nets, and what a pin refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.chips.clock import Clock, PowerCut
from sim.chips.machine import Machine, Wire, open_drain
from sim.chips.meter import Meter


class Box:
    """A machine with these nets, and what it complained of."""

    def __init__(self, wires: dict[int, Wire] | None = None) -> None:
        self.misuse: list[str] = []
        self.wakes = 0
        self.m = Machine(Clock(), self.misuse.append, self.wake, wires or {}, None, None, {}, {})

    def wake(self) -> None:
        self.wakes += 1


# Clock and meter


def test_spending_reaches_the_cut_and_stays_there() -> None:
    clock = Clock(100)
    clock.cut_us = 150
    clock.spend(49)
    assert (clock.left(1), clock.left(9)) == (1, 1)
    for _ in range(2):
        with pytest.raises(PowerCut):
            clock.spend(1)
        assert (clock.now, clock.left(5)) == (150, 0)
    assert not issubclass(PowerCut, Exception)


def test_an_idle_box_is_brought_up_to_an_event_a_busy_one_is_not() -> None:
    heap: list[tuple[int, Callable[[], None]]] = []
    clock = Clock(0, lambda us, action: heap.append((us, action)))
    seen: list[int] = []
    clock.at(50, lambda: seen.append(clock.now))
    clock.at(60, lambda: seen.append(clock.now))
    heap[0][1]()
    clock.spend(25)
    heap[1][1]()
    assert (seen, [us for us, _ in heap]) == ([50, 75], [50, 60])
    with pytest.raises(RuntimeError):
        Clock().at(0, lambda: None)


def test_a_meter_sums_current_times_time() -> None:
    meter = Meter(0, 10)
    meter.set(3_600_000_000, 20_000)
    assert meter.charge_mah(3_600_000_000) == pytest.approx(0.01)
    assert meter.charge_mah(5_400_000_000) == pytest.approx(10.01)
    with pytest.raises(ValueError, match="after"):
        meter.set(1, 0)


# Pins


def test_constants_are_those_of_the_esp32_port() -> None:
    m = Box().m
    assert (m.Pin.IN, m.Pin.OUT, m.Pin.PULL_DOWN, m.Pin.PULL_UP) == (1, 3, 1, 2)
    assert (m.Pin.IRQ_RISING, m.Pin.IRQ_FALLING, m.ADC.ATTN_11DB) == (1, 2, 3)
    assert (m.Partition.TYPE_APP, m.Partition.TYPE_DATA) == (0, 1)


def test_a_pin_reads_its_source_and_its_pull_when_nobody_drives() -> None:
    level: list[int | None] = [0]
    box = Box({13: Wire(source=lambda: level[0])})
    pin = box.m.Pin(13, box.m.Pin.IN, box.m.Pin.PULL_UP)
    assert pin.value() == 0
    level[0] = None
    assert pin.value() == 1
    assert box.m.Pin(13, box.m.Pin.IN, box.m.Pin.PULL_DOWN).value() == 0
    assert box.misuse == []
    box.m.Pin(13, box.m.Pin.IN, 0).value()
    assert box.misuse == ["machine: pin 13 floats: nobody drives it, no pull"]


def test_a_pin_drives_its_sink_once_per_change() -> None:
    levels: list[int] = []
    box = Box({25: Wire(sink=levels.append)})
    pin = box.m.Pin(25, box.m.Pin.OUT, value=1)
    for level in (1, 0, 0, True):
        pin.value(level)
    assert levels == [1, 0, 1]
    assert (pin.value(), box.m.Pin(25).value(), box.misuse) == (1, 1, [])


def test_an_output_without_a_value_starts_low() -> None:
    levels: list[int] = []
    box = Box({18: Wire(sink=levels.append)})
    box.m.Pin(18, box.m.Pin.OUT)
    assert levels == [0]


@pytest.mark.parametrize(
    ("number", "action", "note"),
    [
        (
            12,
            lambda pin, kind: kind(12, kind.IN, kind.PULL_UP).value(),
            "nothing on it can be read",
        ),
        (12, lambda pin, kind: pin.value(), "read before it was made an input"),
        (12, lambda pin, kind: kind(12, kind.OUT).value(1), "drives nothing"),
        (13, lambda pin, kind: kind(13, kind.OUT).value(1), "drives against"),
        (13, lambda pin, kind: pin.value(1), "written but is no output"),
        (36, lambda pin, kind: kind(36, kind.IN, kind.PULL_UP), "no pull resistors"),
    ],
)
def test_misuse_of_a_pin_is_noted(number: int, action: Any, note: str) -> None:
    box = Box({13: Wire(source=lambda: 1), 36: Wire(source=lambda: 1)})
    action(box.m.Pin(number), box.m.Pin)
    assert any(note in text and str(number) in text for text in box.misuse)


def test_input_only_and_missing_pins_are_refused_as_the_port_does() -> None:
    box = Box()
    with pytest.raises(ValueError, match="only be input"):
        box.m.Pin(34, box.m.Pin.OUT)
    assert "input only" in box.misuse[0]
    with pytest.raises(ValueError, match="invalid pin"):
        box.m.Pin(24)


def test_only_matching_edges_interrupt_and_wake() -> None:
    wire = Wire(source=lambda: 1)
    box = Box({13: wire})
    pin = box.m.Pin(13, box.m.Pin.IN, box.m.Pin.PULL_UP)
    wire.edge(0)
    assert box.wakes == 0
    seen: list[object] = []
    pin.irq(seen.append, box.m.Pin.IRQ_FALLING)
    for level in (1, 0, 0, None, 0):
        wire.edge(level)
    assert (seen, box.wakes) == ([pin, pin], 2)
    pin.irq(None, 0)
    wire.edge(1)
    assert box.wakes == 2


def test_a_new_machine_forgets_pins_and_interrupts() -> None:
    wire = Wire(source=lambda: None)
    box = Box({13: wire})
    box.m.Pin(13, box.m.Pin.IN, box.m.Pin.PULL_UP).irq(lambda pin: None, box.m.Pin.IRQ_FALLING)
    again = Box({13: wire})
    wire.edge(1)
    wire.edge(0)
    assert (box.wakes, again.wakes) == (0, 0)


def test_open_drain_outputs_pull_one_net_down_together() -> None:
    levels: list[int | None] = [None, None, None]
    net = open_drain(*(lambda i=i: levels[i] for i in range(3)))
    assert net() is None
    levels[1] = 0
    assert net() == 0
    levels[1] = 1
    assert net() is None


# The checks above can fail: each fault breaks the test beside it


_ATTACH = Wire.attach


def spend_past_the_cut(clock: Clock, us: int) -> None:
    clock.now += us


def attach_once(wire: Wire, *ends: Any) -> None:
    if not hasattr(wire, "_pin") or wire._pin == -1:
        _ATTACH(wire, *ends)


def float_low(wire: Wire, level: int | None) -> int:
    return level or 0


@pytest.mark.parametrize(
    ("owner", "name", "fault", "check"),
    [
        (Clock, "spend", spend_past_the_cut, test_spending_reaches_the_cut_and_stays_there),
        (Meter, "charge_mah", lambda *_: 0.0, test_a_meter_sums_current_times_time),
        (Wire, "_settle", float_low, test_only_matching_edges_interrupt_and_wake),
        (Wire, "attach", attach_once, test_a_new_machine_forgets_pins_and_interrupts),
    ],
)
def test_a_fault_is_caught(
    owner: type, name: str, fault: object, check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, fault)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check()
