"""A small office for `explore`: its state as a name, the line that a name stands for, every key.

Owns what is told apart. A name leaves out what decides nothing about a later choice, refusal or
move, and renames what is only compared, so that there are finitely many:

- slots stand in the order of arrival: nothing asks more of them than whose they are;
- arrivals and places are counted anew when nobody comes any more: they are earlier or later, and
  a place is an arrival's or just behind it;
- pagers are renamed as they are held, then as they lie in the rack: they are equal or not, and
  handed out in order. If they are not told apart to the end (`late`), then once nobody comes any
  more the last to have come hold them. Which ones are lost then decides nothing that is not tried
  without: one that is found or lost ends an absent ticket, as cancelling does, and another day may
  begin with any of them lost;
- desks of the same services are renamed as they are busy;
- a break is as good as closed; an intake is as good as open when nobody comes any more;
- press numbers: the same one twice is tried elsewhere. Numbers and letters on tickets, days,
  starts, event ordinals, times, statistics: written, never asked;
- whether somebody rated a desk: it decides whether a rating counts, and nothing else. It does;
- how often somebody was called, unless called now or by an undo; the class that a desk called
  last, unless the rule is `alternate`; who was passed, unless the rule counts it;
- a memory of a press beyond the `memory` newest: those can no longer be undone, as if ten seconds
  had passed.
"""

from itertools import chain
from typing import NamedTuple

from luot.core import records
from luot.core.line.line import BREAK, CLOSED, OPEN
from luot.core.line.order import TO_DESK, Order
from luot.core.line.premises import clear
from luot.core.line.rules import ALTERNATE, BOUNDED, FIFO
from luot.core.line.ticket import CALLED, DONE, SERVING, WAITING
from luot.core.line.undoable import Before

STATION = -1  # who gives a command that nobody pressed a key for
GAP_MS = 30_000
SINCE_S, CALLED_S, SERVED_S, NOW_S = 1, 3, 6, 10  # when whatever happened happened
EARLIER = 100  # every count of the day's statistics before a command
_TIMED = ("last_call", "wait_s", "service_s")
_FIELDS = [field for field in vars(Before(0, 0, 0)) if field not in _TIMED]
_TICKET, _MEMORY = 8, len(_FIELDS) + 1  # bytes in a name


class Site(NamedTuple):
    """An office to explore. `services[i]` is the bit mask of services that desk i + 1 serves."""

    services: tuple[int, ...] = (1, 1)
    tickets: int = 3  # of a day
    pagers: int = 2
    memory: int = 3  # presses remembered at a time; 0: undo comes at once or not at all
    rule: int = BOUNDED
    overtakes_max: int = 1
    calls_max: int = 2
    without: tuple[int, ...] = ()  # kinds of command that nobody gives
    late: bool = True  # pagers are told apart even when nobody comes any more

    def line(self) -> Order:
        """Return an empty line for this office; ValueError unless its services ascend."""
        if list(self.services) != sorted(self.services):
            raise ValueError("explore: give desks in the order of their services")
        rule = (self.rule, self.overtakes_max, self.calls_max, GAP_MS)
        return Order(self.services, *rule, self.pagers, self.tickets)


class Command(NamedTuple):
    """What `Order.decide` is asked, but for press and time."""

    kind: int
    source: int = 0
    at: int = 0
    extra: int = 0


class Ticket(NamedTuple):
    """How things are with a ticket; `desk` where it is open, 0 nowhere."""

    place: int
    lane: int
    bound: int
    state: int
    overtaken: int
    calls: int
    pager: int
    desk: int
    name: tuple[int, int]  # letter and number


Tickets = dict[int, Ticket]  # by arrival
Passed = dict[int, frozenset[int]]  # by source: the arrivals passed by the call it may undo


def look(line: Order) -> Tickets:
    """Return all tickets, those that are done and remembered too, in the order of arrival."""
    desks = {line.opened[desk]: desk for desk in range(len(line.services), -1, -1)}
    slots = [slot for slot in range(1, line.tickets + 1) if line.state[slot]]
    slots.sort(key=line.arrival.__getitem__)
    return {
        line.arrival[slot]: Ticket(
            line.place[slot],
            line.lane[slot],
            line.bound[slot],
            line.state[slot],
            line.overtaken[slot],
            line.calls[slot],
            line.pager[slot],
            desks.get(slot, 0),
            (line.series(slot), line.number[slot]),
        )
        for slot in slots
    }


def rack(line: Order) -> list[int]:
    """Return the pagers that are in, the next to be handed out first."""
    pagers: list[int] = []
    pager = line.pagers.first
    while pager and len(pagers) <= line.pagers.size:  # a broken one may go round
        pagers.append(pager)
        pager = line.pagers.after(pager)
    return pagers


def name(site: Site, line: Order, tickets: Tickets, passed: Passed) -> bytes:
    """Return the name of a line's state; `tickets` is its `look`."""
    undoable = line.undoable.notes[-site.memory :] if site.memory else []
    kept = {line.arrival[slot] for b in undoable for slot in (b.slot, b.closed) if slot}
    shown = [(n, t) for n, t in tickets.items() if t.state != DONE or n in kept]
    over = line.arrivals == site.tickets
    hands, free = _pagers(site, line, shown)
    order = {n: i for i, (n, _) in enumerate(shown, 1)}
    desks, named = _desks(line, shown, undoable)
    places = [t.place for _, t in shown] + [before.place for before in undoable]
    near = _near(places) if over else {place: place for place in places}
    told = [line.arrivals, line.day_open, 0 if over else line.intake]
    told += [len(shown), len(free), len(undoable)]
    told += [line.desk_state[desk] == OPEN for desk in desks]
    told += [line.last_class[desk] if line.rule == ALTERNATE else 0 for desk in desks]
    counted = line.rule in (BOUNDED, FIFO)
    for (arrival, ticket), pager in zip(shown, hands, strict=True):
        told += (
            order[arrival] if over else arrival,
            near[ticket.place],
            ticket.lane << 4 | ticket.state,
            named[ticket.bound],
            named[ticket.desk],
            ticket.overtaken if counted else 0,
            ticket.calls if ticket.state in (CALLED, DONE) else 0,
            pager,
        )
    told += free
    for before in sorted(undoable, key=lambda before: named[before.source]):
        mask = sum([1 << order[n] for n in passed.get(before.source, ()) if n in order])
        values = vars(before) | {
            "source": named[before.source],
            "slot": order[line.arrival[before.slot]],
            "place": near[before.place],
            "bound": named[before.bound],
            "calls": before.calls if before.state == CALLED else 0,
            "closed": order[line.arrival[before.closed]] if before.closed else 0,
            "last_class": before.last_class if line.rule == ALTERNATE else 0,
        }
        told += [values[field] for field in _FIELDS]
        told.append(mask)
    return bytes(told)


def _pagers(
    site: Site, line: Order, shown: list[tuple[int, Ticket]]
) -> tuple[list[int], list[int]]:
    """Return what each one's pager is called now, 0 for a lost one, and each in the rack."""
    if line.arrivals == site.tickets and not site.late:
        lost = max(len(shown) - site.pagers, 0)
        last = len(shown) - lost
        return [0] * lost + list(range(1, last + 1)), list(range(last + 1, site.pagers + 1))
    hands = [ticket.pager for _, ticket in shown]
    names = {0: 0}
    for pager in hands + rack(line):
        names.setdefault(pager, len(names))
    return [names[pager] for pager in hands], [names[pager] for pager in rack(line)]


def _near(places: list[int]) -> dict[int, int]:
    """Return a place for each, in the same order; just behind an arrival stays just behind it."""
    pairs = sorted({place >> 1 for place in places})
    return {place: 2 * pairs.index(place >> 1) + 2 + (place & 1) for place in places}


def _desks(
    line: Order, shown: list[tuple[int, Ticket]], undoable: list[Before]
) -> tuple[list[int], dict[int, int]]:
    """Return the desks in the order of their new names, and the name of each."""

    def busy(desk: int) -> tuple[int, ...]:
        return (
            line.services[desk - 1],
            line.arrival[line.opened[desk]] if line.opened[desk] else 0,
            line.desk_state[desk] == OPEN,
            sum([before.kind for before in undoable if before.source == desk]),
            sum([1 << arrival for arrival, ticket in shown if ticket.bound == desk]),
        )

    desks = sorted(range(1, len(line.services) + 1), key=busy)
    return desks, {desk: i for i, desk in enumerate(desks, 1)} | {0: 0}


def recall(line: Order, told: bytes) -> Passed:
    """Make `line` what a name stands for; return whom the calls that can be undone passed."""
    desks = len(line.services)
    clear(line)
    line.pagers.empty()
    line.arrivals, line.day_open, line.intake, tickets, free, undoable = told[:6]
    line.desk_state[1 : desks + 1] = told[6 : 6 + desks]
    line.last_class[1 : desks + 1] = told[6 + desks : 6 + 2 * desks]
    for desk in range(1, desks + 1):
        line.unrated[desk] = 1
    at = 6 + 2 * desks
    line.unused = tickets + 1 if tickets < line.tickets else 0
    for slot in range(1, tickets + 1):
        _put(line, slot, told[at : at + _TICKET])
        at += _TICKET
    for pager in told[at : at + free]:
        line.pagers.give(pager)
    passed = {}
    for i in range(at + free, at + free + _MEMORY * undoable, _MEMORY):
        before = Before(0, 0, 0)
        vars(before).update(zip(_FIELDS, told[i : i + len(_FIELDS)], strict=True))
        before.wait_s = before.service_s = SINCE_S
        line.undoable.notes.append(before)
        over = [slot for slot in range(1, tickets + 1) if told[i + len(_FIELDS)] >> slot & 1]
        if over:
            passed[before.source] = frozenset([line.arrival[slot] for slot in over])
    line.served = line.tally.untimed = EARLIER
    for values in vars(line.tally).values():
        if not isinstance(values, int):
            for row in range(len(values)):
                values[row] = EARLIER
    return passed


def _put(line: Order, slot: int, told: bytes) -> None:
    line.arrival[slot], line.place[slot] = told[0], told[1]
    line.number[slot] = told[0]
    line.lane[slot], state = told[2] >> 4, told[2] & 15
    line.bound[slot], desk, line.overtaken[slot], line.calls[slot], line.pager[slot] = told[3:8]
    line.since[slot] = SINCE_S
    line.state[slot] = state
    line.alive += state != DONE
    if state in (CALLED, SERVING):
        line.opened[desk] = slot
        line.called_at[desk], line.served_from[desk] = CALLED_S, SERVED_S
    if state == WAITING:
        line.enqueue(slot)


def commands(site: Site, line: Order, tickets: Tickets) -> list[Command]:
    """Return every command that somebody could give, refused or not."""
    served = [s for s in range(8) if any(mask >> s & 1 for mask in site.services)]
    living = [arrival for arrival, ticket in tickets.items() if ticket.state != DONE]
    made = [Command(records.BOOT, STATION)]
    if line.arrivals < site.tickets:
        made += [Command(records.ISSUE, 0, s, priority) for s in served for priority in (0, 1)]
    made += [Command(records.CANCEL, who, 0, n) for n in living for who in (0, STATION)]
    made += [Command(records.INTAKE, 0, 0, reason) for reason in (0, 1)]
    pagers = range(1, site.pagers + 1)
    made += [Command(records.PAGER, 0, pager, found) for pager in pagers for found in (0, 1)]
    made += [Command(kind) for kind in (records.DAY_OPEN, records.DAY_CLOSE, records.UNDO)]
    desks = range(1, len(site.services) + 1)
    keys = [(records.RECALL, GAP_MS), (records.UNDO, 0), (records.RATING, 1)]
    keys += [(kind, 0) for kind in (records.CALL, records.CANCEL)]
    keys += [(kind, 0) for kind in (records.ABSENT, records.ARRIVED, records.HOLD, records.FINISH)]
    keys += [(records.TRANSFER, to) for to in chain(served, [TO_DESK + desk for desk in desks])]
    keys += [(records.DESK, state) for state in (CLOSED, OPEN, BREAK)]
    named = (records.CALL, records.RESUME, records.BACK, records.CANCEL)
    keys += [(kind, arrival) for kind in named for arrival in tickets]  # from a list that is old
    made += [Command(kind, desk, desk, extra) for desk in desks for kind, extra in keys]
    return [command for command in made if command.kind not in site.without]
