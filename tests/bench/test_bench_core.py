"""The bench of the core and its store: that what is timed is what is shipped, and does its work.

Nothing here is timed: how fast something was is for `make bench` to say.
"""

from collections.abc import Callable, Iterator
from random import Random
from statistics import mean

import pytest

from luot.core import records
from luot.core.line.order import Order
from luot.core.settings.settings import Settings
from luot.core.wire import get
from sim.bench import core, heap, office, ring, rivals, store
from sim.chips.clock import Clock
from sim.chips.norflash import NorFlash
from sim.day import Day, Plan
from sim.people.arrivals import Arrival
from sim.queues import theory
from sim.queues.theory import Model

# Records per second.


def test_the_office_that_is_timed_serves_whom_it_should() -> None:
    order = office.order
    office.turn(0)
    ordinal, served, alive = order.ordinal, order.served, order.alive
    assert office.turn(1) == ordinal + office.RECORDS
    assert (order.served - served, order.alive) == (office.TICKETS, alive)
    assert sum(order.waiting) == office.WAITING
    assert sum(order.waiting[1::2]) < sum(order.waiting[0::2])


def test_the_device_is_estimated_from_the_vm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "_HERE", 2)
    monkeypatch.setattr(core, "_IN_VM", 2)
    here, vm, device = core.records()
    assert device.value == vm.value / 20
    assert min(here.value, vm.value) > 0
    assert "fastest of 2 x 30 records" in vm.how


# Customers per second.


@pytest.mark.parametrize("name", rivals.RIVALS)
def test_each_simulates_the_same_model(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = rivals.RIVALS[name]
    waits = simulated(4000, 1)
    assert len(waits) == 4000
    assert waits == simulated(4000, 1)
    assert waits != simulated(4000, 2)
    assert mean(waits) == pytest.approx(theory.exact(rivals.MODEL)["Wq"], rel=0.4)
    quiet = Model(1.2, 1, 3)
    monkeypatch.setattr(rivals, "MODEL", quiet)
    assert mean(simulated(4000, 1)) == pytest.approx(theory.exact(quiet)["Wq"], rel=0.4)


def test_the_shipped_core_decides_and_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = []
    apply = Order.apply

    def noted(order: Order, record: bytearray) -> None:
        kinds.append(record[7])
        apply(order, record)

    monkeypatch.setattr(Order, "apply", noted)
    rivals.ours(100, 1)
    assert kinds.count(records.ISSUE) == kinds.count(records.CALL) == 100


WAITS = {name: [1.0, 1.2, 1.1, 0.9, 1.0, 1.1] for name in ("core", "one", "other")}


@pytest.mark.parametrize(("rate", "kept"), [(900.0, False), (1000.0, True)])
def test_the_core_has_to_be_as_fast_as_either(rate: float, kept: bool) -> None:
    rates = {"core": rate, "one": 1000.0, "other": 800.0}
    core, one, other, *waits = rivals.figures(rates, WAITS)
    assert (core.value, core.budget, core.kept) == (rate, 1000, kept)
    assert (one.kept, other.kept) == (None, None)
    assert [figure.value for figure in waits] == [pytest.approx(1.05)] * 3
    assert waits[0].parts["exact (Erlang C)"] == pytest.approx(1.0787, abs=1e-4)
    # Student t of 5 degrees of freedom; the variance of the six is 0.055 / 5
    assert waits[0].parts["half the interval"] == pytest.approx(6.869 * 0.011**0.5 / 6**0.5)


# The ring beside littlefs.

PEOPLE = [Arrival(2 + i, 8 * 3600 + 40 * i, "ABCD"[i % 4], i == 3, 60.0) for i in range(8)]
Seen = Callable[[NorFlash], list[bytes]]


@pytest.fixture(scope="module")
def told() -> list[bytes]:
    """The events of a small day."""
    day = Day(Plan(PEOPLE, Settings(), pace=0.12))
    day.run()
    told = store.events(day.box.flash)
    assert len(told) == day.ledger.events
    return told


def test_the_events_of_a_day_are_all_there_once(told: list[bytes]) -> None:
    assert [get(record, 4, 3) for record in told] == list(range(1, len(told) + 1))
    assert sum(record[7] == records.ISSUE for record in told) == len(PEOPLE)


def in_ring(chip: NorFlash) -> list[bytes]:
    """What a reader finds in a journal: without places, and so without check sums."""
    return [record[4:28] for record in store.events(chip)]


def in_file(chip: NorFlash) -> list[bytes]:
    """The same of a file system, by whoever mounts it after a power cut."""
    copy = store.blank()
    copy.cells[:] = chip.image()
    disk = store.file_system(copy)  # a name of its own: an open file does not keep it alive
    with disk.open(store.FILE, "rb", buffering=0) as file:
        data = file.read()
    return [data[at + 4 : at + 28] for at in range(0, len(data), 32)]


def watched(told: list[bytes], chip: NorFlash, seen: Seen) -> Iterator[bytes]:
    """Yield the records, and look each time whether the one before is durable."""
    for i, record in enumerate(told):
        if i:
            assert seen(chip) == [one[4:28] for one in told[:i]]
        yield record


@pytest.mark.parametrize(
    ("keep", "seen"),
    [(store.in_ring, in_ring), (store.in_littlefs, in_file)],
)
def test_each_record_is_durable_before_the_next(
    keep: Callable[..., store.Cost], seen: Seen, told: list[bytes]
) -> None:
    chip = store.blank()
    cost = keep(watched(told, chip, seen), chip)
    assert len(cost.latencies_us) == len(told)
    assert min(cost.latencies_us) >= 109  # 32 bytes programmed
    assert cost.bytes_programmed >= 32 * len(told)


def test_the_table_has_both_stores(told: list[bytes]) -> None:
    figures = {figure.name: figure for figure in store.stores(told)}
    for what in ("erases per record", "programmed per record", "latency of a record, mean"):
        assert figures[f"ring: {what}"].value < figures[f"littlefs: {what}"].value
    ring = figures["ring: latency of a record, mean"]
    assert ring.parts["p50"] <= ring.parts["p99"] <= ring.parts["p100"] < 1
    assert f"{len(told)} events" in ring.how


# Live heap, and the start on a full ring.


def test_an_empty_vm_is_subtracted() -> None:
    most, growth = heap.heap({0: 900, 300: 1000, 600: 1000}, 400, "counted")
    assert (most.value, growth.value) == (600, 0)
    assert most.parts == {"an empty VM": 400, "after 0": 500, "after 300": 600, "after 600": 600}
    assert 4_000 < heap.baseline() < 40_000


def test_the_start_that_is_timed_is_that_of_the_shipped_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring, "_BYTES", 48 * 4096)
    monkeypatch.setattr(ring, "_ALIVE", 100)
    monkeypatch.setattr(ring, "_REPEATS", 1)
    find, find_s, rows, rebuild_s, mount_s = ring.full_ring()
    chip = NorFlash(48 * 4096, Clock(), Random(1), pytest.fail)
    journal = ring.fill(chip, 100)
    assert rows.value == journal.ring.next - journal.ring.begin
    assert 48 * 32 / 1024 < find.value < 16
    assert min(find_s.value, rebuild_s.value, mount_s.value) > 0
