"""The line itself: tickets, lanes, pagers and desks in flat arrays made once.

Owns where everybody stands and the few moves there are; who may move and why is `order`, what a
record moves is `history`. It knows no clock, no record, no key.

Indexed by slot (1..tickets, 0 is "none"), desk (1..32), source (0..33) or row. A row is a lane,
2 x service + class, or behind those a desk's own lane: 16 + 2 x (desk - 1) + class. A place orders
a row: 2 x arrival at issue. Times are whole seconds since the day was opened.
"""

from array import array

from luot.core.limits import DESKS, SERVICES, SOURCES
from luot.core.line.pool import Places, Pool, Rare
from luot.core.line.ticket import DONE, LANE, WAITING, series
from micropython import const

OWN_ROWS = const(16)  # the first row of the desks' own lanes
UNKNOWN = const(0xFFFF)  # a time before the last start: what lies between nobody measured

# What a desk is doing. It opens with its first call.
CLOSED = const(0)
OPEN = const(1)
BREAK = const(2)


def words(count: int) -> "array[int]":
    """Return `count` zeros of 16 bits."""
    return array("H", bytes(2 * count))


class Line:
    """Everybody who holds a number, and what they wait for."""

    def __init__(
        self, services: "tuple[int, ...]", rule: int, overtakes_max: int, tickets: int, pagers: int
    ) -> None:
        """Make an empty line for so many living tickets and pagers.

        `services[i]` is the bit mask of services that desk i + 1 serves; `rule`: see `rules`.
        """
        self.services = services
        self.rule = rule
        self.overtakes_max = overtakes_max  # K of the rule
        self.tickets = tickets
        size = tickets + 1
        self.arrival = words(size)
        self.place = Places(self.arrival)
        self.number = words(size)
        self.pager = words(size)  # 0: lost
        self.since = words(size)  # when it joined the row it waits or last waited in, s
        self.lane = bytearray(size)
        self.state = bytearray(size)
        self.overtaken = bytearray(size)  # how often passed, at most 255
        self.calls = Rare()  # of those called: how often
        self.bound = Rare()  # the desk it was transferred to, 0 none
        self.other = Rare()  # 1 + the service whose letter its number bears, if not its own
        self.after = words(size)  # the next slot in its row, or the next unused one
        self.pagers = Pool(pagers)
        self.head = words(2 * SERVICES + 2 * DESKS)
        self.tail = words(2 * SERVICES + 2 * DESKS)
        self.waiting = words(2 * SERVICES)  # by lane, those bound to a desk too
        self.counts = words(SERVICES)  # numbers issued today, by service
        self.opened = words(DESKS + 1)  # the slot open at each desk
        self.desk_state = bytearray(DESKS + 1)
        self.unrated = bytearray(DESKS + 1)  # whether somebody was called there since a rating
        self.last_call = array("I", bytes(4 * (DESKS + 1)))  # ordinal of each desk's last call
        self.last_class = bytearray(DESKS + 1)
        self.called_at = words(DESKS + 1)  # of the open ticket, s
        self.served_from = words(DESKS + 1)  # likewise
        self.pressed = words(SOURCES)  # the last press obeyed
        self.unused = 0  # the first of the unused slots
        self.alive = 0
        self.day = self.arrivals = self.served = 0
        self.newest = (0, 0, 0)  # lane, number, pager of the last issue: what the clerk hands out

    def admit(self, ticket: int, byte: int, number: int, pager: int) -> int:
        """Make a ticket of these facts; return its slot, not yet in a row, 0 if none is left.

        `byte` is a record's lane byte.
        """
        lane, letter = byte & LANE, series(byte)
        if ticket > self.arrivals:
            self.arrivals, self.newest = ticket, (lane, number, pager)
        self.counts[letter] = max(self.counts[letter], number)
        self.pagers.take(pager)
        slot = self.unused
        if slot:
            self.unused = self.after[slot]
            self.alive += 1
            self.arrival[slot] = ticket
            self.place[slot] = 2 * ticket
            self.number[slot] = number
            self.relane(slot, lane, letter)
            self.pager[slot] = pager
            self.since[slot] = UNKNOWN
            self.bound[slot] = self.overtaken[slot] = self.calls[slot] = 0
        return slot

    def end(self, slot: int, returned: bool = True) -> None:
        """A ticket's way is over, and its pager returned or not; nothing happens to slot 0.

        The slot stays DONE, until `release` lets it be used again.
        """
        if not slot:
            return
        self.leave(slot)
        if returned:
            self.pagers.give(self.pager[slot])
        self.state[slot] = DONE
        self.alive -= 1

    def serve(self, sign: int) -> None:
        """Count a ticket as served today, or with -1 take that back."""
        self.served += sign

    def release(self, slot: int) -> None:
        """Let the slot of a ticket that is done be used again; any other stays."""
        if self.state[slot] == DONE:
            self.state[slot] = self.arrival[slot] = self.place[slot] = 0
            self.calls[slot] = self.bound[slot] = self.other[slot] = 0
            self.after[slot] = self.unused
            self.unused = slot

    def revive(self, slot: int) -> None:
        """A ticket that is done is not: its pager is out again; its state is the caller's."""
        self.pagers.take(self.pager[slot])
        self.alive += 1

    def leave(self, slot: int) -> None:
        """Take a ticket from wherever it stands: a row, or a desk."""
        if self.state[slot] == WAITING:
            self.dequeue(slot)
            return
        for desk in range(len(self.opened)):
            if self.opened[desk] == slot:
                self.opened[desk] = 0
                return

    def desk_of(self, slot: int) -> int:
        """Return the desk that a ticket is open at, 0 for none."""
        for desk in range(1, len(self.opened)):
            if self.opened[desk] == slot:
                return desk
        return 0

    def holder(self, pager: int) -> int:
        """Return the slot of the living ticket that has a pager, 0 for none."""
        for slot in range(1, self.tickets + 1):
            if 0 < self.state[slot] < DONE and self.pager[slot] == pager:
                return slot
        return 0

    def find(self, ticket: int, desk: int = 0, lane: int = 0) -> int:
        """Return the slot of a living ticket by its arrival, 0 for none; `desk`, `lane`: hints."""
        for slot in (self.opened[desk], self.head[lane]):
            if slot and self.arrival[slot] == ticket:
                return slot
        for slot in range(1, self.tickets + 1):
            if self.arrival[slot] == ticket and 0 < self.state[slot] < DONE:
                return slot
        return 0

    def series(self, slot: int) -> int:
        """Return the service whose letter a number bears, for ever."""
        return self.other[slot] - 1 if self.other[slot] else self.lane[slot] >> 1

    def relane(self, slot: int, lane: int, series: int) -> None:
        """Put a ticket that is in no row under a lane; the letter of its number stays `series`."""
        self.lane[slot] = lane
        self.other[slot] = series + 1 if series != lane >> 1 else 0

    def row(self, slot: int) -> int:
        """Return the row that a ticket waits in."""
        lane = self.lane[slot]
        return OWN_ROWS + 2 * self.bound[slot] - 2 + (lane & 1) if self.bound[slot] else lane

    def enqueue(self, slot: int) -> None:
        """Put a ticket into its row, by place."""
        row = self.row(slot)
        self.state[slot] = WAITING
        self.waiting[self.lane[slot]] += 1
        before, behind = self.tail[row], 0
        if before and self.before(slot, before):
            before, behind = 0, self.head[row]
            while self.before(behind, slot):
                before, behind = behind, self.after[behind]
        self.after[slot] = behind
        if before:
            self.after[before] = slot
        else:
            self.head[row] = slot
        if not behind:
            self.tail[row] = slot

    def dequeue(self, slot: int) -> None:
        """Take a waiting ticket out of its row."""
        row = self.row(slot)
        self.waiting[self.lane[slot]] -= 1
        before, here = 0, self.head[row]
        while here != slot:
            before, here = here, self.after[here]
        if before:
            self.after[before] = self.after[slot]
        else:
            self.head[row] = self.after[slot]
        if self.tail[row] == slot:
            self.tail[row] = before

    def before(self, one: int, other: int) -> bool:
        """Say whether a slot's place is first; of two at one place the earlier arrival is."""
        if self.place[one] != self.place[other]:
            return self.place[one] < self.place[other]
        return self.arrival[one] < self.arrival[other]

    def reaches(self, desk: int, services: int, slot: int) -> bool:
        """Say whether a desk of these services (a bit mask) may call a ticket."""
        bound = self.bound[slot]
        return bound == desk if bound else bool(services >> (self.lane[slot] >> 1) & 1)

    def overtake(
        self, desk: int, services: int, slot: int, add: int, priority: int = 0
    ) -> "tuple[int, int]":
        """Look at the tickets of a class that a desk may call and whose place is before `slot`'s.

        Return how many they are and how often the most passed of them was passed; then add `add`
        to each one's count, which ends at 255.
        """
        count = most = 0
        for service in range(SERVICES + 1):
            if service == SERVICES:
                other = self.head[OWN_ROWS + 2 * desk - 2 + priority]
            elif services >> service & 1:
                other = self.head[2 * service + priority]
            else:
                continue
            while other and self.before(other, slot):
                count += 1
                passed = self.overtaken[other]
                most = max(most, passed)
                if add:
                    self.overtaken[other] = min(max(passed + add, 0), 255)
                other = self.after[other]
        return count, most
