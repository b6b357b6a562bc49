"""What must hold of every state and every step of `explore`: the promises, said a second time.

Owns the laws; each is a sentence in a `BrokenError`. It looks at a line and at tickets, and must
not ask the line's own reasoning: no `choose`, `overtake`, `reaches`, `find`.
"""

from luot.core import records
from luot.core.line.line import OPEN, OWN_ROWS
from luot.core.line.order import Order
from luot.core.line.rules import ALTERNATE, BOUNDED, FIFO, STRICT
from luot.core.line.ticket import ABSENT, CALLED, DONE, HELD, SERVING, WAITING
from luot.core.records import AT_A, AT_C, AT_DESK, AT_KIND, AT_SOURCE, AT_TICKET
from luot.core.wire import get
from sim.explore.state import Passed, Ticket, Tickets, rack

# What becomes of the ticket that a command is about.
_THEN = {
    records.ISSUE: WAITING,
    records.CALL: CALLED,
    records.RECALL: CALLED,
    records.ABSENT: ABSENT,
    records.ARRIVED: SERVING,
    records.FINISH: DONE,
    records.BACK: WAITING,
    records.HOLD: HELD,
    records.RESUME: CALLED,
    records.TRANSFER: WAITING,
    records.CANCEL: DONE,
}


# What else of it may change; the rest of where it belongs stays.
_MAY = {records.BACK: ("place",), records.TRANSFER: ("lane", "bound")}
_BELONGS = ("place", "lane", "bound", "pager")


class BrokenError(Exception):
    """A law that does not hold, in words."""


def law(holds: bool, words: str) -> None:
    """Raise BrokenError unless a law holds."""
    if not holds:
        raise BrokenError(words)


def reach(line: Order, ticket: Ticket, desk: int) -> bool:
    """Say whether a desk may call a waiting ticket."""
    if ticket.bound:
        return ticket.bound == desk
    return bool(line.services[desk - 1] >> (ticket.lane >> 1) & 1)


def state(line: Order, tickets: Tickets) -> None:
    """Hold the laws of a state."""
    desks = range(1, len(line.services) + 1)
    living = 0
    waits = set()
    hands = []
    for arrival, ticket in tickets.items():
        if ticket.state == DONE:
            continue
        living += 1
        if ticket.pager:
            hands.append(ticket.pager)
        law((ticket.desk > 0) == (ticket.state in (CALLED, SERVING)), "open at no desk, or idle")
        if ticket.state == WAITING:
            waits.add(arrival)
            law(any(reach(line, ticket, desk) for desk in desks), "nobody can call a ticket")
            law(not ticket.bound or line.desk_state[ticket.bound] == OPEN, "waits at a shut desk")
        law(
            line.rule not in (BOUNDED, FIFO) or ticket.overtaken <= line.overtakes_max,
            "overtaken beyond K",
        )
    law(living == line.alive, "the count of the living is wrong")
    law(_rows(line, tickets) == waits, "a ticket in two rows, or in none")
    opened = [line.opened[desk] for desk in desks if line.opened[desk]]
    law(not line.opened[0] and len(set(opened)) == len(opened), "a ticket at two desks")
    for slot in opened:
        law(line.state[slot] in (CALLED, SERVING), "open, but elsewhere")
    hands += rack(line)
    law(len(set(hands)) == len(hands), "a pager in two hands")
    _slots(line, len(tickets))


def _rows(line: Order, tickets: Tickets) -> set[int]:
    """Return who stands in the rows, each of which is in order."""
    found: set[int] = set()
    count = 0
    lanes = max(line.services).bit_length() * 2
    for row in (*range(lanes), *range(OWN_ROWS, OWN_ROWS + 2 * len(line.services))):
        slot, last = line.head[row], (0, 0)
        end = 0
        while slot:
            arrival = line.arrival[slot]
            law(arrival in tickets and arrival not in found, "in a row, but elsewhere")
            ticket = tickets[arrival]
            law(last < (ticket.place, arrival), "a row out of order")
            own = OWN_ROWS - 2 + 2 * ticket.bound + (ticket.lane & 1)
            law(row == (own if ticket.bound else ticket.lane), "in another's row")
            law(ticket.state == WAITING, "in a row, but elsewhere")
            last = (ticket.place, arrival)
            found.add(arrival)
            count += 1
            slot, end = line.after[slot], slot
        law(line.tail[row] == end, "a row's end is wrong")
    law(count == len(found) == sum(line.waiting), "the count of those who wait is wrong")
    return found


def _slots(line: Order, taken: int) -> None:
    """A slot is unused, or a ticket's, or done and remembered."""
    remembered = {slot for before in line.undoable.notes for slot in (before.slot, before.closed)}
    for slot in range(1, line.tickets + 1):
        law(line.state[slot] != DONE or slot in remembered, "a slot is lost")
    unused, slot = 0, line.unused
    while slot:
        law(line.state[slot] == 0 and unused < line.tickets, "an unused slot is in use")
        unused += 1
        slot = line.after[slot]
    law(unused + taken == line.tickets, "a slot is lost")


def step(
    line: Order, before: Tickets, after: Tickets, record: bytearray, passed: Passed, own: int
) -> Passed:
    """Hold the laws of a step; return whom the calls passed that can still be undone.

    `own` is the class that the desk called before this.
    """
    kind, source = record[AT_KIND], record[AT_SOURCE]
    ticket, closed = get(record, AT_TICKET, 2), get(record, AT_A, 2)
    named = {ticket}
    if kind in (records.CALL, records.RESUME, records.DESK):
        named.add(closed)
        law(closed not in after or after[closed].state == DONE, "who was closed is there still")
    if kind in _THEN:
        _becomes(after.get(ticket), _THEN[kind], record[AT_DESK])
    over: frozenset[int] = frozenset()
    added = 1
    if kind == records.CALL:
        over = _call(line, before, record, own)
    elif kind == records.UNDO:
        over, added = passed.get(source, frozenset()), -1
        named |= {arrival for arrival, t in before.items() if t.state == DONE}
    elif kind == records.BACK:
        _behind(before, after, ticket)
    elif kind == records.ISSUE:
        last = max([t.place for t in before.values()], default=0)
        law(last < after[ticket].place, "a newcomer is not last")
    for arrival, was in before.items():
        now = after.get(arrival)
        if was.bound and line.desk_state[was.bound] != OPEN:
            was = was._replace(bound=0)
        if now and line.rule not in (BOUNDED, FIFO):
            was = was._replace(overtaken=now.overtaken)  # counted, but never asked
        elif now and arrival in over:
            was = was._replace(overtaken=was.overtaken + added)
        if arrival in named:
            _belongs(was, now, kind)
            law(not now or now.overtaken == was.overtaken, "counted as passed, or not")
            law(not now or now.name == was.name, "a ticket's name changed")
        elif was.state != DONE:
            law(now == was, "a command changed somebody else's ticket")
        else:
            law(now in (None, was), "a ticket came back")
    law(
        not set(after) - set(before)
        or (kind == records.ISSUE and set(after) - set(before) == named),
        "a ticket out of nothing",
    )
    left = {b.source: passed[b.source] for b in line.undoable.notes if b.source in passed}
    if kind != records.RATING:  # which is no press of the desk's
        left.pop(source, None)
    if kind == records.CALL and over and any(b.source == source for b in line.undoable.notes):
        left[source] = over
    return left


def _becomes(ticket: Ticket | None, state: int, desk: int) -> None:
    """A command does what its name says; a ticket that is done may be forgotten."""
    if ticket is None:
        law(state == DONE, "a ticket is gone")
        return
    law(ticket.state == state, "a command does something else")
    law(ticket.desk == (desk if state in (CALLED, SERVING) else 0), "at another desk")


def _belongs(was: Ticket, now: Ticket | None, kind: int) -> None:
    """A command leaves a ticket where it belongs, but for what it is there to change."""
    for field in _BELONGS if now and kind in _THEN else ():
        same = getattr(now, field) == getattr(was, field)
        law(same or field in _MAY.get(kind, ()), f"a ticket's {field} changed")


def _call(line: Order, before: Tickets, record: bytearray, own: int) -> frozenset[int]:
    """A call takes whose turn it is; return the ordinary tickets that it passes."""
    desk, called = record[AT_DESK], get(record, AT_TICKET, 2)
    row = [
        (t.place, n, t) for n, t in before.items() if t.state == WAITING and reach(line, t, desk)
    ]
    row.sort()
    if not record[AT_C] & records.BY_NUMBER:
        law(called == _next(line, row, own), "it was somebody else's turn")
    ticket = before[called]
    if not ticket.lane & 1 and not record[AT_C] & records.BY_NUMBER:
        return frozenset()
    return frozenset(
        [n for place, n, t in row if not t.lane & 1 and (place, n) < (ticket.place, called)]
    )


def _next(line: Order, row: list[tuple[int, int, Ticket]], own: int) -> int:
    """Return whose turn it is of those in `row`, who stand by place."""
    ordinary = [n for _, n, t in row if not t.lane & 1]
    urgent = [n for _, n, t in row if t.lane & 1]
    if not ordinary or not urgent or line.rule == FIFO:
        return row[0][1]
    if line.rule == STRICT:
        return urgent[0]
    if line.rule == ALTERNATE:
        return ordinary[0] if own else urgent[0]
    for _, n, t in row:
        if n == urgent[0]:
            break
        if t.overtaken >= line.overtakes_max:
            return row[0][1]
    return urgent[0]


def _behind(before: Tickets, after: Tickets, ticket: int) -> None:
    """Who returns is behind the next one called, or beside, and never before the own place."""
    now = after[ticket]
    row = [
        (t.place, n)
        for n, t in before.items()
        if t.state == WAITING and t.lane == now.lane and t.bound == now.bound
    ]
    law(not row or min(row)[0] | 1 <= now.place, "a returned one is before the next")
    law(now.place >= before[ticket].place, "a returned one is before the own place")


def heard(line: Order, tickets: Tickets, called: set[int]) -> None:
    """A desk that somebody waits for can call; so whoever waits is reached, call by call."""
    for desk in range(1, len(line.services) + 1):
        waits = [t for t in tickets.values() if t.state == WAITING and reach(line, t, desk)]
        law(not waits or desk in called, "a desk cannot call who waits for it")


def undone(line: Order, before: Tickets, after: Tickets, was: tuple[object, ...]) -> None:
    """A command and its undo leave everything as it was, but for what DESIGN.md says."""
    living = {n: t for n, t in before.items() if t.state != DONE}
    then = {n: t for n, t in after.items() if t.state != DONE}
    law(then == living, "undo leaves a ticket changed")
    law(figures(line, after) == was, "undo leaves a figure changed")


def figures(line: Order, tickets: Tickets) -> tuple[object, ...]:
    """Return what else an undo restores: pagers in the rack, desks, times, statistics."""
    tally = line.tally
    since = {}
    for slot in range(1, line.tickets + 1):
        if line.state[slot] == WAITING:
            since[line.arrival[slot]] = line.since[slot]
    return (
        sorted(rack(line)),
        line.last_class[:],
        line.last_call[:],
        since,
        [line.served_from[t.desk] for t in tickets.values() if t.state == SERVING],
        (line.day_open, line.intake, line.served, tally.untimed),
        (tally.served[:], tally.absent[:], tally.waits[:], tally.services[:]),
        (tally.wait_s[:], tally.service_s[:], tally.ratings[:]),
    )
