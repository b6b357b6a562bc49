"""A small office on the bench: one line and its naive twin, pressed alike and compared.

Owns how a line is looked at, what must hold of it at any time, and what can be done to it; which
history is played is its caller's choice.
"""

from typing import Any

from luot.core import order, records, snapshot
from luot.core.order import Order
from luot.core.pool import Pool
from luot.core.ticket import ABSENT, CALLED, SERVING, WAITING
from luot.core.wire import get
from tests.naive import Happened, Naive
from tests.strategies import SERVICES, Site

FIELDS = {"desk": (14, 1), "lane": (15, 1), "ticket": (16, 2), "number": (18, 2), "pager": (20, 2)}
FIELDS |= {"a": (22, 2), "b": (24, 2), "c": (26, 1), "d": (27, 1)}


def look(line: Order) -> dict[str, Any]:
    """Everything that can matter later about a line, in plain values."""
    tickets = {}
    for slot in range(1, line.tickets + 1):
        if line.state[slot]:
            tickets[line.arrival[slot]] = (
                *(line.place[slot], line.number[slot], line.lane[slot], line.pager[slot]),
                *(line.state[slot], line.overtaken[slot], line.calls[slot]),
            )
    return {
        "tickets": tickets,
        "lanes": [[line.arrival[slot] for slot in walk(line, lane)] for lane in range(16)],
        "waiting": list(line.waiting),
        "open": [line.arrival[slot] if slot else 0 for slot in line.opened],
        "rack": rack(line.pagers),
        "alive": line.alive,
        "counts": list(line.counts),
        "last class": list(line.last_class),
        "pressed": list(line.pressed),
        "day": (line.arrivals, line.served, line.newest),
    }


def walk(line: Order, lane: int) -> list[int]:
    """The slots of a lane, from its head to its tail."""
    slots = []
    slot = line.head[lane]
    while slot:
        assert slot not in slots, "a lane bites its tail"
        slots.append(slot)
        slot = line.after[slot]
    assert line.tail[lane] == (slots[-1] if slots else 0)
    return slots


def rack(pagers: Pool) -> list[int]:
    """The pagers that are free, the next to be handed out first."""
    free, n = [], pagers.first
    while n:
        free.append(n)
        n = pagers.after(n)
    assert len(free) == pagers.free
    return free


def look_naively(line: Naive) -> dict[str, Any]:
    """The same of the naive line."""
    open_at = [0] * 33
    lanes: list[list[int]] = [[] for _ in range(16)]
    tickets = {}
    for person in sorted(line.people, key=lambda person: int(person["ticket"])):
        lane = 2 * person["service"] + person["priority"]
        if person["state"] == WAITING:
            lanes[lane].append(person["ticket"])
        elif person["state"] != ABSENT:
            open_at[person["desk"]] = person["ticket"]
        tickets[person["ticket"]] = (
            *(2 * person["ticket"], person["number"], lane, person["pager"], person["state"]),
            *(person["overtaken"], person["calls"]),
        )
    return {
        "tickets": tickets,
        "lanes": lanes,
        "waiting": [len(lane) for lane in lanes],
        "open": open_at,
        "rack": line.rack,
        "alive": len(line.people),
        "counts": list(line.numbers.values()),
        "last class": [line.last_class.get(desk, 0) for desk in range(33)],
        "pressed": [line.obeyed.get(source, 0) for source in range(34)],
        "day": (line.issued, line.served, line.newest),
    }


def sound(line: Order) -> None:
    """Fail unless nobody is in two places and no pager in two hands."""
    living = [slot for slot in range(1, line.tickets + 1) if line.state[slot]]
    places = [slot for lane in range(16) for slot in walk(line, lane)]
    for lane in range(16):
        assert line.waiting[lane] == len(walk(line, lane))
        assert all(line.state[slot] == WAITING for slot in walk(line, lane))
        assert all(line.lane[slot] == lane for slot in walk(line, lane))
    for desk in range(1, 33):
        slot = line.opened[desk]
        if slot:
            places.append(slot)
            assert line.state[slot] in (CALLED, SERVING)
    places += [slot for slot in living if line.state[slot] == ABSENT]
    assert sorted(places) == living, "a ticket is in two places, or in none"
    assert len({line.arrival[slot] for slot in living}) == len(living)
    assert len({(line.lane[slot] >> 1, line.number[slot]) for slot in living}) == len(living)
    hands = sorted([line.pager[slot] for slot in living] + rack(line.pagers))
    assert len(set(hands)) == len(hands), "a pager is in two hands"
    unused = []
    slot = line.unused
    while slot:
        assert slot not in unused, "the unused slots go round"
        unused.append(slot)
        slot = line.after[slot]
    assert sorted(unused + living) == list(range(1, line.tickets + 1)), "a slot is lost"
    assert line.alive == len(living)


def out(log: list[bytes]) -> set[int]:
    """The pagers that are out with somebody, as far as these records tell."""
    holder: dict[int, int] = {}
    for record in log:
        pager, closed = get(record, 20, 2), get(record, 22, 2)
        if record[7] == records.CALL and closed:
            holder = {n: ticket for n, ticket in holder.items() if ticket != closed}
        holder[pager] = get(record, 16, 2)
        if record[7] == records.FINISH:
            del holder[pager]
    return set(holder)


class Office:
    """A line and its naive twin at the same site, pressed alike."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.line = self.fresh()
        self.naive = Naive(site)
        self.seen = look(self.line)
        self.log: list[bytes] = []
        self.press = 0

    def fresh(self) -> Order:
        """An empty line for this site."""
        site = self.site
        return Order(
            *(site.services, site.rule, site.overtakes_max, site.calls_max, site.recall_gap_ms),
            *(site.pagers, site.tickets),
        )

    def do(self, what: str, at: int, extra: int) -> None:
        """Play one command and compare."""
        getattr(self, what)(at, extra)
        self.seen = look(self.line)
        assert self.seen == look_naively(self.naive)
        sound(self.line)

    # What people do.

    def issue(self, at: int, extra: int) -> None:
        """An issue key, perhaps with the priority key held."""
        service = at % SERVICES
        self.press += 1
        expected = self.naive.issue(service, extra)
        self.command(records.ISSUE, records.ISSUE, 0, service, extra, expected)

    def call(self, at: int, _: int) -> None:
        """A desk calls next."""
        desk = self.desk(at)
        expected = self.naive.call(desk)
        self.command(records.CALL, records.CALL, desk, desk, 0, expected)
        if self.site.rule == order.BOUNDED:
            passed = max((person["overtaken"] for person in self.naive.people), default=0)
            assert passed <= self.site.overtakes_max

    def recall(self, at: int, extra: int) -> None:
        """A desk calls again, in time or a moment too soon."""
        desk, gap_ms = self.desk(at), self.site.recall_gap_ms - 1 + extra
        expected = self.naive.recall(desk, gap_ms)
        self.command(records.RECALL, records.RECALL, desk, desk, gap_ms, expected)

    def absent(self, at: int, _: int) -> None:
        """A desk marks whoever was called as absent."""
        desk = self.desk(at)
        expected = self.naive.absent(desk)
        self.command(records.ABSENT, records.ABSENT, desk, desk, 0, expected)

    def arrived(self, at: int, _: int) -> None:
        """A desk marks that service begins, or that it is over."""
        desk = self.desk(at)
        there = self.naive.at(desk)
        over = there is not None and there["state"] == SERVING
        expected = self.naive.arrived(desk)
        becomes = records.FINISH if over else records.ARRIVED
        self.command(records.ARRIVED, becomes, desk, desk, 0, expected)

    def desk(self, at: int) -> int:
        """One of the desks; a key of it is pressed."""
        self.press += 1
        return at % len(self.site.services) + 1

    def command(
        self, kind: int, becomes: int, source: int, at: int, extra: int, expected: Happened | int
    ) -> None:
        """Decide, and if it is a record, let it happen; the naive line did so already."""
        record = bytearray(records.SIZE)
        refusal = self.line.decide(record, kind, source, self.press, self.press, at, extra)
        assert look(self.line) == self.seen, "deciding changed the line"
        if isinstance(expected, int):
            assert refusal == expected
            return
        assert refusal == 0
        self.naive.obeyed[source] = self.press
        ordinal = len(self.log) + 1
        records.stamp(record, ordinal, ordinal)
        told = {name: get(record, *where) for name, where in FIELDS.items()}
        assert told == dict.fromkeys(FIELDS, 0) | expected
        assert (record[7], record[8]) == (becomes, source)
        assert get(record, 9, 2) == get(record, 11, 3) == self.press
        self.line.apply(record)
        self.log.append(bytes(record))

    # What else happens.

    def repeat(self, at: int, extra: int) -> None:
        """The last press of some source comes once more, perhaps garbled into another command."""
        for source, press in self.naive.obeyed.items():
            if source % 12 == at:
                kind = records.ARRIVED if extra and source else records.ISSUE
                record = bytearray(records.SIZE)
                where = source if kind == records.ARRIVED else 0
                refusal = self.line.decide(record, kind, source, press, self.press, where, 0)
                assert refusal == order.REPEATED

    def copy(self, at: int, _: int) -> None:
        """A record is met a second time."""
        if self.log:
            self.line.apply(bytearray(self.log[-1 - at % len(self.log)]))

    def restart(self, _: int, __: int) -> None:
        """The line goes through a checkpoint into a fresh one, which goes on."""
        line, row = self.fresh(), bytearray(records.SIZE)
        line.pagers.empty()
        cursor = snapshot.row(self.line, 0, row)
        while True:
            records.stamp(row, 1, self.line.ordinal)
            snapshot.restore(line, row)
            if not cursor:
                break
            cursor = snapshot.row(self.line, cursor, row)
        told = ("ordinal", "time", "boots", "day")
        assert [getattr(line, name) for name in told] == [
            getattr(self.line, name) for name in told
        ]
        assert list(line.last_call) == list(self.line.last_call)
        self.line = line

    def replay(self) -> None:
        """All records into a fresh line, each met twice, make the same line."""
        line = self.fresh()
        for record in self.log:
            for _ in range(2):
                line.apply(bytearray(record))
        assert look(line) == look(self.line)
        assert line.lost == 0

    def lose(self, lost: set[int]) -> None:
        """Replay without some records; then the desks empty the line."""
        log = [record for at, record in enumerate(self.log) if at not in lost]
        line = self.fresh()
        for at, record in enumerate(log):
            line.apply(bytearray(record))
            sound(line)
            assert not out(log[: at + 1]) & set(rack(line.pagers)), "it is still out"
        assert line.lost == line.ordinal - len(log)
        for service in range(SERVICES):
            issued = [get(record, 18, 2) for record in log if record[15] >> 1 == service]
            assert line.counts[service] >= max(issued, default=0), "a number would come twice"
        self.empty(line)

    def empty(self, line: Order) -> None:
        """Everybody whom a desk serves can be called, and whoever is at a desk can leave."""
        for desk in range(1, len(self.site.services) + 1):
            for kind in [records.CALL] * line.tickets + [records.ARRIVED] * 2:
                record = bytearray(records.SIZE)
                self.press += 1
                if not line.decide(record, kind, desk, self.press, self.press, desk, 0):
                    records.stamp(record, line.ordinal + 1, line.ordinal + 1)
                    line.apply(record)
                    sound(line)
        for slot in range(1, line.tickets + 1):
            served = any(mask >> (line.lane[slot] >> 1) & 1 for mask in self.site.services)
            assert line.state[slot] in ((0, ABSENT) if served else (0, ABSENT, WAITING))
