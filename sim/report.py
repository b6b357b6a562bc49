"""What is kept of a day: the files of the output folder.

Owns their names, columns and units. Where the facts come from is `ledger` and `air`.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from luot.pc import story
from sim.day import Day
from sim.ledger import Ticket
from sim.people.people import Citizen
from sim.picture import picture
from sim.world import SECOND_US

TICKET_COLUMNS = (
    "number,service,class,pager,arrived_s,issued_s,called_s,served_s,finished_s,desk,outcome,calls"
).split(",")
FILES = ("summary.json", "events.jsonl", "journal.bin", "air.s16", "air_433.92M_48k.cs16")
PAGE_COLUMNS = "start_s,end_s,ric,function,text,number,desk,kind".split(",")


class Image:
    """A flash image, for reading only: what a journal's reader takes for flash."""

    def __init__(self, data: bytes) -> None:
        """Take the bytes of a journal partition."""
        self.data = data
        self.sectors = len(data) // 4096

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Fill `buffer` with what stands from byte `offset` on."""
        buffer[:] = self.data[offset : offset + len(buffer)]


def write(day: Day, folder: Path, air: bool, iq: int, wall_s: float) -> dict[str, Any]:
    """Write everything about a finished day into `folder`; return the summary."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)  # what an earlier day left would be taken for this
    _table(folder / "tickets.csv", TICKET_COLUMNS, ticket_rows(day))
    _table(folder / "pages.csv", PAGE_COLUMNS, _page_rows(day))
    image = day.box.flash.image()
    (folder / "journal.bin").write_bytes(image)
    with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
        for event in story.log(Image(image)):
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
    _screens(day, folder / "screens")
    if air:
        day.air.write_audio(folder / "air.s16", day.plan.seed)
    if iq:
        day.air.write_iq(folder / "air_433.92M_48k.cs16", day.plan.seed, iq)
    summary = summarise(day, wall_s)
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def summarise(day: Day, wall_s: float) -> dict[str, Any]:
    """Return the figures of summary.json."""
    tickets = day.ledger.tickets.values()
    waits = [(t.called_us - t.issued_us) / SECOND_US for t in tickets if t.called_us is not None]
    presses = [us / 1000 for us in day.press_to_air_us]
    flash = day.box.flash
    return {
        "arrivals": len(day.people),
        "issued": len(tickets),
        "called": len(waits),
        "served": sum(ticket.outcome == "served" for ticket in tickets),
        "no_shows": sum(ticket.outcome == "no_show" for ticket in tickets),
        "refused": sum(bool(citizen.refused) for citizen in day.people),
        "wait_s": {
            "mean": round(sum(waits) / len(waits), 3) if waits else None,
            "p95": percentile(waits, 95),
        },
        "pages": len(day.ledger.pages),
        "airtime_s": round(day.air.airtime_us() / SECOND_US, 3),
        "carrier_s": round(sum(end - start for start, end in day.box.carriers) / SECOND_US, 3),
        "carrier_hour_s": round(busiest_hour_us(day.box.carriers) / SECOND_US, 3),
        "press_to_air_ms": {"p50": percentile(presses, 50), "p95": percentile(presses, 95)},
        "energy_mah": round(day.box.energy_mah(), 3),
        "journal": {
            "records": day.ledger.records,
            "events": day.ledger.events,
            "programs": flash.programs,
            "erases": flash.erases,
        },
        "restarts": len(day.box.starts) - 1,
        "misuses": day.box.misuses,
        "seed": day.plan.seed,
        "vm": day.plan.vm,
        "wall_s": round(wall_s, 3),
        "chronicle_sha256": day.world.chronicle.sha256(),
    }


def busiest_hour_us(carriers: Sequence[tuple[int, int]]) -> int:
    """Return how long there was a carrier in the hour with the most of it, us."""
    most = on_us = first = 0
    for start, end in carriers:
        on_us += end - start
        while carriers[first][1] <= end - 3600 * SECOND_US:
            on_us -= carriers[first][1] - carriers[first][0]
            first += 1
        before_us = max(end - 3600 * SECOND_US - carriers[first][0], 0)
        most = max(most, on_us - before_us)
    return most


def percentile(values: list[float], percent: int) -> float | None:
    """Return the nearest-rank percentile, None of nothing."""
    if not values:
        return None
    return round(sorted(values)[max(-(-len(values) * percent // 100) - 1, 0)], 3)


def ticket_rows(day: Day) -> Iterable[list[str]]:
    """Yield a row for each person in order of arrival, then tickets nobody was seen to take."""
    left = dict(day.ledger.tickets)
    for citizen in day.people:
        yield _ticket_row(citizen, left.pop(citizen.label, None))
    for ticket in left.values():
        yield _ticket_row(None, ticket)


def _ticket_row(citizen: Citizen | None, ticket: Ticket | None) -> list[str]:
    arrived = f"{citizen.arrival.arrive_s:.3f}" if citizen else ""
    if ticket is None:
        assert citizen is not None
        kind = "priority" if citizen.priority else "normal"
        service = citizen.arrival.service
        outcome = f"refused:{citizen.refused}" if citizen.refused else "not_issued"
        return ["", service, kind, "", arrived, "", "", "", "", "", outcome, "0"]
    return [
        ticket.number,
        ticket.service,
        "priority" if ticket.priority else "normal",
        str(ticket.pager),
        arrived,
        _seconds(ticket.issued_us),
        _seconds(ticket.called_us),
        _seconds(ticket.served_us),
        _seconds(ticket.finished_us),
        str(ticket.desk or ""),
        ticket.outcome or "open",
        str(ticket.calls),
    ]


def _page_rows(day: Day) -> Iterable[list[str]]:
    for page in day.ledger.pages:
        times = [_seconds(page.start_us), _seconds(page.end_us)]
        text = [page.text, page.number, str(page.desk), page.kind]
        yield [*times, str(page.ric), str(page.function), *text]


def _seconds(time_us: int | None) -> str:
    return "" if time_us is None else f"{time_us / SECOND_US:.3f}"


def _table(path: Path, columns: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def slug(text: str) -> str:
    """Return the words of `text` for a file name, without marks: `moi-so`, `het-hang-cho`."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "-".join(re.findall("[a-z]+", re.sub("[^ -~]|[a-h]?[0-9]+", "", plain))[:4]) or "board"


def _screens(day: Day, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("[0-9][0-9]-[0-9]*.png"):
        old.unlink()
    for i, (time_us, pixels) in enumerate(day.pictures, 1):
        second = time_us // SECOND_US
        clock = f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}"
        said = slug(" ".join(line.text for line in day.read(pixels)))
        picture(pixels).save(folder / f"{i:02d}-{clock}-{said}.png")
    picture(day.pixels).save(folder / "last.png")
