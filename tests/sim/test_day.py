"""Whole days: the office, the box and the air together, judged from outside.

A day is short here (twenty minutes of the sample morning); what each judge finds fault with is
shown on a firmware or an office that was broken on purpose.
"""

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from luot.core.journal.journal import Journal
from luot.core.journal.search import Search
from luot.core.keys.keypad import Keypad
from luot.core.line.line import Line
from luot.core.line.order import Order
from luot.core.line.rules import RULES
from luot.core.pages.paging import Paging
from luot.core.settings.settings import Settings
from luot.pc import reader
from sim import report
from sim.day import Day, Plan
from sim.judges import checks, checks_journal
from sim.people import arrivals
from sim.people.arrivals import Arrival

ROOT = Path(__file__).resolve().parent.parent.parent
PEOPLE = arrivals.read(ROOT / "sim/data/2019-11-09.csv")
MORNING = Plan(PEOPLE, Settings(), 9 * 3600, 9 * 3600 + 1200, pace=0.12, priority=0.3, seed=3)


def play(plan: Plan) -> Day:
    day = Day(plan)
    day.run()
    return day


def rows(day: Day) -> list[dict[str, str]]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(report.TICKET_COLUMNS)
    writer.writerows(report.ticket_rows(day))
    return list(csv.DictReader(io.StringIO(text.getvalue())))


def verdict(day: Day, most: int | None = 3) -> list[str]:
    """What the judges say of the table, of the pages, of the people and of the chips."""
    settings, books = day.plan.settings, day.ledger.tickets
    came = [(float(c.arrival.arrive_s), c.arrival.service) for c in day.people]
    found = checks.day(rows(day), settings.desks, most, came) + day.box.misuses
    for citizen in day.people:
        ticket = books.get(citizen.label)
        if ticket and (ticket.priority, ticket.pager) != (citizen.priority, citizen.pager):
            found.append(f"{ticket.number} is not what its owner was told")
        if ticket and ticket.outcome not in ("served", "no_show"):
            found.append(f"{ticket.number} is left {ticket.outcome}")
    for page in day.ledger.pages:
        if (page.ric, page.desk) != (
            settings.ric(books[page.number].pager),
            books[page.number].desk,
        ):
            found.append(f"the page {page.text} went to another pager or desk")
    return found


@pytest.fixture(scope="module")
def morning() -> Day:
    return play(MORNING)


@pytest.fixture(scope="module")
def written(morning: Day, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    report.write(morning, folder, air=True, iq=12, wall_s=0.0)
    return folder


def test_a_morning_keeps_every_promise(morning: Day) -> None:
    assert verdict(morning) == []
    assert len(morning.people) > 50


def test_the_same_seed_is_the_same_day_and_another_is_not(morning: Day) -> None:
    assert play(MORNING).world.chronicle.sha256() == morning.world.chronicle.sha256()
    other = play(replace(MORNING, seed=4))
    assert other.world.chronicle.sha256() != morning.world.chronicle.sha256()


def test_both_machines_live_the_same_day(tmp_path: Path) -> None:
    cut = replace(MORNING, until_s=9 * 3600 + 420, power_cuts_s=[9 * 3600 + 130, 9 * 3600 + 301])
    told = []
    for vm in ("cpython", "micropython"):
        folder = tmp_path / vm
        folder.mkdir()
        report.write(play(replace(cut, vm=vm)), folder, air=False, iq=0, wall_s=0.0)
        summary = json.loads((folder / "summary.json").read_text())
        files = {
            p.name: p.read_bytes()
            for p in folder.rglob("*")
            if p.name != "summary.json" and p.is_file()
        }
        told.append((summary["chronicle_sha256"], summary["restarts"], files))
    assert told[0] == told[1]
    assert told[0][1] == 2


@pytest.mark.parametrize("seed", range(6))
def test_no_power_cut_costs_a_press(seed: int) -> None:
    rng = Random(seed)
    cuts = sorted(9 * 3600.0 + rng.randrange(1200) for _ in range(rng.randint(3, 6)))
    day = play(replace(MORNING, seed=seed, power_cuts_s=cuts))
    assert verdict(day) == []
    assert len(day.box.starts) > 3


def test_the_strict_rule_lets_more_than_k_pass() -> None:
    strict = replace(MORNING, settings=Settings([("rule", "strict"), ("desks", "ABCD")]))
    found = verdict(play(strict))
    assert any("passed" in line or "overtak" in line for line in found)
    assert verdict(play(replace(MORNING, settings=Settings([("desks", "ABCD")])))) == []


SITES = {
    "one desk, one service": [("services", "A Hộ tịch"), ("desks", "A")],
    "desks of their own": [("desks", "AB,BC,CD,DA")],
    "eight services, in English": [
        ("services", "A,B,C,D,E,F,G,H"),
        ("desks", "ABCDEFGH,AB"),
        ("language", "en"),
    ],
    "fast, inverted": [("pocsag_bps", "2400"), ("polarity", "inverted")],
    "slow, first come": [("pocsag_bps", "512"), ("rule", "fifo")],
    "in turn": [("rule", "alternate")],
}


@pytest.mark.parametrize("name", SITES)
def test_other_offices_keep_the_promises_too(name: str) -> None:
    settings = Settings(SITES[name])
    letters = [service[0] for service in settings.services]
    people = [person for person in PEOPLE if person.service in letters]
    bounded = settings.rule in ("bounded", "fifo")
    day = play(replace(MORNING, arrivals=people, settings=settings, until_s=9 * 3600 + 500))
    assert verdict(day, 3 if bounded else None) == []


def test_who_finds_no_pager_is_refused_with_a_word() -> None:
    few = replace(MORNING, settings=Settings([("pagers", "5"), ("desks", "ABCD")]))
    day = play(few)
    assert verdict(day) == []
    outcomes = {row["outcome"] for row in rows(day)}
    assert outcomes - {"no_show"} == {"served", "refused:pager.none"}


# What was transmitted, read by decoders nobody here wrote.


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def heard(program: str, sound: Path) -> list[tuple[int, int, str]]:
    command = [program, "-q", "-t", "raw", "-a", "POCSAG1200", "-f", "alpha", str(sound)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = r"POCSAG1200: Address: +(\d+) +Function: (\d) +Alpha: +(.*?)(?:<NUL>)*\s*"
    found = [re.fullmatch(line, printed) for printed in text.splitlines()]
    assert all(found), text
    return [(int(m[1]), int(m[2]), m[3]) for m in found if m]


def test_a_stranger_reads_every_page(need: Callable[[str], str], written: Path) -> None:
    pages, tickets = table(written / "pages.csv"), table(written / "tickets.csv")
    by_number = {row["number"]: row for row in tickets}
    want = [(int(page["ric"]), int(page["function"]), page["text"]) for page in pages]
    assert heard(need("multimon-ng"), written / "air.s16") == want
    for page in pages:
        ticket = by_number[page["number"]]
        assert page["text"] == f"{ticket['number']} QUAY {ticket['desk']}"
        assert int(page["ric"]) == Settings().ric(int(ticket["pager"]))


def test_another_stranger_reads_the_same_code_words(
    need: Callable[[str], str], morning: Day, written: Path
) -> None:
    spec = "n=pocsag,m=FSK_PCM,s=833,l=833,r=33333,invert,preamble={32}7cd215d8"
    command = [need("rtl_433"), "-r", str(written / "air_433.92M_48k.cs16"), "-R", "0"]
    done = subprocess.run(
        [*command, "-X", spec, "-F", "json"], capture_output=True, text=True, check=True
    )
    seen = [json.loads(line)["rows"][0]["data"] for line in done.stdout.splitlines()]
    assert len(seen) == 12
    for data, sent in zip(seen, morning.air.transmissions, strict=False):
        bits = "".join(str(1 - bit) for bit in sent.bits[608:])
        assert f"{int(bits, 2):0{len(bits) // 4}x}" == data[: len(bits) // 4]


# The journal alone.


def picture(order: Order) -> dict[str, Any]:
    """Everything a line knows, with tickets by arrival and lanes in order."""
    alive = [slot for slot in range(1, order.tickets + 1) if order.state[slot]]
    fields = ("arrival", "place", "number", "pager", "lane", "state", "overtaken", "calls")
    tickets = sorted(tuple(getattr(order, name)[slot] for name in fields) for slot in alive)
    lanes: list[list[int]] = []
    for slot in order.head:
        lanes.append([])
        while slot:
            lanes[-1].append(order.arrival[slot])
            slot = order.after[slot]
    pool, pager = [], order.pagers.first
    while pager:
        pool.append(pager)
        pager = order.pagers.after(pager)
    opened = [order.arrival[slot] if slot else 0 for slot in order.opened]
    rest = (list(order.pressed), list(order.last_call), list(order.counts), order.newest)
    return {"tickets": tickets, "lanes": lanes, "pool": pool, "opened": opened, "rest": rest}


def rebuilt(image: bytes, settings: Settings) -> Order:
    order = Order(settings.masks(), RULES.index(settings.rule), pagers=settings.pagers)
    Journal(report.Image(image), order).replay()
    return order


def test_the_journal_alone_rebuilds_the_line_at_any_moment() -> None:
    day = Day(replace(MORNING, power_cuts_s=[9 * 3600 + 400]))
    moments = 0

    def watch() -> None:
        nonlocal moments
        second = day.world.now // 1_000_000
        if second % 40 == 7 and day.box.on and day.box.turns:
            station = day.box._program.station  # type: ignore[union-attr]
            assert picture(rebuilt(day.box.flash.image(), day.plan.settings)) == picture(
                station.order
            )
            moments += 1

    day.run(watch)
    assert moments > 25
    assert verdict(day) == []


def test_the_journal_itself_is_judged(morning: Day) -> None:
    events = [record for _, record, _ in reader.read(report.Image(morning.box.flash.image()))]
    assert checks_journal.journal(events, morning.plan.settings.desks, 3) == []


# Broken on purpose: what the judges must find.


@contextmanager
def broken(owner: Any, name: str, made: Callable[[Any], Any]) -> Iterator[None]:
    sound = getattr(owner, name)
    setattr(owner, name, made(sound))
    try:
        yield
    finally:
        setattr(owner, name, sound)


def _swap_places(sound: Any) -> Any:
    return lambda self, one, other: not sound(self, one, other)


def _keep_pager(sound: Any) -> Any:
    def admit(self: Any, ticket: int, lane: int, number: int, pager: int) -> int:
        slot: int = sound(self, ticket, lane, number, pager)
        self.pagers.give(pager)
        return slot

    return admit


MUTANTS = {
    "who came later is called first": (Line, "before", _swap_places),
    "nobody counts who was passed": (
        Line,
        "overtake",
        lambda sound: lambda self, desk, services, slot, add, priority=0: (0, 0),
    ),
    "a pager goes out twice": (Line, "admit", _keep_pager),
    "the wrong pager is paged": (
        Paging,
        "send",
        lambda sound: lambda self, now, pages: sound(self, now, [(r + 8, t) for r, t in pages]),
    ),
    "what was written is not found again": (
        Search,
        "find_end",
        lambda sound: lambda self, newest: 0,
    ),
    "priority is forgotten": (Keypad, "update", None),
}


def _deaf_to_priority(sound: Any) -> Any:
    return lambda self, now, raw: sound(self, now, raw & ~1)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_judges_find_what_is_broken(name: str) -> None:
    owner, attribute, made = MUTANTS[name]
    plan = replace(
        MORNING,
        settings=Settings([("desks", "ABCD"), ("pagers", "40")]),
        until_s=9 * 3600 + 600,
        power_cuts_s=[9 * 3600 + 250],
        priority=0.5,
    )
    assert verdict(play(plan)) == []
    with broken(owner, attribute, made or _deaf_to_priority):
        try:
            found = verdict(play(plan))
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            found = [f"the day does not even end: {error}"]
    assert found


@pytest.mark.parametrize(
    "people",
    [
        [Arrival(2, 10, "A", False, 60), Arrival(3, 1500, "A", False, 60)],
        [Arrival(2, 10, "A", False, 1500)],
    ],
)
def test_a_long_pause_is_no_standstill(
    people: list[Arrival], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody comes for long, or one service is long: nothing is written meanwhile."""
    monkeypatch.setattr("sim.day._STUCK_US", 600 * 1_000_000)
    day = Day(Plan(people, Settings(), no_show=0.0))
    day.run()
    assert [ticket.outcome for ticket in day.ledger.tickets.values()] == ["served"] * len(people)


def test_pages_follow_each_other_and_never_overlap(morning: Day) -> None:
    assert morning.air.overlaps() == []
    sent = morning.air.transmissions
    assert all(one.end_us <= other.start_us for one, other in pairwise(sent))
