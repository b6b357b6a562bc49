"""The day's figures once more, as naively as can be: a list of facts, counted at every question.

Written from the words of `tally`'s docstring, not from its code. A fact belongs to the press that
made it, so that undoing a press is to strike out its facts. It knows no ticket.
"""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

Press = tuple[int, int]  # who pressed, and which of their presses it was
Figures = dict[str, list[int]]

ROWS = 40  # eight services, then 32 desks
# Of each sort, the figure that counts those measured, and their sum.
_NAMES = {
    "wait": ("waits", "wait_s"),
    "stretch": ("services", "service_s"),
    "served": ("services", "service_s"),
    "absent": ("", ""),
}


@dataclass(frozen=True)
class Fact:
    """Something to be counted; `seconds` is None where it was not measured."""

    press: Press
    what: str  # "wait", "stretch" of service that was not the last, "served", "absent"
    service: int
    desk: int
    seconds: int | None = 0

    @property
    def rows(self) -> tuple[int, int]:
        """Where it counts."""
        return self.service, 7 + self.desk


class Facts:
    """What happened on one day; visits are kept over all days."""

    def __init__(self) -> None:
        self.day: list[Fact] = []
        self.waits_ever: list[Fact] = []  # those of calls that were undone too: for the worst
        self.ratings: list[tuple[int, int]] = []  # desk, 1..3
        self.visits_s: list[int] = []

    def add(self, fact: Fact) -> None:
        """Count something."""
        self.day.append(fact)
        if fact.what == "wait":
            self.waits_ever.append(fact)

    def strike(self, press: Press) -> None:
        """A press was undone."""
        self.day = [fact for fact in self.day if fact.press != press]

    def new_day(self) -> None:
        """Begin to count anew; visits go on."""
        self.day, self.waits_ever, self.ratings = [], [], []

    def count(self, *whats: str) -> int:
        """Return how many facts of a sort there are."""
        return sum(fact.what in whats for fact in self.day)

    @property
    def untimed(self) -> int:
        """How many waits and stretches of service were not measured."""
        return sum(fact.seconds is None for fact in self.day)

    def figures(self) -> Figures:
        """Return the figures, a list of rows for each."""
        names = ("served", "absent", "waits", "wait_s", "worst", "services", "service_s")
        figures = {name: [0] * ROWS for name in names}
        for fact in self.day:
            count, total = _NAMES[fact.what]
            for row in fact.rows:
                if fact.what in figures:
                    figures[fact.what][row] += 1
                if fact.seconds is not None and count:
                    figures[count][row] += 1
                if fact.seconds is not None and total:
                    figures[total][row] += fact.seconds
        for fact in self.waits_ever:
            for row in fact.rows:
                figures["worst"][row] = max(figures["worst"][row], fact.seconds or 0)
        return figures

    def rated(self) -> dict[int, int]:
        """Return how often each desk was given each of the three ratings."""
        return dict(Counter(3 * desk + rating - 4 for desk, rating in self.ratings))

    def mean_s(self) -> Fraction:
        """Return the mean visit: the first hundred weigh alike, then each one in a hundred."""
        mean = Fraction(0)
        for number, visit in enumerate(self.visits_s, 1):
            mean += (visit - mean) / min(number, 100)
        return mean
