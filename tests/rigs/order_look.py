"""How a line is looked at: all that can matter later, in plain values, and what must always hold.

The same is said of the naive line, in the same words. Nothing here changes a line.
"""

from collections.abc import Iterable
from typing import Any

from luot.core import records
from luot.core.line import rules
from luot.core.line.line import OPEN, UNKNOWN
from luot.core.line.order import Order
from luot.core.line.pool import Pool
from luot.core.line.ticket import ABSENT, CALLED, DONE, HELD, SERVING, WAITING
from luot.core.wire import get
from tests.naive.line import Naive
from tests.naive.people import Person
from tests.rigs.strategies import SERVICES

ROWS = 16 + 64  # lanes, then the desks' own
FIGURES = ("served", "absent", "waits", "worst", "services", "wait_s", "service_s")
ENDED = (records.FINISH, records.CANCEL, records.PAGER, records.UNDO)
CLOSING = (records.CALL, records.RESUME, records.DESK)


def look(line: Order) -> dict[str, Any]:
    """Everything that can matter later about a line, in plain values."""
    tickets = {}
    for slot in living(line):
        waits = line.state[slot] == WAITING
        tickets[line.arrival[slot]] = (
            *(line.place[slot], line.number[slot], line.lane[slot], line.pager[slot]),
            *(line.state[slot], line.overtaken[slot], line.calls[slot], line.bound[slot]),
            *(line.since[slot] if waits else 0, line.series(slot)),
        )
    return {
        "tickets": tickets,
        "rows": {row: [line.arrival[slot] for slot in slots] for row, slots in rows(line)},
        "waiting": list(line.waiting),
        "open": {desk: line.arrival[slot] for desk, slot in enumerate(line.opened) if slot},
        "desks": list(line.desk_state),
        "last": list(zip(line.last_class, line.last_call, strict=True)),
        "rack": rack(line.pagers),
        "alive": line.alive,
        "counts": list(line.counts),
        "pressed": list(line.pressed),
        "day": (line.day, line.day_open, line.intake, line.arrivals, line.served, line.newest),
        "undo": {b.source: (b.kind, line.arrival[b.slot]) for b in line.undoable.notes},
        "figures": {name: counted(getattr(line.tally, name)) for name in FIGURES},
        "ratings": counted(line.tally.ratings),
        "unrated": {desk for desk, unrated in enumerate(line.unrated) if unrated},
        "untimed": (line.tally.untimed, line.tally.visits),
        "estimates": [rules.estimate_min(line, lane) for lane in range(2 * SERVICES)],
        "mean": line.tally.mean,
    }


def look_naively(naive: Naive, mean: int) -> dict[str, Any]:
    """The same of the naive line; `mean` is the line's own figure, that rounding led astray."""
    facts, desks = naive.facts, range(33)
    rows: dict[int, list[int]] = {}
    waiting = [0] * 16
    for person in sorted(naive.people, key=naive.place):
        if person.state == WAITING:
            own = 14 + 2 * person.bound + person.priority
            rows.setdefault(own if person.bound else _lane(person), []).append(person.ticket)
            waiting[_lane(person)] += 1
    return {
        "tickets": {person.ticket: _told(person) for person in naive.people},
        "rows": rows,
        "waiting": waiting,
        "open": {p.desk: p.ticket for p in naive.people if p.state in (CALLED, SERVING)},
        "desks": [naive.desk_state.get(desk, 0) for desk in desks],
        "last": [naive.last.get(desk, (0, 0)) for desk in desks],
        "rack": naive.rack,
        "alive": len(naive.people),
        "counts": list(naive.numbers.values()),
        "pressed": [naive.obeyed.get(source, 0) for source in range(34)],
        "day": (
            *(naive.day, naive.day_open, naive.intake, naive.issued),
            *(facts.count("served"), naive.newest),
        ),
        "undo": {who: (m.kind, m.ticket.ticket) for who, m in naive.memories.items()},
        "figures": {name: counted(found) for name, found in facts.figures().items()},
        "ratings": facts.rated(),
        "unrated": naive.unrated,
        "untimed": (facts.untimed, min(len(facts.visits_s), 100)),
        "estimates": [
            naive.estimate_min(n // 2, n % 2, mean // 1024) for n in range(2 * SERVICES)
        ],
        "mean": mean,
    }


def _lane(person: Person) -> int:
    return 2 * person.service + person.priority


def _told(person: Person) -> tuple[int, ...]:
    since = UNKNOWN if person.since is None else person.since
    return (
        *(person.place, person.number, _lane(person), person.pager),
        *(person.state, person.overtaken, person.calls, person.bound),
        *(since if person.state == WAITING else 0, person.letter),
    )


def counted(figures: Iterable[int]) -> dict[int, int]:
    """Rows and their figures, where there is something to count."""
    return {row: figure for row, figure in enumerate(figures) if figure}


def living(line: Order) -> list[int]:
    """The slots of those who hold a number."""
    return [slot for slot in range(1, line.tickets + 1) if 0 < line.state[slot] < DONE]


def walk(line: Order, row: int) -> list[int]:
    """The slots of a row, from its head to its tail."""
    slots: list[int] = []
    slot = line.head[row]
    while slot:
        assert slot not in slots, "a row bites its tail"
        slots.append(slot)
        slot = line.after[slot]
    assert line.tail[row] == (slots[-1] if slots else 0)
    return slots


def rows(line: Order) -> list[tuple[int, list[int]]]:
    """The rows somebody stands in, each with its slots."""
    found = []
    for row in range(ROWS):
        if line.head[row] or line.tail[row]:
            found.append((row, walk(line, row)))
    return found


def rack(pagers: Pool) -> list[int]:
    """The pagers that are free, the next to be handed out first."""
    free, n = [], pagers.first
    while n:
        free.append(n)
        n = pagers.after(n)
    assert len(free) == pagers.free
    return free


def sound(line: Order) -> None:
    """Fail unless nobody is in two places, no pager in two hands, and every slot somewhere."""
    here = living(line)
    places = []
    for row, slots in rows(line):
        assert all(line.state[slot] == WAITING and line.row(slot) == row for slot in slots)
        places += slots
    waiting = [line.lane[slot] for slot in places]
    assert list(line.waiting) == [waiting.count(lane) for lane in range(16)]
    for slot in line.opened:
        if slot:
            places.append(slot)
            assert line.state[slot] in (CALLED, SERVING)
    places += [slot for slot in here if line.state[slot] in (HELD, ABSENT)]
    assert sorted(places) == here, "a ticket is in two places, or in none"
    assert len({line.arrival[slot] for slot in here}) == len(here)
    hands = [line.pager[slot] for slot in here if line.pager[slot]] + rack(line.pagers)
    assert len(set(hands)) == len(hands), "a pager is in two hands"
    done = [slot for slot in range(1, line.tickets + 1) if line.state[slot] == DONE]
    kept = {slot for before in line.undoable.notes for slot in (before.slot, before.closed)}
    assert set(done) <= kept, "a slot is kept for nothing"
    assert all(line.state[slot] for slot in kept if slot), "whom it is about is gone"
    unused = []
    slot = line.unused
    while slot:
        assert slot not in unused, "the unused slots go round"
        unused.append(slot)
        slot = line.after[slot]
    assert sorted(unused + done + here) == list(range(1, line.tickets + 1)), "a slot is lost"
    assert line.alive == len(here)


def reachable(line: Order) -> None:
    """Fail unless some desk can call each one who waits, or the intake send home."""
    for slot in living(line):
        bound = line.bound[slot]
        if line.state[slot] == WAITING and bound:
            assert line.desk_state[bound] == OPEN, "waits for a desk that is not open"
        elif not any(mask >> (line.lane[slot] >> 1) & 1 for mask in line.services):
            record = bytearray(records.SIZE)
            press, ticket = line.pressed[33] + 1, line.arrival[slot]
            assert not line.decide(record, records.CANCEL, 33, press, 0, 0, ticket)


def out(log: list[bytes]) -> set[int]:
    """The pagers that are certainly out with somebody, as far as these records tell."""
    holder: dict[int, int] = {}
    for record in log:
        kind, ticket, pager = record[7], get(record, 16, 2), get(record, 20, 2)
        gone = get(record, 22, 2) if kind in CLOSING else 0
        holder = {n: who for n, who in holder.items() if who != gone}
        if kind in (records.DAY_OPEN, records.DAY_CLOSE):
            holder.clear()
        elif kind in ENDED:
            holder = {n: who for n, who in holder.items() if n != pager and who != ticket}
        elif records.ISSUE <= kind < records.CANCEL and pager:
            holder = {n: who for n, who in holder.items() if who != ticket} | {pager: ticket}
    return set(holder)
