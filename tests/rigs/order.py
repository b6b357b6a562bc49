"""A small office in a rig: one line and its naive twin, pressed alike and compared.

Owns what can be done to a line, and what is compared after it; which history is played is its
caller's choice. A command is (what, at, extra): the name of a method, and two small numbers that
choose the desk or service and all else. How a line is looked at is `order_look`.
"""

from collections.abc import Callable

from luot.core import records
from luot.core.journal import restore, snapshot
from luot.core.line import premises, refusals
from luot.core.line.line import OPEN
from luot.core.line.order import TO_DESK, Order
from luot.core.line.rules import BOUNDED
from luot.core.line.ticket import ABSENT, CALLED, DONE, HELD, SERVING, WAITING
from luot.core.wire import get
from sim.torture.stretch import picture
from tests.naive.line import Naive
from tests.naive.people import Happened
from tests.rigs.order_look import look, look_naively, out, rack, reachable, sound
from tests.rigs.strategies import SERVICES, Site

FIELDS = {"kind": (7, 1), "desk": (14, 1), "lane": (15, 1), "ticket": (16, 2), "number": (18, 2)}
FIELDS |= {"pager": (20, 2), "a": (22, 2), "b": (24, 2), "c": (26, 1), "d": (27, 1)}
INTAKE, CABLE = 0, 33
UNDO_MS = 10_000
DAYS_DS = 864_000


def rows(line: Order) -> list[bytearray]:
    """All rows of a checkpoint of this line."""
    made = []
    cursor = -1
    while cursor:
        row = bytearray(b"\xaa" * records.SIZE)
        cursor = snapshot.row(line, max(cursor, 0), row)
        records.stamp(row, 1, line.ordinal)
        made.append(row)
    return made


def restored(line: Order, made: list[bytearray]) -> Order:
    """Put rows into a fresh line."""
    premises.clear(line)
    line.pagers.empty()
    for row in made:
        restore.restore(line, row)
    return line


class Office:
    """A line and its naive twin at the same site, pressed alike, on their first day."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.line = self.fresh()
        self.naive = Naive(site)
        self.log: list[bytes] = []
        self.saved = (rows(self.line), 0)  # a checkpoint, and how long the log was
        self.press = self.time_ds = 0
        self.born: dict[tuple[int, int], tuple[int, int]] = {}
        self.day_open(0, 0)
        self.compare()

    def fresh(self) -> Order:
        """An empty line for this site."""
        site = self.site
        return Order(
            *(site.services, site.rule, site.overtakes_max, site.calls_max, site.recall_gap_ms),
            *(site.pagers, site.tickets),
        )

    def do(self, what: str, at: int, extra: int) -> None:
        """Play one command and compare."""
        self.time_ds = min(self.time_ds + 7 * at + 13 * extra, records.TIME_MAX)
        getattr(self, what)(at, extra)
        self.compare()

    def compare(self) -> None:
        """Fail unless the line is what the naive one is, and keeps its promises."""
        seen = look(self.line)
        naively = look_naively(self.naive, self.line.tally.mean)
        assert seen == naively, {
            name: (seen[name], naively[name]) for name in naively if seen[name] != naively[name]
        }
        sound(self.line)
        reachable(self.line)
        if self.site.rule == BOUNDED:
            passed = max((person.overtaken for person in self.naive.people), default=0)
            assert passed <= self.site.overtakes_max
        for person in self.naive.people:
            slot = self.line.find(person.ticket)
            told = (self.line.number[slot], self.line.series(slot))
            assert self.born.setdefault((self.line.day, person.ticket), told) == told
        assert len(set(self.born.values())) == len(self.born) or self.line.day > 1

    # What people do. Each returns the refusal, 0 for none.

    def issue(self, at: int, extra: int) -> int:
        """An issue key, perhaps with the priority key held."""
        return self.command(records.ISSUE, INTAKE, at % SERVICES, extra % 2)

    def call(self, at: int, _: int) -> int:
        """A desk calls next."""
        return self.at_desk(records.CALL, at, 0)

    def call_number(self, at: int, extra: int) -> int:
        """A desk calls somebody by number."""
        return self.at_desk(records.CALL, at, self.somebody(WAITING, extra))

    def recall(self, at: int, extra: int) -> int:
        """A desk calls again, in time or a moment too soon."""
        return self.at_desk(
            records.RECALL, self.busy(at), self.site.recall_gap_ms - (extra % 3 == 0)
        )

    def absent(self, at: int, _: int) -> int:
        """A desk marks whoever was called as absent."""
        return self.at_desk(records.ABSENT, self.busy(at), 0)

    def arrived(self, at: int, _: int) -> int:
        """A desk marks that service begins, or that it is over."""
        return self.at_desk(records.ARRIVED, self.busy(at), 0)

    def hold(self, at: int, _: int) -> int:
        """A desk puts somebody aside."""
        return self.at_desk(records.HOLD, self.busy(at), 0)

    def resume(self, at: int, extra: int) -> int:
        """A desk takes somebody up again."""
        return self.at_desk(records.RESUME, at, self.somebody(HELD, extra))

    def back(self, at: int, extra: int) -> int:
        """An absent one is back."""
        return self.at_desk(records.BACK, at, self.somebody(ABSENT, extra))

    def transfer(self, at: int, extra: int) -> int:
        """A desk sends somebody to a service."""
        return self.at_desk(records.TRANSFER, self.busy(at), extra % (SERVICES + 1))

    def transfer_desk(self, at: int, extra: int) -> int:
        """A desk sends somebody to a desk, if there is such a one."""
        desk = self.busy(at) % len(self.site.services) + 1
        desks = [n for n, state in self.naive.desk_state.items() if state == OPEN and n != desk]
        if extra == 11 or not desks:
            desks = list(range(1, len(self.site.services) + 2))
        target = desks[extra % len(desks)]
        return self.at_desk(records.TRANSFER, self.busy(at), TO_DESK + target)

    def cancel(self, at: int, extra: int) -> int:
        """Somebody gives up, and a desk or the intake is told."""
        ticket = self.somebody((WAITING, CALLED, SERVING, HELD, ABSENT)[extra % 5], extra)
        if at >= 9:
            return self.command(records.CANCEL, (INTAKE, CABLE)[at % 2], 0, ticket)
        return self.at_desk(records.CANCEL, at, ticket if extra else 0)

    def undo(self, at: int, extra: int) -> int:
        """A desk takes its last press back, in time or a moment too late."""
        desks = sorted(source for source in self.naive.memories if source) or [at + 1]
        return self.at_desk(records.UNDO, desks[at % len(desks)] - 1, UNDO_MS + (extra == 0))

    def undo_issue(self, _: int, extra: int) -> int:
        """The intake does."""
        return self.command(records.UNDO, INTAKE, 0, UNDO_MS + (extra == 0))

    def desk(self, at: int, extra: int) -> int:
        """A desk opens, has a break or closes."""
        bound = sorted(person.bound for person in self.naive.people if person.bound) or [at + 1]
        return self.at_desk(records.DESK, bound[at % len(bound)] - 1, extra % 3)

    def rating(self, at: int, extra: int) -> int:
        """A citizen says how it was."""
        desks = sorted(self.naive.unrated) if extra < 9 else []
        return self.at_desk(records.RATING, desks[0] - 1 if desks else at, 1 + extra % 3)

    def pause(self, _: int, extra: int) -> int:
        """The intake is paused for a reason, or goes on."""
        return self.command(records.INTAKE, INTAKE, 0, max(extra - 6, 0))

    def pager(self, at: int, extra: int) -> int:
        """A pager is lost or found; there may be no such one."""
        return self.command(records.PAGER, INTAKE, 1 + (at + extra // 2) % 12, extra % 2)

    def day_open(self, _: int, __: int) -> int:
        """A day begins."""
        return self.command(records.DAY_OPEN, INTAKE, 0, 0)

    def day_close(self, _: int, __: int) -> int:
        """A day ends."""
        return self.command(records.DAY_CLOSE, INTAKE, 0, 0)

    def evening(self, _: int, extra: int) -> int:
        """Everybody is sent home, the day ends, and the next one may begin."""
        for ticket in sorted(person.ticket for person in self.naive.people):
            record = bytearray(records.SIZE)
            self.send_home(record, ticket)
            self.same(record, self.naive.end_of_day(ticket, self.time_ds // 10))
            self.happen(record)
            self.compare()
            if extra == 11:
                return 0
        return self.day_close(0, 0) or (self.day_open(0, 0) if extra % 2 else 0)

    def send_home(self, record: bytearray, ticket: int) -> None:
        """Somebody's day is over, whatever they came for."""
        premises.decide_end(self.line, record, self.line.find(ticket), self.time_ds)

    def busy(self, at: int) -> int:
        """Choose a desk where somebody is, if there is one; now and then any."""
        desks = sorted(p.desk for p in self.naive.people if p.state in (CALLED, SERVING))
        return desks[at % len(desks)] - 1 if desks and at < 11 else at

    def at_desk(self, kind: int, at: int, extra: int) -> int:
        """One of the desks; a key of it is pressed."""
        desk = at % len(self.site.services) + 1
        return self.command(kind, desk, desk, extra)

    def somebody(self, state: int, extra: int) -> int:
        """The arrival of somebody in this state, now and then of anybody who came, or nobody."""
        fitting = sorted(p.ticket for p in self.naive.people if p.state == state)
        if extra == 11 or not fitting:
            fitting = [*range(1, self.naive.issued + 1), 999]
        return fitting[-1 - extra % len(fitting)]

    def command(self, kind: int, source: int, at: int, extra: int) -> int:
        """Press a key that was not pressed before."""
        self.press += 1
        return self.again(self.press, kind, source, at, extra)

    def again(self, press: int, kind: int, source: int, at: int, extra: int) -> int:
        """Decide, and if it is a record, let it happen; compare with the naive line's answer."""
        record = bytearray(records.SIZE)
        time = self.time_ds | (records.SURE if press % 5 else 0)
        refusal = self.line.decide(record, kind, source, press, time, at, extra)
        expected = self.naive.do(kind, source, press, self.time_ds // 10, at, extra)
        if isinstance(expected, int):
            assert refusal == expected
            return refusal
        assert refusal == 0, f"refused ({refusal}): {expected}"
        self.same(record, expected)
        counted = 0 if kind == records.RATING else press
        assert (record[8], get(record, 9, 2), get(record, 11, 3)) == (source, counted, time)
        self.happen(record)
        return 0

    def same(self, record: bytearray, expected: Happened) -> None:
        """Fail unless a record says what the naive line says that happened."""
        told = {name: get(record, *where) for name, where in FIELDS.items()}
        assert told == dict.fromkeys(FIELDS, 0) | expected

    def happen(self, record: bytearray) -> None:
        """A record is in the journal, and so it happens."""
        records.stamp(record, len(self.log) + 1, len(self.log) + 1)
        self.line.apply(record)
        self.log.append(bytes(record))

    # What else happens.

    def wait(self, at: int, extra: int) -> None:
        """Nothing happens for a while."""
        self.time_ds = min(self.time_ds + 600 * at + 37 * extra, records.TIME_MAX)

    def clock(self, at: int, extra: int) -> None:
        """The clock jumps: backwards, by days, to zero."""
        jumps: tuple[Callable[[int], int], ...] = (
            lambda ds: ds - 100 * at,
            lambda ds: ds + DAYS_DS * at,
            lambda _: 0,
        )
        self.time_ds = min(max(jumps[extra % 3](self.time_ds), 0), records.TIME_MAX)

    def repeat(self, at: int, extra: int) -> None:
        """An old press of some source comes once more, perhaps garbled into another command."""
        for source, press in self.naive.obeyed.items():
            if source % 12 == at:
                kind = records.CALL + extra if source else records.ISSUE
                old = (press - extra * extra) % 0x10000
                answer = self.again(old, kind, source, source, 0)
                assert answer == refusals.REPEATED

    def copy(self, at: int, _: int) -> None:
        """A record is met a second time."""
        self.line.apply(bytearray(self.log[-1 - at % len(self.log)]))

    def save(self, _: int, __: int) -> None:
        """A checkpoint is written."""
        self.saved = (rows(self.line), len(self.log))

    def restart(self, _: int, extra: int) -> None:
        """The line is made anew: from a checkpoint and the log since, or from the log alone."""
        made, length = self.saved if extra % 3 else (rows(self.line), len(self.log))
        line = restored(self.fresh(), made)
        if extra % 3 == 2:
            line, length = self.fresh(), 0
        for record in self.log[length:]:
            line.apply(bytearray(record))
        assert picture(line) == picture(self.line)
        self.line = line

    def boot(self, _: int, extra: int) -> None:
        """The power was cut: the line is made anew, and the start is a record of its own."""
        self.restart(0, extra)
        record = bytearray(records.SIZE)
        records.fact(record, records.BOOT, a=self.line.boots + 1)
        records.press(record, INTAKE, 0, self.time_ds)
        self.happen(record)
        self.naive.start()

    def replay(self) -> None:
        """All records into a fresh line, each met twice, make the same line."""
        line = self.fresh()
        for record in self.log:
            for _ in range(2):
                line.apply(bytearray(record))
        assert look(line) == look(self.line)
        assert line.lost == 0
        exactly = self.naive.facts.mean_s() * 1024
        assert exactly - 100 <= line.tally.mean <= exactly

    def lose(self, lost: set[int]) -> None:
        """Replay without some records; then the desks empty the line."""
        log = [record for at, record in enumerate(self.log) if at not in lost]
        line = self.fresh()
        for at, record in enumerate(log):
            line.apply(bytearray(record))
            sound(line)
            assert not out(log[: at + 1]) & set(rack(line.pagers)), "it is still out"
        if log:
            assert line.lost == line.ordinal - len(log)
        days = [at for at, record in enumerate(self.log) if record[7] == records.DAY_OPEN]
        kept = set(range(max(days), len(self.log))) - lost  # whether or not its opening is
        today = [r for r in map(self.log.__getitem__, kept) if r[7] == records.ISSUE]
        for service in range(SERVICES):
            issued = [get(record, 18, 2) for record in today if record[15] >> 1 == service]
            assert line.counts[service] >= max(issued, default=0), "a number would come twice"
        self.empty(line)

    def empty(self, line: Order) -> None:
        """Whoever waits where a desk serves can be called, all others can be sent home."""
        for desk in range(1, len(self.site.services) + 1):
            for kind in [records.CALL] * line.tickets + [records.ARRIVED] * 2:
                self.press_at(line, kind, desk, 0)
        for slot in range(1, line.tickets + 1):
            served = any(mask >> (line.lane[slot] >> 1) & 1 for mask in self.site.services)
            assert line.state[slot] != WAITING or not served
            if 0 < line.state[slot] < DONE:
                assert self.press_at(line, records.CANCEL, 1, line.arrival[slot]) == 0
        assert line.alive == 0

    def press_at(self, line: Order, kind: int, desk: int, extra: int) -> int:
        """Press a key of a desk without a naive twin."""
        record = bytearray(records.SIZE)
        self.press += 1
        refusal = line.decide(record, kind, desk, self.press, self.time_ds, desk, extra)
        if not refusal:
            records.stamp(record, line.ordinal + 1, line.ordinal + 1)
            line.apply(record)
            sound(line)
        return refusal
