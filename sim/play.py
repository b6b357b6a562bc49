"""A day at one station, played and told: `python -m sim day ARRIVALS.csv [options]`.

Owns its arguments, the progress bar and the printed summary. What a day is, is `day`; what is
written of it, `report`.
"""

import argparse
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sim import report, site
from sim.command_line import place, real, say, whole
from sim.day import BEFORE_S, Day, Plan
from sim.people import arrivals
from sim.people.arrivals import Arrival
from sim.text import InputError
from sim.world import SECOND_US

STOPPED = "the output folder may hold parts of two days"


def _time(text: str) -> int:
    try:
        return arrivals.seconds(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time; write HH:MM") from None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument("arrivals", type=place, metavar="ARRIVALS.csv")
    parser.add_argument(
        "--site", type=place, help="the office's settings (TOML); default: 4 desks"
    )
    parser.add_argument("--from", dest="from_s", type=_time, default=0, metavar="HH:MM")
    parser.add_argument("--until", dest="until_s", type=_time, metavar="HH:MM")
    parser.add_argument("--pace", type=real(0, 1000), default=1.0, help="times service times")
    parser.add_argument("--priority", type=real(0, 1), help="redraw who has priority")
    parser.add_argument("--no-show", type=real(0, 1), default=0.03, help="share that never comes")
    parser.add_argument("--seed", type=whole(0, 10**9), default=1)
    parser.add_argument("--power-cut", type=_time, action="append", default=[], metavar="HH:MM:SS")
    parser.add_argument(
        "--slow-erases", action="store_true", help="each as long as the flash may take, 0.5 s"
    )
    parser.add_argument("--vm", choices=("cpython", "micropython"), default="cpython")
    parser.add_argument("--out", type=place, default=Path("out"), help="where to write (out/)")
    parser.add_argument("--air", action="store_true", help="write air.s16, for multimon-ng")
    parser.add_argument(
        "--iq", type=whole(0, 10_000), default=0, metavar="N", help="write N pages as IQ"
    )
    parser.add_argument(
        "--faults", type=whole(0, 10**9), metavar="SEED", help="have parts fail, drawn from SEED"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing")


def _check_times(options: argparse.Namespace, people: list[Arrival]) -> None:
    """InputError where nobody would come, or the box would not be on yet."""
    begin, end, cuts = options.from_s, options.until_s, options.power_cut
    if end is not None and end <= begin:
        raise InputError("--until is not after --from, so nobody would come; give a later one")
    first, last = people[0].arrive_s, people[-1].arrive_s
    if begin > last:
        raise InputError(
            f"--from is after the last one came at {told(last)}, so nobody would come; "
            "give an earlier one"
        )
    if end is not None and end <= first:
        raise InputError(
            f"--until is before the first one comes at {told(first)}, so nobody would come; "
            "give a later one"
        )
    first = min((p.arrive_s for p in people if p.arrive_s >= begin), default=last)
    on = max(first - BEFORE_S, 0)
    if cuts and min(cuts) <= on:
        raise InputError(
            f"--power-cut {told(min(cuts))} is before the box is switched on at {told(on)}; "
            "give a later one"
        )


def _plan(options: argparse.Namespace) -> Plan:
    settings = site.load(options.site)
    people = arrivals.read(options.arrivals)
    letters = [name[0] for name in settings.services]
    for person in people:
        if person.service not in letters:
            raise InputError(
                f"{options.arrivals}, line {person.line}: service '{person.service}' is none of "
                f"the site's ({', '.join(letters)}); mend the line or give another --site"
            )
    _check_times(options, people)
    return Plan(
        people,
        settings,
        options.from_s,
        options.until_s,
        options.pace,
        options.priority,
        options.no_show,
        options.seed,
        sorted(options.power_cut),
        options.vm,
        options.faults,
        options.slow_erases,
    )


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write into {path}: {error.strerror}; give another folder with --out"
        ) from None
    return path


def told(second: int) -> str:
    """Return a second of the day as HH:MM:SS."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def clock(time_us: int) -> str:
    """Return a time of the day as HH:MM:SS."""
    return told(time_us // SECOND_US)


def _story(summary: dict[str, Any], day: Day, folder: Path) -> list[str]:
    """Return the printed summary."""
    wait, press, books = summary["wait_s"], summary["press_to_air_ms"], summary["journal"]
    waited, air = (
        "nobody waited",
        f"{summary['pages']} pages in {summary['airtime_s']:.0f} s of air",
    )
    if wait["mean"] is not None:
        mean, most = wait["mean"] / 60, wait["p95"] / 60
        waited = f"they waited {mean:.1f} min on average, 95 % at most {most:.1f} min"
    if press["p50"] is not None:
        air += f"; from key to air {press['p50']} ms (half), {press['p95']} ms (95 %)"
    lines = [
        f"{clock(day.box.starts[0])} to {clock(day.world.now)}: "
        f"{summary['arrivals']} people came, "
        f"{summary['issued']} got a number, {summary['served']} were served, "
        f"{summary['no_shows']} did not come when called, {summary['refused']} were refused",
        waited,
        air,
        f"journal: {books['events']} events in {books['records']} records, "
        f"{books['programs']} programs, {books['erases']} sector erases; "
        f"battery: {summary['energy_mah']:.0f} mAh; power cuts: {summary['restarts']}",
    ]
    if day.weather.faults:
        lines.append(f"{len(day.weather.faults)} faults of parts, seed {day.plan.faults}")
    lines += [f"MISUSE of a chip: {text}" for text in day.weather.ours(summary["misuses"])[:5]]
    count = len(day.pictures)
    lines.append(
        f"tickets, pages, journal and {count} pictures of the display are in {folder}/: "
        f"look at {folder / 'screens' / 'last.png'}"
    )
    lines.append(f"the same again: seed {summary['seed']}, {summary['chronicle_sha256'][:16]}")
    return lines


def run(options: argparse.Namespace) -> int:
    """Play, write and tell a day; return the exit code: 0, or 1 if a chip was misused."""
    console = Console()
    plan = _plan(options)
    folder = _folder(options.out)
    day = Day(plan)
    began = time.monotonic()
    bar = Progress(
        TextColumn("{task.fields[clock]}"),
        BarColumn(None),
        TextColumn("{task.completed} of {task.total} served"),
        console=console,
        transient=True,
        disable=not console.is_terminal or options.quiet,
    )
    with bar if console.is_terminal else nullcontext():
        task = bar.add_task("", total=len(day.people), clock="")

        def watch() -> None:
            if day.world.now // SECOND_US % 20 == 0:
                done = sum(bool(ticket.outcome) for ticket in day.ledger.tickets.values())
                bar.update(task, completed=done, clock=clock(day.world.now))

        day.run(watch)
    if options.power_cut and max(options.power_cut) * SECOND_US > day.world.now:
        raise InputError(
            f"--power-cut {told(max(options.power_cut))} is after the day's end at "
            f"{clock(day.world.now)}; give an earlier one (nothing was written)"
        )
    try:
        summary = report.write(day, folder, options.air, options.iq, time.monotonic() - began)
    except OSError as error:
        raise InputError(
            f"cannot write into {folder}: {error.strerror}; make room, or give another --out"
        ) from None
    if not options.quiet:
        for line in _story(summary, day, folder):
            say(line)
    return 1 if day.weather.ours(day.box.misuses) else 0
