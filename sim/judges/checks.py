"""The judges: what must hold of every day, found out from its table of tickets alone.

They borrow nothing from whom they judge: neither the ordering core's reasoning nor its arrays,
only what a number looks like. Each judge returns plain sentences; none means that all is well.
`checks_journal` lets them read a journal too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from luot.core.limits import PAGERS
from luot.core.line.ticket import label

Row = Mapping[str, str]  # one row of tickets.csv by column

_TIMES = ("arrived", "issued", "called", "served", "finished")


@dataclass(frozen=True)
class Ticket:
    """One row of tickets.csv, read: times in seconds, None or 0 where the cell is blank."""

    number: str
    service: str
    priority: bool
    pager: int
    arrived: float | None = None
    issued: float | None = None
    called: float | None = None
    served: float | None = None
    finished: float | None = None
    desk: int = 0
    outcome: str = ""
    calls: int = 0

    @property
    def lane(self) -> str:
        """Among whom first come is first served."""
        return f"{self.service}, {'priority' if self.priority else 'normal'}"


def read(row: Row) -> Ticket:
    """Return a row of tickets.csv as a ticket; ValueError names the cell that cannot be read."""
    arrived, issued, called, served, finished = (
        float(row[f"{name}_s"]) if row[f"{name}_s"] else None for name in _TIMES
    )
    if row["class"] not in ("normal", "priority"):
        raise ValueError(f"class {row['class']}")
    pager, desk, calls = (int(row[name] or 0) for name in ("pager", "desk", "calls"))
    who = (row["number"], row["service"], row["class"] == "priority", pager)
    return Ticket(*who, arrived, issued, called, served, finished, desk, row["outcome"], calls)


def day(
    rows: Iterable[Row],
    desks: Sequence[str],
    most: int | None,
    arrivals: Iterable[tuple[float, str]] | None = None,
) -> list[str]:
    """Let all judges of tickets.csv read it.

    `desks[i]` holds the letters that desk i + 1 serves, `most` is K of the rule `bounded` (None
    for another rule), `arrivals` who came, as (seconds of the day, service).
    """
    tickets, unread = [], []
    for line, row in enumerate(rows, 2):
        try:
            tickets.append(read(row))
        except (KeyError, ValueError) as error:
            unread.append(f"line {line} cannot be read: {error}")
    if unread:
        return unread
    found = outcomes(tickets) + times(tickets)
    if found:
        return found  # the others would stumble over what is missing
    found = first_come(tickets) + numbers(tickets) + pagers(tickets) + places(tickets, desks)
    if most is not None:
        found += overtaken(tickets, desks, most)
    if arrivals is not None:
        found += accounted(tickets, arrivals)
    return found


def outcomes(tickets: Iterable[Ticket]) -> list[str]:
    """Each ticket has what its outcome says, and nothing else."""
    wants = {"served": (True, True, True), "no_show": (True, True, False)}
    found = []
    for at, ticket in enumerate(tickets, 2):
        who = ticket.number or f"line {at}"
        refused = ticket.outcome.startswith("refused:") and ticket.outcome != "refused:"
        if not refused and ticket.outcome not in wants:
            found.append(f"{who} ended as '{ticket.outcome}'")
            continue
        called, number, finished = wants.get(ticket.outcome, (False, False, False))
        has = (ticket.number != "", ticket.pager > 0, ticket.issued is not None)
        if has != (number,) * 3:
            found.append(f"{who}, {ticket.outcome}: number, pager and time of issue do not fit")
        if (ticket.called is not None, ticket.desk > 0, ticket.calls > 0) != (called,) * 3:
            found.append(f"{who}, {ticket.outcome}: call, desk and count of calls do not fit")
        ended = ticket.finished is not None
        if ended != finished or (ticket.served is not None and not ended):
            found.append(f"{who}, {ticket.outcome}: the times of service do not fit")
        if ticket.arrived is None:
            found.append(f"{who} never came")
    return found


def times(tickets: Iterable[Ticket]) -> list[str]:
    """Nothing happens to anybody before what must come first."""
    found = []
    for ticket in tickets:
        known = [(getattr(ticket, name), name) for name in _TIMES]
        known = [(time, name) for time, name in known if time is not None]
        for (earlier, first), (later, then) in pairwise(known):
            if later < earlier:
                found.append(f"{ticket.number} was {then} at {later}, {first} at {earlier}")
    return found


def first_come(tickets: Iterable[Ticket]) -> list[str]:
    """Within a service and class whoever came earlier had a number, and was called, earlier."""
    found = []
    newest: dict[str, Ticket] = {}
    latest: dict[str, Ticket] = {}  # of each lane, who was called last so far
    for ticket in _issued(tickets):
        lane = ticket.lane
        before, called = newest.get(lane, ticket), latest.get(lane, ticket)
        if (ticket.arrived or 0) < (before.arrived or 0):
            found.append(f"{ticket.number} ({lane}) came before {before.number} and got it later")
        newest[lane] = ticket
        if _until(ticket) < _until(called):
            found.append(f"{ticket.number} ({lane}) was called before {called.number}")
        else:
            latest[lane] = ticket
    return found


def passed(tickets: Iterable[Ticket], desks: Sequence[str]) -> dict[str, int]:
    """Return how often each ordinary ticket was passed.

    It is when a priority ticket with a later number is called, while it waits, at a desk that also
    serves its service.
    """
    line = _issued(tickets)
    urgent = [(at, ticket) for at, ticket in enumerate(line) if ticket.priority]
    return {
        ticket.number: sum(
            at < later
            and _until(other) < _until(ticket)
            and ticket.service in desks[other.desk - 1]
            for later, other in urgent
        )
        for at, ticket in enumerate(line)
        if not ticket.priority
    }


def overtaken(tickets: Iterable[Ticket], desks: Sequence[str], most: int) -> list[str]:
    """No ordinary citizen was passed more than `most` times."""
    counts = passed(tickets, desks).items()
    return [f"{who} was passed {n} times, not {most} at most" for who, n in counts if n > most]


def numbers(tickets: Iterable[Ticket]) -> list[str]:
    """The numbers of a service count up from 1: none is left out, none comes twice."""
    counts: Counter[str] = Counter()
    found = []
    for ticket in _issued(tickets):
        counts[ticket.service] += 1
        expected = label(ticket.service, counts[ticket.service])
        if ticket.number != expected:
            found.append(f"{ticket.number} was issued where {expected} was due")
    return found


def pagers(tickets: Iterable[Ticket]) -> list[str]:
    """A pager is in one hand from issue to finish; that of an absent one does not come back."""
    found = []
    holders: dict[int, Ticket] = {}
    for ticket in _issued(tickets):
        before = holders.get(ticket.pager)
        if before and (before.finished is None or before.finished > (ticket.issued or 0)):
            found.append(
                f"pager {ticket.pager} was given to {ticket.number}, but {before.number} had it"
            )
        if not 1 <= ticket.pager <= PAGERS:
            found.append(f"{ticket.number} has pager {ticket.pager}, not 1 to {PAGERS}")
        holders[ticket.pager] = ticket
    return found


def places(tickets: Iterable[Ticket], desks: Sequence[str]) -> list[str]:
    """A desk has one citizen at a time, and only such as it serves."""
    found = []
    there: dict[int, Ticket] = {}
    for ticket in sorted(_issued(tickets), key=_until):
        if ticket.called is None:
            continue
        desk = ticket.desk
        if not 1 <= desk <= len(desks) or ticket.service not in desks[desk - 1]:
            found.append(f"{ticket.number} was called to desk {desk}, which does not serve it")
        before = there.get(desk)
        if before and (before.finished or 0) > ticket.called:
            found.append(f"{ticket.number} was called while {before.number} was still there")
        there[desk] = ticket
    return found


def accounted(tickets: Iterable[Ticket], arrivals: Iterable[tuple[float, str]]) -> list[str]:
    """Whoever came is in the table once, and nobody else is."""
    came = Counter((round(seconds, 3), service) for seconds, service in arrivals)
    told = Counter((round(ticket.arrived or 0, 3), ticket.service) for ticket in tickets)
    return [
        f"{came[who]} came at {who[0]} for {who[1]}, the table has {told[who]}"
        for who in sorted(came | told)
        if came[who] != told[who]
    ]


def _issued(tickets: Iterable[Ticket]) -> list[Ticket]:
    """Return who got a number, in the order of the numbers."""
    issued = [ticket for ticket in tickets if ticket.issued is not None]
    return sorted(issued, key=lambda ticket: ticket.issued or 0)


def _until(ticket: Ticket) -> float:
    """Return until when somebody waited, for ever if never called."""
    return inf if ticket.called is None else ticket.called
