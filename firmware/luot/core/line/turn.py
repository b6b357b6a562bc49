"""Whose turn it is: the rules by name, and how long somebody will wait.

Owns the choice among those who wait. It looks and changes nothing.
"""

from luot.core.limits import SERVICES
from luot.core.line.history import History
from luot.core.line.line import OPEN, OWN_ROWS
from luot.core.line.ticket import PRIORITY
from micropython import const

# Rules by name, as in the settings.
RULES = ("bounded", "strict", "alternate", "fifo")
BOUNDED = const(0)
STRICT = const(1)
ALTERNATE = const(2)
FIFO = const(3)

_NEVER = const(256)  # nobody is passed so often


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

        Ahead are those whom the rule would call before, at the open desks that serve this one;
        `own` is 1 if the one asking is among those who wait.
        """
        service, priority = lane >> 1, lane & 1
        urgent = self._ahead(service, PRIORITY, 0)
        least = 0
        if priority:
            urgent -= own
            if self.rule == STRICT:
                least = _NEVER
            elif self.rule == BOUNDED:  # so many pass, and this one: who cannot bear that is first
                least = max(self.overtakes_max - urgent, 0)
        normal = self._ahead(service, 0, least)
        if not priority:
            normal -= own
        if self.rule == ALTERNATE:
            if priority:
                normal = min(normal, urgent)
            else:
                urgent = min(urgent, normal + 1)
        return self.tally.estimate_min(urgent + normal, self._serving(service, service))

    def _ahead(self, service: int, priority: int, least: int) -> int:
        """Return how many of a class, passed `least` times or more, wait for a service's desks.

        Those of another service count by the share of their desks that serve this one too.
        """
        ahead = 0
        for other in range(SERVICES):
            n = self.waiting[2 * other + priority]
            shared = self._serving(other, service) if n else 0
            if shared:
                if least:
                    n = self._passed(2 * other, least)
                desks = self._serving(other, other)
                ahead += (n * shared + desks // 2) // desks
        return ahead

    def _serving(self, service: int, other: int) -> int:
        """Return how many open desks serve both services."""
        desks = 0
        for desk in range(len(self.services)):
            services = self.services[desk]
            if services >> service & services >> other & 1 and self.desk_state[desk + 1] == OPEN:
                desks += 1
        return desks

    def _passed(self, row: int, least: int) -> int:
        """Return how many in a row have been passed so often."""
        n, slot = 0, self.head[row]
        while slot:
            if self.overtaken[slot] >= least:
                n += 1
            slot = self.after[slot]
        return n
