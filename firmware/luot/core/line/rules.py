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


def earliest(line: History, desk: int, services: int, priority: int) -> int:
    """Return the first of a class that a desk of these services may call, 0 for none."""
    best = line.head[OWN_ROWS + 2 * desk - 2 + priority]
    for service in range(SERVICES):
        if services >> service & 1:
            slot = line.head[2 * service + priority]
            if slot and (not best or line.before(slot, best)):
                best = slot
    return best


def choose(line: History, desk: int, services: int) -> int:
    """Return the slot that a desk of these services calls next, 0 when nobody waits."""
    normal = earliest(line, desk, services, 0)
    urgent = earliest(line, desk, services, PRIORITY)
    if not normal or not urgent:
        return normal or urgent
    first = normal if line.before(normal, urgent) else urgent
    if line.rule == STRICT:
        return urgent
    if line.rule == FIFO:
        return first
    if line.rule == ALTERNATE:
        return normal if line.last_class[desk] == PRIORITY else urgent
    most = line.overtake(desk, services, urgent, 0)[1]
    return first if most >= line.overtakes_max else urgent


def estimate_min(line: History, lane: int, own: int = 0) -> int:
    """Return the lower end of the wait of who comes last in a lane, minutes; -1 unknown.

    Ahead are those whom the rule would call before, at the open desks that serve this one;
    `own` is 1 if the one asking is among those who wait.
    """
    service, priority = lane >> 1, lane & 1
    urgent = _ahead(line, service, PRIORITY, 0)
    least = 0
    if priority:
        urgent -= own
        if line.rule == STRICT:
            least = _NEVER
        elif line.rule == BOUNDED:  # so many pass, and this one: who cannot bear that is first
            least = max(line.overtakes_max - urgent, 0)
    normal = _ahead(line, service, 0, least)
    if not priority:
        normal -= own
    if line.rule == ALTERNATE:
        if priority:
            normal = min(normal, urgent)
        else:
            urgent = min(urgent, normal + 1)
    return line.tally.estimate_min(urgent + normal, _serving(line, service, service))


def _ahead(line: History, service: int, priority: int, least: int) -> int:
    """Return how many of a class, passed `least` times or more, wait for a service's desks.

    Those of another service count by the share of their desks that serve this one too.
    """
    ahead = 0
    for other in range(SERVICES):
        n = line.waiting[2 * other + priority]
        shared = _serving(line, other, service) if n else 0
        if shared:
            if least:
                n = _passed(line, 2 * other, least)
            desks = _serving(line, other, other)
            ahead += (n * shared + desks // 2) // desks
    return ahead


def _serving(line: History, service: int, other: int) -> int:
    """Return how many open desks serve both services."""
    desks = 0
    for desk in range(len(line.services)):
        services = line.services[desk]
        if services >> service & services >> other & 1 and line.desk_state[desk + 1] == OPEN:
            desks += 1
    return desks


def _passed(line: History, row: int, least: int) -> int:
    """Return how many in a row have been passed so often."""
    n, slot = 0, line.head[row]
    while slot:
        if line.overtaken[slot] >= least:
            n += 1
        slot = line.after[slot]
    return n
