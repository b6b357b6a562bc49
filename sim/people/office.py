"""A small office at work: who waits with which number and pager, who calls, who walks where.

Owns the course of a day between people and one station box. People learn things only as people do:
from the display, from their pager, from who stands before them.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from luot.core.settings.settings import Settings
from sim.chips.sx127x import Transmission
from sim.people.people import Citizen, Hand
from sim.people.reading import Line
from sim.people.staff import Intake, Officer
from sim.receiver import receive
from sim.unit import Unit
from sim.world import SECOND_US, World


class Office:
    """One station, its people, and the day's course."""

    def __init__(
        self,
        world: World,
        box: Unit,
        settings: Settings,
        people: list[Citizen],
        display: Callable[[], list[Line]],
        words: Callable[[str], str],
    ) -> None:
        """Take a box, not yet powered; `display()` is what can be read on it, as lines of text."""
        self.world = world
        self.box = box
        self.settings = settings
        self.people = people
        self.display = display
        self.letters = "".join(name[0] for name in settings.services)
        self._words = words
        self.intake = Intake(self, Hand(world.rng("intake")))
        self.officers = [
            Officer(self, desk + 1, Hand(world.rng(f"desk {desk + 1}")))
            for desk in range(len(settings.desks))
        ]
        self._waiting: dict[str, Citizen] = {}  # by number
        self._by_pager: dict[int, Citizen] = {}  # who holds each pager address
        self._to_come = len(people)
        for citizen in people:
            world.at(citizen.arrival.arrive_s * SECOND_US, partial(self._enter, citizen))

    def closed(self) -> bool:
        """Whether everybody has been dealt with."""
        return (
            not self._to_come
            and not self.intake.busy
            and all(officer.idle for officer in self.officers)
            and not self._waiting
        )

    def lit(self) -> bool:
        """Whether the display shows anything."""
        return bool(self.display())

    def issued(self) -> tuple[str, int]:
        """Return the number and, lit like a tag beside it, the pager that the display shows."""
        lines = self.display()
        for line, tag in pairwise(lines):
            if line.big and tag.big and line.page == tag.page and tag.lit and not line.lit:
                return line.text, int(tag.text)
        return "", 0

    def says(self, key: str, desk: int = 0) -> bool:
        """Whether the display shows this refusal, to desk `desk` if given."""
        text = self._words(key).split(" {")[0]
        if desk:
            text = self._words("desk").replace("{d}", str(desk)) + " " + text
        return text in " ".join(line.text for line in self.display())

    def seat(self, citizen: Citizen) -> None:
        """Let a person with a number and a pager wait."""
        self._waiting[citizen.label] = citizen
        self._by_pager[self.settings.ric(citizen.pager)] = citizen
        self.world.note(
            f"line {citizen.arrival.line} waits with {citizen.label}, pager {citizen.pager}"
        )
        self.look_round()

    def nobody_for(self, desk: int) -> None:
        """The station says that nobody waits: whoever does, leaves after a minute."""
        left = [citizen for citizen in self._waiting.values() if self._serves(desk, citizen)]

        def leave() -> None:
            for citizen in left:
                if self._waiting.pop(citizen.label, None):
                    citizen.done = True
                    self.world.note(f"{citizen.label} leaves")

        if left:
            self.world.after(60 * SECOND_US, leave)

    def look_round(self) -> None:
        """Idle officers see who waits and call, as many of them as there are people."""
        for officer in self.officers:
            if officer.idle and self.somebody_for(officer.desk):
                officer.call()

    def somebody_for(self, desk: int) -> bool:
        """Whether somebody waits whom this desk serves and nobody else is about to call."""
        calling = sum(officer.expecting for officer in self.officers)
        for citizen in self._waiting.values():
            if self._serves(desk, citizen):
                calling -= 1
                if calling < 0:
                    return True
        return False

    def hear(self, sent: Transmission) -> None:
        """Pagers receive a transmission; whoever is paged goes to the desk it names."""
        for page in receive(sent, self.settings.polarity == "inverted"):
            citizen = self._by_pager.get(page.ric)
            words = page.text.split()
            if citizen is None or citizen.label != words[0]:
                continue
            if self._waiting.pop(citizen.label, None) and citizen.comes:
                citizen.desk = int(words[-1])
                self.world.after(citizen.walk_us, partial(self._walk_up, citizen))
            elif citizen.desk:
                self.officers[citizen.desk - 1].rung(citizen)

    def _serves(self, desk: int, citizen: Citizen) -> bool:
        return self.letters[citizen.service] in self.settings.desks[desk - 1]

    def _enter(self, citizen: Citizen) -> None:
        self._to_come -= 1
        self.intake.arrive(citizen)

    def _walk_up(self, citizen: Citizen) -> None:
        self.world.note(f"{citizen.label} comes to desk {citizen.desk}")
        self.officers[citizen.desk - 1].greet(citizen)
