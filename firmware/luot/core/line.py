"""The line itself: tickets, lanes, pagers and desks in flat arrays made once.

Owns where everybody stands and the few moves there are; who may move and why is `order`. It knows
no clock, no record, no key.

Indexed by slot (1..tickets, 0 is "none"), desk (1..32), source (0..33) or lane (2 x service +
class). A place orders a lane: 2 x arrival at issue.
"""

from array import array

from luot.core.limits import DESKS, SERVICES, SOURCES
from luot.core.pool import Pool
from luot.core.ticket import WAITING


def words(count: int) -> "array[int]":
    """Return `count` zeros of 16 bits."""
    return array("H", bytes(2 * count))


class Line:
    """Everybody who holds a number, and what they wait for."""

    def __init__(self, tickets: int, pagers: int) -> None:
        """Make an empty line for so many living tickets and pagers."""
        self.tickets = tickets
        size = tickets + 1
        self.arrival = words(size)
        self.place = words(size)
        self.number = words(size)
        self.pager = words(size)
        self.lane = bytearray(size)
        self.state = bytearray(size)
        self.overtaken = bytearray(size)  # how often passed, at most 255
        self.calls = bytearray(size)
        self.after = words(size)  # the next slot in its lane, or the next unused one
        self.pagers = Pool(pagers)
        self.head = words(2 * SERVICES)
        self.tail = words(2 * SERVICES)
        self.waiting = words(2 * SERVICES)
        self.counts = words(SERVICES)  # numbers issued today, by service
        self.opened = words(DESKS + 1)  # the slot open at each desk
        self.last_call = array("I", bytes(4 * (DESKS + 1)))  # ordinal of each desk's last call
        self.last_class = bytearray(DESKS + 1)
        self.pressed = words(SOURCES)  # the last press obeyed
        self.clear()

    def clear(self) -> None:
        """Forget everything: an office before its first day."""
        for lane in range(2 * SERVICES):
            self.head[lane] = self.tail[lane] = self.waiting[lane] = 0
        for desk in range(DESKS + 1):
            self.opened[desk] = self.last_call[desk] = self.last_class[desk] = 0
        for source in range(SOURCES):
            self.pressed[source] = 0
        for slot in range(self.tickets + 1):
            self.state[slot] = 0
            self.after[slot] = slot + 1 if slot < self.tickets else 0
        self.unused = 1  # the first of the unused slots
        self.alive = 0
        self.pagers.fill()
        self.new_day(0)

    def new_day(self, day: int) -> None:
        """Begin to count from one again."""
        self.day = day
        self.arrivals = self.served = 0
        self.newest = (0, 0, 0)  # lane, number, pager of the last issue: what the clerk hands out
        for service in range(SERVICES):
            self.counts[service] = 0

    def take(self) -> int:
        """Return an unused slot, 0 when the line is full."""
        slot = self.unused
        if slot:
            self.unused = self.after[slot]
            self.alive += 1
        return slot

    def give(self, slot: int) -> None:
        """Let a slot be used again."""
        self.state[slot] = 0
        self.after[slot] = self.unused
        self.unused = slot
        self.alive -= 1

    def admit(self, ticket: int, lane: int, number: int, pager: int) -> int:
        """Make a ticket of these facts; return its slot, not yet in a lane, 0 if none is left."""
        if ticket > self.arrivals:
            self.arrivals = ticket
            self.newest = (lane, number, pager)
        self.counts[lane >> 1] = max(self.counts[lane >> 1], number)
        if not self.pagers.has(pager):  # whoever had it gave it back, and that was lost
            for slot in range(1, self.tickets + 1):
                if self.state[slot] and self.pager[slot] == pager:
                    self.close(slot)
        self.pagers.take(pager)
        slot = self.take()
        if slot:
            self.arrival[slot] = ticket
            self.place[slot] = 2 * ticket
            self.number[slot] = number
            self.lane[slot] = lane
            self.pager[slot] = pager
            self.overtaken[slot] = self.calls[slot] = 0
        return slot

    def close(self, slot: int) -> None:
        """Service is over: the pager is back, the slot unused; nothing happens to slot 0."""
        if not slot:
            return
        if self.state[slot] == WAITING:  # its call was lost
            self.dequeue(slot)
        for desk in range(len(self.opened)):
            if self.opened[desk] == slot:
                self.opened[desk] = 0
        self.pagers.give(self.pager[slot])
        self.give(slot)
        self.served += 1

    def find(self, ticket: int, desk: int, lane: int) -> int:
        """Return the slot of a ticket by its arrival, 0 for none; `desk` and `lane` are hints."""
        for slot in (self.opened[desk], self.head[lane]):
            if slot and self.arrival[slot] == ticket:
                return slot
        for slot in range(1, self.tickets + 1):
            if self.state[slot] and self.arrival[slot] == ticket:
                return slot
        return 0

    def enqueue(self, slot: int) -> None:
        """Put a ticket into its lane, by place."""
        lane = self.lane[slot]
        self.state[slot] = WAITING
        self.waiting[lane] += 1
        before, behind = self.tail[lane], 0
        if before and self.before(slot, before):
            before, behind = 0, self.head[lane]
            while self.before(behind, slot):
                before, behind = behind, self.after[behind]
        self.after[slot] = behind
        if before:
            self.after[before] = slot
        else:
            self.head[lane] = slot
        if not behind:
            self.tail[lane] = slot

    def dequeue(self, slot: int) -> None:
        """Take a waiting ticket out of its lane."""
        lane = self.lane[slot]
        self.waiting[lane] -= 1
        before, here = 0, self.head[lane]
        while here != slot:
            before, here = here, self.after[here]
        if before:
            self.after[before] = self.after[slot]
        else:
            self.head[lane] = self.after[slot]
        if self.tail[lane] == slot:
            self.tail[lane] = before

    def before(self, one: int, other: int) -> bool:
        """Say whether a slot's place is first; of two at one place the earlier arrival is."""
        if self.place[one] != self.place[other]:
            return self.place[one] < self.place[other]
        return self.arrival[one] < self.arrival[other]

    def earliest(self, services: int, priority: int) -> int:
        """Return the first of a class waiting for any of `services` (a bit mask), 0 for none."""
        best = 0
        for service in range(SERVICES):
            if services >> service & 1:
                slot = self.head[2 * service + priority]
                if slot and (not best or self.before(slot, best)):
                    best = slot
        return best

    def overtake(self, services: int, slot: int, add: int) -> tuple[int, int]:
        """Look at the ordinary tickets waiting for `services` whose place is before `slot`'s.

        Return how many they are and how often the most passed of them was passed; then add `add`
        to each one's count.
        """
        count = most = 0
        for service in range(SERVICES):
            if services >> service & 1:
                other = self.head[2 * service]
                while other and self.before(other, slot):
                    count += 1
                    passed = self.overtaken[other]
                    most = max(most, passed)
                    self.overtaken[other] = min(passed + add, 255)
                    other = self.after[other]
        return count, most
