"""Whose turn it is: the rules by name, and how long somebody will wait.

Owns the choice among those who wait. It looks and changes nothing.
"""

from luot.core.history import History
from luot.core.limits import SERVICES
from luot.core.line import OPEN, OWN_ROWS
from luot.core.ticket import PRIORITY
from micropython import const

# Rules by name, as in the settings.
RULES = ("bounded", "strict", "alternate", "fifo")
BOUNDED = const(0)
STRICT = const(1)
ALTERNATE = const(2)
FIFO = const(3)


class Turn(History):
    """A line with a rule."""

    def __init__(
        self, services: tuple[int, ...], rule: int, overtakes_max: int, tickets: int, pagers: int
    ) -> None:
        """Make an empty line with a rule and its K."""
        History.__init__(self, services, tickets, pagers)
        self.rule = rule
        self.overtakes_max = overtakes_max

    def earliest(self, desk: int, services: int, priority: int) -> int:
        """Return the first of a class that a desk of these services may call, 0 for none."""
        best = self.head[OWN_ROWS + 2 * desk - 2 + priority]
        for service in range(SERVICES):
            if services >> service & 1:
                slot = self.head[2 * service + priority]
                if slot and (not best or self.before(slot, best)):
                    best = slot
        return best

    def choose(self, desk: int, services: int) -> int:
        """Return the slot that a desk of these services calls next, 0 when nobody waits."""
        normal = self.earliest(desk, services, 0)
        urgent = self.earliest(desk, services, PRIORITY)
        if not normal or not urgent:
            return normal or urgent
        first = normal if self.before(normal, urgent) else urgent
        if self.rule == STRICT:
            return urgent
        if self.rule == FIFO:
            return first
        if self.rule == ALTERNATE:
            return normal if self.last_class[desk] == PRIORITY else urgent
        most = self.overtake(desk, services, urgent, 0)[1]
        return first if most >= self.overtakes_max else urgent

    def estimate_min(self, lane: int, own: int = 0) -> int:
        """Return the lower end of the wait of who comes last in a lane, minutes; -1 unknown.

        Ahead are all who wait for a service of the open desks that serve this one, but for the
        one asking if they are among them (`own` 1); of somebody with priority only they.
        """
        desks = reach = 0
        for desk in range(1, len(self.services) + 1):
            services = self.services[desk - 1]
            if services >> (lane >> 1) & 1 and self.desk_state[desk] == OPEN:
                desks += 1
                reach |= services
        ahead = 0
        for other in range(len(self.waiting)):
            if reach >> (other >> 1) & 1 and (other & 1 or not lane & 1):
                ahead += self.waiting[other]
        return self.tally.estimate_min(ahead - own, desks)
