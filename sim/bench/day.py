"""Figures of a real day on CPython: speed, press to air, airtime, what flash takes, energy.

Owns how each is worked out from a day that was played. What a budget is, is firmware/DESIGN.md.
"""

import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from itertools import permutations, product

from luot.core.pages import pocsag
from luot.core.settings.settings import Settings
from sim.bench import store
from sim.bench.device import PACE
from sim.bench.figure import Figure
from sim.day import Day, Plan
from sim.people.arrivals import Arrival
from sim.report import percentile
from sim.world import SECOND_US

CELL_MAH = 3000
WORKING_WEEK_H = 45  # five days of nine hours


def day(people: list[Arrival], name: str) -> list[Figure]:
    """Play the whole day once; return its figures."""
    began = time.perf_counter()
    played = Day(Plan(people, Settings(), pace=PACE))
    played.run()
    wall_s = time.perf_counter() - began
    version = ".".join(map(str, sys.version_info[:3]))
    how = (
        f"{name}, pace {PACE}, {len(played.people):,} people, {played.box.turns:,} turns at "
        f"register level, one core, CPython {version}"
    )
    speed = Figure("a real day, wall time", wall_s, "s", how, 60)
    kept = [*journal(played), *store.stores(store.events(played.box.flash))]
    return [speed, *press_to_air(played), airtime(played), *kept, *energy(played)]


def idle_presses(played: Day) -> Iterator[tuple[int, int]]:
    """Yield (pressed, first preamble bit), us, of each call that found the channel idle.

    Idle: whatever was sent before had ended when the key went down.
    """
    ends = [sent.end_us for sent in played.air.transmissions]
    calls = [page for page in played.ledger.pages if page.kind == "call"]
    for page, took_us in zip(calls, played.press_to_air_us, strict=True):
        pressed_us = page.start_us - took_us
        if bisect_right(ends, page.start_us) == bisect_right(ends, pressed_us):
            yield pressed_us, page.start_us


def press_to_air(played: Day) -> list[Figure]:
    """Return p50 and p95 as simulated."""
    took = [(start - pressed) / 1000 for pressed, start in idle_presses(played)]
    how = (
        f"simulated on CPython: {len(took):,} of {len(played.press_to_air_us):,} calls, those "
        "made on an idle channel; debounce, waits, buses, flash, radio start-up; code is free"
    )
    return [
        Figure(f"press to preamble, p{percent}, simulated", at, "ms", how)
        for percent in (50, 95)
        if (at := percentile(took, percent)) is not None
    ]


def airtime(played: Day) -> Figure:
    """Return the airtime of a page over that of one sent alone, mean of the day."""
    alone_us = min(sent.end_us - sent.start_us for sent in played.air.transmissions)
    pages, sent = len(played.ledger.pages), len(played.air.transmissions)
    how = f"the day's {pages:,} pages in {sent:,} transmissions, over one page sent alone"
    return Figure("airtime per page", played.air.airtime_us() / pages / alone_us, "x", how)


def journal(played: Day) -> list[Figure]:
    """Return what the journal did to its flash."""
    flash, events = played.box.flash, played.ledger.events
    tickets = len(played.ledger.tickets)
    slots = flash.bytes_programmed / 32
    how = "counted by the flash twin over the day; a record is a slot of 32 bytes"
    overhead = "the same, but headers, anchors and checkpoints shared out over the events"
    ticket = f"{events:,} events by {tickets:,} tickets"
    return [
        Figure("journal: programs per record", flash.programs / slots, "", how, 1),
        Figure("journal: erases per 1,000 records", 1000 * flash.erases / slots, "", how, 8.4),
        Figure("journal: programs per event", flash.programs / events, "", overhead),
        Figure("journal: erases per 1,000 events", 1000 * flash.erases / events, "", overhead),
        Figure("journal: events per ticket", events / tickets, "", ticket),
        Figure("journal: records per ticket", slots / tickets, "", f"{ticket}; {overhead}"),
    ]


def energy(played: Day) -> list[Figure]:
    """Return what the box draws, and how long a cell lasts."""
    hours = (played.world.now - played.box.starts[0]) / SECOND_US / 3600
    rate = played.box.energy_mah() / hours
    how = (
        f"energy model over {hours:.1f} h: ESP32 awake at 30 mA, LED 2 mA, display and radio by "
        "their lit pixels and modes; regulator losses and ageing are not in it"
    )
    cell = f"{CELL_MAH} mAh, all of it; the budget is a working week of {WORKING_WEEK_H} h"
    return [
        Figure("station draws", rate, "mAh/h", how),
        Figure("station on a cell", CELL_MAH / rate, "h", cell, WORKING_WEEK_H, floor=True),
    ]


def together() -> list[Figure]:
    """Return the airtime of two and three calls made together over that of one.

    Pager addresses are in frames 0, 2 and 5. Neighbours in the pool: every three pagers that are
    handed out one after the other, called in any order; else every combination of frames.
    """
    settings = Settings()
    alone_ms = _airtime_ms(settings, (1,))
    figures = []
    for k in (2, 3):
        near = [_airtime_ms(settings, order) for order in _neighbours(k)]
        any_ms = [_airtime_ms(settings, pagers) for pagers in product(*_pagers(k))]
        how = f"encoded: {k} calls together over one; pagers next to each other, in any order"
        figures.append(Figure(f"airtime, {k} neighbours", max(near) / alone_ms, "x", how, 1.5))
        how = f"encoded: {k} calls together over one; every combination of the pagers' frames"
        mean = sum(any_ms) / len(any_ms) / alone_ms
        figures.append(Figure(f"airtime, any {k}, mean", mean, "x", how, 1.5))
        figures.append(Figure(f"airtime, any {k}, worst", max(any_ms) / alone_ms, "x", how, 1.5))
    return figures


def _neighbours(k: int) -> Iterator[tuple[int, ...]]:
    for first in range(1, 4):
        yield from permutations(range(first, first + k))


def _pagers(k: int) -> list[tuple[int, ...]]:
    """Return for each of `k` calls a pager of each frame, no pager twice."""
    return [tuple(3 * i + frame for frame in (1, 2, 3)) for i in range(k)]


def _airtime_ms(settings: Settings, pagers: tuple[int, ...]) -> int:
    pages = [(settings.ric(pager), 3, b"A012 QUAY 3") for pager in pagers]
    return pocsag.airtime_ms(pocsag.size(pages), settings.pocsag_bps)
