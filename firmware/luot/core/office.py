"""What may be done that concerns no ticket in line: desks, intake, pagers, days, ratings.

Owns those decisions; like those about tickets, in `order`, they look and change nothing.
"""

from luot.core import records
from luot.core.refusals import ALIVE, DAY_OVER, REPEATED, WRONG
from luot.core.ticket import ABSENT, CALLED
from luot.core.turn import Turn


class Office(Turn):
    """An office around a line."""

    def _about_office(self, record: bytearray, kind: int, at: int, extra: int) -> int:
        """Decide what concerns no ticket in line."""
        if kind == records.DESK:
            if extra == self.desk_state[at]:
                return WRONG
            c = extra | self._unknown(at)
            a, d = self._closes(at), self.services[at - 1]
            records.fact(record, kind, desk=at, a=a, c=c, d=d)
        elif kind == records.RATING:
            if not self.unrated[at]:
                return REPEATED
            records.fact(record, kind, desk=at, c=extra)
        elif kind == records.INTAKE:
            if not self.day_open:
                return DAY_OVER
            records.fact(record, kind, c=extra)
        elif kind == records.PAGER:
            if not 0 < at <= self.pagers.size:
                return WRONG
            slot = self.holder(at)
            if extra and (self.pagers.has(at) or (slot and self.state[slot] != ABSENT)):
                return WRONG
            if not extra and not slot and not self.pagers.has(at):
                return WRONG
            ticket = self.arrival[slot] if slot else 0
            records.fact(record, kind, ticket=ticket, pager=at, c=extra)
        elif self.alive:
            return ALIVE
        elif kind == records.DAY_OPEN:
            if self.day_open:
                return WRONG
            k = self.overtakes_max
            records.fact(record, kind, ticket=self.day + 1, c=self.rule, d=k)
        elif not self.day_open:
            return DAY_OVER
        else:
            records.fact(record, kind, ticket=self.day, a=self.arrivals, b=self.served)
        return 0

    def _closes(self, desk: int) -> int:
        """Return the ticket that a desk leaves by turning to another, 0 for none."""
        return self.arrival[self.opened[desk]] if self.opened[desk] else 0

    def _unknown(self, desk: int) -> int:
        """Return the flag that says that nobody marked when that one's service began."""
        slot = self.opened[desk]
        return records.START_UNKNOWN if slot and self.state[slot] == CALLED else 0
