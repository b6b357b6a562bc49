"""The ordering core: who is next, and the only place where a line changes.

`decide` turns a command into one record or a refusal and changes nothing; once the record is in
the journal, `apply` changes the line. Replay after a power cut is the same `apply`, so both are
written from the record's facts alone. It knows no clock, no key, no radio and no display.
"""

from luot.core import records
from luot.core.limits import ARRIVALS_DAY, PAGERS, TICKETS_ALIVE
from luot.core.line import Line
from luot.core.ticket import ABSENT, CALLED, PRIORITY, SERVING, WAITING
from luot.core.wire import get
from micropython import const

# Refusals of `decide`; 0 means that the record is ready.
REPEATED = const(1)  # this press was obeyed before: answer it, do not obey it again
NOBODY = const(2)  # nobody waits for a service of this desk
NO_PAGER = const(3)
FULL = const(4)  # too many tickets alive, or too many of one day
NOT_SERVING = const(5)  # no ticket is open at this desk, or it is already being served
CALLED_OUT = const(6)  # called as often as the settings allow
TOO_SOON = const(7)  # the gap between two calls has not passed

# Rules by name, as in the settings.
RULES = ("bounded", "strict", "alternate", "fifo")
BOUNDED = const(0)
STRICT = const(1)
ALTERNATE = const(2)
FIFO = const(3)


class Order(Line):
    """The line of one office, for one day at a time."""

    def __init__(
        self,
        services: tuple[int, ...],
        rule: int = BOUNDED,
        overtakes_max: int = 3,
        calls_max: int = 3,
        recall_gap_ms: int = 30_000,
        pagers: int = PAGERS,
        tickets: int = TICKETS_ALIVE,
    ) -> None:
        """Make an empty line; `services[i]` is the bit mask of services that desk i + 1 serves."""
        self.services = services
        self.rule = rule
        self.overtakes_max = overtakes_max
        self.calls_max = calls_max
        self.recall_gap_ms = recall_gap_ms
        self.ordinal = self.time = self.boots = self.lost = 0
        self.quiet_boots = 0  # starts since anybody pressed a key
        Line.__init__(self, tickets, pagers)

    def clear(self) -> None:
        """Forget everything: an office before its first day."""
        Line.clear(self)
        self.ordinal = self.time = self.boots = self.lost = self.quiet_boots = 0

    # Deciding: nothing here changes the line.

    def decide(
        self, record: bytearray, kind: int, source: int, press: int, time: int, at: int, extra: int
    ) -> int:
        """Turn a command into `record` and return 0, or return the refusal.

        ISSUE: `at` is the service 0..7, `extra` the class. CALL, ABSENT, ARRIVED: `at` is the desk
        1..32. RECALL: the same, and `extra` is the time since the desk last called, ms.
        ARRIVED pressed for a ticket already in service becomes FINISH.
        """
        if press == self.pressed[source]:
            return REPEATED
        if kind == records.ISSUE:
            refusal = self._issue(record, at, extra)
        elif kind == records.CALL:
            refusal = self._call(record, at)
        else:
            refusal = self._open_ticket(record, kind, at, extra)
        if not refusal:
            records.press(record, source, press, time)
        return refusal

    def _issue(self, record: bytearray, service: int, priority: int) -> int:
        if not self.unused or self.arrivals >= ARRIVALS_DAY:
            return FULL
        if not self.pagers.free:
            return NO_PAGER
        records.fact(
            record,
            records.ISSUE,
            lane=2 * service + priority,
            ticket=self.arrivals + 1,
            number=self.counts[service] + 1,
            pager=self.pagers.first,
        )
        return 0

    def _call(self, record: bytearray, desk: int) -> int:
        services = self.services[desk - 1]
        slot = self._choose(services, self.last_class[desk])
        if not slot:
            return NOBODY
        passed = self.overtake(services, slot, 0)[0] if self.lane[slot] & 1 else 0
        closed = self.opened[desk]
        unknown = records.START_UNKNOWN if closed and self.state[closed] == CALLED else 0
        self._about(
            record,
            records.CALL,
            desk,
            slot,
            a=self.arrival[closed] if closed else 0,
            b=passed,
            c=self.rule | unknown,
            d=services,
        )
        return 0

    def _open_ticket(self, record: bytearray, kind: int, desk: int, gap_ms: int) -> int:
        slot = self.opened[desk]
        if not slot:
            return NOT_SERVING
        serving = self.state[slot] == SERVING
        if kind == records.ARRIVED:
            self._about(record, records.FINISH if serving else kind, desk, slot)
            return 0
        if serving:
            return NOT_SERVING
        if kind == records.RECALL:
            if self.calls[slot] >= self.calls_max:
                return CALLED_OUT
            if gap_ms < self.recall_gap_ms:
                return TOO_SOON
            self._about(record, kind, desk, slot, c=self.calls[slot] + 1)
        else:
            self._about(record, kind, desk, slot)
        return 0

    def _about(
        self,
        record: bytearray,
        kind: int,
        desk: int,
        slot: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
    ) -> None:
        lane, ticket = self.lane[slot], self.arrival[slot]
        number, pager = self.number[slot], self.pager[slot]
        records.fact(record, kind, desk, lane, ticket, number, pager, a, b, c, d)

    def _choose(self, services: int, last_class: int) -> int:
        """Return the slot that a desk of these services calls next, 0 when nobody waits."""
        normal = self.earliest(services, 0)
        urgent = self.earliest(services, PRIORITY)
        if not normal or not urgent:
            return normal or urgent
        first = normal if self.before(normal, urgent) else urgent
        if self.rule == STRICT:
            return urgent
        if self.rule == FIFO:
            return first
        if self.rule == ALTERNATE:
            return normal if last_class == PRIORITY else urgent
        most = self.overtake(services, urgent, 0)[1]
        return first if most >= self.overtakes_max else urgent

    # Applying: the only place where a line changes. Total: what a loss left unknown is adopted
    # from the record's own facts, or passed over.

    def apply(self, record: bytearray) -> None:
        """Let an event happen, unless its ordinal was applied already: replay meets copies."""
        ordinal = records.ordinal(record)
        if ordinal <= self.ordinal:
            return
        self.lost += ordinal - self.ordinal - 1
        self.ordinal = ordinal
        self.time = get(record, 11, 3)
        press = get(record, 9, 2)
        if press:
            self.pressed[record[8]] = press
            self.quiet_boots = 0
        kind = record[7]
        if kind == records.ISSUE:
            self._applied_issue(record)
        elif records.CALL <= kind <= records.FINISH:
            self._applied_at_desk(record, kind)
        elif kind == records.BOOT:
            self.boots = get(record, 22, 4)
            self.quiet_boots += 1
        elif kind == records.DAY_OPEN:
            self.new_day(get(record, 16, 2))

    def _applied_issue(self, record: bytearray) -> None:
        slot = self._admit(record)
        if slot:
            self.enqueue(slot)

    def _applied_at_desk(self, record: bytearray, kind: int) -> None:
        desk, lane, closed = record[14], record[15], get(record, 22, 2)
        if kind == records.CALL:
            if closed:
                self.close(self.find(closed, desk, lane))
            self.last_call[desk] = self.ordinal
            self.last_class[desk] = lane & 1
        slot = self.find(get(record, 16, 2), desk, lane) or self._admit(record)
        if kind == records.CALL and lane & 1:
            self.overtake(record[27], slot, 1)
        if not slot:
            return
        if self.state[slot] == WAITING:
            self.dequeue(slot)
            self.state[slot] = CALLED
        if self.opened[desk] not in (0, slot):  # how it left was lost: its pager may be out
            self.state[self.opened[desk]] = ABSENT
        self.opened[desk] = slot
        if kind == records.FINISH:
            self.close(slot)
        elif kind == records.ARRIVED:
            self.state[slot] = SERVING
        elif kind == records.ABSENT:
            self.state[slot] = ABSENT
            self.opened[desk] = 0
        else:
            self.state[slot] = CALLED
            self.calls[slot] = record[26] if kind == records.RECALL else 1

    def _admit(self, record: bytearray) -> int:
        """Make a ticket from a record's facts: at issue, or when its issue was lost."""
        return self.admit(get(record, 16, 2), record[15], get(record, 18, 2), get(record, 20, 2))
