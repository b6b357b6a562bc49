"""What the naive line can be told that is about no ticket: desks, intake, pagers, days, ratings.

Written from the words of firmware/DESIGN.md, as `naive` is.
"""

from luot.core import records
from luot.core.line import refusals
from luot.core.line.line import CLOSED, OPEN
from luot.core.line.ticket import ABSENT, CALLED, WAITING
from tests.naive.people import NOT_ARRIVED, Happened, People


class NaiveOffice(People):
    """An office around a naive line."""

    def turn_desk(self, desk: int, state: int) -> Happened | int:
        """A desk opens, has a break or closes; whoever was there was served."""
        if self.desk_state[desk] == state:
            return refusals.WRONG
        self._obey()
        there = self.at(desk)
        told = {"kind": records.DESK, "desk": desk, "c": state, "d": self.site.services[desk - 1]}
        if there:
            told["a"] = there.ticket
            told["c"] |= NOT_ARRIVED if there.state == CALLED else 0
            self._served(there)
        self.desk_state[desk] = state
        for person in self.people:
            if person.bound == desk and state != OPEN:
                person.bound = 0
                if person.state == WAITING:
                    self._touched(person)
                    self._joins(person)
        return told

    def rate(self, desk: int, rating: int) -> Happened | int:
        """A citizen says how it was; the next citizen says it anew."""
        if desk not in self.unrated:
            return refusals.REPEATED
        self.ordinal += 1  # it is no press of the desk's
        self.unrated.remove(desk)
        self.facts.ratings.append((desk, rating))
        return {"kind": records.RATING, "desk": desk, "c": rating}

    def turn_intake(self, _: int, reason: int) -> Happened | int:
        """No more numbers are issued, for a reason, or they are again."""
        if not self.day_open:
            return refusals.DAY_OVER
        self._obey()
        self.intake = reason
        return {"kind": records.INTAKE, "c": reason}

    def tell_pager(self, pager: int, found: int) -> Happened | int:
        """A pager is lost or found; whoever was absent with it is not expected any more."""
        if not 0 < pager <= self.site.pagers:
            return refusals.WRONG
        holder = next((person for person in self.people if person.pager == pager), None)
        if found and (pager in self.rack or (holder and holder.state != ABSENT)):
            return refusals.WRONG
        if not found and not holder and pager not in self.rack:
            return refusals.WRONG
        self._obey()
        self._hand_over(pager)
        told = {"kind": records.PAGER, "pager": pager, "c": found}
        if pager in self.rack:
            self.rack.remove(pager)
        if found:
            self.rack.append(pager)
        if holder:
            told["ticket"] = holder.ticket
            self._touched(holder)
            holder.pager = 0
            if holder.state == ABSENT:
                self.people.remove(holder)
        return told

    def open_day(self, _: int, __: int) -> Happened | int:
        """A day begins: everything is counted from one."""
        if self.people:
            return refusals.ALIVE
        if self.day_open:
            return refusals.WRONG
        self._obey()
        self.memories.clear()
        self.unrated.clear()
        self.facts.new_day()
        self.day += 1
        self.day_open, self.intake, self.issued, self.newest = 1, 0, 0, (0, 0, 0)
        self.numbers = dict.fromkeys(self.numbers, 0)
        self.desk_state = dict.fromkeys(self.desk_state, CLOSED)
        rule, most = self.site.rule, self.site.overtakes_max
        return {"kind": records.DAY_OPEN, "ticket": self.day, "c": rule, "d": most}

    def close_day(self, _: int, __: int) -> Happened | int:
        """A day is over: there is nobody left, and nobody comes back."""
        if self.people:
            return refusals.ALIVE
        if not self.day_open:
            return refusals.DAY_OVER
        self._obey()
        self.memories.clear()
        self.unrated.clear()
        self.day_open = 0
        a, b = self.issued, self.facts.count("served")
        return {"kind": records.DAY_CLOSE, "ticket": self.day, "a": a, "b": b}

    def start(self) -> None:
        """The box starts: no press before it can be undone, no time before it is known."""
        self.ordinal += 1
        self.memories.clear()
        for person in self.people:
            person.since = None
            person.called_at = None
            person.served_from = None
