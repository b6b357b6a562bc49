"""The bench: its arithmetic, its table and JSON, and that each measure sees what it is there for.

Nothing here is timed: how long something took is for `make bench` to say.
"""

import json
import re
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from luot.core.journal.journal import Journal
from luot.core.limits import CHECKPOINT_FORCE
from luot.core.line.order import Order
from luot.core.records import ANCHOR, END, ISSUE
from sim.__main__ import main
from sim.bench import bench, day, heap, ring, rooms, store, vm
from sim.bench.device import SLOWER
from sim.bench.figure import Figure, number
from sim.chips.clock import Clock
from sim.chips.norflash import NorFlash
from sim.people import arrivals
from sim.people.arrivals import Arrival
from sim.vm import image

PEOPLE = [Arrival(2 + i, 8 * 3600 + 40 * i, "ABCD"[i % 4], i == 3, 60.0) for i in range(8)]


# The table and the JSON.


@pytest.mark.parametrize(
    ("value", "budget", "floor", "kept"),
    [
        (60, 60, False, True),
        (60.1, 60, False, False),
        (45, 45, True, True),
        (44.9, 45, True, False),
        (0, 0, False, True),
        (1, 0, False, False),
        (7, None, False, None),
    ],
)
def test_a_budget_is_kept_or_missed(
    value: float, budget: float | None, floor: bool, kept: bool | None
) -> None:
    assert Figure("f", value, "s", "counted", budget, floor).kept is kept


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.154, "0.15"),
        (1.2, "1.20"),
        (37.71, "37.7"),
        (302.66, "303"),
        (81_920, "81,920"),
    ],
)
def test_a_figure_is_shown_with_what_counts(value: float, text: str) -> None:
    assert number(value) == text


HEAD = "arrive,service,priority,service_s\n"
FIELDS = {"name", "value", "unit", "how", "budget", "floor", "parts", "kept"}


@pytest.fixture
def one_day(tmp_path: Path) -> Path:
    """A day of one person."""
    path = tmp_path / "one.csv"
    path.write_text(HEAD + "08:00:00,A,0,60\n")
    return path


FIGURES = [
    Figure("speed", 25.04, "s", "played once", 60),
    Figure("heap", 90_000, "B", "loaded", 81_920, parts={"order": 4000.0, "wire": 12.5}),
    Figure("cell", 79.5, "h", "assumed", 45, floor=True),
    Figure("size", 12, "B", "weighed"),
]
ROWS = """\
name    figure     budget            how it was obtained
speed   25.0 s     ≤ 60              played once
heap    90,000 B   ≤ 81,920 MISSED   loaded: 4,000 order, 12.5 wire
cell    79.5 h     ≥ 45              assumed
size    12 B       stated            weighed"""


def test_the_command_prints_a_table_and_writes_json(
    one_day: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[tuple[int, str]] = []

    def measurement(people: list[Arrival], name: str) -> list[Figure]:
        seen.append((len(people), name))
        return FIGURES[2 * len(seen) - 2 : 2 * len(seen)]

    monkeypatch.setattr(bench, "MEASUREMENTS", (("waiting", measurement), ("again", measurement)))
    target = tmp_path / "deep" / "bench.json"
    assert main(["bench", str(one_day), "--json", str(target)]) == 0
    assert seen == [(1, "one.csv"), (1, "one.csv")]
    shown = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]
    assert shown[:5] == [row.split() for row in ROWS.splitlines()]
    assert " ".join(shown[5]).startswith("one.csv, pace 0.12: 1 budget missed; the same as JSON")
    told = json.loads(target.read_text())
    assert told["day"] == "one.csv"
    assert [set(figure) for figure in told["figures"]] == 4 * [FIELDS]
    assert [figure["value"] for figure in told["figures"]] == [25.04, 90_000, 79.5, 12]
    assert [figure["kept"] for figure in told["figures"]] == [True, False, True, None]
    assert told["figures"][1]["parts"] == {"order": 4000, "wire": 12.5}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (None, r"cannot read .*no\.csv: No such file"),
        ("arrive,service,priority\n", r"column service_s is missing"),
        (HEAD + "08:00:00,Z,0,60\n", r"line 2: service 'Z' is none of A, B, C, D; "),
        (HEAD, "nobody comes; add a line"),
    ],
)
def test_a_day_that_cannot_be_played_is_one_line(
    rows: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no.csv"
    if rows is not None:
        path.write_text(rows)
    assert main(["bench", str(path)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert re.search(told, error)


def test_json_that_cannot_be_written_is_one_line(
    one_day: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "MEASUREMENTS", ())
    assert main(["bench", str(one_day), "--json", str(one_day / "x.json")]) == 2
    assert capsys.readouterr().err.endswith("give another --json\n")


# A day on CPython.


def test_a_small_day_has_its_figures() -> None:
    figures = {figure.name: figure for figure in day.day(PEOPLE, "small.csv")}
    assert set(figures) == {
        "a real day, wall time",
        "press to preamble, p50, simulated",
        "press to preamble, p95, simulated",
        "airtime per page",
        "journal: programs per record",
        "journal: erases per 1,000 records",
        "journal: programs per event",
        "journal: erases per 1,000 events",
        "journal: events per ticket",
        "journal: records per ticket",
        *(
            f"{store}: {what}"
            for store in ("ring", "littlefs")
            for what in ("erases per record", "programmed per record", "latency of a record, mean")
        ),
        "station draws",
        "station on a cell",
    }
    assert figures["journal: programs per record"].value == 1
    assert figures["journal: programs per event"].value > 1
    assert figures["journal: events per ticket"].value > 3  # issue, call, arrived and the start
    assert figures["press to preamble, p50, simulated"].value > 5  # the debounce
    assert 30 < figures["station draws"].value < 60
    assert "8 people" in figures["a real day, wall time"].how


def test_presses_on_a_busy_channel_do_not_count() -> None:
    sent = [SimpleNamespace(start_us=at, end_us=at + 900) for at in (1000, 2100, 5000)]
    pages = [
        SimpleNamespace(start_us=s.start_us, kind=k) for s, k in zip(sent, KINDS, strict=True)
    ]
    played: Any = SimpleNamespace(
        air=SimpleNamespace(transmissions=sent),
        ledger=SimpleNamespace(pages=pages),
        press_to_air_us=[10, 500, 8],  # the second key went down while the first page was sent
    )
    assert list(day.idle_presses(played)) == [(990, 1000), (4992, 5000)]


KINDS = ("call", "call", "call")


def test_airtime_of_calls_made_together() -> None:
    """M.584-2: a preamble of 576 bits, 544 a batch; a page of five words starts in its frame."""
    one, two, three = ((576 + 544 * batches) / 1200 for batches in (1, 2, 3))
    told = {figure.name: figure.value for figure in day.together()}
    assert told["airtime, 2 neighbours"] == told["airtime, 3 neighbours"] == 1
    assert told["airtime, any 2, worst"] == pytest.approx(two / one, abs=0.002)
    assert told["airtime, any 3, worst"] == pytest.approx(three / one, abs=0.002)
    same_frame = 1 / 3  # of all pairs; the others share a batch
    mean = 1 + same_frame * (two / one - 1)
    assert told["airtime, any 2, mean"] == pytest.approx(mean, abs=0.002)


# A day on MicroPython.


def test_a_drawn_day_is_as_long_as_asked_in_order_and_of_the_same_people() -> None:
    drawn = heap.drawn(PEOPLE, 100, 1)
    assert len(drawn) == 100
    assert drawn == heap.drawn(PEOPLE, 100, 1)
    assert drawn != heap.drawn(PEOPLE, 100, 2)
    times = [person.arrive_s for person in drawn]
    assert times == sorted(times)
    assert [person.line for person in drawn] == list(range(2, 102))
    assert min(times) >= PEOPLE[0].arrive_s - 300
    assert {person.service for person in drawn} == set("ABCD")


@pytest.mark.parametrize(
    ("later", "growth"),
    [
        ([900, 916, 900, 948], 0),  # what is on the display comes and goes
        ([900, 916, 932, 948], 32),
        ([900, 900, 860, 860], -40),
    ],
)
def test_growth_is_what_does_not_go_again(later: list[int], growth: int) -> None:
    live = {0: 700} | {300 * i: size for i, size in enumerate(later, 1)}
    most, grown = heap.heap(live, 0, "counted")
    assert (most.value, grown.value) == (max(later), growth)
    assert most.parts["after 1,200"] == later[-1]
    assert grown.kept is (growth <= 0)


def test_the_greediest_step_is_none_of_a_start() -> None:
    most = {"boot + erase": 100_000, "redraw": 7000, "issue + redraw": 13_000, "nothing": 0}
    greediest, start = heap.steps(most)
    assert (greediest.value, greediest.kept, start.value) == (13_000, False, 100_000)
    assert list(greediest.parts) == ["issue + redraw", "redraw", "nothing"]


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("5 station display 123", "redraw"),
        ("5 station led 1", "radio"),
        ("5 station flash erase 4096 ", "erase"),
        (f"5 station flash program 32 {bytes((*bytes(7), ISSUE, *bytes(24))).hex()}", "issue"),
        (f"5 station flash program 32 {bytes((*bytes(7), ANCHOR, *bytes(24))).hex()}", "sector"),
        (f"5 station flash program 32 {bytes((*bytes(7), END, *bytes(24))).hex()}", "checkpoint"),
        ("5 desk 1 presses 0", ""),
        ("5 station power off", ""),
    ],
)
def test_a_step_is_called_by_what_the_chips_saw(line: str, deed: str) -> None:
    assert heap.deed(line) == deed


def test_a_small_drawn_day_is_metered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "TICKETS", 8)
    monkeypatch.setattr(heap, "SETTLED", 2)
    live, growth, greediest, start = heap.drawn_day(PEOPLE, "small.csv")
    assert list(live.parts) == [
        "an empty VM",
        *(f"after {tickets}" for tickets in (0, 2, 4, 6, 8)),
    ]
    assert 40_000 < live.value < 120_000
    assert growth.name == "growth of the live heap from ticket 2 on"
    assert 0 < greediest.value < start.value
    assert any("redraw" in kind for kind in greediest.parts)


def test_a_press_costs_the_device_more_than_the_simulation_says() -> None:
    simulated = day.day(PEOPLE, "small.csv")[1]
    device = vm.presses(PEOPLE, "small.csv")[0]
    assert (simulated.name[-9:], device.name[-6:]) == ("simulated", "device")
    assert device.value > simulated.value
    assert f"{SLOWER} x time in the VM" in device.how


IDLE = b"""
def turn(now):
    WORK
    return now + 1000
"""


@pytest.mark.parametrize(("work", "failed"), [(b"pass", 0), (b"bytes(1)", 40)])
def test_an_idle_step_that_allocates_shows(
    work: bytes, failed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "firmware", lambda: {"/main.py": IDLE.replace(b"WORK", work)})
    monkeypatch.setattr(vm, "_IDLE_STEPS", 40)
    steps, drawing = vm.idle()
    assert (steps.value, steps.kept, drawing.value) == (failed, not failed, 0)


def test_a_change_of_screen_is_no_idle_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vm, "_IDLE_STEPS", 40)
    steps, drawing = vm.idle()
    assert steps.value == 0
    assert drawing.value > 1000


def test_rooms_are_weighed() -> None:
    stays, every, size = rooms.rooms()
    assert list(stays.parts) == list(every.parts) == [*rooms.ROOMS, "names"]
    for room, bytes_ in stays.parts.items():
        assert 0 < bytes_ < every.parts[room] + 256, "which names come first varies"
    assert stays.parts["luot.roles"] > every.parts["luot.roles"] - 256, "all of it stays"
    assert stays.value + 10_000 < every.value < 2 * size.value
    assert {"luot.board", "luot.core.line.order", "luot.roles.station"} <= set(size.parts)


def test_no_room_brings_modules_of_another() -> None:
    """Rooms are entered from below: else one would be weighed with what it uses."""
    names = set(rooms.rooms()[2].parts)
    met: set[str] = set()
    with vm.bare(image.firmware()) as empty:
        empty.boot()
        for room in rooms.ROOMS:
            own = {name for name in names if name.rpartition(".")[0] == room}
            empty.run("\n".join(f"import {name}" for name in sorted(own)))
            assert rooms.loaded(empty) == met | own
            met |= own
    assert met == names


def test_a_room_that_is_not_known_is_told() -> None:
    with pytest.raises(ValueError, match="does not know the room luot.cellar"):
        rooms.weighed({}, ["luot.cellar.door"])


# A full ring.


def test_the_ring_is_filled_to_the_worst_moment() -> None:
    chip = NorFlash(1 << 20, Clock(), Random(1), pytest.fail)
    journal = ring.fill(chip, 990)
    assert journal.events == CHECKPOINT_FORCE - 1
    assert journal.ring.next > (1 << 20) // 32
    assert journal.order.arrivals - journal.order.served == 990
    again = Journal(store.Twin(chip), Order((15,) * 4))
    read = chip.bytes_read
    assert again.replay() == journal.ring.next - 1
    assert again.order.ordinal == journal.order.ordinal
    assert chip.bytes_read - read > 32 * (journal.ring.next - journal.ring.begin)


def test_the_device_reads_computes_and_collects() -> None:
    effort = ring._Effort(read=9728, flash_us=5000, vm_us=1000, allocated=32 * 1024)
    assert ring._device_s([effort]) == pytest.approx((20 * 1000 + 5000 + 2 * 2000) / 1e6)


@pytest.mark.long
def test_ten_thousand_idle_steps_allocate_nothing() -> None:
    steps, drawing = vm.idle()
    assert (steps.value, drawing.value <= vm.STEP_BYTES) == (0, True)


@pytest.mark.long
def test_after_a_drawn_day_of_3600_tickets_the_heap_is_within_its_budget(root: Path) -> None:
    people = arrivals.read(root / "sim/data/2019-11-09.csv")
    live, growth, greediest, _ = heap.drawn_day(people, "2019-11-09.csv")
    print(live.parts)
    assert live.parts["after 3,600"] <= heap.HEAP_BYTES
    assert growth.value <= 0
    assert greediest.value <= vm.STEP_BYTES
