"""The people of an office: who comes, what they want, and how long people take.

Owns what people do and how long they take; they know only what a person could: what the display
says, what their pager says, who stands before them. Drawn from the seed, so that the same day has
the same people whatever the boxes do.
"""

import re
from dataclasses import dataclass
from random import Random

from sim.people.arrivals import Arrival, median_service_s
from sim.world import SECOND_US

LABEL = re.compile(r"\b([A-H])(\d{3,4})\b")
_MS = 1_000


@dataclass
class Citizen:
    """One person: what the data says, what was drawn, and what became of them."""

    arrival: Arrival
    service: int  # index among the site's services
    priority: bool
    comes: bool
    service_us: int
    walk_us: int
    label: str = ""  # the number they were given
    pager: int = 0
    refused: str = ""
    desk: int = 0  # where they were last called to, 0 while they wait
    done: bool = False


def citizens(
    day: list[Arrival],
    arrivals: list[Arrival],
    letters: str,
    rng: Random,
    pace: float,
    priority: float | None,
    no_show: float,
) -> list[Citizen]:
    """Turn `arrivals`, some of the rows of `day`, into people.

    Every row takes the same draws whatever the options are.
    """
    usual = median_service_s(day)
    people = []
    chosen = {arrival.line for arrival in arrivals}
    for arrival in day:
        first, comes, walk = rng.random(), rng.random(), rng.uniform(2, 8)
        if arrival.line not in chosen:
            continue
        service_s = usual if arrival.service_s is None else arrival.service_s
        people.append(
            Citizen(
                arrival,
                letters.index(arrival.service),
                arrival.priority if priority is None else first < priority,
                comes >= no_show,
                round(service_s * pace * SECOND_US),
                round(walk * SECOND_US),
            )
        )
    return people


class Hand:
    """Somebody's finger: presses keys as people do, 90 to 220 ms long."""

    def __init__(self, rng: Random) -> None:
        """Draw from `rng`."""
        self.rng = rng

    def reaction_us(self) -> int:
        """Return how long a person takes to begin, 0.4 to 1.5 s."""
        return self.rng.randint(400, 1500) * _MS

    def hold_us(self) -> int:
        """Return how long a key is held."""
        return self.rng.randint(90, 220) * _MS
